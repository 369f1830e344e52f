//! Which key is which action (`assets/keymaps/`), overlaid by the user's own file.

use std::collections::BTreeMap;

use super::action::{ACTIONS, Action, ActionRow};
use super::key::{Key, KeyCode, Named};
use super::route::RouteName;
use crate::kubernetes::yaml;

/// The shipped keymap.
const DEFAULT: &str = include_str!("../../assets/keymaps/default.yaml");

/// Keys to actions. Every action has a key, no key has two actions on one screen: what only some
/// screens know goes before what all do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<Action, Vec<Key>>,
}

/// What is wrong with a keymap file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// It is no YAML map of lists.
    #[error("not a map of action names to lists of keys: {0}")]
    NotAMap(String),
    /// No action has this name.
    #[error("no action is called {0:?}")]
    UnknownAction(String),
    /// No key has this name.
    #[error("{action}: {why}")]
    UnknownKey {
        /// The action's name.
        action: String,
        /// What is wrong with the key.
        why: String,
    },
    /// One key for two actions.
    #[error("the key {key} is bound twice: to {first} and to {second}")]
    BoundTwice {
        /// As it is shown.
        key: String,
        /// One action's name.
        first: &'static str,
        /// The other's.
        second: &'static str,
    },
    /// An action that nobody could call any more.
    #[error("{0} has no key left")]
    NoKey(&'static str),
}

impl Keymap {
    /// The shipped keymap with `overlay`, the text of the user's `keymap.yaml`, on top.
    pub fn with_overlay(overlay: Option<&str>) -> Result<Self, KeymapError> {
        let mut keys = parse(DEFAULT)?;
        if let Some(overlay) = overlay {
            keys.extend(parse(overlay)?);
        }
        let keymap = Self { keys };
        keymap.check()?;
        Ok(keymap)
    }

    /// The action of `key` on the screen of this name. One that only other screens know is the
    /// answer where there is no other, so that it can be said.
    pub fn action(&self, key: Key, screen: RouteName) -> Option<Action> {
        let bound = self
            .keys
            .iter()
            .filter(|(_, keys)| keys.contains(&key))
            .map(|(action, _)| *action);
        bound.min_by_key(|action| {
            let only = action.row().only;
            (!action.row().is_for(screen), only.is_empty())
        })
    }

    /// The keys of `action`, the one to show first.
    pub fn keys(&self, action: Action) -> &[Key] {
        self.keys.get(&action).map_or(&[], Vec::as_slice)
    }

    fn check(&self) -> Result<(), KeymapError> {
        for (at, row) in ACTIONS.iter().enumerate() {
            let keys = self.keys(row.action);
            if keys.is_empty() {
                return Err(KeymapError::NoKey(row.name));
            }
            for other in ACTIONS[..at].iter().filter(|other| collide(row, other)) {
                if let Some(key) = keys
                    .iter()
                    .find(|key| self.keys(other.action).contains(key))
                {
                    return Err(KeymapError::BoundTwice {
                        key: key.to_string(),
                        first: other.name,
                        second: row.name,
                    });
                }
            }
        }
        Ok(())
    }
}

impl Default for Keymap {
    fn default() -> Self {
        // A test reads the shipped file; an empty map could still be left by Ctrl-C.
        Self::with_overlay(None).unwrap_or_else(|_| Self {
            keys: BTreeMap::from([
                (Action::Quit, vec![Key::char('q')]),
                (Action::Back, vec![Key::from(KeyCode::Named(Named::Escape))]),
            ]),
        })
    }
}

/// Whether one key for both would leave it open which is meant.
fn collide(one: &ActionRow, other: &ActionRow) -> bool {
    let shared = one.only.iter().any(|screen| other.only.contains(screen));
    shared || (one.only.is_empty() && other.only.is_empty())
}

fn parse(text: &str) -> Result<BTreeMap<Action, Vec<Key>>, KeymapError> {
    if text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
    {
        return Ok(BTreeMap::new());
    }
    let text = yaml::bounded(text).map_err(|error| KeymapError::NotAMap(error.to_string()))?;
    let named: BTreeMap<String, Vec<String>> =
        serde_yaml::from_str(text).map_err(|error| KeymapError::NotAMap(error.to_string()))?;
    let mut keys = BTreeMap::new();
    for (name, texts) in named {
        let action =
            Action::named(&name).ok_or_else(|| KeymapError::UnknownAction(name.clone()))?;
        let parsed: Result<Vec<Key>, String> = texts.iter().map(|text| text.parse()).collect();
        keys.insert(
            action,
            parsed.map_err(|why| KeymapError::UnknownKey { action: name, why })?,
        );
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_keymap_binds_every_action() {
        let keymap = Keymap::with_overlay(None).unwrap();
        for row in &ACTIONS {
            let key = keymap.keys(row.action)[0];
            let screen = row.only.first().copied().unwrap_or(RouteName::Expiring);
            assert_eq!(keymap.action(key, screen), Some(row.action));
        }
    }

    #[test]
    fn a_screen_goes_before_what_all_know() {
        let keymap = Keymap::default();
        let enter = Key::from(Named::Enter);
        assert_eq!(keymap.action(enter, RouteName::Review), Some(Action::Apply));
        assert_eq!(
            keymap.action(enter, RouteName::Expiring),
            Some(Action::Open)
        );
        assert_eq!(
            keymap.action(Key::char('d'), RouteName::Expiring),
            Some(Action::Difference)
        );
        assert!(Keymap::with_overlay(Some("prune: [j]")).is_ok());
        let error = Keymap::with_overlay(Some("prune: [c]"))
            .unwrap_err()
            .to_string();
        assert_eq!(error, "the key c is bound twice: to commands and to prune");
    }

    #[test]
    fn an_overlay_replaces_only_what_it_names() {
        let keymap = Keymap::with_overlay(Some("quit: [Q]\n")).unwrap();
        assert_eq!(
            keymap.action(Key::char('Q'), RouteName::Expiring),
            Some(Action::Quit)
        );
        assert_eq!(keymap.action(Key::char('q'), RouteName::Expiring), None);
        assert_eq!(
            keymap.action(Key::char('j'), RouteName::Expiring),
            Some(Action::Down)
        );
        assert_eq!(
            Keymap::with_overlay(Some("# nothing\n")).unwrap(),
            Keymap::default()
        );
    }

    #[test]
    fn wrong_files_say_what_is_wrong() {
        for (overlay, expected) in [
            ("quit: [s]", "the key s is bound twice: to sort and to quit"),
            ("qiut: [Q]", "no action is called \"qiut\""),
            ("quit: [entre]", "quit: no key is called \"entre\""),
            ("quit: []", "quit has no key left"),
        ] {
            assert_eq!(
                Keymap::with_overlay(Some(overlay)).unwrap_err().to_string(),
                expected
            );
        }
        assert!(matches!(
            Keymap::with_overlay(Some("[1, 2]")),
            Err(KeymapError::NotAMap(_))
        ));
    }
}
