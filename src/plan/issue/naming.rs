//! The names that a new certificate bears.

use crate::inventory::Inventory;
use crate::inventory::beginning::Machine;
use crate::kubernetes::component::Component;
use crate::kubernetes::role::Role;
use crate::pki::{ExtendedKeyUsage, GeneralName};
use crate::plan::names::{cluster_domain, names};
use crate::plan::{PlanError, ServiceName};

/// The DNS domain of a cluster that says none (kubelet, clusterDomain; kubeadm, dnsDomain).
pub(super) const USUAL_DOMAIN: &str = "cluster.local";

/// The names of a role on a node; what this master's flags say of itself is not said of another.
pub fn names_of_role(inventory: &Inventory, role: &Role, node: &str) -> Vec<String> {
    let own = inventory.node.as_deref() == Some(node);
    let mut all = names(inventory, role);
    if !own {
        let advertised = inventory.flags.iter().find(|fact| {
            fact.component == Component::KubeApiserver && fact.flag == "advertise-address"
        });
        all.retain(|name| {
            Some(name.as_str()) != inventory.node.as_deref()
                && advertised.is_none_or(|fact| fact.value != *name)
        });
    }
    let is_server = role
        .extended_key_usage
        .contains(&ExtendedKeyUsage::ServerAuth);
    if is_server && !node.is_empty() && !all.iter().any(|name| name == node) {
        all.insert(0, node.to_owned());
    }
    all
}

/// Every DNS name of a service inside the cluster (DNS-Based Service Discovery §2.3), the shortest
/// first, and whether the cluster's domain is known.
pub fn names_of_service(inventory: &Inventory, service: &ServiceName) -> (Vec<String>, bool) {
    let ServiceName { name, namespace } = service;
    let domain = cluster_domain(inventory);
    let in_use = domain.as_deref().unwrap_or(USUAL_DOMAIN);
    let names = vec![
        name.clone(),
        format!("{name}.{namespace}"),
        format!("{name}.{namespace}.svc"),
        format!("{name}.{namespace}.svc.{in_use}"),
    ];
    (names, domain.is_some())
}

/// The names and addresses of a machine, as they are asked for.
pub fn names_of_machine(machine: &Machine) -> Vec<String> {
    let name = Some(machine.name.clone()).filter(|name| !name.is_empty());
    let addresses = machine.addresses.iter().map(ToString::to_string);
    name.into_iter().chain(addresses).collect()
}

pub(super) fn parsed(names: &[String]) -> Result<Vec<GeneralName>, PlanError> {
    let mut all = Vec::new();
    for name in names {
        let name = name
            .parse()
            .map_err(|error: crate::pki::Error| PlanError::refused(error.to_string()))?;
        add(&mut all, vec![name]);
    }
    Ok(all)
}

pub(super) fn add(names: &mut Vec<GeneralName>, more: Vec<GeneralName>) {
    for name in more {
        if !names.contains(&name) {
            names.push(name);
        }
    }
}
