//! The jobs that plan and write: a plan is kept from its making until it is applied or forgotten.

use std::sync::Arc;

use time::OffsetDateTime;

use super::shared::{Shared, caught};
use crate::engine::change::{Failure, FailureKind};
use crate::model::{Event, JobId, PlanId, PlanRefusal, Problem};
use crate::pki::text::printable;
use crate::plan::Request;
use crate::progress::Progress;
use crate::record::{History, Operation, PlanSummary};
use crate::words::ledger as words;

/// Makes a plan, keeps it, and tells what it would do.
pub(super) fn plan(shared: &Shared, id: JobId, plan: PlanId, request: &Request) {
    let summary = caught("planning", || make(shared, id, plan, request));
    // Nobody waits for one that was forgotten meanwhile.
    if shared.is_wanted(plan) {
        shared.tell(Event::Planned {
            plan,
            summary: summary.map(Box::new),
        });
    }
}

/// The plan is made from what the disk holds now, not from what the screen shows.
fn make(
    shared: &Shared,
    id: JobId,
    plan: PlanId,
    request: &Request,
) -> Result<PlanSummary, PlanRefusal> {
    let report = |progress: Progress| {
        shared.tell(Event::Progress { id, progress });
        shared.is_wanted(plan)
    };
    let (changer, inventory) = {
        let mut master = shared.master();
        let changer = master.changer()?;
        // A plan for files that are mixed would be a plan for nothing.
        if !changer
            .records()
            .unfinished()
            .unwrap_or_default()
            .is_empty()
        {
            changer.finish_interrupted(&report)?;
        }
        (changer, master.read(&report).map_err(Failure::from)?)
    };
    changer.ready()?;
    let made = changer.prepare(&inventory, request, OffsetDateTime::now_utc(), &report)?;
    let summary = made.summary.clone();
    shared.keep(plan, made);
    Ok(summary)
}

impl From<Failure> for PlanRefusal {
    fn from(failure: Failure) -> Self {
        match failure.kind {
            FailureKind::Passphrase { path, wrong } => Self::Passphrase { path, wrong },
            _ => Self::Problem(failure.into()),
        }
    }
}

/// Applies the plan that was shown, and tells what became of it.
pub(super) fn apply(shared: &Shared, id: JobId, plan: PlanId) {
    let turn = shared.turn();
    let operation = caught("applying", || carry_out(shared, id, plan));
    drop(turn);
    shared.tell(Event::Applied {
        plan,
        operation: operation.map(Box::new),
    });
}

fn carry_out(shared: &Shared, id: JobId, plan: PlanId) -> Result<Operation, Problem> {
    let Some(plan) = shared.take(plan) else {
        return Err(Problem::new("this plan is not kept any more").hint("make it again"));
    };
    let mut master = shared.master();
    let changer = master.changer()?;
    master
        .log
        .tell(&format!("apply {}", printable(&plan.summary.title)));
    let report = |progress: Progress| {
        shared.tell(Event::Progress { id, progress });
        true
    };
    let done = changer.apply(&plan, &report).map_err(Problem::from);
    master.log.tell(&match &done {
        Ok(operation) => format!("operation {} is {}", operation.id, operation.state.word()),
        Err(problem) => format!("not applied: {}", printable(&problem.line())),
    });
    done
}

/// Tells what was done so far.
pub(super) fn history(shared: &Shared) {
    shared.tell(Event::History(caught("reading", || records(shared))));
}

/// Brings the ledger up to date with what was read last, and tells it; where it cannot be written
/// it is shown all the same.
pub(super) fn ledger(shared: &Shared) {
    let ledger = caught("reading the ledger", || {
        let (changer, inventory) = {
            let mut master = shared.master();
            (master.changer()?, master.inventory.clone())
        };
        let moment = OffsetDateTime::now_utc();
        if let Err(failure) = changer.keep_ledger(&inventory, moment) {
            shared.tell(Event::Notice(words::unwritten(failure.into())));
        }
        let ledger = changer.records().ledger_with(&inventory, moment)?;
        Ok::<_, Problem>(Arc::new(ledger))
    });
    shared.tell(Event::Ledger(ledger));
}

fn records(shared: &Shared) -> Result<Arc<History>, Problem> {
    let changer = shared.master().changer()?;
    Ok(Arc::new(changer.records().history()?))
}
