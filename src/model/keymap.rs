//! Which key is which action (`assets/keymaps/`), overlaid by the user's own file.

use std::collections::BTreeMap;

use super::action::{ACTIONS, Action};
use super::key::{Key, KeyCode, Named};

/// The shipped keymap.
const DEFAULT: &str = include_str!("../../assets/keymaps/default.yaml");

/// Keys to actions. Every action has a key, no key has two actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<Action, Vec<Key>>,
}

/// What is wrong with a keymap file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
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
    pub fn with_overlay(overlay: Option<&str>) -> Result<Self, Error> {
        let mut keys = parse(DEFAULT)?;
        if let Some(overlay) = overlay {
            keys.extend(parse(overlay)?);
        }
        let keymap = Self { keys };
        keymap.check()?;
        Ok(keymap)
    }

    /// The action of `key`.
    pub fn action(&self, key: Key) -> Option<Action> {
        self.keys.iter().find(|(_, keys)| keys.contains(&key)).map(|(action, _)| *action)
    }

    /// The keys of `action`, the one to show first.
    pub fn keys(&self, action: Action) -> &[Key] {
        self.keys.get(&action).map_or(&[], Vec::as_slice)
    }

    fn check(&self) -> Result<(), Error> {
        let mut seen: BTreeMap<Key, &'static str> = BTreeMap::new();
        for row in &ACTIONS {
            let keys = self.keys(row.action);
            if keys.is_empty() {
                return Err(Error::NoKey(row.name));
            }
            for key in keys {
                if let Some(first) = seen.insert(*key, row.name) {
                    return Err(Error::BoundTwice { key: key.to_string(), first, second: row.name });
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

fn parse(text: &str) -> Result<BTreeMap<Action, Vec<Key>>, Error> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(BTreeMap::new());
    }
    let named: BTreeMap<String, Vec<String>> =
        serde_yaml::from_str(text).map_err(|error| Error::NotAMap(error.to_string()))?;
    let mut keys = BTreeMap::new();
    for (name, texts) in named {
        let action = Action::named(&name).ok_or_else(|| Error::UnknownAction(name.clone()))?;
        let parsed: Result<Vec<Key>, String> = texts.iter().map(|text| text.parse()).collect();
        keys.insert(action, parsed.map_err(|why| Error::UnknownKey { action: name, why })?);
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
            assert_eq!(keymap.action(key), Some(row.action));
        }
    }

    #[test]
    fn an_overlay_replaces_only_what_it_names() {
        let keymap = Keymap::with_overlay(Some("quit: [Q]\n")).unwrap();
        assert_eq!(keymap.action(Key::char('Q')), Some(Action::Quit));
        assert_eq!(keymap.action(Key::char('q')), None);
        assert_eq!(keymap.action(Key::char('j')), Some(Action::Down));
        assert_eq!(Keymap::with_overlay(Some("# nothing\n")).unwrap(), Keymap::default());
    }

    #[test]
    fn wrong_files_say_what_is_wrong() {
        for (overlay, expected) in [
            ("quit: [s]", "the key s is bound twice: to sort and to quit"),
            ("qiut: [Q]", "no action is called \"qiut\""),
            ("quit: [entre]", "quit: no key is called \"entre\""),
            ("quit: []", "quit has no key left"),
        ] {
            assert_eq!(Keymap::with_overlay(Some(overlay)).unwrap_err().to_string(), expected);
        }
        assert!(matches!(Keymap::with_overlay(Some("[1, 2]")), Err(Error::NotAMap(_))));
    }
}
