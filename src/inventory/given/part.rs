//! One file of what was given.

use zeroize::Zeroizing;

/// Documents of one text, entries of one Secret.
pub(super) const MOST_PARTS: usize = 1000;

/// One file: its name inside the input ("tls.crt"; empty for the input itself) and its bytes.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

impl Part {
    /// As text, where it is.
    pub(super) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}
