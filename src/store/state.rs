//! kubepki's own folder: for root below the master's root, so that it travels with the disk; for
//! others in their home. Where it lies on another machine's disk it is resolved inside that, and
//! what it holds is the word of whoever wrote the disk: it is believed about that disk alone.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Access, AtFlags, accessat, lstat, statat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::StoreError;
use super::error::failed;
use super::folder::{Folder, OWN, Strictness, judge};
use super::lock::Lock;
use super::read::{Root, Trouble};

/// The folder of root's state, below the master's root.
const OF_ROOT: &str = "var/lib/kubepki";

/// The folder of all operations in the state folder.
pub(super) const OPERATIONS: &str = "operations";

/// Permission bits of folders that root makes on the way to it, as those of every system are.
const ON_THE_WAY: u32 = 0o755;

/// Where the state lies that goes with `root`.
///
/// # Errors
/// [`StoreError::Io`] where the user has no home.
pub fn default_folder(root: &Path) -> Result<PathBuf, StoreError> {
    if geteuid().is_root() {
        return Ok(root.join(OF_ROOT));
    }
    let none = || StoreError::Io {
        path: PathBuf::from("~"),
        why: "you have no home folder".to_owned(),
    };
    let own = directories::ProjectDirs::from("", "", "kubepki").ok_or_else(none)?;
    Ok(own
        .state_dir()
        .unwrap_or_else(|| own.data_local_dir())
        .to_owned())
}

/// kubepki's own folder, and in what it is resolved. Nothing need be there yet.
#[derive(Debug, Clone)]
pub struct StateFolder {
    path: PathBuf,
    /// The disk on which it lies, else this machine's root.
    root: Root,
    is_on_disk: bool,
    /// The beginning of `path` that leads to that root.
    above: PathBuf,
    /// The rest, as that root names it.
    logical: PathBuf,
}

/// The folders on the way to it, each judged, and the names that are not there yet.
struct StatePath {
    there: Vec<Folder>,
    missing: Vec<OsString>,
}

impl StateFolder {
    /// The folder `path` of this machine, for a master's root.
    ///
    /// # Errors
    /// [`StoreError::Io`] where a path cannot be made sense of.
    pub fn of(path: &Path, root: &Root) -> Result<Self, StoreError> {
        let path = std::path::absolute(path).map_err(failed(path))?;
        if root.is_foreign()
            && let Some(below) = root.below(&path)
        {
            // Whatever words lead there: changes of what lies in it name it from the root on.
            let above = std::path::absolute(root.real()).map_err(failed(root.real()))?;
            let path = above.join(
                below
                    .logical
                    .strip_prefix(root.mount())
                    .unwrap_or(&below.logical),
            );
            return Ok(Self {
                path,
                root: root.clone(),
                is_on_disk: true,
                above,
                logical: below.logical,
            });
        }
        let (whole, logical) = (PathBuf::from("/"), path.clone());
        Ok(Self {
            path,
            root: Root::open(&whole, &whole)?,
            is_on_disk: false,
            above: whole,
            logical,
        })
    }

    /// Where it lies on this machine, as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// True where another machine's disk brings it.
    pub fn is_on_disk(&self) -> bool {
        self.is_on_disk
    }

    /// Where a path of the root in which it is resolved lies on this machine.
    pub(super) fn on_this_machine(&self, logical: &Path) -> Option<PathBuf> {
        Some(
            self.above
                .join(logical.strip_prefix(self.root.mount()).ok()?),
        )
    }

    /// It, opened; `None` where it is not there.
    ///
    /// # Errors
    /// [`StoreError::NotPrivate`], [`StoreError::Foreign`] where others could have put something
    /// there; [`StoreError::Closed`], [`StoreError::Io`], [`StoreError::Damaged`].
    pub(super) fn open(&self) -> Result<Option<Folder>, StoreError> {
        let StatePath { mut there, missing } = self.way()?;
        match there.pop() {
            Some(last) if missing.is_empty() => Folder::new(last.again()?, self.path.clone())
                .judged(Strictness::Own)
                .map(Some),
            _ => Ok(None),
        }
    }

    /// It, opened; what is not there yet is made.
    ///
    /// # Errors
    /// As [`StateFolder::open`].
    pub(super) fn make(&self) -> Result<Folder, StoreError> {
        let StatePath { mut there, missing } = self.way()?;
        let gone = || StoreError::NoSuchDirectory(self.path.clone());
        let mut folder = there.pop().ok_or_else(gone)?;
        for (at, name) in missing.iter().enumerate() {
            let is_own = at + 1 == missing.len() || !geteuid().is_root();
            folder = folder
                .make(name, if is_own { OWN } else { ON_THE_WAY })?
                .judged(Strictness::OnTheWay)?;
        }
        Folder::new(folder.again()?, self.path.clone()).judged(Strictness::Own)
    }

    /// Brings the folders on the way to the disk, and it, as far as they may be read: others were
    /// not made by us.
    pub(super) fn sync_way(&self) -> Result<(), StoreError> {
        for folder in self.way()?.there {
            match folder.sync() {
                Err(StoreError::Closed(_)) => {}
                synced => synced?,
            }
        }
        Ok(())
    }

    /// The folder of all operations, opened; `None` where it is not there.
    ///
    /// # Errors
    /// As [`StateFolder::open`].
    pub(super) fn operations(&self) -> Result<Option<Folder>, StoreError> {
        self.open()?
            .map(|state| state.open_own(OPERATIONS))
            .transpose()
            .map(Option::flatten)
    }

    /// Whether it, or what is there of the way to it, is nobody's but the caller's and root's.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.nearest().map(drop)
    }

    /// It, or the last folder on the way that is there.
    pub(super) fn nearest(&self) -> Result<Folder, StoreError> {
        let StatePath { mut there, missing } = self.way()?;
        let how = if missing.is_empty() {
            Strictness::Own
        } else {
            Strictness::OnTheWay
        };
        there
            .pop()
            .ok_or_else(|| StoreError::NoSuchDirectory(self.path.clone()))?
            .judged(how)
    }

    /// Its path as changes of this machine's files are written down, and as it is on this machine:
    /// without a link.
    pub(super) fn lies_at(&self) -> Option<(PathBuf, PathBuf)> {
        let (there, missing) = self.resolved().ok()?;
        let logical = missing.iter().fold(there, |path, name| path.join(name));
        let real = fs::canonicalize(self.root.real()).ok()?;
        let real = real.join(logical.strip_prefix(self.root.mount()).ok()?);
        Some((self.on_this_machine(&logical)?, real))
    }

    fn way(&self) -> Result<StatePath, StoreError> {
        let (path, missing) = self.resolved()?;
        if self.is_on_disk {
            judge_above(self.root.real())?;
        }
        let below = path.strip_prefix(self.root.mount()).unwrap_or(&path);
        let mut folder = Folder::new(self.root.folder()?, self.root.real().to_owned())
            .judged(Strictness::OnTheWay)?;
        let mut there = Vec::new();
        for name in below.components() {
            let gone = || StoreError::NoSuchDirectory(self.path.clone());
            let next = folder
                .place(name)?
                .ok_or_else(gone)?
                .judged(Strictness::OnTheWay)?;
            there.push(std::mem::replace(&mut folder, next));
        }
        there.push(folder);
        Ok(StatePath { there, missing })
    }

    /// What is there of the way, without a link, and the names that are not.
    fn resolved(&self) -> Result<(PathBuf, Vec<OsString>), StoreError> {
        let mut missing = Vec::new();
        for above in self.logical.ancestors() {
            match self.root.spot(above, true) {
                Ok(spot) if statat(&spot.folder, &spot.name, AtFlags::SYMLINK_NOFOLLOW).is_ok() => {
                    missing.reverse();
                    return Ok((spot.path, missing));
                }
                Ok(_) | Err(Trouble::Absent) => {}
                Err(Trouble::Denied) => return Err(StoreError::Closed(self.path.clone())),
                Err(trouble) => {
                    return Err(StoreError::Io {
                        path: self.path.clone(),
                        why: format!("it {trouble}"),
                    });
                }
            }
            match above.components().next_back() {
                Some(Component::Normal(name)) => missing.push(name.to_owned()),
                _ => break,
            }
        }
        Err(StoreError::NoSuchDirectory(self.path.clone()))
    }
}

/// The folders above that in which a disk is mounted: who may put another there says what is found
/// on it.
fn judge_above(mount: &Path) -> Result<(), StoreError> {
    let real = fs::canonicalize(mount).map_err(failed(mount))?;
    for above in real.ancestors().skip(1) {
        let stat = lstat(above).map_err(|errno| failed(above)(errno.into()))?;
        judge(above, &stat, Strictness::OnTheWay)?;
    }
    Ok(())
}

/// The turn of one who restarts components, or of those who change files, until this is dropped.
#[derive(Debug)]
pub struct Turn {
    _lock: Lock,
}

/// Takes the turn to restart a component: until it is dropped no other kubepki restarts one or
/// changes files.
///
/// # Errors
/// [`StoreError::Busy`]; [`StoreError::NotPrivate`], [`StoreError::Foreign`], [`StoreError::Io`].
pub fn turn_to_restart(state: &StateFolder) -> Result<Turn, StoreError> {
    let folder = state.make()?;
    Lock::alone(&folder)?
        .map(|lock| Turn { _lock: lock })
        .map_err(|by| {
            let restarts = Lock::together(&folder).is_ok_and(|lock| lock.is_err());
            StoreError::Busy { restarts, by }
        })
}

/// Takes a turn to change files: until it is dropped no other kubepki restarts a component. `None`:
/// nothing was done yet that is kept here, and nobody waits for a restart.
///
/// # Errors
/// [`StoreError::Busy`]; [`StoreError::NotPrivate`], [`StoreError::Foreign`], [`StoreError::Io`].
pub fn turn_to_change(state: &StateFolder) -> Result<Option<Turn>, StoreError> {
    let Some(folder) = state.open()? else {
        return Ok(None);
    };
    if folder.open_own(OPERATIONS)?.is_none() {
        return Ok(None);
    }
    let lock = Lock::together(&folder)?;
    lock.map(|lock| Some(Turn { _lock: lock }))
        .map_err(|by| StoreError::Busy { restarts: true, by })
}

/// Whether a change can be written down in the state folder, as far as that is known without
/// writing.
///
/// # Errors
/// [`StoreError::NotPrivate`], [`StoreError::Foreign`] where others could write to the folder or
/// one above it; [`StoreError::Closed`], [`StoreError::Io`].
pub fn usable(state: &StateFolder) -> Result<(), StoreError> {
    let nearest = state.nearest()?;
    let rights = Access::WRITE_OK | Access::EXEC_OK;
    accessat(nearest.file(), ".", rights, AtFlags::EACCESS).or_else(|errno| match errno {
        // Kernels before 5.8 cannot be asked this way.
        Errno::NOSYS => Ok(()),
        errno => Err(failed(nearest.path())(errno.into())),
    })
}

/// Opens `name` in the state folder to write at its end; what is not there yet is made, for its
/// owner alone.
///
/// # Errors
/// As [`usable`]; [`StoreError::Damaged`] where something else lies there.
pub fn append(state: &StateFolder, name: &str) -> Result<File, StoreError> {
    state.make()?.append(name)
}

#[cfg(test)]
mod tests;
