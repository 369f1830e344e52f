//! A line that the user types and nobody may read.

use std::fmt;

use zeroize::Zeroizing;

use crate::model::Key;
use crate::model::key::{KeyCode, Named};
use crate::pki::Secret;
use crate::ui::input::first_line;

/// More characters than this are no passphrase. The room is taken at once: a text that grows would
/// leave copies behind.
const MOST: usize = 512;

/// What was typed so far. It is wiped on drop, and `Debug` shows nothing of it.
pub(crate) struct Hidden(Zeroizing<String>);

impl Default for Hidden {
    fn default() -> Self {
        Self(Zeroizing::new(String::with_capacity(4 * MOST)))
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Hidden {
    /// How many characters there are.
    pub(crate) fn len(&self) -> usize {
        self.0.chars().count()
    }

    /// Takes a key: a character more, Backspace one less, Ctrl-U none left.
    pub(crate) fn edit(&mut self, key: Key) {
        match key.code {
            KeyCode::Char('u') if key.control => *self = Self::default(),
            KeyCode::Char(character) if !key.control && !key.alt => self.push(character),
            KeyCode::Named(Named::Backspace) => drop(self.0.pop()),
            _ => {}
        }
    }

    /// Takes the first line of a pasted text.
    pub(crate) fn insert(&mut self, pasted: &str) {
        for character in first_line(pasted).chars() {
            self.push(character);
        }
    }

    /// All of it; nothing is left here.
    pub(crate) fn take(&mut self) -> Secret {
        std::mem::take(self).0.into()
    }

    /// All of it; it stays here, too.
    pub(crate) fn secret(&self) -> Secret {
        Secret::new(self.0.as_bytes().to_vec())
    }

    fn push(&mut self, character: char) {
        if self.len() < MOST {
            self.0.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_typed_and_never_shown() {
        let mut hidden = Hidden::default();
        for key in Key::script("ab ü <backspace> c").unwrap() {
            hidden.edit(key);
        }
        hidden.insert("d\re");
        assert_eq!((hidden.len(), format!("{hidden:?}").as_str()), (4, "…"));
        assert_eq!(hidden.take().expose(), b"abcd");
        assert_eq!(hidden.len(), 0);
    }
}
