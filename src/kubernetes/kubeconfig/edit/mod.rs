//! Changing a few fields of a kubeconfig, every other byte kept: comments, order, quoting, unknown
//! fields. yaml-edit says where a value lies, its bytes alone are exchanged, and the result is read
//! again and compared.

mod place;
mod splice;

use std::fmt;

use serde_yaml::{Mapping, Value};
use zeroize::Zeroizing;

use crate::kubernetes::yaml;

/// An entry of a kubeconfig, by its index in the file's order (as [`super::parse`] keeps it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KubeconfigEntry {
    /// Of `users`.
    User(usize),
    /// Of `clusters`.
    Cluster(usize),
}

/// One field of an entry that shall have another value.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// Whose field.
    pub entry: KubeconfigEntry,
    /// Its name, as "client-key-data".
    pub field: &'static str,
    /// What it shall be; `None`: the field is removed.
    pub value: Option<Zeroizing<String>>,
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.value.is_some() {
            "…"
        } else {
            "removed"
        };
        write!(f, "Edit({}, {}, {value})", self.entry, self.field)
    }
}

/// Why a kubeconfig cannot be edited. It is never damaged instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::YamlError),
    /// The entry is not there, or is no list of fields.
    #[error("{0} is not there")]
    NoEntry(KubeconfigEntry),
    /// The way in which it is written cannot be kept.
    #[error("{field} of {entry} cannot be changed in place: {why}")]
    Form {
        /// Whose field.
        entry: KubeconfigEntry,
        /// The field.
        field: &'static str,
        /// What stands in the way.
        why: &'static str,
    },
}

impl KubeconfigEntry {
    /// The list, the field of its entries, and the index.
    fn path(self) -> (&'static str, &'static str, usize) {
        match self {
            Self::User(index) => ("users", "user", index),
            Self::Cluster(index) => ("clusters", "cluster", index),
        }
    }
}

impl fmt::Display for KubeconfigEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (list, _, index) = self.path();
        write!(f, "entry {} of {list}", index + 1)
    }
}

impl Edit {
    fn form(&self, why: &'static str) -> EditError {
        EditError::Form {
            entry: self.entry,
            field: self.field,
            why,
        }
    }

    /// The other of the two ways to give the same thing: a file, or data.
    fn is_other_form_of(&self, other: &Self) -> bool {
        self.entry == other.entry
            && (self.field.strip_suffix("-data") == Some(other.field)
                || other.field.strip_suffix("-data") == Some(self.field))
    }
}

/// The text with `edits` made. A field that is set while its other form (`client-key`,
/// `client-key-data`) is removed takes its place. What the parsers have copied is freed with them,
/// and what is freed is overwritten (the allocator of the program, in `main.rs`).
///
/// # Errors
/// [`EditError`] where the text is no YAML, an entry is missing, or the result would differ
/// elsewhere too.
pub fn edit(text: &str, edits: &[Edit]) -> Result<Zeroizing<String>, EditError> {
    let mut wanted = Wiped(yaml::value_and_doubles(text)?.0);
    let mut out = Zeroizing::new(text.to_owned());
    for edit in edits {
        want(&mut wanted.0, edit)?;
    }
    // What is set comes first: a removal finds its place taken then.
    for edit in edits.iter().filter(|edit| edit.value.is_some()) {
        let instead_of = edits
            .iter()
            .find(|other| other.value.is_none() && edit.is_other_form_of(other));
        out = splice::set(&out, edit, instead_of)?;
    }
    for edit in edits.iter().filter(|edit| edit.value.is_none()) {
        out = splice::remove(&out, edit)?;
    }
    compare(&out, &wanted.0, edits)?;
    Ok(out)
}

/// A value that is overwritten in the end.
struct Wiped(Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        yaml::wipe(&mut self.0);
    }
}

/// The fields of an entry in what was read.
fn fields(root: &mut Value, entry: KubeconfigEntry) -> Option<&mut Value> {
    let (list, field, index) = entry.path();
    root.get_mut(list)?
        .as_sequence_mut()?
        .iter_mut()
        .filter(|item| item.is_mapping())
        .nth(index)?
        .get_mut(field)
}

/// Makes an edit where all is plain.
fn want(root: &mut Value, edit: &Edit) -> Result<(), EditError> {
    let fields = fields(root, edit.entry).ok_or(EditError::NoEntry(edit.entry))?;
    if fields.is_null() {
        *fields = Value::Mapping(Mapping::new());
    }
    let fields = fields
        .as_mapping_mut()
        .ok_or(EditError::NoEntry(edit.entry))?;
    let old = match &edit.value {
        Some(value) => fields.insert(edit.field.into(), value.as_str().into()),
        None => fields.shift_remove(edit.field),
    };
    drop(old.map(Wiped));
    Ok(())
}

/// Reads the text again: it must say what is wanted, and nothing else.
fn compare(text: &str, wanted: &Value, edits: &[Edit]) -> Result<(), EditError> {
    let Some(first) = edits.first() else {
        return Ok(());
    };
    let damaged = || first.form("the result could not be read");
    let mut found = Wiped(yaml::value_and_doubles(text).map_err(|_| damaged())?.0);
    for edit in edits {
        let fields = fields(&mut found.0, edit.entry).ok_or_else(damaged)?;
        if fields.is_null() {
            *fields = Value::Mapping(Mapping::new());
        }
        // White space does not count in base64, and block scalars end in some.
        if let (Some(Value::String(field)), Some(value)) = (fields.get_mut(edit.field), &edit.value)
            && edit.field.ends_with("-data")
            && field.trim_ascii() == value.trim_ascii()
        {
            zeroize::Zeroize::zeroize(field);
            field.push_str(value);
        }
    }
    if found.0 == *wanted {
        Ok(())
    } else {
        Err(first.form(
            "an alias, a merge or a second key ties it to other fields, which would change too",
        ))
    }
}

#[cfg(test)]
mod tests;
