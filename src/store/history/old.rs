//! The old files of operations: read to take one back, dropped when they are past keeping.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::pki::{Secret, hex, sha256};
use crate::plan::{Material, Undoable};
use crate::record::{Entry, Operation, Standing};
use crate::store::read::{MOST_BYTES, Root};
use crate::store::{Error, journal, materials, state};

/// The folder of old files in an operation's folder.
const BEFORE: &str = "before";

/// Says how to copy the old files back by hand: it goes with them.
const README: &str = "README";

/// The journal and old files of `operation`, which [`super::list`] has given.
///
/// # Errors
/// Where the journal cannot be read. An old file that cannot is there with the reason.
pub fn undoable(folder: &Path, operation: Operation) -> Result<Undoable, Error> {
    let own = journal::folder(folder, &operation.id);
    state::check(&own)?;
    let (_, entries) = journal::read(&own)?;
    let backups = entries.iter().map(|entry| backup(&own, entry)).collect();
    Ok(Undoable { operation, entries, backups, folder: own.display().to_string() })
}

/// The old content of one entry, as it was when it was put aside.
pub(super) fn backup(own: &Path, entry: &Entry) -> Option<Result<Secret, String>> {
    let name = entry.backup.as_deref()?;
    // Whatever a journal says: nothing outside the folder is read.
    let read = Root::open(&own.join(BEFORE), Path::new("/"))
        .map_err(|error| error.to_string())
        .and_then(|root| root.read(&Path::new("/").join(name), MOST_BYTES).map_err(|trouble| trouble.to_string()));
    Some(read.and_then(|(bytes, _)| match entry.before.sha256() {
        Some(digest) if digest != hex(&sha256(&bytes)) => Err("is not what it was when it was put aside".to_owned()),
        _ => Ok(Secret::from(bytes)),
    }))
}

/// The old files of an operation, by their paths on this machine.
pub fn old_files(folder: &Path, id: &str) -> Vec<(String, Material)> {
    let own = std::path::absolute(journal::folder(folder, id)).unwrap_or_else(|_| journal::folder(folder, id));
    let Ok(root) = Root::open(Path::new("/"), Path::new("/")) else { return Vec::new() };
    let mut paths = Vec::new();
    gather(&own.join(BEFORE), &mut paths);
    if !paths.is_empty() {
        paths.push(own.join(README));
    }
    let present = paths.iter().filter_map(|path| Some((path.to_str()?.to_owned(), materials::file(&root, path))));
    present.filter(|(_, material)| material.standing != Standing::Absent).collect()
}

fn gather(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut below: Vec<_> = entries.filter_map(Result::ok).collect();
    below.sort_by_key(fs::DirEntry::file_name);
    for entry in below {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => gather(&entry.path(), paths),
            Ok(_) => paths.push(entry.path()),
            Err(_) => {}
        }
    }
}

/// Unlinks old files of operations, and the folders that become empty; syncs what held them.
///
/// # Errors
/// [`Error::Io`] for the first that cannot be dropped, or that is no old file of this state folder.
pub fn drop_old<'a>(folder: &Path, paths: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let all = journal::all(&folder);
    state::check(&all)?;
    let mut touched = std::collections::BTreeSet::new();
    for path in paths.map(Path::new) {
        let failed = |why: String| Error::Io { path: path.to_owned(), why };
        let own = own_folder(&all, path).ok_or_else(|| failed("is no old file of an operation".to_owned()))?;
        fs::remove_file(path).map_err(|error| failed(error.to_string()))?;
        touched.insert(own);
    }
    for own in touched {
        remove_empty(&own.join(BEFORE));
        File::open(&own)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| Error::Io { path: own, why: error.to_string() })?;
    }
    Ok(())
}

/// The operation's folder, where `path` is one of its old files.
fn own_folder(all: &Path, path: &Path) -> Option<PathBuf> {
    let below = path.strip_prefix(all).ok()?;
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_str()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [id, README] => Some(all.join(id)),
        [id, BEFORE, rest @ ..] if !rest.is_empty() && !parts.contains(&"..") => Some(all.join(id)),
        _ => None,
    }
}

fn remove_empty(folder: &Path) {
    if let Ok(entries) = fs::read_dir(folder) {
        for entry in entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            remove_empty(&entry.path());
        }
    }
    // One that still holds something stays.
    let _ = fs::remove_dir(folder);
}
