//! The first screen where no PKI is: the setup is offered, or, where not everything could be looked at, how to see it.
//!
//! ```text
//! ╭─ No PKI here ──────────────────────────────────────────────────╮
//! │ Nothing lies in any place where a master keeps its PKI, and    │
//! │ all of them could be looked at.                                │
//! │                                                                │
//! │ Set up                                                         │
//! │▌  ↵ or S          answers a few questions, then shows the plan │
//! │                                                                │
//! │ It asks for                                                    │
//! │   cluster         name, layout, version                        │
//! ╰────────────────────────────────────────────────────────────────╯
//!  S set up  I import  : all actions  ? help                 q quit
//! ```

use super::super::document::{Document, PageWriter};
use super::super::text;
use super::super::wizards::{Context, wizard};
use crate::inventory::beginning::Beginning;
use crate::model::theme::Tone;
use crate::model::world::{Loaded, World};
use crate::model::{Action, Effect, Route, WizardName};

/// What the footer names.
pub(super) const FOOTER: [Action; 6] = [
    Action::Setup,
    Action::Import,
    Action::Guide,
    Action::Undo,
    Action::Palette,
    Action::Unread,
];

/// Whether an action is this page's, not the panes'.
pub(super) fn takes(action: Action) -> bool {
    use Action::{CopyPem, Down, First, Last, Next, Open, PageDown, PageUp, Previous, Up};
    matches!(
        action,
        Open | CopyPem | Up | Down | PageUp | PageDown | First | Last | Next | Previous
    )
}

/// A line that leads to what its key leads to is refused as the key is.
pub(super) fn guarded(effect: Effect) -> Effect {
    match effect {
        Effect::Open(Route::Wizard(WizardName::Setup)) => Effect::Run(Action::Setup),
        Effect::Open(Route::Wizard(WizardName::Import)) => Effect::Run(Action::Import),
        other => other,
    }
}

/// Whether this page stands in place of the panes.
pub(in crate::ui) fn is_shown(world: &World) -> bool {
    world.loaded == Loaded::Yes
        && (is_offered(world) || world.reading.beginning == Beginning::Denied)
}

/// Whether a setup is offered.
pub(super) fn is_offered(world: &World) -> bool {
    matches!(world.reading.beginning, Beginning::Nothing { .. })
}

/// The page.
pub(in crate::ui) fn document(world: &World) -> Document {
    let mut page = PageWriter::new(world);
    if is_offered(world) {
        offer(&mut page, world);
        Document {
            kind: "No PKI here",
            start: 4,
            entries: page.finish(),
            ..Document::default()
        }
    } else {
        denied(&mut page, world);
        Document {
            kind: "Nothing could be seen",
            entries: page.finish(),
            ..Document::default()
        }
    }
}

fn offer(page: &mut PageWriter<'_>, world: &World) {
    let looked =
        " lies in any place where a master keeps its PKI, and all of them could be looked at.";
    page.sentence(vec![("Nothing", Tone::Bright), (looked, Tone::Text)]);
    let promise = "The setup asks what only you can know and explains it while it asks. Nothing is written before you have \
                   seen the whole plan, and undo takes it back.";
    page.sentence(vec![(promise, Tone::Text)]);
    page.heading("Go on");
    let key = |action| {
        world
            .keymap
            .keys(action)
            .first()
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    let machine = &world.reading.machine;
    let offered = match machine.addresses.first() {
        Some(address) if !machine.name.is_empty() => {
            format!(
                ": Enter on each page makes {} ({address}) the one master",
                text::show(&machine.name)
            )
        }
        _ => String::new(),
    };
    let keys = format!("{} or {}", world.signs().enter, key(Action::Setup));
    page.styled(
        &keys,
        vec![("set up a cluster", Tone::Bright), (&offered, Tone::Text)],
    )
    .opens(Route::Wizard(WizardName::Setup));
    page.styled(
        &key(Action::Import),
        vec![("place certificates that another CA has issued", Tone::Text)],
    )
    .opens(Route::Wizard(WizardName::Import));
    for cluster in world.reading.clusters.iter() {
        let words = format!(
            "{} was set up from here: what comes next, and one machine more",
            text::show(&cluster.name)
        );
        page.styled(&key(Action::Guide), vec![(&words, Tone::Text)])
            .opens(Route::Guide(cluster.name.as_str().into()));
    }
    asks_for(page, world);
}

/// What the setup's pages ask.
fn asks_for(page: &mut PageWriter<'_>, world: &World) {
    page.heading("It asks for");
    let about = WizardName::Setup;
    let answers = wizard(&about).start(world, &about);
    for step in wizard(&about).steps {
        let asked = step.asked(&Context {
            world,
            about: &about,
            answers: &answers,
        });
        page.fact(
            step.title,
            &asked
                .iter()
                .map(|field| field.label)
                .collect::<Vec<_>>()
                .join(", "),
        );
    }
}

fn denied(page: &mut PageWriter<'_>, world: &World) {
    let words = "Whether a PKI is here is not known: not everything could be looked at.";
    page.sentence(vec![(words, Tone::Warn)]);
    if !world.settings.sudo.is_empty() {
        page.heading("Look again with permission");
        page.text(vec![(&world.settings.sudo, Tone::Bright)])
            .copies(&world.settings.sudo);
    }
    page.heading("Not looked at");
    for unread in &world.inventory().unread {
        page.styled(
            "",
            vec![
                (&unread.path, Tone::Text),
                ("   ", Tone::Dim),
                (&unread.why.to_string(), Tone::Dim),
            ],
        );
    }
}
