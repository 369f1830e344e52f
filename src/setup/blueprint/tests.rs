use std::collections::BTreeSet;

use super::*;
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::setup::{ExternalEtcd, Node, NodeRole};

fn node(name: &str, address: &str, roles: &[NodeRole]) -> Node {
    Node {
        name: name.to_owned(),
        addresses: vec![address.parse().unwrap()],
        roles: roles.to_vec(),
    }
}

fn masters(layout: &str, count: u8) -> ClusterSpec {
    let nodes = (1..=count).map(|n| {
        node(
            &format!("m{n}"),
            &format!("10.0.0.{n}"),
            &[NodeRole::ControlPlane],
        )
    });
    ClusterSpec {
        layout: layout.to_owned(),
        nodes: nodes.collect(),
        ..ClusterSpec::default()
    }
}

fn paths(blueprint: &Blueprint, node: &str) -> BTreeSet<String> {
    let files = blueprint.things.iter().flat_map(Thing::files);
    files
        .filter(|(_, on)| on.iter().any(|one| one == node))
        .map(|(file, _)| file.path.clone())
        .collect()
}

fn thing<'a>(blueprint: &'a Blueprint, id: &str) -> &'a Thing {
    let ids = || {
        blueprint
            .things
            .iter()
            .map(|thing| thing.id.as_str())
            .collect::<Vec<_>>()
    };
    blueprint
        .thing(id)
        .unwrap_or_else(|| panic!("{id}: {:?}", ids()))
}

fn sans(blueprint: &Blueprint, id: &str) -> String {
    let names = thing(blueprint, id)
        .identity()
        .map(|identity| &identity.subject_alt_names);
    names
        .into_iter()
        .flatten()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",")
}

fn server(blueprint: &Blueprint, id: &str) -> String {
    match &thing(blueprint, id).what {
        What::Kubeconfig { server, .. } | What::BootstrapKubeconfig { server, .. } => {
            server.clone()
        }
        other => panic!("{id} is {other:?}"),
    }
}

#[test]
fn names_follow_kubeadms_rules() {
    let mut cluster = masters("kubeadm", 2);
    cluster.control_plane_endpoint = Some("[fd00::1]".to_owned());
    cluster.service_subnet = "10.96.0.0/12,fd00:10:96::/112".to_owned();
    cluster.api_server_sans = ["*.example.com", "192.0.2.1", "10.0.0.1", "a.example.com"]
        .map(str::to_owned)
        .to_vec();
    let blueprint = Blueprint::of(&cluster).unwrap();
    assert_eq!(
        sans(&blueprint, "apiserver@m1"),
        "DNS:*.example.com,DNS:a.example.com,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,\
         DNS:kubernetes.default.svc.cluster.local,DNS:m1,IP:10.96.0.1,IP:10.0.0.1,IP:fd00::1,IP:192.0.2.1"
    );
    assert_eq!(
        sans(&blueprint, "etcd-peer@m2"),
        "DNS:localhost,DNS:m2,IP:10.0.0.2,IP:127.0.0.1,IP:::1"
    );
    assert_eq!(sans(&blueprint, "ca"), "DNS:kubernetes");
    assert_eq!(sans(&blueprint, "front-proxy-client@m1"), "");
    for (id, url) in [
        ("admin.conf@m2", "https://[fd00::1]:6443"),
        ("super-admin.conf@m1", "https://[fd00::1]:6443"),
        ("kubelet.conf@m1", "https://10.0.0.1:6443"),
        ("kubelet.conf@m2", "https://10.0.0.2:6443"),
        ("scheduler.conf@m1", "https://10.0.0.1:6443"),
    ] {
        assert_eq!(server(&blueprint, id), url, "{id}");
    }
    assert!(blueprint.thing("super-admin.conf@m2").is_none());
    cluster.kubernetes_version = "1.32.4".parse().unwrap();
    assert_eq!(
        server(&Blueprint::of(&cluster).unwrap(), "kubelet.conf@m2"),
        "https://[fd00::1]:6443"
    );
    assert_eq!(
        thing(&blueprint, "kubelet.conf@m2")
            .identity()
            .unwrap()
            .common_name,
        "system:node:m2"
    );
}

#[test]
fn groups_follow_the_release() {
    for (version, admin, kubelet_client, etcd_client, super_admin) in [
        (
            "1.28.9",
            "system:masters",
            "system:masters",
            "system:masters",
            false,
        ),
        (
            "1.30.0",
            "kubeadm:cluster-admins",
            "kubeadm:cluster-admins",
            "",
            true,
        ),
        (
            "1.36.0",
            "kubeadm:cluster-admins",
            "kubeadm:cluster-admins",
            "",
            true,
        ),
        ("1.36.2", "kubeadm:cluster-admins", "", "", true),
    ] {
        let mut cluster = masters("kubeadm", 1);
        cluster.kubernetes_version = version.parse().unwrap();
        let blueprint = Blueprint::of(&cluster).unwrap();
        let groups = |id: &str| {
            thing(&blueprint, id)
                .identity()
                .unwrap()
                .organizations
                .join(",")
        };
        assert_eq!(groups("admin.conf@m1"), admin, "{version}");
        assert_eq!(
            groups("apiserver-kubelet-client@m1"),
            kubelet_client,
            "{version}"
        );
        assert_eq!(groups("apiserver-etcd-client@m1"), etcd_client, "{version}");
        assert_eq!(
            blueprint.thing("super-admin.conf@m1").is_some(),
            super_admin,
            "{version}"
        );
    }
}

#[test]
fn etcd_lies_where_it_runs() {
    let mut cluster = masters("kubeadm", 1);
    cluster
        .nodes
        .push(node("e1", "10.0.1.1", &[NodeRole::Etcd]));
    cluster
        .nodes
        .push(node("w1", "10.0.2.1", &[NodeRole::Worker]));
    cluster.certificates_directory = Some("/srv/pki/".to_owned());
    let blueprint = Blueprint::of(&cluster).unwrap();
    let etcd: Vec<_> = paths(&blueprint, "e1").into_iter().collect();
    assert_eq!(
        etcd,
        [
            "ca.crt",
            "healthcheck-client.crt",
            "healthcheck-client.key",
            "peer.crt",
            "peer.key",
            "server.crt",
            "server.key"
        ]
        .map(|name| format!("/srv/pki/etcd/{name}"))
    );
    assert_eq!(
        paths(&blueprint, "w1").into_iter().collect::<Vec<_>>(),
        ["/srv/pki/ca.crt"]
    );
    let master = paths(&blueprint, "m1");
    assert!(
        master.contains("/srv/pki/etcd/ca.key")
            && master.contains("/srv/pki/apiserver-etcd-client.crt")
    );
    assert!(!master.contains("/srv/pki/etcd/server.crt"));
    cluster.nodes.remove(1);
    cluster.etcd.external = Some(ExternalEtcd::default());
    let blueprint = Blueprint::of(&cluster).unwrap();
    assert!(
        blueprint
            .things
            .iter()
            .all(|thing| !thing.id.contains("etcd")),
        "{blueprint:?}"
    );
}

#[test]
fn one_authority_stands_in_every_place() {
    let mut cluster = masters("split", 1);
    cluster.one_authority = true;
    let blueprint = Blueprint::of(&cluster).unwrap();
    let What::Authority { places, .. } = &thing(&blueprint, "ca").what else {
        panic!("{blueprint:?}")
    };
    assert_eq!(
        places
            .iter()
            .map(|place| place.certificate.path.as_str())
            .collect::<Vec<_>>(),
        [
            "/etc/kubernetes/pki/ca.crt",
            "/etc/kubernetes/pki/front-proxy-ca.crt",
            "/etc/etcd/pki/ca.crt"
        ]
    );
    assert!(blueprint.thing("etcd-ca").is_none() && blueprint.warnings.len() == 1);
    let issuers = blueprint
        .things
        .iter()
        .filter_map(|thing| match &thing.what {
            What::Certificate { issuer, .. } | What::Kubeconfig { issuer, .. } => {
                Some(issuer.as_str())
            }
            _ => None,
        });
    assert_eq!(issuers.collect::<BTreeSet<_>>(), BTreeSet::from(["ca"]));
}

#[test]
fn peers_and_roots_come_where_they_are_asked_for() {
    let mut cluster = masters("kubeadm", 1);
    cluster.etcd.peer_authority = true;
    cluster.intermediate_authorities = true;
    let blueprint = Blueprint::of(&cluster).unwrap();
    let issuer = |id: &str| match &thing(&blueprint, id).what {
        What::Certificate { issuer, .. } => issuer.clone(),
        What::Authority { issuer, .. } => issuer.clone().unwrap_or_default(),
        other => panic!("{other:?}"),
    };
    assert_eq!(blueprint.things[0].id, "root-ca");
    assert_eq!(
        [
            "root-ca",
            "ca",
            "etcd-peer-ca",
            "etcd-peer@m1",
            "etcd-server@m1"
        ]
        .map(issuer),
        ["", "root-ca", "root-ca", "etcd-peer-ca", "etcd-ca"]
    );
    let files = paths(&blueprint, "m1");
    assert!(
        files.contains("/etc/kubernetes/pki/root-ca.crt")
            && !files.contains("/etc/kubernetes/pki/root-ca.key")
    );
    assert!(files.contains("/etc/kubernetes/pki/etcd/peer-ca.key"));
    cluster.layout = "single-ca".to_owned();
    assert!(Blueprint::of(&cluster).is_err());
    cluster.layout = "k3s".to_owned();
    assert!(Blueprint::of(&cluster).is_err_and(|why| why.contains("kubeadm, split, single-ca")));
}

#[test]
fn one_file_has_the_roles_that_its_machine_plays() {
    let mut cluster = masters("single-ca", 1);
    cluster.nodes[0].addresses.push("fd00::10".parse().unwrap());
    cluster
        .nodes
        .push(node("e1", "10.0.1.1", &[NodeRole::Etcd]));
    cluster
        .nodes
        .push(node("w1", "10.0.2.1", &[NodeRole::Worker]));
    cluster.subject = [("C", "DE"), ("O", "k8s"), ("OU", "System")]
        .map(|(a, v)| (a.to_owned(), v.to_owned()))
        .to_vec();
    let blueprint = Blueprint::of(&cluster).unwrap();
    let roles = |id: &str| {
        thing(&blueprint, id)
            .roles
            .iter()
            .map(|role| role.name)
            .collect::<Vec<_>>()
            .join(",")
    };
    assert_eq!(roles("ca"), "ca,etcd-ca,sa");
    assert_eq!(
        roles("apiserver@m1"),
        "apiserver,apiserver-kubelet-client,apiserver-etcd-client"
    );
    assert_eq!(roles("apiserver@e1"), "etcd-server,etcd-peer");
    assert_eq!(
        sans(&blueprint, "apiserver@e1"),
        "DNS:e1,DNS:localhost,IP:10.0.1.1,IP:127.0.0.1,IP:::1"
    );
    assert!(sans(&blueprint, "apiserver@m1").ends_with("IP:10.96.0.1,IP:10.0.0.1,IP:fd00::10"));
    let kubernetes = thing(&blueprint, "apiserver@m1").identity().unwrap();
    assert_eq!(
        (
            kubernetes.common_name.as_str(),
            kubernetes.organizations.join(",").as_str()
        ),
        ("kubernetes", "k8s")
    );
    assert_eq!(
        kubernetes.extended_key_usage,
        [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth]
    );
    assert_eq!(
        thing(&blueprint, "admin@m1")
            .identity()
            .unwrap()
            .organizations,
        ["system:masters"]
    );
    let What::Kubeconfig { client, names, .. } = &thing(&blueprint, "kube-proxy.conf@w1").what
    else {
        panic!()
    };
    assert_eq!(
        (client.as_deref(), names[2].as_str()),
        (Some("kube-proxy-client@w1"), "default")
    );
}

#[test]
fn a_token_is_made_for_whom_it_is_asked() {
    for (layout, identity, user, kubeconfig) in [
        ("kubeadm", BootstrapIdentity::Usual, None, None),
        (
            "kubeadm",
            BootstrapIdentity::Token,
            None,
            Some("tls-bootstrap-token-user"),
        ),
        (
            "split",
            BootstrapIdentity::Usual,
            Some("system:bootstrapper"),
            Some("system:bootstrapper"),
        ),
        (
            "single-ca",
            BootstrapIdentity::Usual,
            Some("kubelet-bootstrap"),
            Some("kubelet-bootstrap"),
        ),
        ("single-ca", BootstrapIdentity::None, None, None),
    ] {
        let mut cluster = masters(layout, 1);
        cluster.bootstrap = identity;
        cluster
            .nodes
            .push(node("w1", "10.0.2.1", &[NodeRole::Worker]));
        let blueprint = Blueprint::of(&cluster).unwrap();
        let users = |thing: &Thing| match &thing.what {
            What::TokenFile { user, .. } => Some(user.clone()),
            _ => None,
        };
        let names = |thing: &Thing| match &thing.what {
            What::BootstrapKubeconfig { names, .. } => Some(names[1].clone()),
            _ => None,
        };
        assert_eq!(
            blueprint.things.iter().find_map(users).as_deref(),
            user,
            "{layout} {identity:?}"
        );
        assert_eq!(
            blueprint.things.iter().find_map(names).as_deref(),
            kubeconfig,
            "{layout} {identity:?}"
        );
    }
}
