//! The ledger in the state folder: `ledger.jsonl`, a row a line, written at its end alone. Each row
//! ends with a digest over its own text, and begins with that of the row before it: one that is
//! edited, taken away or moved shows. Whoever may write the folder can write all of it anew; what it
//! cannot know is said where it is shown.

use std::fs::File;
use std::io::Write as _;

use serde::Serialize;

use super::StoreError;
use super::error::failed;
use super::folder::Folder;
use super::state::StateFolder;
use crate::pki::{hex, sha256};
use crate::record::{Ledger, LedgerEntry, LedgerFault, LedgerFaultKind};

/// Its name.
const NAME: &str = "ledger.jsonl";

/// The most that is read of it: about 70,000 rows.
const MOST_BYTES: u64 = 64 << 20;

/// What stands before the digest of the row before it.
const PREVIOUS: &str = "{\"previous\":\"";

/// What stands between a row's text and its digest.
const DIGEST: &str = ",\"digest\":\"";

/// What stands behind it.
const END: &str = "\"}";

/// A row as it is written, but for its digest.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewLedgerRow<'a> {
    previous: &'a str,
    #[serde(flatten)]
    entry: &'a LedgerEntry,
}

/// A row as it is read.
struct ReadRow<'a> {
    entry: LedgerEntry,
    /// What it calls the digest of the row before it.
    previous: &'a str,
    /// What it calls its own.
    digest: &'a str,
    /// Whether that is so.
    is_whole: bool,
}

impl<'a> ReadRow<'a> {
    /// `None` where the line is no row. Its ends are looked at as text: to have serde part them from
    /// what is between takes as long again as all else.
    fn of(line: &'a [u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?;
        let (previous, _) = line.strip_prefix(PREVIOUS)?.split_once('"')?;
        let (body, digest) = line.strip_suffix(END)?.rsplit_once(DIGEST)?;
        Some(Self {
            entry: serde_json::from_str(line).ok()?,
            previous,
            digest,
            is_whole: hex(&sha256(body.as_bytes())) == digest,
        })
    }
}

/// What is kept, and how the next row goes on.
#[derive(Debug, Default)]
struct Chain {
    ledger: Ledger,
    /// The digest of the last row; empty: there is none.
    last: String,
    /// Whether the last line has no end.
    is_torn: bool,
    /// The faults of the lines since the last row that are none.
    unread: usize,
}

impl Chain {
    fn read(bytes: &[u8]) -> Self {
        let mut chain = Self::default();
        let (whole, torn) = match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => (&bytes[..end], &bytes[end + 1..]),
            None => (&[][..], bytes),
        };
        chain.is_torn = !torn.is_empty();
        let lines = whole.split(|byte| *byte == b'\n');
        let lines = lines.filter(|_| !whole.is_empty());
        let mut count = 0;
        for (at, line) in lines.enumerate() {
            count = at + 1;
            chain.add(count, line);
        }
        if chain.is_torn {
            chain.fault(count + 1, LedgerFaultKind::Torn, None);
        }
        chain
    }

    fn add(&mut self, number: usize, line: &[u8]) {
        let Some(row) = ReadRow::of(line) else {
            self.unread += 1;
            return self.fault(number, LedgerFaultKind::Unreadable, None);
        };
        let unread = std::mem::take(&mut self.unread);
        let subject = Some(row.entry.subject.clone());
        if !row.is_whole {
            self.fault(number, LedgerFaultKind::Edited, subject);
        } else if row.previous != self.last {
            self.fault(number, LedgerFaultKind::Order, subject);
        } else {
            // This row was written behind the one before those lines: they hide none.
            let faults = &mut self.ledger.faults;
            let passed = faults.split_off(faults.len() - unread);
            self.ledger
                .remnants
                .extend(passed.iter().map(|fault| fault.line));
        }
        row.digest.clone_into(&mut self.last);
        self.ledger.entries.push(row.entry);
    }

    fn fault(&mut self, line: usize, kind: LedgerFaultKind, subject: Option<String>) {
        self.ledger.faults.push(LedgerFault {
            line,
            kind,
            subject,
        });
    }

    /// The lines that add these rows.
    fn lines(&self, entries: &[LedgerEntry]) -> Result<String, serde_json::Error> {
        // What was not written to its end stays, on a line of its own.
        let mut lines = String::from(if self.is_torn { "\n" } else { "" });
        let mut last = self.last.clone();
        for entry in entries {
            let row = serde_json::to_string(&NewLedgerRow {
                previous: &last,
                entry,
            })?;
            let body = row.strip_suffix('}').unwrap_or(&row);
            last = hex(&sha256(body.as_bytes()));
            lines.extend([body, DIGEST, &last, END, "\n"]);
        }
        Ok(lines)
    }
}

/// Where it lies, to be told.
pub fn path(state: &StateFolder) -> String {
    state.path().join(NAME).display().to_string()
}

/// All rows, the oldest first; none where there is no ledger. `None`: there is none.
///
/// # Errors
/// [`StoreError::NotPrivate`], [`StoreError::Foreign`] where others could have put something there;
/// [`StoreError::Damaged`] for what is no file, or too large; [`StoreError::Io`].
pub fn read(state: &StateFolder) -> Result<Option<Ledger>, StoreError> {
    let Some(folder) = state.open()? else {
        return Ok(None);
    };
    let bytes = folder.read(NAME, MOST_BYTES)?;
    Ok(bytes.map(|bytes| Chain::read(&bytes).ledger))
}

/// Adds those of `wanted` that are not there yet, each once, and gives all. Nothing is made where
/// nothing is kept or wanted, nor on another machine's disk.
///
/// # Errors
/// As [`read`]; where it cannot be written.
pub fn add(state: &StateFolder, wanted: Vec<LedgerEntry>) -> Result<Ledger, StoreError> {
    let may_add = !wanted.is_empty() && !state.is_on_disk();
    let folder = state.open()?.filter(|_| may_add);
    let Some(folder) = folder else {
        return Ok(read(state)?.unwrap_or_default());
    };
    let file = folder.append(NAME)?;
    let path = folder.path().join(NAME);
    file.lock().map_err(failed(&path))?;
    let added = add_to(&folder, &file, wanted);
    file.unlock().map_err(failed(&path))?;
    added
}

fn add_to(folder: &Folder, file: &File, wanted: Vec<LedgerEntry>) -> Result<Ledger, StoreError> {
    let bytes = folder.read(NAME, MOST_BYTES)?.unwrap_or_default();
    let mut chain = Chain::read(&bytes);
    let known = chain.ledger.entries.len();
    chain.ledger.add(wanted);
    let new = chain.ledger.entries.get(known..).unwrap_or_default();
    if !new.is_empty() {
        let path = folder.path().join(NAME);
        let lines = chain.lines(new);
        let lines = lines.map_err(|error| failed(&path)(error.into()))?;
        let mut file = file;
        file.write_all(lines.as_bytes()).map_err(failed(&path))?;
        file.sync_data().map_err(failed(&path))?;
        folder.sync()?;
    }
    Ok(chain.ledger)
}

#[cfg(test)]
mod tests;
