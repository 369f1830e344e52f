//! The plan as it is shown: node by node, certificate by certificate, and what must be known before it is done.

use super::here::others_read;
use super::{PlacedSetup, local};
use crate::inventory::{Inventory, Item};
use crate::kubernetes::component::Component;
use crate::kubernetes::role::Restart;
use crate::pki::text::printable;
use crate::plan::setup::made::{Issued, MadeCluster};
use crate::plan::setup::{commands, kept};
use crate::plan::{Change, Materials, Plan, PlanContext, SetupRequest, files, notices, restart};
use crate::record::{
    ChangeAction, IssueSummary, KeyChange, Left, NodeSummary, PathState, Place, PlanKind, PlanSummary, Reason,
    RestartSummary,
};
use crate::setup::AuthorityKeys;
use crate::setup::blueprint::{Blueprint, What};

/// Why nobody makes a PKI by one key.
const BEGINNING: &str = "it is the beginning of a PKI: look at what is made";

/// Puts the plan together.
pub(super) fn plan(
    inventory: &Inventory,
    materials: &Materials,
    request: &SetupRequest,
    context: PlanContext<'_>,
    made: &MadeCluster,
    blueprint: &Blueprint,
    placed: PlacedSetup,
) -> Plan {
    let PlacedSetup { changes, nodes } = placed;
    let replaced = replaced(inventory, &changes);
    let is_dead = |item: &Item| item.certificate().is_none_or(|old| old.not_after() < context.moment);
    let mut restarts = restart::of(inventory, &replaced, is_dead);
    restarts.extend(without_certificate(inventory, blueprint, &changes, &restarts));
    let is_empty = changes.is_empty();
    let mut warnings = if is_empty { Vec::new() } else { warnings(materials, request, made, (&changes, &nodes)) };
    warnings.extend(made.warnings.iter().chain(&blueprint.warnings).cloned());
    if !is_empty {
        warnings.extend(request.cluster.warnings());
        warnings.extend(local::warnings(materials, request, &changes));
    }
    warnings.extend(notices::clock_is_behind(inventory, &materials.history, context.moment));
    let kept = made.files.iter().filter(|file| file.is_kept && is_here(request, &file.nodes));
    let commands = if is_empty {
        Vec::new()
    } else {
        commands::script(materials, request, made, &nodes, (blueprint, context.moment))
    };
    let is_changed = |path: &str| changes.iter().any(|change| change.place == Place::Master && change.path == path);
    let made_from = materials.files.iter().filter(|(path, _)| !is_changed(path));
    let made_from = made_from.map(|(path, material)| (path.clone(), material.path_state.clone())).collect();
    let summary = PlanSummary {
        title: title(request, (&changes, &nodes)),
        changes: changes.iter().map(Change::to_summary).collect(),
        issues: made.issued.iter().map(|issued| issue(inventory, request, issued, &changes)).collect(),
        restarts,
        warnings,
        left_alone: kept.map(|file| Left::new(&file.path, "it is there, fits, and stays")).collect(),
        commands,
        kind: Some(PlanKind::Setup),
        asks: if is_empty { Vec::new() } else { vec![Reason::Look(BEGINNING.to_owned())] },
        nodes,
        ..PlanSummary::default()
    };
    Plan { summary, changes, made_from, undoes: None, moment: context.moment }
}

fn is_here(request: &SetupRequest, nodes: &[String]) -> bool {
    request.here.as_ref().is_some_and(|here| nodes.contains(here))
}

/// What was at the paths that get other content.
fn replaced<'a>(inventory: &'a Inventory, changes: &[Change]) -> Vec<&'a Item> {
    let is_replaced = |item: &&Item| {
        let mut changes = changes.iter();
        changes.any(|change| {
            let is_its = *change.path == *item.path || item.key.path.as_deref() == Some(&*change.path);
            is_its && change.place == Place::Master && change.action() == ChangeAction::Replace
        })
    };
    inventory.items.iter().filter(is_replaced).collect()
}

/// Who reads what gets other content and is no certificate, beside those who are told already.
fn without_certificate(
    inventory: &Inventory,
    blueprint: &Blueprint,
    changes: &[Change],
    told: &[RestartSummary],
) -> Vec<RestartSummary> {
    let mut found: Vec<RestartSummary> = Vec::new();
    for thing in &blueprint.things {
        let (What::KeyPair { private: file, .. } | What::TokenFile { file, .. }) = &thing.what else { continue };
        let is_its = |change: &&Change| change.place == Place::Master && change.path == file.path;
        let is_other = |change: &Change| change.before.sha256() != change.path_state_after().sha256();
        let change =
            changes.iter().find(is_its).filter(|change| change.before != PathState::Absent && is_other(change));
        let Some(change) = change else { continue };
        for reader in thing.roles.iter().flat_map(|role| role.readers) {
            let is_told = |known: &RestartSummary| known.component == reader.component && known.required;
            if reader.restart == Restart::Required && !told.iter().chain(&found).any(is_told) {
                found.push(restart::at_start(inventory, reader.component, &change.path));
            }
        }
    }
    found
}

fn title(request: &SetupRequest, (changes, nodes): (&[Change], &[NodeSummary])) -> String {
    let cluster = printable(&request.cluster.name);
    let is_new =
        changes.iter().any(|change| change.place == Place::Master) || nodes.iter().any(|node| node.archive.is_some());
    let nodes = |count: usize| if count == 1 { "1 node".to_owned() } else { format!("{count} nodes") };
    match (request.only.as_slice(), is_new) {
        (_, false) => format!("Nothing is missing in {cluster}"),
        ([], true) if request.cluster.external_authority => {
            format!("Set up {cluster}: keys and requests for {}", nodes(request.cluster.nodes.len()))
        }
        ([], true) => format!("Set up {cluster}: {}", nodes(request.cluster.nodes.len())),
        (only, true) => format!("Add {} to {cluster}", printable(&only.join(", "))),
    }
}

fn issue(inventory: &Inventory, request: &SetupRequest, issued: &Issued, changes: &[Change]) -> IssueSummary {
    let mut programs: Vec<Component> = Vec::new();
    for reader in issued.roles.iter().flat_map(|role| role.readers) {
        if !programs.contains(&reader.component) {
            programs.push(reader.component);
        }
    }
    let node = issued.node.clone().filter(|node| request.here.as_ref() != Some(node));
    let was_there = |path: &&String| {
        let mut changes = changes.iter().filter(|change| change.place == Place::Master);
        changes.any(|change| change.path == **path && change.before != PathState::Absent)
    };
    let old = issued.paths.iter().filter(|_| node.is_none()).filter(was_there);
    let mut old = old.filter_map(|path| inventory.items.iter().find(|item| *item.path == **path));
    let before = old.find_map(|item| item.certificate().cloned());
    IssueSummary {
        id: issued.id.clone(),
        roles: issued.roles.iter().map(|role| role.name.to_owned()).collect(),
        node,
        programs,
        authority: issued.authority.clone(),
        paths: issued.paths.clone(),
        copies: Vec::new(),
        before,
        after: issued.certificate.clone(),
        key: KeyChange::New,
    }
}

/// What can go wrong or surprises, beside what the making says.
fn warnings(
    materials: &Materials,
    request: &SetupRequest,
    made: &MadeCluster,
    (changes, nodes): (&[Change], &[NodeSummary]),
) -> Vec<String> {
    let mut warnings = Vec::new();
    let is_written =
        |place: Place, path: &str| changes.iter().any(|change| change.place == place && change.path == path);
    let has_new_keys = made.files.iter().any(|file| file.is_authority_key && !file.is_kept);
    if request.cluster.authority_keys == AuthorityKeys::Apart && has_new_keys {
        warnings.push(
            "the keys of the CAs go to no node: the controller manager cannot sign what kubelets ask for, so it gets no \
             --cluster-signing-cert-file and -key-file; unpack their archive below the root to renew or to add a node"
                .to_owned(),
        );
    }
    let mut sent = nodes.iter().filter(|node| node.archive.is_some()).flat_map(|node| &node.files);
    if sent.any(|file| !others_read(file.mode)) {
        let with_authorities = request.cluster.authority_keys == AuthorityKeys::EveryMaster
            && request.cluster.masters().any(|node| request.here.as_ref() != Some(&node.name))
            && made.files.iter().any(|file| file.is_authority_key);
        let what = if with_authorities { "private keys, those of the CAs too" } else { "private keys" };
        warnings.push(format!("the archives hold {what}: remove each when its node has it"));
    }
    match local::kept_path(materials, request) {
        None => warnings.push("the answers are not kept, for kubepki has no folder of its own".to_owned()),
        Some(path) if is_written(Place::Local, &path) && request.only.is_empty() => {
            if files::path_state(&materials.local, &path) != PathState::Absent {
                warnings.push(format!(
                    "answers for {} are kept already: these take their place",
                    printable(&request.cluster.name)
                ));
            }
        }
        Some(_) => {}
    }
    for member in request.cluster.members().filter(|member| request.only.contains(&member.name)) {
        let name = printable(&member.name);
        warnings
            .push(format!("{name} is a member of etcd: it must be made known to the others first: etcdctl member add"));
    }
    if request.cluster.authority_keys != AuthorityKeys::Apart {
        warnings.extend(sealed(made));
    }
    warnings
}

/// Keys of CAs on nodes that only a person can open.
fn sealed(made: &MadeCluster) -> impl Iterator<Item = String> {
    let keys = made.files.iter().filter(|file| file.is_authority_key && !file.nodes.is_empty());
    let sealed = keys.filter(|file| matches!(kept::private_key(&file.path, &file.content), Ok(None)));
    sealed.map(|file| {
        format!(
            "{} is encrypted, and no component can read it: where the controller manager shall sign with it, it does not \
             start; keep the keys of the CAs apart, or decrypt it first",
            printable(&file.path)
        )
    })
}
