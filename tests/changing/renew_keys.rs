//! Renewal: keys that are kept, read by others, missing, mismatched or shared.

use std::fs::{self};
use std::os::unix::fs::PermissionsExt as _;

use kubepki::plan::RenewRequest;
use kubepki::record::{ChangeAction, KeyChange};

use crate::support::planned::{ADMIN, CA, CRT, KEY, left, made_now, mode, paths, warned, write};
use crate::support::renewing::{Master, all, items, verify};
use crate::support::{succeed, text, tool};

#[test]
fn a_kept_key_stays_and_a_token_key_must() {
    let Some(openssl) = tool("openssl") else { return };
    let Some(mut master) = Master::sample("kubeadm-1.36-rsa") else { return };
    let key = master.content(KEY);
    let plan = master.plan(RenewRequest { keep_key: true, ..items(&["apiserver", "admin.conf"]) });
    assert_eq!(paths(&plan), [CRT, ADMIN]);
    assert!(plan.summary.issues.iter().all(|issue| issue.key == KeyChange::Kept));
    let before = String::from_utf8(master.content(ADMIN)).expect("text");
    master.apply(&plan);
    assert_eq!(master.content(KEY), key);
    verify(&openssl, &master.path(CA), &master.path(CRT), "sslserver");
    let after = String::from_utf8(master.content(ADMIN)).expect("text");
    assert_eq!(before.lines().zip(after.lines()).filter(|(old, new)| old != new).count(), 1);
    // Old API servers verify tokens with the key that they serve with.
    let Some(master) = Master::of_zoo("sa-key-is-apiserver-key", &made_now()) else { return };
    let refused = master.try_plan(items(&["apiserver"])).expect_err("refused");
    assert!(
        refused.problem.why[0].contains("also a service account key") && refused.problem.why[0].contains("--keep-key"),
        "{refused:?}"
    );
    assert!(left(&master.plan(all()), "apiserver").contains("every token would be refused"));
    assert_eq!(
        paths(&master.plan(RenewRequest { keep_key: true, ..items(&["apiserver"]) })),
        ["/etc/kubernetes/ssl/kube-apiserver.pem"]
    );
}

#[test]
fn keys_that_others_read_become_private_where_asked() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else { return };
    fs::set_permissions(master.path(KEY), fs::Permissions::from_mode(0o644)).expect("set");
    master.read();
    let plan = master.plan(items(&["apiserver"]));
    assert!(warned(&plan, "has mode 0644: others can read it"), "{:?}", plan.summary.warnings);
    master.apply(&plan);
    assert_eq!(mode(&master.path(KEY)), 0o644);
    let kept = master.plan(RenewRequest { tighten_modes: true, keep_key: true, ..items(&["apiserver"]) });
    let change = kept.changes.iter().find(|change| change.path == KEY).expect("a change of its own");
    assert_eq!((change.action(), change.summary.as_str()), (ChangeAction::Attributes, "mode 0600"));
    let plan = master.plan(RenewRequest { tighten_modes: true, ..items(&["apiserver"]) });
    master.apply(&plan);
    assert_eq!(mode(&master.path(KEY)), 0o600);
}

#[test]
fn keys_that_are_missing_mismatched_or_shared_are_put_right() {
    let Some(openssl) = tool("openssl") else { return };
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else { return };
    // Missing: named by a flag, so a new one is made where it belongs.
    fs::remove_file(master.path(KEY)).expect("removed");
    master.read();
    let plan = master.plan(items(&["apiserver"]));
    assert_eq!((plan.changes[0].path.as_str(), plan.changes[0].action()), (KEY, ChangeAction::Create));
    master.apply(&plan);
    assert_eq!((mode(&master.path(KEY)), master.item("apiserver").key.matches), (0o600, Some(true)));
    // Another certificate's key.
    let (peer, server) = ("/etc/kubernetes/pki/etcd/peer.key", "/etc/kubernetes/pki/etcd/server.key");
    let other = master.content(server);
    write(&mut master, peer, other);
    assert_eq!(master.item("etcd-peer").key.matches, Some(false));
    assert!(master.try_plan(RenewRequest { keep_key: true, ..items(&["etcd-peer"]) }).is_err());
    let plan = master.plan(items(&["etcd-peer"]));
    master.apply(&plan);
    assert_eq!(master.item("etcd-peer").key.matches, Some(true));
    // One key file for two certificates: both or none.
    let manifest = "/etc/kubernetes/manifests/etcd.yaml";
    let flags = String::from_utf8(master.content(manifest)).expect("text");
    write(
        &mut master,
        manifest,
        flags.replace("--peer-key-file=/etc/kubernetes/pki/etcd/peer.key", &format!("--peer-key-file={server}")),
    );
    let (crt, ca) = ("/etc/kubernetes/pki/etcd/peer.crt", "/etc/kubernetes/pki/etcd/ca");
    let request = master.folder.path().join("peer.csr");
    let (old, key) = (master.path(crt), master.path(server));
    let files = ["-in", text(&old), "-signkey", text(&key), "-out", text(&request)];
    succeed(&openssl, &[&["x509", "-x509toreq", "-copy_extensions", "copyall"], &files[..]].concat());
    let (ca_crt, ca_key) = (master.path(&format!("{ca}.crt")), master.path(&format!("{ca}.key")));
    let signer = ["-in", text(&request), "-CA", text(&ca_crt), "-CAkey", text(&ca_key), "-out", text(&old)];
    succeed(&openssl, &[&["x509", "-req", "-copy_extensions", "copyall", "-days", "99"], &signer[..]].concat());
    master.read();
    let refused = master.try_plan(items(&["etcd-peer"])).expect_err("refused");
    assert!(refused.problem.why[0].contains("is also that of etcd-server, which is not renewed"), "{refused:?}");
    let plan = master.plan(items(&["etcd-peer", "etcd-server"]));
    assert_eq!(paths(&plan).iter().filter(|path| **path == server || **path == peer).count(), 1);
    master.apply(&plan);
    for id in ["etcd-peer", "etcd-server"] {
        assert_eq!(
            (master.item(id).key.path.as_deref(), master.item(id).key.matches),
            (Some(server), Some(true)),
            "{id}"
        );
    }
}
