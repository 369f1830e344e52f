//! A master of which somebody else's CA signs what `kubeadm certs generate-csr` asks for.

use std::fs;
use std::path::{Path, PathBuf};

use kubepki::engine::change::{Changer, Failure};
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::Inventory;
use kubepki::inventory::tree::Verified;
use kubepki::plan::{ImportRequest, Plan, Request};
use kubepki::progress::silent;
use kubepki::record::Settings;
use tempfile::TempDir;
use time::OffsetDateTime;

use super::judges::assert_same_key;
use super::outside::Outside;
use super::pair::Pair;
use super::{succeed, text, tool};

/// The folder of the PKI below the master's root.
pub(crate) const PKI: &str = "etc/kubernetes/pki";

/// Certificate and CA, as they are placed in the folder of the PKI.
const PLACED: [(&str, &str); 7] = [
    ("apiserver", "ca.crt"),
    ("apiserver-kubelet-client", "ca.crt"),
    ("apiserver-etcd-client", "etcd/ca.crt"),
    ("front-proxy-client", "front-proxy-ca.crt"),
    ("etcd/server", "etcd/ca.crt"),
    ("etcd/peer", "etcd/ca.crt"),
    ("etcd/healthcheck-client", "etcd/ca.crt"),
];

/// The master with kubeadm's requests, its state folder, and who answers them.
pub(crate) struct Master {
    _folder: TempDir,
    pub(crate) root: PathBuf,
    state: PathBuf,
    pub(crate) outside: Outside,
}

/// A fresh one. `None` where the machine lacks what it takes.
pub(crate) fn master() -> Option<Master> {
    let openssl = tool("openssl")?;
    let folder = TempDir::new().expect("a folder");
    let archive = format!(
        "{}/tests/fixtures/samples/kubeadm-1.36-generate-csr.tar.gz",
        env!("CARGO_MANIFEST_DIR")
    );
    succeed(
        &tool("tar")?,
        &["-xpzf", &archive, "-C", text(folder.path())],
    );
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).expect("a folder");
    let outside = Outside::new(openssl, &outside);
    let (root, state) = (
        folder.path().join("kubeadm-1.36-generate-csr"),
        folder.path().join("state"),
    );
    Some(Master {
        _folder: folder,
        root,
        state,
        outside,
    })
}

/// The request to place these files.
pub(crate) fn import(files: Vec<String>) -> Request {
    Request::Import(ImportRequest {
        files,
        ..ImportRequest::default()
    })
}

impl Master {
    fn options(&self) -> OpenOptions {
        OpenOptions {
            root: self.root.clone(),
            processes: false,
            ..OpenOptions::default()
        }
    }

    pub(crate) fn read(&self) -> Inventory {
        open(&self.options(), &silent, &mut Verified::new()).expect("it can be read")
    }

    pub(crate) fn changer(&self) -> Changer {
        Changer::with_settings(&self.options(), Some(&self.state), Settings::default())
    }

    pub(crate) fn plan(&self, files: Vec<String>) -> Result<Plan, Failure> {
        self.changer().prepare(
            &self.read(),
            &import(files),
            OffsetDateTime::now_utc(),
            &silent,
        )
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The request that kubeadm has made for this name.
    pub(crate) fn request(&self, name: &str) -> PathBuf {
        self.file(PKI).join(format!("{name}.csr"))
    }

    /// The plan for these files.
    pub(crate) fn plan_for(&self, files: &[&Path]) -> Result<Plan, Failure> {
        self.plan(files.iter().map(|file| text(file).to_owned()).collect())
    }

    /// openssl accepts what is in the place of each request but kubeconfigs, by the CA in its
    /// place.
    pub(crate) fn satisfies_openssl(&self) {
        let (openssl, pki) = (&self.outside.openssl, self.file(PKI));
        for (name, ca) in PLACED {
            let (leaf, key) = (
                pki.join(format!("{name}.crt")),
                pki.join(format!("{name}.key")),
            );
            succeed(
                openssl,
                &[
                    "verify",
                    "-x509_strict",
                    "-CAfile",
                    text(&pki.join(ca)),
                    text(&leaf),
                ],
            );
            assert_same_key(
                openssl,
                &Pair {
                    certificate: leaf,
                    key,
                },
            );
        }
    }

    /// kubepki reads all of it, and no key waits for an answer.
    pub(crate) fn lacks_nothing(&self) {
        let inventory = self.read();
        let broken: Vec<_> = inventory
            .items
            .iter()
            .filter(|item| item.content.is_err())
            .map(|item| &item.id)
            .collect();
        assert!(broken.is_empty(), "{broken:?}");
        assert!(
            inventory.keys.is_empty(),
            "no key waits: {:?}",
            inventory.keys
        );
    }

    /// kubectl finds both certificates in each kubeconfig.
    pub(crate) fn satisfies_kubectl(&self) {
        let Some(kubectl) = tool("kubectl") else {
            return;
        };
        for name in [
            "admin.conf",
            "super-admin.conf",
            "controller-manager.conf",
            "scheduler.conf",
            "kubelet.conf",
        ] {
            let path = self.file("etc/kubernetes").join(name);
            let shown = succeed(
                &kubectl,
                &["config", "view", "--raw", "--kubeconfig", text(&path)],
            );
            for field in ["client-certificate-data", "certificate-authority-data"] {
                assert!(shown.contains(field), "{name}: {field}");
            }
        }
    }
}
