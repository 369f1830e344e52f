//! Masters that are changed: a recorded or generated one with kubepki's state beside it, and all of
//! a tree to compare.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::program::{Run, Sample, kubepki, kubepki_with_input};
use super::{text, tool};

/// A master that may be changed, and its own state folder.
pub(crate) struct Master {
    pub(crate) root: PathBuf,
    pub(crate) state: PathBuf,
    _folder: TempDir,
    _sample: Option<Sample>,
}

impl Master {
    /// A recorded one. `None` where there is no tar.
    pub(crate) fn sample(name: &str) -> Option<Self> {
        let sample = Sample::unpack(&tool("tar")?, name);
        let root = sample.root.clone();
        Some(Self {
            _sample: Some(sample),
            ..Self::at(&root)
        })
    }

    /// One that lies there already.
    pub(crate) fn at(root: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self {
            root: root.to_owned(),
            state: folder.path().join("state"),
            _folder: folder,
            _sample: None,
        }
    }

    /// The flags that name this master and its state.
    pub(crate) fn flags(&self) -> [&str; 6] {
        // A folder that is not there: no settings.
        [
            "--root",
            text(&self.root),
            "--state-dir",
            text(&self.state),
            "--config-dir",
            "/nonexistent",
        ]
    }

    /// Runs kubepki on it, now.
    pub(crate) fn kubepki(&self, arguments: &[&str]) -> Run {
        let mut all = arguments.to_vec();
        all.extend(self.flags());
        kubepki(&all)
    }

    /// The same with something on standard input.
    pub(crate) fn kubepki_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut all = arguments.to_vec();
        all.extend(self.flags());
        kubepki_with_input(&all, input)
    }

    /// A path of the master as it really lies.
    pub(crate) fn file(&self, logical: &str) -> PathBuf {
        self.root.join(logical.trim_start_matches('/'))
    }

    /// All of it.
    pub(crate) fn tree(&self) -> Tree {
        tree(&self.root)
    }
}

/// Every path below a folder with all that an undo must bring back.
pub(crate) type Tree = BTreeMap<PathBuf, Node>;

/// One path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// The file's type and permission bits.
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    /// A file's bytes, a link's text.
    pub(crate) content: Vec<u8>,
}

/// Every path below `root`, links not followed.
pub(crate) fn tree(root: &Path) -> Tree {
    let mut all = Tree::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let facts = path.symlink_metadata().expect("facts");
            let content = if facts.is_symlink() {
                fs::read_link(&path)
                    .expect("a link")
                    .into_os_string()
                    .into_encoded_bytes()
            } else if facts.is_file() {
                fs::read(&path).expect("a file")
            } else {
                Vec::new()
            };
            if facts.is_dir() {
                folders.push(path.clone());
            }
            let node = Node {
                mode: facts.permissions().mode(),
                owner: (facts.uid(), facts.gid()),
                content,
            };
            all.insert(path.strip_prefix(root).expect("below").to_owned(), node);
        }
    }
    all
}

/// The paths that differ between two trees, as text; for a failed test to show.
pub(crate) fn differing(before: &Tree, after: &Tree) -> Vec<String> {
    let all = before
        .keys()
        .chain(after.keys().filter(|path| !before.contains_key(*path)));
    all.filter(|path| before.get(*path) != after.get(*path))
        .map(|path| path.display().to_string())
        .collect()
}
