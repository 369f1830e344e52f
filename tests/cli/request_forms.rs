//! Requests in every form and of every kind of key: signed as they are, or refused with the reason.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubepki::pki::pem;

use crate::support::deciding::Asked;
use crate::support::program::Run;
use crate::support::{openssl, succeed, text, tool};

/// What openssl prints of a file.
fn printed(program: &Path, words: &[&str], file: &Path) -> String {
    succeed(program, &[words, &["-in", text(file)]].concat())
}

/// Signs what lies in `file`, all its names typed.
fn approve(asked: &Asked, file: &Path, out: &Path) -> Run {
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a name");
    let words = [
        "request",
        "approve",
        text(file),
        "--usage",
        "server-auth",
        "--out",
        text(out),
    ];
    asked.run(&[&words[..], &["--yes", "--confirm", name]].concat())
}

/// A request with a key of this kind.
fn made(program: &Path, folder: &Path, key: &[&str], more: &[&str]) -> PathBuf {
    let [own, out] = ["key.pem", "asked.csr"].map(|name| folder.join(name));
    let new = [
        "req",
        "-new",
        "-nodes",
        "-keyout",
        text(&own),
        "-out",
        text(&out),
        "-subj",
        "/CN=a.example",
    ];
    let names = ["-addext", "subjectAltName=DNS:a.example"];
    succeed(program, &[&new[..], key, &names, more].concat());
    out
}

#[test]
fn every_kind_of_key_is_signed_as_it_is_or_refused() {
    let Some(program) = tool("openssl") else {
        return;
    };
    let ec = |curve| ["-newkey", "ec", "-pkeyopt", curve];
    let [p256, p384, p521] =
        ["P-256", "P-384", "P-521"].map(|name| format!("ec_paramgen_curve:{name}"));
    let pss = ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"];
    let unknown = ["-addext", "1.2.3.4=ASN1:UTF8String:x"];
    for (key, more, refused) in [
        (&ec(&p256)[..], &[][..], None),
        (&ec(&p384), &[], None),
        (&ec(&p521), &[], None),
        (&["-newkey", "ed25519"], &[], None),
        (&["-newkey", "rsa:3072"], &[], None),
        (&ec(&p256), &["-sha384"], None),
        (&ec(&p256), &unknown, None),
        (&pss, &[], Some("cannot be signed")),
    ] {
        let asked = Asked::new();
        let folder = asked.ground.folder.path().join("my archives");
        let request = made(&program, &folder, key, more);
        let run = approve(&asked, &request, &folder.join("signed"));
        let certificate = folder.join("signed.crt");
        if let Some(why) = refused {
            run.ends_with(4);
            assert!(
                run.stderr.contains(why) && !certificate.exists(),
                "{key:?}: {run:?}"
            );
            continue;
        }
        run.ends_with(0);
        let asked_for = printed(&program, &["req", "-noout", "-pubkey"], &request);
        assert_eq!(
            printed(&program, &["x509", "-noout", "-pubkey"], &certificate),
            asked_for,
            "{key:?}"
        );
        let authority = asked.ground.master.file("/etc/kubernetes/pki/ca.crt");
        let verify = [
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-CAfile",
            text(&authority),
        ];
        succeed(&program, &[&verify[..], &[text(&certificate)]].concat());
        let all = printed(&program, &["x509", "-noout", "-text"], &certificate);
        assert!(
            all.contains("DNS:a.example") && !all.contains("1.2.3.4"),
            "{key:?}: {all}"
        );
    }
}

/// An ML-DSA-44 request (RFC 9881), but for the signature: no openssl here makes one.
const ML_DSA: &str = "asn1=SEQUENCE:req\n[req]\ninfo=SEQUENCE:info\nalg=SEQUENCE:alg\nsig=FORMAT:HEX,BITSTRING:SIGNATURE\n[info]\n\
    version=INTEGER:0\nsubject=SEQUENCE:name\nspki=SEQUENCE:spki\nattrs=IMPLICIT:0,SET:none\n[none]\n[name]\nrdn=SET:rdn\n[rdn]\n\
    atv=SEQUENCE:atv\n[atv]\noid=OID:2.5.4.3\nv=UTF8:a\n[spki]\nalg=SEQUENCE:alg\nkey=FORMAT:HEX,BITSTRING:PUBLIC\n[alg]\n\
    oid=OID:2.16.840.1.101.3.4.3.17\n";

#[test]
fn what_no_library_here_checks_is_shown_and_not_signed() {
    let Some(program) = tool("openssl") else {
        return;
    };
    let asked = Asked::new();
    let folder = asked.ground.folder.path().join("my archives");
    let [config, request] = ["ml.cnf", "ml.csr"].map(|name| folder.join(name));
    let written = ML_DSA
        .replace("PUBLIC", &"5a".repeat(1312))
        .replace("SIGNATURE", &"a5".repeat(2420));
    fs::write(&config, written).expect("it is written");
    succeed(
        &program,
        &[
            "asn1parse",
            "-genconf",
            text(&config),
            "-out",
            text(&request),
            "-noout",
        ],
    );
    let shown = asked.run(&["request", "show", text(&request)]);
    assert!(shown.stdout.contains("not known: ML-DSA"), "{shown:?}");
    let der = fs::read(&request).expect("DER");
    let object = format!(
        "apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {{name: ml}}\nspec:\n  request: {}\n  \
         signerName: example.com/serving\n  usages: [key encipherment, server auth]\n",
        STANDARD.encode(pem::encode("CERTIFICATE REQUEST", &der))
    );
    let path = folder.join("ml.yaml");
    fs::write(&path, object).expect("it is written");
    let shown = asked.run(&["request", "show", text(&path)]);
    assert!(
        shown.stdout.contains("an ML-DSA key signs alone"),
        "{shown:?}"
    );
    for file in [&request, &path] {
        let name = if file == &path { "ml" } else { "ml.csr" };
        let out = folder.join("signed");
        let words = [
            "request",
            "approve",
            text(file),
            "--out",
            text(&out),
            "--yes",
            "--confirm",
            name,
        ];
        let run = asked.run(&words);
        run.ends_with(4);
        assert!(run.stderr.contains("cannot be checked here"), "{run:?}");
    }
}

#[test]
fn der_crlf_several_and_kyaml_are_the_same_request() {
    let Some(program) = tool("openssl") else {
        return;
    };
    let asked = Asked::new();
    let folder = asked.ground.folder.path().join("my archives");
    let more = [
        "-subj",
        "/CN=a.example",
        "-addext",
        "subjectAltName=DNS:a.example",
    ];
    let request = openssl::request(&program, &folder, "asked", &more);
    let own = fs::read_to_string(&request).expect("PEM");
    let other = openssl::request(&program, &folder, "other", &["-subj", "/CN=other"]);
    let blocks = pem::blocks(own.as_bytes());
    let der = blocks[0].as_ref().expect("a block").der.to_vec();
    let kyaml = format!(
        "---\n{{\n  apiVersion: \"certificates.k8s.io/v1\",\n  kind: \"CertificateSigningRequest\",\n  metadata: {{ name: \"k\" }},\n  \
         spec: {{\n    request: \"{}\",\n    signerName: \"example.com/serving\",\n    usages: [ \"server auth\" ],\n  }},\n}}\n",
        STANDARD.encode(&own)
    );
    let crlf = own.replace('\n', "\r\n");
    let both = fs::read_to_string(other).expect("PEM") + &own;
    let expected = printed(&program, &["req", "-noout", "-pubkey"], &request);
    for (file, what, content, usage) in [
        ("a.der", "a.der", der, true),
        ("crlf.csr", "crlf.csr", crlf.into_bytes(), true),
        ("two.csr", "two.csr#1", both.into_bytes(), true),
        ("k.yaml", "k.yaml", kyaml.into_bytes(), false),
    ] {
        fs::write(folder.join(file), content).expect("it is written");
        let out = folder.join(format!("{file}.signed"));
        let what = folder.join(what);
        let mut words = vec![
            "request",
            "approve",
            text(&what),
            "--out",
            text(&out),
            "--yes",
        ];
        words.extend(["--usage", "server-auth"].into_iter().filter(|_| usage));
        asked.run(&words).ends_with(0);
        let certificate = folder.join(format!("{file}.signed.crt"));
        assert_eq!(
            printed(&program, &["x509", "-noout", "-pubkey"], &certificate),
            expected,
            "{file}"
        );
        // In whichever form it comes, it is decided on once.
        asked.run(&["undo", "--yes"]).ends_with(0);
    }
}
