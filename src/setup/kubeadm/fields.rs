//! A document's fields, each asked for by its name and kind.

use serde_yaml::{Mapping, Value};

use super::Error;
use crate::pki::text::printable;

/// A mapping and where it stands.
pub(super) struct Fields<'a> {
    path: String,
    map: Option<&'a Mapping>,
}

impl<'a> Fields<'a> {
    /// The fields of a whole document.
    pub(super) fn of(document: &'a Value) -> Self {
        Self {
            path: String::new(),
            map: document.as_mapping(),
        }
    }

    /// The path of one of the fields.
    pub(super) fn path(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    pub(super) fn refuse(&self, name: &str, why: impl Into<String>) -> Error {
        Error {
            field: self.path(name),
            why: why.into(),
        }
    }

    /// A field that says something.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.map?.get(name).filter(|value| !value.is_null())
    }

    /// The mapping in a field; an absent one has no fields.
    pub(super) fn section(&self, name: &str) -> Result<Self, Error> {
        let map = match self.value(name) {
            None => None,
            Some(Value::Mapping(map)) => Some(map),
            Some(_) => return Err(self.refuse(name, "fields belong there")),
        };
        Ok(Self {
            path: self.path(name),
            map,
        })
    }

    /// The section at a path, as "etcd.local"; these fields for an empty one.
    pub(super) fn at(&self, path: &str) -> Result<Self, Error> {
        let own = Self {
            path: self.path.clone(),
            map: self.map,
        };
        path.split('.')
            .filter(|name| !name.is_empty())
            .try_fold(own, |fields, name| fields.section(name))
    }

    /// The text in a field; an empty one is absent, as Go has it.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Error> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => {
                Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
            }
            // A bare 1.30 is the number 1.3.
            Some(_) => Err(self.refuse(name, "a text belongs there: write it in quotes")),
        }
    }

    /// The texts in a field.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, Error> {
        let items = match self.value(name) {
            None => return Ok(Vec::new()),
            Some(Value::Sequence(items)) => items,
            Some(_) => return Err(self.refuse(name, "a list of texts belongs there")),
        };
        let text = |item: &Value| item.as_str().map(str::to_owned);
        let texts: Option<Vec<String>> = items.iter().map(text).collect();
        texts
            .ok_or_else(|| self.refuse(name, "a list of texts belongs there: write each in quotes"))
    }

    /// The names of the arguments in a field: a map (v1beta3), or a list of name and value
    /// (v1beta4).
    pub(super) fn argument_names(&self, name: &str) -> Vec<&'a str> {
        match self.value(name) {
            Some(Value::Mapping(map)) => map.keys().filter_map(Value::as_str).collect(),
            Some(Value::Sequence(items)) => items
                .iter()
                .filter_map(|item| item.get("name").and_then(Value::as_str))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Whether all names are known: one that is nearly so is a slip of the hand, which would change
    /// what is made; any other may be a newer release's.
    pub(super) fn check_names(&self, known: &[&str], notes: &mut Vec<String>) -> Result<(), Error> {
        for name in self.map.into_iter().flat_map(Mapping::keys) {
            let Some(name) = name.as_str() else {
                return Err(Error {
                    field: self.path.clone(),
                    why: "a field's name is a text".to_owned(),
                });
            };
            if known.contains(&name) {
                continue;
            }
            let shown = printable(name);
            if let Some(meant) = known.iter().find(|known| is_near(known, name)) {
                return Err(
                    self.refuse(&shown, format!("there is no such field: {meant} is meant?"))
                );
            }
            notes.push(format!(
                "{}: no field of kubeadm that is known here, and passed over",
                self.path(&shown)
            ));
        }
        Ok(())
    }
}

/// True where two letters at most differ, whatever their case.
fn is_near(one: &str, other: &str) -> bool {
    let [one, other] =
        [one, other].map(|text| text.to_lowercase().chars().take(80).collect::<Vec<_>>());
    if one.len().abs_diff(other.len()) > 2 {
        return false;
    }
    // Levenshtein's distance, row by row.
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, left) in one.iter().enumerate() {
        let mut corner = row[0];
        row[0] = index + 1;
        for (place, right) in other.iter().enumerate() {
            let changed = corner + usize::from(left != right);
            corner = row[place + 1];
            row[place + 1] = changed.min(corner + 1).min(row[place] + 1);
        }
    }
    row.last().is_some_and(|distance| *distance <= 2)
}
