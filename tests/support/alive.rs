//! A recorded master whose ports are where a test serves them, and the servers there.

use std::fs;
use std::path::PathBuf;

use super::changing::Master;
use super::openssl::Facts;
use super::pair::Pair;
use super::serving::Server;
use super::{succeed, text, tool};

const MANIFESTS: &str = "/etc/kubernetes/manifests";

/// A certificate of the master below its PKI folder, and its key, as "etcd/server".
pub(crate) fn pair(master: &Master, name: &str) -> Pair {
    let file = |ending: &str| master.file(&format!("/etc/kubernetes/pki/{name}.{ending}"));
    Pair {
        certificate: file("crt"),
        key: file("key"),
    }
}

/// Writes into the manifests that the API server and etcd's client port are reached on 127.0.0.1,
/// on these ports; etcd has no other one.
pub(crate) fn move_ports(master: &Master, apiserver: u16, etcd: u16) {
    let url = format!("https://127.0.0.1:{etcd}");
    let everywhere = format!("https://0.0.0.0:{etcd}");
    edit(
        master,
        &format!("{MANIFESTS}/kube-apiserver.yaml"),
        |line| {
            replaced(line, "--secure-port=", &apiserver.to_string())
                .or_else(|| replaced(line, "--advertise-address=", "127.0.0.1"))
                .or_else(|| replaced(line, "--etcd-servers=", &url))
        },
    );
    edit(master, &format!("{MANIFESTS}/etcd.yaml"), |line| {
        replaced(line, "--listen-client-urls=", &everywhere)
            .or_else(|| replaced(line, "--advertise-client-urls=", &url))
            .or_else(|| replaced(line, "--listen-peer-urls=", "http://127.0.0.1:1"))
            .or_else(|| replaced(line, "--initial-advertise-peer-urls=", "http://127.0.0.1:1"))
    });
}

fn replaced(line: &str, flag: &str, value: &str) -> Option<String> {
    line.find(flag)
        .map(|at| format!("{}{value}", &line[..at + flag.len()]))
}

fn edit(master: &Master, path: &str, change: impl Fn(&str) -> Option<String>) {
    let path = master.file(path);
    let text = fs::read_to_string(&path).expect("a manifest");
    let lines: Vec<String> = text
        .lines()
        .map(|line| change(line).unwrap_or_else(|| line.to_owned()))
        .collect();
    fs::write(&path, lines.join("\n") + "\n").expect("written");
}

/// A master whose API server and etcd run.
pub(crate) struct Alive {
    pub(crate) openssl: PathBuf,
    pub(crate) master: Master,
    pub(crate) apiserver: Server,
    pub(crate) etcd: Server,
}

impl Alive {
    /// Starts both. `None` where openssl or tar is missing.
    pub(crate) fn start() -> Option<Self> {
        let (openssl, master) = (tool("openssl")?, Master::sample("kubeadm-1.36-ecdsa")?);
        let apiserver = Server::start(&openssl, &pair(&master, "apiserver"), &[]);
        let authority = master.file("/etc/kubernetes/pki/etcd/ca.crt");
        let demands = ["-Verify", "1", "-CAfile", text(&authority)];
        let etcd = Server::start(&openssl, &pair(&master, "etcd/server"), &demands);
        move_ports(&master, apiserver.port, etcd.port);
        Some(Self {
            openssl,
            master,
            apiserver,
            etcd,
        })
    }

    /// What openssl says of a certificate of the master.
    pub(crate) fn facts(&self, name: &str) -> Facts {
        Facts::of(&self.openssl, &pair(&self.master, name).certificate)
    }

    /// A server that is none of the master's, and whose certificate signed itself for twenty names.
    pub(crate) fn stranger(&self, common_name: &str) -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name);
        let made = Pair {
            certificate: file("stranger.crt"),
            key: file("stranger.key"),
        };
        let subject = format!("/CN={common_name}");
        let kind = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-utf8", "-days", "100", "-subj",
            &subject,
        ];
        let files = ["-out", text(&made.certificate), "-keyout", text(&made.key)];
        let names: Vec<String> = (0..20)
            .map(|number| format!("DNS:n{number}.example"))
            .collect();
        let names = format!("subjectAltName={}", names.join(","));
        succeed(
            &self.openssl,
            &[&kind[..], &files, &["-addext", &names]].concat(),
        );
        Server::start(&self.openssl, &made, &[])
    }
}
