//! The operations of a state folder that were interrupted, found and held against what their
//! journals say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::StoreError;
use super::journal::{self, Journal, Operations};
use super::path_state::look;
use super::places::Places;
use super::read::{Root, Trouble};
use super::state::StateFolder;
use crate::pki::text::printable;
use crate::record::{Damaged, JournalEntry, Operation, Place};

/// An operation that was interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    /// As its journal has it.
    pub operation: Operation,
    /// Whether its record bears a checksum. One without is ended only where somebody names it.
    pub is_sealed: bool,
    pub(super) entries: Vec<JournalEntry>,
}

/// What is found among the operations of a state folder. Those that are being applied right now are
/// no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Survey {
    /// Those on this master that were interrupted, oldest first.
    pub interrupted: Vec<Interrupted>,
    /// Those whose journals cannot be read, or are none that kubepki could have written: nothing is
    /// done by them.
    pub damaged: Vec<Damaged>,
}

impl Survey {
    /// The same with others that are damaged, each once.
    #[must_use]
    pub fn with(mut self, damaged: Vec<Damaged>) -> Self {
        let known: BTreeSet<String> = self.damaged.iter().map(|one| one.id.clone()).collect();
        self.damaged
            .extend(damaged.into_iter().filter(|one| !known.contains(&one.id)));
        self.damaged.sort_by(|one, other| one.id.cmp(&other.id));
        self
    }
}

/// Looks through all operations. Changes nothing.
///
/// # Errors
/// [`StoreError`] where the state folder cannot be read, or others could have put something there.
pub fn survey(root: &Root, state: &StateFolder) -> Result<Survey, StoreError> {
    let mut survey = Survey::default();
    let Some(operations) = Operations::of(state)? else {
        return Ok(survey);
    };
    for id in operations.ids()? {
        match look_at(root, state, &operations, &id) {
            Ok(Some(interrupted)) => survey.interrupted.push(interrupted),
            // It came to its end, or somebody has removed it meanwhile.
            Ok(None) | Err(StoreError::NoSuchDirectory(_)) => {}
            // What is damaged must not keep everything else from being done: `apply` asks whether
            // it left something.
            Err(error) => survey.damaged.push(Damaged {
                id,
                why: error.to_string(),
            }),
        }
    }
    Ok(survey)
}

fn look_at(
    root: &Root,
    state: &StateFolder,
    operations: &Operations,
    id: &str,
) -> Result<Option<Interrupted>, StoreError> {
    if !operations.is_unfinished(id)? {
        // What ended is read whole where somebody asks for the history; what a disk brings is in no
        // index.
        return if state.is_on_disk() {
            operations.load(id).map(|_| None)
        } else {
            Ok(None)
        };
    }
    if journal::is_at_work(&operations.open(id)?)? {
        return Ok(None);
    }
    let (Journal { operation, entries }, is_sealed) = operations.load(id)?;
    let is_here = || is_of(root, state, &operation) || has_left(root, &operation, &entries);
    if !operation.state.is_unfinished() || !is_here() {
        return Ok(None);
    }
    lie_there(
        &Places::of_operation(root, state, &operation)?,
        &operation,
        &entries,
    )
    .map_err(|why| {
        let path = journal::folder(state.path(), id).join(journal::JOURNAL);
        StoreError::Damaged { path, why }
    })?;
    Ok(Some(Interrupted {
        operation,
        is_sealed,
        entries,
    }))
}

/// The operations on this master that were interrupted, oldest first, as [`survey`] finds them.
///
/// # Errors
/// As [`survey`].
pub fn unfinished(root: &Root, state: &StateFolder) -> Result<Vec<Operation>, StoreError> {
    let survey = survey(root, state)?;
    Ok(survey
        .interrupted
        .into_iter()
        .map(|interrupted| interrupted.operation)
        .collect())
}

/// Whether it was done to this master: by its root, or because the state folder lies on the very
/// disk, which may be mounted elsewhere than it was.
pub fn is_of(root: &Root, state: &StateFolder, operation: &Operation) -> bool {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (own, its) = (real(root.real()), real(Path::new(&operation.root)));
    if own == its {
        return true;
    }
    // Where it was mounted then nothing is now, or all that is there is this machine.
    let is_gone = || fs::read_dir(&its).map_or(true, |mut entries| entries.next().is_none());
    state.is_on_disk() && (its == Path::new("/") || is_gone())
}

/// Whether one of its temporary files lies here, whose names no other operation has: then the disk
/// was mounted elsewhere when it was interrupted.
fn has_left(root: &Root, operation: &Operation, entries: &[JournalEntry]) -> bool {
    operation
        .plan
        .changes
        .iter()
        .zip(entries)
        .any(|(change, entry)| {
            let is_there = |path: &Path| {
                let spot = root.spot(path, false).ok();
                spot.and_then(|spot| look(&spot.folder, &spot.name).ok())
                    .is_some_and(|seen| seen.stat.is_some())
            };
            change.place == Place::Master
                && !entry.temporary.is_empty()
                && is_there(&Path::new(&entry.target).with_file_name(&entry.temporary))
        })
}

/// Whether each path of the plan leads where the journal says that it lies; why not.
fn lie_there(
    places: &Places<'_>,
    operation: &Operation,
    entries: &[JournalEntry],
) -> Result<(), String> {
    let changes = &operation.plan.changes;
    // Folders that the plan makes or removes need not be there: what is in them lies where they do.
    let folders: BTreeMap<(bool, &str), &str> = changes
        .iter()
        .zip(entries)
        .filter(|(change, _)| change.is_folder())
        .map(|(change, entry)| {
            (
                (change.place == Place::Local, entry.path.as_str()),
                entry.target.as_str(),
            )
        })
        .collect();
    for (change, entry) in changes.iter().zip(entries) {
        let (path, follow) = (Path::new(&entry.path), !change.is_of_link());
        let lies_there = match places.spot(change.place, path, follow) {
            Ok(spot) => spot.path == Path::new(&entry.target),
            Err(Trouble::Absent) => {
                let parts = entry
                    .path
                    .rsplit_once('/')
                    .zip(entry.target.rsplit_once('/'));
                parts.is_some_and(|((folder, name), (lies, as_name))| {
                    name == as_name
                        && folders.get(&(change.place == Place::Local, folder)) == Some(&lies)
                })
            }
            // Only a part of the master was given, and it lies in another.
            Err(Trouble::Outside) => change.place == Place::Master,
            Err(_) => false,
        };
        if !lies_there {
            return Err(format!(
                "{} does not lie where it says",
                printable(&entry.path)
            ));
        }
    }
    Ok(())
}
