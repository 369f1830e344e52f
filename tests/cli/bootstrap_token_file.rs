//! The API server's token file: a line more in one that is there, and the one of a cluster made by
//! hand.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::bootstrap::{kubectl_view, mode};
use crate::support::changing::{Master, differing};
use crate::support::program::texts;

const SAMPLE: &str = "kubeadm-1.36-ecdsa";

const PATH: &str = "/etc/kubernetes/token.csv";

/// A master whose API server is told to read this token file, which is odd.
fn with_token_file(content: &str) -> Option<Master> {
    let master = Master::sample(SAMPLE)?;
    let manifest = master.file("/etc/kubernetes/manifests/kube-apiserver.yaml");
    let flags = fs::read_to_string(&manifest).expect("a manifest");
    let first = "    - --tls-cert-file";
    let named = flags.replacen(
        first,
        &format!("    - --token-auth-file={PATH}\n{first}"),
        1,
    );
    fs::write(manifest, named).expect("written");
    fs::write(master.file(PATH), content).expect("written");
    fs::set_permissions(master.file(PATH), fs::Permissions::from_mode(0o640)).expect("set");
    Some(master)
}

/// The API server must be restarted, and what is odd about the file is told.
fn assert_told(operation: &Value) {
    let restart = &operation["plan"]["restarts"][0];
    assert_eq!(
        (&restart["component"], &restart["required"]),
        (&"kube-apiserver".into(), &true.into()),
        "{operation}"
    );
    assert_eq!(restart["reason"], "it reads token.csv only at its start");
    assert_eq!(operation["restarts"][0]["state"], "needed", "{operation}");
    let warnings = texts(&operation["plan"], "warnings");
    for part in [
        ":4: there are fewer than three columns",
        "0640",
        ":3: the token is empty",
    ] {
        assert!(
            warnings.iter().any(|text| text.contains(part)),
            "{part}: {warnings:?}"
        );
    }
}

#[test]
fn a_token_file_keeps_every_other_byte() {
    let old = "\u{feff}t0,\"ann, b\",1,\"g1,g2\"\r\n\r\n,odd,2\r\nshort";
    let Some(master) = with_token_file(old) else {
        return;
    };
    let before = master.tree();
    let read = || fs::read_to_string(master.file(PATH)).expect("text");
    let run = master.kubepki(&[
        "bootstrap",
        "token-file",
        "--user",
        "system:bootstrapper",
        "--yes",
        "-o",
        "json",
    ]);
    run.ends_with(0);
    assert_told(&run.json());
    let new = read();
    let line = new
        .strip_prefix(&format!("{old}\r\n"))
        .expect("all that was there");
    assert!(
        line.ends_with(",system:bootstrapper,10001,\"system:bootstrappers\"\r\n")
            && line.len() > 32 + 40,
        "{line}"
    );
    assert_eq!(mode(&master.file(PATH)), 0o640);
    let list = master
        .kubepki(&["bootstrap", "token-file", "--list", "-o", "json"])
        .json();
    let users: Vec<&Value> = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| &item["user"])
        .collect();
    assert_eq!(users, ["ann, b", "system:bootstrapper"]);
    master
        .kubepki(&[
            "bootstrap",
            "token-file",
            "--expire",
            "system:bootstrapper",
            "--yes",
        ])
        .ends_with(0);
    assert_eq!(read(), format!("{old}\r\n"));
    for _ in 0..2 {
        master.kubepki(&["undo", "--yes"]).ends_with(0);
    }
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
}

#[test]
fn a_hand_made_cluster_has_flags_in_place_of_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("etc")).expect("made");
    let master = Master::at(folder.path());
    let node = [
        "--node",
        "m1",
        "--address",
        "192.0.2.10",
        "--key-algorithm",
        "ECDSA-P256",
    ];
    master
        .kubepki(&[&["setup", "--layout", "split", "--yes"], &node[..]].concat())
        .ends_with(0);
    let join = master.kubepki(&["bootstrap", "join"]);
    join.ends_with(0);
    let flags = "kube-apiserver --token-auth-file=/etc/kubernetes/token.csv\nkubelet \
                 --bootstrap-kubeconfig=/etc/kubernetes/auth/bootstrap.conf\nkubelet rotateCertificates: true\n";
    assert_eq!(join.stdout, flags);
    assert_eq!(
        join.stderr.matches("token-auth-file").count(),
        0,
        "{join:?}"
    );
    assert!(master.kubepki(&["bootstrap", "join", "-o", "json"]).json()["command"].is_null());
    let list = master
        .kubepki(&["bootstrap", "token-file", "--list", "-o", "json"])
        .json();
    let users: Vec<&Value> = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| &item["user"])
        .collect();
    assert_eq!(users, ["system:bootstrapper"]);
    master
        .kubepki(&[
            "bootstrap",
            "kubeconfig",
            "--identity",
            "system:bootstrapper",
            "--yes",
        ])
        .ends_with(0);
    if let Some(seen) = kubectl_view(&master.file("/etc/kubernetes/auth/bootstrap.conf")) {
        let token = fs::read_to_string(master.file(PATH)).expect("text");
        let token = token.split(',').next().expect("a token").to_owned();
        assert_eq!(seen["users"][0]["user"]["token"], token);
        assert_eq!(seen["users"][0]["name"], "system:bootstrapper");
        assert_eq!(
            seen["clusters"][0]["cluster"]["server"],
            "https://192.0.2.10:6443"
        );
    }
}
