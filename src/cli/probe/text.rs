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
use crate::running::{SeenOnPort, Served, Trusted, Truth, Verb};
use crate::words::{date, span};

/// How many of those who refuse a certificate the narrow table names.
const MOST_CALLERS: usize = 2;

/// How many names of a certificate the wide table gives: it may have thousands, which the documents give.
const MOST_NAMES: usize = 8;

/// One row a port, component or server.
pub(super) fn table(master: &Master, rows: &[ProbeRow], form: Form) -> Table {
    let mut head = vec!["COMPONENT", "ADDRESS", "SERVED", "ON DISK", "TRUSTED", "VERB"];
    if form == Form::Wide {
        head.extend(["CHAIN", "TLS", "CLIENT", "ISSUER", "NAMES", "STARTED", "HOLDS OLD"]);
    }
    head.push("WHY");
    let mut table = Table::new(&head);
    for row in rows {
        let mut cells = narrow(master, row, form);
        if form == Form::Wide {
            cells.extend(broad(row));
        }
        cells.push(Cell::new(&row.truth.why));
        table.push(cells);
    }
    table
}

fn narrow(master: &Master, row: &ProbeRow, form: Form) -> Vec<Cell> {
    let truth = &row.truth;
    let address = match (row.address(), truth.port) {
        (Some(address), _) => address.to_owned(),
        (None, Some(port)) => port.to_string(),
        (None, None) => String::new(),
    };
    vec![
        Cell::new(if row.is_ours { &truth.name } else { "" }),
        Cell::new(address),
        served(truth, master.at),
        on_disk(master, truth),
        trusted(&truth.trusted, form),
        verb(row),
    ]
}

fn served(truth: &Truth, at: OffsetDateTime) -> Cell {
    match &truth.served {
        SeenOnPort::NotAsked => Cell::new(""),
        SeenOnPort::Served { certificate, .. } => number_and_end(certificate, at),
        SeenOnPort::Silent(silence) => Cell::new(silence.to_string()),
    }
}

fn on_disk(master: &Master, truth: &Truth) -> Cell {
    let item = truth.on_disk.and_then(|index| master.inventory.item(index));
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
    let text = format!("{}  {}", short_serial(&serial), span::left(certificate.not_after(), at));
    Cell::colored(text, by_dates(certificate, at))
}

/// Who refuses what is served, in the wide form with the reasons; else that it is accepted.
fn trusted(all: &[Trusted], form: Form) -> Cell {
    let refused: Vec<(&str, &String)> =
        all.iter().filter_map(|one| Some((&*one.who, one.answer.as_ref().err()?))).collect();
    let names = || {
        let mut names: Vec<&str> =
            refused.iter().map(|(who, _)| who.rsplit('/').next().unwrap_or(who)).take(MOST_CALLERS).collect();
        let more = format!("{} more", refused.len() - names.len());
        names.extend((refused.len() > MOST_CALLERS).then_some(more.as_str()));
        names.join(", ")
    };
    match all {
        [] => Cell::new(""),
        _ if !refused.is_empty() => {
            let reasons = || refused.iter().map(|(who, why)| format!("{who}: {why}")).collect::<Vec<_>>().join("; ");
            let by = if form == Form::Wide { reasons() } else { names() };
            Cell::colored(format!("not by {by}"), Status::Broken)
        }
        _ if all.iter().any(|one| one.answer == Ok(true)) => Cell::new("yes"),
        _ => Cell::new("unverified"),
    }
}

fn verb(row: &ProbeRow) -> Cell {
    let Some(verb) = row.verb() else { return Cell::new("") };
    let status = match verb {
        Verb::Nothing => Status::Ok,
        Verb::Reload | Verb::Restart => Status::Expiring,
        Verb::Replace => Status::Broken,
    };
    Cell::colored(verb.word(), status)
}

fn broad(row: &ProbeRow) -> Vec<Cell> {
    let served = row.answer.as_ref().and_then(|answer| answer.result.as_ref().ok());
    let details = served.and_then(Served::leaf).map(Certificate::details);
    let names = details.as_ref().map(|details| AlternativeNames::of(&details.subject_alt_names)).unwrap_or_default();
    let subjects = |served: &Served| {
        served.chain.iter().map(|one| one.details().subject.to_rfc4514()).collect::<Vec<_>>().join("; ")
    };
    let client = served.filter(|served| served.demands_client).map(|_| "demanded").unwrap_or_default();
    let held: Vec<&str> = row.truth.held.iter().map(|held| &*held.path).collect();
    vec![
        Cell::new(served.map(subjects).unwrap_or_default()),
        Cell::new(served.map(|served| served.version).unwrap_or_default()),
        Cell::new(client),
        Cell::new(details.map(|details| details.issuer.to_rfc4514()).unwrap_or_default()),
        Cell::new(first_of(&[names.dns, names.ip].concat())),
        Cell::new(row.truth.process.as_ref().map(|process| date::minute(process.started_at)).unwrap_or_default()),
        Cell::new(held.join(" ")),
    ]
}

/// The first names, and how many more there are.
fn first_of(names: &[String]) -> String {
    let first = names.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(" ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
