//! What was done: `operations/<id>/` holds the truth of each change, `index.db` beside it is an index that may be
//! deleted.

mod index;
mod old;
mod verify;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

pub use old::{drop_old, old_files, undoable};
pub use verify::{Verified, verify};

use super::{Error, journal, state};
use crate::record::{Operation, OperationState};

/// By which a journal is known to be the one that was indexed: modified (nanoseconds), size, inode.
type Stamp = (i64, i64, i64);

/// Every operation of this state folder, the newest first. A state folder that is not there holds none; a journal
/// that cannot be read is left out ([`verify()`] names it). `keep`: bring the index up to date, where that is
/// needed and possible; nothing depends on it.
///
/// # Errors
/// [`Error::NotPrivate`] where others could have put something there; [`Error::Io`].
pub fn list(folder: &Path, keep: bool) -> Result<Vec<Operation>, Error> {
    let journals = journals(folder)?;
    if journals.is_empty() {
        return Ok(Vec::new());
    }
    let mut known = index::read(folder).unwrap_or_default();
    let mut operations = Vec::with_capacity(journals.len());
    let mut changed = Vec::new();
    for (id, (path, stamp)) in &journals {
        let row = known.remove(id).filter(|row| row.stamp == *stamp);
        if let Some(row) = row {
            operations.push(row.operation);
        } else if let Ok((operation, _)) = journal::read(path) {
            changed.push((*stamp, operation.clone()));
            operations.push(operation);
        }
    }
    if keep && !(changed.is_empty() && known.is_empty()) {
        // Without the index everything is read from the journals, only slower.
        let _ = index::write(folder, &changed, known.keys());
    }
    operations.sort_by(|a, b| (b.started_at, &b.id).cmp(&(a.started_at, &a.id)));
    mark_undone(&mut operations);
    Ok(operations)
}

/// Every operation's folder and the stamp of its journal, by id.
fn journals(folder: &Path) -> Result<BTreeMap<String, (PathBuf, Stamp)>, Error> {
    let all = journal::all(folder);
    let failed = |error: std::io::Error| Error::Io { path: all.clone(), why: error.to_string() };
    let entries = match fs::read_dir(&all) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(BTreeMap::new());
        }
        entries => entries.map_err(failed)?,
    };
    state::check(&all)?;
    let mut found = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let Ok(id) = entry.file_name().into_string() else { continue };
        if let Ok(facts) = fs::symlink_metadata(entry.path().join(journal::JOURNAL)) {
            let nanoseconds = facts.mtime().saturating_mul(1_000_000_000).saturating_add(facts.mtime_nsec());
            let number = |number: u64| i64::from_ne_bytes(number.to_ne_bytes());
            found.insert(id, (entry.path(), (nanoseconds, number(facts.size()), number(facts.ino()))));
        }
    }
    Ok(found)
}

/// The journal of the one that took back says so; that one may itself have been taken back. `operations`: newest
/// first.
fn mark_undone(operations: &mut [Operation]) {
    let mut taken_back: BTreeMap<String, String> = BTreeMap::new();
    for operation in operations {
        operation.undone_by = taken_back.get(&operation.id).cloned();
        if operation.undone_by.is_some() {
            operation.state = OperationState::Undone;
        } else if let (OperationState::Done, Some(undone)) = (operation.state, &operation.undoes) {
            taken_back.insert(undone.clone(), operation.id.clone());
        }
    }
}
