//! The running side of the master, as far as it was looked at: what ports served, what that means, what is being restarted.

use std::collections::VecDeque;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::inventory::Inventory;
use crate::inventory::served::{Observation, Truth, truths};
use crate::model::JobId;

/// What is known of the running side.
#[derive(Debug, Default)]
pub struct Alive {
    /// What was seen so far.
    pub observation: Observation,
    /// What that means at the moment that is judged for, one for each port, and for each component without one.
    pub truths: Vec<Truth>,
    /// The job that looks now.
    pub probing: Option<JobId>,
    /// What is being restarted.
    pub restarting: Option<Restarting>,
}

/// A component that is being restarted, and those that follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restarting {
    /// The component.
    pub component: Arc<str>,
    /// The job.
    pub job: JobId,
    /// What is being done.
    pub words: String,
    /// Those that follow if this one proves itself.
    pub queue: VecDeque<Arc<str>>,
}

impl Alive {
    /// Judges again.
    pub fn judge(&mut self, inventory: &Inventory, moment: OffsetDateTime) {
        self.truths = truths(inventory, &self.observation, moment);
    }
}
