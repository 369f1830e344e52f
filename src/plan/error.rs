//! Why no plan could be made.

use crate::inventory::Trouble;
use crate::pki;

/// A fact with its causes and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It must not be done, or cannot.
    #[error("{what}")]
    Refused {
        /// The fact, one sentence.
        what: String,
        /// Its causes, a sentence each.
        why: Vec<String>,
        /// What to do next; empty where nothing helps.
        hint: String,
        /// Whether it is permission to read that is wanting.
        is_denied: bool,
    },
    /// A CA's key is encrypted: the request needs the passphrase.
    #[error("{path} is encrypted")]
    PassphraseNeeded {
        /// The key's file.
        path: String,
        /// True where one was given for it, and it is not the right one.
        wrong: bool,
    },
    /// What the PKI layer says.
    #[error("{0}")]
    Pki(#[from] pki::Error),
}

impl Error {
    /// A refusal without a cause.
    pub fn refused(what: impl Into<String>) -> Self {
        Self::Refused { what: what.into(), why: Vec::new(), hint: String::new(), is_denied: false }
    }

    /// The same with a cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        if let Self::Refused { why, .. } = &mut self {
            why.push(cause.into());
        }
        self
    }

    /// The same of a file that could not be read, for this trouble.
    #[must_use]
    pub fn unread(self, trouble: &Trouble) -> Self {
        self.denied(*trouble == Trouble::Denied).because(trouble.to_string())
    }

    /// The same where permission to read may be wanting.
    #[must_use]
    pub fn denied(mut self, also: bool) -> Self {
        if let Self::Refused { is_denied, .. } = &mut self {
            *is_denied |= also;
        }
        self
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        if let Self::Refused { hint, .. } = &mut self {
            *hint = text.into();
        }
        self
    }
}
