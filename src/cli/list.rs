//! `list`: every certificate, worst first.

use serde::Serialize;
use time::OffsetDateTime;

use super::arguments::{Form, Global, ListArguments, ListedKind};
use super::certificate::{authority_id, document};
use super::document::{CertificateDocument, CertificateList, LeftoverDocument};
use super::failure::Failure;
use super::master::Master;
use super::output::{self, Each};
use super::select::Selected;
use super::table::{Cell, Style, Table};
use super::{exit_of, one_place, tell_unfinished};
use crate::inventory::judged::{JudgedItem, worst_first};
use crate::inventory::state::Status;
use crate::inventory::{Inventory, Purpose, Source};
use crate::kubernetes::role::{self, RoleKind};
use crate::record::moment::{MomentError, Period, parse_duration, parse_range};
use crate::words::{date, span};

/// Runs `list`: the text for standard output, and the exit code.
pub(super) fn run(
    global: &Global,
    arguments: &ListArguments,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let directory = arguments.directory.as_deref();
    one_place(global, directory)?;
    tell_unfinished(global, directory);
    let master = Master::open(global, directory)?;
    let text = list(&master, arguments, form, style)?;
    Ok((text, exit_of(&master).max(master.tell_nothing())))
}

/// The text; JSON is written to standard output already.
fn list(
    master: &Master,
    arguments: &ListArguments,
    form: Form,
    style: Style,
) -> Result<String, Failure> {
    let filter = Filter::new(master, arguments)?;
    let inventory = &master.inventory;
    let rows: Vec<JudgedItem<'_>> = worst_first(inventory, master.at)
        .into_iter()
        .filter(|judged| filter.takes(inventory, judged))
        .collect();
    match form {
        Form::Json => output::print_json(&list_document(master, &rows)).map(|()| String::new()),
        Form::Yaml => output::yaml(&list_document(master, &rows)),
        Form::Name => Ok(names(&rows)),
        Form::Csv => Ok(super::csv::certificates(
            rows.iter().map(|judged| document(inventory, judged)),
        )),
        Form::Markdown => Ok(table(master, &rows, Form::Wide, style).render_markdown()),
        Form::Table | Form::Wide | Form::Describe => {
            if rows.is_empty() {
                match inventory.items.len() {
                    // Where nothing at all was found, that is told with where it was looked for.
                    0 if inventory.is_bare() => {}
                    0 => output::tell("kubepki: no certificate found\n"),
                    all => output::tell(&format!("kubepki: none of {all} certificates matches\n")),
                }
                return Ok(String::new());
            }
            Ok(table(master, &rows, form, style)
                .without_empty_columns()
                .render(style))
        }
    }
}

fn list_document(master: &Master, rows: &[JudgedItem<'_>]) -> impl Serialize {
    let items = Each(rows, |judged: &JudgedItem<'_>| {
        document(&master.inventory, judged)
    });
    let leftovers = master
        .inventory
        .leftovers
        .iter()
        .map(LeftoverDocument::from)
        .collect();
    CertificateList {
        head: master.head("CertificateList"),
        leftovers,
        items,
    }
}

fn names(rows: &[JudgedItem<'_>]) -> String {
    rows.iter().fold(String::new(), |mut out, judged| {
        out.push_str(&crate::pki::text::printable(&judged.item.id));
        out.push('\n');
        out
    })
}

const HEAD: [&str; 7] = [
    "STATUS",
    "NAME",
    "LEFT",
    "NOT AFTER",
    "KIND",
    "SIGNED BY",
    "READ BY",
];
const WIDE_HEAD: [&str; 14] = [
    "STATUS",
    "NAME",
    "LEFT",
    "NOT AFTER",
    "KIND",
    "SIGNED BY",
    "READ BY",
    "SUBJECT",
    "NAMES",
    "KEY",
    "KEY FILE",
    "SERIAL",
    "PATH",
    "NOTE",
];

fn table(master: &Master, rows: &[JudgedItem<'_>], form: Form, style: Style) -> Table {
    let wide = form == Form::Wide;
    let mut head = if wide {
        WIDE_HEAD.to_vec()
    } else {
        HEAD.to_vec()
    };
    if !wide {
        head.push("NOTE");
    }
    let mut table = Table::new(&head);
    for judged in rows {
        let mut row = narrow(master, judged, style);
        let document = document(&master.inventory, judged);
        if wide {
            row.extend(broad(&document));
        }
        row.push(Cell::new(note(judged.state.status, &document)));
        table.push(row);
    }
    table
}

fn narrow(master: &Master, judged: &JudgedItem<'_>, style: Style) -> Vec<Cell> {
    let item = judged.item;
    let end = item.certificate().map(crate::pki::Certificate::not_after);
    let authority = authority_id(&master.inventory, judged.index).unwrap_or_default();
    let authority = if authority == *item.id {
        "itself".to_owned()
    } else {
        authority
    };
    let readers =
        super::certificate::texts(item.read_by.iter().map(|reader| reader.component.as_str()));
    vec![
        Cell::status(judged.state.status, style),
        Cell::new(&*item.id),
        Cell::new(
            judged
                .state
                .life
                .map(|life| span::left(life.end, master.at))
                .unwrap_or_default(),
        ),
        Cell::new(end.map(date::minute).unwrap_or_default()),
        Cell::new(judged.item.purpose().map_or("", Purpose::word)),
        Cell::new(authority),
        Cell::new(readers.join(" ")),
    ]
}

fn broad(document: &CertificateDocument) -> Vec<Cell> {
    let names: Vec<&str> = document
        .dns_names
        .iter()
        .chain(&document.ip_addresses)
        .map(String::as_str)
        .collect();
    let key_file = match (
        document.key_path.as_deref(),
        document.key_state,
        document.key_matches,
    ) {
        (Some(path), "present", Some(true)) if path == document.path => {
            "in the same file".to_owned()
        }
        (Some(path), "present", Some(true)) => path.to_owned(),
        (Some(path), "present", Some(false)) => format!("{path} (another key)"),
        (Some(path), state, _) => format!("{path} ({state})"),
        (None, state, _) => state.to_owned(),
    };
    vec![
        Cell::new(document.subject.as_deref().unwrap_or_default()),
        Cell::new(names.join(" ")),
        Cell::new(document.key_algorithm.as_deref().unwrap_or_default()),
        Cell::new(key_file),
        Cell::new(document.serial_number.as_deref().unwrap_or_default()),
        Cell::new(&document.path),
    ]
}

/// What the date does not say already: why it is broken or not known, that nobody uses it.
fn note(status: Status, document: &CertificateDocument) -> String {
    let is_told = match status {
        Status::DeadAuthority | Status::Broken | Status::Unknown | Status::NotYetValid => true,
        Status::Expiring => document.ends_with.is_some(),
        Status::Expired | Status::Ok => false,
    };
    let why = document
        .why
        .as_deref()
        .filter(|_| is_told)
        .unwrap_or_default();
    match (why, document.in_use) {
        ("", true) => String::new(),
        ("", false) => "not in use".to_owned(),
        (why, true) => why.to_owned(),
        (why, false) => format!("{why}; not in use"),
    }
}

/// What `list` leaves.
struct Filter {
    ends_by: Option<OffsetDateTime>,
    ends_in: Option<Period>,
    roles: Vec<String>,
    authority: Option<String>,
    kind: Option<ListedKind>,
}

impl Filter {
    fn new(master: &Master, arguments: &ListArguments) -> Result<Self, Failure> {
        let usage = |error: MomentError| Failure::usage(error.to_string());
        let ends_by = expires_by(master, arguments)?;
        let ends_in = arguments
            .expires
            .as_deref()
            .map(parse_range)
            .transpose()
            .map_err(usage)?;
        if let Some(unknown) = arguments
            .role
            .iter()
            .find(|name| role::role(name).is_none())
        {
            return Err(
                Failure::usage(format!("no role is called {unknown:?}")).hint(format!(
                    "roles: {}",
                    role::ROLES
                        .iter()
                        .map(|role| role.name)
                        .collect::<Vec<_>>()
                        .join(", ")
                )),
            );
        }
        let authority = arguments
            .authority
            .as_deref()
            .map(|what| authority(master, what))
            .transpose()?;
        Ok(Self {
            ends_by,
            ends_in,
            roles: arguments.role.clone(),
            authority,
            kind: arguments.kind,
        })
    }

    fn takes(&self, inventory: &Inventory, judged: &JudgedItem<'_>) -> bool {
        let end = judged.state.life.map(|life| life.end);
        self.ends_by
            .is_none_or(|limit| end.is_some_and(|end| end <= limit))
            && self
                .ends_in
                .is_none_or(|period| end.is_some_and(|end| period.contains(end)))
            && (self.roles.is_empty()
                || judged
                    .item
                    .roles
                    .iter()
                    .any(|role| self.roles.iter().any(|name| name == role.name)))
            && self
                .authority
                .as_ref()
                .is_none_or(|id| authority_id(inventory, judged.index).as_ref() == Some(id))
            && self.kind.is_none_or(|kind| kind == kind_of(judged))
    }
}

/// The end of `--expires-within`.
pub(super) fn expires_by(
    master: &Master,
    arguments: &ListArguments,
) -> Result<Option<OffsetDateTime>, Failure> {
    let within = arguments.expires_within.as_deref();
    let within = within.map(parse_duration).transpose();
    let within = within.map_err(|error| Failure::usage(error.to_string()))?;
    // Beyond the last year that can be named, everything has ended.
    Ok(within.map(|within| master.at.checked_add(within).unwrap_or(last_moment())))
}

fn last_moment() -> OffsetDateTime {
    time::Date::MAX.with_time(time::Time::MIDNIGHT).assume_utc() + time::Duration::seconds(86_399)
}

/// The id of the authority that the user means.
pub(super) fn authority(master: &Master, what: &str) -> Result<String, Failure> {
    match super::select::find(master, what)? {
        Selected::Item(judged)
            if judged.item.is_authority()
                || !master.inventory.tree.children_of(judged.index).is_empty() =>
        {
            Ok(judged.item.id.to_string())
        }
        _ => {
            let authorities = master
                .inventory
                .items
                .iter()
                .filter(|item| item.is_authority());
            let ids: Vec<&str> = authorities.map(|item| &*item.id).collect();
            Err(
                Failure::usage(format!("{what:?} is no certificate authority"))
                    .hint(format!("authorities: {}", ids.join(", "))),
            )
        }
    }
}

fn kind_of(judged: &JudgedItem<'_>) -> ListedKind {
    let item = judged.item;
    match &item.content {
        _ if matches!(item.source, Source::Kubeconfig { .. }) => ListedKind::Kubeconfig,
        Ok(certificate) if certificate.is_authority() => ListedKind::Authority,
        Err(_) if item.has_role_of(RoleKind::Authority) => ListedKind::Authority,
        Err(_) if item.has_role_of(RoleKind::Kubeconfig) => ListedKind::Kubeconfig,
        _ => ListedKind::Certificate,
    }
}
