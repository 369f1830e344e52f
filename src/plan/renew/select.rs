//! Which items a request means, and what it leaves.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::authority::Successors;
use super::due::{due, renewable, unasked};
use super::{kubelet, staying};
use crate::inventory::{Inventory, Item, ItemIndex, KubeconfigItem, Source};
use crate::kubernetes::role::RoleKind;
pub(super) use crate::plan::Selection;
use crate::plan::{Error, RenewRequest};
use crate::record::Left;

/// The items that are meant and can be renewed, and the others with their reasons.
///
/// # Errors
/// [`Error::Refused`] for an id that no item has.
pub(super) fn chosen(
    inventory: &Inventory,
    request: &RenewRequest,
    moment: OffsetDateTime,
) -> Result<(Vec<ItemIndex>, Vec<Left>), Error> {
    let mut leaves = Vec::new();
    let (mut chosen, mut meant) = (Vec::new(), Vec::new());
    match &request.what {
        Selection::Items(ids) => {
            let known: HashMap<&str, ItemIndex> = inventory.indexed().map(|(index, item)| (&*item.id, index)).collect();
            for id in ids {
                let index = known.get(&**id).ok_or_else(|| Error::refused(format!("there is no {id}")))?;
                meant.push(*index);
            }
        }
        Selection::Due | Selection::All => meant.extend(inventory.indexed().map(|(index, _)| index)),
    }
    for (index, item) in meant.into_iter().filter_map(|index| Some((index, inventory.item(index)?))) {
        let answer = match request.what {
            Selection::Due => due(inventory, index, item, moment),
            Selection::All => unasked(inventory, index, item, moment).map(|_| ()),
            Selection::Items(_) if kubelet::pointed_to(inventory, item, moment).is_some() => Ok(()),
            Selection::Items(_) => renewable(inventory, index, item, successors(request), moment).map(|_| ()),
        };
        match answer {
            Ok(()) => chosen.push(index),
            Err(why) => leaves.push(staying::left(inventory, index, item, moment, why)),
        }
    }
    if !matches!(request.what, Selection::Items(_)) {
        leaves.extend(bare_keys(inventory));
    }
    Ok((chosen, leaves))
}

/// Who may sign where the old signer is gone.
pub(super) fn successors(request: &RenewRequest) -> Successors {
    Successors { role_first: request.to_specification, of_orphans: matches!(request.what, Selection::Items(_)) }
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
pub(super) fn nothing_left(leaves: &[Left]) -> Error {
    let mut error = match leaves {
        [one] => Error::refused(format!("{} cannot be renewed", one.what)).because(one.why.clone()),
        _ => Error::refused("none of these can be renewed"),
    };
    if leaves.len() > 1 {
        for Left { what, why, .. } in leaves {
            error = error.because(format!("{what}: {why}"));
        }
    }
    error
}

/// True for an item that the request names.
pub(super) fn is_named(request: &RenewRequest, inventory: &Inventory, index: ItemIndex) -> bool {
    let Selection::Items(ids) = &request.what else { return false };
    inventory.item(index).is_some_and(|item| ids.contains(&item.id))
}

/// The other items in use that hold the same certificate.
pub(super) fn same_certificate<'a>(
    inventory: &'a Inventory,
    index: ItemIndex,
    item: &'a Item,
) -> impl Iterator<Item = ItemIndex> + 'a {
    let same = item.certificate().map_or(&[][..], |certificate| inventory.holders.same(certificate.sha256()));
    // A certificate is public: only who has its key as well may have the new one.
    let usable = |one: &Item| one.in_use && one.path_bytes.is_none() && one.key.matches == Some(true);
    same.iter().copied().filter(move |other| *other != index && inventory.item(*other).is_some_and(usable))
}

/// The item with a role that a user's kubeconfig holds a copy of; `None`: it is none.
pub(super) fn principal_of(inventory: &Inventory, index: ItemIndex, item: &Item) -> Option<ItemIndex> {
    if !is_users(item) || item.key.matches != Some(true) {
        return None;
    }
    let plays = |other: &ItemIndex| inventory.item(*other).is_some_and(|item| !item.roles.is_empty());
    same_certificate(inventory, index, item).find(plays)
}

/// The users' kubeconfigs that hold the certificate of `item` and are refreshed with it.
pub fn copies<'a>(inventory: &'a Inventory, index: ItemIndex, item: &'a Item) -> impl Iterator<Item = ItemIndex> + 'a {
    same_certificate(inventory, index, item).filter(|other| is_copy(inventory, *other))
}

/// True for what a kubeconfig holds that has no role, as a user's own.
pub(super) fn is_users(item: &Item) -> bool {
    matches!(item.source, Source::Kubeconfig { .. }) && item.roles.is_empty()
}

/// True for a user's kubeconfig that holds the certificate of an item with a role.
pub(super) fn is_copy(inventory: &Inventory, index: ItemIndex) -> bool {
    inventory.item(index).is_some_and(|item| principal_of(inventory, index, item).is_some())
}

/// The kubeconfigs that embed or name one of `items`, with the user's place in each.
pub(super) fn kubeconfigs_of<'a>(inventory: &'a Inventory, items: &[ItemIndex]) -> Vec<(&'a KubeconfigItem, usize)> {
    let mut places: Vec<(usize, usize)> =
        items.iter().flat_map(|index| inventory.holders.users(*index)).copied().collect();
    places.sort_unstable();
    places.into_iter().filter_map(|(at, user)| Some((inventory.kubeconfigs.get(at)?, user))).collect()
}
