//! The running side of a master: what its ports serve, and restarts that prove themselves.

mod action;
mod observe;
mod program;
mod proof;
mod restart;
mod way;

use std::sync::Arc;

use rustix::process::geteuid;

use super::demo::servers::Servers;
use super::ground::OpenOptions;
use crate::inventory::Inventory;
use crate::inventory::process::Process;
use crate::store::read;

pub use observe::PATIENCE;
pub(super) use proof::words_of as began;
pub(super) use restart::READ_AGAIN;
pub use restart::Restart;

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
        if is_root {
            Self::ThisMachine
        } else {
            Self::Elsewhere
        }
    }

    /// Why nothing can be restarted from here; `None`: it can.
    pub fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Elsewhere => {
                Some("these files are not those of the machine that is running here")
            }
            Self::ThisMachine if !geteuid().is_root() => {
                Some("only root can restart components: start kubepki with sudo")
            }
            Self::ThisMachine | Self::Demo(_) => None,
        }
    }

    /// The components that run now; `None`: nobody can look from here.
    fn processes(&self, inventory: &Inventory) -> Option<Vec<Process>> {
        match self {
            Self::ThisMachine => {
                read::processes(&inventory.accounts).map(|running| running.components)
            }
            Self::Elsewhere => None,
            Self::Demo(servers) => Some(servers.processes()),
        }
    }
}
