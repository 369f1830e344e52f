//! Requests: openssl makes some that are served, and reads ours.

use std::path::Path;

use kubepki::pki::issue::{CertificateSpec, Issuer, RequestSpec, issue, verified_key};
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{CertificationRequest, Error, ExtendedKeyUsage, pem};

use crate::chain::{judge, lifetime, name, root, server_names, write};
use crate::support::{succeed, text, tool};

/// A request made by openssl.
fn openssl_request(openssl: &Path, arguments: &[&str]) -> CertificationRequest {
    let folder = tempfile::tempdir().expect("a folder");
    let (key, request) = (folder.path().join("key"), folder.path().join("csr"));
    let mut all = vec![
        "req",
        "-new",
        "-nodes",
        "-subj",
        "/O=system:nodes/CN=system:node:w1",
    ];
    all.extend([
        "-addext",
        "subjectAltName=DNS:w1,IP:10.0.0.7",
        "-keyout",
        text(&key),
        "-out",
        text(&request),
    ]);
    all.extend(arguments);
    succeed(openssl, &all);
    let block = pem::blocks(&std::fs::read(request).expect("written"))
        .remove(0)
        .expect("a block");
    CertificationRequest::from_der(&block.der).expect("a request")
}

/// Keys and signatures of requests, as openssl takes them.
const KINDS: [(&str, &[&str]); 7] = [
    (
        "P-256 with SHA-384",
        &[
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-sha384",
        ],
    ),
    (
        "P-256 with SHA-512",
        &[
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-sha512",
        ],
    ),
    (
        "P-521 with SHA-256",
        &[
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-521",
            "-sha256",
        ],
    ),
    (
        "secp256k1",
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    ),
    ("RSA", &["-newkey", "rsa:2048"]),
    ("Ed25519", &["-newkey", "ed25519"]),
    (
        "PSS, salt as the hash",
        &[
            "-newkey",
            "rsa:2048",
            "-sigopt",
            "rsa_padding_mode:pss",
            "-sigopt",
            "rsa_pss_saltlen:32",
            "-sha256",
        ],
    ),
];

#[test]
fn requests_of_openssl_are_served() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let key = PrivateKey::generate(KeyAlgorithm::Rsa2048).expect("a key");
    let root = root(&key);
    for (kind, arguments) in KINDS {
        let request = openssl_request(&openssl, arguments);
        let asked = verified_key(&request).expect(kind);
        let spec = CertificateSpec::leaf(
            request.subject.clone(),
            request.subject_alt_names.clone(),
            &[ExtendedKeyUsage::ServerAuth],
            lifetime(30),
        );
        let leaf = issue(
            &spec,
            &asked,
            Issuer {
                certificate: &root,
                key: &key,
            },
        )
        .expect(kind);
        assert_eq!(leaf.details().spki, request.spki, "{kind}");
        assert_eq!(leaf.subject_der(), request.subject.as_der(), "{kind}");
        judge(&root, None, &leaf);
    }
}

#[test]
fn requests_that_cannot_be_checked_are_refused_with_the_reason() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    // The longest salt is openssl's default: what is legal and not checked here must not be called
    // forged.
    let pss = openssl_request(
        &openssl,
        &["-newkey", "rsa:2048", "-sigopt", "rsa_padding_mode:pss"],
    );
    let Err(Error::Refused(why)) = verified_key(&pss) else {
        panic!("not refused")
    };
    assert!(
        why.contains("cannot be checked here (RSA-2048, RSA-PSS)"),
        "{why}"
    );
    let mut forged = openssl_request(&openssl, &["-newkey", "ed25519"]).der;
    // The last byte belongs to the signature.
    *forged.last_mut().expect("bytes") ^= 1;
    let forged = CertificationRequest::from_der(&forged).expect("a request");
    let Err(Error::Refused(why)) = verified_key(&forged) else {
        panic!("not refused")
    };
    assert!(why.contains("not that of its own key"), "{why}");
}

#[test]
fn our_requests_are_read_by_openssl() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    for algorithm in KeyAlgorithm::ALL {
        let key = PrivateKey::generate(algorithm).expect("a key");
        for names in [Vec::new(), server_names()] {
            let spec = RequestSpec {
                subject: name("system:node:w1", &["system:nodes"]),
                subject_alt_names: names.clone(),
                key_usage: Vec::new(),
                extended_key_usage: Vec::new(),
            };
            let request = spec.sign(&key).expect("a request");
            let folder = tempfile::tempdir().expect("a folder");
            let path = write(folder.path(), "csr", &request.to_pem());
            let said = succeed(
                &openssl,
                &["req", "-verify", "-noout", "-text", "-in", text(&path)],
            );
            assert!(
                said.contains("O = system:nodes, CN = system:node:w1"),
                "{said}"
            );
            assert_eq!(said.contains("DNS:master-1"), !names.is_empty(), "{said}");
        }
    }
}
