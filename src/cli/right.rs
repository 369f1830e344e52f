//! The right of an item as a document.

use super::document::{RightDocument, some_text};
use crate::inventory::right::holder;
use crate::inventory::{Inventory, Item, ItemIndex};

/// The right that an item gives before the API server, where it gives one.
pub(super) fn right(inventory: &Inventory, index: ItemIndex, item: &Item) -> Option<RightDocument> {
    holder(inventory, index, item).map(|holder| RightDocument {
        user: holder.user,
        groups: holder.groups,
        binding: holder.right.and_then(|right| some_text(right.binding)),
        cluster_role: holder.right.and_then(|right| some_text(right.cluster_role)),
    })
}
