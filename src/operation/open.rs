//! Opening a master.

use std::path::PathBuf;

use crate::inventory::{Inventory, tree};
use crate::{progress, store};

/// Which master to open.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// The folder under which the master's files lie.
    pub root: PathBuf,
    /// A folder to look at in place of the root.
    pub directory: Option<PathBuf>,
    /// The layout's name; `None`: found out.
    pub layout: Option<String>,
    /// Home folders as on the master.
    pub homes: Vec<String>,
    /// Whether running processes are asked for their flags.
    pub processes: bool,
}

/// Reads a master; replaced by the branch that reads.
pub fn open(
    options: &OpenOptions,
    report: progress::Report<'_>,
    verified: &mut tree::Verified,
) -> Result<Inventory, store::Error> {
    let _ = (options, report, verified);
    Err(store::Error::Stopped)
}
