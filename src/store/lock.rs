//! Folders locked while something in them is done. There is no lock file: the kernel frees the
//! locks with the process (flock(2)).

use std::fs::{File, TryLockError};

use rustix::fs::{fstat, major, minor};

use super::StoreError;
use super::error::failed;
use super::folder::Folder;
use super::guarded;

/// A folder locked until this is dropped. It is unlocked, not only closed: a process that is being
/// started at that moment has a copy of it.
#[derive(Debug)]
pub(super) struct Lock(pub(super) File);

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

impl Lock {
    /// Waits for it.
    pub(super) fn wait(folder: &Folder) -> Result<Self, StoreError> {
        let opened = folder.again()?;
        opened.lock().map_err(failed(folder.path()))?;
        Ok(Self(opened))
    }

    /// Takes it where nobody has it; else says who does.
    pub(super) fn alone(folder: &Folder) -> Result<Result<Self, String>, StoreError> {
        Self::take(folder, File::try_lock)
    }

    /// Takes it beside others who do so; else says who has it alone.
    pub(super) fn together(folder: &Folder) -> Result<Result<Self, String>, StoreError> {
        Self::take(folder, File::try_lock_shared)
    }

    fn take(
        folder: &Folder,
        lock: fn(&File) -> Result<(), TryLockError>,
    ) -> Result<Result<Self, String>, StoreError> {
        let opened = folder.again()?;
        match lock(&opened) {
            Ok(()) => Ok(Ok(Self(opened))),
            Err(TryLockError::WouldBlock) => {
                Ok(Err(identity(&opened).map_or_else(String::new, holder)))
            }
            Err(TryLockError::Error(error)) => Err(failed(folder.path())(error)),
        }
    }

    /// True where nobody has it.
    pub(super) fn is_free(folder: &Folder) -> Result<bool, StoreError> {
        let opened = folder.again()?;
        let is_free = opened.try_lock_shared().is_ok();
        drop(Self(opened));
        Ok(is_free)
    }
}

pub(super) fn identity(folder: &File) -> Option<(u64, u64)> {
    fstat(folder).ok().map(|stat| (stat.st_dev, stat.st_ino))
}

/// Who holds a lock on a folder, from /proc/locks (proc_locks(5)).
pub(super) fn holder((device, inode): (u64, u64)) -> String {
    let locks = guarded::proc_text("/proc/locks");
    let pid = locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, pid, identity, ..] = words[..] else {
            return None;
        };
        let held = format!("{:02x}:{:02x}:{inode}", major(device), minor(device));
        // Some file systems show another device to users: there the inode must do.
        (identity == held || identity.rsplit(':').next() == Some(&*inode.to_string()))
            .then_some(pid)
    });
    let Some(pid) = pid else {
        return "another process".to_owned();
    };
    let name = guarded::proc_text(format!("/proc/{pid}/comm"));
    match name.trim() {
        "" => format!("pid {pid}"),
        name => format!("pid {pid} ({})", crate::pki::text::printable(name)),
    }
}
