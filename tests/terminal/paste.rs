//! What is pasted into the real program, by bracketed paste.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::wizard::of_plan;
use crate::support::changing::Master;
use crate::support::terminal::{READ, Terminal};
use crate::support::{self, text, tool};

/// A text as a terminal pastes it.
fn bracketed(text: &str) -> String {
    format!("\x1b[200~{}\x1b[201~", text.replace('\n', "\r"))
}

/// A request for a service, made by openssl, in a folder.
fn asked(folder: &TempDir) -> Option<String> {
    let openssl = tool("openssl")?;
    let [key, request] = ["k.pem", "shop.csr"].map(|name| folder.path().join(name));
    let new = [
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ];
    let out = [
        "-keyout",
        text(&key),
        "-out",
        text(&request),
        "-subj",
        "/CN=shop",
    ];
    let names = "subjectAltName=DNS:shop.prod.svc,DNS:shop.prod.svc.cluster.local";
    let more = ["-addext", names, "-addext", "extendedKeyUsage=serverAuth"];
    support::succeed(&openssl, &[&new[..], &out, &more].concat());
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
    terminal.wait_for("one transaction");
    terminal.wait_still(READ);
    terminal.send("\r");
    terminal.wait_for("undoes");
    terminal.send("q");
    assert_eq!(terminal.wait_end(), 0);
    let history = master.kubepki(&["history", "-o", "json"]).json();
    let typed: &Value = &history["items"][0]["plan"];
    assert_eq!(of_plan(typed), of_plan(&by_flags.json()));
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
    terminal.wait_for("nothing could be decoded");
    terminal.send("q");
    assert_eq!(terminal.wait_end(), 0);
    let history = master.kubepki(&["history", "-o", "json"]).json();
    assert_eq!(history["items"].as_array().map(Vec::len), Some(0));
}
