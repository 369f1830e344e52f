//! `bootstrap` as scripts use it: openssl computes the hash, kubectl and python3-yaml read what is
//! written, and no secret is told but where it was asked for.

use std::fs;

use serde_json::Value;

use crate::support::bootstrap::{FOLDER, NewToken, kubectl_takes, mode, yaml};
use crate::support::changing::{Master, differing};
use crate::support::program::texts;
use crate::support::{succeed, text, tool};

const SAMPLE: &str = "kubeadm-1.36-ecdsa";

#[test]
fn the_hash_is_what_openssl_computes() {
    let (Some(openssl), Some(master)) = (tool("openssl"), Master::sample(SAMPLE)) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let authority = master.file("/etc/kubernetes/pki/ca.crt");
    fs::write(
        at("pub"),
        succeed(
            &openssl,
            &["x509", "-noout", "-pubkey", "-in", text(&authority)],
        ),
    )
    .expect("written");
    succeed(
        &openssl,
        &[
            "pkey",
            "-pubin",
            "-in",
            text(&at("pub")),
            "-outform",
            "DER",
            "-out",
            text(&at("der")),
        ],
    );
    let digest = succeed(&openssl, &["dgst", "-sha256", "-r", text(&at("der"))]);
    let expected = format!(
        "sha256:{}",
        digest.split_whitespace().next().expect("a digest")
    );
    let run = master.kubepki(&["bootstrap", "hash"]);
    run.ends_with(0);
    assert_eq!(
        (run.stdout.trim(), run.stderr.as_str()),
        (expected.as_str(), "")
    );
    let document = master.kubepki(&["bootstrap", "hash", "-o", "json"]).json();
    assert_eq!(
        (&document["kind"], texts(&document, "hashes")),
        (&"DiscoveryHash".into(), vec![expected])
    );
    assert!(!master.state.exists(), "asking makes no state");
}

#[test]
fn no_secret_is_told_unasked() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let NewToken { id, path, secret } = NewToken::make(&master, &["--ttl", "0"]);
    master
        .kubepki(&[
            "bootstrap",
            "token-file",
            "--user",
            "kubelet-bootstrap",
            "--yes",
        ])
        .ends_with(0);
    let lines = fs::read_to_string(master.file("/etc/kubernetes/token.csv")).expect("text");
    let line = lines.split(',').next().expect("a token").to_owned();
    let commands: &[&[&str]] = &[
        &["bootstrap", "token", "--list"],
        &["bootstrap", "token-file", "--list"],
        &["bootstrap", "token", "--expire", &id, "--dry-run"],
        &[
            "bootstrap",
            "token-file",
            "--expire",
            "kubelet-bootstrap",
            "--dry-run",
        ],
        &["bootstrap", "kubeconfig", "--identity", &id, "--dry-run"],
        &["bootstrap", "kubeconfig", "--identity", &id, "--yes"],
        &["bootstrap", "join"],
        &["bootstrap", "hash"],
        &["kubeconfig", "list"],
        &["list"],
        &["history"],
        &["show", &path],
    ];
    for command in commands {
        for form in ["table", "wide", "json", "yaml"] {
            let run = master.kubepki(&[command, &["-o", form][..]].concat());
            for secret in [&secret, &line] {
                assert!(
                    !run.stdout.contains(secret) && !run.stderr.contains(secret),
                    "{command:?} {form}"
                );
            }
        }
    }
    // Asked for, it is told on standard output alone.
    let join = master.kubepki(&["bootstrap", "join", "--token", &id]);
    assert!(
        join.stdout.contains(&format!("--token {id}.{secret} ")) && !join.stderr.contains(&secret),
        "{join:?}"
    );
}

#[test]
fn bindings_are_written_and_known() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let paths = || -> Vec<bool> {
        let join = master.kubepki(&["bootstrap", "join", "-o", "json"]).json();
        let bindings = join["bindings"].as_array().expect("bindings");
        bindings
            .iter()
            .map(|binding| !binding["path"].is_null())
            .collect()
    };
    assert_eq!(paths(), [false; 3]);
    let items = |master: &Master| {
        master.kubepki(&["list", "-o", "json"]).json()["items"]
            .as_array()
            .map(Vec::len)
    };
    let count = items(&master);
    let run = master.kubepki(&["bootstrap", "manifests", "--yes"]);
    run.ends_with(0);
    assert!(
        run.stderr.contains("no approver") && run.stdout.contains("kubectl apply -f"),
        "{run:?}"
    );
    assert_eq!((paths(), items(&master)), (vec![true; 3], count));
    let file = master.file("/etc/kubernetes/bootstrap/bindings.yaml");
    kubectl_takes(&file);
    if let Some(documents) = yaml(&file) {
        let names: Vec<&Value> = documents
            .iter()
            .map(|document| &document["metadata"]["name"])
            .collect();
        let of_nodes = "kubeadm:node-autoapprove-certificate-rotation";
        assert_eq!(
            names,
            [
                "kubeadm:kubelet-bootstrap",
                "kubeadm:node-autoapprove-bootstrap",
                of_nodes
            ]
        );
        assert_eq!(documents[0]["roleRef"]["name"], "system:node-bootstrapper");
        assert_eq!(documents[2]["subjects"][0]["name"], "system:nodes");
    }
    for (identity, user) in [
        ("token-file", "kubelet-bootstrap"),
        ("bootstrapper", "system:bootstrapper"),
    ] {
        let run = master.kubepki(&["bootstrap", "manifests", "--identity", identity, "--print"]);
        run.ends_with(0);
        assert!(
            run.stdout
                .contains(&format!("  kind: User\n  name: {user}\n")),
            "{run:?}"
        );
    }
    assert_eq!(mode(&file), 0o644);
}

/// Arguments, the exit code, and what is said.
type Refused = (&'static [&'static str], i32, &'static str);

/// Of `bootstrap token --yes`.
const TOKENS: &[Refused] = &[
    (
        &["--group", "system:masters"],
        4,
        "must begin with system:bootstrappers:",
    ),
    (
        &["--group", "system:bootstrappers:a,system:masters"],
        4,
        "has characters",
    ),
    (&["--ttl", "0h"], 64, "0 for ever"),
    (&["--ttl", "999999y"], 64, "0 for ever"),
    (&["--ttl", "9000y"], 4, "no calendar"),
    (&["--description", "a\u{1b}[2Jb"], 4, "one line"),
    (
        &["--path", "token.yaml"],
        4,
        "no path of a file on the master",
    ),
    (
        &["--path", "/etc/../root/token.yaml"],
        4,
        "no path of a file on the master",
    ),
    (
        &["--path", "/etc/kubernetes/manifests/token.yaml"],
        4,
        "static pod",
    ),
    (
        &["--path", "/etc/kubernetes/bootstrap/there.yaml"],
        4,
        "is there already",
    ),
    (
        &["--path", "/etc/kubernetes/admin.conf/x.yaml"],
        4,
        "in the way",
    ),
    (&["--expire", "zzzzzz"], 4, "no manifest here has"),
    (&["--list", "--expire", "a"], 64, "cannot be used with"),
];

/// Of `bootstrap`.
const OTHERS: &[Refused] = &[
    (&["token-file", "--yes"], 64, "required"),
    (
        &["token-file", "--user", "a\nb", "--yes"],
        4,
        "cannot be seen",
    ),
    (
        &["token-file", "--user", "a", "--group", "g1,g2", "--yes"],
        4,
        "comma",
    ),
    (
        &["token-file", "--expire", "nobody", "--yes"],
        4,
        "no token file here",
    ),
    (
        &["kubeconfig", "--identity", "nobody", "--yes"],
        4,
        "no token here",
    ),
    (&["join", "--token", "zzzzzz"], 64, "no manifest here has"),
    (
        &["manifests", "--identity", "root", "--yes"],
        64,
        "possible values",
    ),
    (&["token", "--yes", "--read-only"], 4, "--read-only"),
    (&["token"], 4, "not confirmed"),
];

#[test]
fn bad_input_is_told_and_nothing_is_written() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    fs::create_dir(master.file(FOLDER)).expect("made");
    fs::write(
        master.file("/etc/kubernetes/bootstrap/there.yaml"),
        "mine\n",
    )
    .expect("written");
    let before = master.tree();
    let refused = |command: &[&str], (more, code, words): &Refused| {
        let run = master.kubepki(&[command, more].concat());
        run.ends_with(*code);
        assert!(run.stderr.contains(words), "{words}: {run:?}");
    };
    for case in TOKENS {
        refused(&["bootstrap", "token", "--yes"], case);
    }
    for case in OTHERS {
        refused(&["bootstrap"], case);
    }
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
}
