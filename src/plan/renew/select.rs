//! Which items a request means, and what it leaves.

use std::collections::{HashMap, HashSet};

use time::OffsetDateTime;

use super::authority::Successors;
use super::due::{due, renewable, unasked};
use super::{kubelet, staying};
use crate::inventory::{Fault, Inventory, Item, ItemIndex, KubeconfigItem, Trouble};
use crate::kubernetes::role::RoleKind;
pub(super) use crate::plan::Selection;
use crate::plan::{PlanError, RenewRequest};
use crate::record::Left;

/// The items that are meant and can be renewed, and the others with their reasons.
///
/// # Errors
/// [`PlanError::Refused`] for an id that no item has.
pub(super) fn chosen(
    inventory: &Inventory,
    request: &RenewRequest,
    moment: OffsetDateTime,
) -> Result<(Vec<ItemIndex>, Vec<Left>), PlanError> {
    let mut left_alone = Vec::new();
    let (mut chosen, mut meant) = (Vec::new(), Vec::new());
    match &request.what {
        Selection::Items(ids) => {
            let known: HashMap<&str, ItemIndex> = inventory
                .indexed()
                .map(|(index, item)| (&*item.id, index))
                .collect();
            for id in ids {
                let index = known
                    .get(&**id)
                    .ok_or_else(|| PlanError::refused(format!("there is no {id}")))?;
                meant.push(*index);
            }
        }
        Selection::Due | Selection::All => {
            meant.extend(inventory.indexed().map(|(index, _)| index));
        }
    }
    for (index, item) in meant
        .into_iter()
        .filter_map(|index| Some((index, inventory.item(index)?)))
    {
        let answer = match request.what {
            Selection::Due => due(inventory, index, item, moment),
            Selection::All => unasked(inventory, index, item, moment).map(|_| ()),
            Selection::Items(_) if kubelet::pointed_to(inventory, item, moment).is_some() => Ok(()),
            Selection::Items(_) => {
                renewable(inventory, index, item, successors(request), moment).map(|_| ())
            }
        };
        match answer {
            Ok(()) => chosen.push(index),
            Err(why) => left_alone.push(staying::left(inventory, index, item, moment, why)),
        }
    }
    if !matches!(request.what, Selection::Items(_)) {
        left_alone.extend(bare_keys(inventory));
    }
    Ok((chosen, left_alone))
}

/// Who may sign where the old signer is gone.
pub(super) fn successors(request: &RenewRequest) -> Successors {
    Successors {
        role_first: request.to_specification,
        of_orphans: matches!(request.what, Selection::Items(_)),
    }
}

fn bare_keys(inventory: &Inventory) -> impl Iterator<Item = Left> + '_ {
    inventory.keys.iter().map(|key| {
        let of_tokens = key.roles.iter().any(|role| role.kind == RoleKind::KeyPair);
        let why = if of_tokens {
            "a service account key: with a new one every token would be refused"
        } else {
            "a key without a certificate"
        };
        Left::new(&*key.path, why)
    })
}

/// Why nothing that was asked for by name can be done.
pub(super) fn nothing_left(inventory: &Inventory, left_alone: &[Left]) -> PlanError {
    let mut error = match left_alone {
        [one] => {
            PlanError::refused(format!("{} cannot be renewed", one.what)).because(one.why.clone())
        }
        _ => PlanError::refused("none of these can be renewed"),
    };
    if left_alone.len() > 1 {
        for Left { what, why, .. } in left_alone {
            error = error.because(format!("{what}: {why}"));
        }
    }
    let meant: HashSet<&str> = left_alone.iter().map(|left| left.what.as_str()).collect();
    let is_closed = |item: &Item| matches!(item.content, Err(Fault::Unreadable(Trouble::Denied)));
    error.denied(
        inventory
            .items
            .iter()
            .any(|item| is_closed(item) && meant.contains(&*item.id)),
    )
}

/// True for an item that the request names.
pub(super) fn is_named(request: &RenewRequest, inventory: &Inventory, index: ItemIndex) -> bool {
    let Selection::Items(ids) = &request.what else {
        return false;
    };
    inventory
        .item(index)
        .is_some_and(|item| ids.contains(&item.id))
}

/// The kubeconfigs that embed or name one of `items`, with the user's place in each.
pub(super) fn kubeconfigs_of<'a>(
    inventory: &'a Inventory,
    items: &[ItemIndex],
) -> Vec<(&'a KubeconfigItem, usize)> {
    let mut places: Vec<(usize, usize)> = items
        .iter()
        .flat_map(|index| inventory.holders.users(*index))
        .copied()
        .collect();
    places.sort_unstable();
    places
        .into_iter()
        .filter_map(|(at, user)| Some((inventory.kubeconfigs.get(at)?, user)))
        .collect()
}
