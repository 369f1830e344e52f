//! Renewal: the commands that do the same by hand.

use std::path::Path;

use kubepki::plan::{Plan, RenewRequest, SanChange};

use crate::support::planned::{CA, CRT, write};
use crate::support::renewing::{Master, all, identity, items, verify};
use crate::support::{succeed, text, tool};

/// Nothing of this machine's own is named, and nothing of it restarted.
fn touches_the_root_alone(script: &str, root: &Path) {
    let lines = || script.lines().filter(|line| !line.starts_with('#'));
    assert!(
        lines().any(|line| line == format!("root={}", text(root))),
        "{script}"
    );
    assert!(
        !lines().any(|line| line.replace("\"$root\"/etc/", "").contains("/etc/")),
        "{script}"
    );
    assert!(
        !lines().any(|line| line.contains("crictl") || line.contains("systemctl")),
        "{script}"
    );
}

/// Each certificate of the plan was made anew, for the same subject and with its key.
fn all_is_made(master: &Master, plan: &Plan) {
    for issue in &plan.summary.issues {
        let item = master.item(&issue.id);
        let new = item.certificate().expect("a certificate");
        assert_ne!(
            Some(new.sha256()),
            issue.before.as_ref().map(kubepki::pki::Certificate::sha256),
            "{}",
            issue.id
        );
        assert_eq!(new.subject_der(), issue.after.subject_der(), "{}", issue.id);
        assert_eq!(item.key.matches, Some(true), "{}", issue.id);
    }
}

#[test]
fn the_commands_do_the_same() {
    let (Some(openssl), Some(bash)) = (tool("openssl"), tool("bash")) else {
        return;
    };
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let leaf = [master.content(CRT), master.content(CA)].concat();
    write(&mut master, CRT, leaf);
    let has_kubectl = tool("kubectl").is_some();
    let request = if has_kubectl {
        all()
    } else {
        items(&["apiserver", "etcd-peer", "front-proxy-client"])
    };
    let plan = master.plan(RenewRequest {
        sans: vec![SanChange::Add("new.example.com".to_owned())],
        ..request
    });
    let script = plan.summary.commands.join("\n");
    succeed(&bash, &["-n", "-c", &script]);
    let peer = master.path("/etc/kubernetes/pki/etcd/peer.crt");
    let before = identity(&openssl, &peer);
    touches_the_root_alone(&script, &master.root);
    succeed(
        &bash,
        &[
            "-c",
            &format!("HOME={}; {script}", text(master.folder.path())),
        ],
    );
    master.read();
    verify(&openssl, &master.path(CA), &master.path(CRT), "sslserver");
    let said = succeed(
        &openssl,
        &[
            "x509",
            "-in",
            text(&master.path(CRT)),
            "-noout",
            "-ext",
            "subjectAltName",
        ],
    );
    assert!(
        said.contains("DNS:new.example.com") && said.contains("DNS:kubernetes.default.svc"),
        "{said}"
    );
    assert!(master.content(CRT).ends_with(&master.content(CA)));
    let after = identity(&openssl, &peer);
    let stays = |line: &String| after.contains(line) || line.contains("DNS:");
    assert!(before.iter().all(stays), "{before:?} {after:?}");
    all_is_made(&master, &plan);
}
