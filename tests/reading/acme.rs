//! A master of a distribution that nobody ships.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubepki::pki::issue::CertificateSpec;
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{ExtendedKeyUsage, Name};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::authority::{Made, days, root};
use crate::support::text;

/// A certificate that one of its authorities signed.
pub(crate) struct Leaf {
    pub(crate) file: &'static str,
    /// The authority's file.
    pub(crate) authority: &'static str,
    pub(crate) role: &'static str,
    common_name: &'static str,
    pub(crate) usages: &'static [ExtendedKeyUsage],
}

pub(crate) const CLIENT: &[ExtendedKeyUsage] = &[ExtendedKeyUsage::ClientAuth];
const SERVER: &[ExtendedKeyUsage] = &[ExtendedKeyUsage::ServerAuth];
const BOTH: &[ExtendedKeyUsage] = &[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];
pub(crate) const LEAVES: [Leaf; 6] = [
    Leaf {
        file: "api",
        authority: "cluster",
        role: "apiserver",
        common_name: "kube-apiserver",
        usages: SERVER,
    },
    Leaf {
        file: "api-to-kubelet",
        authority: "cluster",
        role: "apiserver-kubelet-client",
        common_name: "kube-apiserver-kubelet-client",
        usages: CLIENT,
    },
    Leaf {
        file: "api-to-store",
        authority: "store",
        role: "apiserver-etcd-client",
        common_name: "kube-apiserver-etcd-client",
        usages: CLIENT,
    },
    Leaf {
        file: "store-server",
        authority: "store",
        role: "etcd-server",
        common_name: "acme-1",
        usages: BOTH,
    },
    Leaf {
        file: "store-peer",
        authority: "store",
        role: "etcd-peer",
        common_name: "acme-1",
        usages: BOTH,
    },
    Leaf {
        file: "proxy-client",
        authority: "proxy",
        role: "front-proxy-client",
        common_name: "front-proxy-client",
        usages: CLIENT,
    },
];

/// Whose kubeconfigs there are: file, common name, groups.
const USERS: [(&str, &str, &[&str]); 2] = [
    ("admin", "kubernetes-admin", &["system:masters"]),
    ("controllers", "system:kube-controller-manager", &[]),
];

/// Each authority's file and role.
pub(crate) const AUTHORITIES: [(&str, &str); 3] = [
    ("cluster", "ca"),
    ("store", "etcd-ca"),
    ("proxy", "front-proxy-ca"),
];

/// A master of it, whose leaves end in ten days.
pub(crate) struct Acme<'a> {
    folder: TempDir,
    program: &'a Path,
}

impl<'a> Acme<'a> {
    pub(crate) fn new(program: &'a Path) -> Self {
        let acme = Self {
            folder: TempDir::new().expect("a folder"),
            program,
        };
        let tls = acme.file("opt/acme/tls");
        fs::create_dir_all(&tls).expect("made");
        for (file, role) in AUTHORITIES {
            let authority = root(&format!("acme-{role}"));
            authority.write(&tls, file, &[]);
            for leaf in LEAVES.iter().filter(|leaf| leaf.authority == file) {
                signed(&authority, leaf.common_name, &[], leaf.usages).write(&tls, leaf.file, &[]);
            }
            if role == "ca" {
                for (file, name, groups) in USERS {
                    let user = signed(&authority, name, groups, CLIENT);
                    acme.write(
                        &format!("opt/acme/conf/{file}"),
                        &kubeconfig(&authority, &user),
                    );
                }
            }
        }
        let tokens = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
        acme.write("opt/acme/tls/tokens.key", &tokens.to_pem());
        acme.write("opt/acme/tls/tokens.pub", &tokens.public_pem());
        acme.write(
            "etc/systemd/system/acme.service",
            "[Service]\nExecStart=/opt/acme/bin/acmed serve --quiet\n",
        );
        acme
    }

    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join("root").join(path)
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.file(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }

    /// Runs the program: standard output, which must come with this exit code.
    pub(crate) fn run(&self, arguments: &[&str], code: i32) -> String {
        let (root, state) = (self.file(""), self.folder.path().join("state"));
        let places = ["--root", text(&root), "--state-dir", text(&state)];
        let mut command = Command::new(self.program);
        command
            .args(places)
            .args(arguments)
            .env_clear()
            .env("HOME", "/nonexistent");
        let output = command.output().expect("it starts");
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {out}{err}"
        );
        out.into_owned()
    }

    pub(crate) fn json(&self, arguments: &[&str], code: i32) -> Value {
        serde_json::from_str(&self.run(&[arguments, &["-o", "json"]].concat(), code)).expect("JSON")
    }
}

fn signed(authority: &Made, name: &str, groups: &[&str], usages: &[ExtendedKeyUsage]) -> Made {
    let names = ["acme-1", "localhost", "127.0.0.1"]
        .iter()
        .map(|name| name.parse().expect("a name"));
    let names = if usages == CLIENT {
        Vec::new()
    } else {
        names.collect()
    };
    let subject = Name::with_groups(name, groups).expect("a name");
    authority.sign(
        &CertificateSpec::leaf(subject, names, usages, days(-80, 10)),
        KeyAlgorithm::EcdsaP256,
    )
}

fn kubeconfig(authority: &Made, user: &Made) -> String {
    let [ca, certificate] =
        [&authority.certificate, &user.certificate].map(|one| STANDARD.encode(one.to_pem()));
    let key = STANDARD.encode(user.key.to_pem().as_bytes());
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: acme\n\
         clusters: [{{name: acme, cluster: {{server: 'https://127.0.0.1:7443', certificate-authority-data: {ca}}}}}]\n\
         users: [{{name: admin, user: {{client-certificate-data: {certificate}, client-key-data: {key}}}}}]\n\
         contexts: [{{name: acme, context: {{cluster: acme, user: admin}}}}]\n"
    )
}
