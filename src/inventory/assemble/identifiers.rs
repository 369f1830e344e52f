//! Names: the items' own, the cluster's, the node's.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::inventory::{Inventory, Item, Source};
use crate::kubernetes::flags::FlagFact;
use crate::kubernetes::role::{Role, RoleId};

/// Gives each item its identifier: a role where exactly one item in use has it, else the path, or
/// `path#index`.
pub(super) fn give(items: &mut [Item]) {
    let mut players: HashMap<&'static str, u32> = HashMap::new();
    let mut in_file: HashMap<Arc<str>, u32> = HashMap::new();
    for item in items.iter() {
        for role in item.roles.iter().filter(|_| item.in_use) {
            *players.entry(role.name).or_default() += 1;
        }
        *in_file.entry(Arc::clone(&item.path)).or_default() += 1;
    }
    let mut given: HashSet<Arc<str>> = HashSet::new();
    for item in items {
        let sole = |role: &&&'static Role| item.in_use && players.get(role.name) == Some(&1);
        let mut id: Arc<str> = match item.roles.iter().find(sole) {
            Some(role) => role.name.into(),
            None if in_file.get(&item.path).is_some_and(|count| *count > 1) => {
                format!("{}#{}", item.path, item.index).into()
            }
            None => Arc::clone(&item.path),
        };
        // Two paths that are not UTF-8 may look alike when escaped.
        while !given.insert(Arc::clone(&id)) {
            id = format!("{id}~").into();
        }
        item.id = id;
    }
}

/// The cluster's name: what the controller manager is told, else what a kubeconfig of this master
/// calls it.
pub(super) fn cluster(flags: &[FlagFact], inventory: &Inventory) -> Option<String> {
    let flagged = flags
        .iter()
        .find(|fact| fact.flag == "cluster-name" && !fact.value.is_empty());
    flagged.map(|fact| fact.value.clone()).or_else(|| {
        let own = inventory
            .kubeconfigs
            .iter()
            .filter(|kubeconfig| !kubeconfig.roles.is_empty());
        let mut names = own
            .flat_map(|kubeconfig| &kubeconfig.clusters)
            .map(|cluster| &cluster.name);
        names
            .find(|name| !name.is_empty() && *name != "default-cluster")
            .cloned()
    })
}

/// The node's name: what the kubelet is told, else who it is, else the machine's name.
pub(super) fn node(
    flags: &[FlagFact],
    inventory: &Inventory,
    host_name: Option<String>,
) -> Option<String> {
    let flagged = flags
        .iter()
        .find(|fact| fact.flag == "hostname-override" && !fact.value.is_empty());
    let of_kubelet = || {
        let kubelets = inventory.items.iter().filter(|item| {
            item.in_use
                && (item.source == Source::Kubelet
                    || item.roles.iter().any(|role| role.id == RoleId::KubeletConf))
        });
        let mut names = kubelets.filter_map(|item| {
            item.certificate()?
                .common_name()?
                .strip_prefix("system:node:")
        });
        names.next().map(str::to_owned)
    };
    flagged
        .map(|fact| fact.value.clone())
        .or_else(of_kubelet)
        .or(host_name)
}
