//! Standard input, or a file that is no part of the master, read as an inventory of its own.

use zeroize::Zeroizing;

use super::unwrap::{Part, unwrap};
use crate::cli::arguments::Global;
use crate::cli::failure::Failure;
use crate::cli::master::{Master, moment};
use crate::inventory::Item;
use crate::inventory::assemble::{Gathered, assemble};
use crate::inventory::file::{Content, Expectation, FoundKey, ParsedFile, parse};
use crate::inventory::mounted::Mounted;
use crate::inventory::tree::{Candidates, Tree, Verified};
use crate::inventory::writer::Accounts;
use crate::kubernetes::layout::fallback;
use crate::pki::key;
use crate::store::guarded::{self, INPUT, Trouble};

/// The most that is read: a bundle of every public CA is a quarter of a megabyte.
const MOST_BYTES: u64 = 16 << 20;

/// What standard input holds.
pub(in crate::cli) fn standard_input(global: &Global) -> Result<Master, Failure> {
    let bytes =
        guarded::given(INPUT, MOST_BYTES).map_err(|trouble| unread("standard input", &trouble))?;
    gathered(global, INPUT, bytes)
}

/// What a text holds, called so.
pub(in crate::cli) fn of_text(global: &Global, name: &str, text: &str) -> Result<Master, Failure> {
    gathered(global, name, Zeroizing::new(text.as_bytes().to_vec()))
}

/// What the file at `path` holds; `None` where there is no such file. Bytes may come through a pipe
/// that the shell has opened.
pub(in crate::cli) fn file(global: &Global, path: &str) -> Result<Option<Master>, Failure> {
    match guarded::given(path, MOST_BYTES) {
        Ok(bytes) => gathered(global, path, bytes).map(Some),
        Err(Trouble::Absent) => Ok(None),
        Err(trouble) => Err(unread(path, &trouble)),
    }
}

fn unread(name: &str, trouble: &Trouble) -> Failure {
    Failure::unable(format!("cannot read {name}")).because(format!("it {trouble}"))
}

fn gathered(global: &Global, name: &str, bytes: Zeroizing<Vec<u8>>) -> Result<Master, Failure> {
    let files: Vec<ParsedFile> = unwrap(bytes)
        .iter()
        .map(|part| parsed(name, part))
        .collect();
    let faults: Vec<String> = files
        .iter()
        .filter_map(|file| file.content.fault.as_ref().map(ToString::to_string))
        .collect();
    let mut inventory = assemble(Gathered {
        root: name.to_owned(),
        mounted: Mounted::default(),
        layout: fallback(),
        base: String::new(),
        folders: Vec::new(),
        files,
        flags: Vec::new(),
        claims: Vec::new(),
        accounts: Accounts::default(),
        processes: None,
        host_name: None,
        unread: Vec::new(),
        leftovers: Vec::new(),
    });
    inventory.tree = build_tree(&inventory.items);
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

fn build_tree(items: &[Item]) -> Tree {
    Tree::build(items, &Candidates::find(items), &mut Verified::new())
}

fn parsed(name: &str, part: &Part) -> ParsedFile {
    let path = match part.name.as_str() {
        "" => name.to_owned(),
        inner => format!("{name}/{inner}"),
    };
    let mut content = parse(&part.bytes, Expectation::default());
    // Nothing of Kubernetes reads a key as DER, so only here is it one.
    if content.fault.is_some()
        && content.is_empty()
        && let Ok(half) = key::inspect_der(&part.bytes)
    {
        content = Content {
            keys: vec![FoundKey::Readable(half)],
            ..Content::default()
        };
    }
    ParsedFile {
        path: path.into(),
        content,
        ..ParsedFile::default()
    }
}
