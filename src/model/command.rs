//! What the application asks the runtime to do.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::kubernetes::component::Component;
use crate::pki::Secret;
use crate::plan::Request;
use crate::record::RecoveryWay;
use crate::running::ProbeTarget;

/// Numbers jobs in the order in which they were asked for, so that a late answer is known as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct JobId(pub u64);

/// Names the one plan that the runtime keeps: what was shown is what is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct PlanId(pub u64);

/// Work in the background, as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// Read the master again. The newest read wins: an older one is told to stop.
    Read,
    /// Make a plan and keep it under this id, in place of any that is kept.
    Plan {
        /// Its name.
        plan: PlanId,
        /// What is asked for.
        request: Request,
    },
    /// Apply the plan that is kept. Never cancelled.
    Apply(PlanId),
    /// End what was interrupted, this way, over what lies there now too. Never cancelled.
    Recover {
        /// The operation.
        id: Arc<str>,
        /// To new or to old files.
        way: RecoveryWay,
    },
    /// Read what was done so far.
    History,
    /// Bring the ledger up to date with what was read last, and read it.
    Ledger,
    /// Read what lies beside the master. The newest counts.
    Look(Beside),
    /// Ask these ports for their certificates. Opens connections; cancelled by the next.
    Probe(Vec<ProbeTarget>),
    /// Restart this component and prove it. Never cancelled.
    Restart(Component),
    /// Write down that this component is left as it is.
    Skip(Component),
}

/// What is no part of the master, and is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// A text that was pasted.
    Pasted(Secret),
    /// A file of this machine, absolute.
    File(Arc<str>),
}

/// What the runtime shall do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Start a job on a worker.
    Start {
        /// Its number.
        id: JobId,
        /// What to do.
        job: Job,
    },
    /// Drop the plan of this id, if it is still kept.
    Forget(PlanId),
    /// Put text into the terminal's clipboard (OSC 52).
    Copy(String),
    /// Send [`super::Event::Moment`] at this time, instead of at the one asked for before; `None`:
    /// never.
    Wake(Option<OffsetDateTime>),
    /// Send [`super::Event::Settled`] with this number half a second after the next frame is drawn.
    Settle(u64),
    /// Stop as Ctrl-Z does; draw all when the shell continues the program.
    Suspend,
    /// End the program.
    Quit,
}
