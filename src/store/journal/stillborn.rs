//! What lies among the operations and is none: folders that were killed before their journal stood,
//! which go, and what somebody else has put there, which stays and is named.

use std::ffi::{OsStr, OsString};

use rustix::fs::FileType;

use super::{ASIDE, BEFORE, JOURNAL, README, REPLACED, is_at_work, is_id, turn};
use crate::pki::text::printable;
use crate::store::StoreError;
use crate::store::folder::Folder;
use crate::store::read::shown;
use crate::store::state::StateFolder;

/// What a name among the operations stands for.
enum FoundOperation {
    /// An operation: it has a journal.
    Operation,
    /// It was killed before its journal stood: no file of the PKI was touched for it.
    Stillborn(Folder),
    /// Somebody else's: why it is none of ours.
    Other(&'static str),
}

/// Removes the folders that were killed before their journal stood.
pub(in crate::store) fn remove_stillborn(state: &StateFolder) -> Result<(), StoreError> {
    let Some(operations) = state.operations()? else {
        return Ok(());
    };
    let _turn = turn(&operations)?;
    for name in operations.names()? {
        if let FoundOperation::Stillborn(folder) = found(&operations, &name)?
            && !is_at_work(&folder)?
        {
            remove(&operations, &name, &folder)?;
        }
    }
    Ok(())
}

/// What lies among the operations and is none of ours, a sentence each. It is never removed.
///
/// # Errors
/// [`StoreError`] where the folder is there and cannot be read.
pub fn others(state: &StateFolder) -> Result<Vec<String>, StoreError> {
    let Some(operations) = state.operations()? else {
        return Ok(Vec::new());
    };
    let mut others = Vec::new();
    for name in operations.names()? {
        if let FoundOperation::Other(why) = found(&operations, &name)? {
            let path = operations.path().join(&name);
            others.push(format!(
                "{} {why}; kubepki leaves it alone",
                printable(&shown(path.as_os_str()))
            ));
        }
    }
    Ok(others)
}

fn found(operations: &Folder, name: &OsStr) -> Result<FoundOperation, StoreError> {
    if !name.to_str().is_some_and(is_id) {
        return Ok(FoundOperation::Other("is no operation"));
    }
    let Ok(Some(folder)) = operations.open(name) else {
        return Ok(FoundOperation::Other("is no folder"));
    };
    if folder.stat(JOURNAL)?.is_some() {
        return Ok(FoundOperation::Operation);
    }
    if !folder.is_ours_alone() {
        return Ok(FoundOperation::Other(
            "has no journal, and is not kubepki's alone",
        ));
    }
    let holds_ours = holds(&folder, |name, kind| match kind {
        FileType::RegularFile => name == ASIDE || name == README,
        FileType::Directory => name == BEFORE || name == REPLACED,
        _ => false,
    })?;
    let hold_files = [BEFORE, REPLACED]
        .into_iter()
        .all(|name| match folder.open(name) {
            Ok(Some(below)) => {
                holds(&below, |_, kind| kind == FileType::RegularFile).unwrap_or(false)
            }
            below => below.is_ok(),
        });
    Ok(if holds_ours && hold_files {
        FoundOperation::Stillborn(folder)
    } else {
        FoundOperation::Other("has no journal, and holds what kubepki does not put there")
    })
}

/// Whether all that lies in a folder may be there.
fn holds(folder: &Folder, may: impl Fn(&OsStr, FileType) -> bool) -> Result<bool, StoreError> {
    for name in folder.names()? {
        let Some(stat) = folder.stat(&name)? else {
            continue;
        };
        if !may(&name, FileType::from_raw_mode(stat.st_mode)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes an operation's folder with what kubepki puts there, and nothing else: then it stays.
pub(super) fn remove(operations: &Folder, name: &OsStr, folder: &Folder) -> Result<(), StoreError> {
    // The journal first: what is left without one is known as nothing.
    for file in [JOURNAL, ASIDE, README] {
        folder.remove(file)?;
    }
    for below in [BEFORE, REPLACED] {
        let Some(opened) = folder.open(below)? else {
            continue;
        };
        let names: Vec<OsString> = opened.names()?;
        names.iter().try_for_each(|name| opened.remove(name))?;
        folder.remove_folder(below)?;
    }
    operations.remove_folder(name)
}
