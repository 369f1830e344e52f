//! Certificates and keys that somebody has put into a master: forged ones, and such that its own CA
//! has signed once.

use std::fs;

use kubepki::pki::issue::CertificateSpec;
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{Certificate, ExtendedKeyUsage, Name, pem};

use super::authority::{Made, days};
use super::program::{Run, kubepki};
use super::renewing::Master;
use super::{is_root, run, text, tool};

/// A common name and groups.
type Subject<'a> = (&'a str, &'a [&'a str]);

pub(crate) const PKI: &str = "/etc/kubernetes/pki";

pub(crate) fn kubeadm() -> Option<Master> {
    // Files are given away.
    if is_root() {
        Master::sample("kubeadm-1.36-ecdsa")
    } else {
        None
    }
}

/// The CA of a master, with its key.
pub(crate) fn own(master: &Master, name: &str) -> Made {
    let key = PrivateKey::from_pem(&master.content(&format!("{PKI}/{name}.key"))).expect("a key");
    Made {
        certificate: certificate(&read(master, name)),
        key,
    }
}

pub(crate) fn certificate(text: &[u8]) -> Certificate {
    let block = pem::blocks(text)
        .into_iter()
        .flatten()
        .next()
        .expect("a block");
    Certificate::from_der(&block.der).expect("a certificate")
}

/// A client's or server's certificate that has ended.
pub(crate) fn leaf(
    authority: &Made,
    (name, groups): Subject<'_>,
    usages: &[ExtendedKeyUsage],
) -> Made {
    let subject = Name::with_groups(name, groups).expect("a name");
    let (begin, end) = (authority.certificate.not_before(), days(0, -1).1);
    authority.sign(
        &CertificateSpec::leaf(subject, Vec::new(), usages, (begin, end)),
        KeyAlgorithm::EcdsaP256,
    )
}

/// Puts a certificate and its key where those of `name` are.
pub(crate) fn plant(master: &Master, name: &str, made: &Made) {
    for (ending, text) in [
        ("crt", made.certificate.to_pem()),
        ("key", made.key.to_pem().to_string()),
    ] {
        fs::write(master.path(&format!("{PKI}/{name}.{ending}")), text).expect("written");
    }
}

pub(crate) fn call(master: &Master, arguments: &[&str]) -> Run {
    let root = ["--root", text(&master.root)];
    kubepki(&[&root[..], arguments].concat())
}

pub(crate) fn read(master: &Master, name: &str) -> Vec<u8> {
    master.content(&format!("{PKI}/{name}.crt"))
}

pub(crate) fn signed_by(master: &Master, authority: &str, name: &str) -> bool {
    let Some(openssl) = tool("openssl") else {
        return true;
    };
    let (ca, crt) = (
        master.path(&format!("{PKI}/{authority}.crt")),
        master.path(&format!("{PKI}/{name}.crt")),
    );
    run(
        &openssl,
        &[
            "verify",
            "-CAfile",
            text(&ca),
            "-purpose",
            "any",
            text(&crt),
        ],
    )
    .status
    .success()
}

/// A timer leaves it, says so, and ends with 4.
pub(crate) fn is_left(master: &Master, name: &str, why: &str) {
    let before = read(master, name);
    for what in ["--due", "--all"] {
        let run = call(master, &["renew", what, "--yes"]);
        assert!(run.stderr.contains(why), "{what}: {why:?} in {run:?}");
        assert_eq!(run.code, 4, "{what}: {run:?}");
        assert_eq!(read(master, name), before, "{what} has signed {name}");
    }
}
