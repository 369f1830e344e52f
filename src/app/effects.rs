//! What the application does about effects.

use super::{App, change, restart};
use crate::model::world::World;
use crate::model::{Command, Effect, Job, JobId, Problem, Route};
use crate::ui::screens;

impl App {
    /// Applies them in order.
    pub(super) fn apply(&mut self, effects: Vec<Effect>) -> Vec<Command> {
        effects.into_iter().flat_map(|effect| self.apply_one(effect)).collect()
    }

    fn apply_one(&mut self, effect: Effect) -> Vec<Command> {
        match effect {
            Effect::Open(route) => self.open(route),
            Effect::Show(route) => {
                if !self.stack.has(route.name()) {
                    self.open(route);
                }
            }
            Effect::Leave(names) => self.stack.cut(names),
            Effect::Close => self.stack.close(),
            Effect::CloseAndRun(action) => {
                self.stack.close();
                return self.act(action);
            }
            Effect::CloseAndOpen(route) => {
                self.stack.close();
                self.open(route);
            }
            Effect::Copy { text, what } => {
                self.toast.say(Problem::new(format!("copied {what}")));
                return vec![Command::Copy(text)];
            }
            Effect::Say(problem) => self.toast.say(problem),
            Effect::SayOutcome(problem) => self.toast.say_outcome(problem),
            Effect::Trouble(problem) => self.problem(problem),
            Effect::SetLens(moment) => {
                self.world.lens = moment;
                return self.rejudge();
            }
            Effect::Select(id) => self.world.select(id),
            Effect::SelectNothing => self.world.selected.clear(),
            Effect::Plan(request) => return self.step(|world, job| change::ask(world, job, request, false)),
            Effect::Change(request) => return self.step(|world, job| change::ask(world, job, request, true)),
            Effect::Passphrase(typed) => return self.step(|world, job| change::unlock(world, job, typed)),
            Effect::Apply => return self.step(change::confirm),
            Effect::Recover { id, way } => {
                self.toast.say(Problem::new("ending what was interrupted"));
                return vec![self.start_job(Job::Recover { id, way })];
            }
            Effect::Read => return vec![self.read()],
            Effect::ReadHistory => return vec![self.start_job(Job::History)],
            Effect::Probe(asked) => return self.step(|world, job| restart::probe(world, job, asked)),
            Effect::Restart(components) => return self.step(|world, job| restart::restart(world, job, components)),
            Effect::Skip(component) => return vec![self.start_job(Job::Skip(component))],
            Effect::Refresh => self.stack.refresh(&self.world),
            Effect::Judged => return self.judged(),
            Effect::Command(command) => return vec![command],
            Effect::Run(action) => return self.act(action),
        }
        Vec::new()
    }

    /// One step of a change or of a restart, which may start a job of this number, and what follows from it.
    pub(super) fn step(&mut self, step: impl FnOnce(&mut World, JobId) -> Vec<Effect>) -> Vec<Command> {
        let job = self.next_job();
        let effects = step(&mut self.world, job);
        self.apply(effects)
    }

    pub(super) fn open(&mut self, route: Route) {
        if matches!(route, Route::Palette | Route::Help) {
            self.world.refusals = self.stack.refusals(&self.world);
            self.world.keys_below = self.stack.typing_keys(&self.world);
        }
        if self.route() != route {
            self.stack.push(screens::open(route, &self.world));
        }
    }

    pub(super) fn rejudge(&mut self) -> Vec<Command> {
        self.world.judge();
        self.judged()
    }

    fn judged(&mut self) -> Vec<Command> {
        self.stack.refresh(&self.world);
        vec![Command::Wake(self.world.judged.next_change.filter(|_| self.world.lens.is_none()))]
    }

    fn next_job(&mut self) -> JobId {
        self.newest_job.0 += 1;
        self.newest_job
    }

    pub(super) fn start_job(&mut self, job: Job) -> Command {
        Command::Start { id: self.next_job(), job }
    }

    pub(super) fn read(&mut self) -> Command {
        let command = self.start_job(Job::Read);
        self.newest_read = self.newest_job;
        command
    }
}
