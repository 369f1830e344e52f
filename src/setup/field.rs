//! What a person can be asked of a cluster, by name.

/// One answer of a [`ClusterSpec`](super::ClusterSpec): what is wrong is said of one of these. In
/// the order in which the command line shows their flags; the order in which they are asked is that
/// of the questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClusterField {
    /// The cluster's name.
    Name,
    /// The layout.
    Layout,
    /// The release of Kubernetes.
    KubernetesVersion,
    /// The machines.
    Nodes,
    /// What clients call.
    ControlPlaneEndpoint,
    /// The API server's port.
    BindPort,
    /// The subnets of services.
    ServiceSubnet,
    /// The subnets of pods.
    PodSubnet,
    /// The cluster's domain.
    DnsDomain,
    /// More names of the API server.
    ApiServerSans,
    /// Where the files lie, if not in the layout's own folder.
    CertificatesDirectory,
    /// Whether somebody else keeps etcd.
    EtcdExternal,
    /// The members of an etcd that somebody else keeps.
    EtcdEndpoints,
    /// The CA of that etcd.
    EtcdCaFile,
    /// The client certificate for it.
    EtcdCertFile,
    /// The key of that.
    EtcdKeyFile,
    /// More names of etcd's servers.
    EtcdServerSans,
    /// More names of etcd's peers.
    EtcdPeerSans,
    /// Whether etcd's members have a CA of their own.
    EtcdPeerAuthority,
    /// Whether one CA signs for everything.
    OneAuthority,
    /// Who signs the CAs: both of the next two in one question.
    SignedBy,
    /// Whether a root that is made with them signs the CAs.
    IntermediateAuthorities,
    /// Whether somebody else's CA answers.
    ExternalAuthority,
    /// Where the keys of the CAs stay.
    AuthorityKeys,
    /// The algorithm of the keys.
    KeyAlgorithm,
    /// The algorithm of the service accounts' key.
    ServiceAccountKeyAlgorithm,
    /// How long certificates live.
    CertificateHours,
    /// How long CAs live.
    AuthorityHours,
    /// Who a new kubelet is.
    Bootstrap,
    /// More in the subjects than CN and O.
    Subject,
}
