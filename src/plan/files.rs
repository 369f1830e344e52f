//! New files and the folders that they need, as changes of a plan.

use std::collections::BTreeMap;
use std::path::Path;

use crate::pki::Secret;
use crate::pki::text::printable;
use crate::plan::{After, Change, Material, Materials, PlanError};
use crate::record::{Attributes, PathState, Place};

/// Permission bits of a new folder of a master (kubeadm makes its own so).
pub(super) const FOLDER_MODE: u32 = 0o755;

/// Permission bits of a new folder of this machine: archives hold keys.
const LOCAL_FOLDER_MODE: u32 = 0o700;

/// The folders above `path`, the outermost first, without the root.
pub(super) fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/')
        .map(|(at, _)| &path[..at])
        .filter(|folder| !folder.is_empty())
}

/// Adds the folders above each of `paths`, each once.
pub(super) fn add_folders(paths: &mut Vec<String>) {
    let folders: Vec<String> = paths
        .iter()
        .flat_map(|path| folders_of(path))
        .map(str::to_owned)
        .collect();
    for folder in folders {
        if !paths.contains(&folder) {
            paths.push(folder);
        }
    }
}

/// How a path that was read stands.
pub(super) fn path_state(files: &BTreeMap<String, Material>, path: &str) -> PathState {
    files
        .get(path)
        .map_or(PathState::Absent, |material| material.path_state.clone())
}

/// Changes of paths of one place, with the folders that they need.
pub(super) struct Changes<'a> {
    place: Place,
    files: &'a BTreeMap<String, Material>,
    owner: (u32, u32),
    /// It will be there when something is put into it.
    state: &'a str,
    /// So will these.
    made: Vec<String>,
    folders: Vec<Change>,
    changed: Vec<Change>,
}

impl<'a> Changes<'a> {
    /// None yet.
    pub(super) fn new(materials: &'a Materials, place: Place) -> Self {
        let (files, state) = match place {
            Place::Master => (&materials.files, None),
            Place::Local => (&materials.local, materials.state.as_deref()),
        };
        let state = state.unwrap_or_default();
        let (made, folders, changed) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            place,
            files,
            owner: materials.user,
            state,
            made,
            folders,
            changed,
        }
    }

    /// Changes on this machine after these of the master: a folder that is one of both is made
    /// once.
    pub(super) fn after(materials: &'a Materials, of_master: &[Change]) -> Self {
        let folders = of_master
            .iter()
            .filter(|change| matches!(change.after, After::Directory(_)));
        let made = folders
            .filter_map(|change| materials.root.on_this_machine(&change.path))
            .collect();
        Self {
            made,
            ..Self::new(materials, Place::Local)
        }
    }

    fn attributes(&self, mode: u32) -> Attributes {
        let (owner, group) = self.owner;
        Attributes { owner, group, mode }
    }

    /// Makes the folder where it is not there, and those above it.
    fn folder(&mut self, path: &str) -> Result<(), PlanError> {
        let mode = if self.place == Place::Master {
            FOLDER_MODE
        } else {
            LOCAL_FOLDER_MODE
        };
        for folder in folders_of(path)
            .chain([path])
            .filter(|folder| !Path::new(self.state).starts_with(folder))
        {
            match path_state(self.files, folder) {
                PathState::Absent if self.folders.iter().any(|change| change.path == folder) => {}
                PathState::Absent if self.made.iter().any(|made| made == folder) => {}
                before @ PathState::Absent => self.folders.push(Change {
                    place: self.place,
                    path: folder.to_owned(),
                    summary: "a new folder".to_owned(),
                    before,
                    after: After::Directory(self.attributes(mode)),
                }),
                PathState::Directory { .. } => {}
                _ => return Err(in_the_way(folder, "it is no folder")),
            }
        }
        Ok(())
    }

    /// Writes the file; one that is replaced keeps its owner. Nothing where it has that content
    /// already.
    pub(super) fn file(
        &mut self,
        path: &str,
        (content, mode): (Secret, u32),
        summary: &str,
    ) -> Result<(), PlanError> {
        let before = path_state(self.files, path);
        let mut attributes = self.attributes(mode);
        match &before {
            PathState::Absent => {}
            PathState::File {
                attributes: old, ..
            } => (attributes.owner, attributes.group) = (old.owner, old.group),
            PathState::Directory { .. } => return Err(in_the_way(path, "it is a folder")),
            PathState::Link { .. } => return Err(in_the_way(path, "it is a link")),
        }
        if let Some((folder, _)) = path
            .rsplit_once('/')
            .filter(|(folder, _)| !folder.is_empty())
        {
            self.folder(folder)?;
        }
        let after = After::File {
            content,
            attributes,
        };
        let change = Change {
            place: self.place,
            path: path.to_owned(),
            summary: summary.to_owned(),
            before,
            after,
        };
        if change.path_state_after() != change.before {
            self.changed.push(change);
        }
        Ok(())
    }

    /// Gives a file that is there other permission bits, and leaves its owner and content.
    pub(super) fn mode(&mut self, path: &str, mode: u32, summary: &str) {
        let before = path_state(self.files, path);
        let PathState::File { attributes, .. } = &before else {
            return;
        };
        let after = After::Attributes(Attributes {
            mode,
            ..*attributes
        });
        let (path, summary) = (path.to_owned(), summary.to_owned());
        self.changed.push(Change {
            place: self.place,
            path,
            summary,
            before,
            after,
        });
    }

    /// Folders first.
    pub(super) fn finish(self) -> impl Iterator<Item = Change> {
        self.folders.into_iter().chain(self.changed)
    }
}

/// Something else is where a file shall be.
pub(super) fn in_the_way(path: &str, why: &str) -> PlanError {
    PlanError::refused(format!("{} is in the way", printable(path))).because(why.to_owned())
}
