//! How a root lies on this machine: whether it is another one's disk, and which of this machine's
//! paths lie in it.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::fstat;

use super::Root;

/// A path of this machine that lies in a root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Below {
    /// The beginning of the path by which the root is reached.
    pub(in crate::store) above: PathBuf,
    /// The rest, as a path of the master.
    pub(in crate::store) logical: PathBuf,
}

impl Root {
    /// True where the files are not those of this machine, but of a disk or a copy: whatever lies
    /// there is the word of whoever wrote it.
    pub fn is_foreign(&self) -> bool {
        let own = fs::metadata(&self.mounted_at)
            .ok()
            .map(|facts| identity(&facts));
        own.is_none() || own != self.identity()
    }

    /// True for a path of this machine that lies in this root.
    pub fn holds(&self, path: &Path) -> bool {
        self.below(path).is_some()
    }

    /// The path on the master of one of this machine's, where that lies in this root: by its words,
    /// or by the folder to which they lead. One that goes up again is not asked by its words.
    pub(in crate::store) fn below(&self, path: &Path) -> Option<Below> {
        let own = self.identity()?;
        let leads = |path: &Path| fs::metadata(path).is_ok_and(|facts| identity(&facts) == own);
        let among = |path: &Path| {
            let above = path.ancestors().find(|above| leads(above))?;
            let rest = path.strip_prefix(above).ok()?;
            Some(Below {
                above: above.to_owned(),
                logical: self.mounted_at.join(rest),
            })
        };
        let goes_up = path.components().any(|part| part == Component::ParentDir);
        Some(path)
            .filter(|_| !goes_up)
            .and_then(among)
            .or_else(|| among(&real(path)?))
    }

    fn identity(&self) -> Option<(u64, u64)> {
        fstat(&self.folder)
            .ok()
            .map(|stat| (stat.st_dev, stat.st_ino))
    }
}

fn identity(facts: &fs::Metadata) -> (u64, u64) {
    (facts.dev(), facts.ino())
}

/// The path without a link, as far as it is there.
fn real(path: &Path) -> Option<PathBuf> {
    let (there, real) = path
        .ancestors()
        .find_map(|above| Some((above, fs::canonicalize(above).ok()?)))?;
    Some(real.join(path.strip_prefix(there).ok()?))
}
