//! Restarts that are waited for, and the words for what became of them.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::alive::{Restarting, old};
use super::served::{is_mute, is_out_of_reach};
use super::text;
use super::world::World;
use crate::inventory::served::{Asked, Seen, Truth, Verb};
use crate::kubernetes::component::{Component, joined};
use crate::model::{Action, Problem, RouteName};
use crate::pki::text::short_serial;
use crate::record::waiting::{self, Settled, Waiting};
use crate::record::{Operation, RestartRecord, RestartState};
use crate::words::{count, date};

/// The components of which a port stands so, each once.
pub(crate) fn components(world: &World, is_so: impl Fn(&Truth) -> bool) -> BTreeSet<Component> {
    world.alive.truths.iter().filter(|truth| is_so(truth)).filter_map(|truth| truth.component).collect()
}

/// Those that serve what is no longer on the disk.
pub(crate) fn serving_old(world: &World) -> BTreeSet<Component> {
    components(world, |truth| old(truth).is_some())
}

/// What is being done on the running side.
pub fn doing(world: &World) -> Option<Problem> {
    let alive = &world.alive;
    let restarting = alive.restarting.as_ref().map(Restarting::words);
    let words = restarting.or_else(|| alive.probing.as_ref().map(|one| one.words.clone()))?;
    Some(Problem::new(text::show(&words)))
}

/// The restarts that operations still wait for: each component once.
pub fn open_restarts(world: &World) -> Vec<&RestartRecord> {
    let Some(Ok(history)) = &world.history else { return Vec::new() };
    waiting::open(&history.operations, &world.alive.truths).into_iter().map(|waiting| waiting.record).collect()
}

/// Those of them that this operation waits for.
pub(crate) fn open_of<'a>(world: &'a World, operation: &Operation) -> Vec<&'a RestartRecord> {
    let Some(Ok(history)) = &world.history else { return Vec::new() };
    waiting::open_of(operation, &history.operations, &world.alive.truths).collect()
}

/// By what a step is known to be done though kubepki did not do it: its process began after the operation, or its port
/// shows that it read its files again.
pub fn by_somebody_else(world: &World, operation: &Operation, record: &RestartRecord) -> Option<String> {
    Some(match (Waiting { operation, record }).settled(&world.alive.truths)? {
        Settled::ReadAgain => "it read its files again by itself: its port serves the new one".to_owned(),
        Settled::Younger(began) => {
            format!("somebody restarted it: it began {}", date::near(began, world.now.year()))
        }
    })
}

/// The components that must be restarted, in the order in which that is done: those that operations wait for, and those
/// that were seen to hold old files.
pub fn to_restart(world: &World) -> Vec<Component> {
    let seen = world.alive.truths.iter().filter(|truth| truth.verb == Verb::Restart);
    let kept: Vec<Component> = open_restarts(world).into_iter().map(|record| record.component).collect();
    let seen = seen.filter_map(|truth| truth.component);
    waiting::in_order(kept.iter().copied().chain(seen).collect(), &kept)
}

/// Why nothing can be restarted, or asked.
pub(crate) fn refusal(world: &World, action: Action) -> Option<&'static str> {
    match action {
        Action::Restart | Action::RestartAll if world.reading.unrestartable.is_some() => world.reading.unrestartable,
        Action::RestartAll if to_restart(world).is_empty() => Some("nothing here is known to hold old files"),
        Action::ProbeAll if world.alive.ports.is_empty() => Some("no port is known here"),
        _ => None,
    }
}

/// Why one component is not restarted: a key too much must not take the API of a sound master away.
pub(crate) fn needless(world: &World, component: Component) -> Option<&'static str> {
    let mut own = world.alive.truths.iter().filter(|truth| truth.component == Some(component));
    let is_sound = own.all(|truth| truth.verb == Verb::Nothing);
    let is_waited_for = to_restart(world).contains(&component);
    (is_sound && !is_waited_for).then_some("nothing says that it holds old files")
}

/// How many ports a question goes to: "asking 6 ports".
pub fn asking(world: &World, asked: &[Asked]) -> String {
    let ports = &world.alive.ports;
    let number: usize = asked
        .iter()
        .map(|one| match one {
            Asked::All => ports.len(),
            Asked::Component(component) => ports.iter().filter(|port| port.rule.component == *component).count(),
            Asked::Server(_) => 1,
        })
        .sum();
    match asked {
        [Asked::Server(server)] => format!("asking {}", text::show(server)),
        _ => format!("asking {}", count::of(number, "port")),
    }
}

/// What came: "6 ports: 3 serve what is on disk, 1 an old one, 2 their own", said on the screen of this name.
pub fn answered(world: &World, of: &[Arc<str>], screen: RouteName) -> Problem {
    let truths: Vec<&Truth> = of.iter().filter_map(|name| world.alive.truth(name)).collect();
    let servers: Vec<&Arc<str>> = of.iter().filter(|name| world.alive.truth(name).is_none()).collect();
    if truths.is_empty() {
        let answers = servers.iter().filter_map(|name| world.alive.observation.answer(name));
        let words = answers.map(|answer| match &answer.result {
            Ok(served) => {
                let serial = served.leaf().map(|leaf| leaf.details().serial_number).unwrap_or_default();
                format!("{} serves {}", text::show(&answer.of), short_serial(&serial))
            }
            Err(silence) => format!("{}: {}", text::show(&answer.of), text::show(&silence.to_string())),
        });
        let words: Vec<String> = words.collect();
        return Problem::new(if words.is_empty() { "no port was asked".to_owned() } else { words.join("; ") });
    }
    let count = |is: fn(&&&Truth) -> bool| truths.iter().filter(is).count();
    let of_disk = count(|one| matches!(one.served, Seen::Served { is_on_disk: Some(true), .. }));
    let own = count(|one| matches!(one.served, Seen::Served { is_on_disk: None, .. }));
    let is_far = |one: &Truth| world.alive.observation.answer(&one.name).is_some_and(is_out_of_reach);
    let far = truths.iter().filter(|one| is_far(one)).count();
    let silent = count(|one| matches!(one.served, Seen::Silent(_))).saturating_sub(far);
    let older = count(|one| old(one).is_some());
    let of_whom: BTreeSet<Component> =
        truths.iter().filter(|one| old(one).is_some()).filter_map(|one| one.component).collect();
    let of_whom = joined(of_whom, ", ");
    let is_dead = |one: &Truth| matches!(&one.served, Seen::Served { certificate, is_on_disk: Some(true) } if certificate.not_after() < world.moment());
    let dead = truths.iter().filter(|one| is_dead(one)).count();
    let dead = match dead {
        0 => String::new(),
        dead if dead == of_disk => " (expired)".to_owned(),
        dead => format!(" ({dead} expired)"),
    };
    let serve = |number: usize| count::word(number, "serves", "serve");
    let parts = [
        (of_disk, format!("{of_disk} {} what is on disk{dead}", serve(of_disk))),
        (older, format!("{older} {} an old one ({of_whom})", serve(older))),
        (own, format!("{own} {} one of {} own", serve(own), count::word(own, "its", "their"))),
        (silent, format!("{silent} silent")),
        (far, format!("{far} only on {} own machine", count::word(far, "its", "their"))),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, words)| words).collect();
    let problem = Problem::new(format!("{}: {}", count::of(truths.len(), "port"), parts.join(", ")));
    let is_elsewhere = !serving_old(world).is_empty() && screen != RouteName::Served;
    let key = world.keymap.keys(Action::Served).first().map(ToString::to_string).unwrap_or_default();
    if is_elsewhere { problem.hint(format!("{key} shows it")) } else { problem }
}

/// What is said after a restart on the screen of this name: never that all is well until it is so.
pub fn ended(world: &World, record: &RestartRecord, queue: &VecDeque<Component>, screen: RouteName) -> Problem {
    let component = record.component;
    let why = text::show(record.why.as_deref().unwrap_or_default());
    let state = match record.state {
        RestartState::Done => "done",
        RestartState::Begun => "cut off",
        _ => "failed",
    };
    let words = if why.is_empty() { format!("{component}: {state}") } else { format!("{component}: {why}") };
    if record.state != RestartState::Done {
        let left = if queue.is_empty() { String::new() } else { format!("; {} not begun", queue.len()) };
        return Problem::new(format!("{component} {state}: {why}{left}"));
    }
    let proven = &world.alive.proven;
    let rest = to_restart(world).iter().filter(|component| !proven.contains(component)).count();
    if rest == 0 && proven.len() > 1 && serving_old(world).is_empty() {
        let is_served = |truth: &Truth| matches!(truth.served, Seen::Served { is_on_disk: Some(true), .. });
        let serves =
            |one: &Component| world.alive.truths.iter().any(|truth| truth.component == Some(*one) && is_served(truth));
        let verb = if proven.iter().all(serves) { "serve" } else { "hold" };
        return Problem::new(format!("all {} components {verb} the new certificates", proven.len()));
    }
    Problem::new(format!("{words}{}", holding(world, rest, screen)))
}

/// "; 3 components still hold the old ones: A restarts them".
fn holding(world: &World, number: usize, screen: RouteName) -> String {
    let (hold, one, them) = if number == 1 { ("holds", "the old one", "it") } else { ("hold", "the old ones", "them") };
    if number == 0 {
        return String::new();
    }
    let can = world.reading.unrestartable.is_none() && world.read_only().is_none();
    let how = if can { format!(": {} restarts {them}", keys_to_all(world, screen)) } else { String::new() };
    format!("; {} still {hold} {one}{how}", count::of(number, "component"))
}

/// The keys that restart all from the screen of this name: "A", or "0 A" where first the list must be seen.
pub(crate) fn keys_to_all(world: &World, screen: RouteName) -> String {
    let key = |action| world.keymap.keys(action).first().map(ToString::to_string).unwrap_or_default();
    let all = key(Action::RestartAll);
    if Action::RestartAll.row().is_for(screen) { all } else { format!("{} {all}", key(Action::Served)) }
}

/// What was cut off in the middle, as the first look at the history tells.
pub fn interrupted(world: &World) -> Option<Problem> {
    let open = open_restarts(world);
    let begun: Vec<Component> =
        open.iter().filter(|one| one.state == RestartState::Begun).map(|one| one.component).collect();
    let key = world.keymap.keys(Action::History).first().map(ToString::to_string).unwrap_or_default();
    let was = count::word(begun.len(), "was", "were");
    (!begun.is_empty()).then(|| {
        Problem::new(format!("restarting {} {was} interrupted", joined(begun, ", ")))
            .hint(format!("{key} shows where it stands"))
    })
}

/// How many components want something, and "!" where what lies on the disk is no good.
pub(crate) fn wanting(world: &World) -> (usize, &'static str, bool) {
    let wanting = components(world, |truth| truth.verb != Verb::Nothing || is_mute(truth));
    let is_bad = world.alive.truths.iter().any(|truth| truth.verb == Verb::Replace);
    (wanting.len(), if is_bad { "!" } else { "" }, !wanting.is_empty())
}
