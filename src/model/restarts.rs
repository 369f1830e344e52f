//! Restarts that are waited for.

use std::collections::BTreeSet;

use super::Action;
use super::running::old;
use super::world::World;
use crate::kubernetes::component::Component;
use crate::record::{Operation, RestartRecord, waiting};
use crate::running::{ComponentStatus, Remedy};

impl World {
    /// The components of which a port stands so, each once.
    pub fn components(&self, is_so: impl Fn(&ComponentStatus) -> bool) -> BTreeSet<Component> {
        self.running
            .statuses
            .iter()
            .filter(|status| is_so(status))
            .filter_map(|status| status.component)
            .collect()
    }

    /// Those that serve what is no longer on the disk.
    pub fn serving_old(&self) -> BTreeSet<Component> {
        self.components(|status| old(status).is_some())
    }

    /// The restarts that operations still wait for: each component once.
    pub fn open_restarts(&self) -> Vec<&RestartRecord> {
        let Some(Ok(history)) = &self.history else {
            return Vec::new();
        };
        waiting::open(&history.operations, &self.running.statuses)
            .into_iter()
            .map(|waiting| waiting.record)
            .collect()
    }

    /// Those of them that this operation waits for.
    pub fn open_restarts_of<'a>(&'a self, operation: &Operation) -> Vec<&'a RestartRecord> {
        let Some(Ok(history)) = &self.history else {
            return Vec::new();
        };
        waiting::open_of(operation, &history.operations, &self.running.statuses).collect()
    }

    /// The components that must be restarted, in the order in which that is done: those that
    /// operations wait for, and those that were seen to hold old files.
    pub fn to_restart(&self) -> Vec<Component> {
        let seen = self
            .running
            .statuses
            .iter()
            .filter(|status| status.remedy == Remedy::Restart);
        let kept: Vec<Component> = self
            .open_restarts()
            .into_iter()
            .map(|record| record.component)
            .collect();
        let seen = seen.filter_map(|status| status.component);
        waiting::in_order(kept.iter().copied().chain(seen).collect(), &kept)
    }

    /// Why nothing can be restarted, or asked.
    pub fn restart_refusal(&self, action: Action) -> Option<&'static str> {
        match action {
            Action::Restart | Action::RestartAll if self.reading.unrestartable.is_some() => {
                self.reading.unrestartable
            }
            Action::RestartAll if self.to_restart().is_empty() => {
                Some("nothing here is known to hold old files")
            }
            Action::ProbeAll if self.running.ports.is_empty() => Some("no port is known here"),
            _ => None,
        }
    }

    /// Why one component is not restarted: a key too much must not take the API of a sound master
    /// away.
    pub fn needless(&self, component: Component) -> Option<&'static str> {
        let mut own = self
            .running
            .statuses
            .iter()
            .filter(|status| status.component == Some(component));
        let is_sound = own.all(|status| status.remedy == Remedy::Nothing);
        let is_waited_for = self.to_restart().contains(&component);
        (is_sound && !is_waited_for).then_some("nothing says that it holds old files")
    }
}
