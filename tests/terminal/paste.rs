//! What is pasted into the real program, by bracketed paste.

use std::fs;
use std::path::PathBuf;

use kubepki::pki::key::KeyAlgorithm;
use tempfile::TempDir;

use super::wizard::{applied, of_plan};
use crate::support::changing::Master;
use crate::support::pair::Pair;
use crate::support::program::kubepki_with_variables;
use crate::support::serving::{Server, curl};
use crate::support::terminal::{READ, Terminal};
use crate::support::{self, openssl, text, tool};

/// A text as a terminal pastes it.
fn bracketed(text: &str) -> String {
    format!("\x1b[200~{}\x1b[201~", text.replace('\n', "\r"))
}

/// A request for a service, made by openssl, in a folder.
fn asked(folder: &TempDir) -> Option<String> {
    let program = tool("openssl")?;
    let names = "subjectAltName=DNS:shop.prod.svc,DNS:shop.prod.svc.cluster.local";
    let usage = "extendedKeyUsage=serverAuth";
    let more = ["-subj", "/CN=shop", "-addext", names, "-addext", usage];
    let request = openssl::request(&program, folder.path(), "shop", &more);
    Some(fs::read_to_string(request).expect("PEM"))
}

fn start(master: &Master, home: &TempDir) -> Terminal {
    let terminal = Terminal::start(home.path(), &master.flags(), 100, 30);
    terminal.wait_for("apiserver");
    terminal.wait_still(READ);
    terminal
}

#[test]
fn a_pasted_request_is_signed_as_the_command_signs_it() {
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let home = TempDir::new().expect("a home");
    let Some(request) = asked(&home) else { return };
    let out = home.path().join("kubepki/shop/shop");
    let words = [
        "request",
        "approve",
        "-",
        "--out",
        text(&out),
        "--dry-run",
        "-o",
        "json",
    ];
    let by_flags = master.kubepki_with_input(&words, request.as_bytes());
    by_flags.ends_with(0);
    let mut terminal = start(&master, &home);
    terminal.send(&bracketed(&request));
    terminal.wait_for("Does the asker hold the key?");
    terminal.wait_still(READ);
    terminal.send("a");
    terminal.wait_for("Approve shop");
    terminal.send("\r");
    let typed = applied(terminal, &master, &["one transaction"]);
    assert_eq!(of_plan(&typed), of_plan(&by_flags.json()));
    assert_eq!(typed["decisions"], by_flags.json()["decisions"]);
    let openssl = tool("openssl").expect("it made the request");
    let authority = master.file("/etc/kubernetes/pki/ca.crt");
    let signed = format!("{}.crt", text(&out));
    support::succeed(
        &openssl,
        &[
            "verify",
            "-purpose",
            "sslserver",
            "-CAfile",
            text(&authority),
            &signed,
        ],
    );
}

#[test]
fn a_megabyte_is_read_and_never_a_key() {
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let home = TempDir::new().expect("a home");
    let pem = fs::read_to_string(master.file("/etc/kubernetes/pki/apiserver.crt")).expect("PEM");
    let many = pem.repeat(1_000_000 / pem.len());
    let mut terminal = start(&master, &home);
    terminal.send(&bracketed(&many));
    let told = format!("{} things in what was pasted", 1_000_000 / pem.len());
    terminal.wait_for(&told);
    terminal.send("\x1b");
    terminal.wait_for("Authorities");
    // Keys that change something, in a paste: nothing happens.
    terminal.send(&bracketed("R\ru\rq\n"));
    terminal.wait_for("nothing of it could be decoded");
    terminal.send("q");
    assert_eq!(terminal.wait_end(), 0);
    let history = master.kubepki(&["history", "-o", "json"]).json();
    assert_eq!(history["items"].as_array().map(Vec::len), Some(0));
}

/// The documentation's example (tasks/tls/managing-tls-in-a-cluster), as cfssl takes it.
const JSON: &str = r#"{"hosts": ["my-svc.my-namespace.svc.cluster.local", "my-pod.my-namespace.pod.cluster.local",
  "192.0.2.24", "10.0.34.2"], "CN": "my-pod.my-namespace.pod.cluster.local", "key": {"algo": "ecdsa", "size": 256}}"#;

#[test]
fn pasted_cfssl_json_ends_by_keys_in_a_server_that_curl_believes() {
    let (Some(openssl), Some(program)) = (tool("openssl"), tool("curl")) else {
        return;
    };
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let home = TempDir::new().expect("a home");
    let mut terminal = start(&master, &home);
    terminal.send(&bracketed(JSON));
    terminal.wait_for("makes key and request");
    terminal.wait_still(READ);
    terminal.send("n");
    for page in ["1 of 3", "2 of 3", "3 of 3"] {
        terminal.wait_for(page);
        terminal.send("\r");
    }
    terminal.wait_for("3 files made");
    terminal.wait_still(READ);
    terminal.send("\r");
    terminal.wait_for("undoes");
    // The object's line is found by the filter, and opens the request.
    terminal.send("/CertificateSigningRequest\r");
    terminal.wait_still(READ);
    terminal.send("\r");
    terminal.wait_for("Does the asker hold the key?");
    terminal.wait_still(READ);
    terminal.send("a");
    terminal.wait_for("1 request signed");
    terminal.wait_still(READ);
    terminal.send("\r");
    terminal.wait_for("--subresource=status");
    terminal.send("q");
    assert_eq!(terminal.wait_end(), 0);
    let name = "my-pod.my-namespace.pod.cluster.local";
    let prefix = home.path().join("kubepki").join(name).join(name);
    let made = |end: &str| PathBuf::from(format!("{}.{end}", text(&prefix)));
    let pair = Pair {
        certificate: made("crt"),
        key: made("key"),
    };
    let server = Server::start(&openssl, &pair, &[]);
    let authority = master.file("/etc/kubernetes/pki/ca.crt");
    let known = ["--cacert", text(&authority)];
    for (name, expected) in [
        ("my-svc.my-namespace.svc.cluster.local", Some(0)),
        ("other.example", Some(60)),
    ] {
        assert_eq!(
            curl(&program, name, &server, &known).status.code(),
            expected,
            "{name}"
        );
    }
}

#[test]
fn a_typed_request_is_that_of_the_flags() {
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let home = TempDir::new().expect("a home");
    let words = [
        "request",
        "create",
        "--profile",
        "client",
        "--cn",
        "ann",
        "--org",
        "team",
        "--days",
        "30",
        "--key-algorithm",
        "ECDSA-P256",
        "--signer",
        "example.com/people",
        "--name",
        "ann-1",
        "--note",
        "why",
        "--dry-run",
        "-o",
        "json",
    ];
    let all: Vec<&str> = words.into_iter().chain(master.flags()).collect();
    let by_flags = kubepki_with_variables(&all, &[("HOME", text(home.path()))]);
    by_flags.ends_with(0);
    let mut terminal = start(&master, &home);
    terminal.send("3n");
    terminal.wait_for("Ask for a certificate  1 of 3");
    terminal.send("\x1b[C\r");
    terminal.wait_for("2 of 3");
    terminal.send("ann\tteam\r\r");
    terminal.wait_for("3 of 3");
    terminal.send("example.com/people\tann-1\t30\t");
    let at = KeyAlgorithm::ALL
        .iter()
        .position(|one| *one == KeyAlgorithm::EcdsaP256);
    terminal.send(&"\x1b[C".repeat(at.expect("it is made")));
    terminal.send("\t\t\t\twhy\r");
    let typed = applied(terminal, &master, &["3 files made"]);
    assert_eq!(of_plan(&typed), of_plan(&by_flags.json()));
    assert_eq!(typed["note"], by_flags.json()["note"]);
}
