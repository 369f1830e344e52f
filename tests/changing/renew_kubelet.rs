//! Renewal: the kubelet, which has its certificate in a file of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use kubepki::record::{ChangeAction, PathState};
use time::Duration;

use crate::support::planned::{CA, assert_pair, made_now, paths, pki};
use crate::support::renewing::{Master, due, items, verify};
use crate::support::{succeed, text, tool};

/// Five hundred days before these tests are read: all leaves of such a master are dead, its CAs are not.
fn long_ago() -> String {
    let date = (time::OffsetDateTime::now_utc() - Duration::days(500)).date();
    format!("{date}T00:00:00Z")
}

#[test]
fn a_dead_master_is_renewed_with_its_kubelet() {
    let Some(openssl) = tool("openssl") else { return };
    let Some(mut master) = Master::of_zoo("healthy-ecdsa-136", &long_ago()) else { return };
    let plan = master.plan(due());
    assert!(plan.summary.ask().is_some());
    let required: Vec<&str> = plan.summary.must_restart().map(|restart| restart.component.as_str()).collect();
    assert_eq!(required, ["kubelet", "kube-controller-manager", "kube-scheduler"]);
    assert_eq!(plan.summary.restarts[0].how, ["systemctl restart kubelet"]);
    let order: Vec<&str> = plan.summary.restarts.iter().map(|one| one.component.as_str()).collect();
    assert_eq!(order, ["kubelet", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]);
    let manager = &plan.summary.restarts[3];
    let list = "crictl ps --name '^kube-controller-manager$' --label io.kubernetes.pod.namespace=kube-system -q";
    assert_eq!(manager.how, [format!("{list} | xargs -r crictl stop --timeout 30")]);
    let link = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    let before = fs::read_link(master.path(link)).expect("a link");
    master.apply(&plan);
    let after = fs::read_link(master.path(link)).expect("a link");
    assert_ne!(before, after);
    assert!(after.starts_with("/var/lib/kubelet/pki"), "{}", after.display());
    let dated = master.path(text(&after));
    assert_eq!(fs::metadata(&dated).expect("there").permissions().mode() & 0o777, 0o600);
    verify(&openssl, &master.path(&pki("ca.crt")), &dated, "sslclient");
    assert_pair(&openssl, &dated, &dated);
    let said = succeed(&openssl, &["x509", "-in", text(&dated), "-noout", "-subject", "-nameopt", "RFC2253"]);
    assert!(said.trim().ends_with(",O=system:nodes") && said.contains("CN=system:node:"), "{said}");
    let again = master.plan(due());
    // What the kubelet serves is its own, and nobody renews it: a certificate and the CA that it made for it.
    assert_eq!(again.summary.title, "Nothing is due, yet 2 are dead", "{:?}", again.summary.changes);
}

#[test]
fn a_kubelet_points_to_its_own_certificate_or_gets_one() {
    let Some(openssl) = tool("openssl") else { return };
    let Some(mut master) = Master::of_zoo("kubelet-conf-embedded-expired", &made_now()) else { return };
    let plan = master.plan(due());
    let conf = "/etc/kubernetes/kubelet.conf";
    assert_eq!((paths(&plan), plan.summary.issues.len()), (vec![conf], 0));
    master.apply(&plan);
    let text_of = |master: &Master| String::from_utf8(master.content(conf)).expect("text");
    let current = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    for field in ["client-certificate", "client-key"] {
        assert!(
            text_of(&master).lines().any(|line| line.trim() == format!("{field}: {current}")),
            "{}",
            text_of(&master)
        );
    }
    assert!(!text_of(&master).contains("client-key-data"));
    assert_eq!(master.plan(due()).summary.title, "Nothing is due");

    // Where somebody else can write, it points to nothing of his.
    if rustix::process::geteuid().is_root() {
        let Some(mut master) = Master::of_zoo("kubelet-conf-embedded-expired", &made_now()) else { return };
        std::os::unix::fs::chown(master.path("/var/lib/kubelet/pki"), Some(1000), None).expect("given");
        master.read();
        let plan = master.plan(due());
        assert_eq!((paths(&plan), plan.summary.issues.len()), (vec![conf], 1), "it is renewed where it is");
        master.apply(&plan);
        assert!(!text_of(&master).contains("client-certificate: "), "{}", text_of(&master));
    }

    let Some(mut master) = Master::of_zoo("missing-kubelet-link-target", &made_now()) else { return };
    assert!(fs::metadata(master.path(current)).is_err());
    // Nothing that a CA here has signed says who it was: that is asked for by name.
    let refused = master.try_plan(due()).expect_err("refused");
    assert!(refused.problem.why.iter().any(|why| why.contains("it is renewed by its name only")), "{refused:?}");
    let plan = master.plan(items(&["kubelet-client"]));
    assert!(
        plan.summary.ask().as_deref().is_some_and(|ask| ask.contains("is gone: it is made anew")),
        "{:?}",
        plan.summary.ask()
    );
    assert_eq!(plan.summary.confirm, [""; 0]);
    assert_eq!(plan.changes[1].action(), ChangeAction::Link);
    assert!(matches!(plan.changes[1].before, PathState::Link { .. }));
    master.apply(&plan);
    let dated = fs::read_link(master.path(current)).expect("a link");
    verify(&openssl, &master.path(CA), &master.path(text(&dated)), "sslclient");
    let said = succeed(&openssl, &["x509", "-in", text(&master.path(text(&dated))), "-noout", "-subject"]);
    assert!(said.contains("O = system:nodes, CN = system:node:"), "{said}");
}
