//! Bare keys: which halves belong together, and what is wrong with them.

use super::{Inventory, KeyItem, KeyState};
use crate::pki::text::{file_name, printable};

/// The public half that lies beside a private key, as `sa.pub` beside `sa.key`.
pub fn half_of<'a>(inventory: &'a Inventory, private: &KeyItem) -> Option<(u32, &'a KeyItem)> {
    let mut keys = (0u32..).zip(&inventory.keys);
    keys.find(|(_, key)| key.public_only && !private.public_only && belong_together(key, private))
}

/// Whether two files are the halves of one pair by their names.
pub fn belong_together(one: &KeyItem, other: &KeyItem) -> bool {
    one.roles == other.roles && stem(&one.path) == stem(&other.path)
}

fn stem(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(stem, _)| stem)
}

/// Whether the public half is known to be another key's.
pub fn differs(private: &KeyItem, public: &KeyItem) -> bool {
    let known = private.spki_sha256.is_some() && public.spki_sha256.is_some();
    known && private.spki_sha256 != public.spki_sha256
}

/// How many keys that something reads are wrong.
pub fn wrong(inventory: &Inventory) -> usize {
    let in_use = inventory
        .keys
        .iter()
        .filter(|key| !key.roles.is_empty() || !key.read_by.is_empty());
    let is_wrong = |key: &&KeyItem| {
        matches!(key.state, KeyState::Absent | KeyState::Unreadable)
            || half_of(inventory, key).is_some_and(|(_, half)| differs(key, half))
    };
    in_use.filter(is_wrong).count()
}

/// What is wrong with the pair that the file at `path` is a half of, in a sentence.
pub fn mismatch(inventory: &Inventory, path: &str) -> Option<String> {
    let privates = inventory.keys.iter().filter(|key| !key.public_only);
    let pairs = privates.filter_map(|key| half_of(inventory, key).map(|(_, half)| (key, half)));
    let mut wrong = pairs
        .filter(|(key, half)| differs(key, half) && (*key.path == *path || *half.path == *path));
    wrong.next().map(|(key, half)| {
        let name = |key: &KeyItem| printable(file_name(&key.path)).into_owned();
        format!("{} is not the public half of {}", name(half), name(key))
    })
}
