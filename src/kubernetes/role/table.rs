//! The rows. Source: kubeadm certlist.go and kubeconfig.go; k3s deps.go for its own; rke pki/services.go.

use super::RoleKind::{Authority, Certificate, KeyPair, Kubeconfig};
use super::variants::{ADMINS, BOTH, CLIENT, KUBELET_CLIENT, MASTERS, NODES, NONE, NONE_OR_MASTERS, SERVER};
use super::{Role, RoleId, readers};

/// What most rows have in common.
const fn row(id: RoleId) -> Role {
    Role {
        id,
        name: id.as_str(),
        kind: Certificate,
        issuer: None,
        purpose: "",
        common_name: "",
        organizations: &[],
        extended_key_usage: &[],
        readers: &[],
        is_for_the_api: false,
        consequence: "",
        client: None,
    }
}

/// The role table, kubeadm's roles first.
pub static ROLES: &[Role] = &[
    Role {
        kind: Authority,
        purpose: "signs the cluster's servers and clients",
        common_name: "kubernetes",
        readers: readers::CA,
        consequence: "every certificate of the cluster stops being trusted",
        ..row(RoleId::Ca)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "serves the Kubernetes API",
        common_name: "kube-apiserver",
        organizations: NONE,
        extended_key_usage: SERVER,
        readers: readers::APISERVER_SERVING,
        consequence: "the API server goes dark for every client",
        ..row(RoleId::Apiserver)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "shows kubelets that the API server calls",
        common_name: "kube-apiserver-kubelet-client",
        organizations: KUBELET_CLIENT,
        extended_key_usage: CLIENT,
        readers: readers::APISERVER_KUBELET_CLIENT,
        is_for_the_api: true,
        consequence: "kubectl logs and exec stop",
        ..row(RoleId::ApiserverKubeletClient)
    },
    Role {
        kind: Authority,
        purpose: "signs the client of the aggregation layer",
        common_name: "front-proxy-ca",
        readers: readers::FRONT_PROXY_CA,
        consequence: "aggregated APIs such as metrics stop",
        ..row(RoleId::FrontProxyCa)
    },
    Role {
        issuer: Some(RoleId::FrontProxyCa),
        purpose: "shows aggregated API servers that the API server calls",
        common_name: "front-proxy-client",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::FRONT_PROXY_CLIENT,
        consequence: "aggregated APIs such as metrics stop",
        ..row(RoleId::FrontProxyClient)
    },
    Role {
        kind: Authority,
        purpose: "signs etcd's servers and clients",
        common_name: "etcd-ca",
        readers: readers::ETCD_CA,
        consequence: "etcd and the API server stop trusting each other",
        ..row(RoleId::EtcdCa)
    },
    Role {
        issuer: Some(RoleId::EtcdCa),
        purpose: "serves etcd's clients on port 2379",
        common_name: "{node}",
        organizations: NONE,
        extended_key_usage: BOTH,
        readers: readers::ETCD_SERVER,
        consequence: "the API server loses etcd and stops",
        ..row(RoleId::EtcdServer)
    },
    Role {
        issuer: Some(RoleId::EtcdCa),
        purpose: "connects etcd's members on port 2380",
        common_name: "{node}",
        organizations: NONE,
        extended_key_usage: BOTH,
        readers: readers::ETCD_PEER,
        consequence: "etcd's members lose each other",
        ..row(RoleId::EtcdPeer)
    },
    Role {
        issuer: Some(RoleId::EtcdCa),
        purpose: "lets etcdctl and probes ask etcd",
        common_name: "kube-etcd-healthcheck-client",
        organizations: NONE_OR_MASTERS,
        extended_key_usage: CLIENT,
        readers: readers::ETCD_HEALTHCHECK,
        consequence: "etcdctl and old probes of etcd are refused",
        ..row(RoleId::EtcdHealthcheckClient)
    },
    Role {
        issuer: Some(RoleId::EtcdCa),
        purpose: "shows etcd that the API server calls",
        common_name: "kube-apiserver-etcd-client",
        organizations: NONE_OR_MASTERS,
        extended_key_usage: CLIENT,
        readers: readers::APISERVER_ETCD_CLIENT,
        consequence: "the API server loses etcd and stops",
        ..row(RoleId::ApiserverEtcdClient)
    },
    Role {
        kind: KeyPair,
        purpose: "signs and verifies service account tokens",
        readers: readers::SERVICE_ACCOUNT,
        consequence: "every service account token is refused",
        ..row(RoleId::ServiceAccount)
    },
    Role {
        kind: Kubeconfig,
        issuer: Some(RoleId::Ca),
        purpose: "the administrator's kubeconfig",
        common_name: "kubernetes-admin",
        organizations: ADMINS,
        extended_key_usage: CLIENT,
        readers: readers::KUBECTL,
        is_for_the_api: true,
        consequence: "kubectl with admin.conf is refused",
        client: Some(RoleId::Admin),
        ..row(RoleId::AdminConf)
    },
    Role {
        kind: Kubeconfig,
        issuer: Some(RoleId::Ca),
        purpose: "the way in when RBAC is broken",
        common_name: "kubernetes-super-admin",
        organizations: MASTERS,
        extended_key_usage: CLIENT,
        readers: readers::KUBECTL,
        is_for_the_api: true,
        consequence: "the way in past a broken RBAC closes",
        client: Some(RoleId::Admin),
        ..row(RoleId::SuperAdminConf)
    },
    Role {
        kind: Kubeconfig,
        issuer: Some(RoleId::Ca),
        purpose: "the controller manager's kubeconfig",
        common_name: "system:kube-controller-manager",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::CONTROLLER_MANAGER_CONF,
        is_for_the_api: true,
        consequence: "controllers stop: nothing is scaled, repaired or signed",
        client: Some(RoleId::ControllerManagerClient),
        ..row(RoleId::ControllerManagerConf)
    },
    Role {
        kind: Kubeconfig,
        issuer: Some(RoleId::Ca),
        purpose: "the scheduler's kubeconfig",
        common_name: "system:kube-scheduler",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::SCHEDULER_CONF,
        is_for_the_api: true,
        consequence: "new pods stay pending",
        client: Some(RoleId::SchedulerClient),
        ..row(RoleId::SchedulerConf)
    },
    Role {
        kind: Kubeconfig,
        issuer: Some(RoleId::Ca),
        purpose: "the kubelet's kubeconfig",
        common_name: "system:node:{node}",
        organizations: NODES,
        extended_key_usage: CLIENT,
        readers: readers::KUBELET_CONF,
        is_for_the_api: true,
        consequence: "the node goes NotReady",
        client: Some(RoleId::KubeletClient),
        ..row(RoleId::KubeletConf)
    },
    Role {
        kind: Kubeconfig,
        purpose: "lets a new kubelet ask for its first certificate",
        readers: readers::BOOTSTRAP_CONF,
        is_for_the_api: true,
        consequence: "new nodes cannot join",
        ..row(RoleId::BootstrapKubeletConf)
    },
    Role {
        kind: Kubeconfig,
        issuer: Some(RoleId::Ca),
        purpose: "kube-proxy's kubeconfig",
        common_name: "system:kube-proxy",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::PROXY_CONF,
        is_for_the_api: true,
        consequence: "Services stop following their pods on this node",
        client: Some(RoleId::KubeProxyClient),
        ..row(RoleId::KubeProxyConf)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "shows the API server which node the kubelet is",
        common_name: "system:node:{node}",
        organizations: NODES,
        extended_key_usage: CLIENT,
        readers: readers::KUBELET_CLIENT,
        is_for_the_api: true,
        consequence: "the node goes NotReady",
        ..row(RoleId::KubeletClient)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "serves the kubelet's port 10250",
        extended_key_usage: SERVER,
        readers: readers::KUBELET_SERVING,
        consequence: "clients that verify port 10250, such as metrics-server, are refused",
        ..row(RoleId::KubeletServing)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "serves the controller manager's port 10257",
        extended_key_usage: SERVER,
        readers: readers::MANAGER_SERVING,
        consequence: "metrics of the controller manager stop",
        ..row(RoleId::ControllerManagerServing)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "serves the scheduler's port 10259",
        extended_key_usage: SERVER,
        readers: readers::SCHEDULER_SERVING,
        consequence: "metrics of the scheduler stop",
        ..row(RoleId::SchedulerServing)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "serves the Kubernetes API under one more name",
        extended_key_usage: SERVER,
        readers: readers::APISERVER_SNI,
        consequence: "clients that use that name of the API server are refused",
        ..row(RoleId::ApiserverSni)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "the administrator's client certificate",
        organizations: MASTERS,
        extended_key_usage: CLIENT,
        readers: readers::ADMIN,
        is_for_the_api: true,
        consequence: "kubectl with the administrator's certificate is refused",
        ..row(RoleId::Admin)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "shows the API server that the controller manager calls",
        common_name: "system:kube-controller-manager",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::MANAGER_CLIENT,
        is_for_the_api: true,
        consequence: "controllers stop: nothing is scaled, repaired or signed",
        ..row(RoleId::ControllerManagerClient)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "shows the API server that the scheduler calls",
        common_name: "system:kube-scheduler",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::SCHEDULER_CLIENT,
        is_for_the_api: true,
        consequence: "new pods stay pending",
        ..row(RoleId::SchedulerClient)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "shows the API server that kube-proxy calls",
        common_name: "system:kube-proxy",
        extended_key_usage: CLIENT,
        readers: readers::PROXY_CLIENT,
        is_for_the_api: true,
        consequence: "Services stop following their pods on this node",
        ..row(RoleId::KubeProxyClient)
    },
    Role {
        kind: Authority,
        purpose: "signs the cluster's clients",
        readers: readers::CLIENT_CA,
        consequence: "every client certificate of the cluster is refused",
        ..row(RoleId::ClientCa)
    },
    Role {
        kind: Authority,
        purpose: "signs the cluster's servers",
        readers: readers::SERVER_CA,
        consequence: "every server of the cluster stops being trusted",
        ..row(RoleId::ServerCa)
    },
    Role {
        kind: Authority,
        purpose: "signs etcd's members for each other",
        readers: readers::ETCD_PEER_CA,
        consequence: "etcd's members lose each other",
        ..row(RoleId::EtcdPeerCa)
    },
    Role {
        issuer: Some(RoleId::ClientCa),
        purpose: "shows the API server that the k3s or RKE2 supervisor calls",
        organizations: MASTERS,
        extended_key_usage: CLIENT,
        is_for_the_api: true,
        consequence: "the supervisor is refused: nodes are no longer set up",
        ..row(RoleId::Supervisor)
    },
    Role {
        issuer: Some(RoleId::ClientCa),
        purpose: "shows the API server that the node's own controllers call",
        extended_key_usage: CLIENT,
        is_for_the_api: true,
        consequence: "network policies and routes of the node go stale",
        ..row(RoleId::K3sController)
    },
    Role {
        issuer: Some(RoleId::ClientCa),
        purpose: "shows the API server that the cloud controller calls",
        extended_key_usage: CLIENT,
        is_for_the_api: true,
        consequence: "new nodes stay uninitialised and load balancers go stale",
        ..row(RoleId::CloudController)
    },
];

impl RoleId {
    /// Its row.
    pub fn role(self) -> &'static Role {
        // One row for each handle, in their order: a test holds the table to it.
        &ROLES[self as usize]
    }
}
