//! The answers as far as they are given, and what is wrong with them.

use std::collections::BTreeMap;

use super::super::super::wizards::form::Row;
use super::super::super::wizards::{Answer, Answers, Context, Field, Shape, Step, wizard};
use crate::model::world::World;
use crate::model::{Key, WizardName};

/// What somebody has answered so far.
#[derive(Debug)]
pub(super) struct Filled {
    pub(super) about: WizardName,
    pub(super) answers: Answers,
    /// What is wrong with answers, as far as that was looked at.
    pub(super) faults: BTreeMap<&'static str, String>,
    /// Whether something was typed.
    pub(super) changed: bool,
}

impl Filled {
    /// The answers at first.
    pub(super) fn new(about: WizardName, world: &World) -> Self {
        let answers = wizard(&about).start(world, &about);
        Self {
            about,
            answers,
            faults: BTreeMap::new(),
            changed: false,
        }
    }

    pub(super) fn context<'a>(&'a self, world: &'a World) -> Context<'a> {
        Context {
            world,
            about: &self.about,
            answers: &self.answers,
        }
    }

    /// Looks at the answers of a step: the place of the first one that is none.
    pub(super) fn first_fault(&mut self, world: &World, step: &Step) -> Option<usize> {
        let fields = step.asked(&self.context(world));
        fields.into_iter().position(|field| {
            // An answer on another page may have mended it.
            self.faults.remove(field.name);
            // What was typed and not yet added is meant.
            self.add(world, &field);
            self.look(world, &field);
            self.faults.contains_key(field.name)
        })
    }

    /// A key for the answer under the cursor.
    pub(super) fn typed(&mut self, world: &World, step: &Step, field: &Field, key: Key) {
        let options = if let Shape::Options(options) = field.shape(&self.context(world)) {
            options.len()
        } else {
            0
        };
        if self
            .answers
            .get_mut(field.name)
            .is_some_and(|answer| answer.typed(key, options))
        {
            self.look_again(world, step, field);
            self.changed = true;
        }
    }

    /// A text that was pasted into the answer under the cursor.
    pub(super) fn pasted(&mut self, world: &World, step: &Step, field: &Field, pasted: &str) {
        if let Some(answer) = self.answers.get_mut(field.name) {
            answer.pasted(pasted);
            self.changed = true;
            self.look_again(world, step, field);
        }
        // Several are a list, and no part of a name that is being typed.
        if matches!(self.answers.get(field.name), Some(Answer::List(list)) if list.pieces().len() > 1)
        {
            self.add(world, field);
        }
    }

    /// A click on a row of an answer.
    pub(super) fn clicked(&mut self, row: &Row, column: usize) {
        match self.answers.get_mut(row.field) {
            Some(Answer::Choice(at)) => {
                if let Some(option) = row.option_at(column) {
                    self.changed |= *at != option;
                    *at = option;
                }
            }
            Some(Answer::Toggle(on)) => {
                if let Some(option) = row.option_at(column) {
                    self.changed |= *on != (option == 0);
                    *on = option == 0;
                }
            }
            Some(Answer::List(list)) => {
                let Some(at) = row.option_at(column) else {
                    return;
                };
                // The second click on a name is the key that takes it away.
                if std::mem::replace(&mut list.row, at) == at {
                    self.changed |= list.toggle();
                }
            }
            _ => {}
        }
    }

    /// Takes what was typed into a list, as far as it is sound; `false`: there is nothing typed.
    pub(super) fn add(&mut self, world: &World, field: &Field) -> bool {
        let (sound, wrong) = field.typed(&self.context(world));
        if sound.is_empty() && wrong.is_empty() {
            return false;
        }
        if let Some(Answer::List(list)) = self.answers.get_mut(field.name) {
            let rest: Vec<&str> = wrong.iter().map(|(piece, _)| piece.as_str()).collect();
            list.add(sound, &rest.join(list.between()));
        }
        match wrong.into_iter().next() {
            Some((_, fault)) => drop(self.faults.insert(field.name, fault)),
            None => drop(self.faults.remove(field.name)),
        }
        self.changed = true;
        true
    }

    /// Looks at the answer that was changed, those above it, and those in which something was
    /// wrong.
    fn look_again(&mut self, world: &World, step: &Step, changed: &Field) {
        let mut is_given = true;
        for field in step.asked(&self.context(world)) {
            if self.faults.remove(field.name).is_some() || is_given {
                self.look(world, &field);
            }
            is_given &= field.name != changed.name;
        }
    }

    /// Says at once what is wrong with a line.
    fn look(&mut self, world: &World, field: &Field) {
        if let Some(fault) = field.fault(&self.context(world)) {
            self.faults.insert(field.name, fault);
        }
    }
}
