//! Standard input.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;

/// Standard input without the buffer that Rust's own keeps until the process ends: what is piped in may be a key or a
/// passphrase.
pub(in crate::cli) fn standard_input() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}
