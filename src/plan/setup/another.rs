//! What is there of another cluster, or of another layout: no second PKI is made beside it.

use std::collections::BTreeSet;

use super::add_node;
use super::made::MadeCluster;
use crate::inventory::{Fault, Inventory};
use crate::kubernetes::layout::{detect, layouts};
use crate::pki::text::printable;
use crate::plan::{Materials, PlanError, SetupRequest};
use crate::setup::blueprint::Blueprint;

/// Whether the PKI here, if there is one, is of the layout that is asked for. A CA of one's own
/// that lies where this one has it too is no other's.
///
/// # Errors
/// [`PlanError::Refused`] names the layout that is here.
pub(super) fn layout(
    inventory: &Inventory,
    request: &SetupRequest,
    blueprint: &Blueprint,
) -> Result<(), PlanError> {
    if request.here.is_none() {
        return Ok(());
    }
    // Not `inventory.layout`: the user may have said how to look at it.
    let paths = paths(inventory);
    let names: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let found = detect(layouts(), &names);
    if found.name == request.cluster.layout {
        return Ok(());
    }
    let own: BTreeSet<&str> = blueprint
        .things
        .iter()
        .flat_map(|thing| thing.files())
        .map(|(file, _)| file.path.as_str())
        .collect();
    let tells = |path: &&&str| {
        found
            .places_of(path)
            .any(|place| place.telling && !place.roles.is_empty())
    };
    let Some(first) = paths
        .iter()
        .filter(|path| !own.contains(**path))
        .find(tells)
    else {
        return Ok(());
    };
    let refusal = PlanError::refused("another PKI is here already").because(format!(
        "it is of the layout {}, by {}; one of the layout {} would be a second one beside it",
        found.name,
        printable(first),
        printable(&request.cluster.layout)
    ));
    Err(if found.setup.is_some() {
        refusal.hint(format!(
            "to keep it and make what is missing: --layout {}",
            found.name
        ))
    } else {
        refusal.hint("what has made it keeps it; to write below another folder: --root DIR")
    })
}

/// Every file that is there, in order.
fn paths(inventory: &Inventory) -> BTreeSet<&str> {
    let items = inventory
        .items
        .iter()
        .filter(|item| !matches!(item.content, Err(Fault::Absent(_))));
    let kubeconfigs = inventory
        .kubeconfigs
        .iter()
        .filter(|kubeconfig| kubeconfig.fault.is_none());
    let keys = inventory.keys.iter().map(|key| &*key.path);
    items
        .map(|item| &*item.path)
        .chain(kubeconfigs.map(|kubeconfig| &*kubeconfig.path))
        .chain(keys)
        .collect()
}

/// Whether the answers that are kept under this name are those of the same cluster: where something
/// of it stays here, they are.
///
/// # Errors
/// [`PlanError::Refused`] where they are another's: it could not get a node more any longer.
pub(super) fn cluster(
    materials: &Materials,
    request: &SetupRequest,
    made: &MadeCluster,
) -> Result<(), PlanError> {
    let cluster = &request.cluster;
    let is_new = !made.files.iter().any(|file| file.is_kept);
    let Some((path, known)) = add_node::answers(materials, request).filter(|_| is_new) else {
        return Ok(());
    };
    let has_node = known
        .nodes
        .iter()
        .any(|node| cluster.node(&node.name).is_some());
    let why = if known.layout != cluster.layout {
        format!(
            "its layout is {}, not {}",
            printable(&known.layout),
            printable(&cluster.layout)
        )
    } else if has_node {
        return Ok(());
    } else {
        let names: Vec<&str> = known.nodes.iter().map(|node| node.name.as_str()).collect();
        format!("its nodes are {}", printable(&names.join(", ")))
    };
    Err(PlanError::refused(format!("another cluster was set up as {}", printable(&cluster.name)))
        .because(why)
        .because(format!("its answers, {}, would be lost", printable(&path)))
        .hint(
            "give this one a name of its own: --cluster-name NAME; where that one is no more, remove its answers first",
        ))
}
