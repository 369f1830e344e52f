//! Who judges a renewed master: openssl, kubectl, and the tree as it was before.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use serde_json::Value;

use super::changing::{Master, Tree, differing};
use super::pair::Pair;
use super::program::{by_id, texts};
use super::{succeed, text, tool};

/// Renews `what` (a flag or a name), and gives the operation.
pub(crate) fn renew(master: &Master, what: &str) -> Value {
    let run = master.kubepki(&["renew", what, "--yes", "-o", "json"]);
    run.ends_with(0);
    let operation = run.json();
    assert_eq!(operation["state"], "done", "{operation}");
    operation
}

/// Every certificate that was issued satisfies openssl: its CA, its dates, its key.
pub(crate) fn openssl_accepts(openssl: &Path, master: &Master, operation: &Value) -> Vec<String> {
    let list = by_id(&master.kubepki(&["list", "-o", "json"]).json());
    let folder = tempfile::tempdir().expect("a folder");
    let issues = operation["plan"]["issues"].as_array().expect("issues");
    for issue in issues {
        let field = |name: &str| {
            issue[name]
                .as_str()
                .unwrap_or_else(|| panic!("{name}: {issue}"))
        };
        let authority = master.file(list[field("authority")]["path"].as_str().expect("a path"));
        let places = std::iter::once(field("path").to_owned()).chain(texts(issue, "copies"));
        for (number, place) in places.enumerate() {
            let pair = pair_in(
                master,
                &place,
                field("keyPath"),
                &folder.path().join(number.to_string()),
            );
            let verify = [
                "verify",
                "-x509_strict",
                "-CAfile",
                text(&authority),
                text(&pair.certificate),
            ];
            succeed(openssl, &verify);
            assert_same_key(openssl, &pair);
        }
    }
    issues
        .iter()
        .map(|issue| issue["id"].as_str().expect("an id").to_owned())
        .collect()
}

pub(crate) fn assert_same_key(openssl: &Path, pair: &Pair) {
    let certificate = succeed(
        openssl,
        &["x509", "-noout", "-pubkey", "-in", text(&pair.certificate)],
    );
    let key = succeed(openssl, &["pkey", "-pubout", "-in", text(&pair.key)]);
    assert_eq!(certificate, key, "{}", pair.certificate.display());
}

/// A certificate and its key as files: where they lie, or taken out of a kubeconfig.
pub(crate) fn pair_in(master: &Master, path: &str, key_path: &str, aside: &Path) -> Pair {
    let real = master.file(path);
    let content = fs::read_to_string(&real).unwrap_or_default();
    if !content.contains("client-certificate-data:") {
        return Pair {
            certificate: resolved(master, path),
            key: resolved(master, key_path),
        };
    }
    let take = |field: &str, to: PathBuf| {
        let data = content
            .lines()
            .find_map(|line| line.trim().strip_prefix(field))
            .expect("data");
        fs::write(
            &to,
            base64::engine::general_purpose::STANDARD
                .decode(data.trim())
                .expect("base64"),
        )
        .expect("written");
        to
    };
    Pair {
        certificate: take("client-certificate-data:", aside.with_extension("crt")),
        key: take("client-key-data:", aside.with_extension("key")),
    }
}

/// The file behind a path of the master: absolute links lead from its root.
fn resolved(master: &Master, path: &str) -> PathBuf {
    let real = master.file(path);
    match fs::read_link(&real) {
        Ok(target) if target.is_absolute() => master.file(text(&target)),
        _ => real,
    }
}

/// kubectl reads every kubeconfig, and as kubepki does.
pub(crate) fn kubectl_reads(master: &Master) -> usize {
    let Some(kubectl) = tool("kubectl") else {
        return 0;
    };
    let list = master.kubepki(&["kubeconfig", "list", "-o", "json"]).json();
    let items = list["items"].as_array().expect("items");
    for item in items {
        let path = master.file(item["path"].as_str().expect("a path"));
        let seen = succeed(
            &kubectl,
            &[
                "config",
                "view",
                "--raw",
                "-o",
                "json",
                "--kubeconfig",
                text(&path),
            ],
        );
        let seen: Value = serde_json::from_str(&seen).expect("JSON");
        let names = |list: &Value| -> Vec<String> {
            list.as_array()
                .into_iter()
                .flatten()
                .map(|user| user["name"].as_str().expect("a name").to_owned())
                .collect()
        };
        assert_eq!(
            names(&seen["users"]),
            names(&item["users"]),
            "{}",
            path.display()
        );
        assert_eq!(
            seen["current-context"],
            item["current"],
            "{}",
            path.display()
        );
    }
    items.len()
}

/// Undoes the newest operation and compares with what was before.
pub(crate) fn undone(master: &Master, before: &Tree) {
    master.kubepki(&["undo", "--yes"]).ends_with(0);
    assert_eq!(differing(before, &master.tree()), Vec::<String>::new());
}
