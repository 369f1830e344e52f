//! Renewal: CAs, keys and dates that stand in the way, each with its reason.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use kubepki::engine::change::FailureKind;
use kubepki::pki::Secret;
use kubepki::plan::{Passphrase, RenewRequest};
use kubepki::record::{ChangeAction, KeyChange};
use time::{Duration, OffsetDateTime};

use crate::support::planned::{ADMIN, CA, CA_KEY, CRT, KEY, left, made_now, paths, warned, write};
use crate::support::renewing::{Master, all, due, items, verify};
use crate::support::{succeed, text, tool};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o7777
}

#[test]
fn a_dead_authority_refuses_and_one_that_ends_first_is_named() {
    let Some(mut master) = Master::sample("kubeadm-1.36-rsa") else { return };
    let end = master.item("ca").certificate().expect("a certificate").not_after();
    master.moment = end - Duration::days(10);
    let plan = master.plan(due());
    let issue = plan.summary.issues.iter().find(|issue| issue.id == "apiserver").expect("it is due");
    assert_eq!(issue.after.not_after(), end);
    assert!(warned(&plan, "the CA ca ends first"), "{:?}", plan.summary.warnings);
    assert!(plan.summary.ask().is_some());
    master.moment = end + Duration::days(1);
    let refused = master.try_plan(items(&["apiserver"])).expect_err("refused");
    assert!(refused.problem.why[0].starts_with("the CA kubernetes expired on"), "{refused:?}");
    let refused = master.try_plan(due()).expect_err("what is dead and stays so is not nothing");
    let is_named = |why: &String| why.contains("apiserver") && why.contains(": the CA kubernetes expired on");
    assert!(refused.problem.what.contains("expired") && refused.problem.why.iter().any(is_named), "{refused:?}");
    let begin = master.item("ca").certificate().expect("a certificate").not_before();
    master.moment = begin - Duration::days(1);
    let refused = master.try_plan(items(&["apiserver"])).expect_err("refused");
    assert!(refused.problem.why[0].contains("and the clock says"), "{refused:?}");
}

#[test]
fn a_clock_that_was_set_back_is_noticed() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else { return };
    master.moment = OffsetDateTime::now_utc();
    let plan = master.plan(items(&["scheduler.conf"]));
    assert!(!warned(&plan, "set back"), "{:?}", plan.summary.warnings);
    master.apply(&plan);
    master.moment = OffsetDateTime::now_utc() - Duration::seconds(1);
    let soon = master.plan(items(&["apiserver"]));
    assert!(!warned(&soon, "set back"), "two changes in one second: {:?}", soon.summary.warnings);
    master.moment -= Duration::hours(3);
    let back = master.plan(items(&["apiserver"]));
    assert!(
        warned(&back, "scheduler.conf is valid from") || warned(&back, "the last change here"),
        "{:?}",
        back.summary.warnings
    );
    assert!(back.summary.ask().as_deref().is_some_and(|ask| ask.contains("is it set back?")));
}

fn encrypt(openssl: &Path, master: &Master, key: &str, passphrase: &str) {
    let (opened, key) = (master.folder.path().join("plain.key"), master.path(key));
    fs::rename(&key, &opened).expect("moved");
    let pass = format!("pass:{passphrase}");
    let cipher = ["-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-passout", &pass];
    succeed(openssl, &[&["pkcs8", "-in", text(&opened), "-out", text(&key)], &cipher[..]].concat());
}

#[test]
fn two_encrypted_authorities_ask_once_each() {
    let Some(openssl) = tool("openssl") else { return };
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else { return };
    let keys = [(CA_KEY, "open sesame"), ("/etc/kubernetes/pki/etcd/ca.key", "mellon")];
    for (key, passphrase) in keys {
        encrypt(&openssl, &master, key, passphrase);
    }
    master.read();
    let mut request = items(&["apiserver", "etcd-server", "apiserver-etcd-client"]);
    for _ in keys {
        let refused = master.try_plan(request.clone()).expect_err("refused");
        let FailureKind::Passphrase { path, wrong: false } = refused.kind else { panic!("{refused:?}") };
        let (_, word) = keys.iter().find(|(key, _)| *key == path).expect("one of them");
        let text = Secret::new(word.as_bytes().to_vec());
        request.passphrases.push(Passphrase { asked_for: Some(path), text });
    }
    assert_eq!(master.plan(request.clone()).summary.issues.len(), 3);
    let Some(first) = request.passphrases.first_mut() else { return };
    first.text = Secret::new(b"wrong".to_vec());
    let refused = master.try_plan(request).expect_err("refused");
    assert!(matches!(refused.kind, FailureKind::Passphrase { wrong: true, .. }), "{refused:?}");
}

#[test]
fn an_encrypted_authority_asks_for_its_passphrase() {
    let Some(openssl) = tool("openssl") else { return };
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else { return };
    encrypt(&openssl, &master, CA_KEY, "open sesame");
    master.read();
    let passphrase = |word: &str| vec![Passphrase { asked_for: None, text: Secret::new(word.as_bytes().to_vec()) }];
    for (given, wrong) in [(Vec::new(), false), (passphrase("wrong"), true)] {
        let refused =
            master.try_plan(RenewRequest { passphrases: given, ..items(&["apiserver"]) }).expect_err("refused");
        assert_eq!(refused.kind, FailureKind::Passphrase { path: CA_KEY.to_owned(), wrong });
    }
    let plan = master.plan(RenewRequest { passphrases: passphrase("open sesame"), ..items(&["apiserver"]) });
    assert!(!format!("{plan:?}").contains("sesame"));
    master.apply(&plan);
    verify(&openssl, &master.path(CA), &master.path(CRT), "sslserver");
}

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
fn another_authority_signs_only_where_it_is_asked() {
    let Some(openssl) = tool("openssl") else { return };
    let Some(mut master) = Master::of_zoo("issuer-etcd-client-by-cluster-ca", &made_now()) else { return };
    let etcd_client = "/etc/kubernetes/pki/apiserver-etcd-client.crt";
    let plan = master.plan(items(&["apiserver-etcd-client"]));
    assert_eq!(plan.summary.issues[0].authority, "ca");
    assert!(warned(&plan, "its role apiserver-etcd-client wants etcd-ca"), "{:?}", plan.summary.warnings);
    let plan = master.plan(RenewRequest { to_specification: true, ..items(&["apiserver-etcd-client"]) });
    assert_eq!(plan.summary.issues[0].authority, "etcd-ca");
    master.apply(&plan);
    verify(&openssl, &master.path("/etc/kubernetes/pki/etcd/ca.crt"), &master.path(etcd_client), "sslclient");
    // A certificate of a public CA is nobody's to replace unless somebody says so.
    let Some(master) = Master::of_zoo("expired-sni-pair", &made_now()) else { return };
    let why = "no CA here has signed it: renew it by name to have ca sign it";
    let refused = master.try_plan(due()).expect_err("it has expired, and stays so");
    assert_eq!(refused.problem.why, [format!("apiserver-sni: {why}")]);
    let plan = master.plan(items(&["apiserver-sni"]));
    assert!(plan.summary.ask().as_deref().is_some_and(|ask| ask.contains("no CA here has signed")));
}

#[test]
fn a_lifetime_is_asked_for_or_set_or_usual() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else { return };
    let end = |master: &Master, request: RenewRequest| {
        let plan = master.plan(request);
        (plan.summary.issues[0].after.not_after() - master.moment).whole_seconds().div_euclid(3600)
    };
    assert_eq!(end(&master, items(&["apiserver"])), 365 * 24 - 1);
    master.settings.lifetime_days = Some(200);
    assert_eq!(end(&master, items(&["apiserver"])), 200 * 24 - 1);
    let short = RenewRequest { days: Some(7), ..items(&["apiserver"]) };
    assert_eq!(end(&master, short.clone()), 7 * 24 - 1);
    assert!(warned(&master.plan(short), "apiserver is shortened: the old one lives until"));
    assert!(master.try_plan(RenewRequest { days: Some(0), ..items(&["apiserver"]) }).is_err());
    let longest = master.plan(RenewRequest { days: Some(u32::MAX / 2000), ..items(&["apiserver"]) });
    assert!(warned(&longest, "the CA ca ends first"));
    assert!(master.try_plan(RenewRequest { days: Some(u32::MAX), ..items(&["apiserver"]) }).is_err());
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
