//! The old files of operations: read to take one back, dropped when they are past keeping.

use std::fs;
use std::path::{Path, PathBuf};

use crate::pki::Secret;
use crate::plan::{Material, Undoable};
use crate::record::{Entry, Operation, Standing};
use crate::store::read::Root;
use crate::store::{Error, journal, materials, state};

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
    let root = Root::open(&journal::before(own), Path::new("/"));
    Some(root.map_err(|error| error.to_string()).and_then(|root| {
        let material = materials::file(&root, &Path::new("/").join(name));
        if material.content.is_ok() && material.standing.sha256() != entry.before.sha256() {
            return Err("is not what it was when it was put aside".to_owned());
        }
        material.content
    }))
}

/// The old files of an operation, by their paths on this machine.
pub fn old_files(folder: &Path, id: &str) -> Vec<(String, Material)> {
    let own = std::path::absolute(journal::folder(folder, id)).unwrap_or_else(|_| journal::folder(folder, id));
    let Ok(root) = Root::open(Path::new("/"), Path::new("/")) else { return Vec::new() };
    let mut paths = Vec::new();
    gather(&journal::before(&own), &mut paths);
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
