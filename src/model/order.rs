//! Orders that do not depend on the date, prepared once for each reading, so that a key press on
//! 100,000 certificates only picks from them.

use std::collections::BTreeSet;

use crate::inventory::judged::any_in_use;
use crate::inventory::{Inventory, Item, ItemIndex};
use crate::kubernetes::layout::layout;
use crate::pki::text::printable;

/// The items of one inventory in several orders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    /// By notAfter, earliest first; items without a certificate lead.
    pub by_end: Vec<ItemIndex>,
    /// By id.
    pub by_id: Vec<ItemIndex>,
    /// By the name that is shown.
    pub by_name: Vec<ItemIndex>,
    /// By path and place in the file.
    pub by_path: Vec<ItemIndex>,
    /// True where anything but a kubeconfig's user is in use: then only what is in use counts.
    pub any_in_use: bool,
    /// Common names that more than one CA in use bears: there the name alone says too little.
    pub doubled_names: BTreeSet<String>,
    /// The folder that paths are shown without: the layout's, or the one that holds every file.
    pub folder: String,
}

impl Order {
    /// The orders of `inventory`.
    pub fn of(inventory: &Inventory) -> Self {
        let indices: Vec<ItemIndex> = inventory.indexed().map(|(index, _)| index).collect();
        let item = |index: &ItemIndex| &inventory.items[index.0 as usize];
        let mut by_id = indices.clone();
        by_id.sort_by(|a, b| item(a).id.cmp(&item(b).id));
        let mut by_path = indices.clone();
        by_path.sort_by(|a, b| (&item(a).path, item(a).index).cmp(&(&item(b).path, item(b).index)));
        let mut by_end = by_id.clone();
        by_end.sort_by_key(|index| {
            item(index)
                .certificate()
                .map(crate::pki::Certificate::not_after)
        });
        let mut order = Self {
            by_end,
            by_id,
            by_name: Vec::new(),
            by_path,
            any_in_use: any_in_use(inventory),
            doubled_names: doubled_names(inventory),
            folder: folder(inventory),
        };
        let mut by_name = indices;
        by_name.sort_by_cached_key(|index| order.name(item(index)).to_lowercase());
        order.by_name = by_name;
        order
    }

    /// What an item is called: a CA in use by its common name where no other bears it, others by
    /// their id.
    pub fn name(&self, item: &Item) -> String {
        if item.is_authority()
            && item.in_use
            && let Some(name) = item
                .certificate()
                .and_then(|certificate| certificate.common_name())
            && !name.is_empty()
            && !self.doubled_names.contains(name)
        {
            return printable(name).into_owned();
        }
        self.short_path(&item.id)
    }

    /// A path as it is shown where room is short: below [`Self::folder`] without it, a home as `~`.
    pub fn short_path(&self, path: &str) -> String {
        let show = |text: &str| printable(text).into_owned();
        let below = |folder: &str| {
            path.strip_prefix(folder)
                .and_then(|rest| rest.strip_prefix('/'))
                .map(show)
        };
        let base = self.folder.trim_end_matches('/');
        if !base.is_empty()
            && let Some(short) = below(base)
        {
            return short;
        }
        if let Some(short) = below("/root") {
            return format!("~/{short}");
        }
        below("/home").map_or_else(|| show(path), |short| format!("~{short}"))
    }
}

/// The layout's folder; where that says nothing, the deepest folder that holds every certificate
/// file.
fn folder(inventory: &Inventory) -> String {
    let is_any_folder = layout(&inventory.layout).is_some_and(|layout| layout.fallback);
    if inventory.base.trim_end_matches('/').is_empty() && is_any_folder {
        let mut paths = inventory.items.iter().map(|item| &*item.path);
        let parent = |path: &str| path.rfind('/').map_or(0, |slash| slash + 1);
        let Some(first) = paths.next() else {
            return inventory.root.clone();
        };
        let end = paths.fold(parent(first), |end, path| {
            let same = first
                .bytes()
                .zip(path.bytes())
                .take(end)
                .take_while(|(a, b)| a == b)
                .count();
            first
                .get(..same)
                .and_then(|same| same.rfind('/'))
                .map_or(0, |slash| slash + 1)
        });
        return first.get(..end).unwrap_or("/").to_owned();
    }
    inventory.base.clone()
}

fn doubled_names(inventory: &Inventory) -> BTreeSet<String> {
    let authorities = inventory
        .items
        .iter()
        .filter(|item| item.in_use && item.is_authority());
    let names = authorities.filter_map(|item| item.certificate()?.common_name());
    let mut seen = BTreeSet::new();
    names
        .filter(|name| !seen.insert(*name))
        .map(str::to_owned)
        .collect()
}
