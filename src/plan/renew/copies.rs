//! Who holds the same certificate: the users' kubeconfigs that are refreshed with the item whose
//! copy they have.

use crate::inventory::{Inventory, Item, ItemIndex, Source};

/// The other items in use that hold the same certificate.
pub(super) fn same_certificate<'a>(
    inventory: &'a Inventory,
    index: ItemIndex,
    item: &'a Item,
) -> impl Iterator<Item = ItemIndex> + 'a {
    let same = item.certificate().map_or(&[][..], |certificate| {
        inventory.holders.same(certificate.sha256())
    });
    // A certificate is public: only who has its key as well may have the new one.
    let usable =
        |one: &Item| one.in_use && one.path_bytes.is_none() && one.key.matches == Some(true);
    same.iter()
        .copied()
        .filter(move |other| *other != index && inventory.item(*other).is_some_and(usable))
}

/// The item with a role that a user's kubeconfig holds a copy of; `None`: it is none.
pub(super) fn principal_of(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
) -> Option<ItemIndex> {
    if !is_users(item) || item.key.matches != Some(true) {
        return None;
    }
    let plays = |other: &ItemIndex| {
        inventory
            .item(*other)
            .is_some_and(|item| !item.roles.is_empty())
    };
    same_certificate(inventory, index, item).find(plays)
}

/// The users' kubeconfigs that hold the certificate of `item` and are refreshed with it.
pub fn copies<'a>(
    inventory: &'a Inventory,
    index: ItemIndex,
    item: &'a Item,
) -> impl Iterator<Item = ItemIndex> + 'a {
    same_certificate(inventory, index, item).filter(|other| is_copy(inventory, *other))
}

/// True for what a kubeconfig holds that has no role, as a user's own.
pub(super) fn is_users(item: &Item) -> bool {
    matches!(item.source, Source::Kubeconfig { .. }) && item.roles.is_empty()
}

/// True for a user's kubeconfig that holds the certificate of an item with a role.
pub(super) fn is_copy(inventory: &Inventory, index: ItemIndex) -> bool {
    inventory
        .item(index)
        .is_some_and(|item| principal_of(inventory, index, item).is_some())
}
