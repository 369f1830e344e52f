//! Paths below a root. Every path is resolved inside it, absolute links too, so that a mounted
//! disk's links never lead to the host's files (design: "every path below a root is resolved inside
//! it").

mod mounts;
mod place;
mod spot;
mod writers;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags, Stat, StatxFlags, fstat, openat, openat2,
    readlinkat, statx,
};
use rustix::io::Errno;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

pub(in crate::store) use place::Below;
pub use spot::Spot;
pub(super) use writers::Folders;

use crate::store::StoreError;
pub use crate::store::guarded::Trouble;
use crate::store::guarded::{OPENED, content, regular, trouble, words};

/// How often a resolution that raced with a rename is tried again.
const TRIES: usize = 8;

/// A folder that stands for a folder of the master.
#[derive(Debug, Clone)]
pub struct Root {
    real: PathBuf,
    mounted_at: PathBuf,
    folder: Arc<OwnedFd>,
}

/// The facts of a regular file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// When the file, or the link in its place, was written or made last: the later of its
    /// modification and its birth, where the file system tells that. Owner, mode and second names
    /// do not count. What keeps both dates is not seen: an older file that is moved here, `cp -p`
    /// onto a file that is there.
    pub changed_at: Option<OffsetDateTime>,
    /// Device and inode, where no second name may lead to it but through links.
    pub identity: Option<(u64, u64)>,
    /// The link's text, where the path's last part is a link.
    pub link: Option<String>,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// Its name.
    pub name: OsString,
    /// Its type as the folder says; `Unknown` on some file systems.
    pub kind: FileType,
}

impl Root {
    /// Opens `real`, which stands for the master's `mounted_at` (absolute).
    pub fn open(real: &Path, mounted_at: &Path) -> Result<Self, StoreError> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(real, flags, Mode::empty()).map_err(|errno| match errno {
            Errno::NOENT => StoreError::NoSuchDirectory(real.to_owned()),
            Errno::NOTDIR => StoreError::NotADirectory(real.to_owned()),
            Errno::ACCESS | Errno::PERM => StoreError::NoPermission(real.to_owned()),
            other => StoreError::Io {
                path: real.to_owned(),
                why: words(other),
            },
        })?;
        Ok(Self {
            real: real.to_owned(),
            mounted_at: mounted_at.to_owned(),
            folder: folder.into(),
        })
    }

    /// The same folder, standing for another one of the master.
    #[must_use]
    pub fn mounted_at(self, mounted_at: &Path) -> Self {
        Self {
            mounted_at: mounted_at.to_owned(),
            ..self
        }
    }

    /// The folder on this machine.
    pub fn real(&self) -> &Path {
        &self.real
    }

    /// The folder of the master that it stands for.
    pub fn mount(&self) -> &Path {
        &self.mounted_at
    }

    /// True where the root is this machine's own.
    pub fn is_live(&self) -> bool {
        self.real == Path::new("/") && self.mounted_at == Path::new("/")
    }

    /// Reads the regular file `logical`, at most `limit` bytes. Nothing else than a regular file is
    /// opened.
    pub fn read(&self, logical: &Path, limit: u64) -> Result<(Zeroizing<Vec<u8>>, Facts), Trouble> {
        let facts = self.facts(logical)?;
        let opened = File::from(self.resolve(logical, OPENED).map_err(trouble)?);
        let (bytes, _) = content(&opened, limit)?;
        Ok((bytes, facts))
    }

    /// What is known of the regular file `logical` without opening it.
    pub fn facts(&self, logical: &Path) -> Result<Facts, Trouble> {
        let path_only = OFlags::PATH | OFlags::CLOEXEC;
        let here = self
            .resolve(logical, path_only | OFlags::NOFOLLOW)
            .map_err(trouble)?;
        let mut stat = fstat(&here).map_err(trouble)?;
        let mut changed_at = changed_at(&here, &stat);
        let mut link = None;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
            let text = readlinkat(&here, "", Vec::new()).map_err(trouble)?;
            let text = shown(OsStr::from_bytes(text.as_bytes()));
            let target = self
                .resolve(logical, path_only)
                .map_err(|errno| match errno {
                    Errno::NOENT => Trouble::Dangling(text.clone()),
                    Errno::XDEV => Trouble::LeadsOutside(text.clone()),
                    other => trouble(other),
                })?;
            stat = fstat(&target).map_err(trouble)?;
            changed_at = changed_at.max(self::changed_at(&target, &stat));
            link = Some(text);
        }
        regular(&stat)?;
        Ok(Facts {
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            changed_at,
            identity: (stat.st_nlink == 1).then_some((stat.st_dev, stat.st_ino)),
            link,
        })
    }

    /// The folder itself, as a place.
    pub(in crate::store) fn folder(&self) -> Result<File, StoreError> {
        let wrong = |error: std::io::Error| StoreError::Io {
            path: self.real.clone(),
            why: error.to_string(),
        };
        self.folder.try_clone().map(File::from).map_err(wrong)
    }

    /// True where a folder has that name.
    pub fn is_folder(&self, logical: &Path) -> bool {
        self.resolve(logical, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC)
            .is_ok()
    }

    /// The device and inode of a folder, by which loops are seen.
    pub(super) fn folder_identity(&self, logical: &Path) -> Result<(u64, u64), Trouble> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let stat = fstat(self.resolve(logical, flags).map_err(trouble)?).map_err(trouble)?;
        Ok((stat.st_dev, stat.st_ino))
    }

    /// The entries of a folder, sorted by name.
    pub fn list(&self, logical: &Path) -> Result<Vec<DirectoryEntry>, Trouble> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let folder = self.resolve(logical, flags).map_err(trouble)?;
        let mut entries = Vec::new();
        for entry in Dir::new(folder).map_err(trouble)? {
            let entry = entry.map_err(trouble)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                entries.push(DirectoryEntry {
                    name: OsString::from_vec(name.to_vec()),
                    kind: entry.file_type(),
                });
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn resolve(&self, logical: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
        let below = logical
            .strip_prefix(&self.mounted_at)
            .map_err(|_| Errno::XDEV)?;
        let path = if below.as_os_str().is_empty() {
            Path::new(".")
        } else {
            below
        };
        let whole = self.mounted_at == Path::new("/");
        let resolve = if whole {
            ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS
        } else {
            // Without links on the way there is nothing to map.
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS
        };
        for _ in 0..TRIES {
            match openat2(&self.folder, path, flags, Mode::empty(), resolve) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                // Linux before 5.6, or a sandbox that does not know the call.
                Err(Errno::NOSYS | Errno::PERM) => break,
                Err(Errno::LOOP | Errno::XDEV) if !whole => break,
                answer => return answer,
            }
        }
        self.resolve_by_component(below, flags)
    }

    /// The same in single steps.
    fn resolve_by_component(&self, below: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
        let spot = self.walk(below, !flags.contains(OFlags::NOFOLLOW))?;
        openat(
            &spot.folder,
            &spot.name,
            flags | OFlags::NOFOLLOW,
            Mode::empty(),
        )
    }
}

/// `path` as text; what is not UTF-8 in it is written as `\xff`.
pub fn shown(path: &OsStr) -> String {
    path.as_bytes()
        .utf8_chunks()
        .flat_map(|chunk| {
            let invalid = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"));
            std::iter::once(chunk.valid().to_owned()).chain(invalid)
        })
        .collect()
}

fn parts(path: &Path) -> impl Iterator<Item = OsString> {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    })
}

fn changed_at(file: &OwnedFd, stat: &Stat) -> Option<OffsetDateTime> {
    let told = statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::BTIME).ok();
    let born = told
        .filter(|told| told.stx_mask & StatxFlags::BTIME.bits() != 0)
        .map(|told| told.stx_btime);
    let born = born.and_then(|born| moment(born.tv_sec, born.tv_nsec.into()));
    let written = moment(stat.st_mtime, stat.st_mtime_nsec);
    // Anybody can set a modification into the future; the system notes when he did.
    written
        .max(born)
        .min(moment(stat.st_ctime, stat.st_ctime_nsec))
}

fn moment(seconds: i64, nanoseconds: u64) -> Option<OffsetDateTime> {
    let nanoseconds = i64::try_from(nanoseconds).unwrap_or(0);
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()?
        .checked_add(Duration::nanoseconds(nanoseconds))
}

#[cfg(test)]
mod tests;
