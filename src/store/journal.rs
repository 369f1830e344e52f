//! An operation's folder below the state folder: `operations/<id>/{journal.json,before/…,README}`. That is the truth
//! of a change; the history database is an index of it.

mod readme;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Error;
use super::file::{copy_extended, sync_all};
use super::lock::Lock;
use super::read::since_boot;
use super::standing::Seen;
use super::state::{failed, prepare};
use crate::record::{Entry, Operation, OperationState, Place, RestartRecord, Standing};

/// The folder of all operations in the state folder.
pub(super) const OPERATIONS: &str = "operations";

/// The journal's name in the operation's folder.
pub(super) const JOURNAL: &str = "journal.json";

/// What `journal.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    pub(super) operation: Operation,
    pub(super) entries: Vec<Entry>,
}

/// An operation's folder that is ours until this is dropped: nobody takes it for an interrupted one.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) folder: PathBuf,
    pub(super) journal: Journal,
    _lock: Lock,
}

/// The folder of the operation `id`.
pub fn folder(state: &Path, id: &str) -> PathBuf {
    operations(state).join(id)
}

/// The folder of the old files in an operation's folder.
pub fn before(folder: &Path) -> PathBuf {
    folder.join("before")
}

fn operations(state: &Path) -> PathBuf {
    state.join(OPERATIONS)
}

/// The ids of all operations that have a journal, oldest first.
///
/// # Errors
/// [`Error::Io`] where the folder is there and cannot be read.
pub fn ids(state: &Path) -> Result<Vec<String>, Error> {
    let folder = operations(state);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed(&folder))?,
    };
    let mut ids = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed(&folder))?;
        if entry.path().join(JOURNAL).is_file() {
            ids.extend(entry.file_name().into_string());
        }
    }
    ids.sort();
    Ok(ids)
}

/// Where something is written next: the folder of all operations, and those whose operation did not end. Empty where
/// there is none yet, or none that may be read.
pub fn at_work(state: &Path) -> Vec<PathBuf> {
    let Ok(ids) = ids(state) else { return Vec::new() };
    let open = ids.iter().map(|id| folder(state, id)).filter(|folder| is_unfinished(folder).unwrap_or(false));
    Some(operations(state)).filter(|folder| folder.is_dir()).into_iter().chain(open).collect()
}

/// Reads the journal in an operation's folder.
///
/// # Errors
/// [`Error::Io`] where it is not there or damaged.
pub fn read(folder: &Path) -> Result<(Operation, Vec<Entry>), Error> {
    load(folder).map(|journal| (journal.operation, journal.entries))
}

/// Whether the operation in this folder came to an end. Every command asks this of every operation, so nothing else of
/// the journal is made sense of.
///
/// # Errors
/// As [`read`], but for what is not looked at.
pub(super) fn is_unfinished(folder: &Path) -> Result<bool, Error> {
    #[derive(Deserialize)]
    struct Looked {
        operation: State,
    }
    #[derive(Deserialize)]
    struct State {
        state: OperationState,
    }
    let text = text_of(folder)?;
    // Journals are written with each field on a line of its own; no text in them holds a line's end.
    if let Some((_, rest)) = text.rsplit_once("\n    \"state\": \"")
        && text.ends_with("\n}\n")
        && let Some((word, _)) = rest.split_once('"')
    {
        let state: Result<OperationState, _> = serde_json::from_value(word.into());
        if let Ok(state) = state {
            return Ok(state.is_unfinished());
        }
    }
    parse::<Looked>(folder, &text).map(|looked| looked.operation.state.is_unfinished())
}

fn text_of(folder: &Path) -> Result<String, Error> {
    let path = folder.join(JOURNAL);
    fs::read_to_string(&path).map_err(failed(&path))
}

fn parse<T: DeserializeOwned>(folder: &Path, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Io { path: folder.join(JOURNAL), why: error.to_string() })
}

fn load(folder: &Path) -> Result<Journal, Error> {
    let journal: Journal = parse(folder, &text_of(folder)?)?;
    if journal.entries.len() != journal.operation.plan.changes.len() {
        let path = folder.join(JOURNAL);
        return Err(Error::Io { path, why: "it is damaged: its files are not those of its plan".to_owned() });
    }
    Ok(journal)
}

/// The operations whose journals cannot be read, and why, oldest first.
///
/// # Errors
/// As [`ids`].
pub fn damaged(state: &Path) -> Result<Vec<(String, Error)>, Error> {
    let looked = ids(state)?.into_iter().filter_map(|id| {
        let error = is_unfinished(&folder(state, &id)).err()?;
        Some((id, error))
    });
    Ok(looked.collect())
}

/// How the names of an operation's temporary files begin.
pub(super) fn temporary_prefix(id: &str) -> String {
    format!(".kubepki-{id}-")
}

/// True while somebody works on the operation in this folder.
pub(super) fn is_at_work(folder: &Path) -> Result<bool, Error> {
    Lock::is_free(folder).map(|is_free| !is_free).map_err(failed(folder))
}

/// Writes down that `by` took back the operation `id`, if that is still known.
fn mark_undone(state: &Path, id: &str, by: &str) -> Result<(), Error> {
    let Ok(mut kept) = Kept::open(state, id) else { return Ok(()) };
    kept.journal.operation.state = OperationState::Undone;
    kept.journal.operation.undone_by = Some(by.to_owned());
    write(&kept.folder, &kept.journal)
}

/// Writes down what became of a component in the operation `id`; a port's first known serial number stays the one from
/// before. Nothing where the operation does not know the component. The index follows at the next reading.
///
/// # Errors
/// [`Error::Io`] where the journal is gone, damaged, or cannot be written.
pub fn record_restart(state: &Path, id: &str, record: &RestartRecord) -> Result<(), Error> {
    let mut kept = Kept::open(state, id)?;
    let mut restarts = kept.journal.operation.restarts.iter_mut();
    let Some(known) = restarts.find(|known| known.component == record.component) else { return Ok(()) };
    let served_before = known.served_before.take().or_else(|| record.served_before.clone());
    *known = RestartRecord { served_before, ..record.clone() };
    write(&kept.folder, &kept.journal)
}

/// Removes the folders that were killed before their journal stood: no file of the PKI was touched for them.
pub(super) fn remove_stillborn(state: &Path) -> Result<(), Error> {
    let operations = operations(state);
    let Ok(entries) = fs::read_dir(&operations) else { return Ok(()) };
    let _turn = turn(&operations)?;
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() && !path.join(JOURNAL).exists() && !is_at_work(&path)? {
            fs::remove_dir_all(&path).map_err(failed(&path))?;
        }
    }
    Ok(())
}

/// Between making an operation's folder and locking it nobody may take it for an interrupted one.
fn turn(operations: &Path) -> Result<Lock, Error> {
    Lock::wait(operations).map_err(failed(operations))
}

/// The name under which a journal is written before it takes the place of the old one.
const ASIDE: &str = "journal.json.new";

/// Writes aside, brings it to the disk, renames, brings that to the disk.
fn write(folder: &Path, journal: &Journal) -> Result<(), Error> {
    sync(&[(folder.join(ASIDE), write_aside(folder, journal)?)])?;
    rename_aside(folder)?;
    sync(&[opened(folder)?])
}

fn write_aside(folder: &Path, journal: &Journal) -> Result<File, Error> {
    let path = folder.join(ASIDE);
    let mut text =
        serde_json::to_vec_pretty(journal).map_err(|error| Error::Io { path: path.clone(), why: error.to_string() })?;
    text.push(b'\n');
    let mut file = OpenOptions::new();
    let mut file = file.write(true).create(true).truncate(true).mode(0o600).open(&path).map_err(failed(&path))?;
    file.write_all(&text).map_err(failed(&path))?;
    Ok(file)
}

fn rename_aside(folder: &Path) -> Result<(), Error> {
    let path = folder.join(JOURNAL);
    fs::rename(folder.join(ASIDE), &path).map_err(failed(&path))
}

fn opened(folder: &Path) -> Result<(PathBuf, File), Error> {
    File::open(folder).map(|opened| (folder.to_owned(), opened)).map_err(failed(folder))
}

/// Brings files and folders to the disk, together.
fn sync(files: &[(PathBuf, File)]) -> Result<(), Error> {
    let opened: Vec<&File> = files.iter().map(|(_, file)| file).collect();
    sync_all(&opened).map_err(|(at, error)| failed(&files[at].0)(error))
}

impl Kept {
    /// Makes the folder with the old files (`olds` beside the journal's entries) and the journal, all on the disk
    /// when this returns. `real`: where a target lies on this machine.
    ///
    /// # Errors
    /// [`Error`]: then there is no such folder.
    pub(super) fn create(
        state: &Path,
        journal: Journal,
        olds: &[Seen],
        real: &dyn Fn(Place, &str) -> PathBuf,
    ) -> Result<Self, Error> {
        let state = prepare(state)?;
        let operations = operations(&state);
        if !operations.is_dir() {
            DirBuilder::new().mode(0o700).create(&operations).map_err(failed(&operations))?;
            sync(&state.ancestors().take(2).map(opened).collect::<Result<Vec<_>, _>>()?)?;
        }
        let folder = operations.join(&journal.operation.id);
        let turn = turn(&operations)?;
        DirBuilder::new().mode(0o700).create(&folder).map_err(failed(&folder))?;
        let lock = Lock::wait(&folder).map_err(failed(&folder))?;
        drop(turn);
        let kept = Self { folder, journal, _lock: lock };
        match kept.fill(olds, real) {
            Ok(()) => Ok(kept),
            Err(error) => {
                // Best effort: the cause counts. What stays has no journal and is removed by the next recovery.
                let _ = kept.remove();
                Err(error)
            }
        }
    }

    fn fill(&self, olds: &[Seen], real: &dyn Fn(Place, &str) -> PathBuf) -> Result<(), Error> {
        let before = before(&self.folder);
        DirBuilder::new().mode(0o700).create(&before).map_err(failed(&before))?;
        let mut files = Vec::new();
        for (entry, old) in self.journal.entries.iter().zip(olds) {
            if let Some(name) = &entry.backup {
                files.push((before.join(name), keep(&before.join(name), old)?));
            }
        }
        let readme = self.folder.join("README");
        let text = readme::text(&self.folder, &self.journal, real);
        files.push((readme.clone(), make(&readme, text.as_bytes())?));
        files.push((self.folder.join(ASIDE), write_aside(&self.folder, &self.journal)?));
        files.push(opened(&before)?);
        sync(&files)?;
        rename_aside(&self.folder)?;
        let operations = self.folder.parent().unwrap_or(&self.folder);
        sync(&[opened(&self.folder)?, opened(operations)?])
    }

    /// Takes an operation's folder over; waits for whoever looks at it.
    pub(super) fn open(state: &Path, id: &str) -> Result<Self, Error> {
        let folder = folder(state, id);
        let lock = Lock::wait(&folder).map_err(failed(&folder))?;
        Ok(Self { journal: load(&folder)?, folder, _lock: lock })
    }

    /// Writes down that files are being swapped: the point of no return.
    pub(super) fn commit(&mut self) -> Result<(), Error> {
        self.journal.operation.state = OperationState::Committing;
        write(&self.folder, &self.journal)
    }

    /// Writes down how it ended, and in the operation that it took back that it did.
    pub(super) fn finish(
        &mut self,
        state: &Path,
        how: OperationState,
        error: Option<String>,
        at: OffsetDateTime,
    ) -> Result<(), Error> {
        let operation = &mut self.journal.operation;
        (operation.state, operation.error, operation.ended_at) = (how, error, Some(at));
        operation.ended_since_boot = since_boot();
        if let (OperationState::Done, Some(undone)) = (how, &operation.undoes) {
            mark_undone(state, undone, &operation.id)?;
        }
        write(&self.folder, &self.journal)
    }

    /// Keeps what lies somewhere before it is overwritten against the journal: in `replaced/`, named as the backup.
    pub(super) fn keep_replaced(&self, name: &str, old: &Seen) -> Result<(), Error> {
        let folder = self.folder.join("replaced");
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed(&folder))?;
        let path = folder.join(name);
        if path.exists() {
            return Ok(());
        }
        let kept = keep(&path, old)?;
        sync(&[(path, kept), opened(&folder)?])
    }

    /// Removes the folder: nothing has happened.
    pub(super) fn remove(self) -> Result<(), Error> {
        // The journal first: what is left without one is known as nothing.
        let journal = self.folder.join(JOURNAL);
        match fs::remove_file(&journal) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(&journal)(error)),
            _ => {}
        }
        fs::remove_dir_all(&self.folder).map_err(failed(&self.folder))
    }
}

fn make(path: &Path, content: &[u8]) -> Result<File, Error> {
    let mut file = OpenOptions::new();
    let mut file = file.write(true).create_new(true).mode(0o600).open(path).map_err(failed(path))?;
    file.write_all(content).map_err(failed(path))?;
    Ok(file)
}

/// A copy of the content, for root alone. Its extended attributes go with it as far as this file system takes them.
fn keep(path: &Path, old: &Seen) -> Result<File, Error> {
    let content = match (&old.content, &old.standing) {
        (Some(content), _) => content.expose(),
        (None, Standing::Link { text }) => text.as_bytes(),
        _ => &[],
    };
    let file = make(path, content)?;
    if let Some(from) = &old.file {
        let _ = copy_extended(from, &file);
        rustix::fs::fchmod(&file, rustix::fs::Mode::from_raw_mode(0o600))
            .map_err(|errno| failed(path)(errno.into()))?;
    }
    Ok(file)
}
