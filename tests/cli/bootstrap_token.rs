//! Bootstrap tokens: python3-yaml and kubectl read their manifests, and kubectl the kubeconfig that
//! holds one.

use std::fs;
use std::path::Path;

use base64::Engine as _;

use crate::support::bootstrap::{FOLDER, NewToken, kubectl_takes, kubectl_view, mode, yaml};
use crate::support::changing::{Master, differing};
use crate::support::program::texts;

const SAMPLE: &str = "kubeadm-1.36-ecdsa";

#[test]
fn a_dry_run_of_a_token_writes_nothing() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let before = master.tree();
    let dry = master.kubepki(&["bootstrap", "token", "--dry-run", "-o", "json"]);
    dry.ends_with(0);
    assert_eq!(dry.json()["kind"], "Plan");
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
    assert!(!master.state.exists());
}

/// python3-yaml finds in the manifest what Kubernetes wants of a token's secret.
fn assert_manifest(file: &Path, token: &NewToken, description: &str) {
    let Some(documents) = yaml(file) else { return };
    let [secret_object] = &documents[..] else {
        panic!("{documents:?}")
    };
    assert_eq!(secret_object["type"], "bootstrap.kubernetes.io/token");
    assert_eq!(
        secret_object["metadata"]["name"],
        format!("bootstrap-token-{}", token.id)
    );
    assert_eq!(secret_object["metadata"]["namespace"], "kube-system");
    let data = &secret_object["stringData"];
    for (field, expected) in [
        ("token-id", token.id.as_str()),
        ("token-secret", &token.secret),
        ("description", description),
        ("usage-bootstrap-authentication", "true"),
        (
            "auth-extra-groups",
            "system:bootstrappers:kubeadm:default-node-token",
        ),
    ] {
        assert_eq!(data[field], expected, "{field}");
    }
    assert!(
        data["expiration"]
            .as_str()
            .is_some_and(|end| end.ends_with('Z') && end.len() == 20),
        "{data}"
    );
}

/// Ends the token: its time alone is another one.
fn expire(master: &Master, token: &NewToken) {
    let read = || fs::read_to_string(master.file(&token.path)).expect("text");
    let old = read();
    master
        .kubepki(&["bootstrap", "token", "--expire", &token.id, "--yes"])
        .ends_with(0);
    let new = read();
    let changed: Vec<&str> = new
        .lines()
        .filter(|line| !old.lines().any(|old| old == *line))
        .collect();
    assert!(
        matches!(changed[..], [line] if line.starts_with("  expiration: ")),
        "{changed:?}"
    );
}

#[test]
fn a_token_is_made_listed_ended_and_taken_back() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let before = master.tree();
    let odd = "for \"w-1\" # 主: yes";
    let token = NewToken::make(&master, &["--description", odd, "--ttl", "7d"]);
    let file = master.file(&token.path);
    assert_eq!(
        token.path,
        format!("{FOLDER}/bootstrap-token-{}.yaml", token.id)
    );
    assert_eq!((mode(&file), mode(&master.file(FOLDER))), (0o600, 0o755));
    assert_manifest(&file, &token, odd);
    kubectl_takes(&file);
    let listed = |at: &str| {
        let list = master
            .kubepki(&["bootstrap", "token", "--list", "-o", "json", "--at", at])
            .json();
        assert_eq!(list["kind"], "BootstrapTokenList");
        list["items"][0].clone()
    };
    assert_eq!(
        (&listed("+6d")["state"], &listed("+8d")["state"]),
        (&"valid".into(), &"expired".into())
    );
    assert_eq!(listed("+6d")["description"], odd);
    expire(&master, &token);
    assert_eq!(listed("+1h")["state"], "expired");
    let again = master.kubepki(&["bootstrap", "token", "--expire", &token.id, "--yes"]);
    again.ends_with(0);
    assert!(again.stderr.contains("has ended already"), "{again:?}");
    for _ in 0..2 {
        master.kubepki(&["undo", "--yes"]).ends_with(0);
    }
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
}

const KUBECONFIG: &str = "/etc/kubernetes/bootstrap-kubelet.conf";

/// A new token and a kubeconfig that holds it.
fn with_kubeconfig(master: &Master) -> NewToken {
    let token = NewToken::make(master, &[]);
    master
        .kubepki(&["bootstrap", "kubeconfig", "--identity", &token.id, "--yes"])
        .ends_with(0);
    token
}

#[test]
fn kubectl_reads_the_kubeconfig_and_it_holds_the_token() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let token = with_kubeconfig(&master);
    let file = master.file(KUBECONFIG);
    assert_eq!(mode(&file), 0o600);
    let authority = fs::read(master.file("/etc/kubernetes/pki/ca.crt")).expect("a CA");
    let data = base64::engine::general_purpose::STANDARD.encode(authority);
    let Some(seen) = kubectl_view(&file) else {
        return;
    };
    assert_eq!(
        seen["current-context"],
        "tls-bootstrap-token-user@kubernetes"
    );
    assert_eq!(
        seen["users"][0]["user"]["token"],
        format!("{}.{}", token.id, token.secret)
    );
    assert_eq!(
        seen["clusters"][0]["cluster"]["certificate-authority-data"],
        data
    );
    let admin = kubectl_view(&master.file("/etc/kubernetes/admin.conf")).expect("kubectl is there");
    assert_eq!(
        seen["clusters"][0]["cluster"]["server"],
        admin["clusters"][0]["cluster"]["server"]
    );
}

#[test]
fn whose_the_kubeconfig_is_and_who_holds_the_token_is_known() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let token = with_kubeconfig(&master);
    let list = master
        .kubepki(&["bootstrap", "token", "--list", "-o", "json"])
        .json();
    assert_eq!(texts(&list["items"][0], "kubeconfigs"), [KUBECONFIG]);
    let list = master.kubepki(&["kubeconfig", "list", "-o", "json"]).json();
    let item = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|item| item["path"] == KUBECONFIG)
        .expect("it");
    assert_eq!(
        item["users"][0]["identity"],
        format!("system:bootstrap:{}", token.id)
    );
    assert_eq!(
        texts(&item["users"][0], "groups"),
        [
            "system:bootstrappers",
            "system:bootstrappers:kubeadm:default-node-token"
        ]
    );
    assert_eq!(item["contexts"][0]["reaches"], "this-master");
}

#[test]
fn an_address_that_the_api_servers_certificate_does_not_have_is_warned_of() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let token = with_kubeconfig(&master);
    let other = [
        "--server",
        "https://192.0.2.7:6443",
        "--dry-run",
        "-o",
        "json",
    ];
    let plan = master
        .kubepki(
            &[
                &["bootstrap", "kubeconfig", "--identity", &token.id],
                &other[..],
            ]
            .concat(),
        )
        .json();
    assert!(
        texts(&plan, "warnings")
            .iter()
            .any(|text| text.contains("192.0.2.7")),
        "{plan}"
    );
    assert_eq!(plan["changes"][0]["action"], "replace", "{plan}");
}

#[test]
fn tokens_wait_for_a_cluster_that_is_not_there_yet() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("etc")).expect("a folder");
    let master = Master::at(folder.path());
    let made = master.kubepki(&["bootstrap", "token", "--yes"]);
    made.ends_with(0);
    assert!(
        !made.stdout.contains('!') && !made.stderr.contains('!'),
        "{made:?}"
    );
    let NewToken { id, path, .. } = NewToken::make(&master, &[]);
    assert!(path.starts_with(FOLDER), "{path}");
    let list = master
        .kubepki(&["bootstrap", "token", "--list", "-o", "json"])
        .json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    master
        .kubepki(&["bootstrap", "token", "--expire", &id, "--yes"])
        .ends_with(0);
    master
        .kubepki(&["bootstrap", "token-file", "--user", "w", "--yes"])
        .ends_with(0);
    let lines = master.kubepki(&["bootstrap", "token-file", "--list"]);
    lines.ends_with(0);
    assert!(
        lines.stdout.contains("/etc/kubernetes/token.csv"),
        "{lines:?}"
    );
    // No certificate is there: setting up begins with nothing still.
    let setup = [
        "setup",
        "--node",
        "m1",
        "--address",
        "10.0.0.1",
        "--dry-run",
        "-o",
        "name",
    ];
    master.kubepki(&setup).ends_with(0);
}
