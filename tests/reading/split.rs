//! The layout of a hand-made master with its files in folders of their own, built as the guides
//! have it, and read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kubepki::inventory::tree::Issuer;
use kubepki::inventory::{Inventory, Item, Reaches, UserKind};
use tempfile::TempDir;

use crate::hand_made::{KeyPair, Maker, at_folder, at_root, config, read, readers, roles};
use crate::support::{succeed, text, tool};

fn files_below(folder: &Path) -> (usize, Vec<PathBuf>) {
    let (mut folders, mut files) = (0, Vec::new());
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            let (inner, more) = files_below(&path);
            folders += inner + 1;
            files.extend(more);
        } else {
            files.push(path);
        }
    }
    (folders, files)
}

fn authority(inventory: &Inventory, item: &Item) -> Option<String> {
    let (index, _) = inventory.indexed().find(|(_, other)| other.id == item.id)?;
    match inventory.tree.issuer(index) {
        Issuer::Item(index) => inventory.item(index).map(|item| item.id.to_string()),
        _ => None,
    }
}

const CA: KeyPair<'_> = KeyPair {
    certificate: "kubernetes/pki/ca.crt",
    key: "kubernetes/pki/ca.key",
};
const ETCD_CA: KeyPair<'_> = KeyPair {
    certificate: "etcd/pki/ca.crt",
    key: "etcd/pki/ca.key",
};
const FRONT_PROXY_CA: KeyPair<'_> = KeyPair {
    certificate: "kubernetes/pki/front-proxy-ca.crt",
    key: "kubernetes/pki/front-proxy-ca.key",
};

/// What the authorities sign: file, subject, usages, authority.
const LEAVES: [(&str, &str, &str, KeyPair<'_>); 6] = [
    ("etcd/pki/server", "/CN=cp1", "serverAuth", ETCD_CA),
    ("etcd/pki/peer", "/CN=cp1", "serverAuth,clientAuth", ETCD_CA),
    (
        "kubernetes/pki/apiserver",
        "/CN=kube-apiserver",
        "serverAuth",
        CA,
    ),
    (
        "kubernetes/pki/apiserver-etcd-client",
        "/CN=kube-apiserver-etcd-client",
        "clientAuth",
        ETCD_CA,
    ),
    (
        "kubernetes/pki/apiserver-kubelet-client",
        "/O=system:masters/CN=kube-apiserver-kubelet-client",
        "clientAuth",
        CA,
    ),
    (
        "kubernetes/pki/front-proxy-client",
        "/CN=front-proxy-client",
        "clientAuth",
        FRONT_PROXY_CA,
    ),
];

/// Whose kubeconfigs there are.
const USERS: [(&str, &str); 3] = [
    ("admin", "/O=system:masters/CN=kubernetes-admin"),
    ("controller-manager", "/CN=system:kube-controller-manager"),
    ("scheduler", "/CN=system:kube-scheduler"),
];

fn build_split(maker: &Maker) {
    maker.authority(CA, "/CN=kubernetes");
    maker.authority(ETCD_CA, "/CN=etcd-ca");
    maker.authority(FRONT_PROXY_CA, "/CN=front-proxy-ca");
    for (stem, subject, usages, by) in LEAVES {
        let (certificate, key) = (format!("{stem}.crt"), format!("{stem}.key"));
        maker.leaf(
            KeyPair {
                certificate: &certificate,
                key: &key,
            },
            subject,
            usages,
            by,
        );
    }
    for (name, subject) in USERS {
        maker.kubeconfig(&format!("kubernetes/auth/{name}.conf"), subject, CA);
    }
    maker.key("kubernetes/pki/sa.key");
    let (private, public) = (
        maker.at("kubernetes/pki/sa.key"),
        maker.at("kubernetes/pki/sa.pub"),
    );
    succeed(
        &maker.openssl,
        &[
            "pkey",
            "-in",
            text(&private),
            "-pubout",
            "-out",
            text(&public),
        ],
    );
    maker.write(
        "kubernetes/token.csv",
        "0123456789abcdef0123456789abcdef,system:bootstrapper,10001,\"system:bootstrappers\"\n",
    );
}

/// What each file of the split tree is: roles, its authority, the components that read it.
const SPLIT: [(&str, &str, Option<&str>, &str); 12] = [
    (
        "/etc/etcd/pki/ca.crt",
        "etcd-ca",
        None,
        "etcd kube-apiserver",
    ),
    (
        "/etc/etcd/pki/peer.crt",
        "etcd-peer",
        Some("etcd-ca"),
        "etcd",
    ),
    (
        "/etc/etcd/pki/server.crt",
        "etcd-server",
        Some("etcd-ca"),
        "etcd",
    ),
    (
        "/etc/kubernetes/auth/admin.conf",
        "admin.conf",
        Some("ca"),
        "kubectl",
    ),
    (
        "/etc/kubernetes/auth/controller-manager.conf",
        "controller-manager.conf",
        Some("ca"),
        "kube-controller-manager",
    ),
    (
        "/etc/kubernetes/auth/scheduler.conf",
        "scheduler.conf",
        Some("ca"),
        "kube-scheduler",
    ),
    (
        "/etc/kubernetes/pki/apiserver-etcd-client.crt",
        "apiserver-etcd-client",
        Some("etcd-ca"),
        "kube-apiserver",
    ),
    (
        "/etc/kubernetes/pki/apiserver-kubelet-client.crt",
        "apiserver-kubelet-client",
        Some("ca"),
        "kube-apiserver",
    ),
    (
        "/etc/kubernetes/pki/apiserver.crt",
        "apiserver",
        Some("ca"),
        "kube-apiserver",
    ),
    (
        "/etc/kubernetes/pki/ca.crt",
        "ca",
        None,
        "kube-apiserver kube-controller-manager",
    ),
    (
        "/etc/kubernetes/pki/front-proxy-ca.crt",
        "front-proxy-ca",
        None,
        "kube-apiserver",
    ),
    (
        "/etc/kubernetes/pki/front-proxy-client.crt",
        "front-proxy-client",
        Some("front-proxy-ca"),
        "kube-apiserver",
    ),
];

#[test]
fn split_is_read_file_for_file() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = TempDir::new().expect("a temporary folder");
    let master = folder.path().join("master-etc");
    build_split(&Maker {
        openssl,
        folder: master.clone(),
    });
    let (folders, files) = files_below(&master);
    assert_eq!((folders, files.len()), (5, 27), "{files:?}");
    check_split(&read(&at_folder(&master)));
    // The same tree on the machine: below a root.
    let root = folder.path().join("root");
    fs::create_dir_all(&root).expect("made");
    fs::rename(&master, root.join("etc")).expect("moved");
    check_split(&read(&at_root(&root)));
    check_split(&read(&at_folder(&root)));
    assert_eq!(
        read(&at_folder(&root.join("etc/kubernetes"))).layout,
        "split"
    );
}

fn check_split(inventory: &Inventory) {
    assert_eq!(
        (inventory.layout.as_str(), inventory.unread.len()),
        ("split", 0)
    );
    let mut items: BTreeMap<&str, &Item> = inventory
        .items
        .iter()
        .map(|item| (&*item.path, item))
        .collect();
    for (path, role, issuer, components) in SPLIT {
        let item = items
            .remove(path)
            .unwrap_or_else(|| panic!("no item {path}"));
        assert_eq!(
            (roles(item).as_str(), &*item.id, item.in_use),
            (role, role, true),
            "{path}"
        );
        assert_eq!(authority(inventory, item).as_deref(), issuer, "{path}");
        assert_eq!(item.key.matches, Some(true), "{path}");
        let read_by = readers(&item.read_by);
        for component in components.split(' ') {
            assert!(
                read_by.iter().any(|reader| reader.starts_with(component)),
                "{path} {read_by:?}"
            );
        }
    }
    assert!(items.is_empty(), "{items:?}");
    check_keys_and_users(inventory);
}

fn check_keys_and_users(inventory: &Inventory) {
    let keys: Vec<(&str, bool, String)> = inventory
        .keys
        .iter()
        .map(|key| {
            (
                &*key.path,
                key.public_only,
                readers(&key.read_by).join(", "),
            )
        })
        .collect();
    let (private, public) = (
        "kube-apiserver, kube-controller-manager".to_owned(),
        "kube-apiserver".to_owned(),
    );
    assert_eq!(
        keys,
        [
            ("/etc/kubernetes/pki/sa.key", false, private),
            ("/etc/kubernetes/pki/sa.pub", true, public)
        ]
    );
    let [admin, ..] = &inventory.kubeconfigs[..] else {
        panic!("no kubeconfigs")
    };
    assert_eq!(admin.users[0].groups, ["system:masters"]);
    assert!(
        inventory
            .kubeconfigs
            .iter()
            .all(|it| it.contexts[0].reaches == Reaches::ThisMaster)
    );
}

#[test]
fn a_node_of_split_is_split() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = TempDir::new().expect("a temporary folder");
    let maker = Maker {
        openssl,
        folder: folder.path().join("node-etc"),
    };
    maker.authority(CA, "/CN=kubernetes");
    maker.kubeconfig(
        "kubernetes/auth/kube-proxy.conf",
        "/CN=system:kube-proxy",
        CA,
    );
    maker.write(
        "kubernetes/auth/bootstrap.conf",
        &config(
            "certificate-authority: ../pki/ca.crt",
            "token: 0123456789abcdef0123456789abcdef",
        ),
    );
    fs::remove_file(maker.at(CA.key)).expect("removed");
    fs::remove_file(maker.at("kubernetes/pki/ca.srl")).expect("removed");
    let (folders, files) = files_below(&maker.folder);
    assert_eq!((folders, files.len()), (3, 3));
    let inventory = read(&at_folder(&maker.folder));
    assert_eq!(
        (inventory.layout.as_str(), inventory.items.len()),
        ("split", 2)
    );
    let bootstrap = inventory
        .kubeconfigs
        .iter()
        .find(|it| it.path.ends_with("bootstrap.conf"))
        .expect("bootstrap.conf");
    assert_eq!(bootstrap.roles[0].name, "bootstrap-kubelet.conf");
    assert_eq!(
        (bootstrap.users[0].kind, bootstrap.contexts[0].reaches),
        (UserKind::StaticToken, Reaches::ThisMaster)
    );
    let ca = inventory
        .items
        .iter()
        .find(|item| &*item.id == "ca")
        .expect("the CA");
    let line = ca
        .read_by
        .iter()
        .find(|reader| &*reader.flag == "certificate-authority")
        .expect("named by bootstrap.conf");
    assert_eq!(
        (&*line.file, line.line),
        ("/etc/kubernetes/auth/bootstrap.conf", 7)
    );
}
