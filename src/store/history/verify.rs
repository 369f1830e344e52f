//! `history verify`: are the journals readable, the old files what they were, and does the index agree?

use std::path::Path;

use super::{index, journals, old};
use crate::store::{Error, journal};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verification {
    /// Every operation, the oldest first.
    pub operations: Vec<Verified>,
    /// What is wrong with the index, a sentence each; `None` where there is no index.
    pub index: Option<Vec<String>>,
}

impl Verification {
    /// True where nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.operations.iter().all(|one| one.faults.is_empty()) && self.index.iter().flatten().next().is_none()
    }
}

/// What was found of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Its id.
    pub id: String,
    /// What is wrong, a sentence each; empty: nothing.
    pub faults: Vec<String>,
}

/// Looks at every operation, and at the index where there is one. `is_dropped`: the old files of
/// this operation were dropped on purpose.
///
/// # Errors
/// As [`super::list`].
pub fn verify(folder: &Path, is_dropped: &dyn Fn(&str) -> bool) -> Result<Verification, Error> {
    let journals = journals(folder)?;
    let mut known = index::read(folder);
    let mut operations = Vec::with_capacity(journals.len());
    let mut behind = Vec::new();
    for (id, (own, stamp)) in journals {
        let mut faults = Vec::new();
        match journal::read(&own) {
            Ok((operation, entries)) => {
                if operation.id != id {
                    faults.push(format!("its journal is that of {}", operation.id));
                }
                if !is_dropped(&id) {
                    faults.extend(entries.iter().filter_map(|entry| match old::backup(&own, entry)? {
                        Ok(_) => None,
                        Err(why) => Some(format!("the old file of {} {why}", entry.path)),
                    }));
                }
                let row = known.as_mut().ok().and_then(|rows| rows.remove(&id));
                if let Some(row) = row.filter(|row| row.stamp == stamp && row.operation != operation) {
                    behind.push(format!("it says of {} what its journal does not", row.operation.id));
                }
            }
            Err(error) => faults.push(format!("its journal cannot be read: {error}")),
        }
        operations.push(Verified { id, faults });
    }
    if let Err(error) = known {
        behind.push(format!("it cannot be read: {error}"));
    }
    let index = folder.join(index::NAME).exists().then_some(behind);
    Ok(Verification { operations, index })
}
