//! Where the command line looks, and what it says of what it did not see; keys without and with
//! certificates.

use std::fs;
use std::path::Path;

use base64::Engine as _;

use crate::support;
use crate::support::program::{AT, Run, Sample, by_id, kubepki, kubepki_with_input};

fn sample() -> Option<Sample> {
    Sample::recorded("kubeadm-1.36-ecdsa")
}

fn list(words: &[&str]) -> Run {
    let mut all = vec!["list", "--at", AT, "-o", "json"];
    all.extend(words);
    kubepki(&all)
}

#[test]
fn root_and_directory_find_the_same_master_in_a_copy_of_its_etc() {
    let Some(sample) = sample() else { return };
    for folder in ["/etc", "/etc/kubernetes"] {
        let folder = sample.file(folder);
        let folder = support::text(&folder);
        let (by_directory, by_root) = (list(&[folder]).json(), list(&["--root", folder]).json());
        assert_eq!(by_directory["items"], by_root["items"]);
        assert_eq!(
            (&by_root["layout"], by_id(&by_root).len()),
            (&"kubeadm".into(), 15)
        );
    }
    let both = list(&[
        support::text(&sample.file("/etc")),
        "--root",
        support::text(&sample.root),
    ]);
    both.ends_with(64);
    assert!(both.stderr.contains("both name where to look"), "{both:?}");
}

#[test]
fn nothing_is_invented_about_a_ca_that_was_not_looked_for() {
    let Some(sample) = sample() else { return };
    fs::remove_file(sample.file("/etc/kubernetes/pki/ca.crt")).expect("removed");
    let whole = by_id(&sample.kubepki(&["list", "-o", "json"]).json());
    assert_eq!(whole["apiserver"]["status"], "broken");
    assert_eq!(
        whole["apiserver"]["why"],
        "the CA that signed it is not here"
    );
    let part = by_id(&list(&[support::text(&sample.file("/etc/kubernetes/pki"))]).json());
    assert_eq!(part["apiserver"]["status"], "ok");
    assert_eq!(
        part["apiserver"]["why"],
        "its CA was not found in what could be read"
    );
}

#[test]
fn what_is_dead_and_in_use_comes_before_what_is_dead_and_not() {
    let Some(sample) = sample() else { return };
    let pki = sample.file("/etc/kubernetes/pki");
    fs::create_dir(pki.join("old.bak")).expect("a folder");
    fs::copy(pki.join("etcd/peer.crt"), pki.join("old.bak/expired.crt")).expect("copied");
    fs::write(pki.join("apiserver.crt"), "garbage").expect("written");
    let later = kubepki(&[
        "--root",
        support::text(&sample.root),
        "--at",
        "+20y",
        "list",
        "-o",
        "json",
    ])
    .json();
    let items = later["items"].as_array().expect("items");
    let place = |id: &str| items.iter().position(|item| item["id"] == id).expect(id);
    assert!(place("apiserver") < place("/etc/kubernetes/pki/old.bak/expired.crt"));
    assert!(place("etcd-peer") < place("apiserver"));
}

#[test]
fn parameters_and_lists_are_no_certificates() {
    let Some(sample) = sample() else { return };
    let pki = sample.file("/etc/kubernetes/pki");
    for label in ["DH PARAMETERS", "X509 CRL", "EC PARAMETERS"] {
        let text = format!("-----BEGIN {label}-----\nMAYCAQUCAQI=\n-----END {label}-----\n");
        fs::write(pki.join(format!("{}.pem", label.replace(' ', "-"))), text).expect("written");
    }
    assert_eq!(
        by_id(&sample.kubepki(&["list", "-o", "json"]).json()).len(),
        15
    );
}

/// The kubeconfig with its CA behind its own certificate, as some tools write it.
fn with_chain(kubeconfig: &str, authority: &[u8]) -> String {
    let base64 = &base64::engine::general_purpose::STANDARD;
    let line = |line: &str| match line.split_once("client-certificate-data: ") {
        Some((before, data)) => {
            let mut pem = base64.decode(data).expect("base64");
            pem.extend_from_slice(authority);
            format!("{before}client-certificate-data: {}\n", base64.encode(pem))
        }
        None => format!("{line}\n"),
    };
    kubeconfig.lines().map(line).collect()
}

#[test]
fn a_ca_that_is_carried_behind_a_leaf_is_no_item() {
    let Some(sample) = sample() else { return };
    let path = sample.file("/etc/kubernetes/scheduler.conf");
    let authority = fs::read(sample.file("/etc/kubernetes/pki/ca.crt")).expect("ca.crt");
    fs::write(
        &path,
        with_chain(
            &fs::read_to_string(&path).expect("scheduler.conf"),
            &authority,
        ),
    )
    .expect("written");
    let items = by_id(&sample.kubepki(&["list", "-o", "json"]).json());
    assert_eq!(
        (items.len(), &items["scheduler.conf"]["status"]),
        (15, &"ok".into()),
        "{:?}",
        items.keys()
    );
}

#[test]
fn keys_say_whose_they_are() {
    let (Some(sample), Some(openssl)) = (sample(), support::tool("openssl")) else {
        return;
    };
    let shown = sample.kubepki(&["show", "/etc/kubernetes/pki/apiserver.key", "-o", "json"]);
    assert_eq!(shown.json()["id"], "apiserver", "{shown:?}");
    let halves = sample.kubepki(&["show", "sa", "-o", "json"]).json()["otherHalves"].clone();
    assert_eq!(
        halves,
        serde_json::json!([{"path": "/etc/kubernetes/pki/sa.pub", "matches": true}])
    );

    let other = sample.root.join("other.key");
    let made = [
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-out",
        support::text(&other),
    ];
    assert!(support::run(&openssl, &made).status.success());
    let public = ["pkey", "-in", support::text(&other), "-pubout", "-out"];
    let place = sample.file("/etc/kubernetes/pki/sa.pub");
    assert!(
        support::run(&openssl, &[&public[..], &[support::text(&place)]].concat())
            .status
            .success()
    );
    let text = sample.kubepki(&["show", "sa"]).stdout;
    assert!(
        text.contains("/etc/kubernetes/pki/sa.pub: of ANOTHER key"),
        "{text}"
    );

    let der = sample.root.join("other.der");
    let der = to_der(&openssl, &other, &der);
    let shown = kubepki_with_input(&["show", "-", "-o", "json"], &der);
    assert_eq!(shown.json()["keyAlgorithm"], "ECDSA-P256", "{shown:?}");
}

fn to_der(openssl: &Path, from: &Path, to: &Path) -> Vec<u8> {
    let words = [
        "pkey",
        "-in",
        support::text(from),
        "-outform",
        "DER",
        "-out",
        support::text(to),
    ];
    assert!(support::run(openssl, &words).status.success());
    fs::read(to).expect("DER")
}

#[test]
fn help_is_a_command_too() {
    let help = kubepki(&["help"]);
    help.ends_with(0);
    assert!(help.stdout.contains("kubeconfig"), "{help:?}");
}
