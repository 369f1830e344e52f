//! The folders in which files are changed, opened once and locked while that is done. There is no lock file: the
//! kernel frees the locks with the process (flock(2)).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, fstat, major, minor, openat};

use super::Error;
use super::apply::ApplyError;
use super::error::failed;
use super::folder::Folder;
use super::guarded;
use super::places::Places;
use super::read::{Spot, Trouble, shown};
use super::state::StateFolder;
use crate::record::Place;

/// A folder locked until this is dropped. It is unlocked, not only closed: a process that is being started at that
/// moment has a copy of it.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

impl Lock {
    /// Waits for it.
    pub(super) fn wait(folder: &Folder) -> Result<Self, Error> {
        let opened = folder.again()?;
        opened.lock().map_err(failed(folder.path()))?;
        Ok(Self(opened))
    }

    /// Takes it where nobody has it; else says who does.
    pub(super) fn alone(folder: &Folder) -> Result<Result<Self, String>, Error> {
        Self::take(folder, File::try_lock)
    }

    /// Takes it beside others who do so; else says who has it alone.
    pub(super) fn together(folder: &Folder) -> Result<Result<Self, String>, Error> {
        Self::take(folder, File::try_lock_shared)
    }

    fn take(folder: &Folder, lock: fn(&File) -> Result<(), TryLockError>) -> Result<Result<Self, String>, Error> {
        let opened = folder.again()?;
        match lock(&opened) {
            Ok(()) => Ok(Ok(Self(opened))),
            Err(TryLockError::WouldBlock) => Ok(Err(identity(&opened).map_or_else(String::new, holder))),
            Err(TryLockError::Error(error)) => Err(failed(folder.path())(error)),
        }
    }

    /// True where nobody has it.
    pub(super) fn is_free(folder: &Folder) -> Result<bool, Error> {
        let opened = folder.again()?;
        let is_free = opened.try_lock_shared().is_ok();
        drop(Self(opened));
        Ok(is_free)
    }
}

/// The folders of some changes, opened; locked until this is dropped.
#[derive(Debug)]
pub(super) struct Folders<'a> {
    places: Places<'a>,
    state: &'a StateFolder,
    open: BTreeMap<(bool, PathBuf), Lock>,
}

impl<'a> Folders<'a> {
    /// None yet. `state`: kubepki's own folder, in which others who change files have their turn too.
    pub(super) fn new(places: Places<'a>, state: &'a StateFolder) -> Self {
        Self { places, state, open: BTreeMap::new() }
    }

    /// Where a path of that place lies.
    pub(super) fn spot(&self, place: Place, path: &Path, follow: bool) -> Result<Spot, Trouble> {
        self.places.spot(place, path, follow)
    }

    /// The path on this machine of a resolved one.
    pub(super) fn real(&self, place: Place, target: &str) -> PathBuf {
        self.places.real(place, target)
    }

    /// The folder of a resolved path; `None` where it is not there, or lies behind a link now.
    pub(super) fn of(&self, place: Place, target: &str) -> Option<&File> {
        let key = (place == Place::Local, Path::new(target).parent()?.to_owned());
        self.open.get(&key).map(|Lock(folder)| folder)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &File> {
        self.open.values().map(|Lock(folder)| folder)
    }

    /// Opens the folders of resolved paths, those that are there.
    ///
    /// # Errors
    /// [`ApplyError::Denied`], [`ApplyError::Io`].
    pub(super) fn open_all<'t>(&mut self, targets: impl Iterator<Item = (Place, &'t str)>) -> Result<(), ApplyError> {
        for (place, target) in targets {
            let Some(parent) = Path::new(target).parent() else { continue };
            let key = (place == Place::Local, parent.to_owned());
            if !self.open.contains_key(&key)
                && let Some(folder) = self.open(place, target)?
            {
                self.open.insert(key, Lock(folder));
            }
        }
        Ok(())
    }

    /// Opens and locks the folders of resolved paths, those that are there, in the order of device and inode.
    ///
    /// # Errors
    /// [`ApplyError::Locked`]; [`ApplyError::Denied`], [`ApplyError::Io`].
    pub(super) fn lock<'t>(&mut self, targets: impl Iterator<Item = (Place, &'t str)>) -> Result<(), ApplyError> {
        self.open_all(targets)?;
        let mut order = BTreeMap::new();
        for ((_, path), Lock(folder)) in &self.open {
            let stat = fstat(folder).map_err(|errno| ApplyError::of(&shown(path.as_os_str()), errno))?;
            // Two paths may lead to one folder: a second lock of it would wait for the first.
            order.entry((stat.st_dev, stat.st_ino)).or_insert((path, folder));
        }
        for (identity, (path, folder)) in order {
            self.try_lock(folder, path, identity)?;
        }
        Ok(())
    }

    /// Opens and locks the folder of a resolved path, which was made just now.
    pub(super) fn add(&mut self, place: Place, target: &str) -> Result<(), ApplyError> {
        let known: BTreeSet<_> = self.all().filter_map(identity).collect();
        let Some(parent) = Path::new(target).parent() else { return Ok(()) };
        let key = (place == Place::Local, parent.to_owned());
        if let Some(folder) = self.open(place, target)? {
            if let Some(identity) = identity(&folder).filter(|identity| !known.contains(identity)) {
                self.try_lock(&folder, parent, identity)?;
            }
            self.open.insert(key, Lock(folder));
        }
        Ok(())
    }

    /// Opens and locks the folders that are there now and were not, or were removed, when they were looked for.
    pub(super) fn open_new<'t>(&mut self, targets: impl Iterator<Item = (Place, &'t str)>) -> Result<(), ApplyError> {
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
        let own = self.state.open().ok().flatten().and_then(|state| state.identity());
        let is_own = own == Some(identity);
        match if is_own { folder.try_lock_shared() } else { folder.try_lock() } {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(ApplyError::Locked { path: path(), by: holder(identity) }),
            Err(TryLockError::Error(error)) => Err(ApplyError::Io { path: path(), why: error.to_string() }),
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
        folder.map(|folder| Some(File::from(folder))).map_err(|errno| ApplyError::of(target, errno))
    }
}

fn identity(folder: &File) -> Option<(u64, u64)> {
    fstat(folder).ok().map(|stat| (stat.st_dev, stat.st_ino))
}

/// Who holds a lock on a folder, from /proc/locks (proc_locks(5)).
fn holder((device, inode): (u64, u64)) -> String {
    let locks = guarded::proc_text("/proc/locks");
    let pid = locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, pid, identity, ..] = words[..] else { return None };
        let held = format!("{:02x}:{:02x}:{inode}", major(device), minor(device));
        // Some file systems show another device to users: there the inode must do.
        (identity == held || identity.rsplit(':').next() == Some(&*inode.to_string())).then_some(pid)
    });
    let Some(pid) = pid else { return "another process".to_owned() };
    let name = guarded::proc_text(format!("/proc/{pid}/comm"));
    match name.trim() {
        "" => format!("pid {pid}"),
        name => format!("pid {pid} ({})", crate::pki::text::printable(name)),
    }
}
