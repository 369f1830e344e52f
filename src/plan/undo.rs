//! An operation taken back: every path as it stood before, or nothing at all.

mod checks;
mod step;

use time::OffsetDateTime;

use super::{Change, Materials, Mounted, Needs, Plan, PlanContext, PlanError, Undoable, prune};
use crate::pki::text::quoted;
use crate::record::{
    Attributes, IssueSummary, Operation, OperationState, PathState, Place, PlanSummary, Reason,
};
use checks::{check_backups, check_path_state, check_state};
use step::{UndoStep, steps};

/// The operation that is taken back where none is named: the newest that still stands and takes
/// back none itself, so that doing it twice never does again what was undone.
///
/// # Errors
/// [`PlanError::Refused`] where nothing is left.
pub fn newest<'a>(
    history: &'a [Operation],
    is_here: &dyn Fn(&Operation) -> bool,
    root: &Mounted,
) -> Result<&'a Operation, PlanError> {
    let can_be = |operation: &&Operation| {
        operation.state == OperationState::Done
            && operation.undoes.is_none()
            && !prune::is_prune(operation)
            && is_here(operation)
    };
    history.iter().find(can_be).ok_or_else(|| {
        let nothing = PlanError::refused("nothing is left to undo");
        match history
            .iter()
            .find(|operation| operation.undoes.is_some() && operation.state == OperationState::Done)
        {
            Some(undo) => nothing.hint(format!(
                "to do again what was undone, undo that: {}",
                command(root, &undo.id)
            )),
            None => nothing,
        }
    })
}

/// What one types to take an operation back.
fn command(root: &Mounted, id: &str) -> String {
    root.kubepki(&format!("undo {id}"))
}

pub(super) fn needs(operation: Option<&str>) -> Needs {
    Needs {
        operation: Some(operation.unwrap_or_default().to_owned()),
        ..Needs::default()
    }
}

/// Adds the paths of `undoable` to what must be read.
pub fn add_paths(needs: &mut Needs, undoable: &Undoable) {
    for step in steps(undoable) {
        let paths = match step.done.place {
            Place::Local => &mut needs.local,
            Place::Master if step.done.is_of_link() => &mut needs.links,
            Place::Master => &mut needs.files,
        };
        if !paths.contains(&step.done.path) {
            paths.push(step.done.path.clone());
        }
    }
}

pub(super) fn plan(materials: &Materials, context: PlanContext<'_>) -> Result<Plan, PlanError> {
    let undoable = materials
        .operation
        .as_ref()
        .ok_or_else(|| PlanError::refused("nothing is left to undo"))?;
    let operation = &undoable.operation;
    check_state(operation, materials)?;
    check_backups(undoable, &materials.history)?;
    check_path_state(undoable, materials)?;
    let changes = changes(undoable, materials);
    let kind = operation.undone_as();
    let summary = PlanSummary {
        title: kind.title().unwrap_or_default(),
        kind: Some(kind),
        changes: changes.iter().map(Change::to_summary).collect(),
        restarts: operation.plan.restarts.clone(),
        warnings: warnings(operation, context.moment),
        commands: commands(undoable, &materials.root),
        asks: asks(operation, &materials.history).into_iter().collect(),
        ..PlanSummary::default()
    };
    let undoes = Some(operation.id.clone());
    Ok(Plan {
        summary,
        changes,
        made_from: Vec::new(),
        undoes,
        moment: context.moment,
    })
}

/// Why somebody must look first.
fn asks(operation: &Operation, history: &[Operation]) -> Option<Reason> {
    // It is the first of the warnings.
    let removed = || removes_authorities(operation).map(|_| Reason::Warning(0));
    is_not_the_newest(operation, history)
        .map(Reason::Look)
        .or_else(removed)
}

/// Folders that come back first, then what was changed, in the order of then; what was made goes
/// last, what lies in a folder before the folder.
fn changes(undoable: &Undoable, materials: &Materials) -> Vec<Change> {
    let back = steps(undoable).rev().filter(UndoStep::removed);
    let changed = steps(undoable).filter(|step| !step.removed() && !step.made());
    let away = steps(undoable)
        .rev()
        .filter(|step| step.made() && !step.is_gone(materials));
    let change = |step: UndoStep<'_>| {
        let (after, summary) = step.after();
        Change {
            place: step.done.place,
            path: step.done.path.clone(),
            summary: summary.to_owned(),
            before: step.done.after.clone(),
            after,
        }
    };
    back.chain(changed).chain(away).map(change).collect()
}

/// One key takes back what was just done. What is older was not meant by somebody who pressed it
/// twice.
fn is_not_the_newest(operation: &Operation, history: &[Operation]) -> Option<String> {
    let newest = history
        .iter()
        .find(|other| other.state != OperationState::RolledBack)?;
    (newest.id != operation.id).then(|| {
        format!(
            "it is not what was done last: it is of {}",
            date(operation.started_at)
        )
    })
}

/// What a CA has signed, on other machines too, cannot be renewed by another one.
fn removes_authorities(operation: &Operation) -> Option<String> {
    let new = operation
        .plan
        .issues
        .iter()
        .filter(|issue| issue.after.is_authority());
    let names: Vec<&str> = new.map(|issue| issue.id.as_str()).collect();
    let what = match names.as_slice() {
        [] => return None,
        [one] => format!("the key of the CA {one} goes"),
        many => format!("the keys of {} CAs go: {}", many.len(), many.join(", ")),
    };
    Some(format!(
        "{what}; what they have signed, on other machines too, cannot be renewed until this is undone"
    ))
}

/// Certificates that are dead by now do not come alive by being brought back.
fn warnings(operation: &Operation, moment: OffsetDateTime) -> Vec<String> {
    let ended = |issue: &&IssueSummary| {
        issue
            .before
            .as_ref()
            .is_some_and(|certificate| certificate.not_after() < moment)
    };
    let names: Vec<&str> = operation
        .plan
        .issues
        .iter()
        .filter(ended)
        .map(|issue| issue.id.as_str())
        .collect();
    let ended = match names.as_slice() {
        [] => None,
        [one] => Some(format!(
            "the certificate of {one} that comes back has expired"
        )),
        many => Some(format!(
            "{} of the certificates that come back have expired: {}",
            many.len(),
            many.join(", ")
        )),
    };
    removes_authorities(operation)
        .into_iter()
        .chain(ended)
        .collect()
}

/// A date as it is told, in UTC.
fn date(moment: OffsetDateTime) -> String {
    moment.date().to_string()
}

/// What one would type, from the folder of the old files.
fn commands(undoable: &Undoable, root: &Mounted) -> Vec<String> {
    let mut lines: Vec<String> = root.head().into_iter().collect();
    lines.extend([
        "umask 077".to_owned(),
        format!("cd {}", quoted(&format!("{}/before", undoable.folder))),
    ]);
    for step in steps(undoable)
        .filter(|step| !step.made())
        .chain(steps(undoable).rev().filter(UndoStep::made))
    {
        // The file itself: a link of a mounted disk leads to this machine's own files.
        let path = match step.done.place {
            Place::Master => root.word(&step.entry.target),
            Place::Local => quoted(&step.entry.target).into_owned(),
        };
        match &step.done.before {
            PathState::Absent if matches!(step.done.after, PathState::Directory { .. }) => {
                lines.push(format!("rmdir {path}"));
            }
            PathState::Absent => lines.push(format!("rm {path}")),
            PathState::Link { text } => lines.push(format!("ln -sfn {} {path}", quoted(text))),
            PathState::Directory { attributes } => lines.push(install("-d", *attributes, &path)),
            PathState::File { attributes, .. } => {
                let old = quoted(step.entry.backup.as_deref().unwrap_or_default());
                lines.push(install(&format!("-T {old}"), *attributes, &path));
            }
        }
    }
    lines
}

fn install(what: &str, attributes: Attributes, path: &str) -> String {
    let Attributes { owner, group, mode } = attributes;
    format!("install -o {owner} -g {group} -m {mode:04o} {what} {path}")
}
