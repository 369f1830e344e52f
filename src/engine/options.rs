//! Which master is meant, and the root in which it is found.

use std::path::{Path, PathBuf};

use crate::inventory::mounted::kubepki;
use crate::kubernetes::layout;
use crate::store::StoreError;
use crate::store::read::{self, Root, Walk};

/// Which master to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// The folder under which the master's files lie; "/" on the master itself.
    pub root: PathBuf,
    /// A folder to look at in place of the root: a whole root, an /etc, an /etc/kubernetes, a
    /// folder of the PKI or any folder of certificates.
    pub directory: Option<PathBuf>,
    /// The layout's name; `None`: found out.
    pub layout: Option<String>,
    /// Home folders as on the master whose `.kube/config` is read, besides /root.
    pub homes: Vec<String>,
    /// Whether running processes are asked for their flags; has no effect where the root is not
    /// "/".
    pub processes: bool,
    /// kubepki's own folder where the user named one: the answers kept there say where certificates
    /// lie.
    pub state_dir: Option<PathBuf>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            root: PathBuf::from("/"),
            directory: None,
            layout: None,
            homes: Vec::new(),
            processes: true,
            state_dir: None,
        }
    }
}

impl OpenOptions {
    /// A kubepki command about this very master and state, to be typed.
    pub fn command(&self, words: &str) -> String {
        self.command_below(self.directory.as_ref().unwrap_or(&self.root), words)
    }

    /// The same about the master below another folder.
    pub(super) fn command_below(&self, folder: &Path, words: &str) -> String {
        let root = (folder != Path::new("/")).then(|| typed(folder));
        kubepki(
            words,
            root.as_deref(),
            self.state_dir.as_deref().map(typed).as_deref(),
        )
    }
}

pub(super) fn root_of(options: &OpenOptions) -> Result<(Root, Option<Walk>), StoreError> {
    // The same folder is the same master, however it is written.
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match &options.directory {
        None => {
            let folder = absolute(&options.root);
            let root = Root::open(&folder, Path::new("/"))?;
            // A folder without /etc is no whole disk: it may be a copy of a master's /etc or
            // /etc/kubernetes.
            if folder != Path::new("/") && !root.is_folder(Path::new("/etc")) {
                let (mounted, walk) = read::find_mount(&folder, layout::layouts())?;
                let real = std::fs::canonicalize(mounted.real());
                if real.map_or(true, |real| mounted.mount() != real) {
                    return Ok((mounted, walk));
                }
            }
            Ok((root, None))
        }
        Some(directory) => read::find_mount(&absolute(directory), layout::layouts()),
    }
}

/// A folder of this machine as a command names it, from wherever it is typed.
pub(super) fn typed(folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.to_string_lossy().into_owned()
}
