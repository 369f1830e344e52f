//! The ledger: every certificate that was made here or seen here, one row each.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::moment::Period;
use super::operation::{By, Operation, OperationState};
use super::plan_kind::PlanKind;
use crate::pki::text::printable;
use crate::pki::{Certificate, hex};

/// One certificate. Texts are as the certificate has them; digests and numbers are lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// Of its DER.
    pub sha256: String,
    /// Without leading zero bytes.
    pub serial_number: String,
    /// RFC 4514 text.
    pub subject: String,
    /// RFC 4514 text.
    pub issuer: String,
    /// Subject alternative names, as "DNS:a".
    pub names: Vec<String>,
    /// Of its SubjectPublicKeyInfo.
    pub spki_sha256: String,
    /// Where it has one.
    pub subject_key_identifier: Option<String>,
    /// That of the CA's key, where it says one.
    pub authority_key_identifier: Option<String>,
    /// The first second of its life.
    #[serde(with = "time::serde::rfc3339")]
    pub not_before: OffsetDateTime,
    /// The last second of its life.
    #[serde(with = "time::serde::rfc3339")]
    pub not_after: OffsetDateTime,
    /// Whether it is a CA's.
    pub is_authority: bool,
    /// When it was made here; `None`: it was only seen.
    #[serde(with = "time::serde::rfc3339::option")]
    pub issued_at: Option<OffsetDateTime>,
    /// When it was first seen; `None`: it was made here.
    #[serde(with = "time::serde::rfc3339::option")]
    pub seen_at: Option<OffsetDateTime>,
    /// Who made it.
    pub by: Option<By>,
    /// The id of the operation that made it.
    pub operation: Option<String>,
    /// Where it was written, or lay when it was seen.
    pub path: String,
    /// Why, in the asker's words; may be empty.
    #[serde(default)]
    pub note: String,
}

/// All rows, and what is wrong with them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    /// The oldest first.
    pub entries: Vec<LedgerEntry>,
    /// Rows that are not as they were written, in their order.
    pub faults: Vec<LedgerFault>,
    /// The lines that are no rows and behind which the rows go on: what was not written to its end.
    pub remnants: Vec<usize>,
    /// The file, to be told, where another machine's disk has brought rows.
    pub on_disk: Option<String>,
}

impl Ledger {
    /// The places of the rows, those issued last first.
    pub fn newest_first(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.entries.len()).collect();
        places.sort_by_key(|at| {
            let issued = self.entries.get(*at).map(LedgerEntry::issued);
            std::cmp::Reverse((issued, *at))
        });
        places
    }

    /// Adds those that are not there yet, each certificate once; one that was only seen so far is
    /// added by the operation that made it: whoever looks while it is made sees it first.
    pub fn add(&mut self, wanted: Vec<LedgerEntry>) {
        let mut known = HashSet::new();
        let mut told = HashSet::new();
        for entry in &self.entries {
            known.insert(entry.sha256.clone());
            told.extend(entry.operation.as_ref().map(|_| entry.sha256.clone()));
        }
        let is_new = |entry: &LedgerEntry| {
            let is_unseen = known.insert(entry.sha256.clone());
            match entry.operation {
                Some(_) => told.insert(entry.sha256.clone()),
                None => is_unseen,
            }
        };
        self.entries.extend(wanted.into_iter().filter(is_new));
    }

    /// Leaves out that a certificate was seen where it is known which operation made it.
    pub fn settle(&mut self) {
        let entries = self.entries.iter();
        let told = entries.filter(|entry| entry.operation.is_some());
        let told: HashSet<String> = told.map(|entry| entry.sha256.clone()).collect();
        self.entries
            .retain(|entry| entry.operation.is_some() || !told.contains(&entry.sha256));
    }
}

/// A row that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerFault {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub kind: LedgerFaultKind,
    /// What it says it is of, as far as it can be read.
    pub subject: Option<String>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerFaultKind {
    /// It cannot be read as a row.
    Unreadable,
    /// Its text is another than the one that was written.
    Edited,
    /// What stood before it was taken away, or stands elsewhere.
    Order,
    /// The last one, which was not written to its end.
    Torn,
}

impl LedgerEntry {
    /// A certificate that an operation has made, with the path that it was written to first. What
    /// somebody else's CA has answered was seen then, and only put in its place.
    pub fn made(certificate: &Certificate, operation: &Operation, path: &str) -> Self {
        let moment = operation.ended_at.unwrap_or(operation.started_at);
        let is_made = operation.plan.kind != Some(PlanKind::Import);
        Self {
            issued_at: is_made.then_some(moment),
            seen_at: (!is_made).then_some(moment),
            by: Some(operation.by.clone()),
            operation: Some(operation.id.clone()),
            note: operation.plan.note.clone(),
            ..Self::bare(certificate, path)
        }
    }

    /// One that was seen at a path at `moment`.
    pub fn seen(certificate: &Certificate, path: &str, moment: OffsetDateTime) -> Self {
        Self {
            seen_at: Some(moment),
            ..Self::bare(certificate, path)
        }
    }

    fn bare(certificate: &Certificate, path: &str) -> Self {
        let details = certificate.details();
        let names = details.subject_alt_names.iter();
        let hexed = |bytes: Option<Vec<u8>>| bytes.map(|bytes| hex(&bytes));
        Self {
            sha256: hex(certificate.sha256()),
            serial_number: details.serial_number.clone(),
            subject: details.subject.to_rfc4514(),
            issuer: details.issuer.to_rfc4514(),
            names: names.map(ToString::to_string).collect(),
            spki_sha256: hex(certificate.spki_sha256()),
            subject_key_identifier: hexed(details.subject_key_identifier.clone()),
            authority_key_identifier: hexed(details.authority_key_identifier.clone()),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            is_authority: certificate.is_authority(),
            issued_at: None,
            seen_at: None,
            by: None,
            operation: None,
            path: path.to_owned(),
            note: String::new(),
        }
    }

    /// When it was made here; where it was only seen when its life began, which is what is known of
    /// that.
    pub fn issued(&self) -> OffsetDateTime {
        self.issued_at.unwrap_or(self.not_before)
    }

    /// Whether somebody who has `words` in hand means this one: a serial number with or without
    /// colons or "0x", the beginning of a SHA-256 of certificate or key or of a key identifier, or a
    /// part of subject, issuer, names, path, note, operation or the name of who made it, in any case.
    pub fn is_meant_by(&self, words: &str) -> bool {
        let words = words.trim().to_lowercase();
        words.is_empty()
            || digits(&words).is_some_and(|digits| self.has_number(&digits))
            || self.texts().any(|text| has(text, &words))
    }

    fn has_number(&self, digits: &str) -> bool {
        let bare = |number: &str| number.trim_start_matches('0').to_owned();
        let numbers = [&self.sha256, &self.spki_sha256].into_iter();
        let mut numbers = numbers
            .chain(&self.subject_key_identifier)
            .chain(&self.authority_key_identifier);
        bare(&self.serial_number) == bare(digits)
            || digits.len() >= FEWEST_DIGITS && numbers.any(|number| number.starts_with(digits))
    }

    fn texts(&self) -> impl Iterator<Item = &String> {
        let by = self.by.iter();
        let by = by.flat_map(|by| [Some(&by.user), by.sudo_user.as_ref()]);
        let own = [&self.subject, &self.issuer, &self.path, &self.note];
        own.into_iter()
            .chain(&self.names)
            .chain(&self.operation)
            .chain(by.flatten())
    }
}

/// Digits of a digest or key identifier that are asked for at least: fewer begin many.
const FEWEST_DIGITS: usize = 8;

/// Whether `text`, as it is shown, has these words, which are in lower case.
fn has(text: &str, words: &str) -> bool {
    if text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ')
    {
        // Most texts are so, and a filter walks through all rows at each key.
        let (text, words) = (text.as_bytes(), words.as_bytes());
        return text
            .windows(words.len())
            .any(|part| part.eq_ignore_ascii_case(words));
    }
    printable(text).to_lowercase().contains(words)
}

/// A number as openssl, browsers and kubectl write it: `0x1F`, `1f:0a`, `SHA256:AB:CD…`.
fn digits(words: &str) -> Option<String> {
    let bare = words.strip_prefix("sha256:").unwrap_or(words);
    let bare = bare.strip_prefix("0x").unwrap_or(bare);
    let digits: String = bare.chars().filter(|digit| *digit != ':').collect();
    let is_number = !digits.is_empty() && digits.bytes().all(|one| one.is_ascii_hexdigit());
    is_number.then_some(digits)
}

/// What is asked of the ledger; what is empty asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerQuery {
    /// What one has in hand: [`LedgerEntry::is_meant_by`].
    pub words: String,
    /// Made, or where it was only seen begun, in this time.
    pub issued: Option<Period>,
    /// Ends in this time.
    pub ends: Option<Period>,
    /// Ends by then.
    pub ends_by: Option<OffsetDateTime>,
    /// Is valid then.
    pub valid_at: Option<OffsetDateTime>,
    /// Signed by the CA with this subject and key identifier.
    pub authority: Option<(String, Option<String>)>,
    /// Made by this user, or through sudo for him.
    pub by: Option<String>,
    /// Made by the operation whose id begins so.
    pub operation: Option<String>,
}

impl LedgerQuery {
    /// Whether a row is asked for.
    pub fn takes(&self, entry: &LedgerEntry) -> bool {
        let is_by = |who: &String| {
            let by = entry.by.as_ref();
            by.is_some_and(|by| by.user == *who || by.sudo_user.as_ref() == Some(who))
        };
        let is_signed = |(subject, identifier): &(String, Option<String>)| {
            let named = entry.authority_key_identifier.as_ref();
            let is_key = identifier
                .as_ref()
                .zip(named)
                .is_none_or(|(one, other)| one == other);
            entry.issuer == *subject && is_key
        };
        let is_in = |id: &String| {
            let own = entry.operation.as_ref();
            own.is_some_and(|own| own.starts_with(id.as_str()))
        };
        self.issued
            .is_none_or(|period| period.contains(entry.issued()))
            && self
                .ends
                .is_none_or(|period| period.contains(entry.not_after))
            && self.ends_by.is_none_or(|end| entry.not_after <= end)
            && self
                .valid_at
                .is_none_or(|moment| entry.not_before <= moment && moment <= entry.not_after)
            && self.authority.as_ref().is_none_or(is_signed)
            && self.by.as_ref().is_none_or(is_by)
            && self.operation.as_ref().is_none_or(is_in)
            && entry.is_meant_by(&self.words)
    }
}

/// The rows that these operations bring, the oldest first: what they have made, and before it what
/// they have replaced.
pub fn of_operations(newest_first: &[Operation]) -> Vec<LedgerEntry> {
    let was_done = |operation: &&Operation| {
        matches!(
            operation.state,
            OperationState::Done | OperationState::Undone
        )
    };
    let mut entries: Vec<LedgerEntry> = Vec::new();
    for operation in newest_first.iter().rev().filter(was_done) {
        // What takes another back brings nothing new.
        for issue in operation
            .plan
            .issues
            .iter()
            .filter(|_| operation.undoes.is_none())
        {
            let path = issue.paths.first().map_or("", String::as_str);
            let before = issue.before.as_ref();
            let before = before.map(|old| LedgerEntry::seen(old, path, operation.started_at));
            entries.extend(before);
            entries.push(LedgerEntry::made(&issue.after, operation, path));
        }
    }
    entries
}
