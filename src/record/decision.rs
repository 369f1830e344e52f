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

/// What somebody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Decided {
    /// It was signed here.
    Signed,
    /// It was refused.
    Denied,
    /// It was taken away.
    Deleted,
}

/// A decision on one request, with what was known when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestDecision {
    /// The object's name, or the file's.
    pub name: String,
    /// RFC 4514 text; empty where the request cannot be read.
    pub subject: String,
    /// spec.signerName; empty: it was no object.
    #[serde(default)]
    pub signer_name: String,
    /// SHA-256 over the PKCS#10's DER, lower-case hex; empty where it cannot be read.
    pub sha256: String,
    /// What was decided.
    pub decided: Decided,
    /// In a word, as kubectl's `KubectlDeny`; empty: nobody said.
    #[serde(default)]
    pub reason: String,
    /// In a sentence; may be empty.
    #[serde(default)]
    pub message: String,
    /// Names that were asked for and left out.
    #[serde(default)]
    pub dropped: Vec<String>,
    /// The worst of `rules`.
    pub verdict: Answer,
    /// What each rule said.
    pub rules: Vec<RuleRecord>,
}
