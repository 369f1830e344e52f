//! The rows. Source: kubeadm certlist.go and kubeconfig.go; k3s deps.go for its own; rke pki/services.go.

use super::RoleKind::{Authority, Certificate, KeyPair, Kubeconfig};
use super::variants::{ADMINS, BOTH, CLIENT, KUBELET_CLIENT, MASTERS, NODES, NONE, NONE_OR_MASTERS, SERVER};
use super::{RightRule, Role, readers};

const BASE: Role = Role {
    name: "",
    kind: Certificate,
    issuer: None,
    purpose: "",
    common_name: "",
    organizations: &[],
    extended_key_usage: &[],
    readers: &[],
    right: None,
    consequence: "",
    client: None,
};

const fn right(binding: &'static str, cluster_role: &'static str) -> RightRule {
    RightRule { binding, cluster_role }
}

const ADMIN_RIGHT: RightRule = right("kubeadm:cluster-admins", "cluster-admin");
const MASTERS_RIGHT: RightRule = right("", "everything (system:masters bypasses RBAC)");
const MANAGER_RIGHT: RightRule = right("system:kube-controller-manager", "system:kube-controller-manager");
const SCHEDULER_RIGHT: RightRule = right("system:kube-scheduler", "system:kube-scheduler");
const NODE_RIGHT: RightRule = right("", "the node's own objects (Node authorizer)");
const PROXY_RIGHT: RightRule = right("system:node-proxier", "system:node-proxier");

/// The role table, kubeadm's roles first.
pub static ROLES: &[Role] = &[
    Role {
        name: "ca",
        kind: Authority,
        purpose: "signs the cluster's servers and clients",
        common_name: "kubernetes",
        readers: readers::CA,
        consequence: "every certificate of the cluster stops being trusted",
        ..BASE
    },
    Role {
        name: "apiserver",
        issuer: Some("ca"),
        purpose: "serves the Kubernetes API",
        common_name: "kube-apiserver",
        organizations: NONE,
        extended_key_usage: SERVER,
        readers: readers::APISERVER_SERVING,
        consequence: "the API server goes dark for every client",
        ..BASE
    },
    Role {
        name: "apiserver-kubelet-client",
        issuer: Some("ca"),
        purpose: "shows kubelets that the API server calls",
        common_name: "kube-apiserver-kubelet-client",
        organizations: KUBELET_CLIENT,
        extended_key_usage: CLIENT,
        readers: readers::APISERVER_KUBELET_CLIENT,
        right: Some(right("kubeadm:apiserver-kubelet-client", "system:kubelet-api-admin")),
        consequence: "kubectl logs and exec stop",
        ..BASE
    },
    Role {
        name: "front-proxy-ca",
        kind: Authority,
        purpose: "signs the client of the aggregation layer",
        common_name: "front-proxy-ca",
        readers: readers::FRONT_PROXY_CA,
        consequence: "aggregated APIs such as metrics stop",
        ..BASE
    },
    Role {
        name: "front-proxy-client",
        issuer: Some("front-proxy-ca"),
        purpose: "shows aggregated API servers that the API server calls",
        common_name: "front-proxy-client",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::FRONT_PROXY_CLIENT,
        consequence: "aggregated APIs such as metrics stop",
        ..BASE
    },
    Role {
        name: "etcd-ca",
        kind: Authority,
        purpose: "signs etcd's servers and clients",
        common_name: "etcd-ca",
        readers: readers::ETCD_CA,
        consequence: "etcd and the API server stop trusting each other",
        ..BASE
    },
    Role {
        name: "etcd-server",
        issuer: Some("etcd-ca"),
        purpose: "serves etcd's clients on port 2379",
        common_name: "{node}",
        organizations: NONE,
        extended_key_usage: BOTH,
        readers: readers::ETCD_SERVER,
        consequence: "the API server loses etcd and stops",
        ..BASE
    },
    Role {
        name: "etcd-peer",
        issuer: Some("etcd-ca"),
        purpose: "connects etcd's members on port 2380",
        common_name: "{node}",
        organizations: NONE,
        extended_key_usage: BOTH,
        readers: readers::ETCD_PEER,
        consequence: "etcd's members lose each other",
        ..BASE
    },
    Role {
        name: "etcd-healthcheck-client",
        issuer: Some("etcd-ca"),
        purpose: "lets etcdctl and probes ask etcd",
        common_name: "kube-etcd-healthcheck-client",
        organizations: NONE_OR_MASTERS,
        extended_key_usage: CLIENT,
        readers: readers::ETCD_HEALTHCHECK,
        consequence: "etcdctl and old probes of etcd are refused",
        ..BASE
    },
    Role {
        name: "apiserver-etcd-client",
        issuer: Some("etcd-ca"),
        purpose: "shows etcd that the API server calls",
        common_name: "kube-apiserver-etcd-client",
        organizations: NONE_OR_MASTERS,
        extended_key_usage: CLIENT,
        readers: readers::APISERVER_ETCD_CLIENT,
        consequence: "the API server loses etcd and stops",
        ..BASE
    },
    Role {
        name: "sa",
        kind: KeyPair,
        purpose: "signs and verifies service account tokens",
        readers: readers::SERVICE_ACCOUNT,
        consequence: "every service account token is refused",
        ..BASE
    },
    Role {
        name: "admin.conf",
        kind: Kubeconfig,
        issuer: Some("ca"),
        purpose: "the administrator's kubeconfig",
        common_name: "kubernetes-admin",
        organizations: ADMINS,
        extended_key_usage: CLIENT,
        readers: readers::KUBECTL,
        right: Some(ADMIN_RIGHT),
        consequence: "kubectl with admin.conf is refused",
        client: Some("admin"),
    },
    Role {
        name: "super-admin.conf",
        kind: Kubeconfig,
        issuer: Some("ca"),
        purpose: "the way in when RBAC is broken",
        common_name: "kubernetes-super-admin",
        organizations: MASTERS,
        extended_key_usage: CLIENT,
        readers: readers::KUBECTL,
        right: Some(MASTERS_RIGHT),
        consequence: "the way in past a broken RBAC closes",
        client: Some("admin"),
    },
    Role {
        name: "controller-manager.conf",
        kind: Kubeconfig,
        issuer: Some("ca"),
        purpose: "the controller manager's kubeconfig",
        common_name: "system:kube-controller-manager",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::CONTROLLER_MANAGER_CONF,
        right: Some(MANAGER_RIGHT),
        consequence: "controllers stop: nothing is scaled, repaired or signed",
        client: Some("controller-manager-client"),
    },
    Role {
        name: "scheduler.conf",
        kind: Kubeconfig,
        issuer: Some("ca"),
        purpose: "the scheduler's kubeconfig",
        common_name: "system:kube-scheduler",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::SCHEDULER_CONF,
        right: Some(SCHEDULER_RIGHT),
        consequence: "new pods stay pending",
        client: Some("scheduler-client"),
    },
    Role {
        name: "kubelet.conf",
        kind: Kubeconfig,
        issuer: Some("ca"),
        purpose: "the kubelet's kubeconfig",
        common_name: "system:node:{node}",
        organizations: NODES,
        extended_key_usage: CLIENT,
        readers: readers::KUBELET_CONF,
        right: Some(NODE_RIGHT),
        consequence: "the node goes NotReady",
        client: Some("kubelet-client"),
    },
    Role {
        name: "bootstrap-kubelet.conf",
        kind: Kubeconfig,
        purpose: "lets a new kubelet ask for its first certificate",
        readers: readers::BOOTSTRAP_CONF,
        right: Some(right("kubeadm:kubelet-bootstrap", "system:node-bootstrapper")),
        consequence: "new nodes cannot join",
        ..BASE
    },
    Role {
        name: "kube-proxy.conf",
        kind: Kubeconfig,
        issuer: Some("ca"),
        purpose: "kube-proxy's kubeconfig",
        common_name: "system:kube-proxy",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::PROXY_CONF,
        right: Some(PROXY_RIGHT),
        consequence: "Services stop following their pods on this node",
        client: Some("kube-proxy-client"),
    },
    Role {
        name: "kubelet-client",
        issuer: Some("ca"),
        purpose: "shows the API server which node the kubelet is",
        common_name: "system:node:{node}",
        organizations: NODES,
        extended_key_usage: CLIENT,
        readers: readers::KUBELET_CLIENT,
        right: Some(NODE_RIGHT),
        consequence: "the node goes NotReady",
        ..BASE
    },
    Role {
        name: "kubelet-serving",
        issuer: Some("ca"),
        purpose: "serves the kubelet's port 10250",
        extended_key_usage: SERVER,
        readers: readers::KUBELET_SERVING,
        consequence: "clients that verify port 10250, such as metrics-server, are refused",
        ..BASE
    },
    Role {
        name: "controller-manager-serving",
        issuer: Some("ca"),
        purpose: "serves the controller manager's port 10257",
        extended_key_usage: SERVER,
        readers: readers::MANAGER_SERVING,
        consequence: "metrics of the controller manager stop",
        ..BASE
    },
    Role {
        name: "scheduler-serving",
        issuer: Some("ca"),
        purpose: "serves the scheduler's port 10259",
        extended_key_usage: SERVER,
        readers: readers::SCHEDULER_SERVING,
        consequence: "metrics of the scheduler stop",
        ..BASE
    },
    Role {
        name: "apiserver-sni",
        issuer: Some("ca"),
        purpose: "serves the Kubernetes API under one more name",
        extended_key_usage: SERVER,
        readers: readers::APISERVER_SNI,
        consequence: "clients that use that name of the API server are refused",
        ..BASE
    },
    Role {
        name: "admin",
        issuer: Some("ca"),
        purpose: "the administrator's client certificate",
        organizations: MASTERS,
        extended_key_usage: CLIENT,
        readers: readers::ADMIN,
        right: Some(MASTERS_RIGHT),
        consequence: "kubectl with the administrator's certificate is refused",
        ..BASE
    },
    Role {
        name: "controller-manager-client",
        issuer: Some("ca"),
        purpose: "shows the API server that the controller manager calls",
        common_name: "system:kube-controller-manager",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::MANAGER_CLIENT,
        right: Some(MANAGER_RIGHT),
        consequence: "controllers stop: nothing is scaled, repaired or signed",
        ..BASE
    },
    Role {
        name: "scheduler-client",
        issuer: Some("ca"),
        purpose: "shows the API server that the scheduler calls",
        common_name: "system:kube-scheduler",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::SCHEDULER_CLIENT,
        right: Some(SCHEDULER_RIGHT),
        consequence: "new pods stay pending",
        ..BASE
    },
    Role {
        name: "kube-proxy-client",
        issuer: Some("ca"),
        purpose: "shows the API server that kube-proxy calls",
        common_name: "system:kube-proxy",
        extended_key_usage: CLIENT,
        readers: readers::PROXY_CLIENT,
        right: Some(PROXY_RIGHT),
        consequence: "Services stop following their pods on this node",
        ..BASE
    },
    Role {
        name: "client-ca",
        kind: Authority,
        purpose: "signs the cluster's clients",
        readers: readers::CLIENT_CA,
        consequence: "every client certificate of the cluster is refused",
        ..BASE
    },
    Role {
        name: "server-ca",
        kind: Authority,
        purpose: "signs the cluster's servers",
        readers: readers::SERVER_CA,
        consequence: "every server of the cluster stops being trusted",
        ..BASE
    },
    Role {
        name: "etcd-peer-ca",
        kind: Authority,
        purpose: "signs etcd's members for each other",
        readers: readers::ETCD_PEER_CA,
        consequence: "etcd's members lose each other",
        ..BASE
    },
    Role {
        name: "supervisor",
        issuer: Some("client-ca"),
        purpose: "shows the API server that the k3s or RKE2 supervisor calls",
        organizations: MASTERS,
        extended_key_usage: CLIENT,
        right: Some(MASTERS_RIGHT),
        consequence: "the supervisor is refused: nodes are no longer set up",
        ..BASE
    },
    Role {
        name: "k3s-controller",
        issuer: Some("client-ca"),
        purpose: "shows the API server that the node's own controllers call",
        extended_key_usage: CLIENT,
        right: Some(right("system:k3s-controller", "system:k3s-controller")),
        consequence: "network policies and routes of the node go stale",
        ..BASE
    },
    Role {
        name: "cloud-controller",
        issuer: Some("client-ca"),
        purpose: "shows the API server that the cloud controller calls",
        extended_key_usage: CLIENT,
        right: Some(right("k3s-cloud-controller-manager", "k3s-cloud-controller-manager")),
        consequence: "new nodes stay uninitialised and load balancers go stale",
        ..BASE
    },
];
