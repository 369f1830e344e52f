//! Operations as text for people, and as a shell script.

use crate::cli::arguments::Form;
use crate::cli::plan::text::{commands, details as plan_details, warnings, written};
use crate::cli::restart::table as restarts;
use crate::cli::show::sheet::Sheet;
use crate::cli::table::{Cell, Style, Table};
use crate::kubernetes::component;
use crate::pki::text::printable;
use crate::plan::SHELL_IS_STRICT;
use crate::record::{Operation, waiting};
use crate::words::{count, date, operation as told};

/// One row an operation.
pub(super) fn table(operations: &[Operation], form: Form) -> Table {
    let mut head = vec!["WHEN", "ID", "WHAT", "STATE", "BY", "FILES"];
    if form == Form::Wide {
        head.extend(["RESTART", "ROOT"]);
    }
    head.push("NOTE");
    let mut table = Table::new(&head);
    for operation in operations {
        let mut row = vec![
            Cell::new(date::minute(operation.started_at)),
            Cell::new(&operation.id),
            Cell::new(&operation.plan.title),
            state(operation, operations),
            Cell::new(told::by(&operation.by)),
            Cell::new(operation.plan.files().count().to_string()),
        ];
        if form == Form::Wide {
            let waiting = operation
                .plan
                .must_restart()
                .map(|restart| restart.component);
            row.push(Cell::new(component::joined(waiting, " ")));
            row.push(Cell::new(&operation.root));
        }
        row.push(Cell::new(note(operation)));
        table.push(row);
    }
    table.without_empty_columns()
}

fn state(operation: &Operation, newest_first: &[Operation]) -> Cell {
    // Nobody looked at what runs.
    let open: Vec<_> = waiting::open_of(operation, newest_first, &[])
        .map(|record| record.state)
        .collect();
    let (words, meaning) = told::progress(operation, &open, false);
    Cell::meant(words, meaning)
}

fn note(operation: &Operation) -> String {
    let error = operation.error.clone();
    let undone = || {
        operation
            .undone_by
            .as_ref()
            .map(|id| format!("undone by {id}"))
    };
    let undoes = || {
        operation
            .undoes
            .as_ref()
            .map(|id| format!("takes back {id}"))
    };
    error.or_else(undone).or_else(undoes).unwrap_or_default()
}

/// One operation: what it was, what it changed, and the commands that do the same.
pub(super) fn operation(operation: &Operation, form: Form, style: Style) -> String {
    let mut sheet = Sheet::new();
    sheet.line("Operation", &operation.id);
    sheet.line("What", &operation.plan.title);
    let (state, more, _) = told::state(operation);
    sheet.line(
        "State",
        if more.is_empty() {
            state.to_owned()
        } else {
            format!("{state}: {more}")
        },
    );
    sheet.line("Why", operation.error.as_deref().unwrap_or_default());
    sheet.line(
        "Takes back",
        operation.undoes.as_deref().unwrap_or_default(),
    );
    sheet.line(
        "Undone by",
        operation.undone_by.as_deref().unwrap_or_default(),
    );
    sheet.line("By", told::by(&operation.by));
    sheet.line("Begun", date::minute(operation.started_at));
    sheet.line(
        "Ended",
        operation.ended_at.map(date::minute).unwrap_or_default(),
    );
    sheet.line("Master", &operation.root);
    let issued = match operation.plan.issues.len() {
        0 => String::new(),
        issued => format!("{} in ", count::of(issued, "certificate")),
    };
    sheet.line("Changed", issued + &written(&operation.plan));
    let mut out = sheet.render(style);
    out.push_str(&warnings(&operation.plan));
    out.push_str(&plan_details(
        &operation.plan,
        operation.started_at,
        form,
        style,
    ));
    if !operation.restarts.is_empty() {
        out.push_str("\nRestarts so far\n");
        out.push_str(
            &restarts(&operation.restarts, form)
                .without_empty_columns()
                .render(style),
        );
    }
    if !operation.plan.commands.is_empty() {
        out.push('\n');
        out.push_str(&script(operation));
    }
    out
}

/// The shell script that does the same without kubepki.
pub(super) fn script(operation: &Operation) -> String {
    let (title, id) = (printable(&operation.plan.title), printable(&operation.id));
    let (when, by) = (date::minute(operation.started_at), told::by(&operation.by));
    let is_strict = operation
        .plan
        .commands
        .iter()
        .any(|line| line == SHELL_IS_STRICT);
    let strict = if is_strict {
        String::new()
    } else {
        format!("{SHELL_IS_STRICT}\n")
    };
    format!(
        "#!/bin/sh\n\
         # {title}: operation {id}, {when}, {}.\n\
         # What kubepki did, as one would type it. Keys and serial numbers are made anew by it.\n\
         {strict}{}",
        printable(&by),
        commands(&operation.plan)
    )
}
