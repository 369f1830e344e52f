//! kubeadm's own configuration, v1beta3 and v1beta4 (cmd/kubeadm/app/apis/kubeadm): read into
//! answers, and written from them.

mod fields;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;

use super::ClusterSpec;

pub use read::read;
pub use write::{unwritten, write};

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// The answers.
    pub cluster: ClusterSpec,
    /// What stands there and means nothing for a PKI, or means less here than there: a sentence
    /// each.
    pub notes: Vec<String>,
}

/// Why a configuration cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The field's path, as "networking.serviceSubnet"; empty for the text as a whole.
    pub field: String,
    /// A sentence's end.
    pub why: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.why)
        } else {
            write!(f, "{}: {}", self.field, self.why)
        }
    }
}

impl std::error::Error for Error {}

/// The API server's flag for `token.csv`.
const TOKEN_FILE: &str = "token-auth-file";
