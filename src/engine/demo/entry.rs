//! One thing of the demo's tree.

use std::path::PathBuf;

use zeroize::Zeroizing;

/// One file, folder or link; folders come before what is in them.
pub(super) struct DemoEntry {
    /// Below the root, without a leading slash.
    pub(super) path: PathBuf,
    /// Permission bits; links have none.
    pub(super) mode: u32,
    pub(super) content: Content,
}

pub(super) enum Content {
    Folder,
    File(Zeroizing<Vec<u8>>),
    Link(String),
}

/// A file that may be read.
pub(super) fn file(path: &str, mode: u32, text: String) -> DemoEntry {
    DemoEntry {
        path: path.into(),
        mode,
        content: Content::File(Zeroizing::new(text.into_bytes())),
    }
}

/// A file with a private key in it.
pub(super) fn secret(path: &str, mut text: Zeroizing<String>) -> DemoEntry {
    file(path, 0o600, std::mem::take(&mut *text))
}
