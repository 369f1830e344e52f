//! What things are called and how they stand, in the few words of a row.

use ratatui::style::Style;

use super::rows::Cell;
use crate::inventory::judged::{is_astray, is_closed};
use crate::inventory::pairs::differs;
use crate::inventory::state::Status;
use crate::inventory::{Item, ItemIndex, KeyItem, KeyState, KubeconfigItem, Reader, UserKind};
use crate::kubernetes::component::Component;
use crate::model::theme::Role;
use crate::model::world::World;
use crate::words::{kubeconfig as told, span};

/// Cells of a state: a sign, a space, and the words at the right.
pub(crate) const STATE_CELLS: usize = 15;

/// The words of a state, its sign and its meaning.
pub(crate) struct StateWords {
    pub(crate) sign: &'static str,
    pub(crate) text: String,
    pub(crate) role: Role,
}

impl StateWords {
    /// As two cells of a row. What is not in use is dim.
    pub(crate) fn cells(self, world: &World, dim: bool) -> [Cell; 2] {
        let style = world.style(if dim { Role::Dim } else { self.role });
        [Cell::left(self.sign, 2, style), Cell::right(self.text, STATE_CELLS - 2, style)]
    }

    /// As one text.
    pub(crate) fn line(&self) -> String {
        if self.sign.is_empty() { self.text.clone() } else { format!("{} {}", self.sign, self.text) }
    }
}

/// How an item stands, in a few words.
pub(crate) fn item_state(world: &World, index: ItemIndex, item: &Item) -> StateWords {
    let signs = world.signs();
    let end = world.end(index, item).unwrap_or(world.moment());
    let left = || span::left(end, world.moment());
    match world.status(index) {
        Status::Expired => {
            StateWords { sign: signs.bad, text: span::shortly_left(end, world.moment()), role: Role::Bad }
        }
        Status::DeadAuthority => StateWords { sign: signs.bad, text: "dead CA".to_owned(), role: Role::Bad },
        Status::Broken => StateWords { sign: signs.bad, text: "broken".to_owned(), role: Role::Bad },
        Status::Unknown => not_read(world),
        Status::NotYetValid => StateWords { sign: signs.warn, text: "not yet valid".to_owned(), role: Role::Warn },
        Status::Expiring => StateWords { sign: signs.warn, text: left(), role: Role::Warn },
        Status::Ok => StateWords { sign: "", text: left(), role: Role::Text },
    }
}

/// How a status looks.
pub(crate) fn of_status(status: Status) -> Role {
    match status {
        Status::Expired | Status::DeadAuthority | Status::Broken => Role::Bad,
        Status::Unknown | Status::NotYetValid | Status::Expiring => Role::Warn,
        Status::Ok => Role::Text,
    }
}

/// What may not be read is not known to be broken.
fn not_read(world: &World) -> StateWords {
    StateWords { sign: world.signs().warn, text: "not read".to_owned(), role: Role::Warn }
}

/// What an item is called.
pub(crate) fn item_name(world: &World, item: &Item) -> String {
    world.reading.order.name(item)
}

/// A path as it is shown where room is short.
pub(crate) fn short_path(world: &World, path: &str) -> String {
    world.reading.order.short_path(path)
}

/// Who reads it: the first component and how many more.
pub(crate) fn readers(readers: &[Reader]) -> String {
    let mut components: Vec<Component> = Vec::new();
    for reader in readers {
        if !components.contains(&reader.component) {
            components.push(reader.component);
        }
    }
    match components.as_slice() {
        [] => String::new(),
        [one] => one.to_string(),
        [first, rest @ ..] => format!("{first} +{}", rest.len()),
    }
}

/// How a kubeconfig stands: its current user's certificate, or how else it shows who it is.
pub(crate) fn kubeconfig_state(world: &World, kubeconfig: &KubeconfigItem) -> StateWords {
    let signs = world.signs();
    if is_closed(kubeconfig) {
        return not_read(world);
    }
    if kubeconfig.fault.is_some() {
        return StateWords { sign: signs.bad, text: "broken".to_owned(), role: Role::Bad };
    }
    let user = kubeconfig.current_user();
    if let Some(index) = user.and_then(|user| user.certificate)
        && let Some(item) = world.inventory().item(index)
    {
        return item_state(world, index, item);
    }
    let kind = user.map_or(UserKind::None, |user| user.kind);
    let role = if kind == UserKind::None { Role::Warn } else { Role::Text };
    let sign = if kind == UserKind::None { signs.warn } else { "" };
    StateWords { sign, text: told::kind(kind).to_owned(), role }
}

/// The status behind [`kubeconfig_state`].
pub(crate) fn kubeconfig_status(world: &World, kubeconfig: &KubeconfigItem) -> Status {
    if is_closed(kubeconfig) {
        return Status::Unknown;
    }
    if kubeconfig.fault.is_some() {
        return Status::Broken;
    }
    let certificate = kubeconfig.current_user().and_then(|user| user.certificate);
    let status = certificate.map_or(Status::Ok, |index| world.status(index));
    if is_astray(kubeconfig) { status.min(Status::Broken) } else { status }
}

/// How a key or pair stands, in a word.
pub(crate) fn key_state(world: &World, key: &KeyItem, half: Option<&KeyItem>) -> StateWords {
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

/// A value's style: dim where the thing is not in use.
pub(crate) fn name_style(world: &World, selected: bool, dim: bool) -> Style {
    world.style(if selected {
        Role::Bright
    } else if dim {
        Role::Dim
    } else {
        Role::Text
    })
}
