//! The new files beside their places, complete and on the disk, before any of them takes its place.

use std::fs::File;

use rustix::fs::{Mode, OFlags, mkdirat, openat};
use rustix::io::Errno;

use super::{ApplyError, Folders, Reporter};
use crate::plan::{After, Change};
use crate::record::{Attributes, JournalEntry, PathState};
use crate::store::file::{link_new, name_of, set_attributes, sync_all, write_new};
use crate::store::journal::LockedOperation;
use crate::store::path_state::{SeenAtPath, look};

/// Writes the temporary files, makes the new folders, brings both to the disk, and reads them back.
pub(super) fn stage(
    changes: &[Change],
    kept: &LockedOperation,
    seen: &[SeenAtPath],
    folders: &mut Folders<'_>,
    reporter: &Reporter<'_>,
) -> Result<(), ApplyError> {
    let entries = &kept.journal.entries;
    let mut files = Vec::new();
    for (number, ((change, entry), seen)) in changes.iter().zip(entries).zip(seen).enumerate() {
        reporter.file("stage", &entry.path, number, entries.len())?;
        let staged = one(change, entry, seen, folders)?;
        files.extend(staged.map(|file| (entry.target.clone(), file)));
    }
    reporter.step("sync the new files")?;
    let opened: Vec<&File> = files
        .iter()
        .map(|(_, file)| file)
        .chain(folders.all())
        .collect();
    sync_all(&opened).map_err(|(at, error)| {
        let path = files
            .get(at)
            .map_or("the folders of the new files", |(path, _)| path);
        ApplyError::of_io(path, &error)
    })?;
    reporter.step("read the new files back")?;
    changes
        .iter()
        .zip(entries)
        .try_for_each(|(change, entry)| read_back(change, entry, folders))
}

fn one(
    change: &Change,
    entry: &JournalEntry,
    seen: &SeenAtPath,
    folders: &mut Folders<'_>,
) -> Result<Option<File>, ApplyError> {
    let error = |errno| ApplyError::of(&entry.path, errno);
    let gone = || ApplyError::Changed {
        path: entry.path.clone(),
        what: "its folder is gone".to_owned(),
    };
    if change.after == After::Absent {
        return Ok(None);
    }
    if folders.of(change.place, &entry.target).is_none() {
        folders.add(change.place, &entry.target)?;
    }
    let folder = folders.of(change.place, &entry.target).ok_or_else(gone)?;
    let name = name_of(&entry.temporary);
    match (&change.after, &seen.content) {
        (After::Directory(attributes), _) if change.before == PathState::Absent => {
            make_folder(folder, entry, *attributes)
                .map(Some)
                .map_err(error)
        }
        (
            After::File {
                content,
                attributes,
            },
            _,
        )
        | (After::Attributes(attributes), Some(content)) => {
            let new = write_new(
                folder,
                name,
                content.expose(),
                *attributes,
                seen.file.as_ref(),
            );
            new.map(Some).map_err(error)
        }
        (After::Link(text), _) => {
            let owner = seen.stat.as_ref().map(|stat| (stat.st_uid, stat.st_gid));
            link_new(folder, name, text, owner)
                .map(|()| None)
                .map_err(error)
        }
        // Folders that are there get theirs in the swap.
        _ => Ok(None),
    }
}

/// A folder can be made in its place at once: recovery removes it where it is still empty.
fn make_folder(folder: &File, entry: &JournalEntry, attributes: Attributes) -> Result<File, Errno> {
    let name = name_of(&entry.target);
    mkdirat(folder, name, Mode::from_raw_mode(0o700))?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let made = File::from(openat(folder, name, flags, Mode::empty())?);
    set_attributes(&made, attributes)?;
    Ok(made)
}

fn read_back(
    change: &Change,
    entry: &JournalEntry,
    folders: &Folders<'_>,
) -> Result<(), ApplyError> {
    let is_made = change.before == PathState::Absent && matches!(change.after, After::Directory(_));
    let name = match (
        is_made,
        entry.after == PathState::Absent || entry.temporary.is_empty(),
    ) {
        (true, _) => name_of(&entry.target),
        (_, true) => return Ok(()),
        _ => name_of(&entry.temporary),
    };
    let wrong = |why: String| ApplyError::StagedWrong {
        path: entry.path.clone(),
        why,
    };
    let folder = folders
        .of(change.place, &entry.target)
        .ok_or_else(|| wrong("its folder is gone".to_owned()))?;
    let staged = look(folder, name).map_err(|trouble| wrong(format!("read back, it {trouble}")))?;
    if staged.path_state == entry.after {
        return Ok(());
    }
    Err(wrong("read back, it is not what was written".to_owned()))
}
