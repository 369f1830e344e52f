//! Which server a kubeconfig names, and how it calls cluster, user and context (kubeadm
//! kubeconfig.go, endpoint.go).

use core::net::IpAddr;

use crate::kubernetes::address::Address;
use crate::kubernetes::role::{Role, RoleId};
use crate::setup::{ClusterSpec, Node, NodeRole};

/// The user in a kubeconfig with a bootstrap token (kubeadm constants.go, TLSBootstrapTokenUser).
pub(super) const BOOTSTRAP_USER: &str = "tls-bootstrap-token-user";

/// The releases in which a master's kubelet speaks to the API server beside it (kubeadm's feature
/// gate ControlPlaneKubeletLocalMode, on since then).
const LOCAL_KUBELETS: &str = ">= 1.33";

/// The server's URL in the kubeconfig of this role on this node; `None`: one that all nodes have.
pub(super) fn url(cluster: &ClusterSpec, role: &Role, node: Option<&Node>) -> Option<String> {
    let first = cluster.masters().next();
    let own = node.filter(|node| node.is(NodeRole::ControlPlane));
    let local = match role.id {
        // They speak to the API server beside them: the one of their own release.
        RoleId::ControllerManagerConf | RoleId::SchedulerConf => true,
        RoleId::KubeletConf => cluster.kubernetes_version.is_of(LOCAL_KUBELETS),
        _ => false,
    };
    let endpoint = cluster
        .control_plane_endpoint
        .as_deref()
        .filter(|_| !(local && own.is_some()));
    match endpoint {
        Some(endpoint) => {
            let address = Address::parse(endpoint)?;
            Some(https(
                address.host,
                address.port.unwrap_or(cluster.bind_port),
            ))
        }
        None => Some(https(
            &own.or(first)?.address()?.to_string(),
            cluster.bind_port,
        )),
    }
}

fn https(host: &str, port: u16) -> String {
    let is_six = host.parse().is_ok_and(|address: IpAddr| address.is_ipv6());
    if is_six {
        format!("https://[{host}]:{port}")
    } else {
        format!("https://{host}:{port}")
    }
}

/// Cluster, user and context.
pub(super) fn names(cluster: &ClusterSpec, user: &str, context: Option<&str>) -> [String; 3] {
    let context = context.map_or_else(|| format!("{user}@{}", cluster.name), str::to_owned);
    [cluster.name.clone(), user.to_owned(), context]
}
