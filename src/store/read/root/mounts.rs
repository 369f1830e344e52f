//! What is mounted below another machine's root, and is this machine's all the same: a rescue binds
//! /run and /dev there.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, StatxFlags, statx};

use super::Root;
use crate::store::guarded;

/// One line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mount {
    number: u64,
    /// Major and minor number of the file system.
    device: String,
    /// Which folder of the file system is mounted.
    root: String,
    /// Where it is mounted; spaces and the like are escaped.
    at: String,
}

impl Root {
    /// True for a folder below another root that lies on a file system which is mounted outside of
    /// it too: it is no part of the disk, and what is written there is written on this machine.
    /// What cannot be told is taken for that.
    pub(super) fn is_of_this_machine(&self, folder: &OwnedFd) -> bool {
        if self.real == Path::new("/") {
            return false;
        }
        match (mount_of(&self.folder), mount_of(folder)) {
            (Some(own), Some(found)) if own == found => false,
            // Before Linux 5.8 nobody tells; the device then differs for all but bound folders.
            (None, None) => false,
            (Some(own), Some(found)) => {
                let known = mounts(&guarded::proc_text("/proc/self/mountinfo"));
                fs::canonicalize(&self.real)
                    .map_or(true, |real| is_outside(&known, own, found, &real))
            }
            (Some(_), None) | (None, Some(_)) => true,
        }
    }
}

fn mount_of(folder: &OwnedFd) -> Option<u64> {
    let told = statx(folder, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).ok()?;
    (told.stx_mask & StatxFlags::MNT_ID.bits() != 0).then_some(told.stx_mnt_id)
}

fn mounts(text: &str) -> Vec<Mount> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let [number, _, device, root, at, ..] = words[..] else {
            return None;
        };
        let plain = |path: &str| path.replace("\\040", " ");
        Some(Mount {
            number: number.parse().ok()?,
            device: device.to_owned(),
            root: plain(root),
            at: plain(at),
        })
    };
    text.lines().filter_map(line).collect()
}

/// Whether the mount `number` holds anything but a part of `root`, which lies on the mount `own`:
/// of the same file system another folder, of another one whatever is mounted anywhere else too.
fn is_outside(mounts: &[Mount], own: u64, number: u64, root: &Path) -> bool {
    let of = |number: u64| mounts.iter().find(|mount| mount.number == number);
    let (Some(own), Some(found)) = (of(own), of(number)) else {
        return true;
    };
    if own.device == found.device {
        let below = root
            .strip_prefix(&own.at)
            .map(|below| Path::new(&own.root).join(below));
        return below.map_or(true, |inside| !Path::new(&found.root).starts_with(inside));
    }
    mounts
        .iter()
        .any(|mount| mount.device == found.device && !Path::new(&mount.at).starts_with(root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_of_the_disk_is_its_own_and_a_bound_folder_is_not() {
        let text = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
                    23 22 0:21 / /run rw - tmpfs tmpfs rw\n\
                    40 22 8:17 / /mnt/my\\040disk rw - ext4 /dev/sdb1 rw\n\
                    41 40 8:18 / /mnt/my\\040disk/var rw - ext4 /dev/sdb2 rw\n\
                    42 40 0:21 / /mnt/my\\040disk/run rw - tmpfs tmpfs rw\n\
                    43 40 8:1 /home /mnt/my\\040disk/home rw - ext4 /dev/sda1 rw\n";
        for (number, expected) in [(40, false), (41, false), (42, true), (43, true), (99, true)] {
            assert_eq!(
                is_outside(&mounts(text), 40, number, Path::new("/mnt/my disk")),
                expected,
                "{number}"
            );
        }
        // A copy in a folder of this machine's own disk: a part of it that is bound onto itself is
        // its own.
        let text = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
                    44 22 8:1 /srv/copy/var /srv/copy/var rw - ext4 /dev/sda1 rw\n\
                    45 22 8:1 /home /srv/copy/home rw - ext4 /dev/sda1 rw\n";
        for (number, expected) in [(44, false), (45, true)] {
            assert_eq!(
                is_outside(&mounts(text), 22, number, Path::new("/srv/copy")),
                expected,
                "{number}"
            );
        }
        assert_eq!(mounts("garbage\n\n1 2\n"), []);
    }
}
