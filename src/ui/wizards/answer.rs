//! Answers while they are given: what a key does to each kind of them.

use std::collections::BTreeSet;

use tui_input::Input;

use crate::model::Key;
use crate::model::key::{KeyCode, Named};
use crate::ui::hidden::Hidden;
use crate::ui::input::{edit, insert};

/// An answer.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A line.
    Text(Input),
    /// The place of what was chosen.
    Choice(usize),
    /// Yes or no.
    Toggle(bool),
    /// What nobody may read.
    Secret(Hidden),
    /// Texts or lines that come and go.
    List(List),
}

/// Texts that are there, those that go, and those that come.
#[derive(Debug, Default)]
pub(crate) struct List {
    /// Those that are there.
    pub(crate) base: Vec<String>,
    /// The places of those that go.
    pub(crate) gone: BTreeSet<usize>,
    /// Those that come.
    pub(crate) added: Vec<String>,
    /// Whether each is a line; else blanks and commas stand between them.
    pub(crate) is_table: bool,
    /// One that is being typed.
    pub(crate) input: Input,
    /// The row under the cursor: of the base, then of what comes, then the line in which one types.
    pub(crate) row: usize,
}

impl Answer {
    /// A line.
    pub(crate) fn line(text: String) -> Self {
        Self::Text(Input::new(text))
    }

    /// Texts that are there, of which some go, and those that come.
    pub(crate) fn names(base: Vec<String>, added: Vec<String>, removed: &[String]) -> Self {
        let gone = (0..base.len())
            .filter(|at| removed.contains(&base[*at]))
            .collect();
        let row = base.len() + added.len();
        Self::List(List {
            base,
            gone,
            added,
            row,
            ..List::default()
        })
    }

    /// Lines that are offered, and those that stand there.
    pub(crate) fn table(base: Vec<String>, added: Vec<String>) -> Self {
        let row = base.len() + added.len();
        Self::List(List {
            base,
            added,
            row,
            is_table: true,
            ..List::default()
        })
    }

    /// Takes a key; `options`: among how many is chosen. `true`: the answer is another one now.
    pub(crate) fn typed(&mut self, key: Key, options: usize) -> bool {
        let step = match key.code {
            KeyCode::Named(Named::Left) => options.saturating_sub(1),
            KeyCode::Named(Named::Right) | KeyCode::Char(' ') => 1,
            _ => 0,
        };
        match self {
            Self::Text(input) => edit(input, key),
            Self::Choice(at) if step > 0 && options > 0 => {
                *at = (*at + step) % options;
                true
            }
            Self::Toggle(on) if step > 0 => {
                *on = !*on;
                true
            }
            Self::Choice(_) | Self::Toggle(_) => false,
            Self::Secret(hidden) => {
                hidden.edit(key);
                true
            }
            Self::List(list) => list.typed(key),
        }
    }

    /// Takes a pasted text.
    pub(crate) fn pasted(&mut self, text: &str) {
        match self {
            Self::Text(input) => insert(input, text.trim()),
            Self::Choice(_) | Self::Toggle(_) => {}
            Self::Secret(hidden) => hidden.insert(text),
            Self::List(list) => {
                // Each of its lines is a text, or several.
                let lines = text.split(|one: char| {
                    matches!(one, '\r' | '\n') || (one.is_control() && !list.is_table)
                });
                let lines: Vec<String> = lines
                    .map(|line| line.replace('\t', " ").trim().to_owned())
                    .filter(|line| !line.is_empty())
                    .collect();
                if list.is_table && lines.len() > 1 {
                    // A whole table takes the place of what was offered.
                    (list.base, list.gone) = (Vec::new(), BTreeSet::new());
                }
                let joined: String = lines
                    .join(list.between())
                    .chars()
                    .filter(|one| !one.is_control())
                    .collect();
                list.row = list.rows() - 1;
                // At its end: a whole table is more than one types at a cursor.
                list.input = Input::from(format!("{}{joined}", list.input.value()));
            }
        }
    }
}

impl List {
    /// How many rows it has, the line in which one types among them.
    pub(crate) fn rows(&self) -> usize {
        self.base.len() + self.added.len() + 1
    }

    /// Whether the cursor stands where one types.
    pub(crate) fn is_typing(&self) -> bool {
        self.row + 1 >= self.rows()
    }

    /// Whether the one under the cursor goes.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.contains(&self.row)
    }

    /// Those that go.
    pub(crate) fn removed(&self) -> Vec<String> {
        self.gone
            .iter()
            .filter_map(|at| self.base.get(*at).cloned())
            .collect()
    }

    /// Those that are there in the end.
    pub(crate) fn there(&self) -> Vec<String> {
        let kept = self
            .base
            .iter()
            .enumerate()
            .filter(|(at, _)| !self.gone.contains(at))
            .map(|(_, text)| text);
        kept.chain(&self.added).cloned().collect()
    }

    /// What stands between two of them in the line in which one types.
    pub(crate) fn between(&self) -> &'static str {
        if self.is_table { "; " } else { " " }
    }

    /// Moves the cursor; `false`: there is no row further on.
    pub(crate) fn moved(&mut self, down: bool) -> bool {
        let row = if down {
            self.row.checked_add(1)
        } else {
            self.row.checked_sub(1)
        };
        match row.filter(|row| *row < self.rows()) {
            Some(row) => self.row = row,
            None => return false,
        }
        true
    }

    /// The texts in the line in which one types: between blanks and commas, as `openssl x509 -text`
    /// prints them, too.
    pub(crate) fn pieces(&self) -> Vec<String> {
        if self.is_table {
            let lines = self
                .input
                .value()
                .split(';')
                .map(str::trim)
                .filter(|line| !line.is_empty());
            return lines.map(str::to_owned).collect();
        }
        let line = self.input.value().replace("IP Address:", "IP:");
        // A comma is part of a URI.
        let parts = |word: &str| -> Vec<String> {
            let parts: Vec<&str> = if word.contains("://") {
                vec![word.trim_matches(',')]
            } else {
                word.split(',').collect()
            };
            parts
                .into_iter()
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        };
        line.split_whitespace().flat_map(parts).collect()
    }

    /// Takes texts to those that come; the line in which one types holds `rest` from now on.
    pub(crate) fn add(&mut self, texts: Vec<String>, rest: &str) {
        for text in texts {
            if !self.added.contains(&text) {
                self.added.push(text);
            }
        }
        self.input = Input::from(rest);
        self.row = self.rows() - 1;
    }

    /// The row under the cursor goes, or stays after all.
    pub(crate) fn toggle(&mut self) -> bool {
        if self.is_typing() {
            return false;
        }
        match self.row.checked_sub(self.base.len()) {
            Some(added) => drop(self.added.remove(added)),
            None if self.gone.remove(&self.row) => {}
            None => drop(self.gone.insert(self.row)),
        }
        true
    }

    fn typed(&mut self, key: Key) -> bool {
        let takes_up = self.is_table
            && key.code == KeyCode::Named(Named::Backspace)
            && self.input.value().is_empty();
        if takes_up && !self.is_typing() && !self.is_gone() {
            let text = self
                .base
                .iter()
                .chain(&self.added)
                .nth(self.row)
                .cloned()
                .unwrap_or_default();
            self.toggle();
            self.input = Input::from(text);
            self.row = self.rows() - 1;
            return true;
        }
        let takes_away = matches!(
            key.code,
            KeyCode::Char(' ') | KeyCode::Named(Named::Delete | Named::Backspace)
        );
        if takes_away && !self.is_typing() {
            return self.toggle();
        }
        if matches!(key.code, KeyCode::Char(_)) && !key.control {
            self.row = self.rows() - 1;
        }
        self.is_typing() && edit(&mut self.input, key)
    }
}
