//! Each entry of a journal to its new state or back to its old one, one rename at a time. Used when
//! a plan is applied, when that fails, and by recovery: all that is known here comes from the
//! journal and the disk.

use std::ffi::OsStr;
use std::fs::File;

use rustix::fs::{Mode, OFlags, mkdirat, openat};
use rustix::io::Errno;

use super::{ApplyError, Folders, Reporter};
use crate::pki::text::printable;
use crate::record::{Attributes, JournalEntry, PathState, Place};
use crate::store::file::{
    link_new, name_of, remove, remove_folder, rename, set_attributes, sync_all, write_new,
};
use crate::store::journal::{LockedOperation, before};
use crate::store::path_state::{SeenAtPath, difference, look};

/// How an entry's target stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) enum Stage {
    /// As before the operation.
    Before,
    /// As it is planned, or before and after are the same.
    After,
    /// Neither: what is other, as the end of a sentence.
    Third(String),
}

/// One entry with its place and its opened folder.
pub(in crate::store) struct Work<'a> {
    pub(in crate::store) entry: &'a JournalEntry,
    /// `None` where it is not there.
    folder: Option<&'a File>,
    kept: &'a LockedOperation,
}

/// All entries of an operation in the order in which they are swapped: as planned, removals last,
/// and folders after what was in them.
pub(in crate::store) fn works<'a>(
    kept: &'a LockedOperation,
    folders: &'a Folders<'_>,
) -> Vec<Work<'a>> {
    let mut works: Vec<Work<'a>> = places(kept)
        .map(|(place, entry)| Work {
            entry,
            folder: folders.of(place, &entry.target),
            kept,
        })
        .collect();
    let depth = |entry: &JournalEntry| entry.target.matches('/').count();
    works.sort_by_key(|work| match (&work.entry.before, &work.entry.after) {
        (PathState::Directory { .. }, PathState::Absent) => (2, usize::MAX - depth(work.entry)),
        (_, PathState::Absent) => (1, 0),
        _ => (0, 0),
    });
    works
}

/// The entries with their places.
pub(in crate::store) fn places(
    kept: &LockedOperation,
) -> impl Iterator<Item = (Place, &JournalEntry)> {
    let journal = &kept.journal;
    journal
        .operation
        .plan
        .changes
        .iter()
        .map(|change| change.place)
        .zip(&journal.entries)
}

impl Work<'_> {
    fn folder(&self) -> Result<&File, ApplyError> {
        let path = self.entry.path.clone();
        self.folder.ok_or(ApplyError::Changed {
            path,
            what: "its folder is gone".to_owned(),
        })
    }

    fn error(&self) -> impl Fn(Errno) -> ApplyError + use<> {
        let path = self.entry.path.clone();
        move |errno| ApplyError::of(&path, errno)
    }

    /// What is there now.
    pub(in crate::store) fn look(&self) -> Result<SeenAtPath, ApplyError> {
        let Some(folder) = self.folder else {
            return Ok(SeenAtPath::nothing());
        };
        look(folder, name_of(&self.entry.target))
            .map_err(|trouble| ApplyError::in_trouble(&self.entry.path, &trouble))
    }

    /// How far it is.
    pub(in crate::store) fn stage(&self) -> Stage {
        let (before, after) = (&self.entry.before, &self.entry.after);
        let now = match self.look() {
            Ok(seen) => seen.path_state,
            Err(error) => return Stage::Third(error.to_string()),
        };
        match (before, after, &now) {
            _ if now == *after => Stage::After,
            _ if now == *before => Stage::Before,
            // A folder in which something lies stays.
            (PathState::Directory { .. }, PathState::Absent, PathState::Directory { .. }) => {
                Stage::Before
            }
            // Owner and mode of a folder are changed one after the other.
            (
                PathState::Directory { attributes: old },
                PathState::Directory { attributes: new },
                PathState::Directory { attributes: is },
            ) if is_between(*old, *is, *new) => Stage::Before,
            (PathState::File { .. }, _, PathState::File { .. })
                if now.sha256() != before.sha256() =>
            {
                Stage::Third("its content is neither the old nor the new".to_owned())
            }
            _ => Stage::Third(difference(before, &now)),
        }
    }

    /// As a line for the user, where neither the old nor the new content is there.
    pub(in crate::store) fn third(&self) -> Option<String> {
        match self.stage() {
            Stage::Third(what) => Some(format!("{}: {what}", printable(&self.entry.path))),
            _ => None,
        }
    }

    /// True where the new file lies ready, or none is needed.
    pub(in crate::store) fn is_ready(&self) -> bool {
        let entry = self.entry;
        if entry.after == PathState::Absent || entry.temporary.is_empty() {
            return true;
        }
        let staged = self
            .folder
            .map(|folder| look(folder, name_of(&entry.temporary)));
        staged.is_some_and(|staged| staged.is_ok_and(|staged| staged.path_state == entry.after))
    }

    /// To the new state.
    pub(in crate::store) fn put(&self) -> Result<(), ApplyError> {
        let (entry, folder) = (self.entry, self.folder()?);
        let (temporary, target) = (name_of(&entry.temporary), name_of(&entry.target));
        match (&entry.before, &entry.after) {
            (PathState::Directory { .. }, PathState::Absent) => remove_folder(folder, target),
            (_, PathState::Absent) => remove(folder, target).map(drop),
            (_, PathState::Directory { attributes }) => folder_of(folder, entry, *attributes),
            (before, _) => rename(folder, temporary, target, *before == PathState::Absent),
        }
        .map_err(self.error())
    }

    /// The same over what somebody else has put there.
    pub(in crate::store) fn put_over(&self) -> Result<(), ApplyError> {
        let is_new = matches!(
            self.entry.after,
            PathState::File { .. } | PathState::Link { .. }
        );
        if is_new
            && self.entry.before == PathState::Absent
            && matches!(self.stage(), Stage::Third(_))
        {
            remove(self.folder()?, name_of(&self.entry.target)).map_err(self.error())?;
        }
        self.put()
    }

    /// To the old state, from the copy in `before/`.
    pub(in crate::store) fn take_back(&self) -> Result<(), ApplyError> {
        let (entry, folder) = (self.entry, self.folder()?);
        let (temporary, target) = (name_of(&entry.temporary), name_of(&entry.target));
        let fresh = self.look()?.stat.is_none();
        match &entry.before {
            PathState::Absent if matches!(entry.after, PathState::Directory { .. }) => {
                remove_folder(folder, target)
            }
            PathState::Absent => remove(folder, target).map(drop),
            PathState::Directory { attributes } => folder_of(folder, entry, *attributes),
            PathState::Link { text } => {
                remove(folder, temporary).map_err(self.error())?;
                link_new(folder, temporary, text, None)
                    .and_then(|()| rename(folder, temporary, target, fresh))
            }
            PathState::File { attributes, .. } => {
                self.copy_back(*attributes)?;
                rename(folder, temporary, target, fresh)
            }
        }
        .map_err(self.error())
    }

    /// The old content under the temporary name, on the disk.
    fn copy_back(&self, attributes: Attributes) -> Result<(), ApplyError> {
        let (entry, folder) = (self.entry, self.folder()?);
        let name = entry.backup.as_deref().unwrap_or_default();
        let backups = before(&self.kept.folder)?;
        let lost = |why: String| ApplyError::Io {
            path: backups.path().join(name).display().to_string(),
            why,
        };
        let old = look(backups.file(), OsStr::new(name))
            .map_err(|trouble| lost(format!("it {trouble}")))?;
        let (Some(content), true) = (
            &old.content,
            old.path_state.sha256() == entry.before.sha256(),
        ) else {
            return Err(lost("the old file is not there any more".to_owned()));
        };
        let temporary = name_of(&entry.temporary);
        remove(folder, temporary).map_err(self.error())?;
        // What is in its place now has the labels; else the copy kept them as far as it could.
        let now = self.look().ok().and_then(|seen| seen.file);
        let like = now.as_ref().or(old.file.as_ref());
        let file = write_new(folder, temporary, content.expose(), attributes, like)
            .map_err(self.error())?;
        file.sync_all()
            .map_err(|error| ApplyError::of_io(&entry.path, &error))
    }

    /// Removes the temporary file, and a folder that was only made for the new files.
    pub(in crate::store) fn discard(&self, made_folders: bool) -> Result<(), ApplyError> {
        let (entry, Some(folder)) = (self.entry, self.folder) else {
            return Ok(());
        };
        if !entry.temporary.is_empty() {
            remove(folder, name_of(&entry.temporary)).map_err(self.error())?;
        }
        if made_folders
            && entry.before == PathState::Absent
            && matches!(entry.after, PathState::Directory { .. })
        {
            remove_folder(folder, name_of(&entry.target)).map_err(self.error())?;
        }
        Ok(())
    }
}

fn is_between(old: Attributes, is: Attributes, new: Attributes) -> bool {
    [old.owner, new.owner].contains(&is.owner)
        && [old.group, new.group].contains(&is.group)
        && [old.mode, new.mode].contains(&is.mode)
}

/// The folder with these attributes, made where it is not there.
fn folder_of(folder: &File, entry: &JournalEntry, attributes: Attributes) -> Result<(), Errno> {
    let name = name_of(&entry.target);
    match mkdirat(folder, name, Mode::from_raw_mode(0o700)) {
        Err(Errno::EXIST) => {}
        answer => answer?,
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    set_attributes(
        &File::from(openat(folder, name, flags, Mode::empty())?),
        attributes,
    )
}

/// Brings all folders to the disk.
pub(in crate::store) fn sync_folders(folders: &Folders<'_>) -> Result<(), ApplyError> {
    let opened: Vec<&File> = folders.all().collect();
    sync_all(&opened)
        .map_err(|(_, error)| ApplyError::of_io("the folders of the changed files", &error))
}

/// Removes all temporary files, where `made_folders` also the folders that were made, and brings
/// that to the disk.
pub(in crate::store) fn discard(
    kept: &LockedOperation,
    folders: &Folders<'_>,
    made_folders: bool,
) -> Result<(), ApplyError> {
    works(kept, folders)
        .iter()
        .rev()
        .try_for_each(|work| work.discard(made_folders))?;
    sync_folders(folders)
}

/// All to the old state, the last first. The new files go at once: from there on it is the only way
/// for whoever goes on with this.
pub(in crate::store) fn back(
    kept: &LockedOperation,
    folders: &mut Folders<'_>,
    reporter: &Reporter<'_>,
) -> Result<(), ApplyError> {
    let is_removed_folder = |entry: &JournalEntry| {
        matches!(
            (&entry.before, &entry.after),
            (PathState::Directory { .. }, PathState::Absent)
        )
    };
    reporter.late("remove the new files");
    discard(kept, folders, false)?;
    // Removed folders first: what was in them needs them.
    for folders_first in [true, false] {
        let works = works(kept, folders);
        let total = works.len();
        let mine = works
            .iter()
            .enumerate()
            .filter(|(_, work)| is_removed_folder(work.entry) == folders_first);
        for (number, work) in mine.rev() {
            if work.stage() != Stage::Before {
                reporter.late_file("take back", &work.entry.path, total - 1 - number, total);
                work.take_back()?;
            }
        }
        drop(works);
        folders.open_new(places(kept).map(|(place, entry)| (place, entry.target.as_str())))?;
    }
    reporter.late("sync the folders");
    sync_folders(folders)?;
    reporter.late("read back");
    read_back(&works(kept, folders), &Stage::Before)
}

/// Every target is as planned (`wanted` [`Stage::After`]) or as before.
pub(in crate::store) fn read_back(works: &[Work<'_>], wanted: &Stage) -> Result<(), ApplyError> {
    for work in works {
        let stage = work.stage();
        let is_same = work.entry.before == work.entry.after;
        // Only what nobody else put something into is removed.
        let is_tolerated = matches!(
            (&work.entry.before, &work.entry.after),
            (PathState::Directory { .. }, PathState::Absent)
                | (PathState::Absent, PathState::Directory { .. })
        ) && !matches!(stage, Stage::Third(_));
        if stage != *wanted && !is_same && !is_tolerated {
            let what = match stage {
                Stage::Before => "it is as it was".to_owned(),
                Stage::After => "it is still the new one".to_owned(),
                Stage::Third(what) => what,
            };
            return Err(ApplyError::Changed {
                path: work.entry.path.clone(),
                what,
            });
        }
    }
    Ok(())
}
