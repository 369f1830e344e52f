//! A folder of kubepki's own, opened: what lies in it is reached through this handle alone, and no
//! link is followed.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, Stat, fchmod, fstat, mkdirat, openat, renameat, unlinkat,
};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::StoreError;
use super::error::failed;

/// Permission bits of kubepki's own folders.
pub(super) const OWN: u32 = 0o700;

/// A folder, and where it lies, to be told.
#[derive(Debug)]
pub(super) struct Folder {
    opened: File,
    path: PathBuf,
}

/// What is asked of a folder before what lies in it is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// Nobody but its owner and root puts anything into it.
    Own,
    /// Nobody but them takes away what they have put there: it may be sticky, as /tmp.
    OnTheWay,
}

impl Folder {
    pub(super) fn new(opened: File, path: PathBuf) -> Self {
        Self { opened, path }
    }

    /// Where it lies, to be told.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The handle.
    pub(super) fn file(&self) -> &File {
        &self.opened
    }

    fn at(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.path.join(name.as_ref())
    }

    fn error(&self, name: &OsStr) -> impl Fn(Errno) -> StoreError + use<> {
        let path = self.at(name);
        move |errno| match errno {
            // What the system says of a link that may not be followed: where a folder is asked for,
            // and else.
            Errno::LOOP | Errno::NOTDIR => StoreError::Damaged {
                path: path.clone(),
                why: "it is no folder".to_owned(),
            },
            errno => failed(&path)(errno.into()),
        }
    }

    /// Another handle, with locks of its own; also where this one is only a place.
    pub(super) fn again(&self) -> Result<File, StoreError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        openat(&self.opened, ".", flags, Mode::empty())
            .map(File::from)
            .map_err(|errno| failed(&self.path)(errno.into()))
    }

    /// Device and inode.
    pub(super) fn identity(&self) -> Option<(u64, u64)> {
        fstat(&self.opened)
            .ok()
            .map(|stat| (stat.st_dev, stat.st_ino))
    }

    /// The folder `name` in it; `None` where nothing has that name. Nothing is asked of it yet.
    pub(super) fn open(&self, name: impl AsRef<OsStr>) -> Result<Option<Self>, StoreError> {
        self.open_as(name, OFlags::RDONLY)
    }

    /// The same as a place alone, which need not be readable.
    pub(super) fn place(&self, name: impl AsRef<OsStr>) -> Result<Option<Self>, StoreError> {
        self.open_as(name, OFlags::PATH)
    }

    fn open_as(&self, name: impl AsRef<OsStr>, how: OFlags) -> Result<Option<Self>, StoreError> {
        let name = name.as_ref();
        let flags = how | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(&self.opened, name, flags, Mode::empty()) {
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.error(name)(errno)),
            Ok(opened) => Ok(Some(Self::new(opened.into(), self.at(name)))),
        }
    }

    /// One that is there, as [`Folder::open`], and private.
    pub(super) fn open_own(&self, name: impl AsRef<OsStr>) -> Result<Option<Self>, StoreError> {
        let opened = self.open(name)?;
        opened
            .map(|folder| folder.judged(Strictness::Own))
            .transpose()
    }

    /// Makes `name`, with exactly this mode whatever the caller's umask; one that somebody else has
    /// made meanwhile is taken as it is.
    pub(super) fn make(&self, name: impl AsRef<OsStr>, mode: u32) -> Result<Self, StoreError> {
        let name = name.as_ref();
        let is_new = match mkdirat(&self.opened, name, Mode::from_raw_mode(mode)) {
            Ok(()) => true,
            Err(Errno::EXIST) => false,
            Err(errno) => return Err(failed(&self.at(name))(errno.into())),
        };
        let folder = self
            .open(name)?
            .ok_or_else(|| self.error(name)(Errno::NOENT))?;
        if is_new {
            fchmod(&folder.opened, Mode::from_raw_mode(mode)).map_err(self.error(name))?;
        }
        Ok(folder)
    }

    /// Makes `name` for its owner alone; it must not be there.
    pub(super) fn make_new(&self, name: impl AsRef<OsStr>) -> Result<Self, StoreError> {
        let name = name.as_ref();
        mkdirat(&self.opened, name, Mode::from_raw_mode(OWN))
            .map_err(|errno| failed(&self.at(name))(errno.into()))?;
        self.open(name)?
            .ok_or_else(|| self.error(name)(Errno::NOENT))
    }

    /// It belongs to us or root, and nobody else writes to it.
    ///
    /// # Errors
    /// [`StoreError::Foreign`], [`StoreError::NotPrivate`].
    pub(super) fn judged(self, how: Strictness) -> Result<Self, StoreError> {
        let stat = fstat(&self.opened).map_err(|errno| failed(&self.path)(errno.into()))?;
        judge(&self.path, &stat, how).map(|()| self)
    }

    /// True where it is as kubepki makes its own: for its owner alone, who is the caller or root.
    pub(super) fn is_ours_alone(&self) -> bool {
        fstat(&self.opened).is_ok_and(|stat| is_ours(stat.st_uid) && stat.st_mode & 0o777 == OWN)
    }

    /// The names in it, sorted.
    pub(super) fn names(&self) -> Result<Vec<OsString>, StoreError> {
        let wrong = |errno: Errno| failed(&self.path)(errno.into());
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.opened).map_err(wrong)? {
            let name = entry.map_err(wrong)?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name));
            }
        }
        names.sort();
        Ok(names)
    }

    /// What the system says of `name` itself; `None` where nothing has that name.
    pub(super) fn stat(&self, name: impl AsRef<OsStr>) -> Result<Option<Stat>, StoreError> {
        let name = name.as_ref();
        match rustix::fs::statat(&self.opened, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => Ok(None),
            stat => stat.map(Some).map_err(self.error(name)),
        }
    }

    /// The regular file `name`, at most `most` bytes of it; `None` where nothing has that name.
    /// Nothing else is opened.
    pub(super) fn read(
        &self,
        name: impl AsRef<OsStr>,
        most: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let (name, path) = (name.as_ref(), self.at(&name));
        let Some(stat) = self.stat(name)? else {
            return Ok(None);
        };
        regular(&path, &stat, most)?;
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = openat(&self.opened, name, flags, Mode::empty())
            .map_err(|errno| failed(&path)(errno.into()))?;
        let stat = fstat(&file).map_err(|errno| failed(&path)(errno.into()))?;
        regular(&path, &stat, most)?;
        let mut bytes = Vec::with_capacity(usize::try_from(stat.st_size).unwrap_or(0) + 1);
        File::from(file)
            .take(most)
            .read_to_end(&mut bytes)
            .map_err(failed(&path))?;
        Ok(Some(bytes))
    }

    /// A new file, for its owner alone, with this content; nothing may have that name.
    pub(super) fn write_new(
        &self,
        name: impl AsRef<OsStr>,
        content: &[u8],
    ) -> Result<File, StoreError> {
        let name = name.as_ref();
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.opened, name, flags, Mode::from_raw_mode(0o600));
        let mut file = File::from(file.map_err(|errno| failed(&self.at(name))(errno.into()))?);
        file.write_all(content).map_err(failed(&self.at(name)))?;
        Ok(file)
    }

    /// Opens the regular file `name` to write at its end; made, for its owner alone, where it is
    /// not there.
    pub(super) fn append(&self, name: &str) -> Result<File, StoreError> {
        let path = self.at(name);
        if let Some(stat) = self.stat(name)? {
            regular(&path, &stat, u64::MAX)?;
        }
        let flags =
            OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = openat(
            &self.opened,
            name,
            flags | OFlags::CLOEXEC,
            Mode::from_raw_mode(0o600),
        );
        let file = File::from(file.map_err(|errno| failed(&path)(errno.into()))?);
        let stat = fstat(&file).map_err(|errno| failed(&path)(errno.into()))?;
        regular(&path, &stat, u64::MAX).map(|()| file)
    }

    /// Renames within it, over what is there.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        renameat(&self.opened, from, &self.opened, to)
            .map_err(|errno| failed(&self.at(to))(errno.into()))
    }

    /// Removes a file or link, if it is there.
    pub(super) fn remove(&self, name: impl AsRef<OsStr>) -> Result<(), StoreError> {
        self.unlink(name.as_ref(), AtFlags::empty())
    }

    /// Removes an empty folder, if it is there.
    pub(super) fn remove_folder(&self, name: impl AsRef<OsStr>) -> Result<(), StoreError> {
        self.unlink(name.as_ref(), AtFlags::REMOVEDIR)
    }

    fn unlink(&self, name: &OsStr, how: AtFlags) -> Result<(), StoreError> {
        match unlinkat(&self.opened, name, how) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(failed(&self.at(name))(errno.into())),
        }
    }

    /// Brings its names to the disk.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.again()?.sync_all().map_err(failed(&self.path))
    }
}

/// What is asked of a folder, from what the system says of it.
pub(super) fn judge(path: &Path, stat: &Stat, how: Strictness) -> Result<(), StoreError> {
    let is_sticky = stat.st_mode & 0o1000 != 0 && how == Strictness::OnTheWay;
    if !is_ours(stat.st_uid) {
        return Err(StoreError::Foreign {
            path: path.to_owned(),
            owner: stat.st_uid,
        });
    }
    if stat.st_mode & 0o022 != 0 && !is_sticky {
        return Err(StoreError::NotPrivate(path.to_owned()));
    }
    Ok(())
}

/// A regular file of at most this many bytes that has no other name: kubepki makes none of its own
/// such.
fn regular(path: &Path, stat: &Stat, most: u64) -> Result<(), StoreError> {
    let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
    let why = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile if size > most => format!("it is too large ({size} bytes)"),
        FileType::RegularFile if stat.st_nlink > 1 => "it has a second name (hard link)".to_owned(),
        FileType::RegularFile => return Ok(()),
        _ => "it is no file".to_owned(),
    };
    Err(StoreError::Damaged {
        path: path.to_owned(),
        why,
    })
}

fn is_ours(owner: u32) -> bool {
    owner == 0 || owner == geteuid().as_raw()
}
