//! The plan as it is shown: node by node, certificate by certificate, and what must be known before
//! it is done.

use super::here::others_read;
use super::{PlacedSetup, local};
use crate::inventory::{Inventory, Item};
use crate::kubernetes::component::Component;
use crate::kubernetes::role::Restart;
use crate::pki::text::printable;
use crate::plan::setup::made::{Issued, MadeCluster};
use crate::plan::setup::{SetupTask, commands, kept};
use crate::plan::{Change, Materials, Plan, SetupRequest, files, notices, restart};
use crate::record::{
    ChangeAction, IssueSummary, KeyChange, Left, NodeSummary, PathState, Place, PlanKind,
    PlanSummary, Reason, RestartSummary,
};
use crate::setup::AuthorityKeys;
use crate::setup::blueprint::{Blueprint, What};

/// Why nobody makes a PKI by one key.
const BEGINNING: &str = "it is the beginning of a PKI: look at what is made";

/// Puts the plan together.
pub(super) fn plan(
    task: SetupTask<'_>,
    made: &MadeCluster,
    blueprint: &Blueprint,
    placed: PlacedSetup,
) -> Plan {
    let SetupTask {
        inventory,
        materials,
        request,
        context,
    } = task;
    let is_empty = placed.changes.is_empty();
    let restarts = restarts(task, blueprint, &placed.changes);
    let warnings = all_warnings(task, made, blueprint, &placed);
    let kept = made
        .files
        .iter()
        .filter(|file| file.is_kept && is_here(request, &file.nodes));
    let commands = if is_empty {
        Vec::new()
    } else {
        commands::script(task, made, blueprint, &placed.nodes)
    };
    let title = title(request, &placed);
    let PlacedSetup { changes, nodes } = placed;
    let made_from = materials.unchanged(&changes);
    let summary = PlanSummary {
        title,
        changes: changes.iter().map(Change::to_summary).collect(),
        issues: made
            .issued
            .iter()
            .map(|issued| issue(inventory, request, issued, &changes))
            .collect(),
        restarts,
        warnings,
        left_alone: kept
            .map(|file| Left::new(&file.path, "it is there, fits, and stays"))
            .collect(),
        commands,
        kind: Some(PlanKind::Setup),
        asks: if is_empty {
            Vec::new()
        } else {
            vec![Reason::Look(BEGINNING.to_owned())]
        },
        nodes,
        ..PlanSummary::default()
    };
    Plan {
        summary,
        changes,
        made_from,
        undoes: None,
        moment: context.moment,
    }
}

/// Who holds what gets other content.
fn restarts(task: SetupTask<'_>, blueprint: &Blueprint, changes: &[Change]) -> Vec<RestartSummary> {
    let replaced = replaced(task.inventory, changes);
    let is_dead = |item: &Item| {
        item.certificate()
            .is_none_or(|old| old.not_after() < task.context.moment)
    };
    let mut restarts = restart::of(task.inventory, &replaced, is_dead);
    restarts.extend(without_certificate(
        task.inventory,
        blueprint,
        changes,
        &restarts,
    ));
    restarts
}

/// What must be known before it is done. Where nothing changes only what the making says is left.
fn all_warnings(
    task: SetupTask<'_>,
    made: &MadeCluster,
    blueprint: &Blueprint,
    placed: &PlacedSetup,
) -> Vec<String> {
    let SetupTask {
        inventory,
        materials,
        request,
        context,
    } = task;
    let is_empty = placed.changes.is_empty();
    let mut warnings = if is_empty {
        Vec::new()
    } else {
        warnings(materials, request, made, placed)
    };
    warnings.extend(made.warnings.iter().chain(&blueprint.warnings).cloned());
    if !is_empty {
        warnings.extend(request.cluster.warnings());
        warnings.extend(local::warnings(materials, request, &placed.changes));
    }
    warnings.extend(notices::clock_is_behind(
        inventory,
        &materials.history,
        context.moment,
    ));
    warnings
}

fn is_here(request: &SetupRequest, nodes: &[String]) -> bool {
    request
        .here
        .as_ref()
        .is_some_and(|here| nodes.contains(here))
}

/// What was at the paths that get other content.
fn replaced<'a>(inventory: &'a Inventory, changes: &[Change]) -> Vec<&'a Item> {
    let is_replaced = |item: &&Item| {
        let mut changes = changes.iter();
        changes.any(|change| {
            let is_its =
                *change.path == *item.path || item.key.path.as_deref() == Some(&*change.path);
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
        let (What::KeyPair { private: file, .. } | What::TokenFile { file, .. }) = &thing.what
        else {
            continue;
        };
        let is_its = |change: &&Change| change.place == Place::Master && change.path == file.path;
        let is_other =
            |change: &Change| change.before.sha256() != change.path_state_after().sha256();
        let change = changes
            .iter()
            .find(is_its)
            .filter(|change| change.before != PathState::Absent && is_other(change));
        let Some(change) = change else { continue };
        for reader in thing.roles.iter().flat_map(|role| role.readers) {
            let is_told =
                |known: &RestartSummary| known.component == reader.component && known.required;
            if reader.restart == Restart::Required && !told.iter().chain(&found).any(is_told) {
                found.push(restart::at_start(inventory, reader.component, &change.path));
            }
        }
    }
    found
}

fn title(request: &SetupRequest, placed: &PlacedSetup) -> String {
    let PlacedSetup { changes, nodes } = placed;
    let cluster = printable(&request.cluster.name);
    let is_new = changes.iter().any(|change| change.place == Place::Master)
        || nodes.iter().any(|node| node.archive.is_some());
    let nodes = |count: usize| {
        if count == 1 {
            "1 node".to_owned()
        } else {
            format!("{count} nodes")
        }
    };
    match (request.only.as_slice(), is_new) {
        (_, false) => format!("Nothing is missing in {cluster}"),
        ([], true) if request.cluster.external_authority => {
            format!(
                "Set up {cluster}: keys and requests for {}",
                nodes(request.cluster.nodes.len())
            )
        }
        ([], true) => format!("Set up {cluster}: {}", nodes(request.cluster.nodes.len())),
        (only, true) => format!("Add {} to {cluster}", printable(&only.join(", "))),
    }
}

fn issue(
    inventory: &Inventory,
    request: &SetupRequest,
    issued: &Issued,
    changes: &[Change],
) -> IssueSummary {
    let mut programs: Vec<Component> = Vec::new();
    for reader in issued.roles.iter().flat_map(|role| role.readers) {
        if !programs.contains(&reader.component) {
            programs.push(reader.component);
        }
    }
    let node = issued
        .node
        .clone()
        .filter(|node| request.here.as_ref() != Some(node));
    let was_there = |path: &&String| {
        let mut changes = changes
            .iter()
            .filter(|change| change.place == Place::Master);
        changes.any(|change| change.path == **path && change.before != PathState::Absent)
    };
    let old = issued
        .paths
        .iter()
        .filter(|_| node.is_none())
        .filter(was_there);
    let mut old = old.filter_map(|path| inventory.items.iter().find(|item| *item.path == **path));
    let before = old.find_map(|item| item.certificate().cloned());
    IssueSummary {
        id: issued.id.clone(),
        roles: issued
            .roles
            .iter()
            .map(|role| role.name.to_owned())
            .collect(),
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
    placed: &PlacedSetup,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let keys = request.cluster.authority_keys;
    let has_new_keys = made
        .files
        .iter()
        .any(|file| file.is_authority_key && !file.is_kept);
    if keys == AuthorityKeys::Apart && has_new_keys {
        warnings.push(
            "the keys of the CAs go to no node: the controller manager cannot sign what kubelets ask for, so it gets no \
             --cluster-signing-cert-file and -key-file; unpack their archive below the root to renew or to add a node"
                .to_owned(),
        );
    }
    warnings.extend(secrets_in_archives(request, made, &placed.nodes));
    warnings.extend(answers(materials, request, &placed.changes));
    for member in request
        .cluster
        .members()
        .filter(|member| request.only.contains(&member.name))
    {
        let name = printable(&member.name);
        warnings
            .push(format!("{name} is a member of etcd: it must be made known to the others first: etcdctl member add"));
    }
    if keys != AuthorityKeys::Apart {
        warnings.extend(sealed(made));
    }
    warnings
}

/// That archives are to be removed, where somebody must not read them.
fn secrets_in_archives(
    request: &SetupRequest,
    made: &MadeCluster,
    nodes: &[NodeSummary],
) -> Option<String> {
    let mut sent = nodes
        .iter()
        .filter(|node| node.archive.is_some())
        .flat_map(|node| &node.files);
    let has_secrets = sent.any(|file| !others_read(file.mode));
    let with_authorities = request.cluster.authority_keys == AuthorityKeys::EveryMaster
        && request
            .cluster
            .masters()
            .any(|node| request.here.as_ref() != Some(&node.name))
        && made.files.iter().any(|file| file.is_authority_key);
    let what = if with_authorities {
        "private keys, those of the CAs too"
    } else {
        "private keys"
    };
    has_secrets.then(|| format!("the archives hold {what}: remove each when its node has it"))
}

/// That the answers are not kept, or take the place of others.
fn answers(materials: &Materials, request: &SetupRequest, changes: &[Change]) -> Option<String> {
    let Some(path) = local::kept_path(materials, request) else {
        return Some("the answers are not kept, for kubepki has no folder of its own".to_owned());
    };
    let is_written = changes
        .iter()
        .any(|change| change.place == Place::Local && change.path == path);
    let was_there = files::path_state(&materials.local, &path) != PathState::Absent;
    let name = printable(&request.cluster.name);
    (is_written && request.only.is_empty() && was_there)
        .then(|| format!("answers for {name} are kept already: these take their place"))
}

/// Keys of CAs on nodes that only a person can open.
fn sealed(made: &MadeCluster) -> impl Iterator<Item = String> {
    let keys = made
        .files
        .iter()
        .filter(|file| file.is_authority_key && !file.nodes.is_empty());
    let sealed =
        keys.filter(|file| matches!(kept::private_key(&file.path, &file.content), Ok(None)));
    sealed.map(|file| {
        format!(
            "{} is encrypted, and no component can read it: where the controller manager shall sign with it, it does not \
             start; keep the keys of the CAs apart, or decrypt it first",
            printable(&file.path)
        )
    })
}
