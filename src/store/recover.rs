//! What an operation that was killed left behind: found, and brought to the old or the new state, whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use time::OffsetDateTime;

use super::Error;
use super::apply::swap::{self, Stage, Work};
use super::apply::{ApplyError, Held, Told, backup_name};
use super::journal::{self, Journal, Kept, Operations};
use super::lock::Folders;
use super::places::Places;
use super::read::{Root, Trouble};
use super::standing::look;
use super::state::StateFolder;
use crate::pki::text::printable;
use crate::progress::Report;
use crate::record::{Entry, Operation, OperationState, Place};
pub use crate::record::{Outcome, Recovered, Way};

/// What is asked of a recovery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ending {
    /// The one operation that is meant; `None`: all whose record bears a checksum.
    pub id: Option<String>,
    /// Which way it shall be gone, as far as it can be.
    pub way: Option<Way>,
}

/// An operation that was interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    /// As its journal has it.
    pub operation: Operation,
    /// Whether its record bears a checksum. One without is ended only where somebody names it.
    pub is_sealed: bool,
    entries: Vec<Entry>,
}

/// What is found among the operations of a state folder. Those that are being applied right now are no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Survey {
    /// Those on this master that were interrupted, oldest first.
    pub interrupted: Vec<Interrupted>,
    /// Those whose journals cannot be read, or are none that kubepki could have written: nothing is done by them.
    pub damaged: Vec<(String, Error)>,
}

/// Looks through all operations. Changes nothing.
///
/// # Errors
/// [`Error`] where the state folder cannot be read, or others could have put something there.
pub fn survey(root: &Root, state: &StateFolder) -> Result<Survey, Error> {
    let mut survey = Survey::default();
    let Some(operations) = Operations::of(state)? else { return Ok(survey) };
    for id in operations.ids()? {
        match look_at(root, state, &operations, &id) {
            Ok(Some(interrupted)) => survey.interrupted.push(interrupted),
            // It came to its end, or somebody has removed it meanwhile.
            Ok(None) | Err(Error::NoSuchDirectory(_)) => {}
            // What is damaged must not keep everything else from being done: `apply` asks whether it left something.
            Err(error) => survey.damaged.push((id, error)),
        }
    }
    Ok(survey)
}

fn look_at(root: &Root, state: &StateFolder, operations: &Operations, id: &str) -> Result<Option<Interrupted>, Error> {
    if !operations.is_unfinished(id)? {
        // What ended is read whole where somebody asks for the history; what a disk brings is in no index.
        return if state.is_on_disk() { operations.load(id).map(|_| None) } else { Ok(None) };
    }
    if journal::is_at_work(&operations.open(id)?)? {
        return Ok(None);
    }
    let (Journal { operation, entries }, is_sealed) = operations.load(id)?;
    let is_here = || is_of(root, state, &operation) || has_left(root, &operation, &entries);
    if !operation.state.is_unfinished() || !is_here() {
        return Ok(None);
    }
    lie_there(&Places::of_operation(root, state, &operation)?, &operation, &entries).map_err(|why| {
        let path = journal::folder(state.path(), id).join(journal::JOURNAL);
        Error::Damaged { path, why }
    })?;
    Ok(Some(Interrupted { operation, is_sealed, entries }))
}

/// The operations on this master that were interrupted, oldest first, as [`survey`] finds them.
///
/// # Errors
/// As [`survey`].
pub fn unfinished(root: &Root, state: &StateFolder) -> Result<Vec<Operation>, Error> {
    let survey = survey(root, state)?;
    Ok(survey.interrupted.into_iter().map(|interrupted| interrupted.operation).collect())
}

/// Whether it was done to this master: by its root, or because the state folder lies on the very disk, which may be
/// mounted elsewhere than it was.
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

/// Whether one of its temporary files lies here, whose names no other operation has: then the disk was mounted
/// elsewhere when it was interrupted.
fn has_left(root: &Root, operation: &Operation, entries: &[Entry]) -> bool {
    operation.plan.changes.iter().zip(entries).any(|(change, entry)| {
        let is_there = |path: &Path| {
            let spot = root.spot(path, false).ok();
            spot.and_then(|spot| look(&spot.folder, &spot.name).ok()).is_some_and(|seen| seen.stat.is_some())
        };
        change.place == Place::Master
            && !entry.temporary.is_empty()
            && is_there(&Path::new(&entry.target).with_file_name(&entry.temporary))
    })
}

/// Whether each path of the plan leads where the journal says that it lies; why not.
fn lie_there(places: &Places<'_>, operation: &Operation, entries: &[Entry]) -> Result<(), String> {
    let changes = &operation.plan.changes;
    // Folders that the plan makes or removes need not be there: what is in them lies where they do.
    let folders: BTreeMap<(bool, &str), &str> = changes
        .iter()
        .zip(entries)
        .filter(|(change, _)| change.is_folder())
        .map(|(change, entry)| ((change.place == Place::Local, entry.path.as_str()), entry.target.as_str()))
        .collect();
    for (change, entry) in changes.iter().zip(entries) {
        let (path, follow) = (Path::new(&entry.path), !change.is_of_link());
        let lies_there = match places.spot(change.place, path, follow) {
            Ok(spot) => spot.path == Path::new(&entry.target),
            Err(Trouble::Absent) => {
                let parts = entry.path.rsplit_once('/').zip(entry.target.rsplit_once('/'));
                parts.is_some_and(|((folder, name), (lies, as_name))| {
                    name == as_name && folders.get(&(change.place == Place::Local, folder)) == Some(&lies)
                })
            }
            // Only a part of the master was given, and it lies in another.
            Err(Trouble::Outside) => change.place == Place::Master,
            Err(_) => false,
        };
        if !lies_there {
            return Err(format!("{} does not lie where it says", printable(&entry.path)));
        }
    }
    Ok(())
}

/// Ends interrupted operations on this master: forward where its new files are all there, else back; with
/// [`Ending::way`] that way as far as it can be gone, over what somebody else has put there too (which is kept in the
/// operation's `replaced/`).
///
/// # Errors
/// [`ApplyError`] where it cannot be tried now, as when somebody else is writing there; what was begun is gone on
/// with the next time.
pub fn recover(
    root: &Root,
    state: &StateFolder,
    ending: &Ending,
    now: &dyn Fn() -> OffsetDateTime,
    report: Report<'_>,
) -> Result<Vec<Recovered>, ApplyError> {
    journal::remove_stillborn(state)?;
    let told = Told(report);
    let mut recovered = Vec::new();
    let is_meant = |one: &Interrupted| ending.id.as_ref().is_none_or(|id| *id == one.operation.id);
    for Interrupted { operation, is_sealed, entries } in survey(root, state)?.interrupted.into_iter().filter(is_meant) {
        if !is_sealed && ending.id.is_none() {
            recovered.push(Recovered { operation, how: Outcome::Unsealed });
            continue;
        }
        let places = operation.plan.changes.iter().map(|change| change.place);
        let mut folders = Folders::new(Places::of_operation(root, state, &operation)?, state);
        folders.lock(places.zip(entries.iter().map(|entry| entry.target.as_str())))?;
        let mut kept = Kept::open(state, &operation.id)?;
        // Whoever held the locks until now may have ended it.
        if kept.journal.operation.state.is_unfinished() {
            if (&kept.journal.operation.plan, &kept.journal.entries) != (&operation.plan, &entries) {
                let why = "it was changed while it was read".to_owned();
                return Err(Error::Damaged { path: kept.folder.path().to_owned(), why }.into());
            }
            let _held = Held::new();
            let how = one(&mut kept, state, &mut folders, ending.way, now, &told)?;
            recovered.push(Recovered { operation: kept.journal.operation.clone(), how });
        }
    }
    Ok(recovered)
}

fn one(
    kept: &mut Kept,
    state: &StateFolder,
    folders: &mut Folders<'_>,
    prefer: Option<Way>,
    now: &dyn Fn() -> OffsetDateTime,
    told: &Told<'_>,
) -> Result<Outcome, ApplyError> {
    if kept.journal.operation.state == OperationState::Prepared {
        told.late("clean up");
        swap::discard(kept, folders, true)?;
        told.late("journal");
        let error = "it was interrupted before any file was changed".to_owned();
        kept.finish(state, OperationState::RolledBack, Some(error), now())?;
        return Ok(Outcome::CleanedUp);
    }
    let works = swap::works(kept, folders);
    let third: Vec<String> = works.iter().filter_map(Work::third).collect();
    let unready = works.iter().filter(|work| work.stage() != Stage::After && !work.is_ready());
    let unready: Vec<String> = unready.map(|work| printable(&work.entry.path).into_owned()).collect();
    let way = match prefer {
        None if !third.is_empty() => return Ok(Outcome::Stuck { files: third }),
        // Where nobody else was there, back is as good.
        Some(Way::Forward) if !third.is_empty() && !unready.is_empty() => {
            let files = unready.into_iter().map(|path| format!("{path}: the new file is lost")).collect();
            return Ok(Outcome::Stuck { files });
        }
        Some(Way::Back) => Way::Back,
        _ if unready.is_empty() => Way::Forward,
        _ => Way::Back,
    };
    if !third.is_empty() {
        told.late("keep what is there");
        keep_third(kept, &works)?;
    }
    match way {
        Way::Forward => {
            forward(&works, folders, told)?;
            told.late("remove what is left over");
            swap::discard(kept, folders, false)?;
            told.late("journal");
            kept.finish(state, OperationState::Done, None, now())?;
            Ok(Outcome::Forward)
        }
        Way::Back => {
            drop(works);
            swap::back(kept, folders, told)?;
            told.late("journal");
            let error = "it was interrupted, and taken back".to_owned();
            kept.finish(state, OperationState::RolledBack, Some(error), now())?;
            Ok(Outcome::Back)
        }
    }
}

fn forward(works: &[Work<'_>], folders: &Folders<'_>, told: &Told<'_>) -> Result<(), ApplyError> {
    for (number, work) in works.iter().enumerate() {
        if work.stage() != Stage::After {
            told.late_file("swap", &work.entry.path, number, works.len());
            work.put_over()?;
        }
    }
    told.late("sync the folders");
    swap::sync_folders(folders)?;
    told.late("read back");
    swap::read_back(works, &Stage::After)
}

/// What somebody else has put in the place of old and new files is kept before it is overwritten.
fn keep_third(kept: &Kept, works: &[Work<'_>]) -> Result<(), ApplyError> {
    for (number, work) in works.iter().enumerate() {
        if work.third().is_some() {
            let name = work.entry.target.rsplit('/').next().unwrap_or_default();
            kept.keep_replaced(&backup_name(number, name), &work.look()?)?;
        }
    }
    Ok(())
}
