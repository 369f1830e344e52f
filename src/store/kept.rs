//! Small texts in folders of the state folder: answers of setups, waiting requests. They are
//! written as every change is, by a plan.

use std::ffi::OsStr;

use super::StoreError;
use super::folder::{Folder, Strictness, judge};
use super::path_state::look;
use super::state::StateFolder;
use crate::pki::text::printable;

/// Everything of one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFiles<T> {
    /// What can be used, in the order of the files' names.
    pub all: Vec<T>,
    /// Files that cannot, a sentence each.
    pub faults: Vec<String>,
}

impl<T> Default for KeptFiles<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            faults: Vec::new(),
        }
    }
}

/// Reads every file of the folder whose name `is_one`, by `read`: from its name and its text. One
/// that cannot be used costs only itself; where nothing was kept yet nothing is made.
///
/// # Errors
/// [`StoreError::NotPrivate`], [`StoreError::Foreign`] where others could have put something there;
/// [`StoreError::Closed`], [`StoreError::Io`].
pub(super) fn list<T>(
    state: &StateFolder,
    folder: &str,
    is_one: impl Fn(&str) -> bool,
    read: impl Fn(&str, &str) -> Result<T, String>,
) -> Result<KeptFiles<T>, StoreError> {
    let mut kept = KeptFiles::default();
    let folder = state
        .open()?
        .map(|state| state.open_own(folder))
        .transpose()?
        .flatten();
    let Some(folder) = folder else {
        return Ok(kept);
    };
    let names = folder.names()?.into_iter();
    for name in names
        .filter_map(|name| name.into_string().ok())
        .filter(|name| is_one(name))
    {
        match judged_text(&folder, &name).and_then(|text| read(&name, &text)) {
            Ok(one) => kept.all.push(one),
            Err(why) => kept.faults.push(format!(
                "{}: {}",
                folder.path().join(&name).display(),
                printable(&why)
            )),
        }
    }
    Ok(kept)
}

/// The text of a file that only its owner could have written.
///
/// # Errors
/// A sentence's end.
pub(super) fn judged_text(folder: &Folder, name: &str) -> Result<String, String> {
    let seen = look(folder.file(), OsStr::new(name)).map_err(|trouble| trouble.to_string())?;
    let content = seen.content.ok_or("it is no file")?;
    // The folder is its owner's alone; a file in it could have been given away since.
    if let Some(stat) = &seen.stat {
        let path = folder.path().join(name);
        judge(&path, stat, Strictness::Own).map_err(|error| error.to_string())?;
    }
    let text = std::str::from_utf8(content.expose()).map_err(|_| "it is not UTF-8")?;
    Ok(text.to_owned())
}
