//! Names below a folder: what is there, before anything is opened.

use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::FileType;

use super::root::{Root, Trouble, shown};
use crate::inventory::{Unread, Unseen};

/// The most entries of one walk: ten times the largest collection of certificates that is expected.
const MOST_ENTRIES: usize = 1_000_000;

/// The deepest folder: deeper ones are backups of backups.
const DEEPEST: usize = 24;

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walk {
    /// Everything that is no folder, by logical path.
    pub(super) files: Vec<PathBuf>,
    /// The folders.
    pub(super) folders: Vec<PathBuf>,
    /// Folders that could not be looked into.
    pub(super) unread: Vec<Unread>,
    seen: HashSet<(u64, u64)>,
    /// The only device whose folders are entered.
    device: Option<u64>,
}

impl Walk {
    /// The same names, below a folder of the master in place of "/".
    pub(super) fn mounted_at(mut self, folder: &Path) -> Self {
        let below = |path: &PathBuf| folder.join(path.strip_prefix("/").unwrap_or(path));
        for path in self.files.iter_mut().chain(&mut self.folders) {
            *path = below(path);
        }
        self
    }

    /// A walk that stays on the file system of `folder`: below a folder that the user gave may lie
    /// anything.
    pub(super) fn on_one_device(root: &Root, folder: &Path) -> Self {
        Self {
            device: root.folder_identity(folder).ok().map(|identity| identity.0),
            ..Self::default()
        }
    }

    /// Adds what is below `folder`. A folder that is not there adds nothing; links to folders are
    /// followed, each folder is entered once.
    pub(super) fn add(&mut self, root: &Root, folder: &Path) {
        let mut pending = vec![(folder.to_owned(), 0)];
        while let Some((folder, depth)) = pending.pop() {
            let identity = match root.folder_identity(&folder) {
                Ok(identity) => identity,
                Err(Trouble::Absent | Trouble::Outside) => continue,
                Err(trouble) => {
                    self.miss(&folder, Unseen::Trouble(trouble));
                    continue;
                }
            };
            let elsewhere = self.device.is_some_and(|device| device != identity.0);
            if elsewhere || !self.seen.insert(identity) {
                continue;
            }
            if depth > DEEPEST || self.files.len() > MOST_ENTRIES {
                self.miss(&folder, Unseen::TooMuch);
                continue;
            }
            let entries = match root.list(&folder) {
                Ok(entries) => entries,
                Err(trouble) => {
                    self.miss(&folder, Unseen::Trouble(trouble));
                    continue;
                }
            };
            for entry in entries {
                let path = folder.join(&entry.name);
                let is_folder = match entry.kind {
                    FileType::Directory => true,
                    FileType::Symlink | FileType::Unknown => root.is_folder(&path),
                    _ => false,
                };
                if is_folder {
                    pending.push((path, depth + 1));
                } else {
                    self.files.push(path);
                }
            }
            self.folders.push(folder);
        }
    }

    /// True for a folder that was not entered; from now on it was.
    pub(super) fn is_new(&mut self, root: &Root, folder: &Path) -> bool {
        root.folder_identity(folder)
            .is_ok_and(|identity| self.seen.insert(identity))
    }

    fn miss(&mut self, folder: &Path, why: Unseen) {
        self.unread.push(Unread {
            path: shown(folder.as_os_str()),
            why,
        });
    }
}

/// The unread entry of a path in trouble.
pub(super) fn unread(path: &Path, trouble: Trouble) -> Unread {
    Unread {
        path: shown(path.as_os_str()),
        why: Unseen::Trouble(trouble),
    }
}

/// The part after the last dot of the name, in lower case.
pub(super) fn ending(path: &Path) -> String {
    let name = path.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
    let ending = name
        .rsplit(|byte| *byte == b'.')
        .next()
        .filter(|ending| ending.len() < name.len());
    String::from_utf8_lossy(ending.unwrap_or_default()).to_ascii_lowercase()
}
