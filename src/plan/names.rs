//! Names that certificates of this cluster bear, as far as flags here say them.

use crate::inventory::Inventory;
use crate::kubernetes::address::first_service_address;
use crate::kubernetes::component::Component;
use crate::kubernetes::role::{Role, RoleId};

/// The names that kubeadm gives to this role (pkiutil, GetAPIServerAltNames and GetEtcdAltNames),
/// as far as flags and kubeconfigs here say them.
pub(super) fn names(inventory: &Inventory, role: &Role) -> Vec<String> {
    let flag = |component: Component, flag: &str| {
        let mut facts = inventory
            .flags
            .iter()
            .filter(|fact| fact.component == component && fact.flag == flag);
        facts
            .find(|fact| !fact.value.is_empty())
            .map(|fact| fact.value.as_str())
    };
    let node = inventory.node.clone().into_iter();
    let advertised = flag(Component::KubeApiserver, "advertise-address").map(str::to_owned);
    match role.id {
        RoleId::Apiserver => {
            let service = flag(Component::KubeApiserver, "service-cluster-ip-range")
                .and_then(first_service_address);
            let service = service.map(|address| address.to_string());
            let domain =
                cluster_domain(inventory).map(|domain| format!("kubernetes.default.svc.{domain}"));
            let own =
                ["kubernetes", "kubernetes.default", "kubernetes.default.svc"].map(str::to_owned);
            node.chain(own)
                .chain(domain)
                .chain(service)
                .chain(advertised)
                .collect()
        }
        RoleId::EtcdServer | RoleId::EtcdPeer => {
            let local = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
            node.chain(local).chain(advertised).collect()
        }
        _ => Vec::new(),
    }
}

/// The cluster's DNS domain: what the kubelet is told, else what tokens are issued for
/// (`--service-account-issuer=https://kubernetes.default.svc.<domain>`).
pub(super) fn cluster_domain(inventory: &Inventory) -> Option<String> {
    let value = |of: &str| {
        inventory
            .flags
            .iter()
            .find(|fact| fact.flag == of)
            .map(|fact| fact.value.as_str())
    };
    let told = value("clusterDomain")
        .or_else(|| value("cluster-domain"))
        .map(|domain| domain.trim_matches('.'));
    let issued =
        || value("service-account-issuer")?.strip_prefix("https://kubernetes.default.svc.");
    told.or_else(issued)
        .filter(|domain| !domain.is_empty())
        .map(|domain| domain.trim_end_matches('/').to_owned())
}
