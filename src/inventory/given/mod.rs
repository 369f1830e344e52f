//! What somebody gives beside the master, through standard input, a file or the clipboard: read as
//! an inventory of its own.

mod here;
mod meant;
mod part;
mod pieces;
mod unwrap;

use std::collections::BTreeMap;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::Inventory;
use super::assemble::{Gathered, assemble};
use super::file::{Content, Expectation, FoundKey, ParsedFile, parse};
use super::mounted::Mounted;
use super::tree::{Candidates, Tree, Verified};
use super::writer::Accounts;
use crate::kubernetes::cfssl::{self, CfsslRequest};
use crate::kubernetes::layout::fallback;
use crate::pki::{Secret, key};
pub use here::{Here, HereOf};
pub use meant::{Damage, Meant, Undecoded};
use meant::{is_markdown, mended};
use part::Part;
use unwrap::unwrap;

/// What was given.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// What could be decoded of it.
    pub inventory: Inventory,
    /// Requests as `cfssl genkey` takes them: neither key nor PKCS#10 is there yet.
    pub cfssl: Vec<CfsslRequest>,
    /// The texts that hold CertificateSigningRequests, by the path of their requests.
    pub objects: BTreeMap<Arc<str>, Secret>,
    /// What could not be decoded, or not all of it.
    pub undecoded: Vec<Undecoded>,
    /// What was taken out of the text before it could be decoded.
    pub mended: Option<Damage>,
}

impl Given {
    /// Whether nothing could be decoded.
    pub fn is_bare(&self) -> bool {
        self.inventory.is_bare()
            && self.inventory.bootstrap.tokens.is_empty()
            && self.cfssl.is_empty()
    }

    /// The same, with each request that lies in no file called by what it asks for: its common name,
    /// else its first name.
    #[must_use]
    pub fn named_by_subject(mut self) -> Self {
        for item in &mut self.inventory.requests {
            if let (None, Ok(asked)) = (&item.object, &item.request) {
                let common_name = asked.subject.common_name().map(ToOwned::to_owned);
                let first = || asked.subject_alt_names.first().map(ToString::to_string);
                item.name = common_name.or_else(first).unwrap_or_default();
            }
            if item.name.is_empty() {
                "request".clone_into(&mut item.name);
            }
        }
        self
    }

    /// How many things could be decoded whole.
    fn decoded(&self) -> usize {
        let inventory = &self.inventory;
        let items = inventory.items.iter().filter(|item| item.content.is_ok());
        let requests = inventory.requests.iter().filter(|one| one.request.is_ok());
        let kubeconfigs = inventory.kubeconfigs.iter();
        let kubeconfigs = kubeconfigs.filter(|one| !one.contexts.is_empty());
        let keys = inventory.keys.iter().filter(|key| key.algorithm.is_some());
        items.count()
            + requests.count()
            + kubeconfigs.count()
            + keys.count()
            + inventory.bootstrap.tokens.len()
            + self.cfssl.len()
    }
}

/// Reads `bytes`, which are called `name`: PEM, DER, base64 of these, kubeconfigs, Secrets and other
/// objects, lines of a token file, cfssl's JSON. Never fails: what is wrong is a fact too.
pub fn given(name: &str, bytes: Zeroizing<Vec<u8>>) -> Given {
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let (mended, is_markdown) = (mended(text), is_markdown(text));
    let as_it_is = read(name, bytes);
    let Some((text, damage)) = mended else {
        return as_it_is;
    };
    let again = read(name, Zeroizing::new(text.as_bytes().to_vec()));
    let [before, after] = [&as_it_is, &again].map(Given::decoded);
    if after > before || (is_markdown && after == before) {
        Given {
            mended: Some(damage),
            ..again
        }
    } else {
        as_it_is
    }
}

fn read(name: &str, bytes: Zeroizing<Vec<u8>>) -> Given {
    let mut given = Given::default();
    let mut files = Vec::new();
    let (parts, is_cut) = unwrap(bytes);
    given.undecoded.extend(is_cut.then(Undecoded::rest));
    for part in parts {
        let path: Arc<str> = match part.name.as_str() {
            "" => name.into(),
            inner => format!("{name}/{inner}").into(),
        };
        let content = content(&part);
        match request_of_cfssl(&part, &content) {
            Some(Ok(request)) => {
                given.cfssl.push(request);
                continue;
            }
            Some(Err(fault)) => given.undecoded.push(Undecoded {
                fault: Some(fault),
                ..Undecoded::of(&part, &content).unwrap_or_default()
            }),
            None => given.undecoded.extend(Undecoded::of(&part, &content)),
        }
        if !content.objects.is_empty() {
            given
                .objects
                .insert(path.clone(), part.bytes.clone().into());
        }
        files.push(ParsedFile {
            path,
            content,
            ..ParsedFile::default()
        });
    }
    given.inventory = inventory(name, files);
    given
}

/// What a part holds. Nothing of Kubernetes reads a key as DER, so only here is it one; and only here
/// does nothing but its own shape say of a line that it is one of a token file.
fn content(part: &Part) -> Content {
    let content = parse(&part.bytes, Expectation::default());
    if !content.is_empty() || content.fault.is_none() {
        return content;
    }
    if let Ok(half) = key::inspect_der(&part.bytes) {
        return Content {
            keys: vec![FoundKey::Readable(half)],
            ..Content::default()
        };
    }
    let tokens = Expectation {
        tokens: true,
        ..Expectation::default()
    };
    match part.text().and_then(Meant::of) {
        Some(Meant::TokenFile) => parse(&part.bytes, tokens),
        _ => content,
    }
}

fn request_of_cfssl(part: &Part, content: &Content) -> Option<Result<CfsslRequest, String>> {
    let text = part.text().filter(|_| content.is_empty())?;
    let is_meant = Meant::of(text) == Some(Meant::Cfssl);
    is_meant.then(|| cfssl::from_json(text).map_err(|error| error.to_string()))
}

fn inventory(name: &str, files: Vec<ParsedFile>) -> Inventory {
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
    inventory.is_given = true;
    inventory
}
