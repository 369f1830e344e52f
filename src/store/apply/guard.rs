//! What would stop a change half way, asked before anything is written: flags, mounts, permission,
//! space.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{
    Access, AtFlags, Dir, StatVfs, StatVfsMountFlags, StatxAttributes, StatxFlags, accessat, fstat,
    fstatvfs, statx,
};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::check::Target;
use super::{ApplyError, Folders, Order};
use crate::plan::{After, Plan};
use crate::record::{Attributes, Damaged, PathState, Place};
use crate::store::StoreError;
use crate::store::file::name_of;
use crate::store::guarded;
use crate::store::journal::{Journal, temporary_prefix};
use crate::store::path_state::SeenAtPath;
use crate::store::read::shown;

/// The journal is written three times, and once aside.
const JOURNALS: u64 = 4;

/// Names in folders, the operation's own folders, its README: blocks beside the contents.
const OTHER_BLOCKS: u64 = 16;

/// Can each change be made at all? Nothing of it is tried.
pub(super) fn possible(
    plan: &Plan,
    folders: &Folders<'_>,
    targets: &[Target],
    seen: &[SeenAtPath],
) -> Result<(), ApplyError> {
    for ((change, target), seen) in plan.changes.iter().zip(targets).zip(seen) {
        let refused = |why: &str| {
            Err(ApplyError::NotPlain {
                path: change.path.clone(),
                why: why.to_owned(),
            })
        };
        match (&change.before, &change.after) {
            (PathState::Absent | PathState::Link { .. }, After::Attributes(_)) => {
                return refused("there is no file whose owner or mode could be changed");
            }
            (PathState::Directory { .. }, After::File { .. } | After::Link(_)) => {
                return refused("it is a folder");
            }
            (PathState::File { .. } | PathState::Link { .. }, After::Directory(_)) => {
                return refused("it is no folder");
            }
            _ => {}
        }
        if let Some(why) = seen.exposed(target.open_folder.is_some()) {
            return refused(why);
        }
        let wanted = change.path_state_after().attributes();
        if let Some(folder) = folders.of(target.place, &target.path) {
            changeable(folder, &target.path, seen, wanted)?;
        }
    }
    Ok(())
}

/// Whether something can be put into a folder, and taken out of it.
fn writable(folder: &File, parent: &str) -> Result<(), ApplyError> {
    let room = fstatvfs(folder).map_err(|errno| ApplyError::of(parent, errno))?;
    if room.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Err(ApplyError::ReadOnly {
            path: parent.to_owned(),
            mount: mount_point(folder),
        });
    }
    if has_flag(
        folder,
        "",
        AtFlags::EMPTY_PATH,
        StatxAttributes::IMMUTABLE | StatxAttributes::APPEND,
    ) {
        return Err(ApplyError::Immutable {
            path: parent.to_owned(),
        });
    }
    let rights = Access::WRITE_OK | Access::EXEC_OK;
    match accessat(folder, ".", rights, AtFlags::EACCESS) {
        // Kernels before 5.8 cannot be asked this way.
        Ok(()) | Err(Errno::NOSYS) => {}
        Err(errno) => return Err(ApplyError::of(parent, errno)),
    }
    Ok(())
}

/// Flags, mounts and permission of the target and its folder.
fn changeable(
    folder: &File,
    path: &str,
    seen: &SeenAtPath,
    wanted: Option<Attributes>,
) -> Result<(), ApplyError> {
    let parent = shown(
        Path::new(path)
            .parent()
            .unwrap_or(Path::new("/"))
            .as_os_str(),
    );
    writable(folder, &parent)?;
    let foreign = wanted.is_some_and(|wanted| wanted.owner != geteuid().as_raw());
    if foreign && !geteuid().is_root() {
        return Err(ApplyError::Denied {
            path: path.to_owned(),
        });
    }
    if seen.stat.is_none() {
        return Ok(());
    }
    let name = name_of(path);
    if has_flag(
        folder,
        name,
        AtFlags::SYMLINK_NOFOLLOW,
        StatxAttributes::IMMUTABLE | StatxAttributes::APPEND,
    ) {
        return Err(ApplyError::Immutable {
            path: path.to_owned(),
        });
    }
    if has_flag(
        folder,
        name,
        AtFlags::SYMLINK_NOFOLLOW,
        StatxAttributes::MOUNT_ROOT,
    ) {
        return Err(ApplyError::NotPlain {
            path: path.to_owned(),
            why: "something is mounted there".to_owned(),
        });
    }
    Ok(())
}

/// Where the file system of this folder is mounted (proc_pid_mountinfo(5)); empty where that is not
/// known. Its number is asked of statx(2): what /proc says of an open file is root's alone while
/// this process is not dumpable.
fn mount_point(folder: &File) -> String {
    let known = statx(folder, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).ok();
    let known = known.filter(|known| known.stx_mask & StatxFlags::MNT_ID.bits() != 0);
    let id = known.map(|known| known.stx_mnt_id.to_string());
    let mounts = guarded::proc_text("/proc/self/mountinfo");
    let mount = mounts
        .lines()
        .map(|line| line.split(' '))
        .find(|words| words.clone().next() == id.as_deref());
    mount
        .and_then(|mut words| words.nth(4))
        .unwrap_or_default()
        .replace("\\040", " ")
}

/// An operation whose journal cannot be read may have been interrupted here: then its new files lie
/// beside the old.
pub(super) fn damaged(damaged: &[Damaged], folders: &Folders<'_>) -> Result<(), ApplyError> {
    for Damaged { id, why } in damaged {
        let prefix = temporary_prefix(id);
        let is_left = |folder: &File| {
            let entries = Dir::read_from(folder)
                .into_iter()
                .flatten()
                .filter_map(Result::ok);
            entries
                .into_iter()
                .any(|entry| entry.file_name().to_bytes().starts_with(prefix.as_bytes()))
        };
        if folders.all().any(is_left) {
            return Err(ApplyError::Damaged {
                id: id.clone(),
                why: why.clone(),
            });
        }
    }
    Ok(())
}

/// kubepki leaves no file of its own among those of a PKI.
pub(super) fn own_folder(
    order: &Order<'_>,
    folders: &Folders<'_>,
    targets: &[Target],
) -> Result<(), ApplyError> {
    let state = order
        .state
        .lies_at()
        .map_or_else(|| order.state.path().to_owned(), |(_, real)| real);
    for target in targets
        .iter()
        .filter(|target| target.place == Place::Master)
    {
        let real = folders.real(target.place, &target.path);
        if state
            .ancestors()
            .take(2)
            .any(|own| real.parent() == Some(own))
        {
            return Err(ApplyError::State(StoreError::AmongOthers(state)));
        }
    }
    Ok(())
}

fn has_flag(
    folder: &File,
    name: impl rustix::path::Arg,
    how: AtFlags,
    flags: StatxAttributes,
) -> bool {
    // Kernels and file systems that do not know it have no such flag.
    statx(folder, name, how, StatxFlags::empty())
        .is_ok_and(|facts| facts.stx_attributes.intersects(flags))
}

/// What is needed of one file system.
struct Need {
    path: String,
    bytes: u64,
    files: u64,
    room: StatVfs,
}

#[derive(Default)]
struct Needs(BTreeMap<u64, Need>);

impl Needs {
    fn add(&mut self, path: &str, folder: impl AsFd, bytes: usize) -> Result<(), ApplyError> {
        let error = |errno| ApplyError::of(path, errno);
        let device = fstat(&folder).map_err(error)?.st_dev;
        let room = fstatvfs(&folder).map_err(error)?;
        let need = self.0.entry(device).or_insert_with(|| Need {
            path: path.to_owned(),
            bytes: 0,
            files: 0,
            room,
        });
        let block = need.room.f_frsize.max(1);
        need.bytes += (bytes as u64).div_ceil(block) * block;
        need.files += 1;
        Ok(())
    }

    fn met(self) -> Result<(), ApplyError> {
        for Need {
            path,
            bytes,
            files,
            room,
        } in self.0.into_values()
        {
            let block = room.f_frsize.max(1);
            // Root may use what is reserved for it.
            let (blocks, inodes) = if geteuid().is_root() {
                (room.f_bfree, room.f_ffree)
            } else {
                (room.f_bavail, room.f_favail)
            };
            let (needed, free) = (bytes + OTHER_BLOCKS * block, blocks.saturating_mul(block));
            // Some file systems count no inodes.
            if needed > free || (room.f_files > 0 && inodes < files) {
                return Err(ApplyError::NoSpace { path, needed, free });
            }
        }
        Ok(())
    }
}

fn old_bytes(seen: &SeenAtPath) -> usize {
    seen.content.as_ref().map_or(0, crate::pki::Secret::len)
}

/// Is there room for the new files beside the old ones, and for the copies of the old ones?
pub(super) fn space(
    order: &Order<'_>,
    folders: &Folders<'_>,
    journal: &Journal,
    seen: &[SeenAtPath],
) -> Result<(), ApplyError> {
    let mut needs = Needs::default();
    for ((change, entry), seen) in order.plan.changes.iter().zip(&journal.entries).zip(seen) {
        let Some(folder) = folders.of(change.place, &entry.target) else {
            continue;
        };
        // What an administrator knows is the folder, not where its file system is mounted.
        let parent = shown(
            Path::new(&entry.target)
                .parent()
                .unwrap_or(Path::new("/"))
                .as_os_str(),
        );
        match (&change.after, &change.before) {
            (After::File { content, .. }, _) => needs.add(&parent, folder, content.len())?,
            (After::Attributes(_), PathState::File { .. }) => {
                needs.add(&parent, folder, old_bytes(seen))?;
            }
            (After::Link(_) | After::Directory(_), _) => needs.add(&parent, folder, 1)?,
            _ => {}
        }
    }
    let own = shown(order.state.path().as_os_str());
    // Where there is none yet and its place cannot be looked at, that is said when it is made.
    if let Ok(nearest) = order.state.nearest().and_then(|nearest| nearest.again()) {
        let written = serde_json::to_vec_pretty(journal).map_or(0, |text| text.len());
        for _ in 0..JOURNALS {
            needs.add(&own, &nearest, written)?;
        }
        for (entry, seen) in journal.entries.iter().zip(seen) {
            if entry.backup.is_some() {
                needs.add(&own, &nearest, old_bytes(seen))?;
            }
        }
    }
    needs.met()
}
