//! The folders in which files are changed, opened once and locked while that is done.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, fstat, openat};

use super::ApplyError;
use crate::record::Place;
use crate::store::lock::{Lock, holder, identity};
use crate::store::places::Places;
use crate::store::read::{Spot, Trouble, shown};
use crate::store::state::StateFolder;

/// The folders of some changes, opened; locked until this is dropped.
#[derive(Debug)]
pub(in crate::store) struct Folders<'a> {
    places: Places<'a>,
    state: &'a StateFolder,
    open: BTreeMap<(bool, PathBuf), Lock>,
}

impl<'a> Folders<'a> {
    /// None yet. `state`: kubepki's own folder, in which others who change files have their turn
    /// too.
    pub(in crate::store) fn new(places: Places<'a>, state: &'a StateFolder) -> Self {
        Self {
            places,
            state,
            open: BTreeMap::new(),
        }
    }

    /// Where a path of that place lies.
    pub(in crate::store) fn spot(
        &self,
        place: Place,
        path: &Path,
        follow: bool,
    ) -> Result<Spot, Trouble> {
        self.places.spot(place, path, follow)
    }

    /// The path on this machine of a resolved one.
    pub(in crate::store) fn real(&self, place: Place, target: &str) -> PathBuf {
        self.places.real(place, target)
    }

    /// The folder of a resolved path; `None` where it is not there, or lies behind a link now.
    pub(in crate::store) fn of(&self, place: Place, target: &str) -> Option<&File> {
        let key = (
            place == Place::Local,
            Path::new(target).parent()?.to_owned(),
        );
        self.open.get(&key).map(|Lock(folder)| folder)
    }

    /// All of them.
    pub(in crate::store) fn all(&self) -> impl Iterator<Item = &File> {
        self.open.values().map(|Lock(folder)| folder)
    }

    /// Opens the folders of resolved paths, those that are there.
    ///
    /// # Errors
    /// [`ApplyError::Denied`], [`ApplyError::Io`].
    pub(in crate::store) fn open_all<'t>(
        &mut self,
        targets: impl Iterator<Item = (Place, &'t str)>,
    ) -> Result<(), ApplyError> {
        for (place, target) in targets {
            let Some(parent) = Path::new(target).parent() else {
                continue;
            };
            let key = (place == Place::Local, parent.to_owned());
            if !self.open.contains_key(&key)
                && let Some(folder) = self.open(place, target)?
            {
                self.open.insert(key, Lock(folder));
            }
        }
        Ok(())
    }

    /// Opens and locks the folders of resolved paths, those that are there, in the order of device
    /// and inode.
    ///
    /// # Errors
    /// [`ApplyError::Locked`]; [`ApplyError::Denied`], [`ApplyError::Io`].
    pub(in crate::store) fn lock<'t>(
        &mut self,
        targets: impl Iterator<Item = (Place, &'t str)>,
    ) -> Result<(), ApplyError> {
        self.open_all(targets)?;
        let mut order = BTreeMap::new();
        for ((_, path), Lock(folder)) in &self.open {
            let stat =
                fstat(folder).map_err(|errno| ApplyError::of(&shown(path.as_os_str()), errno))?;
            // Two paths may lead to one folder: a second lock of it would wait for the first.
            order
                .entry((stat.st_dev, stat.st_ino))
                .or_insert((path, folder));
        }
        for (identity, (path, folder)) in order {
            self.try_lock(folder, path, identity)?;
        }
        Ok(())
    }

    /// Opens and locks the folder of a resolved path, which was made just now.
    pub(in crate::store) fn add(&mut self, place: Place, target: &str) -> Result<(), ApplyError> {
        let known: BTreeSet<_> = self.all().filter_map(identity).collect();
        let Some(parent) = Path::new(target).parent() else {
            return Ok(());
        };
        let key = (place == Place::Local, parent.to_owned());
        if let Some(folder) = self.open(place, target)? {
            if let Some(identity) = identity(&folder).filter(|identity| !known.contains(identity)) {
                self.try_lock(&folder, parent, identity)?;
            }
            self.open.insert(key, Lock(folder));
        }
        Ok(())
    }

    /// Opens and locks the folders that are there now and were not, or were removed, when they were
    /// looked for.
    pub(in crate::store) fn open_new<'t>(
        &mut self,
        targets: impl Iterator<Item = (Place, &'t str)>,
    ) -> Result<(), ApplyError> {
        for (place, target) in targets {
            let is_gone = |folder: &File| fstat(folder).is_ok_and(|stat| stat.st_nlink == 0);
            if self.of(place, target).is_none_or(is_gone) {
                self.add(place, target)?;
            }
        }
        Ok(())
    }

    /// Locks a folder, unless somebody else has.
    fn try_lock(&self, folder: &File, path: &Path, identity: (u64, u64)) -> Result<(), ApplyError> {
        let path = || shown(path.as_os_str());
        let own = self
            .state
            .open()
            .ok()
            .flatten()
            .and_then(|state| state.identity());
        let is_own = own == Some(identity);
        match if is_own {
            folder.try_lock_shared()
        } else {
            folder.try_lock()
        } {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(ApplyError::Locked {
                path: path(),
                by: holder(identity),
            }),
            Err(TryLockError::Error(error)) => Err(ApplyError::Io {
                path: path(),
                why: error.to_string(),
            }),
        }
    }

    fn open(&self, place: Place, target: &str) -> Result<Option<File>, ApplyError> {
        let spot = match self.spot(place, Path::new(target), false) {
            Err(Trouble::Absent) => return Ok(None),
            spot => spot.map_err(|trouble| ApplyError::in_trouble(target, &trouble))?,
        };
        if spot.path != Path::new(target) {
            return Ok(None);
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = openat(&spot.folder, ".", flags, Mode::empty());
        folder
            .map(|folder| Some(File::from(folder)))
            .map_err(|errno| ApplyError::of(target, errno))
    }
}
