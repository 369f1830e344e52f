//! The PKI of a new cluster: from a person's answers to every file of every node.
//!
//! `ClusterSpec -> blueprint (what there shall be) -> made (its bytes) -> placed (changes here,
//! archives for others)`

mod add_node;
mod another;
mod authorities;
mod commands;
pub(super) mod external;
mod kept;
mod made;
mod maker;
mod making;
mod placing;
mod replacements;
mod scope;
mod service_account;
mod tokens;
mod workshop;

use std::collections::BTreeSet;

use super::{Materials, Needs, Plan, PlanContext, PlanError, SetupRequest};
use crate::inventory::Inventory;
use crate::pki::key::KeyAlgorithm;
use crate::pki::text::printable;
use crate::setup::blueprint::{Blueprint, What};
use scope::Scope;

/// The files and keys that the setup takes.
///
/// # Errors
/// [`PlanError::Refused`] where the answers contradict each other.
pub(super) fn needs(
    inventory: &Inventory,
    request: &SetupRequest,
    _around: PlanContext<'_>,
) -> Result<Needs, PlanError> {
    let blueprint = blueprint(request)?;
    another::layout(inventory, request, &blueprint)?;
    let scope = Scope::of(request, &blueprint);
    let mut needs = Needs {
        new_keys: new_keys(inventory, &scope),
        ..Needs::default()
    };
    // Also those that are not made: a token may lie in one.
    let files = blueprint
        .things
        .iter()
        .flat_map(|thing| scope.here(thing))
        .map(|file| file.path.clone());
    let mut files: BTreeSet<String> = files.collect();
    if request.cluster.external_authority {
        let requests: Vec<String> = files
            .iter()
            .map(|path| external::request_path(path))
            .collect();
        files.extend(requests);
    }
    needs.files = files.into_iter().collect();
    placing::needs(&mut needs, request);
    Ok(needs)
}

/// The plan: every key, certificate and kubeconfig, below the root and in archives.
///
/// # Errors
/// [`PlanError`] where something that is there does not fit, or must not be replaced.
pub(super) fn plan(
    inventory: &Inventory,
    mut materials: Materials,
    request: &SetupRequest,
    context: PlanContext<'_>,
) -> Result<Plan, PlanError> {
    let blueprint = blueprint(request)?;
    add_node::check(&materials, request)?;
    let made = making::make(&Scope::of(request, &blueprint), &mut materials, context)?;
    another::cluster(&materials, request, &made)?;
    let task = SetupTask {
        inventory,
        materials: &materials,
        request,
        context,
    };
    placing::place(task, &made, &blueprint)
}

/// What was asked for, and what is there.
#[derive(Clone, Copy)]
struct SetupTask<'a> {
    inventory: &'a Inventory,
    materials: &'a Materials,
    request: &'a SetupRequest,
    context: PlanContext<'a>,
}

/// What there shall be, if the answers can be used.
fn blueprint(request: &SetupRequest) -> Result<Blueprint, PlanError> {
    let cluster = &request.cluster;
    let is_part = !request.only.is_empty();
    let faults = if is_part {
        cluster.faults_while_growing()
    } else {
        cluster.faults()
    };
    if !faults.is_empty() {
        let refusal = PlanError::refused(format!(
            "the cluster {} cannot be set up so",
            printable(&cluster.name)
        ));
        return Err(faults
            .iter()
            .fold(refusal, |refusal, fault| refusal.because(fault.to_string())));
    }
    let unknown = request
        .only
        .iter()
        .chain(&request.here)
        .find(|name| cluster.node(name).is_none());
    if let Some(name) = unknown {
        return Err(PlanError::refused(format!(
            "there is no node {} in the cluster",
            printable(name)
        )));
    }
    if is_part && request.here.is_none() {
        return Err(PlanError::refused("which node is this?")
            .because("files for some nodes alone are made where the cluster's CAs are")
            .hint(
                "name the control plane node whose files lie here: --here NAME; or unpack a control plane node's archive, and \
                 that of the CAs' keys where they are apart, in a folder that --root names, with --state-dir for the answers",
            ));
    }
    Blueprint::of(cluster).map_err(PlanError::refused)
}

/// One key for each thing that has one and is not there, as far as the inventory knows.
fn new_keys(inventory: &Inventory, scope: &Scope<'_>) -> Vec<KeyAlgorithm> {
    let items = inventory
        .items
        .iter()
        .flat_map(|item| item.key.path.iter().chain([&item.path]));
    let kubeconfigs = inventory
        .kubeconfigs
        .iter()
        .map(|kubeconfig| &kubeconfig.path);
    let known: BTreeSet<&str> = items
        .chain(inventory.keys.iter().map(|key| &key.path))
        .chain(kubeconfigs)
        .map(|path| &**path)
        .collect();
    let is_missing = |thing: &_| {
        scope.is_replaced(thing)
            || !scope
                .here(thing)
                .iter()
                .any(|file| known.contains(&*file.path))
    };
    let keys = scope
        .things()
        .into_iter()
        .filter(|thing| is_missing(thing))
        .filter_map(|thing| match &thing.what {
            What::KeyPair { .. } => Some(service_account::algorithm(scope.request)),
            What::Kubeconfig {
                client: Some(_), ..
            } => None,
            What::Authority { .. } if scope.request.cluster.external_authority => None,
            What::Authority { .. } | What::Certificate { .. } | What::Kubeconfig { .. } => {
                Some(scope.request.cluster.key_algorithm)
            }
            _ => None,
        });
    keys.collect()
}
