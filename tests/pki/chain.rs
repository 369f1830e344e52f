//! Specifications and files that the tests of issuing begin with, and who judges the chains that
//! come of them.

use std::path::{Path, PathBuf};

use kubepki::pki::issue::{CertificateSpec, self_sign};
use kubepki::pki::key::PrivateKey;
use kubepki::pki::{Certificate, GeneralName, Name};
use time::{Duration, OffsetDateTime};

use crate::support::{succeed, text, tool};

pub(crate) fn lifetime(days: i64) -> (OffsetDateTime, OffsetDateTime) {
    let start = OffsetDateTime::now_utc() - Duration::hours(1);
    (start, start + Duration::days(days))
}

pub(crate) fn name(common_name: &str, groups: &[&str]) -> Name {
    Name::with_groups(common_name, groups).expect("a name")
}

pub(crate) fn root(key: &PrivateKey) -> Certificate {
    self_sign(
        &CertificateSpec::authority(name("kubernetes", &[]), lifetime(3650)),
        key,
    )
    .expect("a root")
}

pub(crate) fn server_names() -> Vec<GeneralName> {
    vec![
        GeneralName::Dns("master-1".into()),
        GeneralName::Dns("*.example.com".into()),
        GeneralName::Ip("10.96.0.1".parse().expect("an address")),
        GeneralName::Ip("fd00::1".parse().expect("an address")),
        GeneralName::Email("pki@example.com".into()),
        GeneralName::Uri("spiffe://cluster.local/ns/a".into()),
        GeneralName::Dns("a.last.name".into()),
    ]
}

pub(crate) fn write(folder: &Path, file: &str, contents: &str) -> PathBuf {
    let path = folder.join(file);
    std::fs::write(&path, contents).expect("writable");
    path
}

/// openssl and certtool accept the chain; `intermediate` may be none.
pub(crate) fn judge(root: &Certificate, intermediate: Option<&Certificate>, leaf: &Certificate) {
    let folder = tempfile::tempdir().expect("a folder");
    let middle = intermediate.map_or_else(String::new, Certificate::to_pem);
    let (ca, untrusted) = (
        write(folder.path(), "ca", &root.to_pem()),
        write(folder.path(), "middle", &middle),
    );
    let certificate = write(folder.path(), "leaf", &leaf.to_pem());
    if let Some(openssl) = tool("openssl") {
        let mut arguments = vec!["verify", "-x509_strict", "-CAfile", text(&ca)];
        if intermediate.is_some() {
            arguments.extend(["-untrusted", text(&untrusted)]);
        }
        arguments.push(text(&certificate));
        succeed(&openssl, &arguments);
    }
    if let Some(certtool) = tool("certtool") {
        let chain = write(
            folder.path(),
            "chain",
            &[leaf.to_pem(), middle, root.to_pem()].concat(),
        );
        let said = succeed(&certtool, &["--verify-chain", "--infile", text(&chain)]);
        assert!(
            said.contains("Chain verification output: Verified"),
            "{said}"
        );
        succeed(&certtool, &["-i", "--infile", text(&certificate)]);
    }
}
