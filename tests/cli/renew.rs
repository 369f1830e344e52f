//! `renew` as scripts and people use it: names, flags, exit codes, documents.

use std::path::Path;

use crate::support::changing::{Master, differing};
use crate::support::program::{by_id, texts};
use crate::support::{self, succeed, text, tool};

const SAMPLE: &str = "kubeadm-1.36-ecdsa";

/// The serial number of a certificate file, as openssl says.
fn serial(master: &Master, path: &str) -> Option<String> {
    Some(succeed(
        &tool("openssl")?,
        &["x509", "-noout", "-serial", "-in", text(&master.file(path))],
    ))
}

const APISERVER: &str = "/etc/kubernetes/pki/apiserver.crt";

#[test]
fn what_is_not_confirmed_is_refused() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let before = master.tree();
    for (arguments, code, word) in [
        (&["renew", "apiserver"][..], 4, "--yes"),
        (
            &["renew", "--all", "--read-only", "--yes"],
            4,
            "--read-only",
        ),
        (&["renew", "--all", "--yes", "--at", "+90d"], 64, "--at"),
        (&["renew"], 64, "WHAT"),
        (
            &["renew", "nothing-like-it", "--yes"],
            64,
            "nothing-like-it",
        ),
        (&["renew", "--due", "--all"], 64, "--all"),
        (
            &["renew", "apiserver", "--restart", "--yes"],
            4,
            "without --restart",
        ),
        (&["renew", "pki/sa.key", "--yes"], 4, "sa.key"),
        (&["renew", "ca", "--yes"], 4, "ca"),
        (&["renew", "apiserver", "--yes", "-o", "csv"], 64, "csv"),
        (
            &[
                "renew",
                "apiserver",
                "--yes",
                "--passphrase-file",
                "/no/such/file",
            ],
            3,
            "/no/such/file",
        ),
        (&["undo", "--yes"], 4, "undo"),
        (&["undo", "--yes", "nosuchid"], 64, "nosuchid"),
    ] {
        let run = master.kubepki(arguments);
        run.ends_with(code);
        assert!(
            run.stderr.contains(word) && run.stdout.is_empty(),
            "{arguments:?}: {run:?}"
        );
        let mut json = arguments.to_vec();
        json.extend(["-o", "json"]);
        if !arguments.contains(&"csv") {
            let document = master.kubepki(&json).json();
            assert_eq!(document["kind"], "Error", "{arguments:?}");
        }
    }
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
}

#[test]
fn a_timer_is_told_nothing_while_nothing_is_due() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    master.kubepki(&["renew", "--all", "--yes"]).ends_with(0);
    let run = master.kubepki(&["renew", "--due", "--yes"]);
    run.ends_with(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let run = master.kubepki(&["renew", "--due", "--yes", "-o", "json"]);
    assert_eq!(
        (&run.json()["kind"], &run.json()["changes"]),
        (&"Plan".into(), &serde_json::json!([]))
    );
    let told = master.kubepki(&["renew", "--due"]);
    told.ends_with(0);
    assert!(
        told.stderr.contains("nothing to do") && told.stdout.is_empty(),
        "{told:?}"
    );
    // What will be due: all leaves of a year, eleven months later.
    let plan = master
        .kubepki(&["renew", "--due", "--dry-run", "--at", "+340d", "-o", "json"])
        .json();
    assert_eq!(plan["issues"].as_array().map(Vec::len), Some(12), "{plan}");
}

#[test]
fn a_folder_of_masters_has_nothing_that_could_be_renewed() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["cp1/etc/kubernetes/pki", "cp2/etc/kubernetes/pki"] {
        std::fs::create_dir_all(folder.path().join(name)).expect("made");
    }
    let run = Master::at(folder.path()).kubepki(&["renew", "--due", "--yes"]);
    run.ends_with(3);
    assert!(
        run.stderr.contains("is no master, it holds several"),
        "{run:?}"
    );
}

#[test]
fn one_thing_has_several_names() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let issued = |what: &str| -> Vec<String> {
        let plan = master
            .kubepki(&["renew", what, "--dry-run", "-o", "json"])
            .json();
        let issues = plan["issues"]
            .as_array()
            .unwrap_or_else(|| panic!("{what}: {plan}"));
        issues
            .iter()
            .map(|issue| issue["id"].as_str().expect("an id").to_owned())
            .collect()
    };
    let list = by_id(&master.kubepki(&["list", "-o", "json"]).json());
    let digits = &list["apiserver"]["sha256"].as_str().expect("digits")[..12];
    let real = master.file(APISERVER);
    for what in [
        "apiserver",
        APISERVER,
        "pki/apiserver.crt",
        "/etc/kubernetes/pki/apiserver.key",
        digits,
        text(&real),
    ] {
        assert_eq!(issued(what), ["apiserver"], "{what}");
    }
    for what in ["/etc/kubernetes/admin.conf", "admin.conf"] {
        assert_eq!(issued(what), ["admin.conf"], "{what}");
    }
    // A leaf with its CA behind it in one file is the leaf.
    let chain = [APISERVER, "/etc/kubernetes/pki/ca.crt"]
        .map(|path| std::fs::read(master.file(path)).expect("a file"));
    std::fs::write(&real, chain.concat()).expect("written");
    assert_eq!(issued(APISERVER).len(), 1);
    // Two leaves in one file are not told apart by its path.
    let two = [APISERVER, "/etc/kubernetes/pki/etcd/server.crt"]
        .map(|path| std::fs::read(master.file(path)).expect("a file"));
    std::fs::write(master.file("/etc/kubernetes/pki/two.crt"), two.concat()).expect("written");
    let run = master.kubepki(&["renew", "pki/two.crt", "--dry-run"]);
    run.ends_with(64);
    assert!(
        run.stderr.contains("ambiguous") && run.stderr.contains("two.crt#"),
        "{run:?}"
    );
}

#[test]
fn a_change_is_an_operation_and_goes_back() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let before = master.tree();
    let Some(old) = serial(&master, APISERVER) else {
        return;
    };
    let run = master.kubepki(&["renew", "apiserver", "--yes", "-o", "json"]);
    run.ends_with(0);
    let operation = run.json();
    assert_eq!(
        (&operation["kind"], &operation["state"]),
        (&"Operation".into(), &"done".into())
    );
    for field in [
        "id",
        "root",
        "plan",
        "by",
        "startedAt",
        "endedAt",
        "error",
        "restarts",
    ] {
        assert!(
            operation.get(field).is_some(),
            "{field} is not in {operation}"
        );
    }
    for field in ["user", "sudoUser", "loginUid", "sshConnection"] {
        assert!(
            operation["by"].get(field).is_some(),
            "{field} is not in {operation}"
        );
    }
    assert_eq!(operation["plan"]["issues"][0]["id"], "apiserver");
    assert_eq!(operation["restarts"][0]["component"], "kube-apiserver");
    assert_ne!(serial(&master, APISERVER).as_ref(), Some(&old));
    assert_eq!(
        differing(&before, &master.tree()),
        [
            "etc/kubernetes/pki/apiserver.crt",
            "etc/kubernetes/pki/apiserver.key"
        ]
    );
    let run = master.kubepki(&["undo", "--yes"]);
    run.ends_with(0);
    assert!(
        run.stdout.starts_with("Undo: ") && run.stdout.contains("2 files"),
        "{run:?}"
    );
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
    master.kubepki(&["undo", "--yes"]).ends_with(4);
}

#[test]
fn few_words_and_the_restarts_are_said() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let run = master.kubepki(&["renew", "--all", "--yes"]);
    run.ends_with(0);
    assert_eq!(run.stderr, "");
    let first = run.stdout.lines().next().expect("a line");
    assert!(
        first.contains("12 certificates") && first.contains("19 files; kubepki undo"),
        "{first}"
    );
    // The API server and etcd read their files again by themselves (kube-apiserver
    // dynamiccertificates, etcd tlsutil).
    for (component, needed) in [
        ("kube-controller-manager", true),
        ("kube-scheduler", true),
        ("etcd", false),
    ] {
        let told = run
            .stdout
            .lines()
            .any(|line| line.starts_with(&format!("{component}: ")));
        assert_eq!(told, needed, "{component}: {}", run.stdout);
    }
    assert!(run.stdout.lines().count() < 30, "{}", run.stdout);
}

/// Whether a certificate of the master ends within so many days, as openssl says.
fn ends_within(openssl: &Path, master: &Master, path: &str, days: u32) -> bool {
    let (seconds, file) = ((days * 86_400).to_string(), master.file(path));
    !support::run(
        openssl,
        &["x509", "-noout", "-checkend", &seconds, "-in", text(&file)],
    )
    .status
    .success()
}

#[test]
fn flags_shape_the_new_certificate() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let key = || std::fs::read(master.file("/etc/kubernetes/pki/apiserver.key")).expect("a key");
    let old = key();
    let renew = ["renew", "apiserver", "--yes", "--days", "30", "--keep-key"];
    let names = [
        "--add-san",
        "api.example.com",
        "--add-san",
        "192.0.2.7",
        "--remove-san",
        "kubernetes",
    ];
    master.kubepki(&[&renew[..], &names].concat()).ends_with(0);
    assert_eq!(key(), old);
    let said = succeed(
        &openssl,
        &[
            "x509",
            "-noout",
            "-ext",
            "subjectAltName",
            "-in",
            text(&master.file(APISERVER)),
        ],
    );
    assert!(
        said.contains("DNS:api.example.com") && said.contains("IP Address:192.0.2.7"),
        "{said}"
    );
    assert!(
        said.contains("DNS:kubernetes.default") && !said.contains("DNS:kubernetes,"),
        "{said}"
    );
    assert_eq!(
        [29, 31].map(|days| ends_within(&openssl, &master, APISERVER, days)),
        [false, true]
    );
    let list = by_id(&master.kubepki(&["list", "-o", "json"]).json());
    assert!(texts(&list["apiserver"], "ipAddresses").contains(&"192.0.2.7".to_owned()));
}

#[test]
fn a_key_of_another_algorithm_is_made() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    master
        .kubepki(&[
            "renew",
            "etcd-server",
            "--yes",
            "--key-algorithm",
            "rsa-2048",
        ])
        .ends_with(0);
    let list = by_id(&master.kubepki(&["list", "-o", "json"]).json());
    let server = &list["etcd-server"];
    assert_eq!(
        (&server["keyAlgorithm"], &server["keyMatches"]),
        (&"RSA-2048".into(), &true.into())
    );
}

#[test]
fn names_that_cannot_be_added_or_removed_are_told() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let run = master.kubepki(&["renew", "apiserver", "--yes", "--add-san", "not a name"]);
    run.ends_with(64);
    assert!(run.stderr.contains("not a name"), "{run:?}");
    let run = master.kubepki(&[
        "renew",
        "apiserver",
        "--yes",
        "--remove-san",
        "is.not.there",
    ]);
    run.ends_with(4);
    assert!(run.stderr.contains("is.not.there"), "{run:?}");
}
