//! The words for a change: what is being done, and what became of it.

use time::Duration;

use super::restarts;
use super::text;
use super::words;
use crate::inventory::state::near_after;
use crate::model::world::World;
use crate::model::{Action, Problem, RouteName};
use crate::plan::{Selection, due};
use crate::record::{Operation, OperationState, PlanSummary, RestartRecord, RestartState};
use crate::words::{count, date, shell};

/// What the footer says of a change that is under way.
pub fn doing(world: &World) -> Option<Problem> {
    world
        .change
        .as_ref()
        .filter(|change| change.is_under_way())?
        .words()
        .map(Problem::new)
}

/// A plan that has nothing to do, and why as far as three lines say it.
pub(crate) fn nothing_to_do(summary: &PlanSummary) -> Problem {
    let why = summary
        .left_alone
        .iter()
        .take(3)
        .map(|left| format!("{}: {}", text::show(&left.what), text::show(&left.why)));
    Problem {
        why: why.collect(),
        ..Problem::new(text::show(&summary.title))
    }
}

/// "renewed apiserver; 2 components still hold the old one: A restarts them; u undoes", on the
/// screen of this name.
pub(crate) fn done(
    world: &World,
    operation: &Operation,
    lets_in: bool,
    screen: RouteName,
) -> Problem {
    let toast = applied(world, operation, screen);
    if lets_in {
        handed_over(world, operation, toast)
    } else {
        toast
    }
}

fn applied(world: &World, operation: &Operation, screen: RouteName) -> Problem {
    let outcome = outcome(world, operation);
    if operation.state != OperationState::Done || operation.undoes.is_some() {
        return outcome;
    }
    let undo = world
        .keymap
        .keys(Action::Undo)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let holding = operation
        .restarts
        .iter()
        .filter(|one| one.state.is_open())
        .count();
    let them = count::word(holding, "it", "them");
    let restarts = match world.reading.unrestartable {
        None if holding > 0 => {
            format!(": {} restarts {them}", restarts::keys_to_all(world, screen))
        }
        _ => String::new(),
    };
    let guide = world
        .keymap
        .keys(Action::Guide)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let next = if operation.plan.nodes.is_empty() {
        String::new()
    } else {
        format!("; {guide} says what comes next")
    };
    Problem {
        what: format!("{}{restarts}{next}; {undo} undoes", outcome.what),
        ..outcome
    }
}

/// What lets nodes in is valid once the cluster has it: the command that gives it comes before all
/// else.
fn handed_over(world: &World, operation: &Operation, toast: Problem) -> Problem {
    let mut commands = shell::handed_over(&world.inventory().mounted, &operation.plan).into_iter();
    let Some(command) = commands
        .next()
        .filter(|_| operation.state == OperationState::Done)
    else {
        return toast;
    };
    let title = text::show(&operation.plan.title);
    let undo = world
        .keymap
        .keys(Action::Undo)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    Problem {
        what: format!("done: {title}; now {}; {undo} undoes", text::show(&command)),
        ..toast
    }
}

/// The same without a key.
pub(crate) fn outcome(world: &World, operation: &Operation) -> Problem {
    let plan = &operation.plan;
    let title = text::show(&plan.title);
    if operation.state != OperationState::Done {
        let why = operation
            .error
            .as_deref()
            .map(text::show)
            .into_iter()
            .collect();
        return Problem {
            why,
            ..Problem::new(format!("not done: {title}"))
        }
        .hint("all is as it was before");
    }
    if let Some(undone) = &operation.undoes {
        return as_before(world, operation, undone);
    }
    if !plan.nodes.is_empty() {
        return Problem::new(format!("done: {title}"));
    }
    let (what, old) = match plan.issues.as_slice() {
        issues if issues.iter().all(|issue| issue.before.is_none()) => {
            (format!("done: {title}"), "the old ones")
        }
        [one] => (
            format!("renewed {}", issue_name(world, &one.id)),
            "the old one",
        ),
        [] => (format!("done: {title}"), "the old ones"),
        more => (
            format!("renewed {} certificates", more.len()),
            "the old ones",
        ),
    };
    Problem::new(format!("{what}{}", still_held(operation, old)))
}

/// What an undo came to; `undone` is the operation that it takes back.
fn as_before(world: &World, operation: &Operation, undone: &str) -> Problem {
    let undone = world.operation(undone);
    // An undo that is taken back does again what it undid.
    let again = undone.and_then(|undone| undone.undoes.as_deref());
    let (first, how) = again.map_or((undone, "taken back"), |id| {
        (world.operation(id), "renewed again")
    });
    let back = match first.map_or(&[][..], |first| first.plan.issues.as_slice()) {
        [] => String::new(),
        [one] => format!("{} {how}, ", issue_name(world, &one.id)),
        more => format!("{} certificates {how}, ", more.len()),
    };
    let files = count::of(operation.plan.files().count(), "file");
    let restart = match needed(operation).as_slice() {
        [] => String::new(),
        [one] => format!("; restart {}", one.component),
        more => format!("; restart {} components", more.len()),
    };
    Problem::new(format!("{back}{files} as before{restart}"))
}

/// "; 2 components still hold the old ones"; `old` are those that they hold.
fn still_held(operation: &Operation, old: &str) -> String {
    let holding = needed(operation).len();
    let hold = count::word(holding, "holds", "hold");
    let unproven = operation
        .restarts
        .iter()
        .filter(|one| one.state == RestartState::Unproven)
        .count();
    match (holding, unproven) {
        (0, 0) => String::new(),
        (0, number) => format!("; {} may still hold {old}", count::of(number, "component")),
        (number, 0) => format!("; {} still {hold} {old}", count::of(number, "component")),
        (number, more) => format!(
            "; {} still {hold} {old}, {more} may",
            count::of(number, "component")
        ),
    }
}

/// The restarts that it needs.
fn needed(operation: &Operation) -> Vec<&RestartRecord> {
    operation
        .restarts
        .iter()
        .filter(|one| one.state == RestartState::Needed)
        .collect()
}

/// What a renewal is called before its plan is made.
pub(crate) fn renewal(world: &World, what: &Selection) -> String {
    match what {
        Selection::Due => "Renew what is due".to_owned(),
        Selection::All => "Renew all".to_owned(),
        Selection::Items(ids) => match ids.as_slice() {
            [id] => format!("Renew {}", issue_name(world, id)),
            more => format!("Renew {} certificates", more.len()),
        },
    }
}

/// What the certificate of an issue is called.
pub(crate) fn issue_name(world: &World, id: &str) -> String {
    world.item_named(id).map_or_else(
        || words::short_path(world, id),
        |(_, item)| words::item_name(world, item),
    )
}

/// "nothing is due: next apiserver on 12 Dec 2026"; that something is dead or broken all the same
/// comes before that.
pub(crate) fn nothing_due(world: &World) -> Problem {
    let inventory = world.inventory();
    let falls = inventory.indexed().filter_map(|(index, item)| {
        let certificate = item.certificate()?;
        let at = near_after(certificate.not_before(), certificate.not_after())?
            .checked_add(Duration::SECOND)?;
        due(inventory, index, item, at)
            .is_ok()
            .then_some((at, item))
    });
    let next = falls
        .filter(|(at, _)| *at > world.now)
        .min_by_key(|(at, _)| *at);
    let next = next.map(|(at, item)| {
        format!(
            ": next {} on {}",
            words::item_name(world, item),
            date::day(at)
        )
    });
    let judged = &world.judged;
    let is_well = judged.all_dead() + judged.all_broken() == 0;
    let next = next.filter(|_| is_well).unwrap_or_default();
    Problem::new(format!(
        "{}{next}",
        crate::words::due::nothing(inventory, judged)
    ))
}
