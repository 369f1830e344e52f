//! The application's part in looking at what runs, and in restarts.

use std::collections::VecDeque;
use std::sync::Arc;

use super::App;
use crate::inventory::served::{Asked, Observation};
use crate::model::{Command, Job, JobId, Problem};
use crate::record::{RestartRecord, RestartState};
use crate::ui::alive::Restarting;
use crate::ui::change::Change;

impl App {
    /// Has ports asked; the newest question wins.
    pub(super) fn probe(&mut self, asked: Vec<Asked>) -> Vec<Command> {
        let start = self.start_job(Job::Probe(asked));
        self.world.alive.probing = Some(self.newest_job);
        vec![start]
    }

    pub(super) fn observed(&mut self, id: JobId, observation: Result<Box<Observation>, Problem>) -> Vec<Command> {
        self.world.alive.probing.take_if(|job| *job == id);
        match observation {
            Ok(observation) => self.world.alive.observation.take(*observation),
            Err(problem) => self.problem(problem),
        }
        self.rejudge()
    }

    /// Restarts components one after the other.
    pub(super) fn restart(&mut self, components: Vec<Arc<str>>) -> Vec<Command> {
        let is_busy = self.world.change.as_ref().is_some_and(Change::is_under_way);
        if is_busy || self.world.alive.restarting.is_some() {
            self.toast = Some(Problem::new("a change is under way"));
            return Vec::new();
        }
        self.restart_next(components.into())
    }

    fn restart_next(&mut self, mut queue: VecDeque<Arc<str>>) -> Vec<Command> {
        let Some(component) = queue.pop_front() else { return Vec::new() };
        let start = self.start_job(Job::Restart(component.clone()));
        let words = format!("restarting {component}");
        self.world.alive.restarting = Some(Restarting { component, job: self.newest_job, words, queue });
        self.stack.refresh(&self.world);
        vec![start]
    }

    pub(super) fn restarted(
        &mut self,
        component: &Arc<str>,
        outcome: Result<Box<(RestartRecord, Observation)>, Problem>,
    ) -> Vec<Command> {
        let is_it = |restarting: &mut Restarting| restarting.component == *component;
        let queue = self.world.alive.restarting.take_if(is_it).map(|restarting| restarting.queue).unwrap_or_default();
        let mut commands = vec![self.start_job(Job::History)];
        match outcome {
            Ok(outcome) => {
                let (record, observation) = *outcome;
                self.world.alive.observation.take(observation);
                let why = record.why.unwrap_or_default();
                self.toast = Some(Problem::new(format!("{component}: {why}")));
                if record.state == RestartState::Done {
                    commands.extend(self.restart_next(queue));
                }
            }
            Err(problem) => self.problem(problem),
        }
        commands.extend(self.rejudge());
        commands
    }
}
