//! The whole PKI of a new kubeadm master, from looking at the empty machine to the last sync:
//! beside the making of its 16 keys alone on all cores (RSA-2048), and beside kubeadm itself
//! (P-256).

mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;

use kubepki::engine::change::Changer;
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::tree::Verified;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::plan::{Plan, Request, SetupRequest};
use kubepki::progress::silent;
use kubepki::record::{OperationState, Settings};
use kubepki::setup::{ClusterSpec, Node, NodeRole};
use support::{head, interleaved, limit, make_keys, ratio, timed};
use time::OffsetDateTime;

/// Three CAs, seven leaves, the service accounts', five kubeconfigs.
const KEYS: usize = 16;

const BUDGET: f64 = 1.3;

/// What `kubeadm init phase certs all` and `kubeconfig all` take with P-256 on the same machine.
const KUBEADM_MICROSECONDS: u64 = 70_000;

fn main() {
    head();
    let rsa = || set_up(KeyAlgorithm::Rsa2048, true);
    let [whole, keys] = interleaved(15, &mut [&mut || rsa(), &mut || timed(|| make_keys(KEYS))]);
    ratio(
        &format!("full PKI, {KEYS} RSA-2048 keys; the keys alone"),
        whole,
        keys,
        BUDGET,
    );
    let [whole, plan] = interleaved(
        31,
        &mut [&mut || set_up(KeyAlgorithm::EcdsaP256, true), &mut || {
            set_up(KeyAlgorithm::EcdsaP256, false)
        }],
    );
    let microseconds = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    limit(
        "full PKI, P-256, syncs included",
        microseconds(whole),
        KUBEADM_MICROSECONDS,
        "us",
    );
    limit(
        "full PKI, P-256, without writing",
        microseconds(plan),
        KUBEADM_MICROSECONDS,
        "us",
    );
}

/// Sets a cluster up on an empty machine; without `apply` only the plan is made.
fn set_up(key_algorithm: KeyAlgorithm, apply: bool) -> Duration {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("root");
    fs::create_dir_all(root.join("etc")).expect("a folder");
    timed(|| {
        let options = OpenOptions {
            root: root.clone(),
            processes: false,
            ..OpenOptions::default()
        };
        let changer = Changer::with_settings(
            &options,
            Some(&folder.path().join("state")),
            Settings::default(),
        );
        let plan = plan(&changer, &options, key_algorithm);
        if apply {
            let operation = changer.apply(&plan, &silent).expect("an operation");
            assert_eq!(operation.state, OperationState::Done);
            assert!(Path::new(&root).join("etc/kubernetes/admin.conf").exists());
        }
        plan
    })
}

fn plan(changer: &Changer, options: &OpenOptions, key_algorithm: KeyAlgorithm) -> Plan {
    let inventory = open(options, &silent, &mut Verified::new()).expect("an inventory");
    let master = Node {
        name: "master-1".to_owned(),
        addresses: vec!["10.0.0.10".parse().expect("an address")],
        roles: vec![NodeRole::ControlPlane],
    };
    let request = SetupRequest {
        cluster: ClusterSpec {
            nodes: vec![master],
            key_algorithm,
            ..ClusterSpec::default()
        },
        here: Some("master-1".to_owned()),
        ..SetupRequest::default()
    };
    let request = Request::Setup(Box::new(request));
    let plan = changer
        .prepare(&inventory, &request, OffsetDateTime::now_utc(), &silent)
        .expect("a plan");
    assert_eq!(plan.summary.issues.len(), KEYS - 1);
    plan
}
