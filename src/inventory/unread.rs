//! What lies there and was not read: what could not be, and temporary files, which are none of the
//! PKI.

use std::fmt::{self, Display, Formatter};

use crate::kubernetes::flags;

/// Something that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The path, as on the master.
    pub path: String,
    /// Why.
    pub why: Unseen,
}

/// Why something was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unseen {
    /// It could not be read.
    Trouble(Trouble),
    /// It lies deeper, or behind more entries, than anybody keeps a PKI.
    TooMuch,
    /// It was read, and gives no flags.
    NoFlags(flags::FlagsError),
}

impl Unseen {
    /// Whether it is permission that was wanting.
    pub fn is_denied(&self) -> bool {
        *self == Self::Trouble(Trouble::Denied)
    }
}

impl From<Trouble> for Unseen {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl Display for Unseen {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trouble(trouble) => trouble.cause().fmt(out),
            Self::TooMuch => out.write_str("more entries than kubepki looks at"),
            Self::NoFlags(error) => error.fmt(out),
        }
    }
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nothing has that name.
    #[error("does not exist")]
    Absent,
    /// A link that leads to nothing.
    #[error("is a link to {0}, which does not exist")]
    Dangling(String),
    /// A link out of the folder that was given.
    #[error("is a link to {0}, outside the folder that was given")]
    LeadsOutside(String),
    /// Links that lead in a circle.
    #[error("is a loop of links")]
    LinkLoop,
    /// The path lies beside the folder that was given.
    #[error("lies outside the folder that was given")]
    Outside,
    /// It is there and no regular file; it was not opened.
    #[error("is {0}, not a file")]
    NotAFile(Form),
    /// No permission.
    #[error("permission denied")]
    Denied,
    /// Larger than any file of its kind.
    #[error("is too large: more than {}", size_in_words(*.0))]
    TooLarge(u64),
    /// Bytes that are no text.
    #[error("is not UTF-8")]
    NotText,
    /// What else the operating system says.
    #[error("{0}")]
    Io(String),
}

/// What a path is that is no regular file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Form {
    /// A folder.
    #[error("a directory")]
    Directory,
    /// A named pipe.
    #[error("a FIFO")]
    Fifo,
    /// A socket.
    #[error("a socket")]
    Socket,
    /// A character or block device.
    #[error("a device")]
    Device,
    /// Something of which the kernel does not say more.
    #[error("a special file")]
    Special,
    /// One of those that are never opened.
    #[error("a device, FIFO or socket")]
    NeverOpened,
    /// A link that no journal can keep.
    #[error("a link to a path that is not UTF-8")]
    OddLink,
    /// Something else than when it was first looked at.
    #[error("not what it was a moment ago")]
    Exchanged,
}

impl Trouble {
    /// The words behind a colon, where no file's name stands before them.
    pub fn cause(&self) -> String {
        match self {
            Self::LeadsOutside(_) => format!("it {self}"),
            other => other.to_string(),
        }
    }
}

fn size_in_words(bytes: u64) -> String {
    match bytes {
        _ if bytes > 0 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes > 0 && bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

/// A temporary file that an operation has left behind. A private key may be in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// The path, as on the master.
    pub path: String,
    /// The operation's id, as the file's name says it.
    pub operation: String,
}

/// What to do about such files, in words: nothing is removed unasked.
pub const LEFTOVER_HINT: &str = "no state folder here knows these operations as unfinished. Where theirs is kept elsewhere: \
     kubepki history recover --state-dir DIR; else look at them, and remove what nobody misses: rm -i FILE";
