//! What things are called and how they stand, in the few words of a row.

use ratatui::style::Style;

use super::rows::Cell;
use crate::inventory::judged::{is_astray, is_closed};
use crate::inventory::pairs::differs;
use crate::inventory::state::Status;
use crate::inventory::{Item, ItemIndex, KeyItem, KeyState, KubeconfigItem, Reader, UserKind};
use crate::kubernetes::component::Component;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::words::{kubeconfig as told, span};

/// Cells of a state: a sign, a space, and the words at the right.
pub(crate) const STATE_CELLS: usize = 15;

/// The words of a state, its sign and its meaning.
pub(crate) struct StateWords {
    pub(crate) sign: &'static str,
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

impl StateWords {
    /// As two cells of a row. What is not in use is dim.
    pub(crate) fn cells(self, world: &World, dim: bool) -> [Cell; 2] {
        let style = world.style(if dim { Tone::Dim } else { self.tone });
        [
            Cell::left(self.sign, 2, style),
            Cell::right(self.text, STATE_CELLS - 2, style),
        ]
    }

    /// As one text.
    pub(crate) fn line(&self) -> String {
        if self.sign.is_empty() {
            self.text.clone()
        } else {
            format!("{} {}", self.sign, self.text)
        }
    }
}

/// How an item stands, in a few words.
pub(crate) fn item_state(world: &World, index: ItemIndex, item: &Item) -> StateWords {
    let signs = world.signs();
    let end = world.end(index, item).unwrap_or(world.moment());
    let left = || span::left(end, world.moment());
    match world.status(index) {
        Status::Expired => StateWords {
            sign: signs.bad,
            text: span::shortly_left(end, world.moment()),
            tone: Tone::Bad,
        },
        Status::DeadAuthority => StateWords {
            sign: signs.bad,
            text: "dead CA".to_owned(),
            tone: Tone::Bad,
        },
        Status::Broken => StateWords {
            sign: signs.bad,
            text: "broken".to_owned(),
            tone: Tone::Bad,
        },
        Status::Unknown => not_read(world),
        Status::NotYetValid => StateWords {
            sign: signs.warn,
            text: "not yet valid".to_owned(),
            tone: Tone::Warn,
        },
        Status::Expiring => StateWords {
            sign: signs.warn,
            text: left(),
            tone: Tone::Warn,
        },
        Status::Ok => StateWords {
            sign: "",
            text: left(),
            tone: Tone::Text,
        },
    }
}

/// How a status looks.
pub(crate) fn of_status(status: Status) -> Tone {
    match status {
        Status::Expired | Status::DeadAuthority | Status::Broken => Tone::Bad,
        Status::Unknown | Status::NotYetValid | Status::Expiring => Tone::Warn,
        Status::Ok => Tone::Text,
    }
}

/// What may not be read is not known to be broken.
fn not_read(world: &World) -> StateWords {
    StateWords {
        sign: world.signs().warn,
        text: "not read".to_owned(),
        tone: Tone::Warn,
    }
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
        return StateWords {
            sign: signs.bad,
            text: "broken".to_owned(),
            tone: Tone::Bad,
        };
    }
    let user = kubeconfig.current_user();
    if let Some(index) = user.and_then(|user| user.certificate)
        && let Some(item) = world.inventory().item(index)
    {
        return item_state(world, index, item);
    }
    let kind = user.map_or(UserKind::None, |user| user.kind);
    let tone = if kind == UserKind::None {
        Tone::Warn
    } else {
        Tone::Text
    };
    let sign = if kind == UserKind::None {
        signs.warn
    } else {
        ""
    };
    StateWords {
        sign,
        text: told::kind(kind).to_owned(),
        tone,
    }
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
    if is_astray(kubeconfig) {
        status.min(Status::Broken)
    } else {
        status
    }
}

/// How a key or pair stands, in a word.
pub(crate) fn key_state(world: &World, key: &KeyItem, half: Option<&KeyItem>) -> StateWords {
    let signs = world.signs();
    let words = |sign, text: &str, tone| StateWords {
        sign,
        text: text.to_owned(),
        tone,
    };
    match (key.state, half) {
        (KeyState::Absent, _) => words(signs.bad, "absent", Tone::Bad),
        (KeyState::Unreadable, _) => words(signs.bad, "unreadable", Tone::Bad),
        (KeyState::Encrypted, _) => words("", "encrypted", Tone::Text),
        (KeyState::Present, Some(half)) if differs(key, half) => {
            words(signs.bad, "differs", Tone::Bad)
        }
        (KeyState::Present, Some(half))
            if key.spki_sha256.is_some() && half.spki_sha256.is_some() =>
        {
            words("", "matches", Tone::Text)
        }
        (KeyState::Present, _) => words("", "present", Tone::Text),
    }
}

/// A value's style: dim where the thing is not in use.
pub(crate) fn name_style(world: &World, selected: bool, dim: bool) -> Style {
    world.style(if selected {
        Tone::Bright
    } else if dim {
        Tone::Dim
    } else {
        Tone::Text
    })
}
