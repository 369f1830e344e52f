//! What is served as a table for people.

use time::OffsetDateTime;

use super::ProbeRow;
use crate::cli::arguments::Form;
use crate::cli::certificate::AlternativeNames;
use crate::cli::master::Master;
use crate::cli::table::{Cell, Table};
use crate::inventory::state::{Status, by_dates};
use crate::pki::Certificate;
use crate::pki::text::short_serial;
use crate::running::{ComponentStatus, Remedy, SeenOnPort, Served, Trusted};
use crate::words::{date, span};

/// How many of those who refuse a certificate the narrow table names.
const MOST_CALLERS: usize = 2;

/// How many names of a certificate the wide table gives: it may have thousands, which the documents
/// give.
const MOST_NAMES: usize = 8;

/// One row a port, component or server.
pub(super) fn table(master: &Master, rows: &[ProbeRow], form: Form) -> Table {
    let mut head = vec![
        "COMPONENT",
        "ADDRESS",
        "SERVED",
        "ON DISK",
        "TRUSTED",
        "TO DO",
    ];
    if form == Form::Wide {
        head.extend([
            "CHAIN",
            "TLS",
            "CLIENT",
            "ISSUER",
            "NAMES",
            "STARTED",
            "HOLDS OLD",
        ]);
    }
    head.push("WHY");
    let mut table = Table::new(&head);
    for row in rows {
        let mut cells = narrow(master, row, form);
        if form == Form::Wide {
            cells.extend(broad(row));
        }
        cells.push(Cell::new(&row.status.why));
        table.push(cells);
    }
    table
}

fn narrow(master: &Master, row: &ProbeRow, form: Form) -> Vec<Cell> {
    let status = &row.status;
    let address = match (row.address(), status.port) {
        (Some(address), _) => address.to_owned(),
        (None, Some(port)) => port.to_string(),
        (None, None) => String::new(),
    };
    vec![
        Cell::new(if row.is_ours { &status.name } else { "" }),
        Cell::new(address),
        served(status, master.at),
        on_disk(master, status),
        trusted(&status.trusted, form),
        remedy(row),
    ]
}

fn served(status: &ComponentStatus, at: OffsetDateTime) -> Cell {
    match &status.served {
        SeenOnPort::NotAsked => Cell::new(""),
        SeenOnPort::Served { certificate, .. } => number_and_end(certificate, at),
        SeenOnPort::Silent(silence) => Cell::new(silence.to_string()),
    }
}

fn on_disk(master: &Master, status: &ComponentStatus) -> Cell {
    let item = status
        .on_disk
        .and_then(|index| master.inventory.item(index));
    item.map_or_else(
        || Cell::new(""),
        |item| match item.certificate() {
            Some(certificate) => number_and_end(certificate, master.at),
            None => Cell::colored("no certificate", Status::Broken),
        },
    )
}

/// Its serial number in short and what is left of it, in the colour of that.
fn number_and_end(certificate: &Certificate, at: OffsetDateTime) -> Cell {
    let serial = certificate.details().serial_number;
    let text = format!(
        "{}  {}",
        short_serial(&serial),
        span::left(certificate.not_after(), at)
    );
    Cell::colored(text, by_dates(certificate, at))
}

/// Who refuses what is served, in the wide form with the reasons; else that it is accepted.
fn trusted(all: &[Trusted], form: Form) -> Cell {
    let refused: Vec<(&str, &String)> = all
        .iter()
        .filter_map(|one| Some((&*one.who, one.answer.as_ref().err()?)))
        .collect();
    let names = || {
        let mut names: Vec<&str> = refused
            .iter()
            .map(|(who, _)| who.rsplit('/').next().unwrap_or(who))
            .take(MOST_CALLERS)
            .collect();
        let more = format!("{} more", refused.len() - names.len());
        names.extend((refused.len() > MOST_CALLERS).then_some(more.as_str()));
        names.join(", ")
    };
    match all {
        [] => Cell::new(""),
        _ if !refused.is_empty() => {
            let reasons = || {
                refused
                    .iter()
                    .map(|(who, why)| format!("{who}: {why}"))
                    .collect::<Vec<_>>()
                    .join("; ")
            };
            let by = if form == Form::Wide {
                reasons()
            } else {
                names()
            };
            Cell::colored(format!("not by {by}"), Status::Broken)
        }
        _ if all.iter().any(|one| one.answer == Ok(true)) => Cell::new("yes"),
        _ => Cell::new("unverified"),
    }
}

fn remedy(row: &ProbeRow) -> Cell {
    let Some(remedy) = row.remedy() else {
        return Cell::new("");
    };
    let status = match remedy {
        Remedy::Nothing => Status::Ok,
        Remedy::Reload | Remedy::Restart => Status::Expiring,
        Remedy::Replace => Status::Broken,
    };
    Cell::colored(remedy.word(), status)
}

fn broad(row: &ProbeRow) -> Vec<Cell> {
    let served = row
        .answer
        .as_ref()
        .and_then(|answer| answer.result.as_ref().ok());
    let details = served.and_then(Served::leaf).map(Certificate::details);
    let names = details
        .as_ref()
        .map(|details| AlternativeNames::of(&details.subject_alt_names))
        .unwrap_or_default();
    let subjects = |served: &Served| {
        served
            .chain
            .iter()
            .map(|one| one.details().subject.to_rfc4514())
            .collect::<Vec<_>>()
            .join("; ")
    };
    let client = served
        .filter(|served| served.demands_client)
        .map(|_| "demanded")
        .unwrap_or_default();
    let stale: Vec<&str> = row.status.stale.iter().map(|stale| &*stale.path).collect();
    vec![
        Cell::new(served.map(subjects).unwrap_or_default()),
        Cell::new(served.map(|served| served.version).unwrap_or_default()),
        Cell::new(client),
        Cell::new(
            details
                .map(|details| details.issuer.to_rfc4514())
                .unwrap_or_default(),
        ),
        Cell::new(first_of(&[names.dns, names.ip].concat())),
        Cell::new(
            row.status
                .process
                .as_ref()
                .map(|process| date::minute(process.started_at))
                .unwrap_or_default(),
        ),
        Cell::new(stale.join(" ")),
    ]
}

/// The first names, and how many more there are.
fn first_of(names: &[String]) -> String {
    let first = names
        .iter()
        .take(MOST_NAMES)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
