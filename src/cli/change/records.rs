//! What a change means to what is kept of others.

use crate::cli::failure::{Exit, Failure};
use crate::cli::output;
use crate::engine::change::Changer;
use crate::inventory::Inventory;
use crate::plan::{Plan, Request};
use crate::words::ledger;

/// Brings the ledger up to date. What was done is done, also where that cannot be written down once
/// more: the next change makes up for it.
pub(super) fn note(changer: &Changer, plan: &Plan, inventory: &Inventory) {
    if let Err(failure) = changer.keep_ledger(inventory, plan.moment) {
        let problem = ledger::unwritten(failure.into());
        let exit = Exit::Unable;
        output::tell(&Failure { exit, problem }.to_words());
    }
}

/// What goes by the whole history does not know it where a record is damaged: the exit code then.
/// The plan names it.
pub(super) fn unread(request: &Request, changer: &Changer) -> u8 {
    let goes_by_all = matches!(request, Request::Undo(None) | Request::Prune);
    if goes_by_all && !changer.records().damaged().is_empty() {
        Exit::Unable.code()
    } else {
        0
    }
}
