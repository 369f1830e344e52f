//! What runs, step by step: ports are asked, components restarted one after the other. Each step
//! says what follows.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::kubernetes::component::Component;
use crate::model::change::ChangeProgress;
use crate::model::running::{Probing, Restarting};
use crate::model::world::World;
use crate::model::{Effect, Job, JobId, Problem, RouteName};
use crate::record::{History, OperationState, RestartRecord, RestartState};
use crate::running::{Observation, ProbeTarget};
use crate::ui::restarts;
use crate::words::recovery;

/// What became of a restart, and what its ports said then.
pub(super) type RestartOutcome = Result<Box<(RestartRecord, Observation)>, Problem>;

/// Has ports asked; the newest question wins.
pub(super) fn probe(world: &mut World, job: JobId, asked: Vec<ProbeTarget>) -> Vec<Effect> {
    let words = restarts::asking(world, &asked);
    world.running.probing = Some(Probing { job, words });
    vec![Effect::start(job, Job::Probe(asked)), Effect::Refresh]
}

/// Takes what ports answered; that is said on the screen of this name.
pub(super) fn observed(
    world: &mut World,
    id: JobId,
    observation: Result<Box<Observation>, Problem>,
    screen: RouteName,
) -> Vec<Effect> {
    // A late answer is still one: of each port the newest is kept.
    let is_newest = world
        .running
        .probing
        .take_if(|probing| probing.job == id)
        .is_some();
    match observation {
        Ok(observation) => {
            let of: Vec<Arc<str>> = observation
                .answers
                .iter()
                .map(|answer| answer.of.clone())
                .collect();
            saw(world, *observation);
            let said = is_newest.then(|| Effect::Say(restarts::answered(world, &of, screen)));
            [Effect::Judged].into_iter().chain(said).collect()
        }
        Err(problem) => trouble(world, problem),
    }
}

/// Takes what was seen. It is judged for its own moment: a certificate made since the reading is no
/// fault.
fn saw(world: &mut World, observation: Observation) {
    let seen_at = observation.answers.iter().map(|answer| answer.at).max();
    world.now = seen_at.map_or(world.now, |at| at.max(world.now));
    world.running.observation.take(observation);
    world.judge();
}

fn trouble(world: &mut World, problem: Problem) -> Vec<Effect> {
    world.judge();
    vec![Effect::Trouble(problem), Effect::Judged]
}

/// Restarts components one after the other.
pub(super) fn restart(world: &mut World, job: JobId, components: Vec<Component>) -> Vec<Effect> {
    let is_busy = world
        .change
        .as_ref()
        .is_some_and(ChangeProgress::is_under_way);
    if is_busy || world.running.restarting.is_some() {
        return vec![Effect::Say(Problem::new("a change is under way"))];
    }
    world.running.proven.clear();
    next(world, job, components.into())
}

fn next(world: &mut World, job: JobId, mut queue: VecDeque<Component>) -> Vec<Effect> {
    let Some(component) = queue.pop_front() else {
        return Vec::new();
    };
    world.running.restarting = Some(Restarting {
        component,
        job,
        said: None,
        queue,
    });
    vec![Effect::start(job, Job::Restart(component)), Effect::Refresh]
}

/// Takes what became of a restart; that is said on the screen of this name. `job` is that of the
/// next one.
pub(super) fn restarted(
    world: &mut World,
    job: JobId,
    component: Component,
    outcome: RestartOutcome,
    screen: RouteName,
) -> Vec<Effect> {
    let is_it = |restarting: &mut Restarting| restarting.component == component;
    let restarting = world.running.restarting.take_if(is_it);
    let is_mine = restarting.is_some();
    let mut queue = restarting
        .map(|restarting| restarting.queue)
        .unwrap_or_default();
    let mut effects = vec![Effect::ReadHistory];
    match outcome {
        Ok(outcome) => {
            let (record, observation) = *outcome;
            remember(world, &record);
            saw(world, observation);
            let is_done = record.state == RestartState::Done;
            if is_done && is_mine {
                world.running.proven.push(component);
            }
            effects.extend([
                Effect::Judged,
                Effect::Say(restarts::ended(world, &record, &queue, screen)),
            ]);
            if is_done {
                // One restart may have been that of others too: in k3s one process is all of them.
                queue.retain(|waiting| !ended_with(world, *waiting, &record));
                effects.extend(next(world, job, queue));
            }
        }
        Err(problem) => effects.extend(trouble(world, problem)),
    }
    effects
}

/// What became of a restart stands in the operations at once; the history that is read again
/// confirms it.
fn remember(world: &mut World, record: &RestartRecord) {
    let Some(Ok(history)) = &mut world.history else {
        return;
    };
    let operations = Arc::make_mut(history)
        .operations
        .iter_mut()
        .filter(|one| one.state == OperationState::Done);
    for known in operations.flat_map(|operation| &mut operation.restarts) {
        let may_be_done = known.state.is_open() || known.state == RestartState::Skipped;
        if known.component == record.component && may_be_done {
            *known = record.clone();
        }
    }
}

/// Whether an operation knows that a component was restarted at the very moment of this one.
fn ended_with(world: &World, component: Component, record: &RestartRecord) -> bool {
    let operations = world
        .history
        .iter()
        .flatten()
        .flat_map(|history| history.operations.iter());
    let mut known = operations.flat_map(|operation| &operation.restarts);
    known.any(|known| *known == RestartRecord::along(component, record))
}

/// Takes what was done so far; the first time it says what was cut off.
pub(super) fn history(world: &mut World, history: Result<Arc<History>, Problem>) -> Vec<Effect> {
    match &history {
        Ok(history) => history
            .damaged
            .iter()
            .for_each(|one| world.keep(&Problem::new(recovery::damaged(one)))),
        Err(problem) => world.keep(problem),
    }
    let is_first = world.history.is_none();
    world.history = Some(history);
    world.judge_running();
    let cut_off = restarts::interrupted(world).filter(|_| is_first);
    cut_off
        .map(Effect::Trouble)
        .into_iter()
        .chain([Effect::Refresh])
        .collect()
}
