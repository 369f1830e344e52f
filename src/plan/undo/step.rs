//! One change of an operation, seen from its end: how it is taken back.

use std::collections::BTreeMap;

use crate::pki::Secret;
use crate::plan::{After, Lost, Material, Materials, Undoable};
use crate::record::{ChangeSummary, JournalEntry, PathState, Place};

/// One change of the operation, and what it left to go back by.
#[derive(Clone, Copy)]
pub(super) struct UndoStep<'a> {
    pub(super) done: &'a ChangeSummary,
    pub(super) entry: &'a JournalEntry,
    pub(super) old: Option<&'a Result<Secret, Lost>>,
}

/// A journal holds an entry for each change of its plan.
pub(super) fn steps(undoable: &Undoable) -> impl DoubleEndedIterator<Item = UndoStep<'_>> {
    let all: Vec<UndoStep<'_>> = undoable
        .operation
        .plan
        .changes
        .iter()
        .zip(&undoable.entries)
        .zip(&undoable.backups)
        .map(|((done, entry), old)| UndoStep {
            done,
            entry,
            old: old.as_ref(),
        })
        .filter(|step| step.done.before != step.done.after)
        .collect();
    all.into_iter()
}

impl UndoStep<'_> {
    /// How the path stands now.
    pub(super) fn now<'m>(&self, materials: &'m Materials) -> &'m PathState {
        let path = &self.done.path;
        let of = |files: &'m BTreeMap<String, Material>| {
            files.get(path).map(|material| &material.path_state)
        };
        let now = match self.done.place {
            Place::Local => of(&materials.local),
            Place::Master if self.done.is_of_link() => materials.links.get(path),
            Place::Master => of(&materials.files),
        };
        now.unwrap_or(&PathState::Absent)
    }

    /// An archive for another node is there to be sent and removed: then nothing of it is left to
    /// take back.
    pub(super) fn is_gone(&self, materials: &Materials) -> bool {
        self.done.place == Place::Local && self.made() && *self.now(materials) == PathState::Absent
    }

    pub(super) fn made(&self) -> bool {
        self.done.before == PathState::Absent
    }

    pub(super) fn removed(&self) -> bool {
        self.done.after == PathState::Absent
    }

    /// True where the old content must be brought back.
    pub(super) fn needs_content(&self) -> bool {
        matches!(self.done.before, PathState::File { .. })
            && self.done.before.sha256() != self.done.after.sha256()
    }

    pub(super) fn after(&self) -> (After, &'static str) {
        match (&self.done.before, self.old) {
            (PathState::Absent, _) => (After::Absent, "was not there before"),
            (PathState::Link { text }, _) => (After::Link(text.clone()), "leads where it did"),
            (PathState::Directory { attributes }, _) if self.removed() => {
                (After::Directory(*attributes), "the folder again")
            }
            (PathState::File { attributes, .. }, Some(Ok(content))) if self.needs_content() => (
                After::File {
                    content: content.clone(),
                    attributes: *attributes,
                },
                "the old content",
            ),
            (PathState::File { attributes, .. } | PathState::Directory { attributes }, _) => {
                (After::Attributes(*attributes), "old owner and mode")
            }
        }
    }
}
