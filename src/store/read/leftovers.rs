//! Temporary files that an operation has left behind.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::files::Wanted;
use super::root::{Root, shown};
use super::walk::Walk;
use crate::inventory::Leftover;

/// How the name of every temporary file begins; the operation's id and a number follow.
const BEGINNING: &str = ".kubepki-";

/// Takes those among the files that were walked: they are nobody's certificates.
pub(super) fn taken(walk: &mut Walk) -> Vec<Leftover> {
    let (left, files) = std::mem::take(&mut walk.files)
        .into_iter()
        .partition(|path| is_one(path));
    walk.files = files;
    left_at(left)
}

/// Those beside files that lie elsewhere than in the folders that were walked, as in a user's
/// `.kube`.
pub(super) fn beside(root: &Root, walk: &mut Walk, wanted: &[Wanted]) -> Vec<Leftover> {
    let folders: BTreeSet<&Path> = wanted
        .iter()
        .filter_map(|(path, _)| path.parent())
        .collect();
    let new: Vec<&Path> = folders
        .into_iter()
        .filter(|folder| walk.is_new(root, folder))
        .collect();
    let names = new.into_iter().flat_map(|folder| {
        // What cannot be looked into is told with the file that lies there.
        let entries = root.list(folder).unwrap_or_default();
        entries
            .into_iter()
            .map(|entry| folder.join(entry.name))
            .filter(|path| is_one(path))
    });
    left_at(names.collect())
}

fn is_one(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| operation_of(name).is_some())
}

fn left_at(paths: Vec<PathBuf>) -> Vec<Leftover> {
    let left = paths.into_iter().filter_map(|path| {
        let operation = operation_of(path.file_name()?)?.to_owned();
        Some(Leftover {
            path: shown(path.as_os_str()),
            operation,
        })
    });
    left.collect()
}

/// The operation that made a temporary file of this name.
fn operation_of(name: &OsStr) -> Option<&str> {
    let (operation, number) = name.to_str()?.strip_prefix(BEGINNING)?.rsplit_once('-')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !operation.is_empty()).then_some(operation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::journal::temporary_prefix;

    #[test]
    fn the_name_says_whose_it_is() {
        for (name, operation) in [
            (
                format!("{}7", temporary_prefix("20261122T031205Z-0a1b2c")),
                Some("20261122T031205Z-0a1b2c"),
            ),
            (".kubepki-a-0".to_owned(), Some("a")),
            (".kubepki-a-".to_owned(), None),
            (".kubepki--1".to_owned(), None),
            (".kubepki-1".to_owned(), None),
            (".kubepki-a-1x".to_owned(), None),
            ("kubepki-a-1".to_owned(), None),
        ] {
            assert_eq!(operation_of(OsStr::new(&name)), operation, "{name}");
        }
    }
}
