//! Every variant of the answers: openssl verifies each chain, kubectl reads each kubeconfig, the inventory finds nothing wrong.

use kubepki::inventory::Item;
use kubepki::inventory::state::{self, Status};
use kubepki::inventory::tree::Issuer;
use kubepki::kubernetes::role::RoleId;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::setup::NodeRole::Etcd;
use kubepki::setup::{ClusterSpec, ExternalEtcd};
use time::OffsetDateTime;

use crate::support::new_cluster::{Stage, node, one_master};
use crate::support::{run, succeed, text, tool};

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
