//! `request list` and `request show`.

use super::document::{ListedRequest, RequestList};
use super::judged::{Judged, Sources};
use super::text;
use crate::cli::arguments::{Form, Global};
use crate::cli::document::OneDocument;
use crate::cli::exit_of;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::table::{Cell, Style, Table};
use crate::pki::text::printable;
use crate::words::request::{COLUMNS, cells, describe, meaning};

/// Runs `request list`: the text for standard output, and the exit code.
pub(super) fn list(
    global: &Global,
    files: &[String],
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let sources = Sources::of_files(global, files)?;
    let all = sources.judged();
    let document = || RequestList {
        head: sources.master.head("RequestList"),
        items: all.iter().map(ListedRequest::of).collect(),
    };
    let text = match form {
        Form::Json => output::json(&document())?,
        Form::Yaml => output::yaml(&document())?,
        Form::Name => names(&all),
        _ => table(&all, form, style),
    };
    Ok((text, exit_of(&sources.master)))
}

/// Runs `request show`.
pub(super) fn show(
    global: &Global,
    what: &str,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let (sources, item) = Sources::of_what(global, what)?;
    let judged = sources.judge(&item);
    let document = || OneDocument {
        head: sources.master.head("Request"),
        thing: ListedRequest::of(&judged),
    };
    let text = match form {
        Form::Json => output::json(&document())?,
        Form::Yaml => output::yaml(&document())?,
        Form::Name => format!("{}\n", printable(&item.id)),
        Form::Describe => describe(&item).ok_or_else(|| {
            Failure::usage(format!(
                "{what:?} is no CertificateSigningRequest that kubectl could describe"
            ))
        })?,
        _ => text::one(&judged, style),
    };
    Ok((text, 0))
}

fn names(all: &[Judged<'_>]) -> String {
    all.iter().fold(String::new(), |out, one| {
        out + &printable(&one.item.id) + "\n"
    })
}

fn table(all: &[Judged<'_>], form: Form, style: Style) -> String {
    let is_wide = form == Form::Wide;
    let mut columns = COLUMNS.to_vec();
    columns.push("VERDICT");
    if is_wide {
        columns.push("WHY");
    }
    let mut table = Table::new(&columns);
    for one in all {
        let told = cells(one.item, one.decided, one.at);
        let mut row: Vec<Cell> = told.iter().map(Cell::new).collect();
        let answer = one.opinion.verdict.answer();
        row.push(Cell::meant(answer.word(), meaning(answer)));
        if is_wide {
            let rules = one.opinion.verdict.rules.iter();
            let worst = rules
                .filter(|rule| rule.answer == answer)
                .map(|rule| &*rule.text);
            row.push(Cell::new(worst.collect::<Vec<_>>().join("; ")));
        }
        table.push(row);
    }
    table.render(style)
}
