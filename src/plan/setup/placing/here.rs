//! The files of the node here, below the root, and the folders that they need.

use std::collections::BTreeMap;
use std::path::Path;

use crate::kubernetes::cluster::AuthorityKeys;
use crate::pki::Secret;
use crate::pki::text::printable;
use crate::plan::setup::made::{Made, MadeFile};
use crate::plan::{After, Change, Error, Material, Materials, SetupRequest};
use crate::record::{Attributes, Place, Standing};

/// Permission bits of a new folder of a master (kubeadm makes its own so).
pub(super) const FOLDER_MODE: u32 = 0o755;

/// Permission bits of a new folder of this machine: archives hold keys.
const LOCAL_FOLDER_MODE: u32 = 0o700;

/// The folders above `path`, the outermost first, without the root.
pub(super) fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at]).filter(|folder| !folder.is_empty())
}

/// Adds the folders above each of `paths`, each once.
pub(in crate::plan) fn add_folders(paths: &mut Vec<String>) {
    let folders: Vec<String> = paths.iter().flat_map(|path| folders_of(path)).map(str::to_owned).collect();
    for folder in folders {
        if !paths.contains(&folder) {
            paths.push(folder);
        }
    }
}

/// How a path that was read stands.
pub(in crate::plan) fn standing(files: &BTreeMap<String, Material>, path: &str) -> Standing {
    files.get(path).map_or(Standing::Absent, |material| material.standing.clone())
}

/// Changes of paths of one place, with the folders that they need.
pub(in crate::plan) struct Changes<'a> {
    place: Place,
    files: &'a BTreeMap<String, Material>,
    owner: (u32, u32),
    /// It will be there when something is put into it.
    state: &'a str,
    folders: Vec<Change>,
    changed: Vec<Change>,
}

impl<'a> Changes<'a> {
    /// None yet.
    pub(in crate::plan) fn new(materials: &'a Materials, place: Place) -> Self {
        let (files, state) = match place {
            Place::Master => (&materials.files, None),
            Place::Local => (&materials.local, materials.state.as_deref()),
        };
        let state = state.unwrap_or_default();
        Self { place, files, owner: materials.user, state, folders: Vec::new(), changed: Vec::new() }
    }

    fn attributes(&self, mode: u32) -> Attributes {
        let (owner, group) = self.owner;
        Attributes { owner, group, mode }
    }

    /// Makes the folder where it is not there, and those above it.
    fn folder(&mut self, path: &str) -> Result<(), Error> {
        let mode = if self.place == Place::Master { FOLDER_MODE } else { LOCAL_FOLDER_MODE };
        for folder in folders_of(path).chain([path]).filter(|folder| !Path::new(self.state).starts_with(folder)) {
            match standing(self.files, folder) {
                Standing::Absent if self.folders.iter().any(|change| change.path == folder) => {}
                before @ Standing::Absent => self.folders.push(Change {
                    place: self.place,
                    path: folder.to_owned(),
                    summary: "a new folder".to_owned(),
                    before,
                    after: After::Directory(self.attributes(mode)),
                }),
                Standing::Directory { .. } => {}
                _ => return Err(in_the_way(folder, "it is no folder")),
            }
        }
        Ok(())
    }

    /// Writes the file; one that is replaced keeps its owner. Nothing where it has that content already.
    pub(in crate::plan) fn file(
        &mut self,
        path: &str,
        (content, mode): (Secret, u32),
        summary: &str,
    ) -> Result<(), Error> {
        let before = standing(self.files, path);
        let mut attributes = self.attributes(mode);
        match &before {
            Standing::Absent => {}
            Standing::File { attributes: old, .. } => (attributes.owner, attributes.group) = (old.owner, old.group),
            Standing::Directory { .. } => return Err(in_the_way(path, "it is a folder")),
            Standing::Link { .. } => return Err(in_the_way(path, "it is a link")),
        }
        if let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
            self.folder(folder)?;
        }
        let after = After::File { content, attributes };
        let change = Change { place: self.place, path: path.to_owned(), summary: summary.to_owned(), before, after };
        if change.standing_after() != change.before {
            self.changed.push(change);
        }
        Ok(())
    }

    /// Folders first.
    pub(in crate::plan) fn finish(self) -> impl Iterator<Item = Change> {
        self.folders.into_iter().chain(self.changed)
    }
}

/// Something else is where a file shall be.
pub(in crate::plan) fn in_the_way(path: &str, why: &str) -> Error {
    Error::refused(format!("{} is in the way", printable(path))).because(why.to_owned())
}

/// Whether the node here gets the file: the keys of CAs only where the answers let it.
pub(super) fn is_for_here(request: &SetupRequest, file: &MadeFile) -> bool {
    let is_its = request.here.as_ref().is_some_and(|here| file.nodes.contains(here));
    is_its && !(file.is_authority_key && request.cluster.authority_keys == AuthorityKeys::Apart)
}

/// What changes below the root.
pub(super) fn changes(materials: &Materials, request: &SetupRequest, made: &Made) -> Result<Vec<Change>, Error> {
    let keys = || made.files.iter().filter(|file| file.is_authority_key && !file.nodes.is_empty());
    if request.cluster.authority_keys == AuthorityKeys::Here
        && let Some(key) = keys().find(|file| !file.is_kept && !is_for_here(request, file))
    {
        return Err(Error::refused("there is no place for the keys of the CAs")
            .because(format!("they shall stay here alone, and {} is not a file of the node here", printable(&key.path)))
            .hint("run it on a control plane node, or keep them apart: --authority-keys apart"));
    }
    let mut changes = Changes::new(materials, Place::Master);
    for file in made.files.iter().filter(|file| !file.is_kept && is_for_here(request, file)) {
        changes.file(&file.path, (file.content.clone(), file.mode), &file.summary)?;
    }
    Ok(changes.finish().collect())
}
