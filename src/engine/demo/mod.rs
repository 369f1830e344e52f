//! `--demo`: a whole kubeadm master in a folder, made by the project's own code for a given moment.
//! The same moment gives the same bytes: the keys are a throwaway set, the serial numbers are
//! fixed, and PKCS#1 v1.5 signatures hold no chance. Making no keys, it is there in a moment.

mod bootstrap;
mod certificates;
mod entry;
mod kubeconfigs;
mod leaves;
mod requests;
pub mod servers;
mod tree;

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use self::entry::{Content, DemoEntry};
use crate::pki;

/// The cluster's name in the demo.
pub const CLUSTER: &str = "prod";

/// The node's name in the demo.
pub const NODE: &str = "master-1";

/// The node's address in the demo.
pub const ADDRESS: &str = "10.0.0.10";

/// Why the demo could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The moment is one for which no certificates can be made (before 1972 or after 9991).
    #[error("the demo's certificates cannot be made: {0}")]
    Pki(#[from] pki::Error),
    /// A file could not be written; existing files are never touched.
    #[error("{path}: {source}", path = path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A server of the demo cannot have its certificate or its port.
    #[error("{0}")]
    Serve(String),
}

/// Writes the demo's master for `moment` below `folder`, which is made where it is absent. Keys are
/// 0600 from the first byte.
///
/// # Errors
/// [`DemoError::Pki`] for moments that leave X.509's years, [`DemoError::Write`] where a file is
/// there already or the disk refuses.
pub fn create(folder: &Path, moment: OffsetDateTime) -> Result<(), DemoError> {
    let entries = tree::entries(moment)?;
    make_folder(folder, 0o700).map_err(|source| DemoError::Write {
        path: folder.to_owned(),
        source,
    })?;
    for entry in entries {
        let path = folder.join(&entry.path);
        write(&path, &entry).map_err(|source| DemoError::Write { path, source })?;
    }
    Ok(())
}

fn write(path: &Path, entry: &DemoEntry) -> io::Result<()> {
    match &entry.content {
        Content::Folder => make_folder(path, entry.mode),
        Content::Link(target) => symlink(target, path),
        Content::File(bytes) => {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            file.write_all(bytes)?;
            file.set_permissions(Permissions::from_mode(entry.mode))
        }
    }
}

/// Makes a folder and those above it. One that is there keeps its mode.
fn make_folder(path: &Path, mode: u32) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o755).create(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(mode))
}
