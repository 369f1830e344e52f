//! Renewal: keys that are kept, read by others, missing, mismatched or shared.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use kubepki::plan::RenewRequest;
use kubepki::record::{ChangeAction, KeyChange};

use crate::support::planned::{
    ADMIN, CA, CRT, KEY, left, made_now, mode, paths, pki, warned, write,
};
use crate::support::renewing::{Master, all, items, verify};
use crate::support::{succeed, text, tool};

#[test]
fn a_kept_key_stays_and_a_token_key_must() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(mut master) = Master::sample("kubeadm-1.36-rsa") else {
        return;
    };
    let key = master.content(KEY);
    let plan = master.plan(RenewRequest {
        keep_key: true,
        ..items(&["apiserver", "admin.conf"])
    });
    assert_eq!(paths(&plan), [CRT, ADMIN]);
    assert!(
        plan.summary
            .issues
            .iter()
            .all(|issue| issue.key == KeyChange::Kept)
    );
    let before = String::from_utf8(master.content(ADMIN)).expect("text");
    master.apply(&plan);
    assert_eq!(master.content(KEY), key);
    verify(&openssl, &master.path(CA), &master.path(CRT), "sslserver");
    let after = String::from_utf8(master.content(ADMIN)).expect("text");
    assert_eq!(
        before
            .lines()
            .zip(after.lines())
            .filter(|(old, new)| old != new)
            .count(),
        1
    );
    // Old API servers verify tokens with the key that they serve with.
    let Some(master) = Master::of_zoo("sa-key-is-apiserver-key", &made_now()) else {
        return;
    };
    let refused = master.try_plan(items(&["apiserver"])).expect_err("refused");
    assert!(
        refused.problem.why[0].contains("also a service account key")
            && refused.problem.why[0].contains("--keep-key"),
        "{refused:?}"
    );
    assert!(left(&master.plan(all()), "apiserver").contains("every token would be refused"));
    assert_eq!(
        paths(&master.plan(RenewRequest {
            keep_key: true,
            ..items(&["apiserver"])
        })),
        ["/etc/kubernetes/ssl/kube-apiserver.pem"]
    );
}

#[test]
fn keys_that_others_read_become_private_where_asked() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    fs::set_permissions(master.path(KEY), fs::Permissions::from_mode(0o644)).expect("set");
    master.read();
    let plan = master.plan(items(&["apiserver"]));
    assert!(
        warned(&plan, "has mode 0644: others can read it"),
        "{:?}",
        plan.summary.warnings
    );
    master.apply(&plan);
    assert_eq!(mode(&master.path(KEY)), 0o644);
    let kept = master.plan(RenewRequest {
        tighten_modes: true,
        keep_key: true,
        ..items(&["apiserver"])
    });
    let change = kept
        .changes
        .iter()
        .find(|change| change.path == KEY)
        .expect("a change of its own");
    assert_eq!(
        (change.action(), change.summary.as_str()),
        (ChangeAction::Attributes, "mode 0600")
    );
    let plan = master.plan(RenewRequest {
        tighten_modes: true,
        ..items(&["apiserver"])
    });
    master.apply(&plan);
    assert_eq!(mode(&master.path(KEY)), 0o600);
}

#[test]
fn a_key_that_is_missing_is_made_where_it_belongs() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    // It is named by a flag.
    fs::remove_file(master.path(KEY)).expect("removed");
    master.read();
    let plan = master.plan(items(&["apiserver"]));
    assert_eq!(
        (plan.changes[0].path.as_str(), plan.changes[0].action()),
        (KEY, ChangeAction::Create)
    );
    master.apply(&plan);
    assert_eq!(
        (
            mode(&master.path(KEY)),
            master.item("apiserver").key.matches
        ),
        (0o600, Some(true))
    );
}

const PEER_KEY: &str = "/etc/kubernetes/pki/etcd/peer.key";
const SERVER_KEY: &str = "/etc/kubernetes/pki/etcd/server.key";

#[test]
fn the_key_of_another_certificate_is_put_right() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let other = master.content(SERVER_KEY);
    write(&mut master, PEER_KEY, other);
    assert_eq!(master.item("etcd-peer").key.matches, Some(false));
    assert!(
        master
            .try_plan(RenewRequest {
                keep_key: true,
                ..items(&["etcd-peer"])
            })
            .is_err()
    );
    let plan = master.plan(items(&["etcd-peer"]));
    master.apply(&plan);
    assert_eq!(master.item("etcd-peer").key.matches, Some(true));
}

/// Has etcd's certificate for its peers made for the key of its server, and read with it.
fn share_the_key(openssl: &Path, master: &mut Master) {
    let manifest = "/etc/kubernetes/manifests/etcd.yaml";
    let flags = String::from_utf8(master.content(manifest)).expect("text");
    let shared = flags.replace(
        &format!("--peer-key-file={PEER_KEY}"),
        &format!("--peer-key-file={SERVER_KEY}"),
    );
    write(master, manifest, shared);
    let request = master.folder.path().join("peer.csr");
    let (peer, key) = (master.path(&pki("etcd/peer.crt")), master.path(SERVER_KEY));
    let files = [
        "-in",
        text(&peer),
        "-signkey",
        text(&key),
        "-out",
        text(&request),
    ];
    succeed(
        openssl,
        &[
            &["x509", "-x509toreq", "-copy_extensions", "copyall"],
            &files[..],
        ]
        .concat(),
    );
    let (ca, ca_key) = (
        master.path(&pki("etcd/ca.crt")),
        master.path(&pki("etcd/ca.key")),
    );
    let signer = [
        "-in",
        text(&request),
        "-CA",
        text(&ca),
        "-CAkey",
        text(&ca_key),
        "-out",
        text(&peer),
    ];
    succeed(
        openssl,
        &[
            &["x509", "-req", "-copy_extensions", "copyall", "-days", "99"],
            &signer[..],
        ]
        .concat(),
    );
    master.read();
}

#[test]
fn two_certificates_that_share_a_key_are_renewed_together_or_not() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    share_the_key(&openssl, &mut master);
    let refused = master.try_plan(items(&["etcd-peer"])).expect_err("refused");
    assert!(
        refused.problem.why[0].contains("is also that of etcd-server, which is not renewed"),
        "{refused:?}"
    );
    let plan = master.plan(items(&["etcd-peer", "etcd-server"]));
    assert_eq!(
        paths(&plan)
            .iter()
            .filter(|path| [SERVER_KEY, PEER_KEY].contains(path))
            .count(),
        1
    );
    master.apply(&plan);
    for id in ["etcd-peer", "etcd-server"] {
        let key = &master.item(id).key;
        assert_eq!(
            (key.path.as_deref(), key.matches),
            (Some(SERVER_KEY), Some(true)),
            "{id}"
        );
    }
}
