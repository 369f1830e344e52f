//! Why no plan could be made.

use crate::pki;
use crate::record::Problem;

/// A fact with its causes and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It must not be done, or cannot.
    #[error("{}", .0.what)]
    Refused(Problem),
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
        Self::Refused(Problem::new(what))
    }

    /// The same with a cause.
    #[must_use]
    pub fn because(self, cause: impl Into<String>) -> Self {
        match self {
            Self::Refused(problem) => Self::Refused(problem.because(cause)),
            other => other,
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(self, text: impl Into<String>) -> Self {
        match self {
            Self::Refused(problem) => Self::Refused(problem.hint(text)),
            other => other,
        }
    }
}
