//! Standard input, or a file that is no part of the master, read as an inventory of its own.

use zeroize::Zeroizing;

use crate::cli::arguments::Global;
use crate::cli::failure::Failure;
use crate::cli::master::{Master, moment};
use crate::inventory::given::{Given, given};
use crate::store::guarded::{self, INPUT, Trouble};

/// The most that is read: a bundle of every public CA is a quarter of a megabyte.
const MOST_BYTES: u64 = 16 << 20;

/// What standard input holds.
pub(in crate::cli) fn standard_input(global: &Global) -> Result<Master, Failure> {
    let bytes =
        guarded::given(INPUT, MOST_BYTES).map_err(|trouble| unread("standard input", &trouble))?;
    read(global, INPUT, bytes)
}

/// What a text holds, called so.
pub(in crate::cli) fn of_text(global: &Global, name: &str, text: &str) -> Result<Master, Failure> {
    read(global, name, Zeroizing::new(text.as_bytes().to_vec()))
}

/// What the file at `path` holds; `None` where there is no such file. Bytes may come through a pipe
/// that the shell has opened.
pub(in crate::cli) fn file(global: &Global, path: &str) -> Result<Option<Master>, Failure> {
    match guarded::given(path, MOST_BYTES) {
        Ok(bytes) => read(global, path, bytes).map(Some),
        Err(Trouble::Absent) => Ok(None),
        Err(trouble) => Err(unread(path, &trouble)),
    }
}

fn unread(name: &str, trouble: &Trouble) -> Failure {
    Failure::unable(format!("cannot read {name}")).because(format!("it {trouble}"))
}

fn read(global: &Global, name: &str, bytes: Zeroizing<Vec<u8>>) -> Result<Master, Failure> {
    let Given { inventory, faults } = given(name, bytes);
    if inventory.is_bare() {
        let shown = if name == INPUT {
            "standard input"
        } else {
            name
        };
        return Err(Failure::unable(format!("nothing could be decoded from {shown}")).because_all(faults).hint(
            "readable are PEM, DER, base64 of these, kubeconfigs, Secrets and CertificateSigningRequests as YAML or JSON",
        ));
    }
    Ok(Master::of_input(inventory, moment(global.at.as_deref())?))
}
