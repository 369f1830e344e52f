//! A plan as a letter: what happens, what can go wrong, then the tables. And what is said once it
//! is done.

use std::fmt::Write as _;

use time::OffsetDateTime;

use super::document::octal;
use super::nodes;
use crate::cli::arguments::Form;
use crate::cli::table::{Cell, Style, Table};
use crate::inventory::Inventory;
use crate::inventory::mounted::Mounted;
use crate::inventory::state::{Status, by_dates};
use crate::kubernetes::component::{self, Component};
use crate::pki::text::printable;
use crate::pki::{Certificate, GeneralName};
use crate::plan::prune::only_drops;
use crate::record::{
    ChangeAction, ChangeSummary, IssueSummary, Operation, PathState, Place, PlanKind, PlanSummary,
    Reason, RestartSummary,
};
use crate::words::letter::{self, Face};
use crate::words::{Meaning, bare, count, shell, span};

/// The whole plan. The commands that do the same without kubepki stand in the wide form only.
pub(crate) fn plan(
    plan: &PlanSummary,
    inventory: &Inventory,
    moment: OffsetDateTime,
    form: Form,
    style: Style,
) -> String {
    let mut out = printable(&plan.title).into_owned();
    if plan.is_empty() {
        out.push_str(": nothing to do\n");
    } else {
        out.push('\n');
        opening(&mut out, plan, inventory);
    }
    out.push_str(&risks(plan));
    out.push_str(&details(plan, moment, form, style));
    if form == Form::Wide {
        section(&mut out, "Without kubepki", &commands(plan));
    }
    out
}

/// All below the opening and what can go wrong: tables, restarts.
pub(crate) fn details(
    plan: &PlanSummary,
    moment: OffsetDateTime,
    form: Form,
    style: Style,
) -> String {
    let mut out = String::new();
    section(
        &mut out,
        "",
        &certificates(plan, moment, form).render(style),
    );
    out.push_str(&nodes::text(plan, style));
    section(&mut out, "Files", &files(plan).render(style));
    section(
        &mut out,
        letter::left(plan),
        &left_alone(plan).render(style),
    );
    section(&mut out, "Restart", &restarts(plan.restarts.iter()));
    out
}

/// What happens, who holds the old files, how it is taken back.
fn opening(out: &mut String, plan: &PlanSummary, inventory: &Inventory) {
    let undo = inventory.mounted.kubepki("undo");
    let face = Face {
        name: &str::to_owned,
        undo: &undo,
        between: "; ",
        room: usize::MAX,
        names_programs: true,
        root: &inventory.root,
    };
    for line in letter::opening(plan, &face) {
        let _ = writeln!(out, "{}", printable(&bare(&line)));
    }
}

/// Why somebody must look, and what can go wrong: each once.
fn risks(plan: &PlanSummary) -> String {
    // Nobody says by a command whether one key or a review was meant.
    let risks = letter::risks(plan, false);
    if risks.is_empty() && !plan.is_empty() {
        return format!("{}\n", letter::NO_RISK);
    }
    let sign = |risk: &Reason| match risk {
        Reason::Warning(_) => "! ",
        Reason::Look(_) => "worth a look: ",
    };
    risks.iter().fold(String::new(), |out, risk| {
        out + sign(risk) + &printable(plan.words(risk)) + "\n"
    })
}

/// How many files change.
pub(crate) fn written(plan: &PlanSummary) -> String {
    count::of(plan.files().count(), "file")
}

/// Old files that are dropped are nowhere any more.
fn is_undoable(plan: &PlanSummary) -> bool {
    !only_drops(plan)
}

/// What can go wrong or surprises, a line each.
pub(crate) fn warnings(plan: &PlanSummary) -> String {
    plan.warnings.iter().fold(String::new(), |out, warning| {
        out + "! " + &printable(warning) + "\n"
    })
}

/// A heading and what stands below it; nothing without that.
fn section(out: &mut String, heading: &str, body: &str) {
    if body.trim().is_empty() {
        return;
    }
    out.push('\n');
    if !heading.is_empty() {
        let _ = writeln!(out, "{heading}");
    }
    out.push_str(body);
}

/// The certificates, each with its copies below it; then what changes without a new certificate.
fn certificates(plan: &PlanSummary, moment: OffsetDateTime, form: Form) -> Table {
    // Where nothing was there nothing ends now: who it is shall be looked at instead.
    let is_setup = !plan.nodes.is_empty();
    let look = Look {
        moment,
        form,
        is_setup,
    };
    let mut head = vec![
        "NAME",
        if is_setup { "FOR" } else { "ENDS NOW" },
        if is_setup { "ENDS" } else { "THEN" },
        "KEY",
        "READ BY",
    ];
    if look.has_identity() {
        head.extend(["SUBJECT", "NAMES"]);
    }
    if form == Form::Wide {
        head.extend(["SERIAL NOW", "THEN"]);
    }
    head.push("NOTE");
    let mut table = Table::new(&head);
    for issue in &plan.issues {
        table.push(certificate(issue, look));
        for copy in &issue.copies {
            table.push(note_row(&format!("  {copy}"), letter::COPY, head.len()));
        }
    }
    let is_told = |change: &ChangeSummary| {
        plan.issues
            .iter()
            .any(|issue| issue.paths.contains(&change.path))
    };
    if !plan.issues.is_empty() && !is_setup {
        for change in plan.changes.iter().filter(|change| !is_told(change)) {
            table.push(note_row(&change.path, &change.summary, head.len()));
        }
    }
    table.without_empty_columns()
}

fn note_row(name: &str, note: &str, columns: usize) -> Vec<Cell> {
    let mut row = vec![Cell::new(name)];
    row.resize(columns - 1, Cell::new(""));
    row.push(Cell::new(note));
    row
}

/// How the certificates of a plan are shown.
#[derive(Clone, Copy)]
struct Look {
    moment: OffsetDateTime,
    form: Form,
    is_setup: bool,
}

impl Look {
    fn has_identity(self) -> bool {
        self.is_setup || self.form == Form::Wide
    }
}

fn certificate(issue: &IssueSummary, look: Look) -> Vec<Cell> {
    let details = issue.after.details();
    let now = match &issue.before {
        _ if look.is_setup => Cell::new(issue.node.as_deref().unwrap_or_default()),
        Some(before) => end(before, look.moment),
        None => Cell::new("none"),
    };
    let mut row = vec![
        Cell::new(&issue.id),
        now,
        Cell::new(issue.after.not_after().date().to_string()),
        Cell::new(letter::key(issue)),
        Cell::new(component::joined(issue.programs.iter().copied(), " ")),
    ];
    if look.has_identity() {
        row.push(Cell::new(details.subject.to_rfc4514()));
        row.push(Cell::new(joined(&details.subject_alt_names)));
    }
    if look.form == Form::Wide {
        let serial = |certificate: &Certificate| certificate.details().serial_number;
        row.push(Cell::new(
            issue.before.as_ref().map(serial).unwrap_or_default(),
        ));
        row.push(Cell::new(serial(&issue.after)));
    }
    row.push(Cell::new(if issue.before.is_some() {
        other_names(issue)
    } else {
        String::new()
    }));
    row
}

/// When a certificate ends, in the colour of that.
fn end(certificate: &Certificate, moment: OffsetDateTime) -> Cell {
    let date = certificate.not_after().date().to_string();
    match by_dates(certificate, moment) {
        Status::Expired => Cell::colored(format!("{date} expired"), Status::Expired),
        _ => Cell::new(format!(
            "{date} in {}",
            span::left(certificate.not_after(), moment)
        )),
    }
}

/// What is less and more in the names of the new certificate.
fn other_names(issue: &IssueSummary) -> String {
    let others = letter::names(issue)
        .into_iter()
        .filter(|(_, meaning)| *meaning != Meaning::Text);
    others.map(|(name, _)| name).collect::<Vec<_>>().join(" ")
}

fn joined(names: &[GeneralName]) -> String {
    names
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Every change that no node's list tells of.
fn files(plan: &PlanSummary) -> Table {
    let mut table = Table::new(&["ACTION", "PATH", "OWNER", "MODE", "WHAT"]);
    let is_told = |change: &&ChangeSummary| {
        change.place == Place::Master
            && change.action == ChangeAction::Create
            && nodes::tells_of(plan, &change.path)
    };
    for change in plan.changes.iter().filter(|change| !is_told(change)) {
        let after = change.after.attributes();
        let path = match &change.after {
            PathState::Link { text } => format!("{} -> {text}", change.path),
            _ => change.path.clone(),
        };
        table.push(vec![
            Cell::new(change.action.word()),
            Cell::new(path),
            Cell::new(
                after
                    .map(|after| format!("{}:{}", after.owner, after.group))
                    .unwrap_or_default(),
            ),
            Cell::new(after.map(octal).unwrap_or_default()),
            Cell::new(&change.summary),
        ]);
    }
    table
}

fn left_alone(plan: &PlanSummary) -> Table {
    let mut table = Table::new(&["NAME", "WHY"]);
    for left in plan
        .left_alone
        .iter()
        .filter(|left| !nodes::tells_of(plan, &left.what))
    {
        table.push(vec![Cell::new(&left.what), Cell::new(&left.why)]);
    }
    table
}

/// Each program with its reason and its commands.
fn restarts<'a>(restarts: impl Iterator<Item = &'a RestartSummary>) -> String {
    let mut out = String::new();
    for restart in restarts {
        let _ = writeln!(out, "{}: {}", restart.component, printable(&restart.reason));
        for command in &restart.how {
            let _ = writeln!(out, "  {}", printable(command));
        }
    }
    out
}

/// The commands of a plan, a line each.
pub(crate) fn commands(plan: &PlanSummary) -> String {
    lines(&plan.commands)
}

fn lines(lines: &[String]) -> String {
    lines
        .iter()
        .fold(String::new(), |out, line| out + &printable(line) + "\n")
}

/// What was done to the master whose files lie so, and what is still to do; `undo` is the command
/// that takes it back.
pub(crate) fn done(operation: &Operation, mounted: &Mounted, undo: &str) -> String {
    let plan = &operation.plan;
    let title = printable(&plan.title);
    let files = written(plan);
    let mut out = format!("{title}: done, {files}");
    let _ = if is_undoable(plan) {
        writeln!(out, "; {} takes it back", printable(undo))
    } else {
        writeln!(out)
    };
    out.push_str(&nodes::archives(plan));
    if matches!(plan.kind, Some(PlanKind::Issue | PlanKind::Decide)) {
        // Whoever asked goes on with these.
        let files = plan.files().map(|file| (&file.path, &file.summary));
        let waits = plan.left_alone.iter().map(|left| (&left.what, &left.why));
        for (what, words) in files.chain(waits) {
            let _ = writeln!(out, "{}  {}", printable(what), printable(words));
        }
    }
    let is_open = |component: Component| {
        let record = operation
            .restarts
            .iter()
            .find(|record| record.component == component);
        record.is_none_or(|record| record.state.is_open())
    };
    let waiting: Vec<_> = plan
        .must_restart()
        .filter(|restart| is_open(restart.component))
        .collect();
    if !waiting.is_empty() {
        let _ = writeln!(out, "{}:", bare(&letter::holders(plan, waiting.len())));
        out.push_str(&restarts(waiting.into_iter()));
    }
    let handed_over = shell::handed_over(mounted, plan);
    if !handed_over.is_empty() {
        out.push_str("the cluster learns of it by:\n");
        out.push_str(&lines(&handed_over));
    }
    out
}
