//! Why somebody must look at a plan before it is applied.

use serde::{Deserialize, Deserializer, Serialize};

/// One reason to look first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A warning of the plan that must be seen: its place among them.
    Warning(usize),
    /// What is no warning, and not done by one key: a sentence.
    Look(String),
}

/// A reason as it stands in a journal. Before its place was kept a warning was written out: that is
/// told as it stands.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kept {
    Warning(Warning),
    Look(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Warning {
    Place(usize),
    Sentence(String),
}

impl From<Kept> for Reason {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Warning(Warning::Place(at)) => Self::Warning(at),
            Kept::Warning(Warning::Sentence(words)) | Kept::Look(words) => Self::Look(words),
        }
    }
}

/// The reasons of a plan. Earlier releases wrote them as one sentence: it stays one, for what it
/// was made of cannot be told from it any more.
pub(super) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Reason>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Reasons(Vec<Kept>),
        Sentence(String),
        Nothing(()),
    }
    Ok(match Written::deserialize(from)? {
        Written::Reasons(kept) => kept.into_iter().map(Reason::from).collect(),
        Written::Sentence(words) => vec![Reason::Look(words)],
        Written::Nothing(()) => Vec::new(),
    })
}
