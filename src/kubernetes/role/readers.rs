//! Who reads what through which flag, and what it needs after a change (`kubeadm manifests.go`,
//! `etcd/local.go`).

use super::Part::{Certificate, Key, PublicKey};
use super::Restart::{NotNeeded, ReloadsByItself, Required};
use super::{Part, ReaderRule, Restart};
use crate::kubernetes::component::Component;

const APISERVER: Component = Component::KubeApiserver;
const MANAGER: Component = Component::KubeControllerManager;
const SCHEDULER: Component = Component::KubeScheduler;
const KUBELET: Component = Component::Kubelet;
const PROXY: Component = Component::KubeProxy;
const ETCD: Component = Component::Etcd;

const fn rule(
    component: Component,
    flag: &'static str,
    part: Part,
    restart: Restart,
) -> ReaderRule {
    ReaderRule {
        component,
        flag,
        part,
        restart,
    }
}

pub(super) const CA: &[ReaderRule] = &[
    rule(APISERVER, "client-ca-file", Certificate, ReloadsByItself),
    rule(
        APISERVER,
        "kubelet-certificate-authority",
        Certificate,
        Required,
    ),
    rule(MANAGER, "root-ca-file", Certificate, Required),
    rule(MANAGER, "client-ca-file", Certificate, ReloadsByItself),
    rule(
        MANAGER,
        "cluster-signing-cert-file",
        Certificate,
        ReloadsByItself,
    ),
    rule(MANAGER, "cluster-signing-key-file", Key, ReloadsByItself),
    rule(
        MANAGER,
        "cluster-signing-kubelet-serving-cert-file",
        Certificate,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "cluster-signing-kubelet-serving-key-file",
        Key,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "cluster-signing-kubelet-client-cert-file",
        Certificate,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "cluster-signing-kubelet-client-key-file",
        Key,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "cluster-signing-kube-apiserver-client-cert-file",
        Certificate,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "cluster-signing-kube-apiserver-client-key-file",
        Key,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "cluster-signing-legacy-unknown-cert-file",
        Certificate,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "cluster-signing-legacy-unknown-key-file",
        Key,
        ReloadsByItself,
    ),
    rule(SCHEDULER, "client-ca-file", Certificate, ReloadsByItself),
    rule(
        KUBELET,
        "authentication.x509.clientCAFile",
        Certificate,
        Required,
    ),
    rule(KUBELET, "client-ca-file", Certificate, Required),
];

/// k3s and RKE2: the half of the cluster's CA that signs clients.
pub(super) const CLIENT_CA: &[ReaderRule] = &[
    rule(APISERVER, "client-ca-file", Certificate, ReloadsByItself),
    rule(MANAGER, "client-ca-file", Certificate, ReloadsByItself),
    rule(
        MANAGER,
        "cluster-signing-kubelet-client-cert-file",
        Certificate,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "cluster-signing-kubelet-client-key-file",
        Key,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "cluster-signing-kube-apiserver-client-cert-file",
        Certificate,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "cluster-signing-kube-apiserver-client-key-file",
        Key,
        ReloadsByItself,
    ),
    rule(SCHEDULER, "client-ca-file", Certificate, ReloadsByItself),
    rule(
        KUBELET,
        "authentication.x509.clientCAFile",
        Certificate,
        Required,
    ),
    rule(KUBELET, "client-ca-file", Certificate, Required),
];

/// k3s and RKE2: the half of the cluster's CA that signs servers.
pub(super) const SERVER_CA: &[ReaderRule] = &[
    rule(
        APISERVER,
        "kubelet-certificate-authority",
        Certificate,
        Required,
    ),
    rule(MANAGER, "root-ca-file", Certificate, Required),
    rule(
        MANAGER,
        "cluster-signing-kubelet-serving-cert-file",
        Certificate,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "cluster-signing-kubelet-serving-key-file",
        Key,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "cluster-signing-legacy-unknown-cert-file",
        Certificate,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "cluster-signing-legacy-unknown-key-file",
        Key,
        ReloadsByItself,
    ),
];

pub(super) const APISERVER_SERVING: &[ReaderRule] = &[
    rule(APISERVER, "tls-cert-file", Certificate, ReloadsByItself),
    rule(APISERVER, "tls-private-key-file", Key, ReloadsByItself),
];

pub(super) const APISERVER_SNI: &[ReaderRule] = &[
    rule(APISERVER, "tls-sni-cert-key", Certificate, ReloadsByItself),
    rule(APISERVER, "tls-sni-cert-key", Key, ReloadsByItself),
];

pub(super) const APISERVER_KUBELET_CLIENT: &[ReaderRule] = &[
    rule(
        APISERVER,
        "kubelet-client-certificate",
        Certificate,
        ReloadsByItself,
    ),
    rule(APISERVER, "kubelet-client-key", Key, ReloadsByItself),
];

pub(super) const FRONT_PROXY_CA: &[ReaderRule] = &[
    rule(
        APISERVER,
        "requestheader-client-ca-file",
        Certificate,
        ReloadsByItself,
    ),
    rule(
        MANAGER,
        "requestheader-client-ca-file",
        Certificate,
        ReloadsByItself,
    ),
    rule(
        SCHEDULER,
        "requestheader-client-ca-file",
        Certificate,
        ReloadsByItself,
    ),
];

pub(super) const FRONT_PROXY_CLIENT: &[ReaderRule] = &[
    rule(
        APISERVER,
        "proxy-client-cert-file",
        Certificate,
        ReloadsByItself,
    ),
    rule(APISERVER, "proxy-client-key-file", Key, ReloadsByItself),
];

pub(super) const ETCD_CA: &[ReaderRule] = &[
    rule(ETCD, "trusted-ca-file", Certificate, Required),
    rule(ETCD, "peer-trusted-ca-file", Certificate, Required),
    rule(APISERVER, "etcd-cafile", Certificate, Required),
];

/// k3s and RKE2 have two CAs for etcd: this one for members only.
pub(super) const ETCD_PEER_CA: &[ReaderRule] =
    &[rule(ETCD, "peer-trusted-ca-file", Certificate, Required)];

pub(super) const ETCD_SERVER: &[ReaderRule] = &[
    rule(ETCD, "cert-file", Certificate, ReloadsByItself),
    rule(ETCD, "key-file", Key, ReloadsByItself),
];

pub(super) const ETCD_PEER: &[ReaderRule] = &[
    rule(ETCD, "peer-cert-file", Certificate, ReloadsByItself),
    rule(ETCD, "peer-key-file", Key, ReloadsByItself),
];

pub(super) const ETCD_HEALTHCHECK: &[ReaderRule] = &[
    rule(Component::Etcdctl, "cert", Certificate, NotNeeded),
    rule(Component::Etcdctl, "key", Key, NotNeeded),
];

// Read again for each handshake, yet an open connection keeps the old one: a restart is the sure
// way.
pub(super) const APISERVER_ETCD_CLIENT: &[ReaderRule] = &[
    rule(APISERVER, "etcd-certfile", Certificate, ReloadsByItself),
    rule(APISERVER, "etcd-keyfile", Key, ReloadsByItself),
];

pub(super) const SERVICE_ACCOUNT: &[ReaderRule] = &[
    rule(APISERVER, "service-account-key-file", PublicKey, Required),
    rule(APISERVER, "service-account-signing-key-file", Key, Required),
    rule(MANAGER, "service-account-private-key-file", Key, Required),
];

pub(super) const KUBECTL: &[ReaderRule] = &[rule(
    Component::Kubectl,
    "kubeconfig",
    Certificate,
    NotNeeded,
)];

pub(super) const CONTROLLER_MANAGER_CONF: &[ReaderRule] = &[
    rule(MANAGER, "kubeconfig", Certificate, Required),
    rule(MANAGER, "authentication-kubeconfig", Certificate, Required),
    rule(MANAGER, "authorization-kubeconfig", Certificate, Required),
];

pub(super) const SCHEDULER_CONF: &[ReaderRule] = &[
    rule(SCHEDULER, "kubeconfig", Certificate, Required),
    rule(
        SCHEDULER,
        "authentication-kubeconfig",
        Certificate,
        Required,
    ),
    rule(SCHEDULER, "authorization-kubeconfig", Certificate, Required),
    rule(
        SCHEDULER,
        "clientConnection.kubeconfig",
        Certificate,
        Required,
    ),
];

pub(super) const KUBELET_CONF: &[ReaderRule] =
    &[rule(KUBELET, "kubeconfig", Certificate, Required)];

pub(super) const BOOTSTRAP_CONF: &[ReaderRule] = &[
    rule(KUBELET, "bootstrap-kubeconfig", Certificate, Required),
    rule(
        KUBELET,
        "experimental-bootstrap-kubeconfig",
        Certificate,
        Required,
    ),
];

pub(super) const PROXY_CONF: &[ReaderRule] = &[
    rule(PROXY, "kubeconfig", Certificate, Required),
    rule(PROXY, "clientConnection.kubeconfig", Certificate, Required),
];

// The kubelet finds its client pair through its kubeconfig and its own folder, not through a flag.
pub(super) const KUBELET_CLIENT: &[ReaderRule] = &[rule(KUBELET, "", Certificate, ReloadsByItself)];

pub(super) const KUBELET_SERVING: &[ReaderRule] = &[
    rule(KUBELET, "tlsCertFile", Certificate, ReloadsByItself),
    rule(KUBELET, "tlsPrivateKeyFile", Key, ReloadsByItself),
    rule(KUBELET, "tls-cert-file", Certificate, ReloadsByItself),
    rule(KUBELET, "tls-private-key-file", Key, ReloadsByItself),
];

pub(super) const MANAGER_SERVING: &[ReaderRule] = &[
    rule(MANAGER, "tls-cert-file", Certificate, ReloadsByItself),
    rule(MANAGER, "tls-private-key-file", Key, ReloadsByItself),
];

pub(super) const SCHEDULER_SERVING: &[ReaderRule] = &[
    rule(SCHEDULER, "tls-cert-file", Certificate, ReloadsByItself),
    rule(SCHEDULER, "tls-private-key-file", Key, ReloadsByItself),
];

pub(super) const ADMIN: &[ReaderRule] = &[
    rule(
        Component::Kubectl,
        "client-certificate",
        Certificate,
        NotNeeded,
    ),
    rule(Component::Kubectl, "client-key", Key, NotNeeded),
];

pub(super) const MANAGER_CLIENT: &[ReaderRule] = &[rule(MANAGER, "", Certificate, Required)];

pub(super) const SCHEDULER_CLIENT: &[ReaderRule] = &[rule(SCHEDULER, "", Certificate, Required)];

pub(super) const PROXY_CLIENT: &[ReaderRule] = &[rule(PROXY, "", Certificate, Required)];
