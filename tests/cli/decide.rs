//! `request approve`, `deny` and `delete` as a script uses them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::deciding::Asked;
use crate::support::program::Run;
use crate::support::{succeed, text, tool};

#[test]
fn an_object_is_approved_at_its_own_place_and_taken_back() {
    let asked = Asked::new();
    let path = asked.object(|_| {});
    let before = fs::read(&path).expect("the object");
    let run = asked.run(&["request", "approve", text(&path), "--yes", "-o", "json"]);
    run.ends_with(0);
    let plan = &run.json()["plan"];
    assert_eq!(plan["decisions"][0]["decided"], "signed");
    assert_eq!(plan["decisions"][0]["verdict"], "amber");
    let rules = plan["decisions"][0]["rules"].as_array().expect("rules");
    assert!(
        rules
            .iter()
            .any(|rule| rule["id"] == "requester" && rule["known"] == false)
    );
    let next = plan["leaves"][0]["why"].as_str().expect("words");
    assert!(
        next.contains("kubectl certificate approve alice-client"),
        "{next}"
    );
    let after: Value = serde_json::from_slice(&fs::read(&path).expect("the object")).expect("JSON");
    assert_eq!(after["status"]["conditions"][0]["reason"], "KubepkiApprove");
    let run = asked.run(&["request", "approve", text(&path), "--yes"]);
    run.ends_with(4);
    assert!(
        run.stderr.contains("it has its certificate already"),
        "{run:?}"
    );
    asked.run(&["undo", "--yes"]).ends_with(0);
    assert_eq!(fs::read(&path).expect("the object"), before);
    assert!(!path.with_file_name("alice-client.crt").exists());
}

#[test]
fn what_is_red_takes_its_name_and_nothing_else() {
    let asked = Asked::new();
    let path = asked.object(|object| {
        object["spec"]["usages"] = json!(["client auth", "server auth"]);
    });
    for wrong in [&["--yes"][..], &["--yes", "--confirm", "yes"]] {
        let words = [&["request", "approve", text(&path)], wrong].concat();
        let refused = ["not confirmed", "red:", "--confirm alice-client"];
        asked.ground.refused(4, &refused, || asked.run(&words));
    }
    let words = [
        "request",
        "approve",
        text(&path),
        "--yes",
        "--confirm",
        "alice-client",
    ];
    asked.run(&words).ends_with(0);
}

#[test]
fn a_denial_says_why_in_the_object_and_of_a_file_in_the_state_folder() {
    let (asked, Some(openssl)) = (Asked::new(), tool("openssl")) else {
        return;
    };
    let path = asked.object(|_| {});
    let words = [
        "request",
        "deny",
        text(&path),
        "--reason",
        "NotOurs",
        "--message",
        "nobody knows her: \u{1b}[31m",
        "--yes",
    ];
    asked.run(&words).ends_with(0);
    let after: Value = serde_json::from_slice(&fs::read(&path).expect("the object")).expect("JSON");
    let condition = &after["status"]["conditions"][0];
    assert_eq!(
        (&condition["type"], &condition["status"]),
        (&json!("Denied"), &json!("True"))
    );
    assert_eq!(condition["reason"], "NotOurs");
    let run = asked.run(&["request", "approve", text(&path), "--yes"]);
    run.ends_with(4);
    assert!(run.stderr.contains("it is denied"), "{run:?}");

    let file = asked.request(&openssl, "web", &["-subj", "/CN=web"]);
    let state = |asked: &Asked| {
        let run = asked.run(&["request", "show", text(&file), "-o", "json"]);
        run.ends_with(0);
        run.json()["state"].clone()
    };
    assert_eq!(state(&asked), "Pending");
    asked
        .run(&["request", "deny", text(&file), "--yes"])
        .ends_with(0);
    assert_eq!(state(&asked), "Denied");
    asked.run(&["undo", "--yes"]).ends_with(0);
    assert_eq!(state(&asked), "Pending");
}

/// openssl sees the name that was signed, not the other, and a server's certificate.
fn without_evil(asked: &Asked, openssl: &Path, certificate: &Path) {
    let told = succeed(
        openssl,
        &[
            "x509",
            "-in",
            text(certificate),
            "-noout",
            "-ext",
            "subjectAltName",
        ],
    );
    assert!(
        told.contains("web.example") && !told.contains("evil"),
        "{told}"
    );
    let authority = asked.ground.master.file("/etc/kubernetes/pki/ca.crt");
    let verify = [
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-CAfile",
        text(&authority),
        text(certificate),
    ];
    succeed(openssl, &verify);
}

#[test]
fn names_can_be_left_out_and_openssl_sees_the_others() {
    let (asked, Some(openssl)) = (Asked::new(), tool("openssl")) else {
        return;
    };
    let names = "subjectAltName=DNS:web.example,DNS:evil.example,IP:192.0.2.1";
    let usage = "extendedKeyUsage=serverAuth";
    let file = asked.request(
        &openssl,
        "web",
        &["-subj", "/CN=web", "-addext", names, "-addext", usage],
    );
    let words = ["request", "approve", text(&file), "--yes"];
    for (more, word) in [
        (&["--drop-san", "other.example"][..], "is not asked for"),
        (
            &["--authority", "etcd-ca", "--out", "/etc/kubernetes/x"],
            "read by the master's components",
        ),
        (&["--authority", "apiserver"], "is no CA"),
    ] {
        let run = asked.run(&[&words[..], more].concat());
        assert!(run.code != 0 && run.stderr.contains(word), "{run:?}");
    }
    let run = asked.run(
        &[
            &words[..],
            &["--drop-san", "evil.example", "--days", "30", "-o", "json"],
        ]
        .concat(),
    );
    run.ends_with(0);
    assert_eq!(
        run.json()["plan"]["decisions"][0]["dropped"],
        json!(["DNS:evil.example"])
    );
    without_evil(&asked, &openssl, &file.with_file_name("web.crt"));
    // The same request is not signed twice, whatever file brings it.
    let copy = file.with_file_name("copy.csr");
    fs::copy(&file, &copy).expect("it is copied");
    let again = ["request", "approve", text(&copy), "--yes"];
    asked
        .ground
        .refused(4, &["it was decided on already"], || asked.run(&again));
    let other = asked.request(&openssl, "other", &["-subj", "/CN=o", "-addext", usage]);
    fs::write(other.with_extension("crt"), "mine").expect("it is written");
    let words = ["request", "approve", text(&other), "--yes"];
    asked
        .ground
        .refused(4, &["is there already", "--replace"], || asked.run(&words));
}

#[test]
fn what_is_judged_is_what_would_be_signed() {
    let asked = Asked::new();
    let path = asked.object(|object| object["spec"]["expirationSeconds"] = json!("600"));
    asked
        .ground
        .refused(4, &["expirationSeconds is no whole number"], || {
            asked.run(&["request", "approve", text(&path), "--yes"])
        });
    // A name that speaks against it does so no more where it is left out.
    let words = [
        "request",
        "approve",
        text(&path),
        "--confirm",
        "alice-client",
        "--dry-run",
        "-o",
        "json",
    ];
    let names = |run: Run| {
        run.json()["decisions"][0]["rules"]
            .to_string()
            .contains("with names")
    };
    assert!(names(asked.run(&words)));
    let dropped = ["alice.example.test", "alice", "192.0.2.10", "2001:db8::10"];
    let flags = dropped.iter().flat_map(|name| ["--drop-san", name]);
    let words: Vec<&str> = words.into_iter().chain(flags).collect();
    assert!(!names(asked.run(&words)));
}

#[test]
fn what_does_not_say_what_it_is_for_is_not_signed() {
    let (asked, Some(openssl)) = (Asked::new(), tool("openssl")) else {
        return;
    };
    let file = asked.request(&openssl, "web", &["-subj", "/CN=web"]);
    let words = ["request", "approve", text(&file), "--yes"];
    asked
        .ground
        .refused(4, &["does not say what it is for", "--usage"], || {
            asked.run(&words)
        });
    asked
        .run(&[&words[..], &["--usage", "client-auth"]].concat())
        .ends_with(0);
}

#[test]
fn a_request_of_another_key_is_never_signed() {
    let asked = Asked::new();
    let path = asked.object(|object| {
        // The last characters of the signature.
        let request = object["spec"]["request"].as_str().expect("text").to_owned();
        let at = request.len() - 60;
        let other = if &request[at..=at] == "A" { "B" } else { "A" };
        object["spec"]["request"] =
            json!(format!("{}{other}{}", &request[..at], &request[at + 1..]));
    });
    let words = [
        "request",
        "approve",
        text(&path),
        "--yes",
        "--confirm",
        "alice-client",
    ];
    let run = asked.run(&words);
    assert!(
        run.code == 4 && !path.with_file_name("alice-client.crt").exists(),
        "{run:?}"
    );
}

#[test]
fn one_of_several_is_taken_away_only_with_its_own_file() {
    let asked = Asked::new();
    let path = asked.object(|_| {});
    let one = fs::read_to_string(&path).expect("the object");
    let both = path.with_file_name("both.json");
    let other = one.replace("alice-client", "bob-client");
    fs::write(
        &both,
        format!("{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{one}, {other}]}}"),
    )
    .expect("it is written");
    let run = asked.run(&["request", "delete", text(&both), "--yes"]);
    run.ends_with(64);
    assert!(run.stderr.contains("ambiguous"), "{run:?}");
    asked
        .run(&["request", "delete", text(&path), "--yes"])
        .ends_with(0);
    assert!(!path.exists());
    asked.run(&["undo", "--yes"]).ends_with(0);
    assert_eq!(fs::read_to_string(&path).expect("it is back"), one);
}

/// How what was signed gets into the cluster, with these files on the master.
fn way(files: &[(&str, &str)], more: &[&str]) -> String {
    let asked = Asked::new();
    for (path, content) in files {
        let file = asked.ground.master.file(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("it is made");
        fs::write(file, content).expect("it is written");
    }
    let object = asked.object(|_| {});
    let words = [
        "request",
        "approve",
        text(&object),
        "--dry-run",
        "-o",
        "json",
    ];
    let run = asked.run(&[&words, more].concat());
    run.ends_with(0);
    run.json()["leaves"][0]["why"].to_string()
}

const MANIFEST: &str = "/etc/kubernetes/manifests/kube-controller-manager.yaml";

/// A manifest with these flags.
fn manifest(flags: &[&str]) -> String {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-controller-manager}\nspec:\n  containers:\n  \
               - command:\n    - kube-controller-manager\n";
    flags
        .iter()
        .fold(pod.to_owned(), |out, flag| out + "    - " + flag + "\n")
}

const ROOT: &str = "--root-ca-file=/etc/kubernetes/pki/ca.crt";

#[test]
fn what_the_controller_manager_lacks_is_said_as_its_file_has_it() {
    let unit = "/etc/systemd/system/kube-controller-manager.service";
    let environment = "/etc/kubernetes/controller-manager";
    let own = format!("[Service]\nExecStart=/usr/bin/kube-controller-manager {ROOT}\n");
    let by_file = format!(
        "[Service]\nEnvironmentFile={environment}\nExecStart=/usr/bin/kube-controller-manager $ARGS\n"
    );
    let arguments = format!("ARGS=\"{ROOT}\"\n");
    let listed = "- --cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt and - --cluster-signing-key-file=";
    let plain =
        "--cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt and --cluster-signing-key-file=";
    for (path, files, told) in [
        (MANIFEST, vec![(MANIFEST, &*manifest(&[ROOT]))], listed),
        (unit, vec![(unit, &*own)], plain),
        (
            environment,
            vec![(unit, &*by_file), (environment, &*arguments)],
            plain,
        ),
    ] {
        let way = way(&files, &[]);
        let place = format!("with in {path}, ");
        assert!(way.contains(told) && way.contains(&place), "{path}: {way}");
    }
    let pair = manifest(&[
        "--cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt",
        "--cluster-signing-key-file=/etc/kubernetes/pki/ca.key",
    ]);
    let way = way(&[(MANIFEST, &pair)], &[]);
    assert!(way.contains("nothing signed here is needed"), "{way}");
}

#[test]
fn the_controller_manager_signs_nothing_by_a_bundle() {
    let asked = Asked::new();
    let read = |name: &str| {
        let file = asked
            .ground
            .master
            .file(&format!("/etc/kubernetes/pki/{name}"));
        fs::read_to_string(file).expect("PEM")
    };
    let bundle = read("ca.crt") + &read("etcd/ca.crt");
    let path = "/etc/kubernetes/pki/both.crt";
    let flags = manifest(&[
        "--cluster-signing-cert-file=/etc/kubernetes/pki/both.crt",
        "--cluster-signing-key-file=/etc/kubernetes/pki/ca.key",
    ]);
    let files = [(path, &*bundle), (MANIFEST, &*flags)];
    let way = way(&files, &["--authority", "/etc/kubernetes/pki/ca.crt"]);
    assert!(
        way.contains(&format!("signs nothing while {path} holds 2 certificates")),
        "{way}"
    );
}
