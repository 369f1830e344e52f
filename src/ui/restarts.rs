//! Restarts that are waited for, and the words for what became of them.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::text;
use crate::kubernetes::component::{Component, joined};
use crate::model::running::{Restarting, is_mute, is_out_of_reach, old};
use crate::model::world::World;
use crate::model::{Action, Problem, RouteName};
use crate::pki::text::short_serial;
use crate::record::waiting::{Settled, Waiting};
use crate::record::{Operation, RestartRecord, RestartState};
use crate::running::{ComponentStatus, ProbeTarget, Remedy, SeenOnPort};
use crate::words::{count, date};

/// What is being done on the running side.
pub fn doing(world: &World) -> Option<Problem> {
    let running = &world.running;
    let restarting = running.restarting.as_ref().map(Restarting::words);
    let words = restarting.or_else(|| running.probing.as_ref().map(|one| one.words.clone()))?;
    Some(Problem::new(text::show(&words)))
}

/// By what a step is known to be done though kubepki did not do it: its process began after the
/// operation, or its port shows that it read its files again.
pub fn by_somebody_else(
    world: &World,
    operation: &Operation,
    record: &RestartRecord,
) -> Option<String> {
    Some(
        match (Waiting { operation, record }).settled(&world.running.statuses)? {
            Settled::ReadAgain => {
                "it read its files again by itself: its port serves the new one".to_owned()
            }
            Settled::Younger(began) => {
                format!(
                    "somebody restarted it: it began {}",
                    date::near(began, world.now.year())
                )
            }
        },
    )
}

/// How many ports a question goes to: "asking 6 ports".
pub fn asking(world: &World, asked: &[ProbeTarget]) -> String {
    let ports = &world.running.ports;
    let number: usize = asked
        .iter()
        .map(|one| match one {
            ProbeTarget::All => ports.len(),
            ProbeTarget::Component(component) => ports
                .iter()
                .filter(|port| port.rule.component == *component)
                .count(),
            ProbeTarget::Server(_) => 1,
        })
        .sum();
    match asked {
        [ProbeTarget::Server(server)] => format!("asking {}", text::show(server)),
        _ => format!("asking {}", count::of(number, "port")),
    }
}

/// What came: "6 ports: 3 serve what is on disk, 1 an old one, 2 their own", said on the screen of
/// this name.
pub fn answered(world: &World, of: &[Arc<str>], screen: RouteName) -> Problem {
    let statuses: Vec<&ComponentStatus> = of
        .iter()
        .filter_map(|name| world.running.status(name))
        .collect();
    if statuses.is_empty() {
        return servers_answered(world, of);
    }
    let told = AnswerCounts::of(world, &statuses).words();
    let problem = Problem::new(format!("{}: {told}", count::of(statuses.len(), "port")));
    let is_elsewhere = !world.serving_old().is_empty() && screen != RouteName::Served;
    let key = world
        .keymap
        .keys(Action::Served)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    if is_elsewhere {
        problem.hint(format!("{key} shows it"))
    } else {
        problem
    }
}

/// What servers showed that no component of this master is known for.
fn servers_answered(world: &World, of: &[Arc<str>]) -> Problem {
    let answers = of
        .iter()
        .filter_map(|name| world.running.observation.answer(name));
    let words = answers.map(|answer| match &answer.result {
        Ok(served) => {
            let serial = served
                .leaf()
                .map(|leaf| leaf.details().serial_number)
                .unwrap_or_default();
            format!(
                "{} serves {}",
                text::show(&answer.of),
                short_serial(&serial)
            )
        }
        Err(silence) => format!(
            "{}: {}",
            text::show(&answer.of),
            text::show(&silence.to_string())
        ),
    });
    let words: Vec<String> = words.collect();
    Problem::new(if words.is_empty() {
        "no port was asked".to_owned()
    } else {
        words.join("; ")
    })
}

/// How many ports gave which answer.
struct AnswerCounts {
    of_disk: usize,
    /// Those of them whose certificate has ended.
    dead: usize,
    older: usize,
    /// The components that serve an old one.
    of_whom: String,
    own: usize,
    silent: usize,
    /// Those that only their own machine reaches.
    far: usize,
}

impl AnswerCounts {
    fn of(world: &World, statuses: &[&ComponentStatus]) -> Self {
        let count =
            |is: &dyn Fn(&ComponentStatus) -> bool| statuses.iter().filter(|one| is(one)).count();
        let is_far = |one: &ComponentStatus| {
            world
                .running
                .observation
                .answer(&one.name)
                .is_some_and(is_out_of_reach)
        };
        let far = count(&is_far);
        let holding = statuses.iter().filter(|one| old(one).is_some());
        let of_whom: BTreeSet<Component> = holding.filter_map(|one| one.component).collect();
        Self {
            of_disk: count(&|one| {
                matches!(
                    one.served,
                    SeenOnPort::Served {
                        is_on_disk: Some(true),
                        ..
                    }
                )
            }),
            dead: count(&|one| match &one.served {
                SeenOnPort::Served {
                    certificate,
                    is_on_disk: Some(true),
                } => certificate.not_after() < world.moment(),
                _ => false,
            }),
            older: count(&|one| old(one).is_some()),
            of_whom: joined(of_whom, ", "),
            own: count(&|one| {
                matches!(
                    one.served,
                    SeenOnPort::Served {
                        is_on_disk: None,
                        ..
                    }
                )
            }),
            silent: count(&|one| matches!(one.served, SeenOnPort::Silent(_))).saturating_sub(far),
            far,
        }
    }

    /// Those that there are, each with its number.
    fn words(&self) -> String {
        let Self {
            of_disk,
            dead,
            older,
            of_whom,
            own,
            silent,
            far,
        } = self;
        let dead = match dead {
            0 => String::new(),
            dead if dead == of_disk => " (expired)".to_owned(),
            dead => format!(" ({dead} expired)"),
        };
        let serve = |number: usize| count::word(number, "serves", "serve");
        let parts = [
            (
                *of_disk,
                format!("{of_disk} {} what is on disk{dead}", serve(*of_disk)),
            ),
            (
                *older,
                format!("{older} {} an old one ({of_whom})", serve(*older)),
            ),
            (
                *own,
                format!(
                    "{own} {} one of {} own",
                    serve(*own),
                    count::word(*own, "its", "their")
                ),
            ),
            (*silent, format!("{silent} silent")),
            (
                *far,
                format!(
                    "{far} only on {} own machine",
                    count::word(*far, "its", "their")
                ),
            ),
        ];
        let parts = parts
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(_, words)| words);
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// What is said after a restart on the screen of this name: never that all is well until it is so.
pub fn ended(
    world: &World,
    record: &RestartRecord,
    queue: &VecDeque<Component>,
    screen: RouteName,
) -> Problem {
    let component = record.component;
    let why = text::show(record.why.as_deref().unwrap_or_default());
    let state = match record.state {
        RestartState::Done => "done",
        RestartState::Begun => "cut off",
        _ => "failed",
    };
    let words = if why.is_empty() {
        format!("{component}: {state}")
    } else {
        format!("{component}: {why}")
    };
    if record.state != RestartState::Done {
        let left = if queue.is_empty() {
            String::new()
        } else {
            format!("; {} not begun", queue.len())
        };
        return Problem::new(format!("{component} {state}: {why}{left}"));
    }
    let proven = &world.running.proven;
    let rest = world
        .to_restart()
        .iter()
        .filter(|component| !proven.contains(component))
        .count();
    if rest == 0 && proven.len() > 1 && world.serving_old().is_empty() {
        let is_served = |status: &ComponentStatus| {
            matches!(
                status.served,
                SeenOnPort::Served {
                    is_on_disk: Some(true),
                    ..
                }
            )
        };
        let serves = |one: &Component| {
            world
                .running
                .statuses
                .iter()
                .any(|status| status.component == Some(*one) && is_served(status))
        };
        let remedy = if proven.iter().all(serves) {
            "serve"
        } else {
            "hold"
        };
        return Problem::new(format!(
            "all {} components {remedy} the new certificates",
            proven.len()
        ));
    }
    Problem::new(format!("{words}{}", holding(world, rest, screen)))
}

/// "; 3 components still hold the old ones: A restarts them".
fn holding(world: &World, number: usize, screen: RouteName) -> String {
    let (hold, one, them) = if number == 1 {
        ("holds", "the old one", "it")
    } else {
        ("hold", "the old ones", "them")
    };
    if number == 0 {
        return String::new();
    }
    let can = world.reading.unrestartable.is_none() && world.read_only().is_none();
    let how = if can {
        format!(": {} restarts {them}", keys_to_all(world, screen))
    } else {
        String::new()
    };
    format!(
        "; {} still {hold} {one}{how}",
        count::of(number, "component")
    )
}

/// The keys that restart all from the screen of this name: "A", or "0 A" where first the list must
/// be seen.
pub(crate) fn keys_to_all(world: &World, screen: RouteName) -> String {
    let key = |action| {
        world
            .keymap
            .keys(action)
            .first()
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    let all = key(Action::RestartAll);
    if Action::RestartAll.row().is_for(screen) {
        all
    } else {
        format!("{} {all}", key(Action::Served))
    }
}

/// What was cut off in the middle, as the first look at the history tells.
pub fn interrupted(world: &World) -> Option<Problem> {
    let open = world.open_restarts();
    let begun: Vec<Component> = open
        .iter()
        .filter(|one| one.state == RestartState::Begun)
        .map(|one| one.component)
        .collect();
    let key = world
        .keymap
        .keys(Action::History)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let was = count::word(begun.len(), "was", "were");
    (!begun.is_empty()).then(|| {
        Problem::new(format!(
            "restarting {} {was} interrupted",
            joined(begun, ", ")
        ))
        .hint(format!("{key} shows where it stands"))
    })
}

/// How many components want something, and "!" where what lies on the disk is no good.
pub(crate) fn wanting(world: &World) -> (usize, &'static str, bool) {
    let wanting = world.components(|status| status.remedy != Remedy::Nothing || is_mute(status));
    let is_bad = world
        .running
        .statuses
        .iter()
        .any(|status| status.remedy == Remedy::Replace);
    (
        wanting.len(),
        if is_bad { "!" } else { "" },
        !wanting.is_empty(),
    )
}
