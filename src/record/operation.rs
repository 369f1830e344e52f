//! What was done: one operation, as its journal and the history keep it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::path_state::PathState;
use super::plan_kind::PlanKind;
use super::plan_summary::{PlanSummary, RestartSummary};
use crate::inventory::process::{Process, SinceBoot};
use crate::kubernetes::component::Component;

/// One application of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Sorts by time and is fit for a file's name, as "20261122T031205Z-4f2a9c".
    pub id: String,
    /// The master's root on this machine, absolute.
    pub root: String,
    /// What was planned.
    pub plan: PlanSummary,
    /// How far it came.
    pub state: OperationState,
    /// Who did it.
    pub by: By,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// When it ended, in whatever way.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// The same by the kernel's own clock, where it could be read.
    #[serde(default)]
    pub ended_since_boot: Option<SinceBoot>,
    /// Why it did not do what was planned.
    pub error: Option<String>,
    /// What became of the programs that hold changed files.
    pub restarts: Vec<RestartRecord>,
    /// The operation that this one takes back.
    pub undoes: Option<String>,
    /// The operation that took this one back.
    pub undone_by: Option<String>,
}

/// What was done so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The newest first.
    pub operations: Vec<Operation>,
    /// Records that are of no use, the oldest first: what they say of is no part of `operations`.
    pub damaged: Vec<Damaged>,
}

impl From<Vec<Operation>> for History {
    fn from(operations: Vec<Operation>) -> Self {
        Self {
            operations,
            damaged: Vec::new(),
        }
    }
}

/// The record of an operation that cannot be read, or is none that kubepki could have written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// The operation's id.
    pub id: String,
    /// What is wrong with it.
    pub why: String,
}

impl Operation {
    /// One that has done nothing, for tests.
    #[cfg(test)]
    pub(crate) fn empty(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            root: "/".to_owned(),
            plan: PlanSummary::default(),
            state: OperationState::Done,
            by: By::default(),
            started_at: OffsetDateTime::UNIX_EPOCH,
            ended_at: None,
            ended_since_boot: None,
            error: None,
            restarts: Vec::new(),
            undoes: None,
            undone_by: None,
        }
    }

    /// What kind of plan takes this operation back: what takes an undo back does the first thing
    /// again.
    pub fn undone_as(&self) -> PlanKind {
        let old = || {
            self.undoes
                .as_ref()
                .map(|_| PlanKind::of_title(&self.plan.title))
        };
        match self.plan.kind.clone().or_else(old) {
            Some(PlanKind::Undo(first)) => PlanKind::Redo(first),
            Some(PlanKind::Redo(first)) => PlanKind::Undo(first),
            _ => PlanKind::Undo(self.plan.title.clone()),
        }
    }

    /// Whether a process surely began after the last file had changed, and so read the new ones.
    /// What one holds that began while files were being changed, nobody knows.
    pub fn is_before(&self, process: &Process) -> bool {
        let clocks = process
            .since_boot
            .as_ref()
            .zip(self.ended_since_boot.as_ref());
        let by_kernel = clocks.and_then(|(began, ended)| began.is_after(ended));
        // The machine was started again since, or nobody kept that clock: there is only the date.
        by_kernel.unwrap_or_else(|| {
            self.ended_at
                .is_some_and(|ended| process.started_at > ended)
        })
    }
}

/// How far an operation came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationState {
    /// Written down; no file of the PKI has changed.
    Prepared,
    /// Files are being swapped.
    Committing,
    /// All is as planned, read back.
    Done,
    /// All is as it was before.
    RolledBack,
    /// It was done, and a later operation took it back.
    Undone,
}

impl OperationState {
    /// True where a recovery has something to do.
    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Prepared | Self::Committing)
    }

    /// What it left behind, half a sentence; `None` where it came to its end.
    pub fn left_behind(self) -> Option<&'static str> {
        match self {
            Self::Prepared => Some("no file was changed, only temporary files are left"),
            Self::Committing => Some("files may be partly old and partly new"),
            Self::Done | Self::RolledBack | Self::Undone => None,
        }
    }

    /// The word in headless output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prepared | Self::Committing => "unfinished",
            Self::Done => "done",
            Self::RolledBack => "rolled-back",
            Self::Undone => "undone",
        }
    }
}

/// Which way an unfinished operation shall be ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryWay {
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
    pub how: RecoveryOutcome,
}

/// What was done with an unfinished operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecoveryOutcome {
    /// It was finished: all is as planned.
    Forward,
    /// It was taken back: all is as before.
    Back,
    /// No file of the PKI had been changed yet; its temporary files are gone.
    CleanedUp,
    /// Nothing was touched: its record bears no checksum, as those of earlier releases, and is gone
    /// by only where somebody names it.
    Unsealed,
    /// Nothing was touched: these files are neither as before nor as planned. The user chooses a
    /// [`RecoveryWay`].
    Stuck {
        /// A line for each, path and reason.
        files: Vec<String>,
    },
}

/// Who did something, as far as the system tells.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct By {
    /// The effective user's name, or its number.
    pub user: String,
    /// SUDO_USER.
    pub sudo_user: Option<String>,
    /// /proc/self/loginuid, where set.
    pub login_uid: Option<u32>,
    /// SSH_CONNECTION.
    pub ssh_connection: Option<String>,
}

/// What became of one program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestartRecord {
    /// Which.
    pub component: Component,
    /// How far its restart came.
    pub state: RestartState,
    /// The serial number that its port served before, where that was asked.
    pub served_before: Option<String>,
    /// The serial number that its port serves now, where that was asked.
    pub served_after: Option<String>,
    /// How it ended, a sentence: why it failed, or by what it is known to be done.
    #[serde(default)]
    pub why: Option<String>,
    /// When its state became what it is; `None`: with the operation.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub at: Option<OffsetDateTime>,
}

impl RestartRecord {
    /// One of which nothing is known yet.
    pub fn new(component: Component, required: bool) -> Self {
        Self {
            component,
            state: if required {
                RestartState::Needed
            } else {
                RestartState::ReloadsByItself
            },
            served_before: None,
            served_after: None,
            why: None,
            at: None,
        }
    }
}

impl RestartRecord {
    /// One that the restart of `other` restarted too.
    pub fn along(component: Component, other: &Self) -> Self {
        let why = Some(format!("it was restarted with {}", other.component));
        Self {
            state: other.state,
            at: other.at,
            why,
            ..Self::new(component, true)
        }
    }
}

impl From<&RestartSummary> for RestartRecord {
    /// What the plan says of it.
    fn from(planned: &RestartSummary) -> Self {
        let record = Self::new(planned.component, planned.required);
        let is_shown = record.state == RestartState::ReloadsByItself && planned.shows;
        Self {
            state: if is_shown {
                RestartState::Unproven
            } else {
                record.state
            },
            ..record
        }
    }
}

/// How far a restart came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestartState {
    /// It holds the old files until it is restarted.
    Needed,
    /// It reads the files again by itself, and nothing shows whether it did.
    ReloadsByItself,
    /// It reads the files again by itself, and its port will show whether it did.
    Unproven,
    /// It is being restarted, or whoever did was cut off.
    Begun,
    /// It serves the new certificate, or is younger than the files.
    Done,
    /// It was restarted, or could not be, and that did not show what it should.
    Failed,
    /// The user left it as it is.
    Skipped,
}

impl RestartState {
    /// Whether somebody must still do something.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::Needed | Self::Unproven | Self::Begun | Self::Failed
        )
    }

    /// The word in headless output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Needed => "needed",
            Self::ReloadsByItself => "reloads-by-itself",
            Self::Unproven => "unproven",
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One path in an operation's journal: all that recovery and undo need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// The path, as on the master, as the plan named it.
    pub path: String,
    /// The path that is really swapped: links on the way are resolved, below the root.
    pub target: String,
    /// The temporary file's name beside the target; empty where none is needed.
    pub temporary: String,
    /// How the path stood.
    pub before: PathState,
    /// How it shall stand.
    pub after: PathState,
    /// The old content's file below the operation's `before/`; `None` where there was none.
    pub backup: Option<String>,
}
