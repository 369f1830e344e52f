//! A master whose CAs are given other lives, and what is said of what they signed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use kubepki::pki::issue::{CertificateSpec, self_sign};
use kubepki::pki::key::PrivateKey;
use kubepki::pki::{Certificate, Name, pem};
use serde_json::Value;
use time::OffsetDateTime;

use super::authority::Made;
use super::ground::Ground;
use super::program::{Run, by_id};
use super::{run, text, tool};

const PKI: &str = "/etc/kubernetes/pki";

/// What etcd's CA signed.
pub(crate) const OF_ETCD: [&str; 4] = [
    "apiserver-etcd-client",
    "etcd-healthcheck-client",
    "etcd-peer",
    "etcd-server",
];

/// From when, and until when.
pub(crate) type Lifetime = (OffsetDateTime, OffsetDateTime);

/// A file below the master's PKI folder.
pub(crate) fn path(ground: &Ground, name: &str) -> PathBuf {
    ground.master.file(&format!("{PKI}/{name}"))
}

/// The private key of this name.
pub(crate) fn key(ground: &Ground, name: &str) -> PrivateKey {
    PrivateKey::from_pem(&fs::read(path(ground, &format!("{name}.key"))).expect("a key"))
        .expect("a key")
}

/// The first certificate of the file of this name.
pub(crate) fn certificate(ground: &Ground, name: &str) -> Certificate {
    let text = fs::read(path(ground, &format!("{name}.crt"))).expect("a certificate");
    let block = pem::blocks(&text)
        .into_iter()
        .next()
        .expect("a block")
        .expect("PEM");
    Certificate::from_der(&block.der).expect("a certificate")
}

/// The CA `name` with another life: its name and its key stay.
pub(crate) fn again(ground: &Ground, name: &str, lifetime: Lifetime) -> Certificate {
    let old = certificate(ground, name);
    let subject = Name::from_der(old.subject_der()).expect("a name");
    self_sign(
        &CertificateSpec::authority(subject, lifetime),
        &key(ground, name),
    )
    .expect("a CA")
}

/// Gives the CA `name` another life.
pub(crate) fn relive(ground: &Ground, name: &str, lifetime: Lifetime) -> Certificate {
    let certificate = again(ground, name, lifetime);
    fs::write(path(ground, &format!("{name}.crt")), certificate.to_pem()).expect("written");
    certificate
}

/// The certificate of a root with another life. What a root signs ends before it: so it signs
/// first, and ages then.
pub(crate) fn aged(root: &Made, lifetime: Lifetime) -> Certificate {
    let subject = Name::from_der(root.certificate.subject_der()).expect("a name");
    self_sign(&CertificateSpec::authority(subject, lifetime), &root.key).expect("a root")
}

/// What `list` says, by id.
pub(crate) fn list(ground: &Ground, flags: &[&str]) -> BTreeMap<String, Value> {
    let run = ground
        .master
        .kubepki(&[&["list", "-o", "json"], flags].concat());
    run.ends_with(0);
    by_id(&run.json())
}

/// The ids with this status, in order.
pub(crate) fn with_status<'a>(items: &'a BTreeMap<String, Value>, status: &str) -> Vec<&'a str> {
    items
        .iter()
        .filter(|(_, item)| item["status"] == status)
        .map(|(id, _)| id.as_str())
        .collect()
}

/// Renews what is due.
pub(crate) fn due(ground: &Ground) -> Run {
    ground.master.kubepki(&["renew", "--due", "--yes"])
}

/// Whether openssl takes a certificate with these CAs.
pub(crate) fn verifies(
    ground: &Ground,
    authorities: &str,
    leaf: &str,
    flags: &[&str],
) -> Option<bool> {
    let (authorities, leaf) = (path(ground, authorities), path(ground, leaf));
    let arguments = [
        &["verify", "-CAfile", text(&authorities)],
        flags,
        &[text(&leaf)],
    ]
    .concat();
    Some(run(&tool("openssl")?, &arguments).status.success())
}
