//! An operation's folder below the state folder: `operations/<id>/{journal.json,before/…,README}`.
//! That is the truth of a change; the history database is an index of it.

mod check;
mod operations;
mod readme;
mod record;
mod stillborn;

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Serialize;
use time::OffsetDateTime;

use super::StoreError;
use super::error::failed;
use super::file::{copy_extended, sync_all};
use super::folder::{Folder, OWN, Strictness};
use super::lock::Lock;
use super::path_state::SeenAtPath;
use super::read::since_boot;
use super::state::{OPERATIONS, StateFolder};
use crate::record::{JournalEntry, Operation, OperationState, PathState, Place, RestartRecord};
pub use check::STAMP;
pub(super) use check::is_id;
pub(super) use operations::Operations;
pub use operations::{at_work, ids, is_kept, read};
pub use stillborn::others;
pub(super) use stillborn::remove_stillborn;

/// The journal's name in the operation's folder.
pub(super) const JOURNAL: &str = "journal.json";

/// The name under which a journal is written before it takes the place of the old one.
const ASIDE: &str = "journal.json.new";

/// Says how to copy the old files back by hand.
pub(super) const README: &str = "README";

/// The folder of the old files in an operation's folder.
pub(super) const BEFORE: &str = "before";

/// The folder of what somebody else had put in the place of old and new files.
const REPLACED: &str = "replaced";

/// A journal is no larger, in bytes.
const MOST_BYTES: u64 = 64 << 20;

/// What `journal.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Journal {
    pub(super) operation: Operation,
    pub(super) entries: Vec<JournalEntry>,
}

/// An operation's folder that is ours until this is dropped: nobody takes it for an interrupted
/// one.
#[derive(Debug)]
pub(super) struct LockedOperation {
    pub(super) folder: Folder,
    pub(super) journal: Journal,
    operations: Folder,
    _lock: Lock,
}

/// Where the folder of the operation `id` lies, to be told.
pub fn folder(state: &Path, id: &str) -> PathBuf {
    state.join(OPERATIONS).join(id)
}

fn damage(folder: &Folder, why: String) -> StoreError {
    StoreError::Damaged {
        path: folder.path().join(JOURNAL),
        why,
    }
}

/// The folder of the old files, in an operation's.
pub(super) fn before(operation: &Folder) -> Result<Folder, StoreError> {
    let gone = || StoreError::NoSuchDirectory(operation.path().join(BEFORE));
    operation.open_own(BEFORE)?.ok_or_else(gone)
}

/// How the names of an operation's temporary files begin.
pub(super) fn temporary_prefix(id: &str) -> String {
    format!(".kubepki-{id}-")
}

/// File names have 255 bytes at most.
pub(super) fn backup_name(number: usize, name: &str) -> String {
    if name.len() > 200 {
        format!("{number:03}")
    } else {
        format!("{number:03}-{name}")
    }
}

/// True while somebody works on the operation in this folder.
pub(super) fn is_at_work(folder: &Folder) -> Result<bool, StoreError> {
    Lock::is_free(folder).map(|is_free| !is_free)
}

/// Writes down that `by` took back the operation `id`, if that is still known.
fn mark_undone(state: &StateFolder, id: &str, by: &str) -> Result<(), StoreError> {
    let Ok(mut kept) = LockedOperation::open(state, id) else {
        return Ok(());
    };
    kept.journal.operation.state = OperationState::Undone;
    kept.journal.operation.undone_by = Some(by.to_owned());
    write(&kept.folder, &kept.journal)
}

/// Writes down what became of a component in the operation `id`; a port's first known serial number
/// stays the one from before. Nothing where the operation does not know the component. The index
/// follows at the next reading.
///
/// # Errors
/// [`StoreError::NoSuchDirectory`] where the journal is gone; [`StoreError`] where it is damaged,
/// or cannot be written.
pub fn record_restart(
    state: &StateFolder,
    id: &str,
    record: &RestartRecord,
) -> Result<(), StoreError> {
    let mut kept = LockedOperation::open(state, id)?;
    let mut restarts = kept.journal.operation.restarts.iter_mut();
    let Some(known) = restarts.find(|known| known.component == record.component) else {
        return Ok(());
    };
    let served_before = known
        .served_before
        .take()
        .or_else(|| record.served_before.clone());
    *known = RestartRecord {
        served_before,
        ..record.clone()
    };
    write(&kept.folder, &kept.journal)
}

/// Between making an operation's folder and locking it nobody may take it for an interrupted one.
fn turn(operations: &Folder) -> Result<Lock, StoreError> {
    Lock::wait(operations)
}

/// Writes aside, brings it to the disk, renames, brings that to the disk.
fn write(folder: &Folder, journal: &Journal) -> Result<(), StoreError> {
    sync(&[write_aside(folder, journal)?])?;
    folder.rename(ASIDE, JOURNAL)?;
    folder.sync()
}

/// A file or folder, and what it is called.
type Opened = (PathBuf, File);

fn write_aside(folder: &Folder, journal: &Journal) -> Result<Opened, StoreError> {
    let text = record::written(journal).map_err(|why| damage(folder, why))?;
    // Whoever was killed may have left one.
    if folder.stat(ASIDE)?.is_some() {
        folder.remove(ASIDE)?;
    }
    Ok((folder.path().join(ASIDE), folder.write_new(ASIDE, &text)?))
}

fn again(folder: &Folder) -> Result<Opened, StoreError> {
    Ok((folder.path().to_owned(), folder.again()?))
}

/// Brings files and folders to the disk, together.
fn sync(files: &[Opened]) -> Result<(), StoreError> {
    let opened: Vec<&File> = files.iter().map(|(_, file)| file).collect();
    sync_all(&opened).map_err(|(at, error)| failed(&files[at].0)(error))
}

impl LockedOperation {
    /// Makes the folder with the old files (`olds` beside the journal's entries) and the journal,
    /// all on the disk when this returns, with every folder on the way. `real`: where a target lies
    /// on this machine.
    ///
    /// # Errors
    /// [`StoreError`]: then there is no such folder.
    pub(super) fn create(
        state: &StateFolder,
        journal: Journal,
        olds: &[SeenAtPath],
        real: &dyn Fn(Place, &str) -> PathBuf,
    ) -> Result<Self, StoreError> {
        let operations = state
            .make()?
            .make(OPERATIONS, OWN)?
            .judged(Strictness::Own)?;
        let turn = turn(&operations)?;
        if operations.names()?.is_empty() {
            // Who made the folders may have been killed before they were on the disk.
            state.sync_way()?;
        }
        let id = journal.operation.id.clone();
        let folder = operations.make_new(&id)?;
        let lock = Lock::wait(&folder)?;
        drop(turn);
        let kept = Self {
            folder,
            journal,
            operations,
            _lock: lock,
        };
        let checked = check::check(&id, &kept.journal, state.is_on_disk())
            .map_err(|why| damage(&kept.folder, why));
        match checked.and_then(|()| kept.fill(olds, real)) {
            Ok(()) => Ok(kept),
            Err(error) => {
                // Best effort: the cause counts. What stays has no journal and is removed by the
                // next recovery.
                let _ = kept.remove();
                Err(error)
            }
        }
    }

    fn fill(
        &self,
        olds: &[SeenAtPath],
        real: &dyn Fn(Place, &str) -> PathBuf,
    ) -> Result<(), StoreError> {
        let before = self.folder.make_new(BEFORE)?;
        let mut files = Vec::new();
        for (entry, old) in self.journal.entries.iter().zip(olds) {
            if let Some(name) = &entry.backup {
                files.push((before.path().join(name), keep(&before, name, old)?));
            }
        }
        let text = readme::text(self.folder.path(), &self.journal, real);
        files.push((
            self.folder.path().join(README),
            self.folder.write_new(README, text.as_bytes())?,
        ));
        files.push(write_aside(&self.folder, &self.journal)?);
        files.push(again(&before)?);
        sync(&files)?;
        self.folder.rename(ASIDE, JOURNAL)?;
        sync(&[again(&self.folder)?, again(&self.operations)?])
    }

    /// Takes an operation's folder over; waits for whoever looks at it.
    pub(super) fn open(state: &StateFolder, id: &str) -> Result<Self, StoreError> {
        let gone = || StoreError::NoSuchDirectory(folder(state.path(), id));
        let operations = Operations::of(state)?.ok_or_else(gone)?;
        let folder = operations.open(id)?;
        let lock = Lock::wait(&folder)?;
        let (journal, _) = operations.load_from(&folder, id)?;
        Ok(Self {
            folder,
            journal,
            operations: operations.folder,
            _lock: lock,
        })
    }

    /// Writes down that files are being swapped: the point of no return.
    pub(super) fn commit(&mut self) -> Result<(), StoreError> {
        self.journal.operation.state = OperationState::Committing;
        write(&self.folder, &self.journal)
    }

    /// Writes down how it ended, and in the operation that it took back that it did.
    pub(super) fn finish(
        &mut self,
        state: &StateFolder,
        how: OperationState,
        error: Option<String>,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let operation = &mut self.journal.operation;
        (operation.state, operation.error, operation.ended_at) = (how, error, Some(at));
        operation.ended_since_boot = since_boot();
        if let (OperationState::Done, Some(undone)) = (how, &operation.undoes) {
            mark_undone(state, undone, &operation.id)?;
        }
        write(&self.folder, &self.journal)
    }

    /// Keeps what lies somewhere before it is overwritten against the journal: in `replaced/`,
    /// named as the backup.
    pub(super) fn keep_replaced(&self, name: &str, old: &SeenAtPath) -> Result<(), StoreError> {
        let folder = self.folder.make(REPLACED, OWN)?.judged(Strictness::Own)?;
        if folder.stat(name)?.is_some() {
            return Ok(());
        }
        sync(&[
            (folder.path().join(name), keep(&folder, name, old)?),
            again(&folder)?,
        ])
    }

    /// Removes the folder: nothing has happened.
    pub(super) fn remove(self) -> Result<(), StoreError> {
        stillborn::remove(
            &self.operations,
            OsStr::new(&self.journal.operation.id),
            &self.folder,
        )
    }
}

/// A copy of the content, for root alone. Its extended attributes go with it as far as this file
/// system takes them.
fn keep(folder: &Folder, name: &str, old: &SeenAtPath) -> Result<File, StoreError> {
    let content = match (&old.content, &old.path_state) {
        (Some(content), _) => content.expose(),
        (None, PathState::Link { text }) => text.as_bytes(),
        _ => &[],
    };
    let file = folder.write_new(name, content)?;
    if let Some(from) = &old.file {
        let _ = copy_extended(from, &file);
        rustix::fs::fchmod(&file, rustix::fs::Mode::from_raw_mode(0o600))
            .map_err(|errno| failed(&folder.path().join(name))(errno.into()))?;
    }
    Ok(file)
}
