//! What went wrong, and the exit code that scripts see.

use std::fmt::Write as _;

use serde::Serialize;

use super::document::{API_VERSION, some_text};
use crate::engine::change::{self, FailureKind};
use crate::pki::text::printable;
use crate::record::Problem;

/// The exit codes of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Could not look or do: no permission, unreadable, unreachable.
    Unable = 3,
    /// Refused: the plan no longer fits, locked by another, read-only, not confirmed.
    Refused = 4,
    /// Wrong usage.
    Usage = 64,
    /// A fault of kubepki's own.
    Internal = 70,
}

impl Exit {
    /// The number that the process ends with.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }
}

/// The first exit code that says that not all is well.
pub(super) fn worst<const N: usize>(codes: [u8; N]) -> u8 {
    codes.into_iter().find(|code| *code != 0).unwrap_or(0)
}

/// A failure as it is told: a fact, its causes, what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// As it is read.
    pub(crate) problem: Problem,
}

impl Failure {
    /// Wrong usage: exit 64.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// Could not look: exit 3.
    pub(crate) fn unable(what: impl Into<String>) -> Self {
        Self::new(Exit::Unable, what)
    }

    /// It must not be done: exit 4.
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self::new(Exit::Refused, what)
    }

    /// A fault of kubepki's own: exit 70.
    pub(crate) fn internal(what: impl Into<String>) -> Self {
        Self::new(Exit::Internal, what)
    }

    fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            problem: Problem::new(what),
        }
    }

    /// Adds a cause.
    pub(crate) fn because(self, why: impl Into<String>) -> Self {
        Self {
            problem: self.problem.because(why),
            ..self
        }
    }

    /// Adds several causes or candidates.
    pub(crate) fn because_all(self, why: impl IntoIterator<Item = String>) -> Self {
        Self {
            problem: self.problem.because_all(why),
            ..self
        }
    }

    /// Says what to do next.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            problem: self.problem.hint(hint),
            ..self
        }
    }

    /// The words for standard error, hidden characters spelled out.
    pub(crate) fn to_words(&self) -> String {
        let mut words = format!("kubepki: {}", printable(&self.problem.what));
        match self.problem.why.as_slice() {
            [] => {}
            [one] => {
                let _ = write!(words, ": {}", printable(one));
            }
            many => {
                words.push(':');
                for why in many {
                    let _ = write!(words, "\n  {}", printable(why));
                }
            }
        }
        words.push('\n');
        for line in self.problem.hint.lines() {
            let _ = writeln!(words, "  {}", printable(line));
        }
        words
    }

    /// The document of `kind: Error`.
    pub(crate) fn document(&self) -> impl Serialize {
        ErrorDocument {
            api_version: API_VERSION,
            kind: "Error",
            what: self.problem.what.clone(),
            why: self.problem.why.clone(),
            hint: some_text(&self.problem.hint),
        }
    }
}

/// What the layer below says, with the exit code that fits it.
impl From<change::Failure> for Failure {
    fn from(failure: change::Failure) -> Self {
        let exit = match &failure.kind {
            FailureKind::Unable => Exit::Unable,
            FailureKind::Refused | FailureKind::Passphrase { .. } => Exit::Refused,
            FailureKind::Usage => Exit::Usage,
            FailureKind::Internal => Exit::Internal,
        };
        let asked = "--passphrase-file FILE gives it, one a line where there are several; on a terminal it is asked";
        let problem = match &failure.kind {
            FailureKind::Passphrase { wrong: false, .. } if failure.problem.hint.is_empty() => {
                failure.problem.hint(asked)
            }
            _ => failure.problem,
        };
        Self { exit, problem }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorDocument {
    api_version: &'static str,
    kind: &'static str,
    what: String,
    why: Vec<String>,
    hint: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_fact_cause_and_next_step() {
        let failure = Failure::unable("cannot read /etc\u{202e}x")
            .because("permission denied")
            .hint("sudo kubepki list");
        assert_eq!(
            failure.to_words(),
            "kubepki: cannot read /etc\\u{202e}x: permission denied\n  sudo kubepki list\n"
        );
        let failure =
            Failure::usage("\"ca\" is ambiguous").because_all(["a".to_owned(), "b".to_owned()]);
        assert_eq!(
            failure.to_words(),
            "kubepki: \"ca\" is ambiguous:\n  a\n  b\n"
        );
    }
}
