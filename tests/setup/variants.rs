//! Every variant of the answers: openssl verifies each chain, kubectl reads each kubeconfig, the
//! inventory finds nothing wrong.

use std::path::Path;

use kubepki::inventory::state::{self, Status};
use kubepki::inventory::tree::Issuer;
use kubepki::inventory::{Inventory, Item, ItemIndex};
use kubepki::kubernetes::role::RoleId;
use kubepki::pki::Certificate;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::setup::NodeRole::Etcd;
use kubepki::setup::{ClusterSpec, ExternalEtcd};
use time::OffsetDateTime;

use crate::support::new_cluster::{Stage, node, one_master};
use crate::support::{run, succeed, text, tool};

/// A cluster that was set up, and what the inventory says of it.
struct Variant<'a> {
    what: &'a str,
    cluster: &'a ClusterSpec,
    stage: Stage,
    inventory: Inventory,
}

impl<'a> Variant<'a> {
    fn set_up(what: &'a str, cluster: &'a ClusterSpec) -> Self {
        let stage = Stage::new();
        stage.set_up(cluster);
        Self {
            what,
            cluster,
            inventory: stage.read(),
            stage,
        }
    }

    /// Nothing is wrong with a certificate, and the CA of its role signed it.
    fn judge(&self, index: ItemIndex, item: &Item) {
        let what = self.what;
        let issuer = match self.inventory.tree.issuer(index) {
            Issuer::Item(issuer) => self.inventory.item(issuer).expect("an issuer"),
            Issuer::Itself => item,
            Issuer::None(why) => panic!("{what}: {} has no issuer: {why:?}", item.id),
        };
        let judged = state::judge(&self.inventory, index, item, OffsetDateTime::now_utc());
        assert_eq!(
            (judged.status, judged.why.as_str()),
            (Status::Ok, ""),
            "{what}: {}",
            item.id
        );
        if self.cluster.one_authority || self.cluster.layout == "single-ca" {
            return;
        }
        for wanted in item.roles.iter().filter_map(|role| role.issuer) {
            let peers = self.cluster.etcd.peer_authority
                && item.roles.iter().any(|role| role.name == "etcd-peer");
            let wanted = if peers { RoleId::EtcdPeerCa } else { wanted };
            assert!(
                issuer.roles.contains(&wanted.role()),
                "{what}: {} by {}",
                item.id,
                issuer.id
            );
        }
    }

    /// openssl verifies a certificate, strictly, with all CAs there are.
    fn verify(&self, openssl: &Path, certificate: &Certificate) {
        let (leaf, trusted) = (
            self.stage.folder.path().join("leaf.pem"),
            self.stage.folder.path().join("trusted.pem"),
        );
        std::fs::write(&leaf, certificate.to_pem()).expect("written");
        let all: String = self
            .inventory
            .items
            .iter()
            .filter(|one| one.is_authority())
            .map(pem)
            .collect();
        std::fs::write(&trusted, all).expect("written");
        succeed(
            openssl,
            &[
                "verify",
                "-x509_strict",
                "-CAfile",
                text(&trusted),
                text(&leaf),
            ],
        );
    }

    /// kubectl reads the one context of every kubeconfig.
    fn view(&self, kubectl: &Path) {
        let what = self.what;
        for kubeconfig in &self.inventory.kubeconfigs {
            let file = self.stage.file(&kubeconfig.path);
            let said = run(
                kubectl,
                &[
                    "config",
                    "view",
                    "--raw",
                    "-o",
                    "json",
                    "--kubeconfig",
                    text(&file),
                ],
            );
            let read: serde_json::Value = serde_json::from_slice(&said.stdout).expect("JSON");
            assert_eq!(
                read["contexts"].as_array().map(Vec::len),
                Some(1),
                "{what}: {}",
                kubeconfig.path
            );
            assert_eq!(
                read["contexts"][0]["name"], read["current-context"],
                "{what}: {}",
                kubeconfig.path
            );
        }
    }
}

fn judge(cluster: &ClusterSpec, what: &str) {
    let variant = Variant::set_up(what, cluster);
    let openssl = tool("openssl");
    assert!(
        variant.inventory.items.len() > 3,
        "{what}: {}",
        variant.inventory.items.len()
    );
    for (index, item) in variant.inventory.indexed() {
        variant.judge(index, item);
        let certificate = item
            .certificate()
            .unwrap_or_else(|| panic!("{what}: {} cannot be read", item.path));
        if let Some(openssl) = &openssl {
            variant.verify(openssl, certificate);
        }
    }
    if let Some(kubectl) = tool("kubectl") {
        variant.view(&kubectl);
    }
}

fn pem(item: &Item) -> String {
    item.certificate()
        .map(Certificate::to_pem)
        .unwrap_or_default()
}

type Change = fn(&mut ClusterSpec);

/// What it is called, its layout, and how it differs from one master.
const VARIANTS: [(&str, &str, Change); 17] = [
    ("recipes", "single-ca", |_| ()),
    ("endpoint", "kubeadm", |one| {
        one.control_plane_endpoint = Some("api.example.com:443".to_owned());
    }),
    ("dual stack", "kubeadm", |one| {
        one.service_subnet = "10.96.0.0/12,fd00:10:96::/112".into();
    }),
    ("IPv6", "kubeadm", |one| {
        one.nodes[0].addresses = vec!["fd00::1".parse().expect("an address")];
        one.service_subnet = "fd00:10:96::/112".into();
    }),
    ("1.28", "kubeadm", |one| {
        one.kubernetes_version = "1.28".parse().expect("a release");
    }),
    ("1.30", "split", |one| {
        one.kubernetes_version = "1.30.1".parse().expect("a release");
    }),
    ("1.36.0", "kubeadm", |one| {
        one.kubernetes_version = "1.36.0".parse().expect("a release");
    }),
    ("P-384", "kubeadm", |one| {
        one.key_algorithm = KeyAlgorithm::EcdsaP384;
    }),
    ("external etcd", "split", |one| {
        one.etcd.external = Some(ExternalEtcd {
            endpoints: vec!["https://10.0.0.7:2379".to_owned()],
            ca_file: "/etc/ssl/etcd-ca.crt".to_owned(),
            cert_file: "/etc/ssl/etcd.crt".to_owned(),
            key_file: "/etc/ssl/etcd.key".to_owned(),
        });
    }),
    ("etcd of its own", "split", |one| {
        one.nodes.push(node("e1", "10.0.0.5", &[Etcd]));
    }),
    ("one CA", "kubeadm", |one| one.one_authority = true),
    ("one CA", "split", |one| one.one_authority = true),
    ("peer CA", "split", |one| one.etcd.peer_authority = true),
    ("one life for all", "kubeadm", |one| {
        one.certificate_hours = one.authority_hours;
    }),
    ("called as a CA", "kubeadm", |one| {
        one.nodes[0].name = "etcd-ca".into();
    }),
    ("intermediates", "kubeadm", |one| {
        one.intermediate_authorities = true;
    }),
    ("subject", "single-ca", |one| {
        one.subject = [("C", "DE"), ("O", "k8s"), ("OU", "System")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .to_vec();
    }),
];

#[test]
fn every_variant_chains_and_is_read() {
    for (what, layout, change) in VARIANTS {
        let mut cluster = one_master(layout);
        change(&mut cluster);
        judge(&cluster, what);
    }
}
