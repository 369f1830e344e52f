//! Keys as the keymap names them.

use std::fmt;
use std::str::FromStr;

/// One key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// With Ctrl.
    pub control: bool,
    /// With Alt.
    pub alt: bool,
}

/// Which key was pressed; Shift is part of the character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyCode {
    /// A character.
    Char(char),
    /// F1 to F12.
    Function(u8),
    /// Any other key.
    Named(Named),
}

/// Keys that are no characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Named {
    Enter,
    Escape,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
}

/// Name in a keymap file, and as it is shown.
const NAMES: [(Named, &str, &str); 14] = [
    (Named::Enter, "enter", "Enter"),
    (Named::Escape, "esc", "Esc"),
    (Named::Tab, "tab", "Tab"),
    (Named::BackTab, "backtab", "Shift-Tab"),
    (Named::Backspace, "backspace", "Backspace"),
    (Named::Delete, "delete", "Del"),
    (Named::Up, "up", "Up"),
    (Named::Down, "down", "Down"),
    (Named::Left, "left", "Left"),
    (Named::Right, "right", "Right"),
    (Named::Home, "home", "Home"),
    (Named::End, "end", "End"),
    (Named::PageUp, "pgup", "PgUp"),
    (Named::PageDown, "pgdn", "PgDn"),
];

impl Key {
    /// A plain character.
    pub fn char(character: char) -> Self {
        KeyCode::Char(character).into()
    }

    /// The keys of a script such as `2 j <enter>`: names stand in angle brackets, white space
    /// separates, every other character is a key of its own.
    pub fn script(text: &str) -> Result<Vec<Self>, String> {
        let mut keys = Vec::new();
        for word in text.split_whitespace() {
            match word
                .strip_prefix('<')
                .and_then(|word| word.strip_suffix('>'))
            {
                Some(name) => keys.push(name.parse()?),
                None => keys.extend(word.chars().map(Self::char)),
            }
        }
        Ok(keys)
    }
}

impl From<KeyCode> for Key {
    fn from(code: KeyCode) -> Self {
        Self {
            code,
            control: false,
            alt: false,
        }
    }
}

impl From<Named> for Key {
    fn from(named: Named) -> Self {
        KeyCode::Named(named).into()
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (control, rest) = text
            .strip_prefix("ctrl-")
            .map_or((false, text), |rest| (true, rest));
        let (alt, rest) = rest
            .strip_prefix("alt-")
            .map_or((false, rest), |rest| (true, rest));
        let mut characters = rest.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(character), None) if !character.is_control() => KeyCode::Char(character),
            _ if rest == "space" => KeyCode::Char(' '),
            (Some('f'), Some(_))
                if rest[1..]
                    .parse::<u8>()
                    .is_ok_and(|number| (1..=12).contains(&number)) =>
            {
                KeyCode::Function(rest[1..].parse().unwrap_or(1))
            }
            _ => match NAMES.iter().find(|(_, name, _)| *name == rest) {
                Some((named, ..)) => KeyCode::Named(*named),
                None => return Err(format!("no key is called {text:?}")),
            },
        };
        Ok(Self { code, control, alt })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            f.write_str("Ctrl-")?;
        }
        if self.alt {
            f.write_str("Alt-")?;
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(character) => write!(f, "{character}"),
            KeyCode::Function(number) => write!(f, "F{number}"),
            KeyCode::Named(named) => f.write_str(
                NAMES
                    .iter()
                    .find(|(other, ..)| *other == named)
                    .map_or("", |(.., shown)| shown),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_shown() {
        for (text, shown) in [
            ("q", "q"),
            ("G", "G"),
            ("ctrl-z", "Ctrl-z"),
            ("space", "Space"),
            ("f5", "F5"),
            ("pgdn", "PgDn"),
            ("backtab", "Shift-Tab"),
            ("f", "f"),
            ("-", "-"),
        ] {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), shown);
        }
        for text in ["", "f13", "f0", "entre", "ctrl-", "qq"] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }

    #[test]
    fn scripts_are_keys() {
        let keys = Key::script("2 j <enter> /ab").unwrap();
        let shown: Vec<String> = keys.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["2", "j", "Enter", "/", "a", "b"]);
    }
}
