//! The old files of operations: read to take one back, dropped when they are past keeping.

use std::ffi::OsStr;
use std::path::Path;

use crate::pki::Secret;
use crate::plan::{Lost, Material, Undoable};
use crate::record::{JournalEntry, Operation, PathState, Place};
use crate::store::folder::Folder;
use crate::store::journal::{self, Journal, Operations, README};
use crate::store::places::below;
use crate::store::state::StateFolder;
use crate::store::{StoreError, materials};

/// The journal and old files of `operation`, which [`super::list`] has given of this very folder.
///
/// # Errors
/// Where the journal cannot be read. An old file that cannot is there with the reason.
pub fn undoable(state: &StateFolder, operation: Operation) -> Result<Undoable, StoreError> {
    let gone = || StoreError::NoSuchDirectory(journal::folder(state.path(), &operation.id));
    let (
        Journal {
            operation: written,
            entries,
        },
        own,
    ) = Operations::of(state)?
        .ok_or_else(gone)?
        .read(&operation.id)?;
    // All of it from one journal; what became of it since, the others know too.
    let operation = Operation {
        state: operation.state,
        undone_by: operation.undone_by,
        ..written
    };
    let before = journal::before(&own);
    let backups = entries
        .iter()
        .map(|entry| backup(before.as_ref(), entry))
        .collect();
    let folder = own.path().display().to_string();
    let undoable = Undoable {
        operation,
        entries,
        backups,
        folder,
    };
    Ok(if state.is_on_disk() {
        here(undoable, state)
    } else {
        undoable
    })
}

/// Paths of the machine that wrote it, all of them below the root that it had then, as they are on
/// this one.
fn here(mut undoable: Undoable, state: &StateFolder) -> Undoable {
    let was = undoable.operation.root.clone();
    let moved = |path: &mut String| {
        let rest = below(Path::new(&*path), Path::new(&was), Path::new("/"));
        let now = rest.and_then(|rest| {
            state
                .on_this_machine(&rest.logical)?
                .into_os_string()
                .into_string()
                .ok()
        });
        *path = now.unwrap_or_default();
    };
    // Whoever wrote the disk wrote these too: nobody is to type them.
    undoable
        .operation
        .plan
        .restarts
        .iter_mut()
        .for_each(|restart| restart.how.clear());
    for (change, entry) in undoable
        .operation
        .plan
        .changes
        .iter_mut()
        .zip(&mut undoable.entries)
    {
        if change.place == Place::Local {
            [&mut change.path, &mut entry.path, &mut entry.target]
                .into_iter()
                .for_each(moved);
        }
    }
    undoable
}

/// The old content of one entry, as it was when it was put aside.
pub(super) fn backup(
    before: Result<&Folder, &StoreError>,
    entry: &JournalEntry,
) -> Option<Result<Secret, Lost>> {
    let name = entry.backup.as_deref()?;
    Some(
        before
            .map_err(|error| Lost::Folder(error.to_string()))
            .and_then(|before| {
                let material = materials::kept(before.file(), OsStr::new(name));
                if material.content.is_ok() && material.path_state.sha256() != entry.before.sha256()
                {
                    return Err(Lost::Changed);
                }
                Ok(material.content?)
            }),
    )
}

/// The old files of an operation, by their paths on this machine.
pub fn old_files(state: &StateFolder, id: &str) -> Vec<(String, Material)> {
    let Ok(Some(operations)) = Operations::of(state) else {
        return Vec::new();
    };
    let Ok(own) = operations.open(id) else {
        return Vec::new();
    };
    let Ok(before) = journal::before(&own) else {
        return Vec::new();
    };
    let names = before.names().unwrap_or_default();
    let of = |folder: &Folder, name: &OsStr| {
        let path = folder
            .path()
            .join(name)
            .into_os_string()
            .into_string()
            .ok()?;
        Some((path, materials::kept(folder.file(), name)))
    };
    let mut files: Vec<_> = names.iter().filter_map(|name| of(&before, name)).collect();
    if !files.is_empty() {
        files.extend(of(&own, OsStr::new(README)));
    }
    files.retain(|(_, material)| material.path_state != PathState::Absent);
    files
}
