//! Standard input, or a file that is no part of the master, read as an inventory of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::cli::arguments::Global;
use crate::cli::failure::Failure;
use crate::cli::master::{Master, moment};
use crate::cli::output;
use crate::inventory::given::given;
use crate::kubernetes::cfssl::CfsslRequest;
use crate::pki::Secret;
use crate::store::guarded::{self, INPUT, Trouble};
use crate::words::given as told;

/// The most that is read: a bundle of every public CA is a quarter of a megabyte.
const MOST_BYTES: u64 = 16 << 20;

/// What standard input, or a file, holds.
pub(in crate::cli) struct Input {
    /// What could be decoded, as a master of its own.
    pub(in crate::cli) master: Master,
    /// Requests as `cfssl genkey` takes them.
    pub(super) cfssl: Vec<CfsslRequest>,
    /// The texts that hold CertificateSigningRequests, by the path of their requests.
    pub(in crate::cli) objects: BTreeMap<Arc<str>, Secret>,
}

/// What standard input holds.
pub(in crate::cli) fn standard_input(global: &Global) -> Result<Input, Failure> {
    let bytes =
        guarded::given(INPUT, MOST_BYTES).map_err(|trouble| unread("standard input", &trouble))?;
    read(global, INPUT, bytes)
}

/// What the file at `path` holds; `None` where there is no such file. Bytes may come through a pipe
/// that the shell has opened.
pub(in crate::cli) fn file(global: &Global, path: &str) -> Result<Option<Input>, Failure> {
    match guarded::given(path, MOST_BYTES) {
        Ok(bytes) => read(global, path, bytes).map(Some),
        Err(Trouble::Absent) => Ok(None),
        Err(trouble) => Err(unread(path, &trouble)),
    }
}

fn unread(name: &str, trouble: &Trouble) -> Failure {
    Failure::unable(format!("cannot read {name}")).because(format!("it {trouble}"))
}

fn read(global: &Global, name: &str, bytes: Zeroizing<Vec<u8>>) -> Result<Input, Failure> {
    let given = given(name, bytes);
    let (given, shown) = if name == INPUT {
        (given.named_by_subject(), "standard input")
    } else {
        (given, name)
    };
    let undecoded = told::all_undecoded(&given.undecoded);
    if given.is_bare() {
        let failure = Failure::unable(format!("nothing could be decoded from {shown}"));
        return Err(failure.because_all(undecoded).hint(told::READABLE));
    }
    let mended = given.mended.map(told::mended);
    let told: Vec<String> = mended.into_iter().chain(undecoded).collect();
    if !told.is_empty() {
        let failure = Failure::unable(format!("not all of {shown} could be decoded as it is"));
        output::tell(&failure.because_all(told).to_words());
    }
    Ok(Input {
        master: Master::of_input(given.inventory, moment(global.at.as_deref())?),
        cfssl: given.cfssl,
        objects: given.objects,
    })
}
