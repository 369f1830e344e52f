//! `request list` and `show` as a script uses them, and what a timer signs by them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::deciding::Asked;
use crate::support::program::{kubepki, kubepki_with_input};
use crate::support::{text, tool};

#[test]
fn lists_have_the_columns_of_kubectl_and_what_is_thought_of_each() {
    let asked = Asked::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/requests/recorded");
    let files = ["alice-client", "bob-short", "csr-w1-serving"]
        .map(|name| folder.join(format!("{name}.json")));
    let mut words = vec!["request", "list", "--at", "2026-11-21T23:27:00Z"];
    words.extend(files.iter().map(|file| text(file)));
    let run = asked.run(&words);
    run.ends_with(0);
    let rows: Vec<Vec<&str>> = run
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows[0],
        [
            "NAME",
            "AGE",
            "SIGNERNAME",
            "REQUESTOR",
            "REQUESTEDDURATION",
            "CONDITION",
            "VERDICT"
        ]
    );
    // As the API server's own table had them at that time, but for seconds.
    assert_eq!(
        rows[1],
        [
            "alice-client",
            "11m",
            "kubernetes.io/kube-apiserver-client",
            "kubernetes-admin",
            "<none>",
            "Approved,Issued",
            "amber"
        ]
    );
    assert_eq!(rows[2][4], "10m");
    words.extend(["-o", "json"]);
    let run = asked.run(&words);
    let list = run.json();
    assert_eq!(list["kind"], "RequestList");
    assert_eq!(list["items"][2]["class"], "selfnodeserver");
    assert_eq!(
        list["items"][0]["source"],
        format!("file:{}", text(&files[0]))
    );
    asked.run(&["list", "-o", "describe"]).ends_with(64);
}

#[test]
fn a_description_is_that_of_kubectl() {
    let asked = Asked::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/requests/recorded");
    let file = folder.join("alice-client.json");
    let described = asked.run(&["request", "show", text(&file), "-o", "describe"]);
    let expected = "\
Name:               alice-client
Labels:             kubepki/demo=yes
Annotations:        <none>
CreationTimestamp:  Sat, 21 Nov 2026 23:15:59 +0000
Requesting User:    kubernetes-admin
Signer:             kubernetes.io/kube-apiserver-client
Status:             Approved,Issued
Subject:
  Common Name:    alice
  Serial Number:  \n  Organization:   devs
Subject Alternative Names:
         DNS Names:     alice.example.test
                        alice
         IP Addresses:  192.0.2.10
                        2001:db8::10
Events:  <none>
";
    assert_eq!(described.stdout, expected);
}

/// A request for an address, on the master itself, with its key beside it.
fn asked_here(asked: &Asked, openssl: &Path) {
    let usage = [
        "-addext",
        "extendedKeyUsage=serverAuth",
        "-addext",
        "subjectAltName=IP:10.0.0.77",
    ];
    let made = asked.request(openssl, "lb", &[&["-subj", "/CN=lb"][..], &usage].concat());
    for ending in ["csr", "key"] {
        let to = asked
            .ground
            .master
            .file(&format!("/etc/kubernetes/pki/lb.{ending}"));
        fs::copy(made.with_extension(ending), to).expect("it is copied");
    }
}

#[test]
fn a_timer_signs_what_is_green_by_a_word_that_nobody_else_could_have_given() {
    let (asked, Some(openssl)) = (Asked::new(), tool("openssl")) else {
        return;
    };
    asked_here(&asked, &openssl);
    let config = asked.ground.folder.path().join("config");
    fs::create_dir(&config).expect("a folder");
    let settings = config.join("settings.yaml");
    fs::write(
        &settings,
        "approval: {addressRanges: [10.0.0.0/24], maximumDays: 400}\n",
    )
    .expect("it is written");
    let [root, of_root, state, of_state, ..] = asked.ground.master.flags();
    let approve = [
        "request",
        "approve",
        "--green",
        "--yes",
        "--config-dir",
        text(&config),
        root,
        of_root,
        state,
        of_state,
    ];
    let certificate = asked.ground.master.file("/etc/kubernetes/pki/lb.crt");
    // Others can write the settings: they do not count, and nothing is green by them.
    for (path, mode) in [(&settings, 0o666), (&config, 0o777)] {
        let before = fs::metadata(path).expect("it is there").permissions();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is given");
        let run = kubepki(&approve);
        run.ends_with(0);
        assert!(
            run.stderr.contains("does not count") && !certificate.exists(),
            "{run:?}"
        );
        fs::set_permissions(path, before).expect("it is taken back");
    }
    let run = kubepki(&[&approve[..], &["-o", "json"]].concat());
    run.ends_with(0);
    let decision = run.json()["plan"]["decisions"][0].clone();
    assert_eq!(
        (&decision["verdict"], &decision["name"]),
        (&json!("green"), &json!("lb.csr"))
    );
    assert!(certificate.exists());
    let again = kubepki(&approve);
    again.ends_with(0);
    assert_eq!((again.stdout.as_str(), again.stderr.as_str()), ("", ""));
}

#[test]
fn one_answer_lets_requests_be_judged_and_is_taken_back() {
    let asked = Asked::new();
    let shown = |id: &str| {
        let run = asked.run(&[
            "request",
            "show",
            "tests/fixtures/requests/recorded/csr-w1-serving.json",
            "-o",
            "json",
        ]);
        let rules = run.json()["rules"].as_array().expect("rules").clone();
        let rule = rules
            .into_iter()
            .find(|rule| rule["id"] == id)
            .expect("the rule");
        (rule["answer"].clone(), rule["known"].clone())
    };
    assert_eq!(shown("node"), (json!("amber"), json!(false)));
    let file = asked.ground.folder.path().join("nodes.json");
    let nodes = json!({"kind": "List", "items": [{"kind": "Node", "metadata": {"name": "w1"},
        "status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.21"}]}}]});
    fs::write(&file, nodes.to_string()).expect("it is written");
    let words = [
        "request",
        "nodes",
        "--from",
        text(&file),
        "--maximum-days",
        "400",
    ];
    let planned = asked
        .run(&[&words[..], &["--dry-run", "-o", "json"]].concat())
        .json();
    let told = planned["warnings"].to_string();
    // What was told, what was set up here, and nothing that a request asks for.
    for part in ["master-1, w1", "10.0.0.10, 10.0.0.21", "400 days"] {
        assert!(told.contains(part), "{told}");
    }
    asked.run(&[&words[..], &["--yes"]].concat()).ends_with(0);
    assert_eq!(shown("node"), (json!("green"), json!(true)));
    assert_eq!(shown("lifetime"), (json!("green"), json!(true)));
    asked
        .run(&["request", "nodes", "--node", "m-*", "--yes"])
        .ends_with(0);
    assert_eq!(shown("node"), (json!("red"), json!(true)));
    asked.run(&["undo", "--yes"]).ends_with(0);
    assert_eq!(shown("node"), (json!("green"), json!(true)));
    let empty = asked.ground.folder.path().join("empty.json");
    fs::write(&empty, "{}").expect("it is written");
    for wrong in [
        &["--range", "10.0.0.0/33"][..],
        &["--node", "a b"],
        &["--from", text(&empty)],
    ] {
        let run = asked.run(&[&["request", "nodes", "--yes"], wrong].concat());
        assert!(run.code == 4 || run.code == 64, "{run:?}");
    }
}

/// A pod's request as Kubernetes 1.37 has it, with the stub that openssl makes.
fn of_a_pod(asked: &Asked, openssl: &Path) -> String {
    let stub = asked.request(openssl, "stub", &["-subj", "/", "-outform", "DER"]);
    let stub = STANDARD.encode(fs::read(stub).expect("DER"));
    format!(
        "apiVersion: certificates.k8s.io/v1\nkind: PodCertificateRequest\nmetadata:\n  name: req-1\n  namespace: shop\nspec:\n  \
         signerName: example.com/pods\n  podName: web-0\n  serviceAccountName: web\n  nodeName: w1\n  \
         maxExpirationSeconds: 86400\n  stubPKCS10Request: {stub}\n"
    )
}

#[test]
fn what_pods_ask_for_is_shown_and_never_approved() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let asked = Asked::new();
    let object = of_a_pod(&asked, &openssl);
    let path = asked.ground.master.file("/etc/kubernetes/pod.yaml");
    fs::write(&path, &object).expect("it is written");
    let list = asked.run(&["request", "list", "-o", "json"]).json();
    let items = list["items"].as_array().expect("items");
    let item = items.iter().find(|one| one["name"] == "req-1").expect("it");
    assert_eq!(
        item["pod"],
        json!({"namespace": "shop", "name": "web-0", "serviceAccount": "web", "node": "w1"})
    );
    assert_eq!(
        (&item["verdict"], &item["authority"]),
        (&json!("amber"), &json!(null))
    );
    assert_eq!(item["signatureValid"], json!(true));
    let shown = asked.run(&["request", "show", "req-1"]);
    for told in [
        "no approval step",
        "shop/web-0",
        "signed with the key that it names",
    ] {
        assert!(shown.stdout.contains(told), "{told}: {shown:?}");
    }
    asked
        .run(&["request", "deny", "req-1", "--yes"])
        .ends_with(4);
    asked
        .run(&["request", "approve", "--green", "--yes"])
        .ends_with(0);
    assert_eq!(fs::read_to_string(&path).expect("it"), object);
    let refused = asked.run(&["request", "approve", "req-1", "--yes", "--confirm", "req-1"]);
    refused.ends_with(4);
    assert!(
        refused.stderr.contains("there is no approval step"),
        "{refused:?}"
    );
    // Before 1.36 it was a public key and a signature.
    let old = object.replace("certificates.k8s.io/v1", "certificates.k8s.io/v1alpha1");
    let old = old.replace("stubPKCS10Request", "pkixPublicKey");
    let run = kubepki_with_input(&["show", "-"], old.as_bytes());
    assert!(
        run.stdout
            .contains("a pod's request was a public key alone"),
        "{run:?}"
    );
}

#[test]
fn a_condition_counts_where_it_is_true() {
    let asked = Asked::new();
    for (status, expected) in [
        ("True", "Approved"),
        ("False", "Pending"),
        ("Unknown", "Pending"),
    ] {
        let path = asked.object(|object| {
            let approved = json!({"type": "Approved", "status": status, "reason": "x"});
            object["status"] = json!({"conditions": [approved]});
        });
        let shown = asked
            .run(&["request", "show", text(&path), "-o", "json"])
            .json();
        assert_eq!(shown["state"], expected, "{status}");
    }
}
