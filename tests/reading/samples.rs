//! Masters made by kubeadm 1.36.2, read and compared with what kubeadm itself says of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use kubepki::engine::open::{OpenOptions, open, watched_folders};
use kubepki::inventory::tree::{Issuer, Verified};
use kubepki::inventory::{ItemIndex, KeyState, Reaches, UserKind, state};
use kubepki::progress::silent;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;

use crate::kubeadm_masters::{item, read, sample};

#[test]
fn names_authorities_and_ends_are_kubeadms() {
    let Some(sample) = sample("kubeadm-1.36-rsa") else {
        return;
    };
    let root = &sample.root;
    let inventory = read(root);
    let said = fs::read_to_string(root.join("check-expiration.json")).expect("kubeadm's view");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let listed = |field: &str| said[field].as_array().cloned().unwrap_or_default();
    let all: Vec<Value> = listed("certificates")
        .into_iter()
        .chain(listed("certificateAuthorities"))
        .collect();
    assert!(all.len() >= 13);
    for row in all {
        let name = row["name"].as_str().expect("a name");
        let at = inventory
            .items
            .iter()
            .position(|item| &*item.id == name)
            .unwrap_or_else(|| panic!("no {name}"));
        let item = &inventory.items[at];
        let end = item
            .certificate()
            .expect("a certificate")
            .not_after()
            .format(&Rfc3339)
            .expect("a date");
        assert_eq!(Some(end.as_str()), row["expirationDate"].as_str(), "{name}");
        assert_eq!(
            item.roles.iter().map(|role| role.name).collect::<Vec<_>>(),
            [name]
        );
        let authority = match inventory
            .tree
            .issuer(ItemIndex(u32::try_from(at).expect("few")))
        {
            Issuer::Item(index) => inventory.item(index).map(|item| item.id.to_string()),
            _ => None,
        };
        assert_eq!(authority.as_deref(), row["caName"].as_str(), "{name}");
    }
    assert_eq!(inventory.cluster.as_deref(), Some("kubernetes"));
    assert_eq!(inventory.node.as_deref(), Some("master-1"));
}

#[test]
fn readers_are_the_lines_of_the_manifests() {
    let Some(sample) = sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let root = &sample.root;
    let inventory = read(root);
    let mut told = 0;
    for item in &inventory.items {
        assert!(item.in_use && !item.read_by.is_empty(), "{}", item.id);
        for reader in item.read_by.iter().filter(|reader| !reader.file.is_empty()) {
            let manifest = fs::read_to_string(root.join(reader.file.trim_start_matches('/')))
                .expect("a manifest");
            let line = manifest
                .lines()
                .nth(reader.line as usize - 1)
                .expect("the line")
                .trim();
            assert_eq!(
                line,
                format!("- --{}={}", reader.flag, item.path),
                "{}",
                item.id
            );
            told += 1;
        }
        assert_eq!(
            (item.key.state, item.key.matches),
            (KeyState::Present, Some(true)),
            "{}",
            item.id
        );
    }
    // Every flag that ends in a path of a certificate or kubeconfig was found: grep counts them.
    let grep = fs::read_dir(root.join("etc/kubernetes/manifests"))
        .expect("manifests")
        .map(|entry| {
            let manifest = fs::read_to_string(entry.expect("an entry").path()).expect("text");
            let names = |line: &&str| {
                line.trim().starts_with("- --")
                    && [".crt", ".conf"]
                        .iter()
                        .any(|ending| line.ends_with(ending))
            };
            manifest.lines().filter(names).count()
        });
    assert_eq!(told, grep.sum::<usize>());
}

#[test]
fn keys_without_a_certificate_stand_by_themselves() {
    let Some(sample) = sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let inventory = read(&sample.root);
    let keys: BTreeSet<(&str, bool)> = inventory
        .keys
        .iter()
        .map(|key| (&*key.path, key.public_only))
        .collect();
    assert_eq!(
        keys,
        [
            ("/etc/kubernetes/pki/sa.key", false),
            ("/etc/kubernetes/pki/sa.pub", true)
        ]
        .into()
    );
    assert!(
        inventory
            .keys
            .iter()
            .all(|key| key.algorithm.as_deref() == Some("ECDSA-P256") && key.mode == 0o600)
    );
}

/// A kubeconfig, who its user is, and the groups.
const USERS: [(&str, &str, &[&str]); 5] = [
    (
        "/etc/kubernetes/admin.conf",
        "kubernetes-admin",
        &["kubeadm:cluster-admins"],
    ),
    (
        "/etc/kubernetes/super-admin.conf",
        "kubernetes-super-admin",
        &["system:masters"],
    ),
    (
        "/etc/kubernetes/controller-manager.conf",
        "system:kube-controller-manager",
        &[],
    ),
    (
        "/etc/kubernetes/scheduler.conf",
        "system:kube-scheduler",
        &[],
    ),
    (
        "/etc/kubernetes/kubelet.conf",
        "system:node:master-1",
        &["system:nodes"],
    ),
];

#[test]
fn kubeconfigs_say_who_and_where() {
    let Some(sample) = sample("kubeadm-1.36-rsa") else {
        return;
    };
    let root = &sample.root;
    let inventory = read(root);
    for (path, identity, groups) in USERS {
        let kubeconfig = inventory
            .kubeconfigs
            .iter()
            .find(|kubeconfig| &*kubeconfig.path == path)
            .expect(path);
        let [user] = &kubeconfig.users[..] else {
            panic!("{path} has one user")
        };
        assert_eq!(
            (user.kind, user.identity.as_deref()),
            (UserKind::Certificate, Some(identity))
        );
        assert_eq!(user.groups, groups, "{path}");
        let certificate = user
            .certificate
            .and_then(|index| inventory.item(index))
            .expect("its certificate");
        assert_eq!(&*certificate.path, path);
        assert_eq!(
            kubeconfig.contexts[0].reaches,
            Reaches::ThisMaster,
            "{path}"
        );
        assert_eq!(
            kubeconfig.clusters[0].authority_text,
            "ca.crt of this master"
        );
        let text =
            fs::read_to_string(root.join(path.trim_start_matches('/'))).expect("a kubeconfig");
        assert!(
            text.lines()
                .any(|line| line.trim() == format!("server: {}", kubeconfig.clusters[0].server)),
            "{path}"
        );
        assert_eq!(kubeconfig.fault, None);
    }
}

#[test]
fn requests_of_an_external_authority_have_their_keys() {
    let Some(sample) = sample("kubeadm-1.36-generate-csr") else {
        return;
    };
    let root = &sample.root;
    let inventory = read(root);
    assert_eq!(inventory.layout, "kubeadm");
    assert_eq!(inventory.items.len(), 0, "{:?}", inventory.items);
    let mut files = 0;
    for request in &inventory.requests {
        assert!(request.request.is_ok(), "{}", request.path);
        let stem = request.path.strip_suffix(".csr").expect("an ending");
        let key = if root.join(&stem[1..]).is_file() {
            stem.to_owned()
        } else {
            format!("{stem}.key")
        };
        assert_eq!(
            request.key_path.as_deref(),
            Some(key.as_str()),
            "{}",
            request.path
        );
        files += 1;
    }
    assert_eq!(files, 12);
}

#[test]
fn an_expired_master_is_seen_through_its_date() {
    let Some(sample) = sample("kubeadm-1.36-rsa") else {
        return;
    };
    let root = &sample.root;
    let inventory = read(root);
    let index = |id: &str| {
        inventory
            .indexed()
            .find(|(_, item)| &*item.id == id)
            .map(|(index, _)| index)
            .expect("an item")
    };
    for (id, after_days, word) in [
        ("apiserver", 0, "ok"),
        ("apiserver", 340, "expiring"),
        ("apiserver", 366, "expired"),
        ("ca", 366, "ok"),
    ] {
        let item = item(&inventory, id);
        let moment = item.certificate().expect("a certificate").not_before()
            + time::Duration::days(after_days);
        assert_eq!(
            state::judge(&inventory, index(id), item, moment)
                .status
                .word(),
            word,
            "{id} after {after_days} days"
        );
    }
}

#[test]
fn a_folder_of_the_master_will_do() {
    let Some(sample) = sample("kubeadm-1.36-rsa") else {
        return;
    };
    let root = &sample.root;
    for (below, certificates) in [
        ("", 15),
        ("etc", 15),
        ("etc/kubernetes", 15),
        ("etc/kubernetes/pki", 10),
    ] {
        let options = OpenOptions {
            directory: Some(root.join(below)),
            ..OpenOptions::default()
        };
        let inventory = open(&options, &silent, &mut Verified::new()).expect("it can be read");
        assert_eq!(
            (inventory.layout.as_str(), inventory.items.len()),
            ("kubeadm", certificates),
            "{below}"
        );
        assert_eq!(
            &*item(&inventory, "apiserver").path,
            "/etc/kubernetes/pki/apiserver.crt"
        );
        let watched = watched_folders(&options, &inventory);
        assert!(
            watched.contains(&root.join("etc/kubernetes/pki/etcd")),
            "{watched:?}"
        );
    }
    let etcd = OpenOptions {
        directory: Some(root.join("etc/kubernetes/pki/etcd")),
        ..OpenOptions::default()
    };
    let inventory = open(&etcd, &silent, &mut Verified::new()).expect("it can be read");
    assert_eq!(
        (inventory.layout.as_str(), inventory.items.len()),
        ("directory", 4)
    );
    let real = fs::canonicalize(root.join("etc/kubernetes/pki/etcd/ca.crt")).expect("there");
    assert!(
        inventory
            .items
            .iter()
            .any(|item| Path::new(&*item.path) == real)
    );
    assert!(
        inventory
            .items
            .iter()
            .all(|item| item.key.matches == Some(true))
    );
}
