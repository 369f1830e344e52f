//! The handles of the roles: a closed set, one for each row of the table.

use std::fmt;

/// One row of the role table.
///
/// The order is the table's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleId {
    /// `ca`.
    Ca,
    /// `apiserver`.
    Apiserver,
    /// `apiserver-kubelet-client`.
    ApiserverKubeletClient,
    /// `front-proxy-ca`.
    FrontProxyCa,
    /// `front-proxy-client`.
    FrontProxyClient,
    /// `etcd-ca`.
    EtcdCa,
    /// `etcd-server`.
    EtcdServer,
    /// `etcd-peer`.
    EtcdPeer,
    /// `etcd-healthcheck-client`.
    EtcdHealthcheckClient,
    /// `apiserver-etcd-client`.
    ApiserverEtcdClient,
    /// `sa`.
    ServiceAccount,
    /// `admin.conf`.
    AdminConf,
    /// `super-admin.conf`.
    SuperAdminConf,
    /// `controller-manager.conf`.
    ControllerManagerConf,
    /// `scheduler.conf`.
    SchedulerConf,
    /// `kubelet.conf`.
    KubeletConf,
    /// `bootstrap-kubelet.conf`.
    BootstrapKubeletConf,
    /// `kube-proxy.conf`.
    KubeProxyConf,
    /// `kubelet-client`.
    KubeletClient,
    /// `kubelet-serving`.
    KubeletServing,
    /// `controller-manager-serving`.
    ControllerManagerServing,
    /// `scheduler-serving`.
    SchedulerServing,
    /// `apiserver-sni`.
    ApiserverSni,
    /// `admin`.
    Admin,
    /// `controller-manager-client`.
    ControllerManagerClient,
    /// `scheduler-client`.
    SchedulerClient,
    /// `kube-proxy-client`.
    KubeProxyClient,
    /// `client-ca`.
    ClientCa,
    /// `server-ca`.
    ServerCa,
    /// `etcd-peer-ca`.
    EtcdPeerCa,
    /// `supervisor`.
    Supervisor,
    /// `k3s-controller`.
    K3sController,
    /// `cloud-controller`.
    CloudController,
}

impl RoleId {
    /// kubeadm's name, as "apiserver-etcd-client"; for kubeconfigs the file's name, as
    /// "admin.conf".
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ca => "ca",
            Self::Apiserver => "apiserver",
            Self::ApiserverKubeletClient => "apiserver-kubelet-client",
            Self::FrontProxyCa => "front-proxy-ca",
            Self::FrontProxyClient => "front-proxy-client",
            Self::EtcdCa => "etcd-ca",
            Self::EtcdServer => "etcd-server",
            Self::EtcdPeer => "etcd-peer",
            Self::EtcdHealthcheckClient => "etcd-healthcheck-client",
            Self::ApiserverEtcdClient => "apiserver-etcd-client",
            Self::ServiceAccount => "sa",
            Self::AdminConf => "admin.conf",
            Self::SuperAdminConf => "super-admin.conf",
            Self::ControllerManagerConf => "controller-manager.conf",
            Self::SchedulerConf => "scheduler.conf",
            Self::KubeletConf => "kubelet.conf",
            Self::BootstrapKubeletConf => "bootstrap-kubelet.conf",
            Self::KubeProxyConf => "kube-proxy.conf",
            Self::KubeletClient => "kubelet-client",
            Self::KubeletServing => "kubelet-serving",
            Self::ControllerManagerServing => "controller-manager-serving",
            Self::SchedulerServing => "scheduler-serving",
            Self::ApiserverSni => "apiserver-sni",
            Self::Admin => "admin",
            Self::ControllerManagerClient => "controller-manager-client",
            Self::SchedulerClient => "scheduler-client",
            Self::KubeProxyClient => "kube-proxy-client",
            Self::ClientCa => "client-ca",
            Self::ServerCa => "server-ca",
            Self::EtcdPeerCa => "etcd-peer-ca",
            Self::Supervisor => "supervisor",
            Self::K3sController => "k3s-controller",
            Self::CloudController => "cloud-controller",
        }
    }
}

impl fmt::Display for RoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
