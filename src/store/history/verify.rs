//! `history verify`: are the journals readable, the old files what they were, and does the index
//! agree?

use std::collections::BTreeMap;

use super::{index, journals, old};
use crate::store::StoreError;
use crate::store::journal::{self, Journal, Operations};
use crate::store::state::StateFolder;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verification {
    /// Every operation, the oldest first.
    pub operations: Vec<Verified>,
    /// What is wrong with the index, a sentence each; `None` where there is no index.
    pub index: Option<Vec<String>>,
    /// What is wrong with the ledger, a sentence each; `None` where there is none.
    pub ledger: Option<Vec<String>>,
    /// What lies in the ledger and hides nothing, a sentence each.
    pub remnants: Vec<String>,
    /// What lies among the operations and is none of kubepki's, a sentence each.
    pub others: Vec<String>,
}

impl Verification {
    /// True where nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.operations.iter().all(|one| one.faults.is_empty())
            && self.index.iter().flatten().next().is_none()
            && self.ledger.iter().flatten().next().is_none()
            && self.others.is_empty()
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
pub fn verify(
    state: &StateFolder,
    is_dropped: &dyn Fn(&str) -> bool,
) -> Result<Verification, StoreError> {
    let others = journal::others(state)?;
    let (Some((folder, journals)), Some(kept)) = (journals(state)?, Operations::of(state)?) else {
        return Ok(Verification {
            others,
            ..Verification::default()
        });
    };
    let mut known = if state.is_on_disk() {
        Ok(BTreeMap::new())
    } else {
        index::read(&folder)
    };
    let mut operations = Vec::with_capacity(journals.len());
    let mut behind = Vec::new();
    for (id, stamp) in journals {
        let mut faults = Vec::new();
        match stamp.and_then(|stamp| Ok((stamp, kept.read(&id)?))) {
            Ok((stamp, (Journal { operation, entries }, own))) => {
                if !is_dropped(&id) {
                    let before = journal::before(&own);
                    faults.extend(entries.iter().filter_map(|entry| {
                        match old::backup(before.as_ref(), entry)? {
                            Ok(_) => None,
                            Err(why) => Some(format!("the old file of {} {why}", entry.path)),
                        }
                    }));
                }
                let row = known.as_mut().ok().and_then(|rows| rows.remove(&id));
                if let Some(row) =
                    row.filter(|row| row.stamp == stamp && row.operation != operation)
                {
                    behind.push(format!(
                        "it says of {} what its journal does not",
                        row.operation.id
                    ));
                }
            }
            Err(error) => faults.push(format!("its journal cannot be read: {error}")),
        }
        operations.push(Verified { id, faults });
    }
    if let Err(error) = known {
        behind.push(format!("it cannot be read: {error}"));
    }
    let has_index = !state.is_on_disk() && folder.stat(index::NAME)?.is_some();
    Ok(Verification {
        operations,
        index: has_index.then_some(behind),
        ledger: None,
        remnants: Vec::new(),
        others,
    })
}
