//! Where a path below a root really lies: the last folder, opened, and the name in it. What is
//! written is written there, whatever becomes of the path's links meanwhile.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, openat, readlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::{Root, Trouble, parts, shown, trouble, writers};
use crate::inventory::writer::OtherWriter;

/// As many links as Linux follows in one path.
const MOST_LINKS: usize = 40;

/// Where a path really lies.
#[derive(Debug)]
pub struct Spot {
    /// The folder, opened with `O_PATH`.
    pub(in crate::store) folder: OwnedFd,
    /// The name in it; "." where the path is the root itself. Nothing need have that name.
    pub(in crate::store) name: OsString,
    /// The path as on the master without a link on the way.
    pub(in crate::store) path: PathBuf,
    /// The text of the link that the last part of the path is, where it was followed.
    pub(in crate::store) through: Option<String>,
    /// The first folder on the way to which others than root and the caller may write.
    pub(in crate::store) open_folder: Option<PathBuf>,
    /// The first link on the way in such a folder or below.
    pub(in crate::store) open_link: Option<PathBuf>,
    /// Who beside root and the caller can lead the way elsewhere, by the folders on it.
    pub(in crate::store) writers: BTreeSet<OtherWriter>,
}

impl Spot {
    /// Why nothing is changed at the end of this way: others can lead it elsewhere.
    pub(in crate::store) fn exposed(&self) -> Option<String> {
        let link = shown(self.open_link.as_ref()?.as_os_str());
        Some(format!(
            "{link} is a link, and others may write to its folder"
        ))
    }
}

/// The folders from the root on, and what was met on the way.
#[derive(Default)]
struct WalkedPath {
    folders: Vec<(OsString, OwnedFd)>,
    through: Option<String>,
    open_folder: Option<PathBuf>,
    open_link: Option<PathBuf>,
    writers: BTreeSet<OtherWriter>,
}

impl Root {
    /// Where `logical` lies. Links on the way are followed inside the root, the last part only
    /// where `follow` says so. The folder must be there, the file need not.
    pub(in crate::store) fn spot(&self, logical: &Path, follow: bool) -> Result<Spot, Trouble> {
        let below = logical
            .strip_prefix(&self.mounted_at)
            .map_err(|_| Trouble::Outside)?;
        self.walk(below, follow).map_err(trouble)
    }

    /// What openat2 does, in single steps: where the steps themselves matter, for old kernels, and
    /// for folders in whose links the master's absolute paths must first be mapped.
    pub(super) fn walk(&self, below: &Path, follow: bool) -> Result<Spot, Errno> {
        let mut pending: VecDeque<OsString> = parts(below).collect();
        let mut way = WalkedPath::default();
        way.enter(
            self,
            OsString::new(),
            self.folder.try_clone().map_err(|_| Errno::MFILE)?,
        )?;
        let mut links = 0;
        while let Some(name) = pending.pop_front() {
            if name == ".." {
                way.leave(self)?;
                continue;
            }
            let here = openat(
                way.top()?,
                &name,
                OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
                Mode::empty(),
            );
            let here = match here {
                Err(Errno::NOENT) if pending.is_empty() => return way.end(self, name),
                here => here?,
            };
            let is_link = FileType::from_raw_mode(fstat(&here)?.st_mode) == FileType::Symlink;
            if is_link && (follow || !pending.is_empty()) {
                links += 1;
                if links > MOST_LINKS {
                    return Err(Errno::LOOP);
                }
                for part in way
                    .follow(self, &name, &here, pending.is_empty())?
                    .into_iter()
                    .rev()
                {
                    pending.push_front(part);
                }
            } else if pending.is_empty() {
                return way.end(self, name);
            } else {
                way.enter(self, name, here)?;
            }
        }
        way.end(self, OsString::from("."))
    }
}

impl WalkedPath {
    fn top(&self) -> Result<&OwnedFd, Errno> {
        self.folders
            .last()
            .map(|(_, folder)| folder)
            .ok_or(Errno::XDEV)
    }

    /// Where it stands, as on the master.
    fn path(&self, root: &Root) -> PathBuf {
        self.folders
            .iter()
            .skip(1)
            .fold(root.mounted_at.clone(), |path, (name, _)| path.join(name))
    }

    fn enter(&mut self, root: &Root, name: OsString, folder: OwnedFd) -> Result<(), Errno> {
        let stat = fstat(&folder)?;
        if root.is_of_this_machine(&folder) {
            return Err(Errno::XDEV);
        }
        self.folders.push((name, folder));
        if is_private(&stat) {
            return Ok(());
        }
        let path = self.path(root);
        if let Some((_, folder)) = self.folders.last() {
            writers::add(
                &mut self.writers,
                (folder.as_fd(), OsStr::new(".")),
                &stat,
                &path,
            );
        }
        self.open_folder.get_or_insert(path);
        Ok(())
    }

    fn leave(&mut self, root: &Root) -> Result<(), Errno> {
        if self.folders.len() > 1 {
            self.folders.pop();
        } else if root.mounted_at != Path::new("/") {
            return Err(Errno::XDEV);
        }
        Ok(())
    }

    /// The parts of the path to which the link leads, from here or, where it is absolute, from the
    /// root.
    fn follow(
        &mut self,
        root: &Root,
        name: &OsStr,
        link: &OwnedFd,
        is_last: bool,
    ) -> Result<Vec<OsString>, Errno> {
        let text = readlinkat(link.as_fd(), "", Vec::new())?;
        let mut target = Path::new(OsStr::from_bytes(text.as_bytes()));
        if is_last && self.through.is_none() {
            self.through = Some(shown(target.as_os_str()));
        }
        if self.open_folder.is_some() && self.open_link.is_none() {
            self.open_link = Some(self.path(root).join(name));
        }
        if target.is_absolute() {
            self.folders.truncate(1);
            target = target
                .strip_prefix(&root.mounted_at)
                .map_err(|_| Errno::XDEV)?;
        }
        Ok(parts(target).collect())
    }

    fn end(mut self, root: &Root, name: OsString) -> Result<Spot, Errno> {
        let path = if name == "." {
            self.path(root)
        } else {
            self.path(root).join(&name)
        };
        let (_, folder) = self.folders.pop().ok_or(Errno::XDEV)?;
        let Self {
            through,
            open_folder,
            open_link,
            writers,
            ..
        } = self;
        Ok(Spot {
            folder,
            name,
            path,
            through,
            open_folder,
            open_link,
            writers,
        })
    }
}

/// True where nobody but root and the caller can put something else at a name in this folder.
fn is_private(folder: &Stat) -> bool {
    let is_ours = folder.st_uid == 0 || folder.st_uid == geteuid().as_raw();
    is_ours && folder.st_mode & 0o022 == 0
}
