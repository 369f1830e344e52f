//! Whether an operation can be taken back: by its own state, by its old files, and by how its paths
//! stand.

use super::step::{UndoStep, steps};
use super::{command, date};
use crate::inventory::Trouble;
use crate::plan::{Lost, Materials, PlanError, Undoable, prune};
use crate::record::{Operation, OperationState, PathState};

fn cannot(operation: &Operation) -> PlanError {
    PlanError::refused(format!(
        "\"{}\" ({}) cannot be undone",
        operation.plan.title, operation.id
    ))
}

pub(super) fn check_state(operation: &Operation, materials: &Materials) -> Result<(), PlanError> {
    let refused = cannot(operation);
    match operation.state {
        OperationState::Done if prune::is_prune(operation) => {
            Err(refused.because("the old files that it dropped are gone"))
        }
        OperationState::Done => Ok(()),
        OperationState::RolledBack => {
            Err(refused.because("it was rolled back: it has changed nothing"))
        }
        OperationState::Undone => {
            let by = operation.undone_by.as_deref().unwrap_or_default();
            let when = materials
                .history
                .iter()
                .find(|other| other.id == by)
                .map(|other| date(other.started_at));
            let refused = refused.because(match when {
                Some(when) => format!("it was undone on {when}"),
                None => "it was undone already".to_owned(),
            });
            Err(refused.hint(format!(
                "to do it again, undo that: {}",
                command(&materials.root, by)
            )))
        }
        OperationState::Prepared | OperationState::Committing => Err(refused
            .because("it is not finished")
            .hint("kubepki finishes it before the next change")),
    }
}

pub(super) fn check_backups(undoable: &Undoable, history: &[Operation]) -> Result<(), PlanError> {
    let operation = &undoable.operation;
    let lost = steps(undoable)
        .filter(UndoStep::needs_content)
        .filter_map(|step| match step.old {
            Some(Ok(_)) => None,
            Some(Err(why)) => Some(format!("the old file of {} {why}", step.done.path)),
            None => Some(format!("there is no old file of {}", step.done.path)),
        });
    let lost: Vec<String> = lost.collect();
    if lost.is_empty() {
        return Ok(());
    }
    Err(match prune::dropped_on(history, &operation.id) {
        Some(when) => {
            cannot(operation).because(format!("its old files were dropped on {}", date(when)))
        }
        None => lost.into_iter().fold(
            cannot(operation).denied(is_denied(undoable)),
            PlanError::because,
        ),
    })
}

/// Whether permission is wanting to read one of the old files.
fn is_denied(undoable: &Undoable) -> bool {
    let mut needed = steps(undoable).filter(UndoStep::needs_content);
    needed.any(|step| matches!(step.old, Some(Err(Lost::Trouble(Trouble::Denied)))))
}

pub(super) fn check_path_state(
    undoable: &Undoable,
    materials: &Materials,
) -> Result<(), PlanError> {
    let operation = &undoable.operation;
    let conflicts = steps(undoable)
        .filter(|step| !step.is_gone(materials))
        .filter_map(|step| {
            let path = &step.done.path;
            let how = difference(step.now(materials), &step.done.after)?;
            Some(match changed_by(&materials.history, operation, path) {
                Some(other) => format!(
                    "{path} {how} since, by \"{}\" ({})",
                    other.plan.title, other.id
                ),
                None => format!("{path} {how} since"),
            })
        });
    let conflicts: Vec<String> = conflicts.collect();
    if conflicts.is_empty() {
        return Ok(());
    }
    let hint = format!(
        "it is undone as a whole or not at all; its old files lie in {}/before",
        undoable.folder
    );
    Err(conflicts
        .into_iter()
        .fold(cannot(operation), PlanError::because)
        .hint(hint))
}

/// How a path differs from what an operation left; `None`: not at all.
fn difference(now: &PathState, left: &PathState) -> Option<&'static str> {
    if now == left {
        return None;
    }
    Some(match (now, left) {
        (PathState::Absent, _) => "has been removed",
        (_, PathState::Absent) => "has been made again",
        (
            PathState::File {
                sha256, through, ..
            },
            PathState::File {
                sha256: old,
                through: way,
                ..
            },
        ) => match (sha256 == old, through == way) {
            (false, _) => "has changed",
            (true, false) => "has become another link",
            (true, true) => "has got another owner or mode",
        },
        (PathState::Link { .. }, PathState::Link { .. }) => "leads elsewhere",
        (PathState::Directory { .. }, PathState::Directory { .. }) => {
            "has got another owner or mode"
        }
        _ => "has been replaced",
    })
}

/// The newest later operation that still stands and changed `path` too. `history`: newest first.
fn changed_by<'a>(
    history: &'a [Operation],
    operation: &Operation,
    path: &str,
) -> Option<&'a Operation> {
    let later = history.iter().take_while(|other| other.id != operation.id);
    let mut done = later.filter(|other| other.state == OperationState::Done);
    done.find(|other| other.plan.changes.iter().any(|change| change.path == path))
}
