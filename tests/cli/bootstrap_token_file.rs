//! The API server's token file: a line more in one that is there, and the one of a cluster made by hand.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::bootstrap::mode;
use crate::support::changing::{Master, differing};
use crate::support::program::texts;
use crate::support::{succeed, text, tool};

const SAMPLE: &str = "kubeadm-1.36-ecdsa";

#[test]
fn a_token_file_keeps_every_other_byte() {
    let Some(master) = Master::sample(SAMPLE) else { return };
    let (path, manifest) = ("/etc/kubernetes/token.csv", "/etc/kubernetes/manifests/kube-apiserver.yaml");
    let flags = fs::read_to_string(master.file(manifest)).expect("a manifest");
    let named =
        flags.replacen("    - --tls-cert-file", &format!("    - --token-auth-file={path}\n    - --tls-cert-file"), 1);
    fs::write(master.file(manifest), named).expect("written");
    let old = "\u{feff}t0,\"ann, b\",1,\"g1,g2\"\r\n\r\n,odd,2\r\nshort";
    fs::write(master.file(path), old).expect("written");
    fs::set_permissions(master.file(path), fs::Permissions::from_mode(0o640)).expect("set");
    let before = master.tree();
    let add = ["bootstrap", "token-file", "--user", "system:bootstrapper", "--yes", "-o", "json"];
    let run = master.kubepki(&add);
    run.ends_with(0);
    let operation = run.json();
    let restart = &operation["plan"]["restarts"][0];
    assert_eq!((&restart["component"], &restart["required"]), (&"kube-apiserver".into(), &true.into()), "{operation}");
    assert_eq!(restart["reason"], "it reads token.csv only at its start");
    assert_eq!(operation["restarts"][0]["state"], "needed", "{operation}");
    let warnings = texts(&operation["plan"], "warnings");
    for part in [":4: there are fewer than three columns", "0640", ":3: the token is empty"] {
        assert!(warnings.iter().any(|text| text.contains(part)), "{part}: {warnings:?}");
    }
    let new = fs::read_to_string(master.file(path)).expect("text");
    let line = new.strip_prefix(&format!("{old}\r\n")).expect("all that was there");
    assert!(
        line.ends_with(",system:bootstrapper,10001,\"system:bootstrappers\"\r\n") && line.len() > 32 + 40,
        "{line}"
    );
    assert_eq!(mode(&master.file(path)), 0o640);
    let list = master.kubepki(&["bootstrap", "token-file", "--list", "-o", "json"]).json();
    let users: Vec<&Value> = list["items"].as_array().expect("items").iter().map(|item| &item["user"]).collect();
    assert_eq!(users, ["ann, b", "system:bootstrapper"]);
    master.kubepki(&["bootstrap", "token-file", "--expire", "system:bootstrapper", "--yes"]).ends_with(0);
    assert_eq!(fs::read_to_string(master.file(path)).expect("text"), format!("{old}\r\n"));
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
    let setup =
        ["setup", "--layout", "split", "--node", "m1", "--address", "192.0.2.10", "--key-algorithm", "ECDSA-P256"];
    master.kubepki(&[&setup[..], &["--yes"]].concat()).ends_with(0);
    let join = master.kubepki(&["bootstrap", "join"]);
    join.ends_with(0);
    let flags = "kube-apiserver --token-auth-file=/etc/kubernetes/token.csv\nkubelet \
                 --bootstrap-kubeconfig=/etc/kubernetes/auth/bootstrap.conf\nkubelet rotateCertificates: true\n";
    assert_eq!(join.stdout, flags);
    assert_eq!(join.stderr.matches("token-auth-file").count(), 0, "{join:?}");
    assert!(master.kubepki(&["bootstrap", "join", "-o", "json"]).json()["command"].is_null());
    let list = master.kubepki(&["bootstrap", "token-file", "--list", "-o", "json"]).json();
    assert_eq!(
        (&list["items"][0]["user"], list["items"].as_array().map(Vec::len)),
        (&"system:bootstrapper".into(), Some(1))
    );
    master.kubepki(&["bootstrap", "kubeconfig", "--identity", "system:bootstrapper", "--yes"]).ends_with(0);
    if let Some(kubectl) = tool("kubectl") {
        let file = master.file("/etc/kubernetes/auth/bootstrap.conf");
        let seen = succeed(&kubectl, &["config", "view", "--raw", "-o", "json", "--kubeconfig", text(&file)]);
        let seen: Value = serde_json::from_str(&seen).expect("JSON");
        let token = fs::read_to_string(master.file("/etc/kubernetes/token.csv")).expect("text");
        let token = token.split(',').next().expect("a token").to_owned();
        assert_eq!(seen["users"][0]["user"]["token"], token);
        assert_eq!(seen["users"][0]["name"], "system:bootstrapper");
        assert_eq!(seen["clusters"][0]["cluster"]["server"], "https://192.0.2.10:6443");
    }
}
