//! kubepki's own folder: for root below the master's root, so that it travels with the disk; for others in their home.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::geteuid;

use super::Error;

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
pub fn place(folder: &Path) -> Result<PathBuf, Error> {
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
    move |error| Error::Io { path, why: error.to_string() }
}

/// Every folder up to the root belongs to us or root, and only they write to it (or it is sticky, as /tmp).
///
/// # Errors
/// [`Error::NotPrivate`] names the first that does not; [`Error::Io`].
pub fn check(folder: &Path) -> Result<(), Error> {
    let real = fs::canonicalize(folder).map_err(failed(folder))?;
    for above in real.ancestors() {
        let facts = above.metadata().map_err(failed(folder))?;
        let is_ours = facts.uid() == 0 || facts.uid() == geteuid().as_raw();
        let others_write = facts.mode() & 0o022 != 0 && facts.mode() & 0o1000 == 0;
        if !is_ours || others_write {
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
        let state = folder.path().join("state");
        fs::create_dir(&state).unwrap();
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), state.join("log")).unwrap();
        assert!(matches!(append(&state, "log"), Err(Error::Io { .. })));
        assert!(!folder.path().join("elsewhere").exists());
    }
}
