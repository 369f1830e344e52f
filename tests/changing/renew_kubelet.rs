//! Renewal: the kubelet, which has its certificate in a file of its own.

use std::fs;
use std::os::unix::fs::chown;

use kubepki::plan::Plan;
use kubepki::record::{ChangeAction, PathState};
use time::Duration;

use crate::support::planned::{CA, assert_pair, made_now, mode, paths};
use crate::support::renewing::{Master, due, items, verify};
use crate::support::{is_root, succeed, text, tool};

const CONF: &str = "/etc/kubernetes/kubelet.conf";

/// The link by which kubelet.conf names the newest.
const CURRENT: &str = "/var/lib/kubelet/pki/kubelet-client-current.pem";

/// Five hundred days before these tests are read: all leaves of such a master are dead, its CAs are
/// not.
fn long_ago() -> String {
    let date = (time::OffsetDateTime::now_utc() - Duration::days(500)).date();
    format!("{date}T00:00:00Z")
}

/// The kubelet and what else holds the old certificates is restarted, in order, each as it runs.
fn restarts_in_order(plan: &Plan) {
    let required: Vec<&str> = plan
        .summary
        .must_restart()
        .map(|restart| restart.component.as_str())
        .collect();
    assert_eq!(
        required,
        ["kubelet", "kube-controller-manager", "kube-scheduler"]
    );
    assert_eq!(plan.summary.restarts[0].how, ["systemctl restart kubelet"]);
    let order: Vec<&str> = plan
        .summary
        .restarts
        .iter()
        .map(|one| one.component.as_str())
        .collect();
    assert_eq!(
        order,
        [
            "kubelet",
            "etcd",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler"
        ]
    );
    let manager = &plan.summary.restarts[3];
    let list = "crictl ps --name '^kube-controller-manager$' --label io.kubernetes.pod.namespace=kube-system -q";
    assert_eq!(
        manager.how,
        [format!("{list} | xargs -r crictl stop --timeout 30")]
    );
}

#[test]
fn a_dead_master_is_renewed_with_its_kubelet() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(mut master) = Master::of_zoo("healthy-ecdsa-136", &long_ago()) else {
        return;
    };
    let plan = master.plan(due());
    assert!(plan.summary.ask().is_some());
    restarts_in_order(&plan);
    let before = fs::read_link(master.path(CURRENT)).expect("a link");
    master.apply(&plan);
    let after = fs::read_link(master.path(CURRENT)).expect("a link");
    assert_ne!(before, after);
    assert!(
        after.starts_with("/var/lib/kubelet/pki"),
        "{}",
        after.display()
    );
    let dated = master.path(text(&after));
    assert_eq!(mode(&dated), 0o600);
    verify(&openssl, &master.path(CA), &dated, "sslclient");
    assert_pair(&openssl, &dated, &dated);
    let said = succeed(
        &openssl,
        &[
            "x509",
            "-in",
            text(&dated),
            "-noout",
            "-subject",
            "-nameopt",
            "RFC2253",
        ],
    );
    assert!(
        said.trim().ends_with(",O=system:nodes") && said.contains("CN=system:node:"),
        "{said}"
    );
    let again = master.plan(due());
    // What the kubelet serves is its own, and nobody renews it: a certificate and the CA that it
    // made for it.
    assert_eq!(
        again.summary.title, "Nothing is due, yet 2 are dead",
        "{:?}",
        again.summary.changes
    );
}

/// What stands in kubelet.conf.
fn conf(master: &Master) -> String {
    String::from_utf8(master.content(CONF)).expect("text")
}

#[test]
fn a_kubelet_points_to_its_own_certificate_or_gets_one() {
    let Some(mut master) = Master::of_zoo("kubelet-conf-embedded-expired", &made_now()) else {
        return;
    };
    let plan = master.plan(due());
    assert_eq!((paths(&plan), plan.summary.issues.len()), (vec![CONF], 0));
    master.apply(&plan);
    let text = conf(&master);
    for field in ["client-certificate", "client-key"] {
        assert!(
            text.lines()
                .any(|line| line.trim() == format!("{field}: {CURRENT}")),
            "{text}"
        );
    }
    assert!(!text.contains("client-key-data"));
    assert_eq!(master.plan(due()).summary.title, "Nothing is due");
}

#[test]
fn a_kubelet_points_to_nothing_where_somebody_else_writes() {
    if !is_root() {
        return;
    }
    let Some(mut master) = Master::of_zoo("kubelet-conf-embedded-expired", &made_now()) else {
        return;
    };
    chown(master.path("/var/lib/kubelet/pki"), Some(1000), None).expect("given");
    master.read();
    let plan = master.plan(due());
    assert_eq!(
        (paths(&plan), plan.summary.issues.len()),
        (vec![CONF], 1),
        "it is renewed where it is"
    );
    master.apply(&plan);
    assert!(
        !conf(&master).contains("client-certificate: "),
        "{}",
        conf(&master)
    );
}

#[test]
fn a_kubelet_whose_certificate_is_gone_gets_one_by_its_name() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(mut master) = Master::of_zoo("missing-kubelet-link-target", &made_now()) else {
        return;
    };
    assert!(fs::metadata(master.path(CURRENT)).is_err());
    // Nothing that a CA here has signed says who it was: that is asked for by name.
    let refused = master.try_plan(due()).expect_err("refused");
    assert!(
        refused
            .problem
            .why
            .iter()
            .any(|why| why.contains("it is renewed by its name only")),
        "{refused:?}"
    );
    let plan = master.plan(items(&["kubelet-client"]));
    let ask = plan.summary.ask().expect("it is asked");
    assert!(ask.contains("is gone: it is made anew"), "{ask:?}");
    assert_eq!(plan.summary.confirm, [""; 0]);
    assert_eq!(plan.changes[1].action(), ChangeAction::Link);
    assert!(matches!(plan.changes[1].before, PathState::Link { .. }));
    master.apply(&plan);
    let dated = fs::read_link(master.path(CURRENT)).expect("a link");
    let dated = master.path(text(&dated));
    verify(&openssl, &master.path(CA), &dated, "sslclient");
    let said = succeed(
        &openssl,
        &["x509", "-in", text(&dated), "-noout", "-subject"],
    );
    assert!(
        said.contains("O = system:nodes, CN = system:node:"),
        "{said}"
    );
}
