//! All operations of a state folder, as they are read.

use std::path::PathBuf;

use super::{JOURNAL, Journal, MOST_BYTES, check, damage, folder, is_id, record};
use crate::record::{JournalEntry, Operation};
use crate::store::StoreError;
use crate::store::folder::Folder;
use crate::store::state::{OPERATIONS, StateFolder};

/// The operations of a state folder.
#[derive(Debug)]
pub(in crate::store) struct Operations {
    pub(super) folder: Folder,
    is_on_disk: bool,
}

impl Operations {
    /// Those of this state folder; `None` where there is no folder of any.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read, or others could have put something there.
    pub(in crate::store) fn of(state: &StateFolder) -> Result<Option<Self>, StoreError> {
        let folder = state.operations()?;
        Ok(folder.map(|folder| Self {
            folder,
            is_on_disk: state.is_on_disk(),
        }))
    }

    /// The ids of all that have a journal, oldest first.
    pub(in crate::store) fn ids(&self) -> Result<Vec<String>, StoreError> {
        let names = self
            .folder
            .names()?
            .into_iter()
            .filter_map(|name| name.into_string().ok());
        let has_journal = |id: &String| {
            let folder = self.folder.open(id).ok().flatten();
            folder.is_some_and(|folder| folder.stat(JOURNAL).is_ok_and(|stat| stat.is_some()))
        };
        Ok(names
            .filter(|name| is_id(name))
            .filter(has_journal)
            .collect())
    }

    /// The folder of one, which nobody but the caller and root writes to.
    pub(in crate::store) fn open(&self, id: &str) -> Result<Folder, StoreError> {
        let gone = || StoreError::NoSuchDirectory(self.folder.path().join(id));
        // Whoever names it: no other folder is meant.
        let folder = if is_id(id) {
            self.folder.open_own(id)?
        } else {
            None
        };
        folder.ok_or_else(gone)
    }

    /// Whether one came to an end. Every command asks this of every operation, so nothing else of
    /// the journal is looked at.
    pub(in crate::store) fn is_unfinished(&self, id: &str) -> Result<bool, StoreError> {
        let folder = self.open(id)?;
        record::is_unfinished(&text_of(&folder)?).map_err(|why| damage(&folder, why))
    }

    /// The journal of one, and the folder in which it lies.
    pub(in crate::store) fn read(&self, id: &str) -> Result<(Journal, Folder), StoreError> {
        let folder = self.open(id)?;
        let (journal, _) = self.load_from(&folder, id)?;
        Ok((journal, folder))
    }

    /// The journal of one, and whether it bears a checksum.
    pub(in crate::store) fn load(&self, id: &str) -> Result<(Journal, bool), StoreError> {
        self.load_from(&self.open(id)?, id)
    }

    pub(super) fn load_from(
        &self,
        folder: &Folder,
        id: &str,
    ) -> Result<(Journal, bool), StoreError> {
        let (journal, is_sealed) =
            record::read(&text_of(folder)?).map_err(|why| damage(folder, why))?;
        check::check(id, &journal, self.is_on_disk).map_err(|why| damage(folder, why))?;
        Ok((journal, is_sealed))
    }
}

fn text_of(folder: &Folder) -> Result<String, StoreError> {
    let gone = || StoreError::NoSuchDirectory(folder.path().to_owned());
    let bytes = folder.read(JOURNAL, MOST_BYTES)?.ok_or_else(gone)?;
    String::from_utf8(bytes).map_err(|_| damage(folder, "it is not UTF-8 text".to_owned()))
}

/// The ids of all operations that have a journal, oldest first.
///
/// # Errors
/// [`StoreError`] where the folder is there and cannot be read, or others could have put something
/// there.
pub fn ids(state: &StateFolder) -> Result<Vec<String>, StoreError> {
    Operations::of(state)?.map_or(Ok(Vec::new()), |operations| operations.ids())
}

/// Whether the operation `id` is kept in this folder, readable or not.
pub fn is_kept(state: &StateFolder, id: &str) -> bool {
    Operations::of(state)
        .ok()
        .flatten()
        .is_some_and(|operations| operations.open(id).is_ok())
}

/// Where something is written next: the folder of all operations, and those whose operation did not
/// end. Empty where there is none yet, or none that may be read.
pub fn at_work(state: &StateFolder) -> Vec<PathBuf> {
    let Ok(Some(operations)) = Operations::of(state) else {
        return Vec::new();
    };
    let ids = operations.ids().unwrap_or_default();
    let open = ids
        .iter()
        .filter(|id| operations.is_unfinished(id).unwrap_or(false));
    let open = open.map(|id| folder(state.path(), id));
    std::iter::once(state.path().join(OPERATIONS))
        .chain(open)
        .collect()
}

/// Reads the journal of an operation.
///
/// # Errors
/// [`StoreError::NoSuchDirectory`] where it is not there, [`StoreError::Damaged`] where it is not
/// one that could have been written; [`StoreError::Io`].
pub fn read(state: &StateFolder, id: &str) -> Result<(Operation, Vec<JournalEntry>), StoreError> {
    let gone = || StoreError::NoSuchDirectory(folder(state.path(), id));
    let (journal, _) = Operations::of(state)?.ok_or_else(gone)?.read(id)?;
    Ok((journal.operation, journal.entries))
}
