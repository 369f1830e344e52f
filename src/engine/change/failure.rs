//! Why a change was not made, in a form that both faces show: the commands with an exit code, the
//! screens as a problem.

use rustix::process::geteuid;

use crate::pki::text::quoted;
use crate::record::Problem;
use crate::store::apply::ApplyError;
use crate::{plan, store};

/// A fact with its causes and what to do next, and what it is to a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problem.what)]
pub struct Failure {
    /// Of which kind: what a command's exit code says.
    pub kind: FailureKind,
    /// As it is read.
    pub problem: Problem,
}

/// What a failure is to a script (the exit codes of the command line's contract).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureKind {
    /// Could not look or do: no permission, unreadable. Exit 3.
    Unable,
    /// Must not be done: the files are others by now, somebody else changes them, read-only. Exit
    /// 4.
    Refused,
    /// What was asked for does not exist or is ambiguous. Exit 64.
    Usage,
    /// A fault of kubepki's own. Exit 70.
    Internal,
    /// A CA's key is encrypted. Exit 4.
    Passphrase {
        /// The key's file.
        path: String,
        /// True where a passphrase was given, and it is not the right one.
        wrong: bool,
    },
}

impl Failure {
    pub(super) fn new(kind: FailureKind, what: impl Into<String>) -> Self {
        Self {
            kind,
            problem: Problem::new(what),
        }
    }

    pub(super) fn refused(what: impl Into<String>) -> Self {
        Self::new(FailureKind::Refused, what)
    }

    /// Adds a cause.
    pub(super) fn because(self, why: impl Into<String>) -> Self {
        Self {
            problem: self.problem.because(why),
            ..self
        }
    }

    /// Says what to do next.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            problem: self.problem.hint(hint),
            ..self
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        failure.problem
    }
}

impl From<store::StoreError> for Failure {
    fn from(error: store::StoreError) -> Self {
        let is_refused = matches!(
            error,
            store::StoreError::Stopped | store::StoreError::Busy { .. }
        );
        let kind = if is_refused {
            FailureKind::Refused
        } else {
            FailureKind::Unable
        };
        let hint = match &error {
            store::StoreError::Closed(_) => format!("{}: {}", error.hint(), sudo_line()),
            _ => error.hint(),
        };
        Self::new(kind, error.to_string()).hint(hint)
    }
}

impl From<plan::PlanError> for Failure {
    fn from(error: plan::PlanError) -> Self {
        match error {
            plan::PlanError::Refused { problem, is_denied } => {
                let is_denied = is_denied && !geteuid().is_root();
                let problem = if is_denied {
                    problem.hint(sudo_line())
                } else {
                    problem
                };
                Self {
                    kind: FailureKind::Refused,
                    problem,
                }
            }
            plan::PlanError::PassphraseNeeded { path, wrong } => {
                let what = if wrong {
                    format!("that is not the passphrase of {path}")
                } else {
                    format!("{path} is encrypted: its passphrase is needed")
                };
                Self::new(FailureKind::Passphrase { path, wrong }, what)
            }
            plan::PlanError::Pki(error) => {
                Self::new(FailureKind::Unable, "no plan could be made").because(error.to_string())
            }
        }
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        let mut why = None;
        let kind = match &error {
            ApplyError::State(error) => return error.clone().into(),
            ApplyError::Locked { .. }
            | ApplyError::Changed { .. }
            | ApplyError::NotPlain { .. }
            | ApplyError::StagedWrong { .. }
            | ApplyError::Unfinished { .. }
            | ApplyError::Stopped => FailureKind::Refused,
            ApplyError::Damaged { why: cause, .. } => {
                why = Some(cause.clone());
                FailureKind::Refused
            }
            ApplyError::NoSpace { .. }
            | ApplyError::ReadOnly { .. }
            | ApplyError::Immutable { .. }
            | ApplyError::Denied { .. }
            | ApplyError::Io { .. } => FailureKind::Unable,
        };
        let hint = if matches!(error, ApplyError::Denied { .. }) {
            sudo_line()
        } else {
            error.hint()
        };
        Self {
            kind,
            problem: Problem::new(error.to_string()).because_all(why).hint(hint),
        }
    }
}

/// This very call with the right to do it, to be told.
pub fn sudo_line() -> String {
    let words = std::env::args().map(|word| quoted(&word).into_owned());
    std::iter::once("sudo".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}
