//! The flags of `renew` as the request that the wizard makes too.

use std::sync::Arc;

use crate::cli::arguments::RenewArguments;
use crate::cli::failure::Failure;
use crate::cli::master::Master;
use crate::cli::output;
use crate::cli::select::{Selected, certificates_of, find};
use crate::inventory::state::{Status, judge};
use crate::plan::{RenewRequest, Request, SanChange, Selection};
use crate::record::PlanSummary;

/// What the flags ask for on this master.
pub(crate) fn request(master: &Master, arguments: &RenewArguments) -> Result<Request, Failure> {
    let what = match (arguments.due, arguments.all) {
        (true, _) => Selection::Due,
        (_, true) => Selection::All,
        _ => Selection::Items(ids(master, &arguments.what)?),
    };
    let add = arguments.add_san.iter().cloned().map(SanChange::Add);
    let remove = arguments.remove_san.iter().cloned().map(SanChange::Remove);
    Ok(Request::Renew(RenewRequest {
        days: arguments.days,
        keep_key: arguments.keep_key,
        key_algorithm: arguments.key_algorithm,
        sans: add.chain(remove).collect(),
        to_specification: arguments.to_specification,
        refresh_copies: !arguments.no_copies,
        tighten_modes: arguments.tighten_modes,
        ..RenewRequest::new(what)
    }))
}

/// Names what has expired or soon will, and what a plan for all that is due leaves alone: a timer that says nothing
/// must mean that all is well. What the kubelet makes itself is no concern of anybody.
pub(super) fn tell_left_to_die(master: &Master, plan: &PlanSummary) {
    let inventory = &master.inventory;
    let is_kubelets = |path: &str| {
        let mut here = inventory.items.iter().filter(|item| *item.path == *path);
        here.any(|item| item.roles.iter().any(|role| role.name == "kubelet-serving"))
    };
    let dying = inventory.indexed().filter(|(index, item)| {
        let is_dying =
            || matches!(judge(inventory, *index, item, master.at).status, Status::Expired | Status::Expiring);
        item.in_use && !is_kubelets(&item.path) && is_dying()
    });
    let left = |id: &str| plan.leaves.iter().find(|left| left.what == id);
    let lines: Vec<String> =
        dying.filter_map(|(_, item)| left(&item.id).map(|left| format!("{}: {}", left.what, left.why))).collect();
    if !lines.is_empty() {
        let failure = Failure::refused("expired or near the end, and not to be renewed by this").because_all(lines);
        output::tell(&failure.to_words());
    }
}

/// The ids of what was named, each once.
fn ids(master: &Master, words: &[String]) -> Result<Vec<Arc<str>>, Failure> {
    let mut ids: Vec<Arc<str>> = Vec::new();
    for what in words {
        for id in named(master, what)? {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    Ok(ids)
}

fn named(master: &Master, what: &str) -> Result<Vec<Arc<str>>, Failure> {
    let several = certificates_of(master, what);
    if !several.is_empty() {
        return Ok(several);
    }
    let why = match find(master, what)? {
        Selected::Item(judged) => return Ok(vec![Arc::clone(&judged.item.id)]),
        Selected::Kubeconfig(_) => "it is a kubeconfig whose users have no certificate",
        Selected::Request(_) => "it is a request, no certificate",
        Selected::Key(_) => "it is a key without a certificate",
    };
    Err(Failure::refused(format!("{what:?} cannot be renewed")).because(why))
}
