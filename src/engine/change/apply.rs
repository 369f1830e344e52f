//! From a plan to an operation: tried before the plan is shown, done once somebody has said yes.

use rustix::process::geteuid;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use super::{Changer, Failure, FailureKind, Ground};
use crate::pki::hex;
use crate::plan::Plan;
use crate::progress::Report;
use crate::record::{By, Operation, Reason};
use crate::store::apply::{self, Order, apply};
use crate::store::journal::{self, STAMP};
use crate::store::{guarded, state, users};

/// An older plan is made again: what it was made from may be no more what it seems.
const OLDEST: Duration = Duration::hours(1);

/// The number that stands for "nobody has logged in" in `/proc/self/loginuid` (audit's
/// AUDIT_UID_UNSET).
const UNSET: u32 = u32::MAX;

impl Changer {
    /// Applies a plan and remembers it. What was interrupted before is finished first.
    ///
    /// # Errors
    /// [`Failure`]: no file of the master was changed. An operation that failed on the way is no
    /// error: its state and its `error` say what became of it.
    pub fn apply(&self, plan: &Plan, report: Report<'_>) -> Result<Operation, Failure> {
        self.refuse_read_only()?;
        if plan.changes.is_empty() {
            return Err(Failure::refused("there is nothing to do"));
        }
        let now = OffsetDateTime::now_utc();
        if now - plan.moment > OLDEST {
            return Err(
                Failure::refused("this plan was made more than an hour ago").hint("make it again")
            );
        }
        let ground = self.records.ground()?;
        // What is being restarted may read any file at any moment.
        let _turn = state::turn_to_change(ground.keeper_of(plan))?;
        self.finish_interrupted(report)?;
        // The journal is what counts; the index follows it at the next reading.
        Ok(apply(
            &order(&ground, plan, now)?,
            &OffsetDateTime::now_utc,
            report,
        )?)
    }
}

/// What is known to stand in the way is said before anybody says yes.
pub(super) fn rehearse(ground: &Ground, plan: &mut Plan) -> Result<(), Failure> {
    if plan.changes.is_empty() {
        return Ok(());
    }
    let rehearsed = apply::rehearse(&order(ground, plan, plan.moment)?);
    if let Err(error) = rehearsed {
        let failure = Failure::from(error);
        plan.summary
            .warn_first(format!("it cannot be done now: {failure}"));
        plan.summary.asks = vec![Reason::Warning(0)];
    }
    Ok(())
}

/// The plan as an operation that begins now, with the folder that keeps it.
fn order<'a>(
    ground: &'a Ground,
    plan: &'a Plan,
    now: OffsetDateTime,
) -> Result<Order<'a>, Failure> {
    let state = ground.keeper_of(plan);
    Ok(Order {
        root: &ground.root,
        state,
        also: ground.also(state, plan),
        plan,
        id: new_id(now, &journal::ids(state)?)?,
        by: by(),
        started_at: now,
    })
}

/// A name for an operation that begins now, fit for a file's name, as "20261122T031205Z-4f2a9c". It
/// sorts behind all of `kept`, those in the folder that will keep it, whatever the clock says: what
/// was done last is found by order.
fn new_id(now: OffsetDateTime, kept: &[String]) -> Result<String, Failure> {
    let mut random = [0; 3];
    let filled = aws_lc_rs::rand::fill(&mut random);
    let fault =
        |why: &str| Failure::new(FailureKind::Internal, "the operation gets no name").because(why);
    filled.map_err(|_| fault("the system gives no random numbers"))?;
    let stamp = behind(kept, now)
        .format(STAMP)
        .map_err(|error| fault(&error.to_string()))?;
    Ok(format!("{stamp}-{}", hex(&random)))
}

/// Now, or a second after the last of these names where the clock is not yet there again.
fn behind(ids: &[String], now: OffsetDateTime) -> OffsetDateTime {
    let stamps = ids
        .iter()
        .filter_map(|id| PrimitiveDateTime::parse(id.split('-').next()?, STAMP).ok());
    let next = stamps
        .max()
        .and_then(|last| last.assume_utc().checked_add(Duration::SECOND));
    next.map_or(now, |next| next.max(now))
}

/// Who runs this process.
fn by() -> By {
    let number = geteuid().as_raw();
    let login = guarded::proc_text("/proc/self/loginuid");
    By {
        user: users::name_of(number).unwrap_or_else(|| number.to_string()),
        sudo_user: variable("SUDO_USER"),
        login_uid: login.trim().parse().ok().filter(|number| *number != UNSET),
        ssh_connection: variable("SSH_CONNECTION"),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn names_sort_by_time_and_are_fit_for_files() {
        let id = new_id(datetime!(2026-11-22 03:12:05 UTC), &[]).unwrap();
        assert!(
            id.starts_with("20261122T031205Z-") && id.len() == 23,
            "{id}"
        );
        assert!(id < new_id(datetime!(2026-11-22 03:12:06 UTC), &[]).unwrap());
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_change_the_order() {
        let mut ids: Vec<String> = Vec::new();
        for now in [
            datetime!(2026-11-22 03:12:05 UTC),
            datetime!(2026-11-22 03:12:05.9 UTC),
            datetime!(2019-01-01 00:00 UTC),
            datetime!(2026-11-22 03:12:06 UTC),
            datetime!(2026-11-22 03:12:08 UTC),
            datetime!(2030-01-01 00:00 UTC),
            datetime!(2026-11-22 03:13 UTC),
        ] {
            let id = new_id(now, &ids).unwrap();
            ids.push(id);
        }
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(ids[2].starts_with("20261122T031207Z-"), "{ids:?}");
    }

    #[test]
    fn names_of_others_and_the_end_of_time_are_endured() {
        let now = datetime!(2026-11-22 03:12:05 UTC);
        for (id, expected) in [
            ("zzzz", now),
            ("20261340T031205Z-4f2a9c", now),
            ("99991231T235959Z-4f2a9c", now),
            (
                "99991231T235958Z-4f2a9c",
                datetime!(9999-12-31 23:59:59 UTC),
            ),
            ("20261122T031205Z", datetime!(2026-11-22 03:12:06 UTC)),
        ] {
            assert_eq!(behind(&[id.to_owned()], now), expected, "{id}");
        }
    }
}
