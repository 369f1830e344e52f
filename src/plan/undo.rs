//! An operation taken back: every path as it stood before, or nothing at all.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::{After, Change, Lost, Material, Materials, Mounted, Needs, Plan, PlanContext, PlanError, Undoable, prune};
use crate::inventory::Trouble;
use crate::pki::Secret;
use crate::pki::text::quoted;
use crate::record::{
    Attributes, ChangeSummary, IssueSummary, JournalEntry, Operation, OperationState, PathState, Place, PlanSummary,
    Reason,
};

/// The operation that is taken back where none is named: the newest that still stands and takes back none itself,
/// so that doing it twice never does again what was undone.
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
        match history.iter().find(|operation| operation.undoes.is_some() && operation.state == OperationState::Done) {
            Some(undo) => nothing.hint(format!("to do again what was undone, undo that: {}", command(root, &undo.id))),
            None => nothing,
        }
    })
}

/// What one types to take an operation back.
fn command(root: &Mounted, id: &str) -> String {
    root.kubepki(&format!("undo {id}"))
}

pub(super) fn needs(operation: Option<&str>) -> Needs {
    Needs { operation: Some(operation.unwrap_or_default().to_owned()), ..Needs::default() }
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

/// One change of the operation, and what it left to go back by.
#[derive(Clone, Copy)]
struct UndoStep<'a> {
    done: &'a ChangeSummary,
    entry: &'a JournalEntry,
    old: Option<&'a Result<Secret, Lost>>,
}

/// A journal holds an entry for each change of its plan.
fn steps(undoable: &Undoable) -> impl DoubleEndedIterator<Item = UndoStep<'_>> {
    let all: Vec<UndoStep<'_>> = undoable
        .operation
        .plan
        .changes
        .iter()
        .zip(&undoable.entries)
        .zip(&undoable.backups)
        .map(|((done, entry), old)| UndoStep { done, entry, old: old.as_ref() })
        .filter(|step| step.done.before != step.done.after)
        .collect();
    all.into_iter()
}

impl UndoStep<'_> {
    /// How the path stands now.
    fn now<'m>(&self, materials: &'m Materials) -> &'m PathState {
        let path = &self.done.path;
        let of = |files: &'m BTreeMap<String, Material>| files.get(path).map(|material| &material.path_state);
        let now = match self.done.place {
            Place::Local => of(&materials.local),
            Place::Master if self.done.is_of_link() => materials.links.get(path),
            Place::Master => of(&materials.files),
        };
        now.unwrap_or(&PathState::Absent)
    }

    /// An archive for another node is there to be sent and removed: then nothing of it is left to take back.
    fn is_gone(&self, materials: &Materials) -> bool {
        self.done.place == Place::Local && self.made() && *self.now(materials) == PathState::Absent
    }

    fn made(&self) -> bool {
        self.done.before == PathState::Absent
    }

    fn removed(&self) -> bool {
        self.done.after == PathState::Absent
    }

    /// True where the old content must be brought back.
    fn needs_content(&self) -> bool {
        matches!(self.done.before, PathState::File { .. }) && self.done.before.sha256() != self.done.after.sha256()
    }

    fn after(&self) -> (After, &'static str) {
        match (&self.done.before, self.old) {
            (PathState::Absent, _) => (After::Absent, "was not there before"),
            (PathState::Link { text }, _) => (After::Link(text.clone()), "leads where it did"),
            (PathState::Directory { attributes }, _) if self.removed() => {
                (After::Directory(*attributes), "the folder again")
            }
            (PathState::File { attributes, .. }, Some(Ok(content))) if self.needs_content() => {
                (After::File { content: content.clone(), attributes: *attributes }, "the old content")
            }
            (PathState::File { attributes, .. } | PathState::Directory { attributes }, _) => {
                (After::Attributes(*attributes), "old owner and mode")
            }
        }
    }
}

pub(super) fn plan(materials: &Materials, context: PlanContext<'_>) -> Result<Plan, PlanError> {
    let undoable = materials.operation.as_ref().ok_or_else(|| PlanError::refused("nothing is left to undo"))?;
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
    Ok(Plan { summary, changes, made_from: Vec::new(), undoes, moment: context.moment })
}

/// Why somebody must look first.
fn asks(operation: &Operation, history: &[Operation]) -> Option<Reason> {
    // It is the first of the warnings.
    let removed = || removes_authorities(operation).map(|_| Reason::Warning(0));
    is_not_the_newest(operation, history).map(Reason::Look).or_else(removed)
}

fn cannot(operation: &Operation) -> PlanError {
    PlanError::refused(format!("\"{}\" ({}) cannot be undone", operation.plan.title, operation.id))
}

fn check_state(operation: &Operation, materials: &Materials) -> Result<(), PlanError> {
    let refused = cannot(operation);
    match operation.state {
        OperationState::Done if prune::is_prune(operation) => {
            Err(refused.because("the old files that it dropped are gone"))
        }
        OperationState::Done => Ok(()),
        OperationState::RolledBack => Err(refused.because("it was rolled back: it has changed nothing")),
        OperationState::Undone => {
            let by = operation.undone_by.as_deref().unwrap_or_default();
            let when = materials.history.iter().find(|other| other.id == by).map(|other| date(other.started_at));
            let refused = refused.because(match when {
                Some(when) => format!("it was undone on {when}"),
                None => "it was undone already".to_owned(),
            });
            Err(refused.hint(format!("to do it again, undo that: {}", command(&materials.root, by))))
        }
        OperationState::Prepared | OperationState::Committing => {
            Err(refused.because("it is not finished").hint("kubepki finishes it before the next change"))
        }
    }
}

fn check_backups(undoable: &Undoable, history: &[Operation]) -> Result<(), PlanError> {
    let operation = &undoable.operation;
    let lost = steps(undoable).filter(UndoStep::needs_content).filter_map(|step| match step.old {
        Some(Ok(_)) => None,
        Some(Err(why)) => Some(format!("the old file of {} {why}", step.done.path)),
        None => Some(format!("there is no old file of {}", step.done.path)),
    });
    let lost: Vec<String> = lost.collect();
    if lost.is_empty() {
        return Ok(());
    }
    Err(match prune::dropped_on(history, &operation.id) {
        Some(when) => cannot(operation).because(format!("its old files were dropped on {}", date(when))),
        None => lost.into_iter().fold(cannot(operation).denied(is_denied(undoable)), PlanError::because),
    })
}

/// Whether permission is wanting to read one of the old files.
fn is_denied(undoable: &Undoable) -> bool {
    let mut needed = steps(undoable).filter(UndoStep::needs_content);
    needed.any(|step| matches!(step.old, Some(Err(Lost::Trouble(Trouble::Denied)))))
}

fn check_path_state(undoable: &Undoable, materials: &Materials) -> Result<(), PlanError> {
    let operation = &undoable.operation;
    let conflicts = steps(undoable).filter(|step| !step.is_gone(materials)).filter_map(|step| {
        let path = &step.done.path;
        let how = difference(step.now(materials), &step.done.after)?;
        Some(match changed_by(&materials.history, operation, path) {
            Some(other) => format!("{path} {how} since, by \"{}\" ({})", other.plan.title, other.id),
            None => format!("{path} {how} since"),
        })
    });
    let conflicts: Vec<String> = conflicts.collect();
    if conflicts.is_empty() {
        return Ok(());
    }
    let hint = format!("it is undone as a whole or not at all; its old files lie in {}/before", undoable.folder);
    Err(conflicts.into_iter().fold(cannot(operation), PlanError::because).hint(hint))
}

/// How a path differs from what an operation left; `None`: not at all.
fn difference(now: &PathState, left: &PathState) -> Option<&'static str> {
    if now == left {
        return None;
    }
    Some(match (now, left) {
        (PathState::Absent, _) => "has been removed",
        (_, PathState::Absent) => "has been made again",
        (PathState::File { sha256, through, .. }, PathState::File { sha256: old, through: way, .. }) => {
            match (sha256 == old, through == way) {
                (false, _) => "has changed",
                (true, false) => "has become another link",
                (true, true) => "has got another owner or mode",
            }
        }
        (PathState::Link { .. }, PathState::Link { .. }) => "leads elsewhere",
        (PathState::Directory { .. }, PathState::Directory { .. }) => "has got another owner or mode",
        _ => "has been replaced",
    })
}

/// The newest later operation that still stands and changed `path` too. `history`: newest first.
fn changed_by<'a>(history: &'a [Operation], operation: &Operation, path: &str) -> Option<&'a Operation> {
    let later = history.iter().take_while(|other| other.id != operation.id);
    let mut done = later.filter(|other| other.state == OperationState::Done);
    done.find(|other| other.plan.changes.iter().any(|change| change.path == path))
}

/// Folders that come back first, then what was changed, in the order of then; what was made goes last, what lies in
/// a folder before the folder.
fn changes(undoable: &Undoable, materials: &Materials) -> Vec<Change> {
    let back = steps(undoable).rev().filter(UndoStep::removed);
    let changed = steps(undoable).filter(|step| !step.removed() && !step.made());
    let away = steps(undoable).rev().filter(|step| step.made() && !step.is_gone(materials));
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

/// One key takes back what was just done. What is older was not meant by somebody who pressed it twice.
fn is_not_the_newest(operation: &Operation, history: &[Operation]) -> Option<String> {
    let newest = history.iter().find(|other| other.state != OperationState::RolledBack)?;
    (newest.id != operation.id)
        .then(|| format!("it is not what was done last: it is of {}", date(operation.started_at)))
}

/// What a CA has signed, on other machines too, cannot be renewed by another one.
fn removes_authorities(operation: &Operation) -> Option<String> {
    let new = operation.plan.issues.iter().filter(|issue| issue.after.is_authority());
    let names: Vec<&str> = new.map(|issue| issue.id.as_str()).collect();
    let what = match names.as_slice() {
        [] => return None,
        [one] => format!("the key of the CA {one} goes"),
        many => format!("the keys of {} CAs go: {}", many.len(), many.join(", ")),
    };
    Some(format!("{what}; what they have signed, on other machines too, cannot be renewed until this is undone"))
}

/// Certificates that are dead by now do not come alive by being brought back.
fn warnings(operation: &Operation, moment: OffsetDateTime) -> Vec<String> {
    let ended =
        |issue: &&IssueSummary| issue.before.as_ref().is_some_and(|certificate| certificate.not_after() < moment);
    let names: Vec<&str> = operation.plan.issues.iter().filter(ended).map(|issue| issue.id.as_str()).collect();
    let ended = match names.as_slice() {
        [] => None,
        [one] => Some(format!("the certificate of {one} that comes back has expired")),
        many => Some(format!("{} of the certificates that come back have expired: {}", many.len(), many.join(", "))),
    };
    removes_authorities(operation).into_iter().chain(ended).collect()
}

/// A date as it is told, in UTC.
fn date(moment: OffsetDateTime) -> String {
    moment.date().to_string()
}

/// What one would type, from the folder of the old files.
fn commands(undoable: &Undoable, root: &Mounted) -> Vec<String> {
    let mut lines: Vec<String> = root.head().into_iter().collect();
    lines.extend(["umask 077".to_owned(), format!("cd {}", quoted(&format!("{}/before", undoable.folder)))]);
    for step in steps(undoable).filter(|step| !step.made()).chain(steps(undoable).rev().filter(UndoStep::made)) {
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
