//! `renew --all` beside `kubeadm certs renew all` on copies of the same master, field by field.

use std::collections::BTreeSet;
use std::path::Path;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::support::changing::{Master, differing};
use crate::support::judges::{kubectl_reads, openssl_accepts, pair_in, renew, undone};
use crate::support::{succeed, text, tool};

/// What a certificate is beside its dates, serial number and key, as openssl says.
fn identity(openssl: &Path, file: &Path) -> String {
    let said = succeed(
        openssl,
        &[
            "x509",
            "-noout",
            "-in",
            text(file),
            "-subject",
            "-issuer",
            "-nameopt",
            "RFC2253",
            "-ext",
            "keyUsage,extendedKeyUsage,subjectAltName,basicConstraints,authorityKeyIdentifier",
        ],
    );
    // kubeadm writes the names in the order of its configuration of that day.
    let lines = said.lines().map(|line| {
        let mut names: Vec<&str> = line.trim().split(", ").collect();
        names.sort_unstable();
        names.join(", ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn days(openssl: &Path, file: &Path) -> i64 {
    let said = succeed(
        openssl,
        &[
            "x509",
            "-noout",
            "-dates",
            "-dateopt",
            "iso_8601",
            "-in",
            text(file),
        ],
    );
    let date = |name: &str| {
        let value = said
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .expect("a date");
        OffsetDateTime::parse(&value.replace(' ', "T"), &Rfc3339).expect("a date")
    };
    (date("notAfter=") - date("notBefore=")).whole_days()
}

fn key_algorithm(openssl: &Path, file: &Path) -> String {
    let said = succeed(openssl, &["x509", "-noout", "-text", "-in", text(file)]);
    let line = |name: &str| {
        said.lines()
            .find_map(|line| line.trim().strip_prefix(name).map(ToOwned::to_owned))
    };
    format!(
        "{} {}",
        line("Public Key Algorithm: ").expect("an algorithm"),
        line("Public-Key: ").expect("a size")
    )
}

/// A certificate, alone or in a kubeconfig, is for the same, and as long as kubeadm's to the day.
/// The kind of its key.
fn same_but_for_the_key(openssl: &Path, path: &str, master: &Master, kubeadm: &Master) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let of = |master: &Master, to: &str| {
        pair_in(master, path, path, &folder.path().join(to)).certificate
    };
    let (ours, theirs) = (of(master, "ours"), of(kubeadm, "theirs"));
    assert_eq!(
        identity(openssl, &ours),
        identity(openssl, &theirs),
        "{path}"
    );
    assert!(
        (days(openssl, &ours) - days(openssl, &theirs)).abs() <= 1,
        "{path}"
    );
    key_algorithm(openssl, &ours)
}

/// kubeadm's own renewal of the same master is the judge. What differs is meant to:
/// - an ECDSA master keeps ECDSA keys, where kubeadm without a cluster to ask makes RSA-2048;
/// - kubelet.conf is renewed too, which kubeadm leaves to the kubelet;
/// - a kubeconfig keeps every byte but the new values, where kubeadm writes it anew;
/// - old files are kept, in the state folder.
#[test]
fn all_renewed_as_kubeadm_does() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    for (name, algorithm) in [("kubeadm-1.36-rsa", "RSA"), ("kubeadm-1.36-ecdsa", "ECDSA")] {
        let (Some(master), Some(kubeadm)) = (
            Master::sample(name),
            Master::sample(&format!("{name}-renewed")),
        ) else {
            return;
        };
        let before = master.tree();
        let operation = renew(&master, "--all");
        assert_eq!(openssl_accepts(&openssl, &master, &operation).len(), 12);
        let after = master.tree();
        let changed: Vec<String> = differing(&before, &after);
        let theirs: Vec<String> = differing(&before, &kubeadm.tree());
        let only_ours: Vec<&String> = changed
            .iter()
            .filter(|path| !theirs.contains(path))
            .collect();
        assert_eq!(only_ours, ["etc/kubernetes/kubelet.conf"], "{name}");
        assert!(
            theirs
                .iter()
                .all(|path| changed.contains(path) || !path.starts_with("etc/")),
            "{theirs:?}"
        );
        for path in changed.iter().map(Path::new) {
            assert_eq!(
                (after[path].mode, after[path].owner),
                (before[path].mode, before[path].owner),
                "{path:?}"
            );
        }
        let signature = if algorithm == "RSA" {
            "rsaEncryption (2048"
        } else {
            "id-ecPublicKey (256"
        };
        for path in changed.iter().filter(|path| !has_ending(path, "key")) {
            let ours = same_but_for_the_key(&openssl, path, &master, &kubeadm);
            assert!(ours.contains(signature), "{ours}");
        }
        for path in changed.iter().filter(|path| has_ending(path, "conf")) {
            assert_only_credentials_differ(
                path,
                &before[Path::new(path)].content,
                &after[Path::new(path)].content,
            );
        }
        assert!(kubectl_reads(&master) >= 5);
        undone(&master, &before);
    }
}

fn has_ending(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|own| own == ending)
}

/// Line by line the same, but for the values of the two fields.
fn assert_only_credentials_differ(path: &str, before: &[u8], after: &[u8]) {
    let lines = |bytes: &[u8]| -> Vec<String> {
        String::from_utf8_lossy(bytes)
            .split('\n')
            .map(ToOwned::to_owned)
            .collect()
    };
    let (before, after) = (lines(before), lines(after));
    assert_eq!(before.len(), after.len(), "{path}");
    let mut replaced = BTreeSet::new();
    for (old, new) in before.iter().zip(&after).filter(|(old, new)| old != new) {
        let (old, new) = (
            old.split_once(": ").expect("a field"),
            new.split_once(": ").expect("a field"),
        );
        assert_eq!(old.0, new.0, "{path}");
        replaced.insert(old.0.trim());
    }
    assert_eq!(
        replaced.into_iter().collect::<Vec<_>>(),
        ["client-certificate-data", "client-key-data"],
        "{path}"
    );
}
