//! The application's part in looking at what runs, and in restarts.

use std::collections::VecDeque;
use std::sync::Arc;

use super::App;
use crate::inventory::served::{Asked, Observation};
use crate::kubernetes::component::Component;
use crate::model::{Command, Job, JobId, Problem};
use crate::record::{History, OperationState, RestartRecord, RestartState};
use crate::ui::alive::{Probing, Restarting};
use crate::ui::change::Change;
use crate::ui::restarts;
use crate::words::recovery;

impl App {
    /// Has ports asked; the newest question wins.
    pub(super) fn probe(&mut self, asked: Vec<Asked>) -> Vec<Command> {
        let words = restarts::asking(&self.world, &asked);
        let start = self.start_job(Job::Probe(asked));
        self.world.alive.probing = Some(Probing { job: self.newest_job, words });
        self.stack.refresh(&self.world);
        vec![start]
    }

    pub(super) fn observed(&mut self, id: JobId, observation: Result<Box<Observation>, Problem>) -> Vec<Command> {
        // A late answer is still one: of each port the newest is kept.
        let is_newest = self.world.alive.probing.take_if(|probing| probing.job == id).is_some();
        match observation {
            Ok(observation) => {
                let of: Vec<Arc<str>> = observation.answers.iter().map(|answer| answer.of.clone()).collect();
                let commands = self.saw(*observation);
                if is_newest {
                    self.toast = Some(restarts::answered(&self.world, &of, self.route().name()));
                }
                commands
            }
            Err(problem) => {
                self.problem(problem);
                self.rejudge()
            }
        }
    }

    /// Takes what was seen. It is judged for its own moment: a certificate made since the reading is no fault.
    fn saw(&mut self, observation: Observation) -> Vec<Command> {
        let seen_at = observation.answers.iter().map(|answer| answer.at).max();
        self.world.now = seen_at.map_or(self.world.now, |at| at.max(self.world.now));
        self.world.alive.observation.take(observation);
        self.rejudge()
    }

    /// Restarts components one after the other.
    pub(super) fn restart(&mut self, components: Vec<Component>) -> Vec<Command> {
        let is_busy = self.world.change.as_ref().is_some_and(Change::is_under_way);
        if is_busy || self.world.alive.restarting.is_some() {
            self.toast = Some(Problem::new("a change is under way"));
            return Vec::new();
        }
        self.world.alive.proven.clear();
        self.restart_next(components.into())
    }

    fn restart_next(&mut self, mut queue: VecDeque<Component>) -> Vec<Command> {
        let Some(component) = queue.pop_front() else { return Vec::new() };
        let start = self.start_job(Job::Restart(component));
        self.world.alive.restarting = Some(Restarting { component, job: self.newest_job, said: None, queue });
        self.stack.refresh(&self.world);
        vec![start]
    }

    pub(super) fn restarted(
        &mut self,
        component: Component,
        outcome: Result<Box<(RestartRecord, Observation)>, Problem>,
    ) -> Vec<Command> {
        let is_it = |restarting: &mut Restarting| restarting.component == component;
        let restarting = self.world.alive.restarting.take_if(is_it);
        let is_mine = restarting.is_some();
        let mut queue = restarting.map(|restarting| restarting.queue).unwrap_or_default();
        let mut commands = vec![self.start_job(Job::History)];
        match outcome {
            Ok(outcome) => {
                let (record, observation) = *outcome;
                self.remember(&record);
                commands.extend(self.saw(observation));
                let is_done = record.state == RestartState::Done;
                if is_done && is_mine {
                    self.world.alive.proven.push(component);
                }
                self.toast = Some(restarts::ended(&self.world, &record, &queue, self.route().name()));
                if is_done {
                    // One restart may have been that of others too: in k3s one process is all of them.
                    queue.retain(|waiting| !self.ended_with(*waiting, &record));
                    commands.extend(self.restart_next(queue));
                }
            }
            Err(problem) => {
                self.problem(problem);
                commands.extend(self.rejudge());
            }
        }
        commands
    }

    /// Leaves a component as it is.
    pub(super) fn skip(&mut self, component: Component) -> Vec<Command> {
        vec![self.start_job(Job::Skip(component))]
    }

    /// What became of a restart stands in the operations at once; the history that is read again confirms it.
    fn remember(&mut self, record: &RestartRecord) {
        let Some(Ok(history)) = &mut self.world.history else { return };
        let operations = Arc::make_mut(history).operations.iter_mut().filter(|one| one.state == OperationState::Done);
        for known in operations.flat_map(|operation| &mut operation.restarts) {
            let may_be_done = known.state.is_open() || known.state == RestartState::Skipped;
            if known.component == record.component && may_be_done {
                *known = record.clone();
            }
        }
    }

    /// Whether an operation knows that a component was restarted at the very moment of this one.
    fn ended_with(&self, component: Component, record: &RestartRecord) -> bool {
        let operations = self.world.history.iter().flatten().flat_map(|history| history.operations.iter());
        let mut known = operations.flat_map(|operation| &operation.restarts);
        known.any(|known| *known == RestartRecord::along(component, record))
    }

    /// Takes what was done so far; the first time it says what was cut off.
    pub(super) fn history(&mut self, history: Result<Arc<History>, Problem>) {
        let problems = match &history {
            Ok(history) => history.damaged.iter().map(|one| Problem::new(recovery::damaged(one))).collect(),
            Err(problem) => vec![problem.clone()],
        };
        for problem in problems {
            if !self.world.problems.contains(&problem) {
                self.world.problems.push(problem);
            }
        }
        let is_first = self.world.history.is_none();
        self.world.history = Some(history);
        self.world.judge_alive();
        if is_first && let Some(problem) = restarts::interrupted(&self.world) {
            self.problem(problem);
        }
        self.stack.refresh(&self.world);
    }
}
