//! What a setup makes in each layout: the lists of files, every role found in them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kubepki::inventory::Inventory;
use kubepki::kubernetes::bootstrap::BootstrapIdentity;
use kubepki::kubernetes::role::Role;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::setup::NodeRole::{ControlPlane, Worker};

use crate::support::new_cluster::{Stage, cluster, data, listing, node, one_master};

fn files(root: &Path) -> Vec<String> {
    listing(root)
        .into_iter()
        .filter(|line| !line.ends_with('/'))
        .collect()
}

/// A master and a worker: what each has, in the order of paths.
fn assert_trees(layout: &str, master: &[&str], worker: &[&str]) -> Stage {
    let stage = Stage::new();
    let mut cluster = one_master(layout);
    cluster.nodes.push(node("w1", "10.0.0.9", &[Worker]));
    stage.set_up(&cluster);
    assert_eq!(files(&stage.root), master, "{layout}");
    if let Some(root) = stage.unpacked("test-w1") {
        assert_eq!(files(&root), worker, "{layout}");
    }
    stage
}

/// The roles that the inventory finds.
fn roles(inventory: &Inventory) -> BTreeSet<&'static str> {
    let kubeconfigs = inventory
        .kubeconfigs
        .iter()
        .flat_map(|kubeconfig| &kubeconfig.roles);
    let keys = inventory.keys.iter().flat_map(|key| &key.roles);
    let items = inventory.items.iter().flat_map(|item| &item.roles);
    items
        .chain(keys)
        .chain(kubeconfigs)
        .map(|role: &&'static Role| role.name)
        .collect()
}

#[test]
fn split_is_the_tree_of_the_guides() {
    let stage = assert_trees(
        "split",
        &[
            "0644 /etc/etcd/pki/ca.crt",
            "0600 /etc/etcd/pki/ca.key",
            "0644 /etc/etcd/pki/ca.srl",
            "0644 /etc/etcd/pki/peer.crt",
            "0600 /etc/etcd/pki/peer.key",
            "0644 /etc/etcd/pki/server.crt",
            "0600 /etc/etcd/pki/server.key",
            "0600 /etc/kubernetes/auth/admin.conf",
            "0600 /etc/kubernetes/auth/controller-manager.conf",
            "0600 /etc/kubernetes/auth/scheduler.conf",
            "0644 /etc/kubernetes/pki/apiserver-etcd-client.crt",
            "0600 /etc/kubernetes/pki/apiserver-etcd-client.key",
            "0644 /etc/kubernetes/pki/apiserver-kubelet-client.crt",
            "0600 /etc/kubernetes/pki/apiserver-kubelet-client.key",
            "0644 /etc/kubernetes/pki/apiserver.crt",
            "0600 /etc/kubernetes/pki/apiserver.key",
            "0644 /etc/kubernetes/pki/ca.crt",
            "0600 /etc/kubernetes/pki/ca.key",
            "0644 /etc/kubernetes/pki/ca.srl",
            "0644 /etc/kubernetes/pki/front-proxy-ca.crt",
            "0600 /etc/kubernetes/pki/front-proxy-ca.key",
            "0644 /etc/kubernetes/pki/front-proxy-ca.srl",
            "0644 /etc/kubernetes/pki/front-proxy-client.crt",
            "0600 /etc/kubernetes/pki/front-proxy-client.key",
            "0600 /etc/kubernetes/pki/sa.key",
            "0644 /etc/kubernetes/pki/sa.pub",
            "0600 /etc/kubernetes/token.csv",
        ],
        &[
            "0600 /etc/kubernetes/auth/bootstrap.conf",
            "0600 /etc/kubernetes/auth/kube-proxy.conf",
            "0644 /etc/kubernetes/pki/ca.crt",
        ],
    );
    let folders = |root: &Path| {
        listing(&root.join("etc"))
            .iter()
            .filter(|line| line.ends_with('/'))
            .count()
    };
    assert_eq!(folders(&stage.root), 5);
    let inventory = stage.read();
    assert_eq!(inventory.layout, "split");
    let expected = "ca,apiserver,apiserver-kubelet-client,apiserver-etcd-client,front-proxy-ca,front-proxy-client,sa,\
                    etcd-ca,etcd-server,etcd-peer,admin.conf,controller-manager.conf,scheduler.conf";
    let found = roles(&inventory);
    assert!(
        expected.split(',').all(|name| found.contains(name)),
        "{found:?}"
    );
    if let Some(root) = stage.unpacked("test-w1") {
        assert_eq!(folders(&root), 3);
    }
}

#[test]
fn single_ca_is_the_tree_of_the_recipes() {
    let stage = assert_trees(
        "single-ca",
        &[
            "0644 /etc/kubernetes/apiserver",
            "0644 /etc/kubernetes/config",
            "0644 /etc/kubernetes/controller-manager",
            "0644 /etc/kubernetes/scheduler",
            "0600 /etc/kubernetes/ssl/admin-key.pem",
            "0644 /etc/kubernetes/ssl/admin.pem",
            "0600 /etc/kubernetes/ssl/ca-key.pem",
            "0644 /etc/kubernetes/ssl/ca.pem",
            "0600 /etc/kubernetes/ssl/kube-proxy-key.pem",
            "0644 /etc/kubernetes/ssl/kube-proxy.pem",
            "0600 /etc/kubernetes/ssl/kubernetes-key.pem",
            "0644 /etc/kubernetes/ssl/kubernetes.pem",
            "0600 /etc/kubernetes/token.csv",
        ],
        &[
            "0600 /etc/kubernetes/bootstrap.kubeconfig",
            "0644 /etc/kubernetes/config",
            "0600 /etc/kubernetes/kube-proxy.kubeconfig",
            "0644 /etc/kubernetes/kubelet",
            "0644 /etc/kubernetes/proxy",
            "0644 /etc/kubernetes/ssl/ca.pem",
            "0600 /etc/kubernetes/ssl/kube-proxy-key.pem",
            "0644 /etc/kubernetes/ssl/kube-proxy.pem",
        ],
    );
    let inventory = stage.read();
    assert_eq!(inventory.layout, "single-ca");
    let expected = "ca,etcd-ca,sa,apiserver,apiserver-kubelet-client,apiserver-etcd-client,etcd-server,etcd-peer,admin,\
                    kube-proxy-client";
    let found = roles(&inventory);
    assert!(
        expected.split(',').all(|name| found.contains(name)),
        "{found:?}"
    );
    assert_one_token_for_all(&stage);
}

/// The API server's token file has one line, and the workers come with it.
fn assert_one_token_for_all(stage: &Stage) {
    let token =
        std::fs::read_to_string(stage.file("/etc/kubernetes/token.csv")).expect("a token file");
    assert!(
        token.ends_with('\n') && token.lines().count() == 1,
        "somebody appends a line: {token:?}"
    );
    let (token, rest) = token.trim_end().split_once(',').expect("a line");
    assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(rest, "kubelet-bootstrap,10001,\"system:kubelet-bootstrap\"");
    if let Some(root) = stage.unpacked("test-w1") {
        let folder = root.join("etc/kubernetes");
        let kubeconfig =
            std::fs::read_to_string(folder.join("bootstrap.kubeconfig")).expect("a kubeconfig");
        assert!(
            kubeconfig.contains(token),
            "the token that the API server is given"
        );
        let proxy = folder.join("kube-proxy.kubeconfig");
        let pair = std::fs::read(folder.join("ssl/kube-proxy.pem")).expect("a pair");
        assert_eq!(data(&proxy, "client-certificate-data"), pair);
    }
}

#[test]
fn a_machine_that_is_both_has_both_trees() {
    for (layout, count) in [("split", 29), ("single-ca", 17)] {
        let stage = Stage::new();
        stage.set_up(&cluster(
            layout,
            vec![node("m1", "10.0.0.1", &[ControlPlane, Worker])],
        ));
        assert_eq!(
            files(&stage.root).len(),
            count,
            "{layout}: {:#?}",
            files(&stage.root)
        );
    }
}

#[test]
fn the_service_accounts_have_their_own_algorithm() {
    let stage = Stage::new();
    let mut cluster = one_master("kubeadm");
    cluster.service_account_key_algorithm = Some(KeyAlgorithm::Rsa3072);
    let plan = stage.set_up(&cluster);
    let inventory = stage.read();
    let keys: BTreeMap<&str, Option<&str>> = inventory
        .keys
        .iter()
        .map(|key| (&*key.path, key.algorithm.as_deref()))
        .collect();
    assert_eq!(
        keys.get("/etc/kubernetes/pki/sa.key"),
        Some(&Some("RSA-3072")),
        "{keys:?}"
    );
    let mut typed = plan
        .summary
        .commands
        .iter()
        .filter(|line| line.contains("rsa_keygen_bits:3072"));
    assert!(
        typed.next().is_some_and(|line| line.ends_with("/sa.key")),
        "the commands say the same"
    );
    assert_eq!(typed.next(), None, "of no other key");
}

#[test]
fn a_bootstrap_token_comes_with_its_secret() {
    let stage = Stage::new();
    let mut cluster = one_master("kubeadm");
    cluster.bootstrap = BootstrapIdentity::Token;
    cluster.nodes.push(node("w1", "10.0.0.9", &[Worker]));
    stage.set_up(&cluster);
    let manifest = stage.file("/etc/kubernetes/bootstrap/bootstrap-token.yaml");
    let manifest = std::fs::read_to_string(manifest).expect("a manifest");
    let value = |name: &str| {
        let line = manifest
            .lines()
            .find_map(|line| line.trim().strip_prefix(name))
            .expect("a field");
        line.trim_matches([':', ' ', '"']).to_owned()
    };
    let token = format!("{}.{}", value("token-id"), value("token-secret"));
    let Some(root) = stage.unpacked("test-w1") else {
        return;
    };
    let kubeconfig = std::fs::read_to_string(root.join("etc/kubernetes/bootstrap-kubelet.conf"))
        .expect("a kubeconfig");
    assert!(kubeconfig.contains(&token));
    assert_eq!(files(&root).len(), 2, "the CA and the kubeconfig");
}
