//! What was done: `operations/<id>/` holds the truth of each change, `index.db` beside it is an index that may be
//! deleted.

mod index;
mod old;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

pub use old::{old_files, undoable};
pub use verify::{Verification, Verified, verify};

use time::OffsetDateTime;

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
    operations.sort_by(|a, b| order(b).cmp(&order(a)));
    mark_undone(&mut operations);
    Ok(operations)
}

/// By which operations are sorted: their names are given in order, also where the clock was set back meanwhile. Of one
/// second, as of before that rule, the moment says more.
fn order(operation: &Operation) -> (&str, OffsetDateTime, &str) {
    let stamp = operation.id.split('-').next().unwrap_or_default();
    (stamp, operation.started_at, &operation.id)
}

/// The newest operation alone, read from its journal; ids sort by time. Nothing is said of whether it was undone.
///
/// # Errors
/// As [`list`]; also where its journal cannot be read.
pub fn newest(folder: &Path) -> Result<Option<Operation>, Error> {
    let Some(id) = journal::ids(folder)?.pop() else { return Ok(None) };
    state::check(&journal::folder(folder, ""))?;
    journal::read(&journal::folder(folder, &id)).map(|(operation, _)| Some(operation))
}

/// Every operation's folder and the stamp of its journal, by id.
fn journals(folder: &Path) -> Result<BTreeMap<String, (PathBuf, Stamp)>, Error> {
    let mut found = BTreeMap::new();
    let ids = journal::ids(folder)?;
    if ids.is_empty() {
        // Where no change could be kept an empty history would be a lie.
        state::place(folder)?;
    } else {
        state::check(&journal::folder(folder, ""))?;
    }
    for id in ids {
        let own = journal::folder(folder, &id);
        // One that has just been removed is none.
        let Ok(facts) = fs::metadata(own.join(journal::JOURNAL)) else { continue };
        let nanoseconds = facts.mtime().saturating_mul(1_000_000_000).saturating_add(facts.mtime_nsec());
        let number = |number: u64| i64::from_ne_bytes(number.to_ne_bytes());
        found.insert(id, (own, (nanoseconds, number(facts.size()), number(facts.ino()))));
    }
    Ok(found)
}

/// Journals say by what they were undone; where that was itself undone, they stand again. `operations`: newest first.
fn mark_undone(operations: &mut [Operation]) {
    let all: BTreeSet<String> = operations.iter().map(|operation| operation.id.clone()).collect();
    let mut taken_back: BTreeMap<String, String> = BTreeMap::new();
    for operation in operations {
        let by = taken_back.get(&operation.id).cloned();
        // Where the journal of what undid it is gone, its own word is left.
        let by = by.or_else(|| operation.undone_by.take().filter(|by| !all.contains(by)));
        let was_done = matches!(operation.state, OperationState::Done | OperationState::Undone);
        if was_done {
            operation.state = if by.is_some() { OperationState::Undone } else { OperationState::Done };
        }
        if let (OperationState::Done, Some(undone)) = (operation.state, &operation.undoes) {
            taken_back.insert(undone.clone(), operation.id.clone());
        }
        operation.undone_by = by;
    }
}

#[cfg(test)]
mod tests;
