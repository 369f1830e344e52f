//! What a screen, or a step of a change or restart, wants to happen outside of itself.

use std::sync::Arc;

use time::OffsetDateTime;

use super::{Action, Beside, Command, Job, JobId, Problem, Route, RouteName};
use crate::kubernetes::component::Component;
use crate::pki::Secret;
use crate::plan::Request;
use crate::record::RecoveryWay;
use crate::running::ProbeTarget;

/// The application applies these in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Put the route's screen on top.
    Open(Route),
    /// Put the route's screen on top, unless it is open.
    Show(Route),
    /// Take the lowest screen of these names away, and all above it.
    Leave(&'static [RouteName]),
    /// Take the screens of this name away, wherever they lie.
    Drop(RouteName),
    /// Take the top screen away.
    Close,
    /// Text for the clipboard, and what it is in words.
    Copy {
        /// The text.
        text: String,
        /// As "the PEM of apiserver".
        what: String,
    },
    /// A line in the footer until the next key.
    Say(Problem),
    /// The same, and said again once the disk was read after the change that it tells of.
    SayOutcome(Problem),
    /// The same as [`Self::Say`], and kept on the page of what went wrong.
    Trouble(Problem),
    /// Have every screen look again at what has changed.
    Refresh,
    /// The same where everything was judged again, and wake at the next moment at which a state
    /// changes.
    Judged,
    /// Have the runtime do this.
    Command(Command),
    /// Judge everything for this moment; `None`: for now.
    SetLens(Option<OffsetDateTime>),
    /// Select this item, or unselect it.
    Select(Arc<str>),
    /// Unselect everything.
    SelectNothing,
    /// Make a plan for this and open its review.
    Plan(Request),
    /// Make a plan for this and apply it at once; where somebody must look at it first its review
    /// opens.
    Change(Request),
    /// Make the plan that is asked for once more, with this passphrase.
    Passphrase(Secret),
    /// Apply the plan that is shown.
    Apply,
    /// End what was interrupted, this way.
    Recover {
        /// The operation.
        id: Arc<str>,
        /// To new or to old files.
        way: RecoveryWay,
    },
    /// Put the first screen that fits what was read in place of the one that waited for it.
    Begin,
    /// Read the disk again.
    Read,
    /// Read what was done so far.
    ReadHistory,
    /// Bring the ledger up to date, and read it.
    ReadLedger,
    /// Read this, and open what it holds.
    Look(Beside),
    /// Ask ports for their certificates.
    Probe(Vec<ProbeTarget>),
    /// Restart these components, one after the other; the first that fails ends it.
    Restart(Vec<Component>),
    /// Leave this component as it is.
    Skip(Component),
    /// Do this as if its key had been pressed.
    Run(Action),
}

impl Effect {
    /// Has a worker do this.
    pub fn start(id: JobId, job: Job) -> Self {
        Self::Command(Command::Start { id, job })
    }
}
