//! The ports on which the components of a master serve TLS: which flag says so, what is served
//! there, who dials it and by what he judges. Source: kubeadm constants.go (default ports), the
//! components' flags.

use crate::kubernetes::component::Component;
use crate::kubernetes::role::RoleId;

/// A port on which a component serves TLS.
#[derive(Debug, PartialEq, Eq)]
pub struct PortRule {
    /// Unique: the component's, or for etcd's second port "etcd-peer".
    pub name: &'static str,
    /// Who serves there.
    pub component: Component,
    /// The port where nothing says otherwise.
    pub default: u16,
    /// The flags that give its number, without dashes; kubelet configuration fields too.
    pub number: &'static [&'static str],
    /// The flags that give addresses to listen on: bare addresses, or URLs with a port.
    pub listens: &'static [&'static str],
    /// The flags that give addresses by which others reach it.
    pub advertises: &'static [&'static str],
    /// The roles of the certificate that it serves, the one by default first.
    pub roles: &'static [RoleId],
    /// The flags that name the certificate; kubelet configuration fields too.
    pub serves: &'static [&'static str],
    /// Whether it makes a certificate of its own, in memory, where no flag names one.
    pub makes_its_own: bool,
    /// Who dials it, besides whoever has a kubeconfig.
    pub callers: &'static [CallerRule],
    /// Whether kubeconfigs lead here.
    pub is_for_kubeconfigs: bool,
}

/// A component that dials a port.
#[derive(Debug, PartialEq, Eq)]
pub struct CallerRule {
    /// Who dials.
    pub component: Component,
    /// The flag that names the CA file by which it judges; where it is not given it judges nothing,
    /// or not here.
    pub trusts: &'static str,
    /// The flag that names what it dials, as URLs; empty: the node's address.
    pub dials: &'static str,
}

/// The API server's, where neither a flag nor a layout says otherwise (kubeadm constants.go,
/// KubeAPIServerPort).
pub const API_PORT: u16 = 6443;

/// All ports, those of one component together, in the order of [`Component`].
pub static PORTS: &[PortRule] = &[
    PortRule {
        name: Component::Etcd.as_str(),
        component: Component::Etcd,
        default: 2379,
        number: &[],
        listens: &["listen-client-urls"],
        advertises: &["advertise-client-urls"],
        roles: &[RoleId::EtcdServer],
        serves: &["cert-file"],
        makes_its_own: false,
        callers: &[CallerRule {
            component: Component::KubeApiserver,
            trusts: "etcd-cafile",
            dials: "etcd-servers",
        }],
        is_for_kubeconfigs: false,
    },
    PortRule {
        name: "etcd-peer",
        component: Component::Etcd,
        default: 2380,
        number: &[],
        listens: &["listen-peer-urls"],
        advertises: &["initial-advertise-peer-urls"],
        roles: &[RoleId::EtcdPeer],
        serves: &["peer-cert-file"],
        makes_its_own: false,
        callers: &[CallerRule {
            component: Component::Etcd,
            trusts: "peer-trusted-ca-file",
            dials: "initial-advertise-peer-urls",
        }],
        is_for_kubeconfigs: false,
    },
    PortRule {
        name: Component::KubeApiserver.as_str(),
        component: Component::KubeApiserver,
        default: API_PORT,
        number: &["secure-port"],
        listens: &["bind-address"],
        advertises: &["advertise-address"],
        roles: &[RoleId::Apiserver, RoleId::ApiserverSni],
        serves: &["tls-cert-file", "tls-sni-cert-key"],
        makes_its_own: false,
        callers: &[],
        is_for_kubeconfigs: true,
    },
    PortRule {
        name: Component::KubeControllerManager.as_str(),
        component: Component::KubeControllerManager,
        default: 10257,
        number: &["secure-port"],
        listens: &["bind-address"],
        advertises: &[],
        roles: &[RoleId::ControllerManagerServing],
        serves: &["tls-cert-file"],
        makes_its_own: true,
        callers: &[],
        is_for_kubeconfigs: false,
    },
    PortRule {
        name: Component::KubeScheduler.as_str(),
        component: Component::KubeScheduler,
        default: 10259,
        number: &["secure-port"],
        listens: &["bind-address"],
        advertises: &[],
        roles: &[RoleId::SchedulerServing],
        serves: &["tls-cert-file"],
        makes_its_own: true,
        callers: &[],
        is_for_kubeconfigs: false,
    },
    PortRule {
        name: Component::Kubelet.as_str(),
        component: Component::Kubelet,
        default: 10250,
        number: &["port"],
        listens: &["address"],
        advertises: &["node-ip"],
        roles: &[RoleId::KubeletServing],
        serves: &["tls-cert-file", "tlsCertFile"],
        makes_its_own: true,
        callers: &[CallerRule {
            component: Component::KubeApiserver,
            trusts: "kubelet-certificate-authority",
            dials: "",
        }],
        is_for_kubeconfigs: false,
    },
];

/// The rule of this name.
pub fn port(name: &str) -> Option<&'static PortRule> {
    PORTS.iter().find(|rule| rule.name == name)
}
