//! What the tests of renewed files and keys share: the paths of kubeadm's master, and what a plan
//! says.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use kubepki::plan::Plan;
use time::OffsetDateTime;

use super::renewing::Master;
use super::{succeed, text};

pub(crate) const CRT: &str = "/etc/kubernetes/pki/apiserver.crt";
pub(crate) const KEY: &str = "/etc/kubernetes/pki/apiserver.key";
pub(crate) const CA: &str = "/etc/kubernetes/pki/ca.crt";
pub(crate) const CA_KEY: &str = "/etc/kubernetes/pki/ca.key";
pub(crate) const ADMIN: &str = "/etc/kubernetes/admin.conf";

pub(crate) fn made_now() -> String {
    format!("{}T00:00:00Z", OffsetDateTime::now_utc().date())
}

pub(crate) fn paths(plan: &Plan) -> Vec<&str> {
    plan.changes
        .iter()
        .map(|change| change.path.as_str())
        .collect()
}

pub(crate) fn left<'a>(plan: &'a Plan, what: &str) -> &'a str {
    let found = plan
        .summary
        .left_alone
        .iter()
        .find(|left| left.what == what);
    &found
        .unwrap_or_else(|| panic!("{what}: {:?}", plan.summary.left_alone))
        .why
}

pub(crate) fn warned(plan: &Plan, words: &str) -> bool {
    plan.summary
        .warnings
        .iter()
        .any(|warning| warning.contains(words))
}

pub(crate) fn write(master: &mut Master, path: &str, content: impl AsRef<[u8]>) {
    let target = master.path(path);
    fs::create_dir_all(target.parent().expect("a folder")).expect("made");
    fs::write(target, content).expect("written");
    master.read();
}

/// A path in the folder of kubeadm's PKI.
pub(crate) fn pki(name: &str) -> String {
    format!("/etc/kubernetes/pki/{name}")
}

/// The permission bits of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o7777
}

/// The key is that of the certificate, by openssl.
pub(crate) fn assert_pair(openssl: &Path, certificate: &Path, key: &Path) {
    let of_certificate = succeed(
        openssl,
        &["x509", "-in", text(certificate), "-noout", "-pubkey"],
    );
    assert_eq!(
        succeed(openssl, &["pkey", "-in", text(key), "-pubout"]),
        of_certificate,
        "{}",
        key.display()
    );
}
