//! How a path stands, looked at through its opened folder: no link is followed, nothing but regular
//! files is opened.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, openat, readlinkat};
use rustix::io::Errno;

use super::guarded::{self, Form, OPENED, Trouble};
use crate::pki::{Secret, hex, sha256};
use crate::record::{Attributes, PathState};

/// A file that a plan replaces, or keeps a copy of, is no larger, in bytes.
const MOST_BYTES: u64 = 64 << 20;

/// What lies at a name.
#[derive(Debug)]
pub(super) struct SeenAtPath {
    /// How it stands; `through` is never set.
    pub(super) path_state: PathState,
    /// A regular file's content.
    pub(super) content: Option<Secret>,
    /// A regular file, opened to read.
    pub(super) file: Option<File>,
    /// What the system says of it; `None` where nothing is there.
    pub(super) stat: Option<Stat>,
}

impl SeenAtPath {
    /// Nothing is there.
    pub(super) fn nothing() -> Self {
        Self {
            path_state: PathState::Absent,
            content: None,
            file: None,
            stat: None,
        }
    }

    /// Why nothing is changed here in a folder (`open`) to which others than root and the caller
    /// may write: they can put another file behind this name.
    pub(super) fn exposed(&self, open: bool) -> Option<&'static str> {
        let has_other_names = self.stat.as_ref().is_some_and(|stat| stat.st_nlink > 1);
        match self.path_state {
            _ if !open => None,
            PathState::Link { .. } => Some("it is a link, and others may write to its folder"),
            PathState::File { .. } if has_other_names => {
                Some("it has a second name (hard link), and others may write to its folder")
            }
            _ => None,
        }
    }
}

/// Looks at `name` in `folder`.
pub(super) fn look(folder: impl AsFd, name: &OsStr) -> Result<SeenAtPath, Trouble> {
    let folder = folder.as_fd();
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let here = match openat(folder, name, flags, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(SeenAtPath::nothing()),
        here => here.map_err(trouble)?,
    };
    let stat = fstat(&here).map_err(trouble)?;
    let seen = |path_state| SeenAtPath {
        path_state,
        content: None,
        file: None,
        stat: Some(stat),
    };
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => content(folder, name),
        FileType::Directory => Ok(seen(PathState::Directory {
            attributes: attributes(&stat),
        })),
        FileType::Symlink => {
            let text = readlinkat(here.as_fd(), "", Vec::new()).map_err(trouble)?;
            // A text that is not UTF-8 could not be written again from a journal.
            let text = text
                .into_string()
                .map_err(|_| Trouble::NotAFile(Form::OddLink))?;
            Ok(seen(PathState::Link { text }))
        }
        _ => Err(Trouble::NotAFile(Form::NeverOpened)),
    }
}

fn content(folder: BorrowedFd<'_>, name: &OsStr) -> Result<SeenAtPath, Trouble> {
    let file = File::from(
        openat(folder, name, OPENED | OFlags::NOFOLLOW, Mode::empty()).map_err(trouble)?,
    );
    let (bytes, stat) = guarded::content(&file, MOST_BYTES)?;
    let sha256 = hex(&sha256(&bytes));
    let path_state = PathState::File {
        sha256,
        attributes: attributes(&stat),
        through: None,
    };
    Ok(SeenAtPath {
        path_state,
        content: Some(Secret::from(bytes)),
        file: Some(file),
        stat: Some(stat),
    })
}

fn attributes(stat: &Stat) -> Attributes {
    Attributes {
        owner: stat.st_uid,
        group: stat.st_gid,
        mode: stat.st_mode & 0o7777,
    }
}

fn trouble(errno: Errno) -> Trouble {
    match errno {
        Errno::ACCESS | Errno::PERM => Trouble::Denied,
        Errno::LOOP => Trouble::NotAFile(Form::Exchanged),
        other => Trouble::Io(std::io::Error::from(other).to_string()),
    }
}

/// The same for the file itself, whatever link leads to it.
pub(super) fn of_file_itself(path_state: &PathState) -> PathState {
    match path_state {
        PathState::File {
            sha256, attributes, ..
        } => PathState::File {
            sha256: sha256.clone(),
            attributes: *attributes,
            through: None,
        },
        other => other.clone(),
    }
}

/// What is other in `now`, as the end of a sentence.
pub(super) fn difference(before: &PathState, now: &PathState) -> String {
    match (before, now) {
        (PathState::Absent, _) => "it is there now".to_owned(),
        (_, PathState::Absent) => "it is gone".to_owned(),
        (
            PathState::File {
                sha256: old,
                attributes: was,
                through,
            },
            PathState::File {
                sha256: new,
                attributes: is,
                through: leads,
            },
        ) => {
            if through != leads {
                "the link to it is another one".to_owned()
            } else if old != new {
                "its content is another".to_owned()
            } else {
                other_attributes(*was, *is)
            }
        }
        (PathState::Directory { attributes: was }, PathState::Directory { attributes: is }) => {
            other_attributes(*was, *is)
        }
        (PathState::Link { .. }, PathState::Link { .. }) => "it leads elsewhere".to_owned(),
        (_, PathState::File { .. }) => "it is a file now".to_owned(),
        (_, PathState::Link { .. }) => "it is a link now".to_owned(),
        (_, PathState::Directory { .. }) => "it is a folder now".to_owned(),
    }
}

fn other_attributes(was: Attributes, is: Attributes) -> String {
    if (was.owner, was.group) == (is.owner, is.group) {
        format!("its mode was {:04o} and is {:04o}", was.mode, is.mode)
    } else {
        format!(
            "its owner was {}:{} and is {}:{}",
            was.owner, was.group, is.owner, is.group
        )
    }
}
