//! Masters that kubeadm made, unpacked and read.

use std::path::Path;

use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::tree::Verified;
use kubepki::inventory::{Inventory, Item};
use kubepki::progress::silent;

use crate::support::program::Sample;
use crate::support::tool;

/// `None` where there is no tar.
pub(crate) fn sample(name: &str) -> Option<Sample> {
    Some(Sample::unpack(&tool("tar")?, name))
}

pub(crate) fn read(root: &Path) -> Inventory {
    let options = OpenOptions {
        root: root.to_owned(),
        ..OpenOptions::default()
    };
    open(&options, &silent, &mut Verified::new()).expect("it can be read")
}

pub(crate) fn item<'a>(inventory: &'a Inventory, id: &str) -> &'a Item {
    let ids = || {
        inventory
            .items
            .iter()
            .map(|item| &item.id)
            .collect::<Vec<_>>()
    };
    let found = inventory.items.iter().find(|item| &*item.id == id);
    found.unwrap_or_else(|| panic!("no item {id} among {:?}", ids()))
}
