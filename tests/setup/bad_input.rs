//! What cannot be set up: told by the name of the flag, with the exit code of the contract, and
//! nothing is written.

use crate::support::ground::{Ground, ONE};
use crate::support::program::Run;

/// `setup` with these flags is refused.
fn refused(ground: &Ground, flags: &[&str], input: &str, code: i32, words: &[&str]) -> Run {
    ground.refused(code, words, || {
        ground.setup_with_input(&[&["--yes"], flags].concat(), input)
    })
}

/// Flags beside those of a single master, and what is said of them.
type Wrong = (&'static [&'static str], &'static [&'static str]);

const WRONG: &[Wrong] = &[
    (
        &["--pod-subnet", "10.100.0.0/16"],
        &["--pod-subnet", "10.96.0.0/12", "10.100.0.0/16"],
    ),
    (
        &["--service-subnet", "10.0.0.0/12"],
        &["--service-subnet", "10.0.0.10", "10.0.0.0/12"],
    ),
    (
        &["--service-subnet", "10.96.0.1/12"],
        &["--service-subnet", "10.96.0.0/12"],
    ),
    (&["--service-subnet", "x"], &["--service-subnet"]),
    (
        &["--endpoint", "fd00::1"],
        &["--endpoint", "brackets", "[fd00::1]:6443"],
    ),
    (&["--endpoint", ""], &["--endpoint: ", "HOST or HOST:PORT"]),
    (
        &["--etcd-ca-file", ""],
        &["--etcd-ca-file: ", "absolute path"],
    ),
    (
        &["--etcd-key-file", ""],
        &["--etcd-key-file: ", "absolute path"],
    ),
    (&["--endpoint", "a_b:6443"], &["--endpoint", "underscore"]),
    (&["--dns-domain", "Cluster_Local"], &["--dns-domain"]),
    (&["--san", "a_b"], &["--san", "underscore"]),
    (&["--days", "4000"], &["--days", "outlive"]),
    (
        &["--days", "30", "--authority-days", "20"],
        &["--days", "outlive"],
    ),
    (
        &["--cluster-name", "\u{1b}[31mred"],
        &["--cluster-name", "u{1b}"],
    ),
    (&["--cluster-name", "../../etc/passwd"], &["--cluster-name"]),
    (&["--cluster-name", "..\u{202e}"], &["--cluster-name"]),
    (&["--cluster-name", ""], &["--cluster-name"]),
    (&["--layout", "k3s"], &["--layout", "k3s"]),
    (&["--layout", "nonsense"], &["nonsense", "kubeadm"]),
    (
        &["--key-algorithm", "Ed25519"],
        &["--key-algorithm", "RSA-2048"],
    ),
    (&["--key-algorithm", "rot13"], &["--key-algorithm"]),
    (&["--here", "master-9"], &["master-9", "master-1"]),
    (&["--subject", "C=NO"], &["--subject", "single-ca"]),
    (&["--etcd-endpoint", "10.0.0.20:2379"], &["--etcd-endpoint"]),
    (
        &[
            "--etcd-endpoint",
            "https://10.0.0.20:2379",
            "--etcd-ca-file",
            "ca",
        ],
        &["--etcd-ca-file: ", "absolute path"],
    ),
    (
        &[
            "--etcd-endpoint",
            "https://10.0.0.20:2379",
            "--peer-authority",
        ],
        &["--etcd-endpoint", "members"],
    ),
    (
        &["--one-authority", "--peer-authority"],
        &["--peer-authority"],
    ),
    (&["--bind-port", "0"], &["--bind-port"]),
    (&["--kubernetes-version", "1.2"], &["--kubernetes-version"]),
    (
        &["--layout", "single-ca", "--subject", "O=system:masters"],
        &["--subject", "system:masters"],
    ),
    (&["--guide", ""], &["is no path"]),
    (&["--nodes", "-", "--config", "-"], &["--node"]),
];

#[test]
fn each_wrong_answer_is_told_at_its_flag() {
    let ground = Ground::new();
    for (flags, words) in WRONG {
        let all: Vec<&str> = ONE.iter().chain(*flags).copied().collect();
        refused(&ground, &all, "", 64, words);
    }
    let both = [
        &ONE[..],
        &["--endpoint", "::1", "--days", "9000", "--san", "a b"],
    ]
    .concat();
    let run = refused(
        &ground,
        &both,
        "",
        64,
        &["--endpoint: ", "--days: ", "--san: "],
    );
    assert!(
        run.stderr.lines().count() == 4,
        "every fault is told at once: {run:?}"
    );
}

#[test]
fn machines_are_told_by_their_lines() {
    let ground = Ground::new();
    for (lines, words) in [
        ("master_1 10.0.0.1\n", &["line 1", "underscore", "dash"][..]),
        ("a 10.0.0.1\n\n# more\nB 10.0.0.2\n", &["line 4", "\"B\""]),
        ("a 10.0.0.1\na 10.0.0.2\n", &["a stands there twice"]),
        (
            "a 10.0.0.1\nb 10.0.0.2\nc 10.0.0.3\n",
            &["--endpoint: ", "kubeadm join"],
        ),
        ("a 10.0.0.1\nb 10.0.0.1\n", &["10.0.0.1"]),
        ("a 10.0.0.1\nb 10.0.0.2\n", &["2 members"]),
        (
            "a 10.0.0.1 etcd,master\nb 10.0.0.2 etcd\nc 10.0.0.3 etcd\nd 10.0.0.4 etcd\n",
            &["4 members"],
        ),
        ("a 10.0.0.1 worker\n", &["control plane"]),
        ("a 10.0.0.1 boss\n", &["line 1", "boss"]),
        ("a 10.0.0.256\n", &["line 1", "10.0.0.256"]),
        ("a\n", &["line 1"]),
        ("\u{1b}[2J 10.0.0.1\n", &["line 1", "u{1b}"]),
        ("", &["--nodes"]),
    ] {
        refused(&ground, &["--nodes", "-"], lines, 64, words);
    }
    refused(&ground, &[], "", 64, &["--node NAME --address ADDRESS"]);
    refused(
        &ground,
        &["--nodes", "/no/such file"],
        "",
        3,
        &["/no/such file"],
    );
    refused(
        &ground,
        &["--nodes", "-", "--node", "a"],
        "",
        64,
        &["--node"],
    );
    refused(
        &ground,
        &["--nodes", "-"],
        &"a 10.0.0.1\n".repeat(200_000),
        3,
        &["standard input", "too large"],
    );
    refused(
        &ground,
        &["--nodes", "-", "--config", "-"],
        "",
        64,
        &["standard input"],
    );
}

#[test]
fn configurations_of_others_are_told_by_their_fields() {
    let ground = Ground::new();
    let of = |version: &str, rest: &str| {
        format!("apiVersion: kubeadm.k8s.io/{version}\nkind: ClusterConfiguration\n{rest}")
    };
    for (config, words) in [
        (
            of("v1beta2", ""),
            &["v1beta2", "kubeadm config migrate"][..],
        ),
        (of("v2", ""), &["v2"]),
        (
            of("v1beta4", "networking: {serviceSubnet: [1]}\n"),
            &["serviceSubnet"],
        ),
        (
            of(
                "v1beta4",
                "networking: {serviceSubnet: 10.96.0.0/12, podSubnet: 10.96.0.0/16}\n",
            ),
            &["--pod-subnet", "overlap"],
        ),
        (
            of("v1beta4", "encryptionAlgorithm: RSA-1024\n"),
            &["encryptionAlgorithm"],
        ),
        ("a: [".to_owned(), &["YAML"]),
        ("[".repeat(100_000), &["nested"]),
        (String::new(), &["no configuration of kubeadm"]),
        (
            "kind: Pod\napiVersion: v1\n".to_owned(),
            &["no configuration of kubeadm"],
        ),
    ] {
        let flags = [&ONE[..], &["--config", "-"]].concat();
        refused(&ground, &flags, &config, 64, words);
    }
}

#[test]
fn flags_that_contradict_each_other_are_wrong_usage() {
    let ground = Ground::new();
    let run = ground
        .master
        .kubepki(&["setup", "--dry-run", "add-node", "b", "10.0.0.2", "--yes"]);
    run.ends_with(64);
    assert!(run.stderr.contains("before a command"), "{run:?}");
    for (words, word) in [
        (
            &["setup", "add-node", "b", "10.0.0.2", "--yes"][..],
            "no cluster was set up here",
        ),
        (&["setup", "guide"], "no cluster was set up here"),
        (&["setup", "guide", "prod"], "no cluster was set up here"),
        (&["request", "import"], "FILE"),
        (&["request"], "import"),
    ] {
        let run = ground.master.kubepki(words);
        run.ends_with(64);
        assert!(run.stderr.contains(word), "{words:?}: {run:?}");
    }
    assert!(!ground.master.state.exists());
}

#[test]
fn what_is_not_confirmed_or_not_allowed_is_refused() {
    let ground = Ground::new();
    let all = [&["setup"][..], &ONE].concat();
    for (more, code, word) in [
        (&[][..], 4, "--yes"),
        (&["--yes", "--read-only"], 4, "--read-only"),
        (&["--yes", "--at", "+90d"], 64, "--at"),
    ] {
        let before = ground.everything();
        let run = ground.master.kubepki(&[&all[..], more].concat());
        run.ends_with(code);
        assert!(
            run.stderr.contains(word) && run.stdout.is_empty(),
            "{run:?}"
        );
        assert!(ground.everything() == before, "{more:?}");
        let json = ground
            .master
            .kubepki(&[&all[..], more, &["-o", "json"]].concat());
        assert_eq!(json.json()["kind"], "Error");
    }
}
