//! New certificates for old ones: who they are stays, and with them every byte that is not theirs.

mod authority;
mod commands;
mod copies;
mod doubt;
mod due;
mod edits;
mod ending;
mod identity;
mod kubeconfigs;
mod kubelet;
mod making;
mod notes;
mod outline;
mod review;
mod select;
mod specification;
mod staying;

pub use copies::copies;
pub use due::due;

use super::{Materials, Needs, Plan, PlanContext, PlanError, RenewRequest, keys};
use crate::inventory::Inventory;
use outline::Outline;

/// The files and keys that the renewal takes.
///
/// # Errors
/// [`PlanError::Refused`] where nothing of what is asked for by name can be renewed.
pub(super) fn needs(
    inventory: &Inventory,
    request: &RenewRequest,
    context: PlanContext<'_>,
) -> Result<Needs, PlanError> {
    Ok(Outline::of(inventory, request, context)?.needs(inventory, context.moment))
}

/// The plan: new keys and certificates, and every file that holds the old ones.
///
/// # Errors
/// [`PlanError`] where nothing may or can be done.
pub(super) fn plan(
    inventory: &Inventory,
    mut materials: Materials,
    request: &RenewRequest,
    context: PlanContext<'_>,
) -> Result<Plan, PlanError> {
    let mut outline = Outline::of(inventory, request, context)?;
    outline.leave_exposed(inventory, request, &mut materials, context.moment)?;
    let given = &mut materials.new_keys;
    let keys: Vec<_> =
        outline.new_keys.iter().map(|algorithm| keys::new_key(*algorithm, given)).collect::<Result<_, _>>()?;
    let made = making::make(inventory, &materials, request, context, outline, &keys)?;
    Ok(review::plan(inventory, &materials, request, context, made))
}
