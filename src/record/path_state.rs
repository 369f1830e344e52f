//! How a path stands: what is compared before a change, written down, and read back after it.

use serde::{Deserialize, Serialize};

/// Owner, group and permission bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// The owner's number.
    pub owner: u32,
    /// The group's number.
    pub group: u32,
    /// Permission bits, as 0o600.
    pub mode: u32,
}

/// What lies at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum PathState {
    /// Nothing.
    Absent,
    /// A regular file, there itself or at the end of a link.
    File {
        /// Of its content, lower-case hex.
        sha256: String,
        /// Owner, group, mode.
        #[serde(flatten)]
        attributes: Attributes,
        /// The link's text, where the path's last part is a link to the file.
        through: Option<String>,
    },
    /// A link, looked at as one: its text.
    Link {
        /// Where it leads, as it is written.
        text: String,
    },
    /// A folder.
    Directory {
        /// Owner, group, mode.
        #[serde(flatten)]
        attributes: Attributes,
    },
}

impl PathState {
    /// Owner, group and mode of a file or folder.
    pub fn attributes(&self) -> Option<Attributes> {
        match self {
            Self::File { attributes, .. } | Self::Directory { attributes } => Some(*attributes),
            Self::Absent | Self::Link { .. } => None,
        }
    }

    /// The digest of a file, lower-case hex.
    pub fn sha256(&self) -> Option<&str> {
        match self {
            Self::File { sha256, .. } => Some(sha256),
            _ => None,
        }
    }
}
