//! `list --ledger`: every certificate that was made or seen here.

use serde::Serialize;

use super::arguments::{Form, Global, LedgerArguments, ListArguments};
use super::changer::changer;
use super::csv;
use super::document::ListDocument;
use super::failure::{Exit, Failure};
use super::list::{authority, expires_by};
use super::master::{Master, moment};
use super::output;
use super::table::{Cell, Style, Table};
use super::{exit_of, one_place, tell_unfinished};
use crate::pki::hex;
use crate::record::moment::{MomentError, parse_range};
use crate::record::{By, Ledger, LedgerEntry, LedgerQuery};
use crate::words::ledger::{self, Standing};
use crate::words::{Meaning, date};

/// The text for standard output, and the exit code: 3 where the ledger cannot be read or is not as
/// it was written.
pub(super) fn run(
    global: &Global,
    arguments: &ListArguments,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let directory = arguments.directory.as_deref();
    one_place(global, directory)?;
    tell_unfinished(global, directory);
    let master = &Master::open(global, directory)?;
    let changer = changer(global, directory)?.read_only(true);
    // What lies here is seen now, for whatever moment it is judged.
    let now = moment(None)?;
    let mut kept = changer.records().ledger_with(&master.inventory, now)?;
    let query = query(master, arguments)?;
    kept.entries.retain(|entry| query.takes(entry));
    kept.entries
        .sort_by_key(|entry| std::cmp::Reverse(entry.issued()));
    for fault in &kept.faults {
        let failure = Failure::unable(format!("the ledger: {}", ledger::fault(fault)));
        output::tell(&failure.to_words());
    }
    if let Some(path) = &kept.on_disk {
        output::tell(&format!("kubepki: the ledger: {}\n", ledger::on_disk(path)));
    }
    let faulty = if kept.faults.is_empty() {
        0
    } else {
        Exit::Unable.code()
    };
    let text = text(master, &kept, form, style)?;
    let nothing = master.tell_nothing();
    Ok((text, exit_of(master).max(faulty).max(nothing)))
}

fn query(master: &Master, arguments: &ListArguments) -> Result<LedgerQuery, Failure> {
    let LedgerArguments {
        issued,
        valid,
        by,
        operation,
        matching,
        ..
    } = &arguments.ledger;
    let usage = |error: MomentError| Failure::usage(error.to_string());
    let range = |text: &Option<String>| text.as_deref().map(parse_range).transpose();
    let signer = arguments.authority.as_deref();
    let signer = signer.map(|what| authority(master, what)).transpose()?;
    let signer = signer.and_then(|id| {
        let items = &master.inventory.items;
        let item = items.iter().find(|item| *item.id == *id)?;
        let details = item.certificate()?.details();
        let identifier = details.subject_key_identifier.as_deref().map(hex);
        Some((details.subject.to_rfc4514(), identifier))
    });
    Ok(LedgerQuery {
        words: matching.clone().unwrap_or_default(),
        issued: range(issued).map_err(usage)?,
        ends: range(&arguments.expires).map_err(usage)?,
        ends_by: expires_by(master, arguments)?,
        valid_at: valid.then_some(master.at),
        authority: signer,
        by: by.clone(),
        operation: operation.clone(),
    })
}

/// One row, field for field of the contract.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LedgerDocument<'a> {
    sha256: &'a str,
    serial_number: &'a str,
    subject: &'a str,
    issuer: &'a str,
    names: &'a [String],
    spki_sha256: &'a str,
    subject_key_identifier: Option<&'a str>,
    authority_key_identifier: Option<&'a str>,
    not_before: String,
    not_after: String,
    is_authority: bool,
    issued_at: Option<String>,
    seen_at: Option<String>,
    by: Option<&'a By>,
    operation: Option<&'a str>,
    path: &'a str,
    note: Option<&'a str>,
}

impl<'a> From<&'a LedgerEntry> for LedgerDocument<'a> {
    fn from(entry: &'a LedgerEntry) -> Self {
        Self {
            sha256: &entry.sha256,
            serial_number: &entry.serial_number,
            subject: &entry.subject,
            issuer: &entry.issuer,
            names: &entry.names,
            spki_sha256: &entry.spki_sha256,
            subject_key_identifier: entry.subject_key_identifier.as_deref(),
            authority_key_identifier: entry.authority_key_identifier.as_deref(),
            not_before: date::rfc3339(entry.not_before),
            not_after: date::rfc3339(entry.not_after),
            is_authority: entry.is_authority,
            issued_at: entry.issued_at.map(date::rfc3339),
            seen_at: entry.seen_at.map(date::rfc3339),
            by: entry.by.as_ref(),
            operation: entry.operation.as_deref(),
            path: &entry.path,
            note: Some(entry.note.as_str()).filter(|note| !note.is_empty()),
        }
    }
}

fn text(master: &Master, kept: &Ledger, form: Form, style: Style) -> Result<String, Failure> {
    let entries = &kept.entries;
    let document = || ListDocument {
        head: master.head("LedgerList"),
        items: entries.iter().map(LedgerDocument::from).collect(),
    };
    let limits = format!("{}\n", ledger::LIMITS);
    match form {
        Form::Json => output::json(&document()),
        Form::Yaml => output::yaml(&document()),
        Form::Name => Ok(entries
            .iter()
            .fold(String::new(), |out, entry| out + &entry.sha256 + "\n")),
        Form::Csv => {
            output::tell(&limits);
            Ok(csv::lines(&CSV_HEAD, entries.iter().map(csv_cells)))
        }
        Form::Markdown => Ok(table(master, entries, Form::Wide).render_markdown() + "\n" + &limits),
        _ if entries.is_empty() => {
            output::tell("kubepki: the ledger has no such certificate\n");
            output::tell(&limits);
            Ok(String::new())
        }
        form => {
            output::tell(&limits);
            Ok(table(master, entries, form)
                .without_empty_columns()
                .render(style))
        }
    }
}

const HEAD: [&str; 7] = [
    "STATUS",
    "NAME",
    "ISSUER",
    "ISSUED",
    "NOT AFTER",
    "BY",
    "OPERATION",
];
const WIDE_HEAD: [&str; 12] = [
    "STATUS",
    "NAME",
    "ISSUER",
    "ISSUED",
    "NOT AFTER",
    "BY",
    "OPERATION",
    "NAMES",
    "SERIAL",
    "SHA256",
    "PATH",
    "NOTE",
];

fn table(master: &Master, entries: &[LedgerEntry], form: Form) -> Table {
    let is_wide = form == Form::Wide;
    let mut table = if is_wide {
        Table::new(&WIDE_HEAD)
    } else {
        Table::new(&HEAD)
    };
    for entry in entries {
        let standing = ledger::standing(entry, master.at);
        let meaning = match standing {
            Standing::Valid => Meaning::Good,
            Standing::Ended => Meaning::Dim,
            Standing::NotYet => Meaning::Warn,
        };
        let mut row = vec![
            Cell::meant(standing.word(), meaning),
            Cell::new(ledger::name(entry)),
            Cell::new(&entry.issuer),
            Cell::new(date::minute(entry.issued())),
            Cell::new(date::minute(entry.not_after)),
            Cell::new(ledger::by(entry)),
            Cell::new(entry.operation.as_deref().unwrap_or_default()),
        ];
        if is_wide {
            let texts = [
                &entry.names.join(" "),
                &entry.serial_number,
                &entry.sha256,
                &entry.path,
                &entry.note,
            ];
            row.extend(texts.map(Cell::new));
        }
        table.push(row);
    }
    table
}

const CSV_HEAD: [&str; 17] = [
    "sha256",
    "serialNumber",
    "subject",
    "issuer",
    "names",
    "spkiSha256",
    "subjectKeyIdentifier",
    "authorityKeyIdentifier",
    "notBefore",
    "notAfter",
    "isAuthority",
    "issuedAt",
    "seenAt",
    "by",
    "operation",
    "path",
    "note",
];

fn csv_cells(entry: &LedgerEntry) -> Vec<String> {
    let document = LedgerDocument::from(entry);
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    vec![
        document.sha256.to_owned(),
        csv::guarded(document.serial_number),
        csv::guarded(document.subject),
        csv::guarded(document.issuer),
        csv::guarded(&document.names.join(" ")),
        document.spki_sha256.to_owned(),
        text(document.subject_key_identifier),
        text(document.authority_key_identifier),
        document.not_before,
        document.not_after,
        document.is_authority.to_string(),
        document.issued_at.unwrap_or_default(),
        document.seen_at.unwrap_or_default(),
        csv::guarded(&ledger::by(entry)),
        text(document.operation),
        csv::guarded(document.path),
        csv::guarded(document.note.unwrap_or_default()),
    ]
}
