//! Bare keys: which halves belong together, and what is wrong with them.

use super::text;
use super::theme::Role;
use super::words::StateWords;
use super::world::World;
use crate::inventory::{Inventory, KeyItem, KeyState};

/// The public half that lies beside a private key, as `sa.pub` beside `sa.key`.
pub(crate) fn half_of<'a>(inventory: &'a Inventory, private: &KeyItem) -> Option<(u32, &'a KeyItem)> {
    let mut keys = (0u32..).zip(&inventory.keys);
    keys.find(|(_, key)| key.public_only && !private.public_only && belong_together(key, private))
}

/// Whether two files are the halves of one pair by their names.
pub(crate) fn belong_together(one: &KeyItem, other: &KeyItem) -> bool {
    one.roles == other.roles && stem(&one.path) == stem(&other.path)
}

fn stem(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(stem, _)| stem)
}

/// Whether the public half is known to be another key's.
pub(crate) fn differs(private: &KeyItem, public: &KeyItem) -> bool {
    let known = private.spki_sha256.is_some() && public.spki_sha256.is_some();
    known && private.spki_sha256 != public.spki_sha256
}

/// How many keys that something reads are wrong.
pub(crate) fn wrong(inventory: &Inventory) -> usize {
    let in_use = inventory.keys.iter().filter(|key| !key.roles.is_empty() || !key.read_by.is_empty());
    let is_wrong = |key: &&KeyItem| {
        matches!(key.state, KeyState::Absent | KeyState::Unreadable)
            || half_of(inventory, key).is_some_and(|(_, half)| differs(key, half))
    };
    in_use.filter(is_wrong).count()
}

/// How a key or pair stands, in a word.
pub(crate) fn state(world: &World, key: &KeyItem, half: Option<&KeyItem>) -> StateWords {
    let signs = world.signs();
    let words = |sign, text: &str, role| StateWords { sign, text: text.to_owned(), role };
    match (key.state, half) {
        (KeyState::Absent, _) => words(signs.bad, "absent", Role::Bad),
        (KeyState::Unreadable, _) => words(signs.bad, "unreadable", Role::Bad),
        (KeyState::Encrypted, _) => words("", "encrypted", Role::Text),
        (KeyState::Present, Some(half)) if differs(key, half) => words(signs.bad, "differs", Role::Bad),
        (KeyState::Present, Some(half)) if key.spki_sha256.is_some() && half.spki_sha256.is_some() => {
            words("", "matches", Role::Text)
        }
        (KeyState::Present, _) => words("", "present", Role::Text),
    }
}

/// What is wrong with the pair that the file at `path` is a half of, in a sentence.
pub(crate) fn mismatch(inventory: &Inventory, path: &str) -> Option<String> {
    let privates = inventory.keys.iter().filter(|key| !key.public_only);
    let pairs = privates.filter_map(|key| half_of(inventory, key).map(|(_, half)| (key, half)));
    let mut wrong = pairs.filter(|(key, half)| differs(key, half) && (*key.path == *path || *half.path == *path));
    wrong.next().map(|(key, half)| {
        let name = |key: &KeyItem| text::show(text::file_name(&key.path));
        format!("{} is not the public half of {}", name(half), name(key))
    })
}
