//! Three pages about a plan or what became of it: the operation itself, what differs in one certificate, the commands.
//!
//! ```text
//! ╭─ Operation ────────────────────────────────────────────────╮
//! │ What was done                                              │
//! │▌  done            22 Nov 2026 03:14Z by root (alice)       │
//! │   files           8, the old ones are kept                 │
//! │                                                            │
//! │ Restart                                                    │
//! │   [x] etcd            port 2379 serves 4a51c2d7            │
//! │   [ ] kube-apiserver  reads its certificate at its start   │
//! ╰────────────────────────────────────────────────────────────╯
//! ```

use crate::model::theme::Tone;
use std::sync::Arc;

use super::super::actions::undo_refusal;
use super::super::document::{Copies, Document, PageWriter};
use super::super::outcome::issue_name;
use super::super::text;
use super::super::tokens;
use super::gone::gone;
use super::{copies, nodes, plan, steps};
use crate::model::world::World;
use crate::model::{Action, Route};
use crate::pki::openssl_text::{differing, lines};
use crate::record::{Operation, OperationState, PlanKind, PlanSummary};
use crate::words::{date, operation as told};

/// The page of the operation with this id.
pub(super) fn document(world: &World, id: &str) -> Document {
    let Some(operation) = world.operation(id) else {
        return gone(id);
    };
    let id: Arc<str> = id.into();
    let mut page = PageWriter::new(world);
    // Nobody need restart anything for what was not done.
    let was_done = matches!(
        operation.state,
        OperationState::Done | OperationState::Undone
    );
    let start = first(&mut page, world, operation, was_done);
    let is_decision = operation.plan.kind == Some(PlanKind::Decide);
    // Behind the tables of several machines nobody would find them.
    let is_setup = !operation.plan.nodes.is_empty();
    if is_setup {
        plan::warnings(&mut page, &operation.plan, false);
    }
    if !operation.plan.changes.is_empty() {
        page.heading(if was_done {
            "What it changed"
        } else {
            "What it was to change"
        });
        plan::table(&mut page, world, &operation.plan, Some(&id));
    }
    plan::certificates(&mut page, world, &operation.plan, Some(&id));
    if !is_setup {
        plan::warnings(&mut page, &operation.plan, false);
    }
    if !is_decision {
        plan::left_alone(&mut page, world, &operation.plan);
    }
    plan::decisions(&mut page, world, &operation.plan);
    plan::files(&mut page, world, &operation.plan);
    Document {
        kind: "Operation",
        title: text::show(&operation.plan.title),
        entries: page.finish(),
        start,
        copies: signed(&operation.plan),
        ..Document::default()
    }
}

/// What must still be done, and what was done; the entry that the cursor begins on.
fn first(page: &mut PageWriter<'_>, world: &World, operation: &Operation, was_done: bool) -> usize {
    // It comes first, and stays there when it is done.
    let has_steps = operation.state == OperationState::Done && steps::has_steps(operation);
    let mut start = 0;
    if has_steps {
        start = steps::check_list(page, world, operation).unwrap_or(0);
    }
    let is_done = operation.state == OperationState::Done && operation.undone_by.is_none();
    if is_done && operation.undoes.is_none() {
        nodes::to_do(page, world, &operation.plan);
    }
    what(page, world, operation);
    // How what was decided gets into the cluster is what its page is opened for.
    if operation.plan.kind == Some(PlanKind::Decide) {
        plan::left_alone(page, world, &operation.plan);
    }
    if was_done && !has_steps {
        steps::check_list(page, world, operation);
    }
    if is_done {
        tokens::to_cluster(page, world, &operation.plan);
    }
    start
}

/// The one certificate that was signed for a request: whoever asked gets it.
fn signed(plan: &PlanSummary) -> Option<Copies> {
    let [issue] = plan.issues.as_slice() else {
        return None;
    };
    let is_decision = plan.kind == Some(PlanKind::Decide);
    is_decision.then(|| copies::copies_of(&issue.after, text::show(&issue.id)))
}

fn what(page: &mut PageWriter<'_>, world: &World, operation: &Operation) {
    let is_open = operation.state.is_unfinished();
    page.heading(if is_open {
        "What was interrupted"
    } else {
        "What was done"
    });
    page.styled("what", vec![(&operation.plan.title, Tone::Bright)]);
    let (state, more, meaning) = told::state(operation);
    let state = if more.is_empty() {
        state.to_owned()
    } else {
        format!("{state}: {more}")
    };
    page.styled("state", vec![(&state, meaning.into())]);
    if let Some(error) = &operation.error {
        page.styled("because", vec![(error, Tone::Bad)]);
    }
    page.fact("when", &date::second(operation.started_at));
    page.fact("by", &told::by(&operation.by));
    page.fact("id", &operation.id);
    if let Some(undone) = &operation.undoes {
        page.fact("takes back", undone)
            .opens(Route::Operation(undone.as_str().into()));
    }
    if let Some(by) = &operation.undone_by {
        page.fact("undone by", by)
            .opens(Route::Operation(by.as_str().into()));
    }
    if is_open {
        return ways(page, world);
    }
    if let Some(why) = undo_refusal(world, Some(&operation.id)) {
        page.styled("undo", vec![("no: ", Tone::Dim), (why, Tone::Text)]);
        return;
    }
    let key = world
        .keymap
        .keys(Action::Undo)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let command = world
        .inventory()
        .mounted
        .kubepki(&format!("undo {}", operation.id));
    page.styled(
        "undo",
        vec![
            (&key, Tone::Accent),
            (" here, or ", Tone::Dim),
            (&command, Tone::Text),
        ],
    )
    .copies(&command);
}

/// Both ways to end it.
fn ways(page: &mut PageWriter<'_>, world: &World) {
    let key = |action| {
        world
            .keymap
            .keys(action)
            .first()
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    let ways = [
        (Action::RecoverForward, "finishes it: every file as planned"),
        (Action::RecoverBack, "takes it back: every file as before"),
    ];
    for (label, (action, words)) in ["to end it", ""].into_iter().zip(ways) {
        page.styled(
            label,
            vec![
                (&key(action), Tone::Accent),
                (" ", Tone::Dim),
                (words, Tone::Text),
            ],
        );
    }
    page.styled(
        "",
        vec![(
            "what lies there now is kept in the folder replaced of the operation",
            Tone::Dim,
        )],
    );
}

/// What differs in one certificate, in the words of `openssl x509 -text`.
pub(super) fn difference(world: &World, operation: Option<&str>, issue: &str) -> Document {
    let issue = world
        .plan_summary(operation)
        .and_then(|plan| plan.issues.iter().find(|one| one.id == issue));
    let Some(issue) = issue else {
        return gone("certificate");
    };
    let mut page = PageWriter::new(world);
    let before = issue.before.as_ref().map(lines).unwrap_or_default();
    let mut headings: Vec<String> = Vec::new();
    for stretch in differing(&before, &lines(&issue.after)) {
        for (depth, heading) in stretch.headings.iter().enumerate() {
            if headings.get(depth) != Some(heading) {
                page.sentence(vec![("  ", Tone::Dim), (heading, Tone::Dim)]);
            }
        }
        headings.clone_from(&stretch.headings);
        for (sign, tone, lines) in [
            ("- ", Tone::Bad, &stretch.before),
            ("+ ", Tone::Good, &stretch.after),
        ] {
            for line in lines {
                page.sentence(vec![(sign, tone), (line, tone)]);
            }
        }
    }
    if page.len() == 0 {
        page.sentence(vec![("nothing differs", Tone::Dim)]);
    }
    page.blank();
    let legend = if issue.before.is_some() {
        "only what differs; - before, + after"
    } else {
        "there was none before"
    };
    page.sentence(vec![(
        &format!("openssl x509 -noout -text, {legend}"),
        Tone::Dim,
    )]);
    let copies = copies::copies_of(&issue.after, issue_name(world, &issue.id));
    Document {
        kind: "Difference",
        title: issue_name(world, &issue.id),
        entries: page.finish(),
        copies: Some(copies),
        ..Document::default()
    }
}

/// What one would type without kubepki.
pub(super) fn commands(world: &World, operation: Option<&str>) -> Document {
    let Some(plan) = world.plan_summary(operation) else {
        return gone("plan");
    };
    let mut page = PageWriter::new(world);
    for line in &plan.commands {
        let tone = if line.trim_start().starts_with('#') {
            Tone::Dim
        } else {
            Tone::Text
        };
        page.sentence(vec![(if line.is_empty() { " " } else { line }, tone)]);
    }
    if plan.commands.is_empty() {
        page.sentence(vec![("there is no command for it", Tone::Dim)]);
    }
    let script = plan.commands.join("\n") + "\n";
    Document {
        kind: "Commands",
        title: "commands".to_owned(),
        entries: page.finish(),
        script: Some(script),
        ..Document::default()
    }
}
