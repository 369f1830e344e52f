//! What stops when a certificate dies: a closed set, in the order of the roles' table.

/// What stops when the holder of a role is dead. The order starts with what all else needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consequence {
    /// Nothing that the cluster's CA signed is trusted.
    ClusterDistrusted,
    /// Nobody reaches the API server.
    ApiDark,
    /// The API server is refused by kubelets.
    LogsStop,
    /// The API server is refused by aggregated API servers.
    AggregationStops,
    /// Nothing that etcd's CA signed is trusted.
    EtcdDistrusted,
    /// The API server is without etcd.
    EtcdLost,
    /// etcd's members are without each other.
    EtcdDivided,
    /// etcd refuses those who look after it.
    EtcdProbesRefused,
    /// Pods are refused by the API server.
    TokensRefused,
    /// The administrator's kubeconfig is refused.
    AdminConfRefused,
    /// The kubeconfig for emergencies is refused.
    WayPastRbacCloses,
    /// The controller manager is refused.
    ControllersStop,
    /// The scheduler is refused.
    PodsPending,
    /// The kubelet is refused.
    NodeNotReady,
    /// New kubelets are refused.
    NobodyJoins,
    /// kube-proxy is refused.
    ServicesStale,
    /// Whoever verifies the kubelet's server turns away from it.
    KubeletCallersRefused,
    /// The same of the controller manager's.
    ControllerManagerMetricsStop,
    /// The same of the scheduler's.
    SchedulerMetricsStop,
    /// The same of the API server under one more name.
    SniCallersRefused,
    /// The administrator's certificate is refused.
    AdminRefused,
    /// Nothing that the clients' CA signed is trusted.
    ClientsRefused,
    /// Nothing that the servers' CA signed is trusted.
    ServersDistrusted,
    /// The supervisor of k3s and RKE2 is refused.
    SupervisorRefused,
    /// The node's own controllers of k3s are refused.
    NetworkStale,
    /// The cloud controller is refused.
    CloudStale,
}

/// How much it matters that something dies: the less, the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// The cluster or a part of it stops.
    Cluster(Consequence),
    /// Nothing is known of it.
    Unknown,
    /// People and their tools alone lose something: the cluster goes on.
    Tools(Consequence),
}

impl Consequence {
    /// A sentence's end, as "kubectl logs and exec stop".
    pub const fn words(self) -> &'static str {
        match self {
            Self::ClusterDistrusted => "every certificate of the cluster stops being trusted",
            Self::ApiDark => "the API server goes dark for every client",
            Self::LogsStop => "kubectl logs and exec stop",
            Self::AggregationStops => "aggregated APIs such as metrics stop",
            Self::EtcdDistrusted => "etcd and the API server stop trusting each other",
            Self::EtcdLost => "the API server loses etcd and stops",
            Self::EtcdDivided => "etcd's members lose each other",
            Self::EtcdProbesRefused => "etcdctl and old probes of etcd are refused",
            Self::TokensRefused => "every service account token is refused",
            Self::AdminConfRefused => "kubectl with admin.conf is refused",
            Self::WayPastRbacCloses => "the way in past a broken RBAC closes",
            Self::ControllersStop => "controllers stop: nothing is scaled, repaired or signed",
            Self::PodsPending => "new pods stay pending",
            Self::NodeNotReady => "the node goes NotReady",
            Self::NobodyJoins => "new nodes cannot join",
            Self::ServicesStale => "Services stop following their pods on this node",
            Self::KubeletCallersRefused => {
                "clients that verify port 10250, such as metrics-server, are refused"
            }
            Self::ControllerManagerMetricsStop => "metrics of the controller manager stop",
            Self::SchedulerMetricsStop => "metrics of the scheduler stop",
            Self::SniCallersRefused => "clients that use that name of the API server are refused",
            Self::AdminRefused => "kubectl with the administrator's certificate is refused",
            Self::ClientsRefused => "every client certificate of the cluster is refused",
            Self::ServersDistrusted => "every server of the cluster stops being trusted",
            Self::SupervisorRefused => "the supervisor is refused: nodes are no longer set up",
            Self::NetworkStale => "network policies and routes of the node go stale",
            Self::CloudStale => "new nodes stay uninitialised and load balancers go stale",
        }
    }

    /// How much it matters.
    pub const fn harm(self) -> Harm {
        match self {
            Self::LogsStop
            | Self::AggregationStops
            | Self::AdminConfRefused
            | Self::AdminRefused => Harm::Tools(self),
            _ => Harm::Cluster(self),
        }
    }
}
