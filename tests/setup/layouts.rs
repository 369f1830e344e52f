//! What a setup makes in each layout: the lists of files, every role found in them, and openssl and kubectl as judges.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kubepki::inventory::state::{self, Status};
use kubepki::inventory::tree::Issuer;
use kubepki::inventory::{Inventory, Item};
use kubepki::kubernetes::bootstrap::BootstrapIdentity;
use kubepki::kubernetes::role::{Role, RoleId};
use kubepki::pki::key::KeyAlgorithm;
use kubepki::setup::NodeRole::{ControlPlane, Etcd, Worker};
use kubepki::setup::{ClusterSpec, ExternalEtcd};
use time::OffsetDateTime;

use crate::support::new_cluster::{Stage, cluster, data, listing, node};
use crate::support::{run, succeed, text, tool};

fn files(root: &Path) -> Vec<String> {
    listing(root).into_iter().filter(|line| !line.ends_with('/')).collect()
}

fn one_master(layout: &str) -> ClusterSpec {
    cluster(layout, vec![node("m1", "10.0.0.1", &[ControlPlane])])
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
    let kubeconfigs = inventory.kubeconfigs.iter().flat_map(|kubeconfig| &kubeconfig.roles);
    let keys = inventory.keys.iter().flat_map(|key| &key.roles);
    let items = inventory.items.iter().flat_map(|item| &item.roles);
    items.chain(keys).chain(kubeconfigs).map(|role: &&'static Role| role.name).collect()
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
    let folders = |root: &Path| listing(&root.join("etc")).iter().filter(|line| line.ends_with('/')).count();
    assert_eq!(folders(&stage.root), 5);
    let inventory = stage.read();
    assert_eq!(inventory.layout, "split");
    let expected = "ca,apiserver,apiserver-kubelet-client,apiserver-etcd-client,front-proxy-ca,front-proxy-client,sa,\
                    etcd-ca,etcd-server,etcd-peer,admin.conf,controller-manager.conf,scheduler.conf";
    let found = roles(&inventory);
    assert!(expected.split(',').all(|name| found.contains(name)), "{found:?}");
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
    assert!(expected.split(',').all(|name| found.contains(name)), "{found:?}");
    let token = std::fs::read_to_string(stage.file("/etc/kubernetes/token.csv")).expect("a token file");
    assert!(token.ends_with('\n') && token.lines().count() == 1, "somebody appends a line: {token:?}");
    let (token, rest) = token.trim_end().split_once(',').expect("a line");
    assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(rest, "kubelet-bootstrap,10001,\"system:kubelet-bootstrap\"");
    if let Some(root) = stage.unpacked("test-w1") {
        let folder = root.join("etc/kubernetes");
        let kubeconfig = std::fs::read_to_string(folder.join("bootstrap.kubeconfig")).expect("a kubeconfig");
        assert!(kubeconfig.contains(token), "the token that the API server is given");
        let proxy = folder.join("kube-proxy.kubeconfig");
        let pair = std::fs::read(folder.join("ssl/kube-proxy.pem")).expect("a pair");
        assert_eq!(data(&proxy, "client-certificate-data"), pair);
    }
}

#[test]
fn a_machine_that_is_both_has_both_trees() {
    for (layout, count) in [("split", 29), ("single-ca", 17)] {
        let stage = Stage::new();
        stage.set_up(&cluster(layout, vec![node("m1", "10.0.0.1", &[ControlPlane, Worker])]));
        assert_eq!(files(&stage.root).len(), count, "{layout}: {:#?}", files(&stage.root));
    }
}

/// Every chain, strictly; every kubeconfig by kubectl; every role's usages and issuer by the inventory.
fn judge(cluster: &ClusterSpec, what: &str) {
    let stage = Stage::new();
    stage.set_up(cluster);
    let inventory = stage.read();
    let mut verified = 0;
    for (index, item) in inventory.indexed() {
        let certificate = item.certificate().unwrap_or_else(|| panic!("{what}: {} cannot be read", item.path));
        let issuer = match inventory.tree.issuer(index) {
            Issuer::Item(issuer) => inventory.item(issuer).expect("an issuer"),
            Issuer::Itself => item,
            Issuer::None(why) => panic!("{what}: {} has no issuer: {why:?}", item.id),
        };
        let judged = state::judge(&inventory, index, item, OffsetDateTime::now_utc());
        assert_eq!((judged.status, judged.why.as_str()), (Status::Ok, ""), "{what}: {}", item.id);
        let own = item.roles.iter().filter(|_| !cluster.one_authority && cluster.layout != "single-ca");
        for wanted in own.filter_map(|role| role.issuer) {
            let peers = cluster.etcd.peer_authority && item.roles.iter().any(|role| role.name == "etcd-peer");
            let wanted = if peers { RoleId::EtcdPeerCa } else { wanted };
            assert!(issuer.roles.contains(&wanted.role()), "{what}: {} by {}", item.id, issuer.id);
        }
        let Some(openssl) = tool("openssl") else { return };
        let (leaf, trusted) = (stage.folder.path().join("leaf.pem"), stage.folder.path().join("trusted.pem"));
        std::fs::write(&leaf, certificate.to_pem()).expect("written");
        let all: String = inventory.items.iter().filter(|one| one.is_authority()).map(pem).collect();
        std::fs::write(&trusted, all).expect("written");
        succeed(&openssl, &["verify", "-x509_strict", "-CAfile", text(&trusted), text(&leaf)]);
        verified += 1;
    }
    assert!(verified > 3, "{what}: {verified}");
    if let Some(kubectl) = tool("kubectl") {
        for kubeconfig in &inventory.kubeconfigs {
            let file = stage.file(&kubeconfig.path);
            let said = run(&kubectl, &["config", "view", "--raw", "-o", "json", "--kubeconfig", text(&file)]);
            let read: serde_json::Value = serde_json::from_slice(&said.stdout).expect("JSON");
            assert_eq!(read["contexts"].as_array().map(Vec::len), Some(1), "{what}: {}", kubeconfig.path);
            assert_eq!(read["contexts"][0]["name"], read["current-context"], "{what}: {}", kubeconfig.path);
        }
    }
}

fn pem(item: &Item) -> String {
    item.certificate().map(kubepki::pki::Certificate::to_pem).unwrap_or_default()
}

type Change = fn(&mut ClusterSpec);

#[test]
fn every_variant_chains_and_is_read() {
    let variants: [(&str, &str, Change); 17] = [
        ("recipes", "single-ca", |_| ()),
        ("endpoint", "kubeadm", |one| one.control_plane_endpoint = Some("api.example.com:443".to_owned())),
        ("dual stack", "kubeadm", |one| one.service_subnet = "10.96.0.0/12,fd00:10:96::/112".to_owned()),
        ("IPv6", "kubeadm", |one| {
            one.nodes[0].addresses = vec!["fd00::1".parse().expect("an address")];
            one.service_subnet = "fd00:10:96::/112".to_owned();
        }),
        ("1.28", "kubeadm", |one| one.kubernetes_version = "1.28".parse().expect("a release")),
        ("1.30", "split", |one| one.kubernetes_version = "1.30.1".parse().expect("a release")),
        ("1.36.0", "kubeadm", |one| one.kubernetes_version = "1.36.0".parse().expect("a release")),
        ("P-384", "kubeadm", |one| one.key_algorithm = KeyAlgorithm::EcdsaP384),
        ("external etcd", "split", |one| {
            one.etcd.external = Some(ExternalEtcd {
                endpoints: vec!["https://10.0.0.7:2379".to_owned()],
                ca_file: "/etc/ssl/etcd-ca.crt".to_owned(),
                cert_file: "/etc/ssl/etcd.crt".to_owned(),
                key_file: "/etc/ssl/etcd.key".to_owned(),
            });
        }),
        ("etcd of its own", "split", |one| one.nodes.push(node("e1", "10.0.0.5", &[Etcd]))),
        ("one CA", "kubeadm", |one| one.one_authority = true),
        ("one CA", "split", |one| one.one_authority = true),
        ("peer CA", "split", |one| one.etcd.peer_authority = true),
        ("one life for all", "kubeadm", |one| one.certificate_hours = one.authority_hours),
        ("called as a CA", "kubeadm", |one| one.nodes[0].name = "etcd-ca".to_owned()),
        ("intermediates", "kubeadm", |one| one.intermediate_authorities = true),
        ("subject", "single-ca", |one| {
            one.subject =
                [("C", "DE"), ("O", "k8s"), ("OU", "System")].map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec();
        }),
    ];
    for (what, layout, change) in variants {
        let mut cluster = one_master(layout);
        change(&mut cluster);
        judge(&cluster, what);
    }
}

#[test]
fn the_service_accounts_have_their_own_algorithm() {
    let stage = Stage::new();
    let mut cluster = one_master("kubeadm");
    cluster.service_account_key_algorithm = Some(KeyAlgorithm::Rsa3072);
    stage.set_up(&cluster);
    let inventory = stage.read();
    let keys: BTreeMap<&str, Option<&str>> =
        inventory.keys.iter().map(|key| (&*key.path, key.algorithm.as_deref())).collect();
    assert_eq!(keys.get("/etc/kubernetes/pki/sa.key"), Some(&Some("RSA-3072")), "{keys:?}");
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
        let line = manifest.lines().find_map(|line| line.trim().strip_prefix(name)).expect("a field");
        line.trim_matches([':', ' ', '"']).to_owned()
    };
    let token = format!("{}.{}", value("token-id"), value("token-secret"));
    let Some(root) = stage.unpacked("test-w1") else { return };
    let kubeconfig = std::fs::read_to_string(root.join("etc/kubernetes/bootstrap-kubelet.conf")).expect("a kubeconfig");
    assert!(kubeconfig.contains(&token));
    assert_eq!(files(&root).len(), 2, "the CA and the kubeconfig");
}
