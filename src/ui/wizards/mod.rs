//! Wizards: questions that lead to a request. Each is a table of steps and fields in one file here;
//! the wizard screen draws them all. A wizard that needs more adds a [`Kind`], not a drawing of its
//! own.

mod add_node;
mod answer;
mod approve;
mod days;
mod deny;
pub(crate) mod form;
mod import;
mod issue;
mod join;
mod nodes;
mod renew;
mod setup;
mod window;

use std::collections::BTreeMap;

pub(crate) use self::answer::Answer;
pub(crate) use self::window::Window;
use super::hidden::Hidden;
use crate::inventory::KeyState;
use crate::model::WizardName;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::pki::Secret;
use crate::plan::Request;
use crate::setup::question::{Page, Question, questions};

/// A table of questions.
pub(crate) struct Wizard {
    /// What it is about, as "Renew apiserver".
    pub(crate) title: fn(&Context<'_>) -> String,
    /// In the order in which they are asked.
    pub(crate) steps: &'static [Step],
    /// What the answers ask for. Only called where all of them pass their checks.
    pub(crate) request: fn(&Context<'_>) -> Request,
}

/// Questions that stand on one page.
pub(crate) struct Step {
    /// In a few words.
    pub(crate) title: &'static str,
    /// The questions about a cluster that are asked first.
    pub(crate) page: Option<Page>,
    /// The others, from top to bottom.
    pub(crate) fields: &'static [Field],
}

/// One question.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    /// Names the answer.
    pub(crate) name: &'static str,
    /// One or two words before the answer.
    pub(crate) label: &'static str,
    /// One sentence.
    pub(crate) help: &'static str,
    /// How it is answered.
    pub(crate) kind: Kind,
    /// Whether it is asked, after the answers before it.
    pub(crate) asked: fn(&Context<'_>) -> bool,
    /// What follows from the answer.
    pub(crate) notes: fn(&Context<'_>) -> Vec<Note>,
}

/// How a question is answered. The functions say how the answer starts, after those before it.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// As a setup's question is.
    Question(&'static Question),
    /// A line of text; empty stands for what `usual` says.
    Text(Line),
    /// One of several.
    Choice {
        /// All of them.
        options: fn(&Context<'_>) -> Vec<String>,
        /// The one at first.
        start: fn(&Context<'_>) -> usize,
    },
    /// Yes or no.
    Toggle {
        /// What either means, yes first.
        words: [&'static str; 2],
        /// The answer at first.
        start: fn(&Context<'_>) -> bool,
    },
    /// What nobody may read.
    Secret,
    /// Texts that are there, of which some may go, and more of them.
    List {
        /// Those that are there.
        base: fn(&Context<'_>) -> Vec<String>,
        /// Those that come and those that go at first.
        start: fn(&Context<'_>) -> (Vec<String>, Vec<String>),
        /// What one of them is called, as "name".
        one: &'static str,
        /// Whether a text may come.
        check: Check,
    },
    /// Lines, one for each of several things, typed or pasted as a whole.
    Table {
        /// Those that are offered, which a pasted table replaces, and those that stand there at
        /// first.
        start: fn(&Context<'_>) -> (Vec<String>, Vec<String>),
        /// What one of them is called, as "machine".
        one: &'static str,
        /// Whether a line may come.
        check: Check,
    },
}

/// A line of text.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    /// The text at first.
    pub(crate) start: fn(&Context<'_>) -> String,
    /// What an empty line means.
    pub(crate) usual: fn(&Context<'_>) -> String,
    /// The word behind a text, as "days" behind a bare number.
    pub(crate) unit: fn(&str) -> &'static str,
    /// Whether it is an answer; asked at each key.
    pub(crate) check: Check,
}

/// How a field is answered after the answers before it.
pub(crate) enum Shape {
    /// A line of text.
    Line {
        /// What an empty line means.
        usual: String,
        /// The word behind a text.
        unit: fn(&str) -> &'static str,
    },
    /// One of these.
    Options(Vec<String>),
    /// What nobody may read.
    Secret,
    /// Texts or lines.
    List {
        /// What one of them is called.
        one: &'static str,
    },
}

/// Says in a sentence what is wrong with a text.
pub(crate) type Check = fn(&Context<'_>, &str) -> Result<(), String>;

/// A line below an answer.
pub(crate) type Note = (String, Tone);

/// The answers, by the names of their fields.
pub(crate) type Answers = BTreeMap<&'static str, Answer>;

/// What a question may depend on.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// What is there.
    pub(crate) world: &'a World,
    /// What the wizard is about.
    pub(crate) about: &'a WizardName,
    /// The answers so far.
    pub(crate) answers: &'a Answers,
}

/// The table of a wizard.
pub(crate) fn wizard(name: &WizardName) -> &'static Wizard {
    match name {
        WizardName::Renew(_) => &renew::WIZARD,
        WizardName::Setup => &setup::WIZARD,
        WizardName::AddNode(_) => &add_node::WIZARD,
        WizardName::Import => &import::WIZARD,
        WizardName::Issue(_) => &issue::WIZARD,
        WizardName::Approve(_) => &approve::WIZARD,
        WizardName::Nodes => &nodes::WIZARD,
        WizardName::Deny(_) => &deny::WIZARD,
        WizardName::Token | WizardName::BootstrapKubeconfig | WizardName::Bindings => &join::WIZARD,
    }
}

/// What is wrong with the answers as a whole, by the fields at which it is said.
fn faults(context: &Context<'_>) -> Vec<(&'static str, String)> {
    match context.about {
        WizardName::Setup => setup::faults(context),
        WizardName::AddNode(_) => add_node::faults(context),
        WizardName::Import => import::faults(context),
        WizardName::Issue(_) => issue::faults(context),
        WizardName::Approve(_) => approve::faults(context),
        _ => Vec::new(),
    }
}

impl Wizard {
    /// The answers at first.
    pub(crate) fn start(&self, world: &World, about: &WizardName) -> Answers {
        let mut answers = Answers::new();
        for field in self.steps.iter().flat_map(Step::fields) {
            let answer = field.start(&Context {
                world,
                about,
                answers: &answers,
            });
            answers.insert(field.name, answer);
        }
        answers
    }
}

impl Step {
    /// All fields.
    fn fields(&self) -> Vec<Field> {
        let own =
            questions().filter(|question| self.page.is_some() && question.page() == self.page);
        own.map(setup::field)
            .chain(self.fields.iter().copied())
            .collect()
    }

    /// The fields that are asked.
    pub(crate) fn asked(&self, context: &Context<'_>) -> Vec<Field> {
        let mut asked = self
            .page
            .map_or_else(Vec::new, |page| setup::asked(page, context));
        asked.extend(self.fields.iter().filter(|field| (field.asked)(context)));
        asked
    }
}

impl Field {
    /// The answer at first.
    fn start(&self, context: &Context<'_>) -> Answer {
        match self.kind {
            Kind::Question(question) => setup::start(question, context),
            Kind::Text(line) => Answer::line((line.start)(context)),
            Kind::Choice { start, .. } => Answer::Choice(start(context)),
            Kind::Toggle { start, .. } => Answer::Toggle(start(context)),
            Kind::Secret => Answer::Secret(Hidden::default()),
            Kind::List { base, start, .. } => {
                let (base, (added, removed)) = (base(context), start(context));
                Answer::names(base, added, &removed)
            }
            Kind::Table { start, .. } => {
                let (base, added) = start(context);
                Answer::table(base, added)
            }
        }
    }

    /// How it is answered after the answers before it.
    pub(crate) fn shape(&self, context: &Context<'_>) -> Shape {
        match self.kind {
            Kind::Question(question) => setup::shape(question, context),
            Kind::Text(line) => Shape::Line {
                usual: (line.usual)(context),
                unit: line.unit,
            },
            Kind::Choice { options, .. } => Shape::Options(options(context)),
            Kind::Toggle { words, .. } => Shape::Options(words.map(str::to_owned).to_vec()),
            Kind::Secret => Shape::Secret,
            Kind::List { one, .. } | Kind::Table { one, .. } => Shape::List { one },
        }
    }

    /// What is wrong with a text that was typed.
    fn check(&self, context: &Context<'_>, text: &str) -> Result<(), String> {
        match self.kind {
            Kind::Question(question) => setup::check(question, context, text),
            Kind::Text(Line { check, .. })
            | Kind::List { check, .. }
            | Kind::Table { check, .. } => check(context, text),
            Kind::Choice { .. } | Kind::Toggle { .. } | Kind::Secret => Ok(()),
        }
    }

    /// What is wrong with an answer, in a sentence: with a line by itself, then with any among the
    /// others.
    pub(crate) fn fault(&self, context: &Context<'_>) -> Option<String> {
        let own = match context.answers.get(self.name) {
            Some(Answer::Text(input)) if !input.value().trim().is_empty() => {
                self.check(context, input.value().trim()).err()
            }
            // What is still being typed is looked at when it is added.
            Some(Answer::List(list)) if !list.input.value().is_empty() => return None,
            _ => None,
        };
        own.or_else(|| {
            faults(context)
                .into_iter()
                .find_map(|(name, why)| (name == self.name).then_some(why))
        })
    }

    /// The texts that were typed into a list: those that may come, and the others, each with what
    /// is wrong with it.
    pub(crate) fn typed(&self, context: &Context<'_>) -> (Vec<String>, Vec<(String, String)>) {
        let (mut sound, mut wrong) = (Vec::new(), Vec::new());
        if let Some(Answer::List(list)) = context.answers.get(self.name) {
            for piece in list.pieces() {
                match self.check(context, &piece) {
                    Ok(()) => sound.push(piece),
                    Err(fault) => wrong.push((piece, fault)),
                }
            }
        }
        (sound, wrong)
    }
}

impl Context<'_> {
    /// A line's text.
    pub(crate) fn text(&self, name: &str) -> &str {
        match self.answers.get(name) {
            Some(Answer::Text(input)) => input.value().trim(),
            _ => "",
        }
    }

    /// The place of what was chosen.
    pub(crate) fn choice(&self, name: &str) -> usize {
        match self.answers.get(name) {
            Some(Answer::Choice(at)) => *at,
            _ => 0,
        }
    }

    /// Yes or no.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        matches!(self.answers.get(name), Some(Answer::Toggle(true)))
    }

    /// A secret, where one was typed.
    pub(crate) fn secret(&self, name: &str) -> Option<Secret> {
        match self.answers.get(name) {
            Some(Answer::Secret(hidden)) if hidden.len() > 0 => Some(hidden.secret()),
            _ => None,
        }
    }

    /// The texts that come, and those that go.
    pub(crate) fn list(&self, name: &str) -> (Vec<String>, Vec<String>) {
        match self.answers.get(name) {
            Some(Answer::List(list)) => (list.added.clone(), list.removed()),
            _ => (Vec::new(), Vec::new()),
        }
    }

    /// The lines of a table.
    pub(crate) fn rows(&self, name: &str) -> Vec<String> {
        match self.answers.get(name) {
            Some(Answer::List(list)) => list.there(),
            _ => Vec::new(),
        }
    }
}

/// For a question that is always asked.
pub(crate) fn always(_: &Context<'_>) -> bool {
    true
}

/// For the passphrase of a CA's key, where one that is here is encrypted.
pub(crate) fn has_encrypted_authority(context: &Context<'_>) -> bool {
    let mut items = context.world.inventory().items.iter();
    items.any(|item| item.is_authority() && item.key.state == KeyState::Encrypted)
}

/// For an answer of which nothing more is to be said.
pub(crate) fn nothing(_: &Context<'_>) -> Vec<Note> {
    Vec::new()
}
