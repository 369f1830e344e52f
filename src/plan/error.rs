//! Why no plan could be made.

use crate::inventory::Trouble;
use crate::pki;
use crate::record::Problem;

/// A fact with its causes and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// It must not be done, or cannot.
    #[error("{}", .problem.what)]
    Refused {
        /// The fact, its causes, what to do next.
        problem: Problem,
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

impl PlanError {
    /// A refusal without a cause.
    pub fn refused(what: impl Into<String>) -> Self {
        Self::Refused {
            problem: Problem::new(what),
            is_denied: false,
        }
    }

    /// The same with a cause.
    #[must_use]
    pub fn because(self, cause: impl Into<String>) -> Self {
        match self {
            Self::Refused { problem, is_denied } => Self::Refused {
                problem: problem.because(cause),
                is_denied,
            },
            other => other,
        }
    }

    /// The same of a file that could not be read, for this trouble.
    #[must_use]
    pub fn unread(self, trouble: &Trouble) -> Self {
        self.denied(*trouble == Trouble::Denied)
            .because(trouble.to_string())
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
    pub fn hint(self, text: impl Into<String>) -> Self {
        match self {
            Self::Refused { problem, is_denied } => Self::Refused {
                problem: problem.hint(text),
                is_denied,
            },
            other => other,
        }
    }
}
