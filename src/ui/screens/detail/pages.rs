//! Which page a route has, and which keys its footer names.

use super::super::super::document::Document;
use super::super::{
    certificate, component, gone, guide, join, kubeconfig, ledger_entry, letter, operation, pasted,
    request, start, token, unread, why,
};
use crate::model::world::World;
use crate::model::{Action, Route};

pub(super) const FOOTER: [Action; 21] = [
    Action::Approve,
    Action::Deny,
    Action::New,
    Action::Expire,
    Action::RecoverForward,
    Action::RecoverBack,
    Action::Restart,
    Action::RestartAll,
    Action::SkipRestart,
    Action::Renew,
    Action::Options,
    Action::Open,
    Action::Undo,
    Action::Difference,
    Action::Commands,
    Action::Probe,
    Action::Back,
    Action::Why,
    Action::CopyPem,
    Action::Next,
    Action::Palette,
];

/// On a step of a check list Enter restarts.
pub(super) const STEP_FOOTER: [Action; 7] = [
    Action::Restart,
    Action::RestartAll,
    Action::SkipRestart,
    Action::Undo,
    Action::Commands,
    Action::Back,
    Action::Palette,
];

/// On the page of what comes next.
pub(super) const GUIDE_FOOTER: [Action; 6] = [
    Action::New,
    Action::CopyPem,
    Action::Filter,
    Action::Next,
    Action::Back,
    Action::Palette,
];

/// What the page of a route says.
pub(super) fn document(world: &World, route: &Route) -> Document {
    match route {
        Route::Certificate(id) => certificate::document(world, id),
        Route::Kubeconfig(path) => kubeconfig::document(world, path),
        Route::Request(id) => request::document(world, id),
        Route::Why(path) => why::document(world, path),
        Route::Component(name) => component::document(world, name),
        Route::Join => join::document(world),
        Route::Token(key) => token::document(world, key),
        Route::Review => letter::document(world),
        Route::Operation(id) => operation::document(world, id),
        Route::Difference { operation, issue } => {
            operation::difference(world, operation.as_deref(), issue)
        }
        Route::Commands(operation) => operation::commands(world, operation.as_deref()),
        Route::LedgerEntry(sha256) => ledger_entry::document(world, sha256),
        Route::Guide(name) => guide::document(world, name),
        Route::Pasted(thing) => of_pasted(world, thing.as_deref()),
        Route::Overview(_) => start::document(world),
        _ => unread::document(world),
    }
}

/// A page of what was pasted: the same as on a master, and what that has of it. Where facts come from
/// is asked of a master only.
fn of_pasted(world: &World, thing: Option<&Route>) -> Document {
    let Some(pasted) = &world.pasted else {
        return gone::gone("what was pasted");
    };
    let view = world.of_pasted(pasted);
    let Some(thing) = thing else {
        return pasted::document(world, &view, pasted);
    };
    let mut page = document(&view, thing);
    let here = pasted::here(world, pasted, thing);
    page.start += here.len();
    page.entries.splice(0..0, here);
    for entry in &mut page.entries {
        let opens = entry.opens.take();
        let is_thing = |route: &Route| {
            matches!(
                route,
                Route::Certificate(_) | Route::Kubeconfig(_) | Route::Request(_)
            )
        };
        entry.opens = opens.filter(is_thing).map(Route::in_pasted);
    }
    Document { path: None, ..page }
}
