//! `issue` as a script uses it: what is refused and why, what is told, where files go.

use std::fs;

use serde_json::json;

use crate::support::issuing::Issuing;
use crate::support::program::{kubepki_with_variables, texts};
use crate::support::text;

#[test]
fn what_gives_rights_is_named_once_more() {
    let issuing = Issuing::new();
    for (asked, names, words) in [
        (
            "user --cn ann --org system:masters",
            "system:masters",
            "no rule takes that back",
        ),
        (
            "user --cn ann --org kubeadm:cluster-admins",
            "kubeadm:cluster-admins",
            "ClusterRoleBinding",
        ),
        (
            "client --cn system:kube-scheduler",
            "system:kube-scheduler",
            "a user of Kubernetes' own components",
        ),
        (
            "client --cn a --org system:nodes",
            "system:nodes",
            "a group of Kubernetes' own components",
        ),
        ("authority --cn team", "team", "mints any login"),
    ] {
        let asked = format!("--profile {asked} --key-algorithm ECDSA-P256");
        let hint = format!("--confirm {names}");
        for wrong in ["", "--confirm yes", "--confirm ann"] {
            let flags = format!("{asked} --yes {wrong}");
            issuing
                .ground
                .refused(4, &["not confirmed", words, &hint], || {
                    issuing.issue("x", &flags)
                });
        }
        issuing.issued("x", &format!("{asked} --confirm {names}"));
        issuing
            .ground
            .master
            .kubepki(&["undo", "--yes"])
            .ends_with(0);
    }
}

#[test]
fn a_role_needs_no_word_and_what_is_added_to_it_does() {
    let issuing = Issuing::new();
    let role = "--role kubelet-client --node w-1 --key-algorithm ECDSA-P256";
    issuing.issued("w-1", role);
    for (word, more) in [
        (
            "system:masters",
            "--role kubelet-client --node w-1 --org system:masters",
        ),
        (
            "system:masters",
            "--role apiserver-kubelet-client --org system:masters --cn mallory",
        ),
        (
            "kubeadm:cluster-admins",
            "--role apiserver-kubelet-client --org kubeadm:cluster-admins",
        ),
    ] {
        let (flags, hint) = (format!("{more} --yes"), format!("--confirm {word}"));
        issuing
            .ground
            .refused(4, &["not confirmed", &hint], || issuing.issue("m", &flags));
    }
    let more = format!("{role} --org system:masters --yes");
    issuing
        .ground
        .refused(4, &["not confirmed"], || issuing.issue("w-2", &more));
}

#[test]
fn what_cannot_be_issued_is_refused_with_the_reason() {
    let issuing = Issuing::new();
    for (asked, words) in [
        (
            "--profile server",
            &["can be verified by nobody", "--san NAME"][..],
        ),
        ("--profile user", &["a user has a name"]),
        (
            "--profile client --cn a --authority nobody",
            &["nothing here is called"],
        ),
        (
            "--profile client --cn a --authority apiserver",
            &["is no CA"],
        ),
        ("--role ca", &["it is a CA"]),
        (
            "--role admin.conf",
            &["its certificate lies in a kubeconfig"],
        ),
        ("--role sa", &["a key pair"]),
        (
            "--profile server --san 10.0.0.1 --ingress a",
            &["an Ingress has hosts"],
        ),
        (
            "--profile server --san a.b --ingress A_B",
            &["is no name of a Secret"],
        ),
    ] {
        let run = issuing.issue("x", &format!("{asked} --yes"));
        assert!([4, 64].contains(&run.code), "{run:?}");
        for word in words {
            assert!(run.stderr.contains(word), "{asked}: {word}: {run:?}");
        }
        assert!(!issuing.file("x.key").exists(), "{asked}");
    }
    let long = "x".repeat(65);
    let run = issuing.issue("x", &format!("--profile client --cn {long} --yes"));
    run.ends_with(4);
    assert!(
        run.stderr.contains("is longer than 64 characters"),
        "{run:?}"
    );
}

#[test]
fn files_go_where_nothing_reads_them_and_nothing_lies() {
    let issuing = Issuing::new();
    let master = &issuing.ground.master;
    let asked = [
        "issue",
        "--profile",
        "client",
        "--cn",
        "a",
        "--key-algorithm",
        "ECDSA-P256",
        "--yes",
    ];
    let at = |out: &str| master.kubepki(&[&asked[..], &["--out", out]].concat());
    for out in ["/etc/kubernetes/pki/a", "/etc/kubernetes/a"] {
        issuing
            .ground
            .refused(4, &["is no place for these files"], || at(out));
    }
    issuing.issued("a", "--profile client --cn a --key-algorithm ECDSA-P256");
    let (key, certificate) = (issuing.file("a.key"), issuing.file("a.crt"));
    let before = fs::read(&key).expect("a key");
    let prefix = issuing.prefix("a");
    let run = issuing
        .ground
        .refused(4, &["is there already", "--replace"], || at(text(&prefix)));
    for path in [&key, &certificate, &issuing.file("a-ca.crt")] {
        assert!(run.stderr.contains(&format!("'{}'", text(path))), "{run:?}");
    }
    let files = [&key, &certificate, &issuing.file("a-ca.crt")].map(|path| text(path).to_owned());
    let named = files.iter().flat_map(|path| ["--replace", path]);
    let all: Vec<&str> = asked
        .into_iter()
        .chain(["--out", text(&prefix)])
        .chain(named)
        .collect();
    master.kubepki(&all).ends_with(0);
    assert_ne!(fs::read(&key).expect("a key"), before);
    // Without --out: a folder of its own in the home.
    let home = issuing.ground.folder.path().join("home");
    fs::create_dir(&home).expect("a home");
    let words = [
        &[
            "issue",
            "--profile",
            "server",
            "--san",
            "*.shop.example",
            "--yes",
        ],
        &master.flags()[..],
    ]
    .concat();
    let run = kubepki_with_variables(&words, &[("HOME", text(&home))]);
    run.ends_with(0);
    let made = home.join("kubepki/shop.example/shop.example.crt");
    assert!(made.exists() && run.stdout.contains(text(&made)), "{run:?}");
}

#[test]
fn a_dry_run_says_what_would_be_and_does_nothing() {
    let issuing = Issuing::new();
    let before = issuing.ground.everything();
    let flags = "--profile server --san a.example --san 10.0.0.9 --days 900 --note why --dry-run";
    let run = issuing.issue("a", &format!("{flags} -o json"));
    run.ends_with(0);
    let plan = run.json();
    assert_eq!(
        (&plan["kind"], &plan["title"]),
        (&json!("Plan"), &json!("Issue a.example"))
    );
    let item = &plan["issues"][0];
    assert_eq!(texts(item, "dnsNames"), ["a.example"]);
    assert_eq!(texts(item, "ipAddresses"), ["10.0.0.9"]);
    assert_eq!(item["authority"], "ca");
    let warnings = texts(&plan, "warnings").join("\n");
    assert!(warnings.contains("Apple's systems refuse"), "{warnings}");
    let places: Vec<_> = plan["changes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["place"])
        .collect();
    assert!(
        places.iter().all(|place| **place == "local") && !places.is_empty(),
        "{plan}"
    );
    assert!(!run.stdout.contains("PRIVATE KEY"), "{run:?}");
    let script = texts(&plan, "commands").join("\n");
    for word in [
        "openssl genpkey",
        "openssl req -new",
        "openssl x509 -req",
        "DNS:a.example,IP:10.0.0.9",
    ] {
        assert!(script.contains(word), "{word}: {script}");
    }
    assert_eq!(before, issuing.ground.everything());
}

#[test]
fn an_authority_that_others_can_write_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let issuing = Issuing::new();
    let file = issuing.authority().certificate;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).expect("a mode");
    let run = issuing.issue("a", "--profile client --cn a --dry-run -o json");
    run.ends_with(0);
    let warnings = texts(&run.json(), "warnings").join("\n");
    let told =
        "everybody can write /etc/kubernetes/pki/ca.crt: look whether ca is the CA that you mean";
    assert!(warnings.contains(told), "{warnings}");
}

#[test]
fn the_authority_is_the_clusters_unless_another_is_named() {
    let issuing = Issuing::new();
    let signer = |asked: &str| {
        let run = issuing.issue("a", &format!("{asked} --dry-run -o json"));
        run.ends_with(0);
        let plan = run.json();
        (
            plan["issues"][0]["authority"].clone(),
            texts(&plan, "warnings").join("\n"),
        )
    };
    for profile in [
        "server --san a",
        "client --cn a",
        "user --cn a",
        "peer --san a",
        "authority --cn a",
    ] {
        assert_eq!(signer(&format!("--profile {profile}")).0, "ca", "{profile}");
    }
    let (authority, warnings) = signer("--profile client --cn a --authority etcd-ca");
    assert_eq!(authority, "etcd-ca");
    assert!(
        warnings.contains("reads and writes all of the cluster's data"),
        "{warnings}"
    );
    let (authority, warnings) = signer("--profile peer --san a --authority front-proxy-ca");
    assert_eq!(authority, "front-proxy-ca");
    assert!(
        warnings.contains("the API server believes headers"),
        "{warnings}"
    );
}
