//! What an operation that was killed left behind: found, and brought to the old or the new state, whole.

use std::fs;
use std::path::Path;

use time::OffsetDateTime;

use super::Error;
use super::apply::swap::{self, Stage, Work};
use super::apply::{ApplyError, Held, Told, backup_name};
use super::journal::{self, Kept};
use super::lock::Folders;
use super::read::Root;
use super::standing::look;
use super::state;
use crate::pki::text::printable;
use crate::progress::Report;
pub use crate::record::Way;
use crate::record::{Entry, Operation, OperationState, Place};

/// How an unfinished operation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The operation, as its journal has it now.
    pub operation: Operation,
    /// What was done.
    pub how: Outcome,
}

/// What was done with an unfinished operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was finished: all is as planned.
    Forward,
    /// It was taken back: all is as before.
    Back,
    /// No file of the PKI had been changed yet; its temporary files are gone.
    CleanedUp,
    /// Nothing was touched: these files are neither as before nor as planned. The user chooses a [`Way`].
    Stuck {
        /// A line for each, path and reason.
        files: Vec<String>,
    },
}

/// The operations on this master that were interrupted, oldest first. Changes nothing; those that are being applied
/// right now are none. One whose journal cannot be read is left out ([`journal::damaged`] names it).
///
/// # Errors
/// [`Error`] where the state folder cannot be read.
pub fn unfinished(root: &Root, state: &Path) -> Result<Vec<Operation>, Error> {
    let mut found = Vec::new();
    for id in journal::ids(state)? {
        let folder = journal::folder(state, &id);
        // What is damaged must not keep everything else from being done: `apply` asks whether it left something.
        if !journal::is_unfinished(&folder).unwrap_or(false) || journal::is_at_work(&folder)? {
            continue;
        }
        let Ok((operation, entries)) = journal::read(&folder) else { continue };
        let is_here = || is_of(root, state, &operation) || has_left(root, &operation, &entries);
        if operation.state.is_unfinished() && is_here() {
            found.push(operation);
        }
    }
    Ok(found)
}

/// Whether it was done to this master: by its root, or because the state folder lies on the very disk, which may be
/// mounted elsewhere than it was.
pub fn is_of(root: &Root, state: &Path, operation: &Operation) -> bool {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (own, its) = (real(root.real()), real(Path::new(&operation.root)));
    if own == its {
        return true;
    }
    let travels = root.mount() == Path::new("/") && real(state) == real(&root.real().join(state::OF_ROOT));
    // Where it was mounted then nothing is now, or all that is there is this machine.
    let is_gone = fs::read_dir(&its).map_or(true, |mut entries| entries.next().is_none());
    travels && (is_gone || its == Path::new("/"))
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

/// Ends every interrupted operation on this master: forward where its new files are all there, else back; with
/// `prefer` that way as far as it can be gone, over what somebody else has put there too (which is kept in the
/// operation's `replaced/`).
///
/// # Errors
/// [`ApplyError`] where it cannot be tried now, as when somebody else is writing there; what was begun is gone on
/// with the next time.
pub fn recover(
    root: &Root,
    state: &Path,
    prefer: Option<Way>,
    now: &dyn Fn() -> OffsetDateTime,
    report: Report<'_>,
) -> Result<Vec<Recovered>, ApplyError> {
    journal::remove_stillborn(state)?;
    let told = Told(report);
    let mut recovered = Vec::new();
    for operation in unfinished(root, state)? {
        let (_, entries) = journal::read(&journal::folder(state, &operation.id))?;
        let places = operation.plan.changes.iter().map(|change| change.place);
        let mut folders = Folders::new(root, state)?;
        folders.lock(places.zip(entries.iter().map(|entry| entry.target.as_str())))?;
        let mut kept = Kept::open(state, &operation.id)?;
        // Whoever held the locks until now may have ended it.
        if kept.journal.operation.state.is_unfinished() {
            let _held = Held::new();
            let how = one(&mut kept, state, &mut folders, prefer, now, &told)?;
            recovered.push(Recovered { operation: kept.journal.operation.clone(), how });
        }
    }
    Ok(recovered)
}

fn one(
    kept: &mut Kept,
    state: &Path,
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
