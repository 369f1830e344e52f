//! What a plan does, as the parts of a page: the review and the page of an operation are made of them.
//!
//! ```text
//! 5 certificates renewed in 8 files on this master, one transaction
//! 3 programs still hold the old ones until they restart
//! CA kubernetes signs, key here · undo: u · old files are kept
//! The other masters need their own renewal; do not copy these files
//!
//!                           ends now      then         key
//! apiserver                 19 Nov 2026   22 Nov 2027  RSA-2048 new
//!   └ ~/.kube/config        the same certificate, refreshed too
//! ```

mod certificates;
mod decisions;

use std::sync::Arc;

use super::super::document::{DocumentEntry, PageWriter};
use super::super::outcome::issue_name;
use super::super::rows::Cell;
use super::super::{chrome, text, words};
use super::nodes;
use crate::inventory::state::{Status, by_dates};
use crate::kubernetes::component::{Component, joined};
use crate::model::theme::{Tone, parts};
use crate::model::world::World;
use crate::model::{Action, Route};
use crate::pki::Certificate;
use crate::record::{ChangeSummary, IssueSummary, PathState, Place, PlanKind, PlanSummary};
use crate::words::date;
use crate::words::letter::{self, Face};
pub(super) use certificates::certificates;
pub(super) use decisions::decisions;

/// The first lines: what, in how many files; who holds the old; how it is taken back; what can go
/// wrong.
pub(super) fn letter(page: &mut PageWriter<'_>, world: &World, plan: &PlanSummary, at_once: bool) {
    let undo = world
        .keymap
        .keys(Action::Undo)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let face = Face {
        name: &|id| issue_name(world, id),
        undo: &undo,
        between: &format!(" {} ", world.signs().dot),
        // It is one line of four that are read at a glance.
        room: usize::from(chrome::areas(world).body.width).saturating_sub(4),
        names_programs: false,
        root: &world.inventory().root,
    };
    for line in &letter::opening(plan, &face) {
        page.sentence(parts(line));
    }
    risk(page, world, plan, at_once);
}

/// What can go wrong: the worst of it; before the tables of machines, behind which nobody would
/// find it, all of it.
fn risk(page: &mut PageWriter<'_>, world: &World, plan: &PlanSummary, at_once: bool) {
    // What opened the review comes first. Who asked for it knows why, and wants to know what can go
    // wrong.
    let risks = letter::risks(plan, !at_once);
    let shown = if plan.nodes.is_empty() {
        1
    } else {
        risks.len()
    };
    let sign = if shown > 1 {
        format!("{} ", world.signs().warn)
    } else {
        String::new()
    };
    let more = if risks.len() > shown {
        format!("   {} more below", risks.len() - shown)
    } else {
        String::new()
    };
    for risk in risks.iter().take(shown) {
        page.sentence(vec![
            (&sign, Tone::Warn),
            (plan.words(risk), Tone::Warn),
            (&more, Tone::Dim),
        ]);
    }
    if risks.is_empty() {
        page.sentence(vec![(letter::NO_RISK, Tone::Text)]);
    }
}

/// Cells of the table: name, the two dates, the rest.
struct PlanColumns {
    name: usize,
    rest: usize,
}

const DATE: usize = 11;

impl PlanColumns {
    fn of(world: &World, plan: &PlanSummary) -> Self {
        let width = usize::from(chrome::areas(world).body.width.saturating_sub(3));
        let names = plan.issues.iter().map(|issue| issue_name(world, &issue.id));
        let copies = plan.issues.iter().flat_map(|issue| &issue.copies);
        let others = others(plan).map(|change| words::short_path(world, &change.path));
        let copies = copies.map(|copy| format!("  - {}", words::short_path(world, copy)));
        let longest = names
            .chain(copies)
            .chain(others)
            .map(|name| text::width(&name))
            .max()
            .unwrap_or(0);
        let dates = 2 * (DATE + 2);
        let least = if width < 58 { 0 } else { 16 };
        let name = (longest + 2)
            .max(if width < 58 { 0 } else { 26 })
            .min(width.saturating_sub(dates + least))
            .max(8);
        Self {
            name,
            rest: width.saturating_sub(name + dates),
        }
    }
}

/// The table: each certificate with its copies, then what changes without a new certificate. Of a
/// setup it is machine by machine.
pub(super) fn table(
    page: &mut PageWriter<'_>,
    world: &World,
    plan: &PlanSummary,
    operation: Option<&Arc<str>>,
) {
    if !plan.nodes.is_empty() {
        return nodes::machines(page, world, plan, operation);
    }
    let columns = PlanColumns::of(world, plan);
    let dim = world.style(Tone::Dim);
    let (now, then) = if plan.issues.iter().all(|issue| issue.before.is_none()) {
        ("", "ends")
    } else {
        ("ends now", "then")
    };
    if !plan.issues.is_empty() {
        page.row(vec![
            Cell::left("", columns.name, dim),
            Cell::right(now, DATE, dim),
            Cell::right(then, DATE + 2, dim),
            Cell::left("  key", columns.rest + 2, dim),
        ]);
    }
    for issue in &plan.issues {
        certificate_row(page, world, issue, &columns).opens(difference(operation, issue));
        for copy in &issue.copies {
            let name = format!(
                "  {} {}",
                world.signs().last,
                words::short_path(world, copy)
            );
            let words = format!("  {}", letter::COPY);
            page.row(vec![
                Cell::left(name, columns.name, dim),
                Cell::left(words, columns.rest + 2 * (DATE + 2), dim),
            ])
            .opens(difference(operation, issue));
        }
    }
    let is_made = matches!(plan.kind, Some(PlanKind::Issue | PlanKind::Decide));
    for change in others(plan) {
        let row = other_row(page, world, change, &columns, !plan.issues.is_empty());
        let is_file = matches!(change.after, PathState::File { .. });
        // What was made for others lies where no list shows it.
        if operation.is_some() && is_made && is_file && change.place == Place::Local {
            row.looks(&change.path);
        }
    }
}

fn certificate_row<'p>(
    page: &'p mut PageWriter<'_>,
    world: &World,
    issue: &IssueSummary,
    columns: &PlanColumns,
) -> &'p mut DocumentEntry {
    let (ends, tone) = issue
        .before
        .as_ref()
        .map_or(("new".to_owned(), Tone::Good), |before| ends(world, before));
    let after = issue.after.details();
    let key = format!("  {}", letter::key(issue));
    page.row(vec![
        Cell::left(
            issue_name(world, &issue.id),
            columns.name,
            world.style(Tone::Text),
        ),
        Cell::right(ends, DATE, world.style(tone)),
        Cell::right(
            date::day(after.not_after),
            DATE + 2,
            world.style(Tone::Good),
        ),
        Cell::left(key, columns.rest + 2, world.style(Tone::Dim)),
    ])
}

/// When a certificate ends, red when it has, yellow when it is due.
fn ends(world: &World, certificate: &Certificate) -> (String, Tone) {
    // Before its beginning its end is no trouble.
    let tone = match by_dates(certificate, world.now) {
        Status::NotYetValid => Tone::Text,
        status => words::of_status(status),
    };
    (date::day(certificate.not_after()), tone)
}

/// The changes that bring no new certificate; of what is issued all of them: where the files lie
/// is what its owner must know.
fn others(plan: &PlanSummary) -> impl Iterator<Item = &ChangeSummary> {
    let is_issue = matches!(plan.kind, Some(PlanKind::Issue | PlanKind::Decide));
    plan.changes.iter().filter(move |change| {
        is_issue
            || !plan
                .issues
                .iter()
                .any(|issue| issue.paths.contains(&change.path))
    })
}

fn other_row<'p>(
    page: &'p mut PageWriter<'_>,
    world: &World,
    change: &ChangeSummary,
    columns: &PlanColumns,
    dates: bool,
) -> &'p mut DocumentEntry {
    let item = world
        .inventory()
        .items
        .iter()
        .find(|item| *item.path == *change.path);
    let certificate = item.and_then(|item| item.certificate()).filter(|_| dates);
    let (ends, tone) = certificate.map_or((String::new(), Tone::Dim), |certificate| {
        ends(world, certificate)
    });
    let date = if dates { DATE } else { 0 };
    page.row(vec![
        Cell::left(
            words::short_path(world, &change.path),
            columns.name,
            world.style(Tone::Text),
        ),
        Cell::right(ends, date, world.style(tone)),
        Cell::left("", 2, world.style(Tone::Dim)),
        Cell::left(
            text::show(&change.summary),
            columns.rest + 2 * (DATE + 1) - date,
            world.style(Tone::Dim),
        ),
    ])
}

fn difference(operation: Option<&Arc<str>>, issue: &IssueSummary) -> Route {
    Route::Difference {
        operation: operation.cloned(),
        issue: issue.id.as_str().into(),
    }
}

/// In two lines: what is left alone, what must be restarted.
pub(super) fn in_short(page: &mut PageWriter<'_>, world: &World, plan: &PlanSummary) {
    let room = usize::from(chrome::areas(world).body.width).saturating_sub(30);
    let mut names: Vec<String> = Vec::new();
    let mut seen: Vec<&str> = plan.left_alone.iter().map(|left| &*left.what).collect();
    seen.dedup();
    let all = seen.len();
    for left in seen {
        let name = issue_name(world, left);
        let used: usize = names.iter().map(|name| text::width(name) + 2).sum();
        if !names.is_empty() && used + text::width(&name) > room {
            break;
        }
        names.push(name);
    }
    let programs: Vec<Component> = plan
        .must_restart()
        .map(|restart| restart.component)
        .collect();
    if !names.is_empty() || !programs.is_empty() {
        page.blank();
    }
    if !names.is_empty() {
        let more = all - names.len();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        page.sentence(vec![
            (&format!("{}: ", letter::left(plan)), Tone::Dim),
            (&names.join(", "), Tone::Text),
            (&more, Tone::Dim),
        ]);
    }
    if !programs.is_empty() {
        page.sentence(vec![
            ("Restart: ", Tone::Dim),
            (&joined(programs, ", "), Tone::Text),
        ]);
    }
}

/// All that can go wrong or surprises.
pub(super) fn warnings(page: &mut PageWriter<'_>, plan: &PlanSummary, at_once: bool) {
    for (at, risk) in letter::risks(plan, !at_once).iter().enumerate() {
        if at == 0 {
            page.heading("Look out");
        }
        page.text(vec![(plan.words(risk), Tone::Warn)]);
    }
}

/// What is left, and why.
pub(super) fn left_alone(page: &mut PageWriter<'_>, world: &World, plan: &PlanSummary) {
    for (at, left) in plan.left_alone.iter().enumerate() {
        if at == 0 {
            page.heading(letter::left(plan));
        }
        page.fact(&issue_name(world, &left.what), &left.why);
    }
}

/// Each program with its reason and the exact commands.
pub(super) fn restarts(page: &mut PageWriter<'_>, plan: &PlanSummary) {
    for (at, restart) in plan.restarts.iter().enumerate() {
        if at == 0 {
            page.heading("Restart");
        }
        let tone = if restart.required {
            Tone::Text
        } else {
            Tone::Dim
        };
        page.styled(restart.component.as_str(), vec![(&restart.reason, tone)]);
        for command in &restart.how {
            page.styled("", vec![(command, Tone::Bright)])
                .copies(command);
        }
    }
}

/// Every path with what is done to it, owner, group and mode.
pub(super) fn files(page: &mut PageWriter<'_>, world: &World, plan: &PlanSummary) {
    let becomes = format!(" {} ", world.signs().becomes);
    for (at, change) in plan.changes.iter().enumerate() {
        if at == 0 {
            page.heading("Files");
        }
        let (before, after) = (
            attributes(change.before.attributes()),
            attributes(change.after.attributes()),
        );
        let attributes = match (before, after) {
            (Some(before), Some(after)) if before != after => {
                format!("   {before}{becomes}{after}")
            }
            (_, Some(after)) => format!("   {after}"),
            (Some(before), None) => format!("   {before}"),
            (None, None) => String::new(),
        };
        let what = format!("   {}", change.summary);
        page.styled(
            change.action.word(),
            vec![
                (&change.path, Tone::Text),
                (&what, Tone::Dim),
                (&attributes, Tone::Dim),
            ],
        );
    }
}

fn attributes(attributes: Option<crate::record::Attributes>) -> Option<String> {
    attributes.map(|one| format!("{}:{} {:04o}", one.owner, one.group, one.mode))
}
