//! A question of the setup as a field of the wizard.

use super::answers::{base, cluster, usual};
use super::notes;
use crate::setup::question::{Kind, Page, Question, questions};
use crate::setup::{ClusterField, Node, NodeRole, check};
use crate::ui::text;
use crate::ui::wizards::{Answer, Context, Field, Shape, always};

/// The field that asks it.
pub(in crate::ui::wizards) fn field(question: &'static Question) -> Field {
    let (label, help) = question.words();
    Field {
        name: question.name,
        label,
        help,
        kind: crate::ui::wizards::Kind::Question(question),
        asked: always,
        notes: notes::of(question.field),
    }
}

/// The questions of a page whose answers mean something beside the others.
pub(in crate::ui::wizards) fn asked(page: Page, context: &Context<'_>) -> Vec<Field> {
    let cluster = cluster(context);
    let asked = questions()
        .filter(|question| question.page() == Some(page) && (question.applies)(&cluster));
    asked.map(field).collect()
}

/// The answer at first: a line is empty where the answer is the usual one.
pub(in crate::ui::wizards) fn start(question: &Question, context: &Context<'_>) -> Answer {
    let base = base(context);
    match &question.kind {
        Kind::Line { text, .. } => {
            let (own, usual) = ((text.get)(&base), (text.get)(&usual(&base)));
            Answer::line(if own == usual { String::new() } else { own })
        }
        Kind::Choice { text, options } => {
            let own = (text.get)(&base);
            Answer::Choice(
                options()
                    .iter()
                    .position(|(word, _)| *word == own)
                    .unwrap_or(0),
            )
        }
        Kind::Toggle { get, .. } => Answer::Toggle(get(&base)),
        Kind::Names { texts, .. } => Answer::names((texts.get)(&base), Vec::new(), &[]),
        Kind::Lines { texts } => {
            let offered = if question.field == ClusterField::Nodes {
                this_machine(context)
            } else {
                None
            };
            Answer::table(offered.into_iter().collect(), (texts.get)(&base))
        }
    }
}

/// The machine itself, where nothing is kept of a cluster: a pasted table takes its place.
fn this_machine(context: &Context<'_>) -> Option<String> {
    let machine = &context.world.reading.machine;
    let is_usable = base(context).nodes.is_empty() && check::node_name(&machine.name).is_ok();
    let address = machine.addresses.first().filter(|_| is_usable)?;
    let (name, roles) = (machine.name.clone(), vec![NodeRole::ControlPlane]);
    Some(check::node_line(&Node {
        name,
        addresses: vec![*address],
        roles,
    }))
}

/// How it is answered after the answers before it.
pub(in crate::ui::wizards) fn shape(question: &Question, context: &Context<'_>) -> Shape {
    match &question.kind {
        Kind::Line { text, empty } => Shape::Line {
            usual: match empty {
                Some(words) => words(&cluster(context)).to_owned(),
                None => (text.get)(&usual(&base(context))),
            },
            unit: |_| "",
        },
        Kind::Choice { options, .. } => {
            Shape::Options(options().into_iter().map(|(_, words)| words).collect())
        }
        Kind::Toggle { words, .. } => Shape::Options(words.map(str::to_owned).to_vec()),
        Kind::Names { texts, .. } | Kind::Lines { texts } => Shape::List { one: texts.one },
    }
}

/// What is wrong with a text that was typed.
pub(in crate::ui::wizards) fn check(
    question: &Question,
    context: &Context<'_>,
    typed: &str,
) -> Result<(), String> {
    match &question.kind {
        Kind::Line { .. } | Kind::Choice { .. } | Kind::Toggle { .. } | Kind::Lines { .. } => {
            (question.check)(typed)
        }
        Kind::Names { texts, are_alike } => {
            (question.check)(typed)?;
            let (added, _) = context.list(question.name);
            let is_there = |one: &String| are_alike(one, typed);
            if (texts.get)(&base(context))
                .iter()
                .chain(&added)
                .any(is_there)
            {
                return Err(format!("{} is there already", text::show(typed)));
            }
            Ok(())
        }
    }
}
