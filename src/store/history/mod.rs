//! What was done: `operations/<id>/` holds the truth of each change, `index.db` beside it is an
//! index that may be deleted.

mod index;
mod old;
mod verify;

use std::collections::{BTreeMap, BTreeSet};

pub use old::{old_files, undoable};
pub use verify::{Verification, Verified, verify};

use rustix::fs::Stat;
use time::OffsetDateTime;

use super::folder::Folder;
use super::journal::Operations;
use super::state::StateFolder;
use super::{StoreError, journal};
use crate::record::{Damaged, History, Operation, OperationState};

/// By which a journal is known to be the one that was indexed: modified (nanoseconds), size, inode.
type Stamp = (i64, i64, i64);

/// Every operation of this state folder. A state folder that is not there holds none. `keep`: bring
/// the index up to date, where that is needed and possible; nothing depends on it.
///
/// # Errors
/// [`StoreError::NotPrivate`] where others could have put something there; [`StoreError::Io`].
pub fn list(state: &StateFolder, keep: bool) -> Result<History, StoreError> {
    let Some((folder, journals)) = journals(state)? else {
        return Ok(History::default());
    };
    // An index that a disk brings says whatever somebody wrote, and so would ours say to the disk's
    // own machine.
    let has_index = !state.is_on_disk();
    let mut known = if has_index {
        index::read(&folder).unwrap_or_default()
    } else {
        BTreeMap::new()
    };
    let mut operations = Vec::with_capacity(journals.len());
    let (mut changed, mut damaged) = (Vec::new(), Vec::new());
    for (id, stamp) in journals {
        if let Some(row) = known
            .remove(&id)
            .filter(|row| stamp.as_ref() == Ok(&row.stamp))
        {
            operations.push(row.operation);
            continue;
        }
        match stamp.and_then(|stamp| Ok((stamp, journal::read(state, &id)?.0))) {
            Ok((stamp, operation)) => {
                changed.push((stamp, operation.clone()));
                operations.push(operation);
            }
            // Somebody has removed it meanwhile.
            Err(StoreError::NoSuchDirectory(_)) => {}
            Err(error) => damaged.push(Damaged {
                id,
                why: error.to_string(),
            }),
        }
    }
    if keep && has_index && !(changed.is_empty() && known.is_empty()) {
        // Without the index everything is read from the journals, only slower.
        let _ = index::write(&folder, &changed, known.keys());
    }
    newest_first(&mut operations);
    mark_undone(&mut operations);
    Ok(History {
        operations,
        damaged,
    })
}

/// By which operations are sorted: their names are given in order, also where the clock was set
/// back meanwhile. Of one second, as of before that rule, the moment says more.
fn order(operation: &Operation) -> (&str, OffsetDateTime, &str) {
    let stamp = operation.id.split('-').next().unwrap_or_default();
    (stamp, operation.started_at, &operation.id)
}

/// Puts operations in order.
pub fn newest_first(operations: &mut [Operation]) {
    operations.sort_by(|a, b| order(b).cmp(&order(a)));
}

/// The newest operation alone, read from its journal; ids sort by time. Nothing is said of whether
/// it was undone.
///
/// # Errors
/// As [`list`]; also where its journal cannot be read.
pub fn newest(state: &StateFolder) -> Result<Option<Operation>, StoreError> {
    let Some(id) = journal::ids(state)?.pop() else {
        return Ok(None);
    };
    journal::read(state, &id).map(|(operation, _)| Some(operation))
}

/// The state folder, and the stamp of every operation's journal, by id, or why it may not be looked
/// at; `None` where there is no operation.
type Journals = Option<(Folder, BTreeMap<String, Result<Stamp, StoreError>>)>;

fn journals(state: &StateFolder) -> Result<Journals, StoreError> {
    let opened = (state.open()?, Operations::of(state)?);
    let ids = opened.1.as_ref().map_or(Ok(Vec::new()), Operations::ids)?;
    let (Some(folder), Some(operations)) = opened else {
        return state.check().map(|()| None);
    };
    if ids.is_empty() {
        // Where no change could be kept an empty history would be a lie.
        return state.check().map(|()| None);
    }
    let mut found = BTreeMap::new();
    for id in ids {
        let facts = operations
            .open(&id)
            .and_then(|own| own.stat(journal::JOURNAL));
        let stamp = match facts {
            // One that has just been removed is none.
            Ok(None) | Err(StoreError::NoSuchDirectory(_)) => continue,
            Ok(Some(facts)) => Ok(stamp(&facts)),
            Err(error) => Err(error),
        };
        found.insert(id, stamp);
    }
    Ok(Some((folder, found)))
}

fn stamp(facts: &Stat) -> Stamp {
    let nanoseconds = i64::try_from(facts.st_mtime_nsec).unwrap_or(0);
    let modified = facts
        .st_mtime
        .saturating_mul(1_000_000_000)
        .saturating_add(nanoseconds);
    (
        modified,
        facts.st_size,
        i64::from_ne_bytes(facts.st_ino.to_ne_bytes()),
    )
}

/// Journals say by what they were undone; where that was itself undone, they stand again.
/// `operations`: newest first.
fn mark_undone(operations: &mut [Operation]) {
    let all: BTreeSet<String> = operations
        .iter()
        .map(|operation| operation.id.clone())
        .collect();
    let mut taken_back: BTreeMap<String, String> = BTreeMap::new();
    for operation in operations {
        let by = taken_back.get(&operation.id).cloned();
        // Where the journal of what undid it is gone, its own word is left.
        let by = by.or_else(|| operation.undone_by.take().filter(|by| !all.contains(by)));
        let was_done = matches!(
            operation.state,
            OperationState::Done | OperationState::Undone
        );
        if was_done {
            operation.state = if by.is_some() {
                OperationState::Undone
            } else {
                OperationState::Done
            };
        }
        if let (OperationState::Done, Some(undone)) = (operation.state, &operation.undoes) {
            taken_back.insert(undone.clone(), operation.id.clone());
        }
        operation.undone_by = by;
    }
}

#[cfg(test)]
mod tests;
