//! kubepki's own folder: for root below the master's root, so that it travels with the disk; for others in their home.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, OFlags, accessat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::Error;
use super::lock::Lock;

/// The folder of root's state, below the master's root.
pub(super) const OF_ROOT: &str = "var/lib/kubepki";

/// Where the state lies that goes with `root`.
///
/// # Errors
/// [`Error::Io`] where the user has no home, or a link on a mounted disk leads out of it.
pub fn default_folder(root: &Path) -> Result<PathBuf, Error> {
    if geteuid().is_root() {
        return below(root);
    }
    let none = || Error::Io { path: PathBuf::from("~"), why: "you have no home folder".to_owned() };
    let own = directories::ProjectDirs::from("", "", "kubepki").ok_or_else(none)?;
    Ok(own.state_dir().unwrap_or_else(|| own.data_local_dir()).to_owned())
}

fn below(root: &Path) -> Result<PathBuf, Error> {
    let folder = root.join(OF_ROOT);
    let real = |path: &Path| fs::canonicalize(path).map_err(failed(path));
    if real(nearest(&folder))?.starts_with(real(root)?) {
        Ok(folder)
    } else {
        Err(Error::Io { path: folder, why: "a link leads out of the root".to_owned() })
    }
}

/// The folder itself or the one above it that is there, be it as a link.
fn nearest(folder: &Path) -> &Path {
    folder.ancestors().find(|above| above.symlink_metadata().is_ok()).unwrap_or(Path::new("/"))
}

/// The state folder as an absolute path, whether it is there or could be made. Makes nothing: a link on the way, as
/// on a mounted disk, must not lead to where others write.
///
/// # Errors
/// As [`prepare`].
pub(super) fn place(folder: &Path) -> Result<PathBuf, Error> {
    let folder = std::path::absolute(folder).map_err(failed(folder))?;
    check(nearest(&folder))?;
    Ok(folder)
}

/// The state folder as an absolute path; what is not there yet is made, for its owner alone.
///
/// # Errors
/// [`Error::NotPrivate`] where others could write to the folder or one above it; [`Error::Io`].
pub fn prepare(folder: &Path) -> Result<PathBuf, Error> {
    let folder = place(folder)?;
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed(&folder))?;
    Ok(folder)
}

/// The turn of one who restarts components, or of those who change files, until this is dropped.
#[derive(Debug)]
pub struct Turn {
    _lock: Lock,
}

/// Takes the turn to restart a component: until it is dropped no other kubepki restarts one or changes files.
///
/// # Errors
/// [`Error::Busy`]; as [`prepare`].
pub fn turn_to_restart(folder: &Path) -> Result<Turn, Error> {
    let folder = prepare(folder)?;
    Lock::alone(&folder).map_err(failed(&folder))?.map(|lock| Turn { _lock: lock }).map_err(|by| {
        let restarts = Lock::together(&folder).is_ok_and(|lock| lock.is_err());
        Error::Busy { restarts, by }
    })
}

/// Takes a turn to change files: until it is dropped no other kubepki restarts a component. `None`: nothing was done yet
/// that is kept here, and nobody waits for a restart.
///
/// # Errors
/// [`Error::Busy`]; [`Error::Io`].
pub fn turn_to_change(folder: &Path) -> Result<Option<Turn>, Error> {
    if !folder.join(super::journal::OPERATIONS).is_dir() {
        return Ok(None);
    }
    let lock = Lock::together(folder).map_err(failed(folder))?;
    lock.map(|lock| Some(Turn { _lock: lock })).map_err(|by| Error::Busy { restarts: true, by })
}

/// Whether a change can be written down in the state folder, as far as that is known without writing.
///
/// # Errors
/// As [`prepare`].
pub fn usable(folder: &Path) -> Result<(), Error> {
    let folder = place(folder)?;
    let nearest = nearest(&folder);
    let rights = Access::WRITE_OK | Access::EXEC_OK;
    accessat(CWD, nearest, rights, AtFlags::EACCESS).or_else(|errno| match errno {
        // Kernels before 5.8 cannot be asked this way.
        Errno::NOSYS => Ok(()),
        errno => Err(failed(nearest)(errno.into())),
    })
}

/// Opens `name` in the state folder to write at its end; what is not there yet is made, for its owner alone.
///
/// # Errors
/// As [`prepare`].
pub fn append(folder: &Path, name: &str) -> Result<File, Error> {
    let path = prepare(folder)?.join(name);
    let flags = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
    OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(flags).open(&path).map_err(failed(&path))
}

/// The system's words about `path`.
pub(super) fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |error| match error.kind() {
        ErrorKind::PermissionDenied => Error::Closed(path),
        // Without the number that the standard library puts behind the system's words.
        _ => Error::Io { path, why: error.to_string().split(" (os error").next().unwrap_or_default().to_owned() },
    }
}

/// Every folder up to the root belongs to us or root, and only they write to it (or it is sticky, as /tmp).
///
/// # Errors
/// [`Error::NotPrivate`], [`Error::Foreign`] name the first for which that is not so; [`Error::Closed`], [`Error::Io`].
pub fn check(folder: &Path) -> Result<(), Error> {
    let real = fs::canonicalize(folder).map_err(failed(folder))?;
    for above in real.ancestors() {
        let facts = above.metadata().map_err(failed(folder))?;
        let owner = facts.uid();
        if owner != 0 && owner != geteuid().as_raw() {
            return Err(Error::Foreign { path: above.to_owned(), owner });
        }
        if facts.mode() & 0o022 != 0 && facts.mode() & 0o1000 == 0 {
            return Err(Error::NotPrivate(above.to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_made_is_its_owners_alone_and_grows() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("a/b");
        for line in ["one\n", "two\n"] {
            append(&state, "log").unwrap().write_all(line.as_bytes()).unwrap();
        }
        let mode = |path: &Path| path.metadata().unwrap().mode() & 0o777;
        assert_eq!((mode(&state), mode(&state.join("log"))), (0o700, 0o600));
        assert_eq!(fs::read_to_string(state.join("log")).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn the_state_of_a_mounted_disk_stays_on_it() {
        let disk = tempfile::tempdir().unwrap();
        assert_eq!(below(disk.path()), Ok(disk.path().join(OF_ROOT)));
        std::os::unix::fs::symlink("/var", disk.path().join("var")).unwrap();
        assert!(matches!(below(disk.path()), Err(Error::Io { .. })));
    }

    #[test]
    fn nothing_is_written_where_others_write_or_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let open = folder.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        for state in [open.clone(), open.join("below")] {
            assert!(matches!(append(&state, "log"), Err(Error::NotPrivate(_))), "{state:?}");
        }
        assert_eq!(usable(&open.join("below")), Err(Error::NotPrivate(open.clone())));
        if geteuid().is_root() {
            fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
            std::os::unix::fs::chown(&open, Some(1000), None).unwrap();
            let error = usable(&open).unwrap_err();
            assert_eq!(error, Error::Foreign { path: open.clone(), owner: 1000 });
            assert!(error.to_string().contains("uid 1000") && error.hint().contains("chown root"), "{error}");
        }
        let state = folder.path().join("state");
        fs::create_dir(&state).unwrap();
        assert_eq!(usable(&state.join("a/b")), Ok(()));
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), state.join("log")).unwrap();
        assert!(matches!(append(&state, "log"), Err(Error::Io { .. })));
        assert!(!folder.path().join("elsewhere").exists());
    }
}
