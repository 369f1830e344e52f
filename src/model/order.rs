//! Orders that do not depend on the date, prepared once for each reading, so that a key press on 100,000
//! certificates only picks from them.

use std::collections::BTreeSet;

use crate::inventory::{Inventory, ItemIndex};

/// The items of one inventory in several orders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    /// By notAfter, earliest first; items without a certificate lead.
    pub by_end: Vec<ItemIndex>,
    /// By id.
    pub by_name: Vec<ItemIndex>,
    /// By path and place in the file.
    pub by_path: Vec<ItemIndex>,
    /// True where any item is in use: then only those count.
    pub any_in_use: bool,
    /// Common names that more than one CA in use bears: there the name alone says too little.
    pub doubled_names: BTreeSet<String>,
}

impl Order {
    /// The orders of `inventory`.
    pub fn of(inventory: &Inventory) -> Self {
        let indices: Vec<ItemIndex> = inventory.indexed().map(|(index, _)| index).collect();
        let item = |index: &ItemIndex| &inventory.items[index.0 as usize];
        let mut by_name = indices.clone();
        by_name.sort_by(|a, b| item(a).id.cmp(&item(b).id));
        let mut by_path = indices;
        by_path.sort_by(|a, b| (&item(a).path, item(a).index).cmp(&(&item(b).path, item(b).index)));
        let mut by_end = by_name.clone();
        by_end.sort_by_key(|index| item(index).certificate().map(crate::pki::Certificate::not_after));
        let any_in_use = inventory.items.iter().any(|item| item.in_use);
        Self { by_end, by_name, by_path, any_in_use, doubled_names: doubled_names(inventory) }
    }
}

fn doubled_names(inventory: &Inventory) -> BTreeSet<String> {
    let authorities = inventory.items.iter().filter(|item| item.in_use && item.is_authority());
    let names = authorities.filter_map(|item| item.certificate()?.common_name());
    let mut seen = BTreeSet::new();
    names.filter(|name| !seen.insert(*name)).map(str::to_owned).collect()
}
