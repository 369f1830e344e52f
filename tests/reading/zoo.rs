//! A zoo of masters with known faults: every one is read, fast and without a panic, and the healthy
//! ones are found healthy. The trees are made afresh by `fixtures/zoo/make_zoo.py`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::state::{Status, judge};
use kubepki::inventory::tree::Verified;
use kubepki::inventory::{Inventory, Source};
use kubepki::pki::text::printable;
use kubepki::progress::silent;
use serde_yaml::Value;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::support::zoo::{self, MADE};
use crate::zoo_faults::assert_broken_are_found;

/// No tree may take longer, whatever is in it.
const LONGEST: Duration = Duration::from_secs(2);

struct Case {
    id: String,
    tree: String,
    roots: Vec<PathBuf>,
}

/// Makes the zoo. `None` where Python or its `cryptography` is missing.
fn zoo(folder: &Path) -> Option<Vec<Case>> {
    zoo::make(folder, MADE, &[])?;
    let truth: Value =
        serde_yaml::from_str(&fs::read_to_string(folder.join("zoo.yaml")).expect("zoo.yaml"))
            .expect("YAML");
    let cases = truth["cases"].as_sequence().expect("cases");
    let word = |case: &Value, field: &str| case[field].as_str().expect(field).to_owned();
    Some(
        cases
            .iter()
            .map(|case| {
                let id = word(case, "id");
                let roots = case["roots"].as_sequence().expect("roots").iter();
                let roots = roots
                    .map(|root| folder.join(&id).join(root.as_str().expect("a path")))
                    .collect();
                Case {
                    tree: word(case, "tree"),
                    id,
                    roots,
                }
            })
            .filter(|case: &Case| folder.join(&case.id).is_dir())
            .collect(),
    )
}

fn expected_layout(tree: &str) -> &'static str {
    let known = [
        ("kubeadm", "kubeadm"),
        ("k3s", "k3s"),
        ("RKE1", "rke1"),
        ("rke1", "rke1"),
        ("cfssl", "single-ca"),
        ("single", "single-ca"),
        ("split", "split"),
    ];
    known
        .iter()
        .find(|(word, _)| tree.contains(word))
        .unwrap_or_else(|| panic!("a layout for {tree:?}"))
        .1
}

#[test]
fn every_tree_is_read() {
    let folder = TempDir::new().expect("a temporary folder");
    let Some(cases) = zoo(folder.path()) else {
        return;
    };
    assert!(cases.len() > 120, "{} cases", cases.len());
    let moment = OffsetDateTime::parse(MADE, &Rfc3339).expect("a date");
    for case in &cases {
        for root in &case.roots {
            let started = Instant::now();
            let options = OpenOptions {
                root: root.clone(),
                ..OpenOptions::default()
            };
            let inventory = open(&options, &silent, &mut Verified::new()).expect("it can be read");
            let states: Vec<_> = inventory
                .indexed()
                .map(|(index, item)| judge(&inventory, index, item, moment))
                .collect();
            assert!(
                started.elapsed() < LONGEST,
                "{} took {:?}",
                case.id,
                started.elapsed()
            );
            assert_eq!(inventory.layout, expected_layout(&case.tree), "{}", case.id);
            assert_ids_are_unique(&case.id, &inventory);
            assert_nothing_hidden(&case.id, &inventory);
            if inventory.layout == "kubeadm" {
                assert_kubeadm_roles(&case.id, root, &inventory);
            }
            if case.id.starts_with("healthy-") {
                for (item, state) in inventory.items.iter().zip(&states) {
                    let fine = matches!(state.status, Status::Ok | Status::Expiring);
                    assert!(fine, "{}: {} is {:?}", case.id, item.id, state);
                    let known = !item.roles.is_empty()
                        || item.index > 0
                        || item.path.ends_with("/.kube/config");
                    assert!(
                        known || !item.in_use,
                        "{}: {} has no role",
                        case.id,
                        item.id
                    );
                    assert_ne!(item.key.matches, Some(false), "{}: {}", case.id, item.id);
                }
                assert_eq!(inventory.unread, [], "{}", case.id);
            }
            assert_broken_are_found(&case.id, &inventory, &states);
            if case.id == "usage-ca-v1" {
                assert_authority(root, "front-proxy-client", "front-proxy-ca");
            }
        }
    }
}

/// Who signed is a fact of the signature, whether it was allowed to or not.
fn assert_authority(root: &Path, id: &str, authority: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_kubepki"))
        .args([
            "list",
            "-o",
            "json",
            "--at",
            MADE,
            "--authority",
            authority,
            "--root",
        ])
        .arg(root)
        .output()
        .expect("kubepki starts");
    let list: Value = serde_yaml::from_slice(&output.stdout).expect("JSON is YAML");
    let found = list["items"]
        .as_sequence()
        .expect("items")
        .iter()
        .find(|item| item["id"] == id);
    assert_eq!(found.expect(id)["authority"], authority);
}

fn assert_ids_are_unique(case: &str, inventory: &Inventory) {
    let mut ids: Vec<&str> = inventory.items.iter().map(|item| &*item.id).collect();
    ids.sort_unstable();
    assert!(
        ids.windows(2).all(|pair| pair[0] != pair[1]),
        "{case}: {ids:?}"
    );
}

/// What is written by kubepki itself about a file holds no control characters.
fn assert_nothing_hidden(case: &str, inventory: &Inventory) {
    for item in &inventory.items {
        if let Err(fault) = &item.content {
            let text = fault.to_string();
            assert_eq!(printable(&text), text, "{case}");
        }
    }
}

/// kubeadm's names are its paths: `pki/etcd/server.crt` is `etcd-server` (certlist.go).
fn assert_kubeadm_roles(case: &str, root: &Path, inventory: &Inventory) {
    for item in inventory
        .items
        .iter()
        .filter(|item| item.index == 0 && item.content.is_ok())
    {
        let Some(below) = item.path.strip_prefix("/etc/kubernetes/") else {
            continue;
        };
        let expected = match below
            .strip_prefix("pki/")
            .and_then(|path| path.strip_suffix(".crt"))
        {
            Some(stem) if KUBEADM_CERTIFICATES.contains(&stem) => stem.replace('/', "-"),
            _ if matches!(item.source, Source::Kubeconfig { .. }) && !below.contains('/') => {
                below.to_owned()
            }
            _ => continue,
        };
        let several = inventory
            .items
            .iter()
            .filter(|other| other.path == item.path)
            .count()
            > 1;
        let has_role = item.roles.iter().any(|role| role.name == expected);
        assert!(
            has_role || several,
            "{case}: {} has {:?}",
            item.path,
            item.roles
        );
        assert!(root.join(below).exists() || root.join("etc/kubernetes").join(below).exists());
    }
}

const KUBEADM_CERTIFICATES: [&str; 10] = [
    "ca",
    "apiserver",
    "apiserver-kubelet-client",
    "apiserver-etcd-client",
    "front-proxy-ca",
    "front-proxy-client",
    "etcd/ca",
    "etcd/server",
    "etcd/peer",
    "etcd/healthcheck-client",
];
