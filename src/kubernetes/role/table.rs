//! The rows. Source: kubeadm certlist.go and kubeconfig.go; k3s deps.go for its own; rke
//! pki/services.go.

use super::RoleKind::{Authority, Certificate, KeyPair, Kubeconfig};
use super::variants::{
    ADMINS, BOTH, CLIENT, KUBELET_CLIENT, MASTERS, NODES, NONE, NONE_OR_MASTERS, SERVER,
};
use super::{Consequence, Role, RoleId, readers};

/// What most rows have in common.
const fn row(id: RoleId, consequence: Consequence) -> Role {
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
        consequence,
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
        ..row(RoleId::Ca, Consequence::ClusterDistrusted)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "serves the Kubernetes API",
        common_name: "kube-apiserver",
        organizations: NONE,
        extended_key_usage: SERVER,
        readers: readers::APISERVER_SERVING,
        ..row(RoleId::Apiserver, Consequence::ApiDark)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "shows kubelets that the API server calls",
        common_name: "kube-apiserver-kubelet-client",
        organizations: KUBELET_CLIENT,
        extended_key_usage: CLIENT,
        readers: readers::APISERVER_KUBELET_CLIENT,
        is_for_the_api: true,
        ..row(RoleId::ApiserverKubeletClient, Consequence::LogsStop)
    },
    Role {
        kind: Authority,
        purpose: "signs the client of the aggregation layer",
        common_name: "front-proxy-ca",
        readers: readers::FRONT_PROXY_CA,
        ..row(RoleId::FrontProxyCa, Consequence::AggregationStops)
    },
    Role {
        issuer: Some(RoleId::FrontProxyCa),
        purpose: "shows aggregated API servers that the API server calls",
        common_name: "front-proxy-client",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::FRONT_PROXY_CLIENT,
        ..row(RoleId::FrontProxyClient, Consequence::AggregationStops)
    },
    Role {
        kind: Authority,
        purpose: "signs etcd's servers and clients",
        common_name: "etcd-ca",
        readers: readers::ETCD_CA,
        ..row(RoleId::EtcdCa, Consequence::EtcdDistrusted)
    },
    Role {
        issuer: Some(RoleId::EtcdCa),
        purpose: "serves etcd's clients on port 2379",
        common_name: "{node}",
        organizations: NONE,
        extended_key_usage: BOTH,
        readers: readers::ETCD_SERVER,
        ..row(RoleId::EtcdServer, Consequence::EtcdLost)
    },
    Role {
        issuer: Some(RoleId::EtcdCa),
        purpose: "connects etcd's members on port 2380",
        common_name: "{node}",
        organizations: NONE,
        extended_key_usage: BOTH,
        readers: readers::ETCD_PEER,
        ..row(RoleId::EtcdPeer, Consequence::EtcdDivided)
    },
    Role {
        issuer: Some(RoleId::EtcdCa),
        purpose: "lets etcdctl and probes ask etcd",
        common_name: "kube-etcd-healthcheck-client",
        organizations: NONE_OR_MASTERS,
        extended_key_usage: CLIENT,
        readers: readers::ETCD_HEALTHCHECK,
        ..row(
            RoleId::EtcdHealthcheckClient,
            Consequence::EtcdProbesRefused,
        )
    },
    Role {
        issuer: Some(RoleId::EtcdCa),
        purpose: "shows etcd that the API server calls",
        common_name: "kube-apiserver-etcd-client",
        organizations: NONE_OR_MASTERS,
        extended_key_usage: CLIENT,
        readers: readers::APISERVER_ETCD_CLIENT,
        ..row(RoleId::ApiserverEtcdClient, Consequence::EtcdLost)
    },
    Role {
        kind: KeyPair,
        purpose: "signs and verifies service account tokens",
        readers: readers::SERVICE_ACCOUNT,
        ..row(RoleId::ServiceAccount, Consequence::TokensRefused)
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
        client: Some(RoleId::Admin),
        ..row(RoleId::AdminConf, Consequence::AdminConfRefused)
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
        client: Some(RoleId::Admin),
        ..row(RoleId::SuperAdminConf, Consequence::WayPastRbacCloses)
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
        client: Some(RoleId::ControllerManagerClient),
        ..row(RoleId::ControllerManagerConf, Consequence::ControllersStop)
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
        client: Some(RoleId::SchedulerClient),
        ..row(RoleId::SchedulerConf, Consequence::PodsPending)
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
        client: Some(RoleId::KubeletClient),
        ..row(RoleId::KubeletConf, Consequence::NodeNotReady)
    },
    Role {
        kind: Kubeconfig,
        purpose: "lets a new kubelet ask for its first certificate",
        readers: readers::BOOTSTRAP_CONF,
        is_for_the_api: true,
        ..row(RoleId::BootstrapKubeletConf, Consequence::NobodyJoins)
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
        client: Some(RoleId::KubeProxyClient),
        ..row(RoleId::KubeProxyConf, Consequence::ServicesStale)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "shows the API server which node the kubelet is",
        common_name: "system:node:{node}",
        organizations: NODES,
        extended_key_usage: CLIENT,
        readers: readers::KUBELET_CLIENT,
        is_for_the_api: true,
        ..row(RoleId::KubeletClient, Consequence::NodeNotReady)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "serves the kubelet's port 10250",
        extended_key_usage: SERVER,
        readers: readers::KUBELET_SERVING,
        ..row(RoleId::KubeletServing, Consequence::KubeletCallersRefused)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "serves the controller manager's port 10257",
        extended_key_usage: SERVER,
        readers: readers::MANAGER_SERVING,
        ..row(
            RoleId::ControllerManagerServing,
            Consequence::ControllerManagerMetricsStop,
        )
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "serves the scheduler's port 10259",
        extended_key_usage: SERVER,
        readers: readers::SCHEDULER_SERVING,
        ..row(RoleId::SchedulerServing, Consequence::SchedulerMetricsStop)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "serves the Kubernetes API under one more name",
        extended_key_usage: SERVER,
        readers: readers::APISERVER_SNI,
        ..row(RoleId::ApiserverSni, Consequence::SniCallersRefused)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "the administrator's client certificate",
        organizations: MASTERS,
        extended_key_usage: CLIENT,
        readers: readers::ADMIN,
        is_for_the_api: true,
        ..row(RoleId::Admin, Consequence::AdminRefused)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "shows the API server that the controller manager calls",
        common_name: "system:kube-controller-manager",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::MANAGER_CLIENT,
        is_for_the_api: true,
        ..row(
            RoleId::ControllerManagerClient,
            Consequence::ControllersStop,
        )
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "shows the API server that the scheduler calls",
        common_name: "system:kube-scheduler",
        organizations: NONE,
        extended_key_usage: CLIENT,
        readers: readers::SCHEDULER_CLIENT,
        is_for_the_api: true,
        ..row(RoleId::SchedulerClient, Consequence::PodsPending)
    },
    Role {
        issuer: Some(RoleId::Ca),
        purpose: "shows the API server that kube-proxy calls",
        common_name: "system:kube-proxy",
        extended_key_usage: CLIENT,
        readers: readers::PROXY_CLIENT,
        is_for_the_api: true,
        ..row(RoleId::KubeProxyClient, Consequence::ServicesStale)
    },
    Role {
        kind: Authority,
        purpose: "signs the cluster's clients",
        readers: readers::CLIENT_CA,
        ..row(RoleId::ClientCa, Consequence::ClientsRefused)
    },
    Role {
        kind: Authority,
        purpose: "signs the cluster's servers",
        readers: readers::SERVER_CA,
        ..row(RoleId::ServerCa, Consequence::ServersDistrusted)
    },
    Role {
        kind: Authority,
        purpose: "signs etcd's members for each other",
        readers: readers::ETCD_PEER_CA,
        ..row(RoleId::EtcdPeerCa, Consequence::EtcdDivided)
    },
    Role {
        issuer: Some(RoleId::ClientCa),
        purpose: "shows the API server that the k3s or RKE2 supervisor calls",
        organizations: MASTERS,
        extended_key_usage: CLIENT,
        is_for_the_api: true,
        ..row(RoleId::Supervisor, Consequence::SupervisorRefused)
    },
    Role {
        issuer: Some(RoleId::ClientCa),
        purpose: "shows the API server that the node's own controllers call",
        extended_key_usage: CLIENT,
        is_for_the_api: true,
        ..row(RoleId::K3sController, Consequence::NetworkStale)
    },
    Role {
        issuer: Some(RoleId::ClientCa),
        purpose: "shows the API server that the cloud controller calls",
        extended_key_usage: CLIENT,
        is_for_the_api: true,
        ..row(RoleId::CloudController, Consequence::CloudStale)
    },
];

impl RoleId {
    /// Its row.
    pub fn role(self) -> &'static Role {
        // One row for each handle, in their order: a test holds the table to it.
        &ROLES[self as usize]
    }
}
