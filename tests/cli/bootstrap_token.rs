//! Bootstrap tokens: python3-yaml and kubectl read their manifests, and kubectl the kubeconfig that holds one.

use std::fs;

use base64::Engine as _;
use serde_json::Value;

use crate::support::bootstrap::{FOLDER, kubectl_takes, mode, new_token, yaml};
use crate::support::changing::{Master, differing};
use crate::support::program::texts;
use crate::support::{succeed, text, tool};

const SAMPLE: &str = "kubeadm-1.36-ecdsa";

#[test]
fn a_token_is_made_listed_ended_and_taken_back() {
    let Some(master) = Master::sample(SAMPLE) else { return };
    let before = master.tree();
    let dry = master.kubepki(&["bootstrap", "token", "--dry-run", "-o", "json"]);
    dry.ends_with(0);
    assert_eq!(dry.json()["kind"], "Plan");
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
    assert!(!master.state.exists());
    let odd = "for \"w-1\" # 主: yes";
    let (id, path, secret) = new_token(&master, &["--description", odd, "--ttl", "7d"]);
    let file = master.file(&path);
    assert_eq!(path, format!("{FOLDER}/bootstrap-token-{id}.yaml"));
    assert_eq!((mode(&file), mode(&master.file(FOLDER))), (0o600, 0o755));
    if let Some(documents) = yaml(&file) {
        let [secret_object] = &documents[..] else { panic!("{documents:?}") };
        assert_eq!(secret_object["type"], "bootstrap.kubernetes.io/token");
        assert_eq!(secret_object["metadata"]["name"], format!("bootstrap-token-{id}"));
        assert_eq!(secret_object["metadata"]["namespace"], "kube-system");
        let data = &secret_object["stringData"];
        let fields = [("token-id", id.as_str()), ("token-secret", &secret), ("description", odd)];
        let usual = "system:bootstrappers:kubeadm:default-node-token";
        let usages = [("usage-bootstrap-authentication", "true"), ("auth-extra-groups", usual)];
        for (field, expected) in fields.into_iter().chain(usages) {
            assert_eq!(data[field], expected, "{field}");
        }
        assert!(data["expiration"].as_str().is_some_and(|end| end.ends_with('Z') && end.len() == 20), "{data}");
    }
    kubectl_takes(&file);
    let listed = |at: &str| {
        let list = master.kubepki(&["bootstrap", "token", "--list", "-o", "json", "--at", at]).json();
        assert_eq!(list["kind"], "BootstrapTokenList");
        list["items"][0].clone()
    };
    assert_eq!((&listed("+6d")["state"], &listed("+8d")["state"]), (&"valid".into(), &"expired".into()));
    assert_eq!(listed("+6d")["description"], odd);
    // It ends: its time alone is another one.
    let old = fs::read_to_string(&file).expect("text");
    master.kubepki(&["bootstrap", "token", "--expire", &id, "--yes"]).ends_with(0);
    let new = fs::read_to_string(&file).expect("text");
    let changed: Vec<&str> = new.lines().filter(|line| !old.lines().any(|old| old == *line)).collect();
    assert!(matches!(changed[..], [line] if line.starts_with("  expiration: ")), "{changed:?}");
    assert_eq!(listed("+1h")["state"], "expired");
    let again = master.kubepki(&["bootstrap", "token", "--expire", &id, "--yes"]);
    again.ends_with(0);
    assert!(again.stderr.contains("has ended already"), "{again:?}");
    for _ in 0..2 {
        master.kubepki(&["undo", "--yes"]).ends_with(0);
    }
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
}

#[test]
fn kubectl_reads_the_kubeconfig_and_it_holds_the_token() {
    let Some(master) = Master::sample(SAMPLE) else { return };
    let (id, _, secret) = new_token(&master, &[]);
    let path = "/etc/kubernetes/bootstrap-kubelet.conf";
    let run = master.kubepki(&["bootstrap", "kubeconfig", "--identity", &id, "--yes"]);
    run.ends_with(0);
    let file = master.file(path);
    assert_eq!(mode(&file), 0o600);
    let authority = fs::read(master.file("/etc/kubernetes/pki/ca.crt")).expect("a CA");
    let data = base64::engine::general_purpose::STANDARD.encode(authority);
    if let Some(kubectl) = tool("kubectl") {
        let seen = succeed(&kubectl, &["config", "view", "--raw", "-o", "json", "--kubeconfig", text(&file)]);
        let seen: Value = serde_json::from_str(&seen).expect("JSON");
        assert_eq!(seen["current-context"], "tls-bootstrap-token-user@kubernetes");
        assert_eq!(seen["users"][0]["user"]["token"], format!("{id}.{secret}"));
        assert_eq!(seen["clusters"][0]["cluster"]["certificate-authority-data"], data);
        let admin = succeed(
            &kubectl,
            &["config", "view", "-o", "json", "--kubeconfig", text(&master.file("/etc/kubernetes/admin.conf"))],
        );
        let admin: Value = serde_json::from_str(&admin).expect("JSON");
        assert_eq!(seen["clusters"][0]["cluster"]["server"], admin["clusters"][0]["cluster"]["server"]);
    }
    // kubepki knows whose it is, and who holds the token.
    let list = master.kubepki(&["bootstrap", "token", "--list", "-o", "json"]).json();
    assert_eq!(texts(&list["items"][0], "kubeconfigs"), [path]);
    let list = master.kubepki(&["kubeconfig", "list", "-o", "json"]).json();
    let item = list["items"].as_array().expect("items").iter().find(|item| item["path"] == path).expect("it");
    assert_eq!(item["users"][0]["identity"], format!("system:bootstrap:{id}"));
    assert_eq!(
        texts(&item["users"][0], "groups"),
        ["system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token"]
    );
    assert_eq!(item["contexts"][0]["reaches"], "this-master");
    // An address that the API server's certificate does not have is warned of.
    let other = ["--server", "https://192.0.2.7:6443", "--dry-run", "-o", "json"];
    let plan = master.kubepki(&[&["bootstrap", "kubeconfig", "--identity", &id], &other[..]].concat()).json();
    assert!(texts(&plan, "warnings").iter().any(|text| text.contains("192.0.2.7")), "{plan}");
    assert!(plan["changes"][0]["action"] == "replace", "{plan}");
}

#[test]
fn tokens_wait_for_a_cluster_that_is_not_there_yet() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("etc")).expect("a folder");
    let master = Master::at(folder.path());
    let made = master.kubepki(&["bootstrap", "token", "--yes"]);
    made.ends_with(0);
    assert!(!made.stdout.contains('!') && !made.stderr.contains('!'), "{made:?}");
    let (id, path, _) = new_token(&master, &[]);
    assert!(path.starts_with(FOLDER), "{path}");
    let list = master.kubepki(&["bootstrap", "token", "--list", "-o", "json"]).json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    master.kubepki(&["bootstrap", "token", "--expire", &id, "--yes"]).ends_with(0);
    master.kubepki(&["bootstrap", "token-file", "--user", "w", "--yes"]).ends_with(0);
    let lines = master.kubepki(&["bootstrap", "token-file", "--list"]);
    lines.ends_with(0);
    assert!(lines.stdout.contains("/etc/kubernetes/token.csv"), "{lines:?}");
    // No certificate is there: setting up begins with nothing still.
    let setup = ["setup", "--node", "m1", "--address", "10.0.0.1", "--dry-run", "-o", "name"];
    master.kubepki(&setup).ends_with(0);
}
