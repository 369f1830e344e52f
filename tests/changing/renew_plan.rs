//! Renewal: which files change and which bytes of them, and what is not touched, judged by openssl.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubepki::engine::change::FailureKind;
use kubepki::record::{IssueSummary, KeyChange};
use time::Duration;

use crate::support::planned::{assert_pair, pki};
use crate::support::renewing::{Master, all, due, identity, items, verify};
use crate::support::tool;

/// The leaves of kubeadm: file, CA, purpose for openssl.
const LEAFS: [(&str, &str, &str); 7] = [
    ("apiserver", "ca", "sslserver"),
    ("apiserver-kubelet-client", "ca", "sslclient"),
    ("front-proxy-client", "front-proxy-ca", "sslclient"),
    ("apiserver-etcd-client", "etcd/ca", "sslclient"),
    ("etcd/server", "etcd/ca", "sslserver"),
    ("etcd/peer", "etcd/ca", "sslclient"),
    ("etcd/healthcheck-client", "etcd/ca", "sslclient"),
];

const KUBECONFIGS: [&str; 5] = [
    "admin",
    "super-admin",
    "controller-manager",
    "scheduler",
    "kubelet",
];

#[test]
fn what_is_not_touched_is_named() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let backup = master.path("/etc/kubernetes/pki.bak");
    fs::create_dir_all(&backup).expect("made");
    fs::copy(
        master.path(&pki("apiserver.crt")),
        backup.join("apiserver.crt"),
    )
    .expect("copied");
    fs::remove_file(master.path(&pki("front-proxy-ca.key"))).expect("removed");
    master.read();
    let plan = master.plan(all());
    let left = |what: &str| {
        let found = plan
            .summary
            .left_alone
            .iter()
            .find(|left| left.what == what);
        found
            .unwrap_or_else(|| panic!("{what}: {:?}", plan.summary.left_alone))
            .why
            .clone()
    };
    for (what, why) in [
        ("ca", "a CA:"),
        ("etcd-ca", "a CA:"),
        ("/etc/kubernetes/pki/sa.key", "a service account key:"),
        ("/etc/kubernetes/pki.bak/apiserver.crt", "nothing uses it:"),
        (
            "front-proxy-client",
            "the key of the CA front-proxy-ca is not on this master",
        ),
    ] {
        assert!(left(what).starts_with(why), "{what}: {}", left(what));
    }
    assert!(
        plan.changes
            .iter()
            .all(|change| !change.path.contains("front-proxy") && !change.path.contains("pki.bak"))
    );
    assert_refused_without_its_authority(&master);
    for id in ["ca", "nothing"] {
        assert!(master.try_plan(items(&[id])).is_err(), "{id}");
    }
    let nothing = master.plan(due());
    assert_eq!(
        (nothing.summary.title.as_str(), nothing.changes.len()),
        ("Nothing is due", 0)
    );
}

/// The front proxy's client, by its name, where the key of its CA is gone.
fn assert_refused_without_its_authority(master: &Master) {
    let refused = master
        .try_plan(items(&["front-proxy-client"]))
        .expect_err("refused");
    assert_eq!(
        (refused.kind, refused.problem.what.as_str()),
        (FailureKind::Refused, "front-proxy-client cannot be renewed")
    );
    assert!(
        refused.problem.why[0].contains("the key of the CA front-proxy-ca is not on this master"),
        "{:?}",
        refused.problem.why
    );
}

/// A leaf of [`LEAFS`] has a new key, as it had the old one, and is who it was to openssl.
fn stays_who_it_was(
    openssl: &Path,
    before: &Master,
    after: &Master,
    (name, authority, purpose): (&str, &str, &str),
) {
    let (crt, key) = (pki(&format!("{name}.crt")), pki(&format!("{name}.key")));
    verify(
        openssl,
        &after.path(&pki(&format!("{authority}.crt"))),
        &after.path(&crt),
        purpose,
    );
    assert_eq!(
        identity(openssl, &after.path(&crt)),
        identity(openssl, &before.path(&crt)),
        "{name}"
    );
    assert_ne!(after.content(&key), before.content(&key), "{name}");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode();
    assert_eq!(mode(&after.path(&key)), mode(&before.path(&key)), "{name}");
    let first_line = |content: Vec<u8>| {
        String::from_utf8_lossy(&content)
            .lines()
            .next()
            .map(str::to_owned)
    };
    assert_eq!(
        first_line(after.content(&key)),
        first_line(before.content(&key)),
        "{name}"
    );
    assert_pair(openssl, &after.path(&crt), &after.path(&key));
}

/// What was issued lives for a year from now on, with a new key of this kind.
fn is_new(master: &Master, issue: &IssueSummary, algorithm: &str) {
    let details = issue.after.details();
    let key = details.key_algorithm.to_string();
    assert_eq!(
        (key.as_str(), issue.key),
        (algorithm, KeyChange::New),
        "{}",
        issue.id
    );
    let end = (master.moment + Duration::days(365))
        .replace_nanosecond(0)
        .expect("a second");
    assert_eq!(details.not_after, end);
    assert!(
        details.not_before >= (master.moment - Duration::seconds(301)),
        "{}",
        issue.id
    );
}

#[test]
fn every_leaf_of_kubeadm_is_renewed_and_stays_who_it_was() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    for (sample, algorithm) in [
        ("kubeadm-1.36-rsa", "RSA-2048"),
        ("kubeadm-1.36-ecdsa", "ECDSA-P256"),
    ] {
        let Some(mut master) = Master::sample(sample) else {
            return;
        };
        let before = Master::sample(sample).expect("unpacked before");
        let plan = master.plan(all());
        assert_eq!(plan.changes.len(), 19);
        assert_eq!(plan.summary.issues.len(), 12);
        master.apply(&plan);
        for leaf in LEAFS {
            stays_who_it_was(&openssl, &before, &master, leaf);
        }
        for issue in &plan.summary.issues {
            is_new(&master, issue, algorithm);
        }
        kubeconfigs_differ_only_where_meant(&openssl, &before, &master);
    }
}

/// Two lines of each, and in them valid data.
fn kubeconfigs_differ_only_where_meant(openssl: &Path, before: &Master, after: &Master) {
    for name in KUBECONFIGS {
        let path = format!("/etc/kubernetes/{name}.conf");
        let (old, new) = (before.content(&path), after.content(&path));
        let (old, new) = (
            String::from_utf8(old).expect("text"),
            String::from_utf8(new).expect("text"),
        );
        assert_eq!(old.lines().count(), new.lines().count(), "{name}");
        let differing: Vec<(&str, &str)> = old
            .lines()
            .zip(new.lines())
            .filter(|(old, new)| old != new)
            .collect();
        let fields: Vec<&str> = differing
            .iter()
            .map(|(_, new)| new.trim().split(':').next().unwrap_or_default())
            .collect();
        assert_eq!(
            fields,
            ["client-certificate-data", "client-key-data"],
            "{name}"
        );
        let folder = after.folder.path();
        let data = |line: &str| {
            STANDARD
                .decode(line.split(": ").nth(1).expect("a value").trim())
                .expect("base64")
        };
        fs::write(folder.join("crt"), data(differing[0].1)).expect("written");
        fs::write(folder.join("old"), data(differing[0].0)).expect("written");
        fs::write(folder.join("key"), data(differing[1].1)).expect("written");
        assert_pair(openssl, &folder.join("crt"), &folder.join("key"));
        verify(
            openssl,
            &after.path(&pki("ca.crt")),
            &folder.join("crt"),
            "sslclient",
        );
        assert_eq!(
            identity(openssl, &folder.join("crt")),
            identity(openssl, &folder.join("old")),
            "{name}"
        );
    }
}
