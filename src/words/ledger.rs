//! What both faces say of the ledger.

use time::OffsetDateTime;

use super::operation;
use crate::pki::text::printable;
use crate::record::{LedgerEntry, LedgerFault, LedgerFaultKind, Problem};

/// What the ledger cannot know: it stands behind every list of it that is handed on.
pub const LIMITS: &str = "This ledger holds what kubepki made on this master, and what lay here and was in use when it looked. It cannot know \
    what a CA's key has signed elsewhere, before kubepki came, or by a copy of the key; whether a certificate was revoked (Kubernetes reads \
    no revocation list); nor who still has a copy of a certificate and its key.";

/// What is wrong with a row: a sentence.
pub fn fault(fault: &LedgerFault) -> String {
    let what = match fault.kind {
        LedgerFaultKind::Unreadable => "it cannot be read",
        LedgerFaultKind::Edited => "it was edited after it was written",
        LedgerFaultKind::Order => {
            "the row that stood before it was taken away, or stands elsewhere"
        }
        LedgerFaultKind::Torn => "it was not written to its end",
    };
    let of = fault.subject.as_ref();
    let of = of
        .map(|subject| format!(" ({})", printable(subject)))
        .unwrap_or_default();
    format!("row {}{of}: {what}", fault.line)
}

/// That it could not be written: what was done is done all the same.
pub fn unwritten(problem: Problem) -> Problem {
    Problem {
        what: format!("the ledger was not written: {}", problem.what),
        ..problem
    }
}

/// That a disk of another machine has brought rows: the file.
pub fn on_disk(path: &str) -> String {
    format!(
        "its rows are the disk's own word, and none is added there: {}",
        printable(path)
    )
}

/// A line that is no row, and behind which the rows go on: a sentence.
pub fn remnant(line: usize) -> String {
    format!("row {line}: it was not written to its end, and the rows go on behind it")
}

/// A row that says otherwise than the journal of its operation: a sentence.
pub fn differs(entry: &LedgerEntry) -> String {
    format!(
        "the row of {} says otherwise than the operation {}, which made it",
        printable(&entry.subject),
        printable(entry.operation.as_deref().unwrap_or_default())
    )
}

/// A row that an operation's record asks for and the ledger has not: a sentence.
pub fn missing(entry: &LedgerEntry) -> String {
    format!(
        "no row is there for {}, which the operation {} made: the next change, or the screens, write it",
        printable(&entry.subject),
        printable(entry.operation.as_deref().unwrap_or_default())
    )
}

/// What it is called: the CN, else its first name.
pub fn name(entry: &LedgerEntry) -> String {
    let first = || entry.names.first().map(|name| printable(name).into_owned());
    let named = common_name_of(&entry.subject).or_else(first);
    named.unwrap_or_else(|| printable(&entry.subject).into_owned())
}

/// The CN of an RFC 4514 text, as it is shown; the whole text where it has none.
pub fn common_name(subject: &str) -> String {
    common_name_of(subject).unwrap_or_else(|| printable(subject).into_owned())
}

/// The first part of its kind; a comma behind a backslash parts nothing.
fn common_name_of(subject: &str) -> Option<String> {
    let mut is_escaped = false;
    let parts = subject.split(|one: char| {
        let parts = one == ',' && !is_escaped;
        is_escaped = one == '\\' && !is_escaped;
        parts
    });
    let values: Vec<&str> = parts.filter_map(|part| part.strip_prefix("CN=")).collect();
    values.last().map(|value| printable(value).into_owned())
}

/// Who made it; where it was only seen: that.
pub fn by(entry: &LedgerEntry) -> String {
    entry
        .by
        .as_ref()
        .map_or_else(|| "seen".to_owned(), operation::by)
}

/// The same where there is room for one name: the person's before the account's.
pub fn by_in_short(entry: &LedgerEntry) -> String {
    let name = entry
        .by
        .as_ref()
        .map(|by| by.sudo_user.as_ref().unwrap_or(&by.user));
    name.map_or_else(|| "seen".to_owned(), |name| printable(name).into_owned())
}

/// How it stands by its own dates.
pub fn standing(entry: &LedgerEntry, moment: OffsetDateTime) -> Standing {
    if entry.not_after < moment {
        Standing::Ended
    } else if entry.not_before > moment {
        Standing::NotYet
    } else {
        Standing::Valid
    }
}

/// How a certificate stands by its own dates alone: whether its CA lives, and whether it lies
/// anywhere, is another question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Within them.
    Valid,
    /// After them.
    Ended,
    /// Before them.
    NotYet,
}

impl Standing {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Ended => "ended",
            Self::NotYet => "not yet",
        }
    }
}
