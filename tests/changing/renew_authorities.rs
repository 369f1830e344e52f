//! Renewal: CAs that stand in the way, each with its reason.

use std::fs;
use std::path::Path;

use kubepki::engine::change::FailureKind;
use kubepki::pki::Secret;
use kubepki::plan::{Passphrase, RenewRequest};
use time::Duration;

use crate::support::planned::{CA, CA_KEY, CRT, made_now, warned};
use crate::support::renewing::{Master, due, items, verify};
use crate::support::{succeed, text, tool};

#[test]
fn a_dead_authority_refuses_and_one_that_ends_first_is_named() {
    let Some(mut master) = Master::sample("kubeadm-1.36-rsa") else {
        return;
    };
    let end = master
        .item("ca")
        .certificate()
        .expect("a certificate")
        .not_after();
    master.moment = end - Duration::days(10);
    let plan = master.plan(due());
    let issue = plan
        .summary
        .issues
        .iter()
        .find(|issue| issue.id == "apiserver")
        .expect("it is due");
    assert_eq!(issue.after.not_after(), end);
    assert!(
        warned(&plan, "the CA ca ends first"),
        "{:?}",
        plan.summary.warnings
    );
    assert!(plan.summary.ask().is_some());
    master.moment = end + Duration::days(1);
    let refused = master.try_plan(items(&["apiserver"])).expect_err("refused");
    assert!(
        refused.problem.why[0].starts_with("the CA kubernetes expired on"),
        "{refused:?}"
    );
    let refused = master
        .try_plan(due())
        .expect_err("what is dead and stays so is not nothing");
    let is_named =
        |why: &String| why.contains("apiserver") && why.contains(": the CA kubernetes expired on");
    assert!(
        refused.problem.what.contains("expired") && refused.problem.why.iter().any(is_named),
        "{refused:?}"
    );
    let begin = master
        .item("ca")
        .certificate()
        .expect("a certificate")
        .not_before();
    master.moment = begin - Duration::days(1);
    let refused = master.try_plan(items(&["apiserver"])).expect_err("refused");
    assert!(
        refused.problem.why[0].contains("and the clock says"),
        "{refused:?}"
    );
}

fn encrypt(openssl: &Path, master: &Master, key: &str, passphrase: &str) {
    let (opened, key) = (master.folder.path().join("plain.key"), master.path(key));
    fs::rename(&key, &opened).expect("moved");
    let pass = format!("pass:{passphrase}");
    let cipher = [
        "-topk8",
        "-v2",
        "aes-256-cbc",
        "-v2prf",
        "hmacWithSHA256",
        "-passout",
        &pass,
    ];
    succeed(
        openssl,
        &[
            &["pkcs8", "-in", text(&opened), "-out", text(&key)],
            &cipher[..],
        ]
        .concat(),
    );
}

#[test]
fn two_encrypted_authorities_ask_once_each() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let keys = [
        (CA_KEY, "open sesame"),
        ("/etc/kubernetes/pki/etcd/ca.key", "mellon"),
    ];
    for (key, passphrase) in keys {
        encrypt(&openssl, &master, key, passphrase);
    }
    master.read();
    let mut request = items(&["apiserver", "etcd-server", "apiserver-etcd-client"]);
    for _ in keys {
        let refused = master.try_plan(request.clone()).expect_err("refused");
        let FailureKind::Passphrase { path, wrong: false } = refused.kind else {
            panic!("{refused:?}")
        };
        let (_, word) = keys
            .iter()
            .find(|(key, _)| *key == path)
            .expect("one of them");
        let text = Secret::new(word.as_bytes().to_vec());
        request.passphrases.push(Passphrase {
            asked_for: Some(path),
            text,
        });
    }
    assert_eq!(master.plan(request.clone()).summary.issues.len(), 3);
    let Some(first) = request.passphrases.first_mut() else {
        return;
    };
    first.text = Secret::new(b"wrong".to_vec());
    let refused = master.try_plan(request).expect_err("refused");
    assert!(
        matches!(refused.kind, FailureKind::Passphrase { wrong: true, .. }),
        "{refused:?}"
    );
}

#[test]
fn an_encrypted_authority_asks_for_its_passphrase() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    encrypt(&openssl, &master, CA_KEY, "open sesame");
    master.read();
    let passphrase = |word: &str| {
        vec![Passphrase {
            asked_for: None,
            text: Secret::new(word.as_bytes().to_vec()),
        }]
    };
    for (given, wrong) in [(Vec::new(), false), (passphrase("wrong"), true)] {
        let refused = master
            .try_plan(RenewRequest {
                passphrases: given,
                ..items(&["apiserver"])
            })
            .expect_err("refused");
        assert_eq!(
            refused.kind,
            FailureKind::Passphrase {
                path: CA_KEY.to_owned(),
                wrong
            }
        );
    }
    let plan = master.plan(RenewRequest {
        passphrases: passphrase("open sesame"),
        ..items(&["apiserver"])
    });
    assert!(!format!("{plan:?}").contains("sesame"));
    master.apply(&plan);
    verify(&openssl, &master.path(CA), &master.path(CRT), "sslserver");
}

#[test]
fn another_authority_signs_only_where_it_is_asked() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(mut master) = Master::of_zoo("issuer-etcd-client-by-cluster-ca", &made_now()) else {
        return;
    };
    let etcd_client = "/etc/kubernetes/pki/apiserver-etcd-client.crt";
    let plan = master.plan(items(&["apiserver-etcd-client"]));
    assert_eq!(plan.summary.issues[0].authority, "ca");
    assert!(
        warned(&plan, "its role apiserver-etcd-client wants etcd-ca"),
        "{:?}",
        plan.summary.warnings
    );
    let plan = master.plan(RenewRequest {
        to_specification: true,
        ..items(&["apiserver-etcd-client"])
    });
    assert_eq!(plan.summary.issues[0].authority, "etcd-ca");
    master.apply(&plan);
    verify(
        &openssl,
        &master.path("/etc/kubernetes/pki/etcd/ca.crt"),
        &master.path(etcd_client),
        "sslclient",
    );
    // A certificate of a public CA is nobody's to replace unless somebody says so.
    let Some(master) = Master::of_zoo("expired-sni-pair", &made_now()) else {
        return;
    };
    let why = "no CA here has signed it: renew it by name to have ca sign it";
    let refused = master
        .try_plan(due())
        .expect_err("it has expired, and stays so");
    assert_eq!(refused.problem.why, [format!("apiserver-sni: {why}")]);
    let plan = master.plan(items(&["apiserver-sni"]));
    assert!(
        plan.summary
            .ask()
            .as_deref()
            .is_some_and(|ask| ask.contains("no CA here has signed"))
    );
}
