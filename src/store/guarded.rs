//! The one way in which the content of a file comes in: regular files, bounded in size. A FIFO
//! waits for ever, a device may be anything, and who can put one in place of a file need not be who
//! runs kubepki.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd as _;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, open};
use rustix::io::Errno;
use zeroize::Zeroizing;

pub use crate::inventory::unread::{Form, Trouble};

/// More than the kernel lets a line of /proc be: a command line has 6 MB at most (execve(2)).
const MOST_OF_PROC: u64 = 8 << 20;

/// The most that is read of settings, a keymap or a theme, in bytes: the shipped ones have a tenth.
pub const MOST_OF_CONFIG: u64 = 64 << 10;

/// What stands for standard input in place of a file's name.
pub const INPUT: &str = "-";

/// Flags with which a file is opened for [`content`]: nothing waits, and no terminal becomes ours.
pub(super) const OPENED: OFlags = OFlags::RDONLY
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// The content of a regular file that is opened with [`OPENED`], and how it stands.
pub(super) fn content(file: &File, limit: u64) -> Result<(Zeroizing<Vec<u8>>, Stat), Trouble> {
    let stat = fstat(file).map_err(trouble)?;
    regular(&stat)?;
    let size = u64::try_from(stat.st_size).unwrap_or(0);
    if size > limit {
        return Err(Trouble::TooLarge(limit));
    }
    Ok((all(file, size, limit)?, stat))
}

/// All of a source, of which `size` bytes are expected.
fn all(source: impl Read, size: u64, limit: u64) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    // Room for all of it at once: growing would leave unwiped copies of a key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(size).unwrap_or(0).saturating_add(1),
    ));
    source
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| Trouble::Io(error.to_string()))?;
    if bytes.len() as u64 > limit {
        Err(Trouble::TooLarge(limit))
    } else {
        Ok(bytes)
    }
}

/// Whether it is a regular file; else what it is.
pub(super) fn regular(stat: &Stat) -> Result<(), Trouble> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(()),
        FileType::Directory => Err(Trouble::NotAFile(Form::Directory)),
        FileType::Fifo => Err(Trouble::NotAFile(Form::Fifo)),
        FileType::Socket => Err(Trouble::NotAFile(Form::Socket)),
        FileType::CharacterDevice | FileType::BlockDevice => Err(Trouble::NotAFile(Form::Device)),
        FileType::Symlink | FileType::Unknown => Err(Trouble::NotAFile(Form::Special)),
    }
}

/// A regular file of this machine, links followed; at most `limit` bytes.
///
/// # Errors
/// [`Trouble`]; nothing but a regular file is opened.
pub fn read(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let here = open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).map_err(trouble)?;
    regular(&fstat(&here).map_err(trouble)?)?;
    let file = File::from(open(path, OPENED, Mode::empty()).map_err(trouble)?);
    content(&file, limit).map(|(bytes, _)| bytes)
}

/// The same as text.
///
/// # Errors
/// As [`read`]; [`Trouble::NotText`].
pub fn text(path: &Path, limit: u64) -> Result<String, Trouble> {
    let bytes = read(path, limit)?;
    std::str::from_utf8(&bytes)
        .map(str::to_owned)
        .map_err(|_| Trouble::NotText)
}

/// What the kernel says at a path below /proc; `None` where it says nothing.
pub fn proc(path: impl AsRef<Path>) -> Option<Vec<u8>> {
    read(path.as_ref(), MOST_OF_PROC)
        .ok()
        .map(|bytes| bytes.to_vec())
}

/// The same as text; empty where it says nothing.
pub fn proc_text(path: impl AsRef<Path>) -> String {
    proc(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

/// A file that whoever started kubepki named: [`INPUT`] is standard input. What he opened himself
/// and named by its number, as a shell's `<(…)` does, is read to its end too.
///
/// # Errors
/// As [`read`].
pub fn given(name: &str, limit: u64) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    if name == INPUT {
        // Without the buffer that Rust's own keeps until the process ends: what is piped in may be
        // a key or a passphrase.
        let opened = std::io::stdin().as_fd().try_clone_to_owned();
        return all(
            File::from(opened.map_err(|error| Trouble::Io(error.to_string()))?),
            limit,
            limit,
        );
    }
    let path = Path::new(name);
    let own = [Path::new("/dev/fd"), Path::new("/proc/self/fd")];
    let is_opened = path == Path::new("/dev/stdin")
        || path.parent().is_some_and(|folder| own.contains(&folder));
    if is_opened {
        let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
        return all(
            File::from(open(path, flags, Mode::empty()).map_err(trouble)?),
            limit,
            limit,
        );
    }
    read(path, limit)
}

pub(super) fn trouble(errno: Errno) -> Trouble {
    match errno {
        Errno::NOENT | Errno::NOTDIR => Trouble::Absent,
        Errno::LOOP => Trouble::LinkLoop,
        Errno::XDEV => Trouble::Outside,
        Errno::ACCESS | Errno::PERM => Trouble::Denied,
        other => Trouble::Io(words(other)),
    }
}

pub(super) fn words(errno: Errno) -> String {
    std::io::Error::from(errno).to_string()
}
