//! Why nothing was changed.

use rustix::io::Errno;

use crate::pki::text::{printable, quoted};
use crate::store::StoreError;
use crate::store::read::Trouble;

/// A plan was not applied: every file of the PKI is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Somebody else is writing there.
    #[error("{} is being changed by {by}", printable(.path))]
    Locked {
        /// The folder.
        path: String,
        /// As "pid 123 (kubepki)".
        by: String,
    },
    /// It is no longer as it was when the plan was made.
    #[error("{} has changed since the plan was made: {what}", printable(.path))]
    Changed {
        /// The path.
        path: String,
        /// What is other, as "its content", "it is gone".
        what: String,
    },
    /// The disk is too full for the new files beside the old ones, or for the copies of the old
    /// ones.
    #[error("no space in {}{}", printable(.path), counted(*.needed, *.free))]
    NoSpace {
        /// The file or folder.
        path: String,
        /// In bytes; 0 where the system only said that there is not enough.
        needed: u64,
        /// In bytes.
        free: u64,
    },
    /// The file system is mounted read-only.
    #[error("{} is on a read-only file system", printable(.path))]
    ReadOnly {
        /// The folder.
        path: String,
        /// Where that file system is mounted on this machine; empty where it is not known.
        mount: String,
    },
    /// The file or folder has the immutable or append-only flag (chattr(1)).
    #[error("{} is immutable", printable(.path))]
    Immutable {
        /// The path.
        path: String,
    },
    /// No permission.
    #[error("no permission to change {}", printable(.path))]
    Denied {
        /// The path.
        path: String,
    },
    /// It is nothing that is replaced by a rename.
    #[error("{} is not changed: {why}", printable(.path))]
    NotPlain {
        /// The path.
        path: String,
        /// As "it is a mount point", "a link in a folder that is not root's alone".
        why: String,
    },
    /// A new file, read back before the swap, is not what it should be.
    #[error("the new {} is not put in place: {why}", printable(.path))]
    StagedWrong {
        /// The path.
        path: String,
        /// As "its key does not belong to its certificate".
        why: String,
    },
    /// Earlier operations are unfinished: recovery comes first.
    #[error("{} was interrupted and is unfinished", .ids.join(", "))]
    Unfinished {
        /// Their ids.
        ids: Vec<String>,
    },
    /// The journal of an earlier operation cannot be read, and its new files still lie beside those
    /// to be changed.
    #[error("the operation {id} was interrupted here, and its journal cannot be read")]
    Damaged {
        /// Its id.
        id: String,
        /// Why it cannot.
        why: String,
    },
    /// The report said stop before the point of no return.
    #[error("stopped, nothing was changed")]
    Stopped,
    /// kubepki's own folder.
    #[error(transparent)]
    State(#[from] StoreError),
    /// What the operating system says.
    #[error("{}: {why}", printable(.path))]
    Io {
        /// The path.
        path: String,
        /// The system's words.
        why: String,
    },
}

impl ApplyError {
    /// What the system says about a path.
    pub(in crate::store) fn of(path: &str, errno: Errno) -> Self {
        let path = path.to_owned();
        match errno {
            Errno::NOSPC | Errno::DQUOT | Errno::FBIG => Self::NoSpace {
                path,
                needed: 0,
                free: 0,
            },
            Errno::ROFS => Self::ReadOnly {
                path,
                mount: String::new(),
            },
            Errno::ACCESS | Errno::PERM => Self::Denied { path },
            other => Self::Io {
                path,
                why: std::io::Error::from(other).to_string(),
            },
        }
    }

    /// The same from the standard library.
    pub(in crate::store) fn of_io(path: &str, error: &std::io::Error) -> Self {
        let io = || Self::Io {
            path: path.to_owned(),
            why: error.to_string(),
        };
        Errno::from_io_error(error).map_or_else(io, |errno| Self::of(path, errno))
    }

    /// A path that cannot be looked at.
    pub(in crate::store) fn in_trouble(path: &str, trouble: &Trouble) -> Self {
        let path = path.to_owned();
        match trouble {
            Trouble::Denied => Self::Denied { path },
            Trouble::Io(why) => Self::Io {
                path,
                why: why.clone(),
            },
            Trouble::Absent => Self::Changed {
                path,
                what: "its folder is gone".to_owned(),
            },
            other => Self::NotPlain {
                path,
                why: format!("it {other}"),
            },
        }
    }

    /// What one may do next, as a sentence; empty where there is nothing to say.
    pub fn hint(&self) -> String {
        match self {
            Self::Locked { .. } => "wait until it is done, then try again".to_owned(),
            Self::Changed { .. } => "look at it again and make the plan anew".to_owned(),
            Self::NoSpace { .. } => "make room, then try again: nothing was written".to_owned(),
            Self::ReadOnly { mount, .. } if mount.is_empty() => {
                "make it writable, then try again".to_owned()
            }
            Self::ReadOnly { mount, .. } => {
                format!(
                    "make it writable: sudo mount -o remount,rw {}, then try again",
                    quoted(mount)
                )
            }
            Self::Immutable { .. } => {
                "take the flag away (sudo chattr -i -a), then try again".to_owned()
            }
            Self::Denied { .. } => "run kubepki as root (sudo)".to_owned(),
            Self::Damaged { id, .. } => {
                format!(
                    "look at the files named .kubepki-{id}-… and at before/ in the operation's folder, then remove these files"
                )
            }
            Self::Unfinished { .. } => {
                "kubepki ends it at its next start, or before its next change".to_owned()
            }
            Self::State(error) => error.hint(),
            Self::NotPlain { .. } => {
                "put that right by hand and try again, or choose the others by name".to_owned()
            }
            Self::StagedWrong { .. } | Self::Stopped | Self::Io { .. } => String::new(),
        }
    }
}

fn counted(needed: u64, free: u64) -> String {
    if needed == 0 {
        String::new()
    } else {
        format!(": {} needed, {} free", size(needed), size(free))
    }
}

/// Bytes as KiB or MiB, rounded up.
fn size(bytes: u64) -> String {
    match bytes.div_ceil(1024) {
        kib @ 0..10_240 => format!("{kib} KiB"),
        kib => format!("{} MiB", kib.div_ceil(1024)),
    }
}
