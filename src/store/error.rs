//! What can stop the reading of a master as a whole. Single bad files never do: they become items with a fault.

use std::path::PathBuf;

/// A fact about the folder that was asked for, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
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

impl Error {
    /// What one may do next, as a sentence; empty where there is nothing to say.
    pub fn hint(&self) -> String {
        match self {
            Self::NoPermission(path) => format!("try: sudo kubepki --root {}", path.display()),
            Self::NoSuchDirectory(_) | Self::NotADirectory(_) => {
                "give a master's root, its /etc, /etc/kubernetes or a folder of certificates".to_owned()
            }
            Self::NoSuchLayout { .. } => "leave --layout away: it is found out from what is there".to_owned(),
            Self::NotPrivate(_) => "chmod go-w, or name another folder with --state-dir".to_owned(),
            Self::Stopped | Self::Io { .. } => String::new(),
        }
    }
}
