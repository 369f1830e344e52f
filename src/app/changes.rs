//! The application's part of a change: a plan is asked for, looked at, applied, and what became of it is said.

use super::App;
use crate::model::{Action, Command, Job, JobId, PlanId, PlanRefusal, Problem, Route, RouteName};
use crate::pki::Secret;
use crate::plan::{Passphrase, Request};
use crate::record::{Operation, PlanSummary};
use crate::ui::change::{self, Change, Next, Stage};

impl App {
    /// Takes the words of a refusal away where nothing refuses it any more: the plan is made now.
    pub(super) fn grant(&mut self) {
        let holds = |(action, _): &mut (Action, Problem)| self.stack.refusal(&self.world, *action).is_none();
        if let Some((_, said)) = self.refused.take_if(holds)
            && self.toast.as_ref() == Some(&said)
        {
            self.toast = None;
        }
    }

    /// Has a plan made; the one before is forgotten. Its review opens now, or only where it must be looked at.
    pub(super) fn plan(&mut self, request: Request, at_once: bool) -> Vec<Command> {
        if self.world.change.as_ref().is_some_and(Change::is_under_way) {
            self.toast = Some(Problem::new("a change is under way"));
            return Vec::new();
        }
        let before = self.world.change.take().map(|change| Command::Forget(change.plan));
        let plan = PlanId(self.newest_job.0 + 1);
        let start = self.start_job(Job::Plan { plan, request: request.clone() });
        self.world.change = Some(Change::new(plan, self.newest_job, request, at_once));
        if !at_once {
            self.stack.cut(&[RouteName::Review]);
            self.open(Route::Review);
        }
        before.into_iter().chain([start]).collect()
    }

    /// The same plan once more, with the passphrase of the CA's key.
    pub(super) fn unlock(&mut self, passphrase: Secret) -> Vec<Command> {
        let Some(change) = &self.world.change else { return Vec::new() };
        let (mut request, at_once) = (change.request.clone(), change.at_once);
        if let (Some(known), Stage::Passphrase { path, .. }) = (request.passphrases(), &change.stage) {
            known.push(Passphrase { asked_for: Some(path.clone()), text: passphrase });
        }
        self.plan(request, at_once)
    }

    pub(super) fn planned(&mut self, plan: PlanId, summary: Result<Box<PlanSummary>, PlanRefusal>) -> Vec<Command> {
        let next = change::planned(&mut self.world, plan, summary);
        self.follow(next)
    }

    pub(super) fn apply_plan(&mut self) -> Vec<Command> {
        let id = JobId(self.newest_job.0 + 1);
        let next = self.world.change.as_mut().and_then(|change| change.apply(id));
        next.map(|plan| self.start_job(Job::Apply(plan))).into_iter().collect()
    }

    pub(super) fn applied(&mut self, plan: PlanId, operation: Result<Box<Operation>, Problem>) -> Vec<Command> {
        // Its page takes the review's place.
        let has_page = self.stack.has(RouteName::Review);
        let screen = if has_page { RouteName::Operation } else { self.route().name() };
        let next = change::applied(&mut self.world, plan, operation, screen);
        let mut commands = self.follow(next);
        let is_mine =
            |change: &Change| matches!(change.stage, Stage::Reading | Stage::Refused(_)) && change.plan == plan;
        if self.world.change.as_ref().is_some_and(is_mine) {
            commands.push(self.read());
        }
        commands
    }

    /// Does what an answer about a plan leads to.
    fn follow(&mut self, next: Next) -> Vec<Command> {
        match next {
            Next::Forget(plan) => return vec![Command::Forget(plan)],
            Next::Apply => return self.apply_plan(),
            Next::Review if self.stack.has(RouteName::Review) => {}
            Next::Review => self.open(Route::Review),
            Next::Say(problem, forget) => {
                self.stack.cut(&[RouteName::Review]);
                self.toast = Some(problem);
                self.stack.refresh(&self.world);
                return forget.map(Command::Forget).into_iter().collect();
            }
            Next::Done { toast, page } => {
                if self.stack.has(RouteName::Review) || page.1 {
                    self.stack.cut(&[RouteName::Wizard, RouteName::Review]);
                    self.open(Route::Operation(page.0));
                }
                self.toast = Some(toast.clone());
                self.outcome = Some(toast);
            }
        }
        self.stack.refresh(&self.world);
        Vec::new()
    }
}
