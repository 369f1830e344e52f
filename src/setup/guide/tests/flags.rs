//! The flags of one component after another.

use super::super::super::{AuthorityKeys, Etcd};
use super::super::*;
use super::{THREE, cluster};
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::kubernetes::component::Component;

/// What kubeadm itself gives the API server of such a cluster.
const API_SERVER: [(&str, &str); 26] = [
    ("advertise-address", "10.0.0.10"),
    ("authorization-mode", "Node,RBAC"),
    ("client-ca-file", "/etc/kubernetes/pki/ca.crt"),
    ("enable-admission-plugins", "NodeRestriction"),
    ("enable-bootstrap-token-auth", "true"),
    ("etcd-cafile", "/etc/kubernetes/pki/etcd/ca.crt"),
    (
        "etcd-certfile",
        "/etc/kubernetes/pki/apiserver-etcd-client.crt",
    ),
    (
        "etcd-keyfile",
        "/etc/kubernetes/pki/apiserver-etcd-client.key",
    ),
    ("etcd-servers", "https://127.0.0.1:2379"),
    (
        "kubelet-client-certificate",
        "/etc/kubernetes/pki/apiserver-kubelet-client.crt",
    ),
    (
        "kubelet-client-key",
        "/etc/kubernetes/pki/apiserver-kubelet-client.key",
    ),
    (
        "kubelet-preferred-address-types",
        "InternalIP,ExternalIP,Hostname",
    ),
    (
        "proxy-client-cert-file",
        "/etc/kubernetes/pki/front-proxy-client.crt",
    ),
    (
        "proxy-client-key-file",
        "/etc/kubernetes/pki/front-proxy-client.key",
    ),
    ("requestheader-allowed-names", "front-proxy-client"),
    (
        "requestheader-client-ca-file",
        "/etc/kubernetes/pki/front-proxy-ca.crt",
    ),
    ("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
    ("requestheader-group-headers", "X-Remote-Group"),
    ("requestheader-username-headers", "X-Remote-User"),
    ("secure-port", "6443"),
    (
        "service-account-issuer",
        "https://kubernetes.default.svc.cluster.local",
    ),
    ("service-account-key-file", "/etc/kubernetes/pki/sa.pub"),
    (
        "service-account-signing-key-file",
        "/etc/kubernetes/pki/sa.key",
    ),
    ("service-cluster-ip-range", "10.96.0.0/12"),
    ("tls-cert-file", "/etc/kubernetes/pki/apiserver.crt"),
    ("tls-private-key-file", "/etc/kubernetes/pki/apiserver.key"),
];

#[test]
fn flags_are_kubeadms_own() {
    let mut cluster = cluster("kubeadm", "master-1 10.0.0.10\n");
    cluster.control_plane_endpoint = Some("k8s.example.com:6443".into());
    let expected: Vec<_> = API_SERVER
        .iter()
        .map(|(flag, value)| ((*flag).to_owned(), (*value).to_owned()))
        .collect();
    assert_eq!(
        flags(&cluster, "master-1", Component::KubeApiserver),
        expected
    );
    assert_eq!(flags(&cluster, "nobody", Component::KubeApiserver), []);
}

fn flag(cluster: &ClusterSpec, node: &str, component: Component, flag: &str) -> Option<String> {
    flags(cluster, node, component)
        .into_iter()
        .find(|(name, _)| name == flag)
        .map(|(_, value)| value)
}

/// The flag is there, with this value.
fn has(cluster: &ClusterSpec, node: &str, component: Component, (name, value): (&str, &str)) {
    assert_eq!(
        flag(cluster, node, component, name).as_deref(),
        Some(value),
        "{node} {component} {name}"
    );
}

#[test]
fn the_key_that_signs_is_named_where_it_lies() {
    let usual = cluster("kubeadm", THREE);
    let manager = Component::KubeControllerManager;
    let key = ("cluster-signing-key-file", "/etc/kubernetes/pki/ca.key");
    let no_key = ("cluster-signing-key-file", "");
    has(&usual, "m2", manager, key);
    let here = ClusterSpec {
        authority_keys: AuthorityKeys::Here,
        ..usual.clone()
    };
    has(&here, "m1", manager, key);
    has(&here, "m2", manager, no_key);
    for away in [
        ClusterSpec {
            authority_keys: AuthorityKeys::Apart,
            ..usual.clone()
        },
        ClusterSpec {
            external_authority: true,
            ..usual
        },
    ] {
        has(&away, "m1", manager, no_key);
        has(&away, "m1", manager, ("cluster-signing-cert-file", ""));
        has(
            &away,
            "m1",
            manager,
            ("root-ca-file", "/etc/kubernetes/pki/ca.crt"),
        );
    }
}

#[test]
fn members_of_etcd_know_each_other() {
    let usual = cluster("kubeadm", THREE);
    has(
        &usual,
        "m2",
        Component::Etcd,
        (
            "initial-cluster",
            "m1=https://10.0.0.1:2380,m2=https://10.0.0.2:2380",
        ),
    );
    has(
        &usual,
        "m2",
        Component::Etcd,
        ("initial-cluster-state", "existing"),
    );
    let apart = cluster(
        "kubeadm",
        "m fd00::1\ne1 fd00::2 etcd\ne2 fd00::3 etcd\ne3 fd00::4 etcd\n",
    );
    let servers = "https://[fd00::2]:2379,https://[fd00::3]:2379,https://[fd00::4]:2379";
    has(
        &apart,
        "m",
        Component::KubeApiserver,
        ("etcd-servers", servers),
    );
    has(
        &apart,
        "e1",
        Component::Etcd,
        (
            "listen-client-urls",
            "https://[::1]:2379,https://[fd00::2]:2379",
        ),
    );
}

#[test]
fn answers_change_flags() {
    let usual = cluster("kubeadm", THREE);
    let etcd_authority = ("trusted-ca-file", "/etc/kubernetes/pki/etcd/ca.crt");
    let peers = ClusterSpec {
        etcd: Etcd {
            peer_authority: true,
            ..Etcd::default()
        },
        ..usual.clone()
    };
    has(
        &peers,
        "m1",
        Component::Etcd,
        (
            "peer-trusted-ca-file",
            "/etc/kubernetes/pki/etcd/peer-ca.crt",
        ),
    );
    has(&peers, "m1", Component::Etcd, etcd_authority);
    let one = ClusterSpec {
        one_authority: true,
        ..usual
    };
    has(&one, "m1", Component::Etcd, etcd_authority);
    let front_proxy = (
        "requestheader-client-ca-file",
        "/etc/kubernetes/pki/front-proxy-ca.crt",
    );
    has(&one, "m1", Component::KubeApiserver, front_proxy);
}

#[test]
fn bootstrapping_has_its_flags() {
    for (layout, bootstrap, expected) in [
        (
            "kubeadm",
            BootstrapIdentity::Usual,
            &["enable-bootstrap-token-auth"][..],
        ),
        (
            "kubeadm",
            BootstrapIdentity::TokenFile,
            &["enable-bootstrap-token-auth", "token-auth-file"],
        ),
        ("split", BootstrapIdentity::Usual, &["token-auth-file"]),
        (
            "split",
            BootstrapIdentity::Token,
            &["enable-bootstrap-token-auth"],
        ),
        ("split", BootstrapIdentity::None, &[]),
        ("single-ca", BootstrapIdentity::Usual, &["token-auth-file"]),
    ] {
        let cluster = ClusterSpec {
            bootstrap,
            ..cluster(layout, THREE)
        };
        let found: Vec<String> = flags(&cluster, "m1", Component::KubeApiserver)
            .into_iter()
            .map(|(flag, _)| flag)
            .filter(|flag| flag.contains("token"))
            .collect();
        assert_eq!(found, expected, "{layout} {bootstrap:?}");
    }
    let split = cluster("split", THREE);
    has(
        &split,
        "m1",
        Component::Kubelet,
        (
            "bootstrap-kubeconfig",
            "/etc/kubernetes/auth/bootstrap.conf",
        ),
    );
    has(
        &split,
        "m1",
        Component::Kubelet,
        ("kubeconfig", "/etc/kubernetes/auth/kubelet.conf"),
    );
    has(
        &split,
        "m1",
        Component::Kubelet,
        ("cluster-dns", "10.96.0.10"),
    );
}
