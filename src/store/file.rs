//! One new file or link beside the place where it shall be, and what is kept of the one that is
//! there.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, RenameFlags, Uid, XattrFlags, chownat, fchmod, fchown, fgetxattr,
    flistxattr, fremovexattr, fsetxattr, linkat, openat, renameat_with, symlinkat, unlinkat,
};
use rustix::io::Errno;

use crate::record::Attributes;

/// An extended attribute is no larger (limits.h, XATTR_SIZE_MAX), nor is the list of their names.
const MOST_OF_AN_ATTRIBUTE: usize = 64 << 10;

/// Hashes of the old content: they must not go with the new one.
const OF_THE_CONTENT: [&[u8]; 2] = [b"security.ima", b"security.evm"];

/// The attribute of an ACL (acl(5)).
const ACCESS_LIST: &[u8] = b"system.posix_acl_access";

/// As many syncs wait for the disk at a time: it does them together.
const SYNCS_AT_A_TIME: usize = 8;

/// Makes `name`, which must not be there, for its owner alone from the first byte on; owner,
/// extended attributes (those of `like`) and mode come last. Not synced yet.
pub(super) fn write_new(
    folder: &File,
    name: &OsStr,
    content: &[u8],
    attributes: Attributes,
    like: Option<&File>,
) -> Result<File, Errno> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(openat(folder, name, flags, Mode::from_raw_mode(0o600))?);
    file.write_all(content)
        .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    set_owner(&file, attributes)?;
    if let Some(like) = like {
        copy_extended(like, &file)?;
    }
    fchmod(&file, Mode::from_raw_mode(attributes.mode))?;
    Ok(file)
}

/// Owner and group; the mode may lose bits by that and comes after it.
fn set_owner(file: &File, attributes: Attributes) -> Result<(), Errno> {
    fchown(
        file,
        Some(Uid::from_raw(attributes.owner)),
        Some(Gid::from_raw(attributes.group)),
    )
}

/// Owner, group and mode of an opened file or folder.
pub(super) fn set_attributes(file: &File, attributes: Attributes) -> Result<(), Errno> {
    set_owner(file, attributes)?;
    fchmod(file, Mode::from_raw_mode(attributes.mode))
}

/// Copies the extended attributes (SELinux label, ACL, user's). One that is there already need not
/// be allowed.
pub(super) fn copy_extended(from: &File, to: &File) -> Result<(), Errno> {
    let names = names_of_extended(from)?;
    for name in names
        .iter()
        .filter(|name| !OF_THE_CONTENT.contains(&name.as_slice()))
    {
        let Some(value) = extended(from, name)? else {
            continue;
        };
        match fsetxattr(to, name.as_slice(), &value, XattrFlags::empty()) {
            Err(_) if extended(to, name)?.as_ref() == Some(&value) => {}
            answer => answer?,
        }
    }
    // The folder's default ACL, where the old file had none.
    let acl = ACCESS_LIST.to_vec();
    if !names.contains(&acl) && names_of_extended(to)?.contains(&acl) {
        fremovexattr(to, ACCESS_LIST)?;
    }
    Ok(())
}

fn names_of_extended(file: &File) -> Result<Vec<Vec<u8>>, Errno> {
    let mut names = Vec::with_capacity(MOST_OF_AN_ATTRIBUTE);
    match flistxattr(file, rustix::buffer::spare_capacity(&mut names)) {
        Err(Errno::NOTSUP) => return Ok(Vec::new()),
        answer => answer?,
    };
    Ok(names
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(<[u8]>::to_vec)
        .collect())
}

fn extended(file: &File, name: &[u8]) -> Result<Option<Vec<u8>>, Errno> {
    let mut value = Vec::with_capacity(MOST_OF_AN_ATTRIBUTE);
    match fgetxattr(file, name, rustix::buffer::spare_capacity(&mut value)) {
        Err(Errno::NODATA | Errno::NOTSUP) => Ok(None),
        Err(errno) => Err(errno),
        Ok(_) => Ok(Some(value)),
    }
}

/// Makes the link `name`, which must not be there.
pub(super) fn link_new(
    folder: &File,
    name: &OsStr,
    text: &str,
    owner: Option<(u32, u32)>,
) -> Result<(), Errno> {
    symlinkat(text, folder, name)?;
    let Some((owner, group)) = owner else {
        return Ok(());
    };
    let (owner, group) = (Some(Uid::from_raw(owner)), Some(Gid::from_raw(group)));
    chownat(folder, name, owner, group, AtFlags::SYMLINK_NOFOLLOW)
}

/// Renames over what is at `to`, or where `fresh` only if nothing is.
pub(super) fn rename(folder: &File, from: &OsStr, to: &OsStr, fresh: bool) -> Result<(), Errno> {
    let flags = if fresh {
        RenameFlags::NOREPLACE
    } else {
        RenameFlags::empty()
    };
    match renameat_with(folder, from, folder, to, flags) {
        // File systems that do not know the flag.
        Err(Errno::INVAL | Errno::NOSYS) if fresh => {
            linkat(folder, from, folder, to, AtFlags::empty())?;
            unlinkat(folder, from, AtFlags::empty())
        }
        answer => answer,
    }
}

/// Removes a file or link, if it is there. True where it was.
pub(super) fn remove(folder: &File, name: &OsStr) -> Result<bool, Errno> {
    match unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// Removes a folder, if it is there and empty.
pub(super) fn remove_folder(folder: &File, name: &OsStr) -> Result<(), Errno> {
    match unlinkat(folder, name, AtFlags::REMOVEDIR) {
        Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST) => Ok(()),
        answer => answer,
    }
}

/// The last part of a path.
pub(super) fn name_of(path: &str) -> &OsStr {
    OsStr::from_bytes(path.rsplit('/').next().unwrap_or_default().as_bytes())
}

/// Brings files and folders to the disk, several at a time. The first error, with the file's place
/// in the list.
pub(super) fn sync_all(files: &[&File]) -> Result<(), (usize, std::io::Error)> {
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(at) else {
                return Ok(());
            };
            file.sync_all().map_err(|error| (at, error))?;
        }
    };
    if files.len() < 2 {
        return work();
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..SYNCS_AT_A_TIME.min(files.len()))
            .map(|_| scope.spawn(work))
            .collect();
        let stopped = || Err((0, std::io::Error::other("a thread stopped")));
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| stopped()))
    })
}
