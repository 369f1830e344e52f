//! The jobs that plan and write, one after the other: a plan is kept from its making until it is applied or forgotten.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use time::OffsetDateTime;

use super::master::OpenMaster;
use super::shared::{Shared, ShownPlan, fault};
use crate::engine::change::{Changer, Ending, Failure, FailureKind, Interrupted, Recovered, RecoveryOutcome};
use crate::engine::open::open;
use crate::model::{Event, Job, JobId, PlanId, PlanRefusal, Problem};
use crate::pki::text::printable;
use crate::plan::Request;
use crate::progress::Progress;
use crate::record::{History, Operation, PlanSummary, RecoveryWay};
use crate::words::recovery;

/// How an operation is ended by name.
const ON_ITS_PAGE: &str = "its page in the history ends it, one way or the other";

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

/// Before the first reading: what was interrupted is finished, or, where nothing may be written, only told.
pub(super) fn recover_once(shared: &Shared, master: &mut OpenMaster) -> Result<(), Problem> {
    let changer = master.changer()?;
    if std::mem::replace(&mut master.is_recovered, true) {
        return Ok(());
    }
    // A state folder that cannot be read costs the history, never the view: the history's own job says so.
    let survey = changer.survey().unwrap_or_default();
    let damaged = survey.damaged.iter().map(recovery::damaged).map(Problem::new);
    let notices = match survey.interrupted.as_slice() {
        // To look costs less than to take locks, and needs no permission to write.
        [] => Vec::new(),
        interrupted if master.read_only => {
            interrupted.iter().map(|one| left(one).hint("start kubepki without --read-only to finish it")).collect()
        }
        interrupted if changer.must_ask() => interrupted.iter().map(|one| left(one).hint(ON_ITS_PAGE)).collect(),
        _ => recover(shared, &changer),
    };
    for notice in notices.into_iter().chain(damaged) {
        master.log.tell(&printable(&notice.line()));
        shared.tell(Event::Notice(notice));
    }
    Ok(())
}

fn recover_as_asked(shared: &Shared, id: &str, way: RecoveryWay) -> Vec<Problem> {
    let mut master = shared.master();
    let recovered = master.changer().and_then(|changer| {
        let ending = Ending { id: Some(id.to_owned()), way: Some(way) };
        let recovered = changer.recover(&ending, &crate::progress::silent).map_err(problem)?;
        Ok(recovered.into_iter().map(|one| told(&one, &changer)).collect())
    });
    let mut notices: Vec<Problem> = recovered.unwrap_or_else(|problem| vec![problem]);
    if notices.is_empty() {
        notices.push(Problem::new("it is not interrupted any more"));
    }
    for notice in &notices {
        master.log.tell(&printable(&notice.line()));
    }
    notices
}

fn left(interrupted: &Interrupted) -> Problem {
    let Interrupted { operation, is_sealed, .. } = interrupted;
    recovery::interrupted(&recovery::titled(operation), operation, *is_sealed)
}

fn recover(shared: &Shared, changer: &Changer) -> Vec<Problem> {
    match changer.recover(&Ending::default(), &crate::progress::silent) {
        Ok(recovered) => {
            let history = changer.records().map(Arc::new).map_err(problem);
            shared.tell(Event::History(history));
            recovered.into_iter().map(|one| told(&one, changer)).collect()
        }
        Err(failure) => vec![problem(failure)],
    }
}

fn told(recovered: &Recovered, changer: &Changer) -> Problem {
    let name = recovery::titled(&recovered.operation);
    let told = recovery::ended(&name, recovered, || changer.choose(&recovered.operation.id));
    match recovered.how {
        RecoveryOutcome::Unsealed => told.hint(ON_ITS_PAGE),
        _ => told,
    }
}
