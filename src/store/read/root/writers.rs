//! Who beside root and the caller can change what lies at a path: by every folder on the way to it,
//! through links too, and by the file itself.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{FileType, Mode, OFlags, Stat, fgetxattr, fstat, openat};
use rustix::io::Errno;
use rustix::process::{getegid, geteuid};

use super::{Facts, Root, shown};
use crate::inventory::writer::{OtherWriter, Who, Writers, joined};

impl Root {
    /// Who can change the file `logical`, or put another one in its place; of a name that nothing
    /// has, who can put something there. Where the way cannot be looked at, that is everybody.
    pub(in crate::store) fn writers(&self, logical: &Path) -> Writers {
        let Ok(below) = logical.strip_prefix(&self.mounted_at) else {
            return None;
        };
        let spot = match self.walk(below, true) {
            Ok(spot) => spot,
            Err(Errno::NOENT | Errno::NOTDIR) => return self.writers(logical.parent()?),
            Err(_) => {
                return Some(
                    [OtherWriter {
                        who: Who::Everyone,
                        path: shown(logical.as_os_str()).into(),
                    }]
                    .into(),
                );
            }
        };
        let mut all = spot.writers;
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        if let Ok(here) = openat(&spot.folder, &spot.name, flags, Mode::empty())
            && let Ok(stat) = fstat(&here)
        {
            add(
                &mut all,
                (spot.folder.as_fd(), &spot.name),
                &stat,
                &spot.path,
            );
        }
        (!all.is_empty()).then(|| all.into_iter().collect())
    }
}

/// Adds who can write to what `stat` is of, which lies at `path`: under this name in this folder.
pub(super) fn add(
    all: &mut BTreeSet<OtherWriter>,
    here: (BorrowedFd<'_>, &OsStr),
    stat: &Stat,
    path: &Path,
) {
    for who in who(stat, || has_list(here)) {
        all.insert(OtherWriter {
            who,
            path: shown(path.as_os_str()).into(),
        });
    }
}

fn who(stat: &Stat, has_list: impl FnOnce() -> bool) -> Vec<Who> {
    let mut found = Vec::new();
    let kind = FileType::from_raw_mode(stat.st_mode);
    let is_ours = stat.st_uid == 0 || stat.st_uid == geteuid().as_raw();
    if !is_ours {
        found.push(Who::User(stat.st_uid));
    }
    // A link's own mode says nothing (symlink(7)); in a sticky folder nobody touches what is
    // another's (unlink(2)).
    let is_sticky = kind == FileType::Directory && stat.st_mode & 0o1000 != 0 && is_ours;
    if is_sticky || kind == FileType::Symlink {
        return found;
    }
    // With an access control list the group's bits are its mask (acl(5)).
    if stat.st_mode & 0o020 != 0 && has_list() {
        found.push(Who::Listed);
    } else if stat.st_mode & 0o020 != 0 && !is_own_group(stat.st_gid) {
        found.push(Who::Group(stat.st_gid));
    }
    if stat.st_mode & 0o002 != 0 {
        found.push(Who::Everyone);
    }
    found
}

/// Root's group, and the private group of a user, which has his number (pam_umask(8), usergroups).
fn is_own_group(number: u32) -> bool {
    number == 0 || number == getegid().as_raw() && number == geteuid().as_raw()
}

/// Whether an access control list stands behind the group's bits of a file or folder. What cannot
/// be asked is taken for one.
fn has_list((folder, name): (BorrowedFd<'_>, &OsStr)) -> bool {
    // A descriptor of O_PATH gives no attributes (open(2)).
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let Ok(opened) = openat(folder, name, flags, Mode::empty()) else {
        return true;
    };
    let mut value = [0_u8; 4096];
    match fgetxattr(&opened, "system.posix_acl_access", &mut value) {
        Ok(size) => size > 0,
        Err(Errno::NODATA | Errno::OPNOTSUPP) => false,
        Err(_) => true,
    }
}

/// The folders of many files, each looked at once.
#[derive(Debug, Default)]
pub(in crate::store::read) struct Folders {
    known: Mutex<HashMap<PathBuf, Writers>>,
}

impl Folders {
    /// Who can change `logical`, of which these facts are known; `None`: it is not there.
    pub(in crate::store::read) fn writers_of(
        &self,
        root: &Root,
        logical: &Path,
        facts: Option<&Facts>,
    ) -> Writers {
        let Some(parent) = logical.parent() else {
            return root.writers(logical);
        };
        match facts {
            // The way behind a link is one of its own, and a list of its own can stand behind the
            // group's bits.
            Some(facts) if facts.link.is_some() || facts.mode & 0o020 != 0 => root.writers(logical),
            None => self.folder(root, parent),
            Some(facts) => {
                let is_ours = facts.uid == 0 || facts.uid == geteuid().as_raw();
                let own = [
                    (!is_ours, Who::User(facts.uid)),
                    (facts.mode & 0o002 != 0, Who::Everyone),
                ];
                let own = own.into_iter().filter(|(can, _)| *can).map(|(_, who)| who);
                let path = || shown(logical.as_os_str()).into();
                let own: Vec<OtherWriter> =
                    own.map(|who| OtherWriter { who, path: path() }).collect();
                joined(
                    &self.folder(root, parent),
                    &(!own.is_empty()).then(|| own.into()),
                )
            }
        }
    }

    fn folder(&self, root: &Root, folder: &Path) -> Writers {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writers) = known.get(folder) {
            return writers.clone();
        }
        let writers = root.writers(folder);
        known.insert(folder.to_owned(), writers.clone());
        writers
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use rustix::fs::{XattrFlags, setxattr};

    use super::*;

    fn told(root: &Root, path: &str) -> Vec<(Who, String)> {
        let writers = root.writers(Path::new(path));
        let facts = root.facts(Path::new(path)).ok();
        let quick = Folders::default().writers_of(root, Path::new(path), facts.as_ref());
        assert_eq!(quick, writers, "{path}: in one step as in many");
        writers
            .iter()
            .flat_map(|all| all.iter())
            .map(|one| (one.who, one.path.to_string()))
            .collect()
    }

    #[test]
    fn every_folder_on_the_way_counts_and_what_links_lead_through() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mode =
            |name: &str, mode| fs::set_permissions(at(name), Permissions::from_mode(mode)).unwrap();
        for name in ["private", "open/below", "sticky"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        mode("open", 0o777);
        mode("sticky", 0o1777);
        for name in ["private/a", "private/w", "open/below/a", "sticky/a"] {
            fs::write(at(name), "x").unwrap();
        }
        mode("private/w", 0o646);
        symlink("/open/below/a", at("private/link")).unwrap();
        symlink("/private/a", at("open/link")).unwrap();
        let root = Root::open(folder.path(), Path::new("/")).unwrap();
        let everyone = |path: &str| vec![(Who::Everyone, path.to_owned())];
        for (path, expected) in [
            ("/private/a", Vec::new()),
            ("/private/none", Vec::new()),
            ("/sticky/a", Vec::new()),
            ("/private/w", everyone("/private/w")),
            ("/open/below/a", everyone("/open")),
            ("/open/none/none", everyone("/open")),
            ("/private/link", everyone("/open")),
            ("/open/link", everyone("/open")),
        ] {
            assert_eq!(told(&root, path), expected, "{path}");
        }
    }

    #[test]
    fn owners_groups_and_lists_are_named() {
        if !geteuid().is_root() {
            eprintln!("skipped: only root gives files away");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, owner, group, mode) in [
            ("owned", 1000, 0, 0o600),
            ("grouped", 0, 998, 0o660),
            ("of-root", 0, 0, 0o660),
            ("listed", 0, 0, 0o640),
        ] {
            fs::write(at(name), "x").unwrap();
            chown(at(name), Some(owner), Some(group)).unwrap();
            fs::set_permissions(at(name), Permissions::from_mode(mode)).unwrap();
        }
        let root = Root::open(folder.path(), Path::new("/")).unwrap();
        for (path, expected) in [
            ("/owned", Some(Who::User(1000))),
            ("/grouped", Some(Who::Group(998))),
            ("/of-root", None),
            ("/listed", None),
        ] {
            let expected: Vec<_> = expected
                .map(|who| (who, path.to_owned()))
                .into_iter()
                .collect();
            assert_eq!(told(&root, path), expected, "{path}");
        }
        // acl(5), version 2: user::rw-, user:1000:rw-, group::---, mask::rw-, other::---.
        let entries: [(u16, u16, u32); 5] = [
            (1, 6, u32::MAX),
            (2, 6, 1000),
            (4, 0, u32::MAX),
            (0x10, 6, u32::MAX),
            (0x20, 0, u32::MAX),
        ];
        let mut list = 2_u32.to_le_bytes().to_vec();
        for (tag, rights, id) in entries {
            list.extend([tag.to_le_bytes(), rights.to_le_bytes()].concat());
            list.extend(id.to_le_bytes());
        }
        if setxattr(
            at("listed"),
            "system.posix_acl_access",
            &list,
            XattrFlags::empty(),
        )
        .is_err()
        {
            eprintln!("skipped: this file system has no access control lists");
            return;
        }
        assert_eq!(
            told(&root, "/listed"),
            [(Who::Listed, "/listed".to_owned())]
        );
    }
}
