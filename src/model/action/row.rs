//! What one action is.

use super::super::route::RouteName;
use super::Action;

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct ActionRow {
    /// The action.
    pub action: Action,
    /// Its name in a keymap file, as "page-down".
    pub name: &'static str,
    /// One or two words, for the footer.
    pub label: &'static str,
    /// One sentence, for help and palette.
    pub help: &'static str,
    /// Whether it leads to a change outside of the program: refused under `--read-only`.
    pub dangerous: bool,
    /// Whether it may change something with this one key: taken only from a page that has been
    /// seen.
    pub guarded: bool,
    /// The screens that know it; empty: all may. There its keys go before those of actions for all
    /// screens.
    pub only: &'static [RouteName],
}

pub(super) const fn row(
    action: Action,
    name: &'static str,
    label: &'static str,
    help: &'static str,
) -> ActionRow {
    ActionRow {
        action,
        name,
        label,
        help,
        dangerous: false,
        guarded: false,
        only: &[],
    }
}

impl ActionRow {
    pub(super) const fn dangerous(self) -> Self {
        Self {
            dangerous: true,
            ..self
        }
    }

    pub(super) const fn at_once(self) -> Self {
        Self {
            dangerous: true,
            guarded: true,
            ..self
        }
    }

    pub(super) const fn only(self, only: &'static [RouteName]) -> Self {
        Self { only, ..self }
    }

    /// Whether the screen of this name may take it.
    pub fn is_for(&self, screen: RouteName) -> bool {
        self.only.is_empty() || self.only.contains(&screen)
    }
}
