//! The flags of `renew` as the request that the wizard makes too.

use std::sync::Arc;

use crate::cli::arguments::RenewArguments;
use crate::cli::failure::Failure;
use crate::cli::master::Master;
use crate::cli::select::{Selected, certificates_of, find};
use crate::inventory::{Fault, FileFault, KubeconfigItem, Trouble};
use crate::plan::{RenewRequest, Request, SanChange, Selection};
use crate::record::PlanSummary;

/// Who asks for what is due, or for all, expects a PKI: where none is, nothing due is no answer.
pub(super) fn refuse_nothing(request: &Request, master: &Master) -> Result<(), Failure> {
    match request {
        Request::Renew(asked) if !matches!(asked.what, Selection::Items(_)) => master
            .nothing_found()
            .or_else(|| master.nothing_in_use())
            .map_or(Ok(()), Err),
        _ => Ok(()),
    }
}

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

/// What is due and cannot be renewed: a timer that says nothing, and exits with 0, must mean that
/// all is well.
pub(super) fn not_renewed(plan: &PlanSummary) -> Option<Failure> {
    let lines: Vec<String> = plan
        .left_due()
        .map(|left| format!("{}: {}", left.what, left.why))
        .collect();
    let what = "expired or near the end, and not renewed";
    (!lines.is_empty()).then(|| Failure::refused(what).because_all(lines))
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
        Selected::Kubeconfig(KubeconfigItem {
            fault: Some(FileFault::Whole(fault)),
            ..
        }) => {
            return Err(of_file(what, fault));
        }
        Selected::Kubeconfig(_) => "it is a kubeconfig whose users have no certificate",
        Selected::Request(_) => "it is a request, no certificate",
        Selected::Key(_) => "it is a key without a certificate",
    };
    Err(Failure::refused(format!("{what:?} cannot be renewed")).because(why))
}

/// Of a kubeconfig that gives nothing it is not known whose certificates it holds.
fn of_file(what: &str, fault: &Fault) -> Failure {
    let failed = if fault.is_unread() {
        Failure::unable
    } else {
        Failure::refused
    };
    let failure = failed(format!("{what:?} cannot be renewed"));
    match fault {
        Fault::Unreadable(trouble) => {
            let failure = failure.because(format!("it {fault}"));
            if *trouble == Trouble::Denied {
                failure.hint_at_root()
            } else {
                failure
            }
        }
        other => failure.because(other.to_string()),
    }
}
