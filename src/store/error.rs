//! What can stop the reading of a master as a whole. Single bad files never do: they become items
//! with a fault.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::pki::text::quoted;

/// A fact about the folder that was asked for, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The folder is not there.
    #[error("{} does not exist", .0.display())]
    NoSuchDirectory(PathBuf),
    /// It is there and no folder.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// It may not be looked into.
    #[error("no permission to read {}", .0.display())]
    NoPermission(PathBuf),
    /// No layout bears that name.
    #[error("there is no layout {name:?}; known are {known}")]
    NoSuchLayout {
        /// As it was given.
        name: String,
        /// The names that exist, comma separated.
        known: String,
    },
    /// Others than its owner and root could put something in place of what is kept there.
    #[error("{} may be written to by others", .0.display())]
    NotPrivate(PathBuf),
    /// It belongs to somebody else than root and the caller, who could put something in place of
    /// what is kept there.
    #[error("{} belongs to uid {owner}, who could change what kubepki keeps", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Its owner's number.
        owner: u32,
    },
    /// The folder for kubepki's own state is one of those whose files it changes, or lies right in
    /// one.
    #[error("{} lies among the files that are changed, where kubepki keeps none of its own", .0.display())]
    AmongOthers(PathBuf),
    /// Something that kubepki keeps is not as it would have left it.
    #[error("{} is damaged: {why}", path.display())]
    Damaged {
        /// What it is.
        path: PathBuf,
        /// As "it is no file".
        why: String,
    },
    /// kubepki's own folder may not be opened or written to.
    #[error("no permission to open {}", .0.display())]
    Closed(PathBuf),
    /// Another kubepki restarts a component, or changes files.
    #[error("{} by {by}", if *.restarts { "a component is being restarted" } else { "files are being changed" })]
    Busy {
        /// Whether it restarts.
        restarts: bool,
        /// As "pid 123 (kubepki)".
        by: String,
    },
    /// The caller's report said stop.
    #[error("stopped")]
    Stopped,
    /// What the operating system says.
    #[error("{}: {why}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
}

const ANOTHER: &str = "another folder with --state-dir";

fn shell_word(path: &Path) -> String {
    quoted(&path.to_string_lossy()).into_owned()
}

impl StoreError {
    /// What one may do next, as a sentence; empty where there is nothing to say.
    pub fn hint(&self) -> String {
        match self {
            Self::NoPermission(path) => format!("try: sudo kubepki --root {}", path.display()),
            Self::NoSuchDirectory(_) | Self::NotADirectory(_) => {
                "give a master's root, its /etc, /etc/kubernetes or a folder of certificates"
                    .to_owned()
            }
            Self::NoSuchLayout { .. } => {
                "leave --layout away: it is found out from what is there".to_owned()
            }
            Self::NotPrivate(path) => {
                format!("sudo chmod go-w {}, or name {ANOTHER}", shell_word(path))
            }
            Self::Foreign { path, .. } => {
                format!("sudo chown root {}, or name {ANOTHER}", shell_word(path))
            }
            Self::AmongOthers(_) => format!("name {ANOTHER}"),
            Self::Closed(_) => format!("name {ANOTHER}, or run kubepki as root (sudo)"),
            Self::Busy { .. } => "wait until it has ended".to_owned(),
            Self::Stopped | Self::Damaged { .. } | Self::Io { .. } => String::new(),
        }
    }
}

/// The system's words about `path`.
pub(super) fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError + use<> {
    let path = path.to_owned();
    move |error| match error.kind() {
        ErrorKind::PermissionDenied => StoreError::Closed(path),
        // Without the number that the standard library puts behind the system's words.
        _ => StoreError::Io {
            path,
            why: error
                .to_string()
                .split(" (os error")
                .next()
                .unwrap_or_default()
                .to_owned(),
        },
    }
}
