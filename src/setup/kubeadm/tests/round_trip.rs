use core::net::IpAddr;

use proptest::prelude::*;

use super::super::{read, write};
use super::{CLUSTER, INIT};
use crate::kubernetes::release::Release;
use crate::pki::key::KeyAlgorithm;
use crate::setup::{ClusterSpec, Etcd, ExternalEtcd, Node, NodeRole};

/// Words that YAML readers take for something else, and others.
const WORD: &str = "(yes|on|null|0x10|1e3|12:30|~|[a-z][a-z0-9-]{0,8}[a-z0-9])";

fn sans() -> impl Strategy<Value = Vec<String>> {
    let address = any::<IpAddr>().prop_map(|address| address.to_string());
    proptest::collection::vec(prop_oneof![WORD.prop_map(String::from), address], 0..4)
}

fn etcd() -> impl Strategy<Value = Etcd> {
    let members = (sans(), sans());
    prop_oneof![
        members.prop_map(|(server_sans, peer_sans)| Etcd {
            server_sans,
            peer_sans,
            ..Etcd::default()
        }),
        proptest::collection::vec("https://[a-z]{1,9}:2379", 1..4).prop_map(|endpoints| {
            let (ca_file, cert_file, key_file) = ("/a b".into(), "/c: d".into(), "/#e".into());
            Etcd {
                external: Some(ExternalEtcd {
                    endpoints,
                    ca_file,
                    cert_file,
                    key_file,
                }),
                ..Etcd::default()
            }
        }),
    ]
}

/// Texts that kubeadm knows of a cluster.
fn texts() -> impl Strategy<Value = ClusterSpec> {
    let endpoint = proptest::option::of("[a-z]{1,5}\\.[a-z]{2,3}(:[1-9][0-9]{1,3})?");
    let directory = proptest::option::of("/[a-z :#'\"]{0,9}[a-z]");
    (
        WORD,
        endpoint,
        WORD,
        directory,
        sans(),
        etcd(),
        any::<bool>(),
    )
        .prop_map(
            |(
                name,
                control_plane_endpoint,
                dns_domain,
                certificates_directory,
                api_server_sans,
                etcd,
                has_pods,
            )| {
                ClusterSpec {
                    name,
                    control_plane_endpoint,
                    dns_domain,
                    certificates_directory,
                    api_server_sans,
                    etcd,
                    service_subnet: "10.96.0.0/12,fd00::/112".into(),
                    pod_subnet: if has_pods {
                        "10.244.0.0/16".into()
                    } else {
                        String::new()
                    },
                    ..ClusterSpec::default()
                }
            },
        )
}

/// What kubeadm knows of a cluster.
fn known() -> impl Strategy<Value = ClusterSpec> {
    let algorithms = [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::Rsa3072,
        KeyAlgorithm::Rsa4096,
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
    ];
    let patch = prop_oneof![Just(0), Just(7), Just(u16::MAX)];
    let numbers = (
        1..=u16::MAX,
        1..87_600_u32,
        87_600..876_000_u32,
        31..40_u16,
        patch,
    );
    let algorithm = proptest::sample::select(algorithms.to_vec());
    let address = any::<IpAddr>().prop_filter("an address of a machine", |address| {
        !address.is_unspecified()
    });
    (
        texts(),
        numbers,
        algorithm,
        WORD,
        proptest::option::of(address),
    )
        .prop_map(
            |(
                texts,
                (bind_port, certificate_hours, authority_hours, minor, patch),
                key_algorithm,
                node,
                address,
            )| {
                ClusterSpec {
                    kubernetes_version: Release {
                        major: 1,
                        minor,
                        patch,
                    },
                    nodes: vec![Node {
                        name: node,
                        addresses: address.into_iter().collect(),
                        roles: vec![NodeRole::ControlPlane],
                    }],
                    bind_port,
                    certificate_hours,
                    authority_hours,
                    key_algorithm,
                    ..texts
                }
            },
        )
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(cluster in known()) {
        let text = write(&cluster);
        prop_assert_eq!(read(&text, "other").map(|read| read.cluster), Ok(cluster), "{}", text);
    }

    #[test]
    fn no_text_is_too_strange(text in ".{0,200}", field in "[a-zA-Z]{1,12}", value in ".{0,20}") {
        let _ = read(&text, "x");
        let _ = read(&format!("{CLUSTER}{field}: {value}\n---\n{INIT}{value}"), &text);
    }
}
