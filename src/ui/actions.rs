//! What keys about certificates and operations lead to, and why one cannot be followed.

use std::sync::Arc;

use crate::inventory::{Fault, Inventory, Item};
use crate::model::world::World;
use crate::model::{Action, Effect, IssueAbout, Route, WizardName};
use crate::plan::issue::issuable_roles;
use crate::plan::{RenewRequest, Request, Selection};
use crate::record::{Operation, OperationState, RecoveryWay};

/// What an action about certificates, or about the last change, leads to.
pub(crate) fn effects(ids: Vec<Arc<str>>, action: Action) -> Vec<Effect> {
    match action {
        Action::Renew => vec![Effect::Change(Request::Renew(RenewRequest::new(
            Selection::Items(ids),
        )))],
        Action::Options => vec![Effect::Open(Route::Wizard(WizardName::Renew(
            Selection::Items(ids),
        )))],
        Action::Select => ids.into_iter().map(Effect::Select).collect(),
        Action::Undo => vec![Effect::Change(Request::Undo(None))],
        _ => Vec::new(),
    }
}

/// Why such an action cannot be done with `item`; what only a plan can tell is left to it.
pub(crate) fn refusal(world: &World, item: Option<&Item>, action: Action) -> Option<&'static str> {
    match (action, item) {
        (Action::Renew | Action::Options | Action::Select, None) => {
            Some("there is no certificate under the cursor")
        }
        (Action::Renew | Action::Options | Action::Select, Some(item)) if item.is_authority() => {
            Some("CAs are rotated, not renewed")
        }
        (Action::Undo, _) => undo_refusal(world, None),
        _ => None,
    }
}

/// What a new certificate is asked for with `item` under the cursor: a file that is missing, a CA
/// that signs, or anything.
pub(crate) fn issue_about(inventory: &Inventory, item: Option<&Item>) -> IssueAbout {
    let Some(item) = item else {
        return IssueAbout::Anything;
    };
    let role = item.roles.first().map(|role| role.id);
    let is_missing = matches!(item.content, Err(Fault::Absent(_)));
    match role.filter(|id| is_missing && issuable_roles(inventory).any(|role| role.id == *id)) {
        Some(role) => IssueAbout::Role(role),
        None if item.is_authority() => IssueAbout::Authority(item.id.clone()),
        None => IssueAbout::Anything,
    }
}

/// Ends what was interrupted, as an action of its page or of the history wants it.
pub(crate) fn recover(id: &str, action: Action) -> Vec<Effect> {
    let way = if action == Action::RecoverForward {
        RecoveryWay::Forward
    } else {
        RecoveryWay::Back
    };
    vec![Effect::Recover { id: id.into(), way }]
}

/// Why there is nothing to end.
pub(crate) fn recover_refusal(world: &World, id: &str) -> Option<&'static str> {
    let is_open = world
        .operation(id)
        .is_some_and(|operation| operation.state.is_unfinished());
    (!is_open).then_some("it came to its end")
}

/// Why an operation cannot be taken back; `None` as id: the newest that can be.
pub(crate) fn undo_refusal(world: &World, id: Option<&str>) -> Option<&'static str> {
    let Some(Ok(history)) = &world.history else {
        return None;
    };
    let Some(id) = id else {
        let can = |one: &Operation| one.undoes.is_none() && undoable(one).is_none();
        // What is damaged may be one that can be: the plan says what is known of it.
        let may = !history.damaged.is_empty() || history.operations.iter().any(can);
        return (!may).then_some("there is nothing left to undo");
    };
    history
        .operations
        .iter()
        .find(|one| one.id == id)
        .and_then(undoable)
}

fn undoable(operation: &Operation) -> Option<&'static str> {
    match operation.state {
        _ if operation.undone_by.is_some() => Some("it is undone already"),
        OperationState::Undone => Some("it is undone already"),
        OperationState::RolledBack => Some("it was not done: all is as it was before"),
        OperationState::Prepared | OperationState::Committing => Some("it did not come to its end"),
        OperationState::Done => None,
    }
}
