//! Whose a file with a new key becomes.

use crate::inventory::writer::Who;
use crate::inventory::{Inventory, Item, confirmed};
use crate::plan::Materials;
use crate::record::Attributes;

/// The mode of a key that nobody but its owner can read.
pub(super) const OF_KEYS: u32 = 0o600;

/// Whose a file with a new key becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyFileOwner {
    /// Nobody but root and the caller can write the file or a folder on the way to it.
    pub(super) is_roots: bool,
    /// What lay there was the key of the certificate that is replaced: whoever could read that may
    /// read this one.
    pub(super) fits: bool,
    /// The account that is told to read it, else the caller's: user and group.
    pub(super) owner: (u32, u32),
    /// Its group is an account's that reads it: it may go on.
    pub(super) is_group: bool,
}

impl Default for KeyFileOwner {
    fn default() -> Self {
        Self {
            is_roots: true,
            fits: true,
            owner: (0, 0),
            is_group: false,
        }
    }
}

impl KeyFileOwner {
    /// That of a new key of `item` where it is not the old one's.
    pub(super) fn of(inventory: &Inventory, materials: &Materials, item: &Item) -> Self {
        let accounts = &inventory.accounts;
        let told: Vec<_> = confirmed(&item.read_by)
            .flat_map(|reader| accounts.of_component(reader.component))
            .collect();
        let user = told.iter().find_map(|account| account.user);
        let group = told.iter().find_map(|account| account.group);
        let (own_user, own_group) = materials.user;
        // Nobody but root can give a file away.
        let is_root = own_user == 0;
        let owner = (
            user.filter(|_| is_root).unwrap_or(own_user),
            group.filter(|_| is_root).unwrap_or(own_group),
        );
        let fits = item.key.matches == Some(true);
        let old = item
            .key
            .path
            .as_ref()
            .and_then(|path| materials.files.get(&**path)?.path_state.attributes());
        let is_accounts = old.is_some_and(|old| accounts.has(Who::Group(old.group)));
        let is_group = if fits {
            is_accounts
        } else {
            is_root && user.is_none() && group.is_some()
        };
        Self {
            is_roots: item.writers.is_none(),
            fits,
            owner,
            is_group,
        }
    }

    /// Owner and mode of a new key where `old` was, or nothing.
    pub(super) fn attributes(&self, old: Option<Attributes>) -> Attributes {
        let (owner, group) = self.owner;
        let mode = if self.is_group { 0o640 } else { OF_KEYS };
        match old {
            Some(old) if self.fits && self.is_roots => old,
            Some(old) if self.fits => Attributes {
                mode: mode & (old.mode | OF_KEYS),
                ..old
            },
            _ => Attributes { owner, group, mode },
        }
    }
}
