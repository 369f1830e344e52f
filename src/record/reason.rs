//! Why somebody must look at a plan before it is applied.

use serde::{Deserialize, Deserializer, Serialize};

/// One reason to look first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A warning of the plan that must be seen: its sentence.
    Warning(String),
    /// What is no warning, and not done by one key: a sentence.
    Look(String),
}

impl Reason {
    /// Its sentence.
    pub fn words(&self) -> &str {
        match self {
            Self::Warning(words) | Self::Look(words) => words,
        }
    }
}

/// The reasons of a plan. Earlier releases wrote them as one sentence: it stays one, for what it was made of cannot be
/// told from it any more.
pub(super) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Reason>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Reasons(Vec<Reason>),
        Sentence(String),
        Nothing(()),
    }
    Ok(match Written::deserialize(from)? {
        Written::Reasons(reasons) => reasons,
        Written::Sentence(words) => vec![Reason::Look(words)],
        Written::Nothing(()) => Vec::new(),
    })
}
