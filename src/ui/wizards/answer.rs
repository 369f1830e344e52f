//! Answers while they are given: what a key does to each kind of them.

use std::collections::BTreeSet;

use tui_input::Input;

use super::{Context, Kind};
use crate::model::Key;
use crate::model::key::{KeyCode, Named};
use crate::ui::hidden::Hidden;
use crate::ui::input::{edit, insert};

/// An answer.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A line, of a number.
    Text(Input),
    /// The place of what was chosen.
    Choice(usize),
    /// Yes or no.
    Toggle(bool),
    /// What nobody may read.
    Secret(Hidden),
    /// Texts that come and go.
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
    /// One that is being typed.
    pub(crate) input: Input,
    /// The row under the cursor: of the base, then of what comes, then the line in which one types.
    pub(crate) row: usize,
}

impl Answer {
    /// The answer at first.
    pub(crate) fn start(kind: &Kind, context: &Context<'_>) -> Self {
        match kind {
            Kind::Number(line, _) => Self::Text(Input::new((line.start)(context))),
            Kind::Choice { start, .. } => Self::Choice(start(context)),
            Kind::Toggle(start) => Self::Toggle(start(context)),
            Kind::Secret => Self::Secret(Hidden::default()),
            Kind::List { base, start, .. } => {
                let (base, (added, removed)) = (base(context), start(context));
                let gone = (0..base.len()).filter(|at| removed.contains(&base[*at])).collect();
                let row = base.len() + added.len();
                Self::List(List { base, gone, added, input: Input::default(), row })
            }
        }
    }

    /// Takes a key; `options`: among how many is chosen. `true`: the answer is another one now.
    pub(crate) fn typed(&mut self, key: Key, is_number: bool, options: usize) -> bool {
        let step = match key.code {
            KeyCode::Named(Named::Left) => options.saturating_sub(1),
            KeyCode::Named(Named::Right) | KeyCode::Char(' ') => 1,
            _ => 0,
        };
        match self {
            Self::Text(_)
                if is_number && matches!(key.code, KeyCode::Char(c) if !key.control && !c.is_ascii_digit()) =>
            {
                false
            }
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
    pub(crate) fn pasted(&mut self, text: &str, is_number: bool) {
        match self {
            Self::Text(input) if !is_number || text.trim().bytes().all(|byte| byte.is_ascii_digit()) => {
                insert(input, text.trim());
            }
            Self::Text(_) | Self::Choice(_) | Self::Toggle(_) => {}
            Self::Secret(hidden) => hidden.insert(text),
            Self::List(list) => {
                list.row = list.rows() - 1;
                insert(&mut list.input, text.trim());
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

    /// Those that go.
    pub(crate) fn removed(&self) -> Vec<String> {
        self.gone.iter().filter_map(|at| self.base.get(*at).cloned()).collect()
    }

    /// Moves the cursor; `false`: there is no row further on.
    pub(crate) fn moved(&mut self, down: bool) -> bool {
        let row = if down { self.row.checked_add(1) } else { self.row.checked_sub(1) };
        match row.filter(|row| *row < self.rows()) {
            Some(row) => self.row = row,
            None => return false,
        }
        true
    }

    /// Takes what is typed to those that come.
    pub(crate) fn add(&mut self) {
        let text = self.input.value().trim().to_owned();
        if !text.is_empty() {
            self.added.push(text);
            self.input = Input::default();
            self.row = self.rows() - 1;
        }
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
        let takes_away = matches!(key.code, KeyCode::Char(' ') | KeyCode::Named(Named::Delete | Named::Backspace));
        if takes_away && !self.is_typing() {
            return self.toggle();
        }
        // No name has a space in it.
        if key.code == KeyCode::Char(' ') {
            return false;
        }
        if matches!(key.code, KeyCode::Char(_)) && !key.control {
            self.row = self.rows() - 1;
        }
        self.is_typing() && edit(&mut self.input, key)
    }
}
