//! What somebody gives beside the master, through standard input, a file or the clipboard: read as
//! an inventory of its own.

mod unwrap;

use zeroize::Zeroizing;

use super::Inventory;
use super::assemble::{Gathered, assemble};
use super::file::{Content, Expectation, FoundKey, ParsedFile, parse};
use super::mounted::Mounted;
use super::tree::{Candidates, Tree, Verified};
use super::writer::Accounts;
use crate::kubernetes::layout::fallback;
use crate::pki::key;
use unwrap::{Part, unwrap};

/// What was given.
#[derive(Debug)]
pub struct Given {
    /// What could be decoded of it.
    pub inventory: Inventory,
    /// Why a part of it could not be decoded, a sentence's end each.
    pub faults: Vec<String>,
}

/// Reads `bytes`, which are called `name`: PEM, DER, base64 of these, kubeconfigs, Secrets and other
/// objects. Never fails: what is wrong is a fact too.
pub fn given(name: &str, bytes: Zeroizing<Vec<u8>>) -> Given {
    let parts = unwrap(bytes);
    let files: Vec<ParsedFile> = parts.iter().map(|part| parsed(name, part)).collect();
    let faults = files.iter().filter_map(|file| file.content.fault.as_ref());
    let faults = faults.map(ToString::to_string).collect();
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
    let items = &inventory.items;
    inventory.tree = Tree::build(items, &Candidates::find(items), &mut Verified::new());
    Given { inventory, faults }
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
