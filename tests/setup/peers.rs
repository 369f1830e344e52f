//! A CA for etcd's members alone: what a setup makes is found right, and renewed by the CA that the
//! members trust.

use std::fs;

use kubepki::inventory::state::{Status, judge};
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::setup::NodeRole::{ControlPlane, Etcd};
use time::OffsetDateTime;

use crate::support::new_cluster::{Stage, cluster, node};

fn stage(layout: &str) -> Stage {
    let stage = Stage::new();
    let roles: &[_] = if layout == "kubeadm" {
        &[ControlPlane]
    } else {
        &[ControlPlane, Etcd]
    };
    let mut cluster = cluster(layout, vec![node("m1", "10.0.0.1", roles)]);
    cluster.etcd.peer_authority = true;
    stage.set_up(&cluster);
    stage
}

/// A static pod of etcd that is told which CA signs for members.
fn told(stage: &Stage, authority: &str) {
    let flags = [
        "trusted-ca-file=etcd/ca.crt",
        "peer-cert-file=etcd/peer.crt",
        "peer-key-file=etcd/peer.key",
    ];
    let peers = format!("peer-trusted-ca-file={authority}");
    let lines: String =
        flags
            .iter()
            .copied()
            .chain([peers.as_str()])
            .fold(String::new(), |text, flag| {
                let (name, file) = flag.split_once('=').expect("a flag");
                text + &format!("    - --{name}=/etc/kubernetes/pki/{file}\n")
            });
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: etcd\nspec:\n  containers:\n  - name: etcd\n    command:\n    - etcd\n{lines}"
    );
    fs::create_dir_all(stage.file("/etc/kubernetes/manifests")).expect("a folder");
    fs::write(stage.file("/etc/kubernetes/manifests/etcd.yaml"), pod).expect("written");
}

/// What is said of the peers' certificate, and who signs it and with which words when it is renewed
/// to specification.
fn judged(stage: &Stage) -> (Option<String>, String, Vec<String>) {
    let inventory = stage.read();
    let now = OffsetDateTime::now_utc();
    let (index, item) = inventory
        .indexed()
        .find(|(_, item)| &*item.id == "etcd-peer")
        .expect("the peers' certificate");
    let path_state = judge(&inventory, index, item, now);
    let renewal = RenewRequest {
        to_specification: true,
        ..RenewRequest::new(Selection::Items(vec!["etcd-peer".into()]))
    };
    let summary = stage
        .make(&Request::Renew(renewal))
        .expect("a plan")
        .summary;
    (
        (path_state.status != Status::Ok).then_some(path_state.why),
        summary.issues[0].authority.clone(),
        summary.warnings,
    )
}

#[test]
fn peers_are_judged_and_renewed_by_their_own_authority() {
    for layout in ["kubeadm", "split"] {
        assert_eq!(
            judged(&stage(layout)),
            (None, "etcd-peer-ca".to_owned(), Vec::new()),
            "{layout}"
        );
    }
    let stage = stage("kubeadm");
    told(&stage, "etcd/peer-ca.crt");
    assert_eq!(
        judged(&stage),
        (None, "etcd-peer-ca".to_owned(), Vec::new())
    );
}

#[test]
fn what_the_members_are_told_to_trust_decides() {
    let stage = stage("kubeadm");
    told(&stage, "etcd/ca.crt");
    let (why, authority, _) = judged(&stage);
    let why = why.expect("it is broken: no member trusts the CA that signed it");
    assert!(why.ends_with("its role etcd-peer wants etcd-ca"), "{why}");
    assert_eq!(authority, "etcd-ca");
}
