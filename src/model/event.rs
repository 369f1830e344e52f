//! What the runtime tells the application.

use std::sync::Arc;

use time::OffsetDateTime;

use super::{JobId, Key, Pasted, PlanId, Problem, Reading};
use crate::kubernetes::component::Component;
use crate::progress::Progress;
use crate::record::{History, Ledger, Operation, PlanSummary, RestartRecord};
use crate::running::Observation;

/// One thing that happened. Time comes in only here, so that tests set the date.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A key.
    Key(Key),
    /// Pasted text: never a command.
    Paste(String),
    /// The mouse.
    Mouse(Mouse),
    /// The terminal has this size now, in cells.
    Resize {
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
    },
    /// How far a job is.
    Progress {
        /// Which job.
        id: JobId,
        /// How far.
        progress: Progress,
    },
    /// The answer to [`super::Job::Read`].
    Read {
        /// Which job.
        id: JobId,
        /// When it was read.
        at: OffsetDateTime,
        /// What was read, or why nothing could be.
        reading: Result<Reading, Problem>,
    },
    /// The answer to [`super::Job::Plan`].
    Planned {
        /// Which plan.
        plan: PlanId,
        /// What it would do, or why there is none.
        summary: Result<Box<PlanSummary>, PlanRefusal>,
    },
    /// The answer to [`super::Job::Apply`]: the operation, rolled back ones too, or why there is
    /// none.
    Applied {
        /// Which plan.
        plan: PlanId,
        /// What was done.
        operation: Result<Box<Operation>, Problem>,
    },
    /// The answer to [`super::Job::Probe`].
    Observed {
        /// Which job.
        id: JobId,
        /// What was seen, or why nothing could be looked at.
        observation: Result<Box<Observation>, Problem>,
    },
    /// The answer to [`super::Job::Restart`].
    Restarted {
        /// Which component.
        component: Component,
        /// What became of it, and what was seen then; or why it was not begun.
        outcome: Result<Box<(RestartRecord, Observation)>, Problem>,
    },
    /// The answer to [`super::Job::History`], newest first; sent also after a recovery and when a
    /// restart was written down.
    History(Result<Arc<History>, Problem>),
    /// The answer to [`super::Job::Ledger`].
    Ledger(Result<Arc<Ledger>, Problem>),
    /// The answer to [`super::Job::Look`].
    Pasted {
        /// Which job.
        id: JobId,
        /// What it holds, or why it was not read.
        pasted: Result<Box<Pasted>, Problem>,
    },
    /// Half a second has passed since the frame after [`super::Command::Settle`].
    Settled(u64),
    /// Files of the PKI have changed on the disk.
    FilesChanged,
    /// The moment that was asked for has come.
    Moment(OffsetDateTime),
    /// Something to tell the user.
    Notice(Problem),
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanRefusal {
    /// It must not be done, or cannot.
    Problem(Problem),
    /// This CA key is encrypted: the request needs its passphrase.
    Passphrase {
        /// The key's file.
        path: String,
        /// True where one was given, and it is not the right one.
        wrong: bool,
    },
}

impl From<Problem> for PlanRefusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// What the mouse did, and where (cells from the top left, counted from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// What it did.
    pub kind: MouseKind,
    /// The column.
    pub column: u16,
    /// The row.
    pub row: u16,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button went down.
    Click,
    /// The wheel went up one notch.
    WheelUp,
    /// The wheel went down one notch.
    WheelDown,
}
