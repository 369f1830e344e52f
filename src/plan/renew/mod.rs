//! New certificates for old ones: who they are stays, and with them every byte that is not theirs.

mod authority;
mod commands;
mod copies;
mod doubt;
mod due;
mod edits;
mod ending;
mod identity;
mod key_file_owner;
mod kubeconfigs;
mod kubelet;
mod making;
mod new_key;
mod notes;
mod outline;
mod renewal;
mod review;
mod select;
mod signers;
mod specification;
mod staying;

pub use copies::copies;
pub use due::due;

use time::OffsetDateTime;

use super::{Materials, Needs, Plan, PlanContext, PlanError, RenewRequest, keys};
use crate::inventory::{Inventory, Item, ItemIndex};
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
    let task = RenewalTask {
        inventory,
        request,
        context,
    };
    Ok(Outline::of(task)?.needs(inventory, context.moment))
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
    let task = RenewalTask {
        inventory,
        request,
        context,
    };
    let mut outline = Outline::of(task)?;
    outline.leave_exposed(task, &mut materials)?;
    let given = &mut materials.new_keys;
    let keys: Vec<_> = outline
        .new_keys
        .iter()
        .map(|algorithm| keys::new_key(*algorithm, given))
        .collect::<Result<_, _>>()?;
    let made = making::make(task, &materials, outline, &keys)?;
    Ok(review::plan(task, &materials, made))
}

/// What shall be renewed, and how.
#[derive(Debug, Clone, Copy)]
struct RenewalTask<'a> {
    inventory: &'a Inventory,
    request: &'a RenewRequest,
    context: PlanContext<'a>,
}

impl<'a> RenewalTask<'a> {
    fn moment(self) -> OffsetDateTime {
        self.context.moment
    }

    fn item(self, at: ItemIndex) -> Option<&'a Item> {
        self.inventory.item(at)
    }

    /// Those of `indices` that are still there.
    fn items(self, indices: &[ItemIndex]) -> impl Iterator<Item = &'a Item> {
        let inventory = self.inventory;
        indices.iter().filter_map(move |at| inventory.item(*at))
    }

    /// Whether the request names it.
    fn is_named(self, at: ItemIndex) -> bool {
        select::is_named(self.request, self.inventory, at)
    }
}
