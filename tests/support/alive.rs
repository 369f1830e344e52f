//! A recorded master whose ports are where a test serves them.

use std::fs;

use super::changing::Master;
use super::pair::Pair;

const MANIFESTS: &str = "/etc/kubernetes/manifests";

/// A certificate of the master below its PKI folder, and its key, as "etcd/server".
pub(crate) fn pair(master: &Master, name: &str) -> Pair {
    let file = |ending: &str| master.file(&format!("/etc/kubernetes/pki/{name}.{ending}"));
    Pair { certificate: file("crt"), key: file("key") }
}

/// Writes into the manifests that the API server and etcd's client port are reached on 127.0.0.1, on these ports;
/// etcd has no other one.
pub(crate) fn move_ports(master: &Master, apiserver: u16, etcd: u16) {
    let url = format!("https://127.0.0.1:{etcd}");
    let everywhere = format!("https://0.0.0.0:{etcd}");
    edit(master, &format!("{MANIFESTS}/kube-apiserver.yaml"), |line| {
        replaced(line, "--secure-port=", &apiserver.to_string())
            .or_else(|| replaced(line, "--advertise-address=", "127.0.0.1"))
            .or_else(|| replaced(line, "--etcd-servers=", &url))
    });
    edit(master, &format!("{MANIFESTS}/etcd.yaml"), |line| {
        replaced(line, "--listen-client-urls=", &everywhere)
            .or_else(|| replaced(line, "--advertise-client-urls=", &url))
            .or_else(|| replaced(line, "--listen-peer-urls=", "http://127.0.0.1:1"))
            .or_else(|| replaced(line, "--initial-advertise-peer-urls=", "http://127.0.0.1:1"))
    });
}

fn replaced(line: &str, flag: &str, value: &str) -> Option<String> {
    line.find(flag).map(|at| format!("{}{value}", &line[..at + flag.len()]))
}

fn edit(master: &Master, path: &str, change: impl Fn(&str) -> Option<String>) {
    let path = master.file(path);
    let text = fs::read_to_string(&path).expect("a manifest");
    let lines: Vec<String> = text.lines().map(|line| change(line).unwrap_or_else(|| line.to_owned())).collect();
    fs::write(&path, lines.join("\n") + "\n").expect("written");
}
