//! What was thought of a request when somebody decided on it.

use serde::{Deserialize, Serialize};

/// What a rule says of a request, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// It was looked at, and nothing speaks against the request.
    Green,
    /// A doubt, or something that could not be looked at.
    Amber,
    /// It must not be signed unless somebody knows why.
    Red,
}

impl Answer {
    /// As "amber".
    pub const fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

/// One rule's answer, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleRecord {
    /// The rule, as "own-signature".
    pub id: String,
    /// What it said.
    pub answer: Answer,
    /// False where it could not be looked at.
    pub known: bool,
    /// Why.
    pub text: String,
}
