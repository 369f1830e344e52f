//! The jobs that plan and write, one after the other: a plan is kept from its making until it is applied or forgotten.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use time::OffsetDateTime;

use super::master::OpenMaster;
use super::recovery::recover_as_asked;
use super::shared::{Shared, ShownPlan, fault};
use crate::engine::change::{Failure, FailureKind};
use crate::engine::open::open;
use crate::model::{Event, Job, JobId, PlanId, PlanRefusal, Problem};
use crate::pki::text::printable;
use crate::plan::Request;
use crate::progress::Progress;
use crate::record::{History, Operation, PlanSummary};

/// Does one job and sends its answer.
pub(super) fn perform(shared: &Shared, id: JobId, job: Job) {
    match job {
        Job::Read | Job::Probe(_) | Job::Restart(_) => {}
        Job::Plan { plan, request } => {
            let made = catch_unwind(AssertUnwindSafe(|| make(shared, id, plan, &request)));
            let made = made.unwrap_or_else(|panic| Err(PlanRefusal::Problem(fault("planning", panic.as_ref()))));
            // Nobody waits for one that was forgotten meanwhile.
            if shared.is_wanted(plan) {
                shared.tell(Event::Planned { plan, summary: made.map(Box::new) });
            }
        }
        Job::Apply(plan) => {
            let turn = shared.turn();
            let done = catch_unwind(AssertUnwindSafe(|| apply(shared, id, plan)));
            let operation = done.unwrap_or_else(|panic| Err(fault("applying", panic.as_ref())));
            drop(turn);
            shared.tell(Event::Applied { plan, operation: operation.map(Box::new) });
            shared.written();
        }
        Job::Recover { id, way } => {
            let turn = shared.turn();
            let done = catch_unwind(AssertUnwindSafe(|| recover_as_asked(shared, &id, way)));
            let notices = done.unwrap_or_else(|panic| vec![fault("ending what was interrupted", panic.as_ref())]);
            drop(turn);
            for notice in notices {
                shared.tell(Event::Notice(notice));
            }
            // We were not heard by the watcher.
            shared.tell(Event::FilesChanged);
            shared.written();
        }
        Job::Skip(component) => {
            let skipped =
                shared.master().changer().and_then(|changer| changer.skip_restart(component).map_err(problem));
            if let Err(problem) = skipped {
                shared.tell(Event::Notice(problem));
            }
            shared.tell(Event::History(history(shared)));
        }
        Job::History => {
            let read = catch_unwind(AssertUnwindSafe(|| history(shared)));
            shared.tell(Event::History(read.unwrap_or_else(|panic| Err(fault("reading", panic.as_ref())))));
        }
    }
}

/// The plan is made from what the disk holds now, not from what the screen shows.
fn make(shared: &Shared, id: JobId, plan: PlanId, request: &Request) -> Result<PlanSummary, PlanRefusal> {
    let report = |progress: Progress| {
        shared.tell(Event::Progress { id, progress });
        shared.is_wanted(plan)
    };
    let (changer, inventory) = {
        let mut master = shared.master();
        let changer = master.changer().map_err(PlanRefusal::Problem)?;
        // A plan for files that are mixed would be a plan for nothing.
        if !changer.unfinished().unwrap_or_default().is_empty() {
            changer.finish_interrupted(&report).map_err(refusal)?;
        }
        let OpenMaster { options, verified, .. } = &mut *master;
        (changer, open(options, &report, verified).map_err(|error| refusal(error.into()))?)
    };
    changer.ready().map_err(refusal)?;
    let made = changer.prepare(&inventory, request, OffsetDateTime::now_utc(), &report).map_err(refusal)?;
    let summary = made.summary.clone();
    shared.keep(ShownPlan { id: plan, plan: made });
    Ok(summary)
}

fn refusal(failure: Failure) -> PlanRefusal {
    match failure.kind {
        FailureKind::Passphrase { path, wrong } => PlanRefusal::Passphrase { path, wrong },
        _ => PlanRefusal::Problem(problem(failure)),
    }
}

pub(super) fn problem(failure: Failure) -> Problem {
    failure.problem
}

fn apply(shared: &Shared, id: JobId, plan: PlanId) -> Result<Operation, Problem> {
    let Some(ShownPlan { plan, .. }) = shared.take(plan) else {
        return Err(Problem::new("this plan is not kept any more").hint("make it again"));
    };
    let mut master = shared.master();
    let changer = master.changer()?;
    master.log.tell(&format!("apply {}", printable(&plan.summary.title)));
    let report = |progress: Progress| {
        shared.tell(Event::Progress { id, progress });
        true
    };
    let done = changer.apply(&plan, &report).map_err(problem);
    master.log.tell(&match &done {
        Ok(operation) => format!("operation {} is {}", operation.id, operation.state.word()),
        Err(problem) => format!("not applied: {}", printable(&problem.line())),
    });
    done
}

pub(super) fn history(shared: &Shared) -> Result<Arc<History>, Problem> {
    let changer = shared.master().changer()?;
    changer.records().map(Arc::new).map_err(problem)
}
