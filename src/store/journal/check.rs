//! Is a journal one that kubepki could have written? Only what this says yes to is carried on or
//! taken back.

use std::collections::BTreeSet;
use std::path::Path;

use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::{Journal, backup_name, temporary_prefix};
use crate::record::{ChangeSummary, JournalEntry, PathState, Place};
use crate::store::path_state::of_file_itself;
use crate::store::places::below;

/// As "20261122T031205Z", where each 0 is a digit.
const MOMENT: &str = "00000000T000000Z";

/// When an operation began, as its name says it.
pub const STAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");

/// Digits of the random part.
const RANDOM: usize = 6;

/// True for a name that kubepki gives to operations, as "20261122T031205Z-4f2a9c".
pub(in crate::store) fn is_id(name: &str) -> bool {
    let fits = |(byte, like): (u8, u8)| {
        if like == b'0' {
            byte.is_ascii_digit()
        } else {
            byte == like
        }
    };
    // No day is the 99th: such a name would be the last for ever.
    let is_moment = |moment: &str| PrimitiveDateTime::parse(moment, STAMP).is_ok();
    name.split_once('-').is_some_and(|(moment, random)| {
        moment.len() == MOMENT.len()
            && is_moment(moment)
            && moment.bytes().zip(MOMENT.bytes()).all(fits)
            && random.len() == RANDOM
            && random
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Whether the journal in the folder `id` agrees with itself, and names nothing that its plan could
/// not have changed. One that a disk brings names nothing outside the root below which it was
/// written.
pub(super) fn check(id: &str, journal: &Journal, is_on_disk: bool) -> Result<(), String> {
    let Journal { operation, entries } = journal;
    if operation.id != id {
        return Err(format!("it is that of {:?}", operation.id));
    }
    if [&operation.undoes, &operation.undone_by]
        .into_iter()
        .flatten()
        .any(|id| !is_id(id))
    {
        return Err("it names an operation that none can be".to_owned());
    }
    if entries.len() != operation.plan.changes.len() {
        return Err("its files are not those of its plan".to_owned());
    }
    let mut targets = BTreeSet::new();
    for (number, (change, entry)) in operation.plan.changes.iter().zip(entries).enumerate() {
        let wrong = |why: &str| Err(format!("{:?}: {why}", entry.path));
        if !agrees(change, entry) {
            return wrong("it is not as in its plan");
        }
        if !has_its_names(id, number, change, entry) {
            return wrong("its copy or its temporary file has a name that it cannot have");
        }
        if !is_plain(&entry.target)
            || !targets.insert((change.place == Place::Local, &entry.target))
        {
            return wrong("it lies where nothing of a plan can");
        }
        let is_inside = |path: &str| {
            below(Path::new(path), Path::new(&operation.root), Path::new("/")).is_some()
        };
        if is_on_disk
            && change.place == Place::Local
            && !(is_inside(&entry.path) && is_inside(&entry.target))
        {
            return wrong("it lies outside the root on which this was found");
        }
    }
    Ok(())
}

fn agrees(change: &ChangeSummary, entry: &JournalEntry) -> bool {
    entry.path == change.path
        && entry.before == of_file_itself(&change.before)
        && entry.after == of_file_itself(&change.after)
}

fn has_its_names(id: &str, number: usize, change: &ChangeSummary, entry: &JournalEntry) -> bool {
    let is_folder = [&entry.before, &entry.after]
        .iter()
        .any(|one| matches!(one, PathState::Directory { .. }));
    let temporary = if is_folder {
        String::new()
    } else {
        format!("{}{number}", temporary_prefix(id))
    };
    let name = entry.target.rsplit('/').next().unwrap_or_default();
    let has_backup = match (&entry.before, &entry.backup) {
        (PathState::File { .. }, Some(backup)) => *backup == backup_name(number, name),
        // Old files that are dropped are not kept once more.
        (PathState::File { .. }, None) => {
            change.place == Place::Local && entry.after == PathState::Absent
        }
        (_, backup) => backup.is_none(),
    };
    entry.temporary == temporary && has_backup
}

/// An absolute path without a step that leads back or nowhere.
fn is_plain(path: &str) -> bool {
    path.strip_prefix('/')
        .is_some_and(|rest| rest.split('/').all(|part| !matches!(part, "" | "." | "..")))
        && !path.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ours_to_the_letter() {
        assert!(is_id("20261122T031205Z-4f2a9c"));
        for other in [
            "",
            "home",
            "20261122T031205Z",
            "20261122T031205Z-4F2A9C",
            "20261122t031205z-4f2a9c",
            "20261122T031205Z-4f2a9c1",
            "20261122T031205Z-4f2a9",
            "20261122T031205Z-4f2a9c ",
            "20261122T031205Z-4f2a9\u{441}",
            "２0261122T031205Z-4f2a9c",
            "../20261122T0312Z-4f2a9c",
            "20261122T031205Z-4f2/..",
        ] {
            assert!(!is_id(other), "{other:?}");
        }
    }

    #[test]
    fn a_plain_path_goes_one_way() {
        assert!(is_plain("/etc/kubernetes/pki/ca.crt"));
        for other in [
            "",
            "/",
            "etc",
            "/etc/",
            "/etc//a",
            "/etc/./a",
            "/etc/../a",
            "/..",
            "/a\0b",
        ] {
            assert!(!is_plain(other), "{other:?}");
        }
    }
}
