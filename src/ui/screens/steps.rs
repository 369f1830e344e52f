//! The restarts of an operation as a check list.
//!
//! ```text
//! Restart
//!   [x] etcd                     port 2379 serves 4a51c2d7
//! ▌ […] kube-apiserver           waiting for port 6443 to serve 1d839149
//!   [ ] kube-controller-manager  reads controller-manager.conf only at its start
//!   [-] kube-scheduler           left as it is
//!       kubelet                  reloads by itself
//!   1 of 4 done
//! ```

use super::super::document::{DocumentEntry, PageWriter};
use super::super::restarts::by_somebody_else;
use super::super::text;
use crate::kubernetes::component::Component;
use crate::model::Action;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::record::{
    Operation, OperationState, RestartRecord, RestartState, RestartSummary, waiting,
};
use crate::words::date;

/// How one step stands: its mark, its words, and whether somebody must still do something.
struct RestartStep {
    mark: String,
    words: String,
    tone: Tone,
    is_open: bool,
}

impl RestartStep {
    /// One that somebody must still do.
    fn open(mark: &str, words: String, tone: Tone) -> Self {
        Self {
            mark: format!("[{mark}] "),
            words,
            tone,
            is_open: true,
        }
    }

    /// One that nobody must do any more.
    fn done(mark: &str, words: String, tone: Tone) -> Self {
        Self {
            mark: format!("[{mark}] "),
            words,
            tone,
            is_open: false,
        }
    }
}

/// Writes the check list; the entry of the first open step.
pub(super) fn check_list(
    page: &mut PageWriter<'_>,
    world: &World,
    operation: &Operation,
) -> Option<usize> {
    let plan = &operation.plan;
    let of_plan =
        |component: Component| plan.restarts.iter().find(|one| one.component == component);
    let is_known = |one: &&RestartSummary| {
        !operation
            .restarts
            .iter()
            .any(|record| record.component == one.component)
    };
    let others: Vec<RestartRecord> = plan
        .restarts
        .iter()
        .filter(is_known)
        .map(|one| RestartRecord::new(one.component, one.required))
        .collect();
    if operation.restarts.is_empty() && others.is_empty() {
        return None;
    }
    page.heading("Restart");
    let mut first = None;
    let mut records: Vec<&RestartRecord> = operation.restarts.iter().chain(&others).collect();
    let planned: Vec<Component> = records.iter().map(|record| record.component).collect();
    let order = waiting::in_order(planned.clone(), &planned);
    records.sort_by_key(|record| {
        let place = order
            .iter()
            .position(|component| *component == record.component);
        (record.state == RestartState::ReloadsByItself, place)
    });
    for record in records {
        let reason = of_plan(record.component).map_or("", |one| one.reason.as_str());
        let step = step(world, operation, record, reason);
        let can_run = operation.state == OperationState::Done
            && record.state != RestartState::ReloadsByItself;
        if step.is_open && first.is_none() {
            first = Some(page.len());
        }
        let entry = line(page, world, record.component, &step);
        entry.runs = Some(record.component).filter(|_| can_run);
    }
    standing(page, world, operation);
    by_hand(page, world, operation);
    first
}

/// Whether something of it must be restarted, or was.
pub(super) fn has_steps(operation: &Operation) -> bool {
    operation
        .restarts
        .iter()
        .any(|record| record.state != RestartState::ReloadsByItself)
}

/// The steps that somebody must still do, in order.
pub(super) fn open<'a>(
    world: &'a World,
    operation: &'a Operation,
) -> impl Iterator<Item = &'a RestartRecord> {
    let is_done = operation.state == OperationState::Done;
    let steps = operation
        .restarts
        .iter()
        .filter(move |record| is_done && record.state.is_open());
    steps.filter(|record| by_somebody_else(world, operation, record).is_none())
}

fn line<'p>(
    page: &'p mut PageWriter<'_>,
    world: &World,
    component: Component,
    step: &RestartStep,
) -> &'p mut DocumentEntry {
    let cells = if world.size.0 < 60 { 0 } else { 23 };
    let name = component.as_str();
    let name = format!(
        "{}  ",
        text::left(name, cells.max(text::width(name)), world.signs().ellipsis)
    );
    let name_role = if step.is_open {
        Tone::Bright
    } else {
        step.tone
    };
    page.step(
        vec![(&step.mark, step.tone), (&name, name_role)],
        vec![(&step.words, step.tone)],
    )
}

fn step(world: &World, operation: &Operation, record: &RestartRecord, reason: &str) -> RestartStep {
    if let Some(step) = under_way(world, record) {
        return step;
    }
    if let Some(words) = by_somebody_else(world, operation, record) {
        return RestartStep::done("x", words, Tone::Good);
    }
    let why = record.why.clone().unwrap_or_default();
    match record.state {
        RestartState::Needed => RestartStep::open(" ", reason.to_owned(), Tone::Text),
        RestartState::Unproven => {
            let key = world
                .keymap
                .keys(Action::ProbeAll)
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            RestartStep::open(
                "?",
                format!("{reason}: {key} shows whether it did"),
                Tone::Text,
            )
        }
        RestartState::Begun => {
            let at = record
                .at
                .map(|at| date::near(at, world.now.year()))
                .unwrap_or_default();
            RestartStep::open("!", format!("interrupted: it was begun {at}"), Tone::Warn)
        }
        RestartState::Done => RestartStep::done("x", why, Tone::Good),
        RestartState::Failed => RestartStep::open("!", format!("failed: {why}"), Tone::Bad),
        RestartState::Skipped => RestartStep::done(
            "-",
            "left as it is: it holds the old files".to_owned(),
            Tone::Warn,
        ),
        RestartState::ReloadsByItself => {
            let mark = "    ".to_owned();
            RestartStep {
                mark,
                words: reason.to_owned(),
                tone: Tone::Dim,
                is_open: false,
            }
        }
    }
}

/// How it stands while restarts are made.
fn under_way(world: &World, record: &RestartRecord) -> Option<RestartStep> {
    let restarting = world.running.restarting.as_ref()?;
    if restarting.component == record.component {
        let mark = if world.settings.ascii {
            "~"
        } else {
            world.signs().ellipsis
        };
        return Some(RestartStep::open(mark, restarting.step(), Tone::Accent));
    }
    let waits = restarting.queue.contains(&record.component);
    waits.then(|| RestartStep::open(" ", "waits for its turn".to_owned(), Tone::Text))
}

/// Where it stands: "2 of 4 done; etcd failed", and what the keys do.
fn standing(page: &mut PageWriter<'_>, world: &World, operation: &Operation) {
    let steps = || {
        operation
            .restarts
            .iter()
            .filter(|one| one.state != RestartState::ReloadsByItself)
    };
    let all = steps().count();
    if all == 0 {
        return;
    }
    let done = steps().filter(|one| {
        one.state == RestartState::Done || by_somebody_else(world, operation, one).is_some()
    });
    let done = done.count();
    let with = |state| {
        steps()
            .filter(move |one| one.state == state)
            .map(|one| one.component.to_string())
    };
    let mut words = format!("{done} of {all} done");
    for (names, what) in [
        (with(RestartState::Failed), "failed"),
        (with(RestartState::Skipped), "skipped"),
    ] {
        let names: Vec<String> = names.collect();
        if !names.is_empty() {
            words = format!("{words}; {} {what}", names.join(", "));
        }
    }
    page.text(vec![(
        &words,
        if done == all { Tone::Good } else { Tone::Text },
    )]);
    if open(world, operation).next().is_none() {
        return;
    }
    if let Some(why) = world.read_only().or(world.reading.unrestartable) {
        page.text(vec![("not from here: ", Tone::Warn), (why, Tone::Text)]);
        return;
    }
    let key = |action| {
        world
            .keymap
            .keys(action)
            .first()
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    let (all, skip) = (key(Action::RestartAll), key(Action::SkipRestart));
    page.text(vec![
        (world.signs().enter, Tone::Accent),
        (" restarts the one under the cursor, ", Tone::Dim),
        (&all, Tone::Accent),
        (" all in order, ", Tone::Dim),
        (&skip, Tone::Accent),
        (" skips it", Tone::Dim),
    ]);
}

/// The commands of what is not done.
fn by_hand(page: &mut PageWriter<'_>, world: &World, operation: &Operation) {
    let mut open = open(world, operation).peekable();
    if open.peek().is_none() {
        return;
    }
    page.heading("By hand");
    for record in open {
        let summary = operation
            .plan
            .restarts
            .iter()
            .find(|one| one.component == record.component);
        for command in summary.iter().flat_map(|one| &one.how) {
            page.text(vec![(command, Tone::Bright)]).copies(command);
        }
    }
}
