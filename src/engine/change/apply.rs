//! From a plan to an operation: tried before the plan is shown, done once somebody has said yes.

use time::{Duration, OffsetDateTime};

use super::naming::new_id;
use super::{Changer, Failure, Ground, who};
use crate::plan::Plan;
use crate::progress::Report;
use crate::record::{Operation, Reason};
use crate::store::apply::{self, Order, apply};
use crate::store::{journal, state};

/// An older plan is made again: what it was made from may be no more what it seems.
const OLDEST: Duration = Duration::hours(1);

impl Changer {
    /// Applies a plan and remembers it. What was interrupted before is finished first.
    ///
    /// # Errors
    /// [`Failure`]: no file of the master was changed. An operation that failed on the way is no error: its state
    /// and its `error` say what became of it.
    pub fn apply(&self, plan: &Plan, report: Report<'_>) -> Result<Operation, Failure> {
        self.refuse_read_only()?;
        if plan.changes.is_empty() {
            return Err(Failure::refused("there is nothing to do"));
        }
        let now = OffsetDateTime::now_utc();
        if now - plan.moment > OLDEST {
            return Err(Failure::refused("this plan was made more than an hour ago").hint("make it again"));
        }
        let ground = self.ground()?;
        let (root, state) = (&ground.root, ground.keeper_of(plan));
        // What is being restarted may read any file at any moment.
        let _turn = state::turn_to_change(state)?;
        self.finish_interrupted(report)?;
        let id = new_id(now, &journal::ids(state)?)?;
        let also = ground.also(state, plan);
        let order = Order { root, state, also, plan, id, by: who::by(), started_at: now };
        // The journal is what counts; the index follows it at the next reading.
        Ok(apply(&order, &OffsetDateTime::now_utc, report)?)
    }
}

/// What is known to stand in the way is said before anybody says yes.
pub(super) fn rehearse(ground: &Ground, plan: &mut Plan) -> Result<(), Failure> {
    if plan.changes.is_empty() {
        return Ok(());
    }
    let state = ground.keeper_of(plan);
    let order = Order {
        root: &ground.root,
        state,
        also: ground.also(state, plan),
        plan,
        id: new_id(plan.moment, &journal::ids(state)?)?,
        by: who::by(),
        started_at: plan.moment,
    };
    if let Err(error) = apply::rehearse(&order) {
        let failure = Failure::from(error);
        plan.summary.warn_first(format!("it cannot be done now: {failure}"));
        plan.summary.asks = vec![Reason::Warning(0)];
    }
    Ok(())
}
