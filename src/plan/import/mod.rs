//! Answers of somebody else's CA: matched with the keys that wait for them, checked, and placed.

mod answers;
mod checks;
mod pair;
mod place;
mod places;
mod waiting;
mod warnings;
mod writing;

use super::files::add_folders;
use super::{ImportRequest, Materials, Needs, Plan, PlanContext, PlanError};
use crate::inventory::Inventory;
use places::Places;

/// The files that are read.
///
/// # Errors
/// [`PlanError::Refused`] where no file is named.
pub(super) fn needs(inventory: &Inventory, request: &ImportRequest) -> Result<Needs, PlanError> {
    if request.files.is_empty() {
        return Err(PlanError::refused("no file with certificates is named"));
    }
    let mut files = waiting::paths(&Places::of(inventory, request));
    add_folders(&mut files);
    let mut local = waiting::local_paths(&request.waiting);
    add_folders(&mut local);
    local.extend(request.files.iter().cloned());
    local.sort();
    local.dedup();
    Ok(Needs {
        files,
        local,
        ..Needs::default()
    })
}

/// The plan: each certificate in the place that belongs to its key, each CA where what it signed is
/// verified by it.
///
/// # Errors
/// [`PlanError::Refused`] where a file holds no certificates, or one that belongs to a key here
/// must not be placed: it is not what was asked for, has ended, or no CA that is known here has
/// signed it.
pub(super) fn plan(
    inventory: &Inventory,
    materials: &Materials,
    request: &ImportRequest,
    context: PlanContext<'_>,
) -> Result<Plan, PlanError> {
    let answers = answers::read(materials, request)?;
    let places = Places::of(inventory, request);
    let mut waiting = waiting::all(&places, materials);
    waiting.extend(waiting::local(&request.waiting, materials));
    let done = place::place(&places, materials, &answers, &waiting, context.moment)?;
    Ok(done.into_plan(inventory, materials, context))
}
