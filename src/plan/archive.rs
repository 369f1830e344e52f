//! A node's files as one tar archive, owners and modes in it (POSIX.1-1988 ustar with GNU's long
//! names).

use std::io::{Cursor, Read as _};

use tar::{Archive, Builder, EntryType, Header};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::PlanError;
use super::files::folders_of;
use crate::pki::Secret;

/// The unit of an archive, in bytes.
const BLOCK: usize = 512;

/// A header, and before it the header and blocks of a name that is too long for it.
const BLOCKS_OF_A_NAME: usize = 12;

/// A longer path is none of an archive's.
const LONGEST_PATH: usize = 4096;

/// One file or folder, root's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Absolute; in the archive it stands without the first "/".
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// `None`: a folder.
    pub content: Option<Secret>,
}

/// The archive of `members`, in their order, each changed at `moment`. It is read back before it is
/// given out.
///
/// # Errors
/// [`PlanError::Refused`] where the archive would not hold exactly these.
pub(super) fn write(members: &[Member], moment: OffsetDateTime) -> Result<Secret, PlanError> {
    let failed = |why: &dyn std::fmt::Display| {
        PlanError::refused("no archive could be made").because(why.to_string())
    };
    if let Some(long) = members
        .iter()
        .find(|member| member.path.len() > LONGEST_PATH)
    {
        return Err(failed(&format!(
            "a path of {} bytes is too long",
            long.path.len()
        )));
    }
    // Room for all of it at once: growing would leave unwiped copies of keys behind.
    let room = members.iter().map(blocks).sum::<usize>() * BLOCK + 2 * BLOCK;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    let start = bytes.as_ptr();
    let mut archive = Builder::new(&mut *bytes);
    for member in members {
        let content = member.content.as_ref().map_or(&[][..], Secret::expose);
        let mut header = header(member, content.len(), moment);
        let path = member.path.trim_start_matches('/');
        archive
            .append_data(&mut header, path, content)
            .map_err(|error| failed(&error))?;
    }
    archive.finish().map_err(|error| failed(&error))?;
    drop(archive);
    if bytes.as_ptr() != start {
        return Err(failed(&"it has become larger than was reckoned"));
    }
    let archive = Secret::from(bytes);
    if read(&archive)? == members {
        Ok(archive)
    } else {
        Err(failed(&"read back, it is not what was written"))
    }
}

/// At most as many blocks are written for it.
fn blocks(member: &Member) -> usize {
    BLOCKS_OF_A_NAME
        + member
            .content
            .as_ref()
            .map_or(0, |content| content.len().div_ceil(BLOCK))
}

fn header(member: &Member, size: usize, moment: OffsetDateTime) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(if member.content.is_some() {
        EntryType::Regular
    } else {
        EntryType::Directory
    });
    header.set_size(size as u64);
    header.set_mode(member.mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(u64::try_from(moment.unix_timestamp()).unwrap_or(0));
    // The numbers count where the names are not known; neither name is too long.
    let _ = header
        .set_username("root")
        .and_then(|()| header.set_groupname("root"));
    header
}

/// What an archive of [`Member`]s holds, in its order.
///
/// # Errors
/// [`PlanError::Refused`] where it is damaged, or holds what kubepki puts into none.
pub fn read(archive: &Secret) -> Result<Vec<Member>, PlanError> {
    let failed = |why: &dyn std::fmt::Display| {
        PlanError::refused("the archive cannot be read").because(why.to_string())
    };
    let mut archive = Archive::new(Cursor::new(archive.expose()));
    let mut members = Vec::new();
    for entry in archive.entries().map_err(|error| failed(&error))? {
        let mut entry = entry.map_err(|error| failed(&error))?;
        let path = entry.path_bytes();
        let path = std::str::from_utf8(&path)
            .map_err(|error| failed(&error))?
            .trim_end_matches('/');
        let path = format!("/{path}");
        let header = entry.header();
        let owners = (header.uid().ok(), header.gid().ok());
        let mode = header.mode().map_err(|error| failed(&error))?;
        let is_file = match header.entry_type() {
            EntryType::Regular => true,
            EntryType::Directory => false,
            _ => return Err(failed(&format!("{path} is neither file nor folder"))),
        };
        if owners != (Some(0), Some(0)) {
            return Err(failed(&format!("{path} is not root's")));
        }
        let mut content = Zeroizing::new(Vec::with_capacity(
            usize::try_from(entry.size()).unwrap_or(0) + 1,
        ));
        entry
            .read_to_end(&mut content)
            .map_err(|error| failed(&error))?;
        members.push(Member {
            path,
            mode,
            content: is_file.then(|| Secret::from(content)),
        });
    }
    Ok(members)
}

/// Folders of every Linux system: an archive that held them would change their modes where they
/// differ (hier(7)).
const OF_THE_SYSTEM: [&str; 11] = [
    "/etc",
    "/var",
    "/var/lib",
    "/opt",
    "/srv",
    "/usr",
    "/usr/local",
    "/usr/local/etc",
    "/root",
    "/home",
    "/tmp",
];

/// The folders above a file that no other system has.
pub(super) fn own_folders(path: &str) -> impl Iterator<Item = &str> {
    folders_of(path).filter(|folder| !OF_THE_SYSTEM.contains(folder))
}

/// The outermost part of a path that an archive may hold.
pub(super) fn top(path: &str) -> &str {
    own_folders(path).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn file(path: &str, content: &[u8]) -> Member {
        Member {
            path: path.to_owned(),
            mode: 0o600,
            content: Some(Secret::new(content.to_vec())),
        }
    }

    #[test]
    fn an_archive_holds_what_was_put_in() {
        let long = format!("/etc/{}/{}", "folder".repeat(30), "a".repeat(200));
        let members = [
            Member {
                path: "/etc/kubernetes".to_owned(),
                mode: 0o755,
                content: None,
            },
            file("/etc/kubernetes/a.key", b"a key"),
            file("/etc/kubernetes/empty", b""),
            file("/etc/kubernetes/full", &[7; 512]),
            file(&long, &vec![9; 70_000]),
        ];
        let archive = write(&members, datetime!(2026-11-22 03:12:05 UTC)).unwrap();
        assert_eq!(read(&archive).unwrap(), members);
        assert_eq!(
            archive,
            write(&members, datetime!(2026-11-22 03:12:05 UTC)).unwrap()
        );
        assert_eq!(archive.len() % BLOCK, 0);
    }

    #[test]
    fn what_cannot_be_in_one_and_what_is_none_is_refused() {
        let now = datetime!(2026-11-22 03:12:05 UTC);
        for path in [format!("/{}", "a".repeat(5000)), "/etc/../a".to_owned()] {
            assert!(write(&[file(&path, b"x")], now).is_err(), "{path:?}");
        }
        for bytes in [vec![1; 511], vec![1; 2048]] {
            assert!(read(&Secret::new(bytes)).is_err());
        }
    }
}
