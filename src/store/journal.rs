//! An operation's folder below the state folder: `operations/<id>/{journal.json,before/…,README}`. That is the truth
//! of a change; the history database is an index of it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Error;
use crate::record::{Entry, Operation};

/// The journal's name in the operation's folder.
pub(super) const JOURNAL: &str = "journal.json";

/// What `journal.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Journal {
    operation: Operation,
    entries: Vec<Entry>,
}

/// The folder of all operations.
pub fn all(state: &Path) -> PathBuf {
    state.join("operations")
}

/// The folder of the operation `id`.
pub fn folder(state: &Path, id: &str) -> PathBuf {
    all(state).join(id)
}

/// Reads the journal in an operation's folder.
///
/// # Errors
/// [`Error::Io`] where it is not there or damaged.
pub fn read(folder: &Path) -> Result<(Operation, Vec<Entry>), Error> {
    let path = folder.join(JOURNAL);
    let failed = |why: String| Error::Io { path: path.clone(), why };
    let text = std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
    let journal: Journal = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    if journal.entries.len() != journal.operation.plan.changes.len() {
        return Err(failed("it is damaged: its files are not those of its plan".to_owned()));
    }
    Ok((journal.operation, journal.entries))
}
