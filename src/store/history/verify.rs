//! `history verify`: are the journals readable, the old files what they were, and does the index agree?

use std::path::Path;

use super::{index, journals, old};
use crate::store::{Error, journal};

/// What was found of one operation, or of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The operation's id, or the index's file name.
    pub id: String,
    /// What is wrong, a sentence each; empty: nothing.
    pub faults: Vec<String>,
}

/// Looks at every operation, the oldest first, and at the index where there is one. `is_dropped`: the old files of
/// this operation were dropped on purpose.
///
/// # Errors
/// As [`super::list`].
pub fn verify(folder: &Path, is_dropped: &dyn Fn(&str) -> bool) -> Result<Vec<Verified>, Error> {
    let journals = journals(folder)?;
    let mut known = index::read(folder);
    let mut all = Vec::with_capacity(journals.len());
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
                    behind.push(format!("says of {} what its journal does not", row.operation.id));
                }
            }
            Err(error) => faults.push(format!("its journal cannot be read: {error}")),
        }
        all.push(Verified { id, faults });
    }
    if folder.join(index::NAME).exists() {
        if let Err(error) = known {
            behind.push(format!("cannot be read: {error}"));
        }
        all.push(Verified { id: index::NAME.to_owned(), faults: behind });
    }
    Ok(all)
}
