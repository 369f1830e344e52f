//! What becomes of files: PEM blocks and fields of kubeconfigs are exchanged, every other byte
//! stays.

use std::collections::{BTreeMap, HashMap};

use zeroize::Zeroizing;

use super::key_file_owner::{KeyFileOwner, OF_KEYS};
use crate::inventory::Trouble;
use crate::kubernetes::kubeconfig::{self, Edit};
use crate::pki::key::{self, PrivateKey};
use crate::pki::{Certificate, Digest, Secret, pem};
use crate::plan::{After, Change, Material, Materials, PlanError};
use crate::record::{PathState, Place};

/// The edits of all files, in the order in which they are first touched.
#[derive(Debug)]
pub(super) struct Edits<'a> {
    materials: &'a Materials,
    edited: Vec<Edited>,
    /// Where each path is among them.
    places: HashMap<String, usize>,
    /// Whose new keys become, by their files.
    holders: BTreeMap<String, KeyFileOwner>,
}

/// What happens to one file. With nothing in it the content stays.
#[derive(Debug, Default)]
struct Edited {
    path: String,
    notes: Vec<&'static str>,
    /// The whole content, whatever was there.
    whole: Option<Secret>,
    /// Other values for fields of a kubeconfig.
    fields: Vec<Edit>,
    /// PEM blocks in the place of others.
    replaced: Vec<Replaced>,
    /// PEM blocks behind all that stays.
    added: Vec<Zeroizing<String>>,
    /// Nothing of the old content stays.
    afresh: bool,
    holds_key: bool,
}

/// A file with a private key that others than its owner can read, and its mode.
pub(super) type ReadableKey = (String, u32);

/// Which block, and the label and content that it gets.
type Replaced = (usize, String, Zeroizing<Vec<u8>>);

impl<'a> Edits<'a> {
    pub(super) fn new(materials: &'a Materials) -> Self {
        Self {
            materials,
            edited: Vec::new(),
            places: HashMap::new(),
            holders: BTreeMap::new(),
        }
    }

    pub(super) fn material(&self, path: &str) -> Result<&'a Material, PlanError> {
        self.materials.files.get(path).ok_or_else(|| changed(path))
    }

    /// The content of a file that must be there.
    pub(super) fn content(&self, path: &str) -> Result<&'a [u8], PlanError> {
        match &self.material(path)?.content {
            Ok(content) => Ok(content.expose()),
            Err(why) => {
                let is_denied = *why == Trouble::Denied;
                let hint = if is_denied {
                    "keys of a master are root's: sudo kubepki"
                } else {
                    ""
                };
                Err(PlanError::refused(format!("{path} cannot be read"))
                    .unread(why)
                    .hint(hint))
            }
        }
    }

    /// Puts `new` in the place of `old` in a certificate file, PEM or DER.
    pub(super) fn certificate(
        &mut self,
        path: &str,
        old: &Certificate,
        new: &Certificate,
    ) -> Result<(), PlanError> {
        let content = self.content(path)?;
        let places = places_of(content, old);
        if places.is_empty() && content != old.der() {
            return Err(changed(path));
        }
        let edited = self.at(path, "new certificate");
        if places.is_empty() {
            edited.whole = Some(Secret::new(new.der().to_vec()));
        } else {
            for at in places {
                edited.replace(at, "CERTIFICATE", new.der());
            }
        }
        Ok(())
    }

    /// Says whose the new key in a file becomes.
    pub(super) fn holder(&mut self, path: &str, holder: KeyFileOwner) {
        self.holders.insert(path.to_owned(), holder);
    }

    /// Puts `new` in the place of the key in a file, in the form of the old one; makes the file
    /// where it is not there.
    pub(super) fn key(
        &mut self,
        path: &str,
        old: Option<&Digest>,
        new: &PrivateKey,
    ) -> Result<(), PlanError> {
        let material = self.material(path)?;
        if material.path_state != PathState::Absent {
            self.content(path)?;
        }
        let content = material.content.as_ref().map_or(&[][..], Secret::expose);
        let blocks = pem::blocks(content);
        let label = |at: usize| blocks[at].as_ref().map_or("", |block| block.label.as_str());
        let is_alone = !(0..blocks.len()).any(|at| label(at) == "CERTIFICATE");
        // openssl writes the curve before the key: it is right for keys of that curve only.
        let has_curve = (0..blocks.len()).any(|at| label(at) == "EC PARAMETERS");
        let place = key_block(&blocks, old).filter(|_| !(has_curve && is_alone));
        let edited = self.at(path, "new key");
        edited.holds_key = true;
        if let Some(at) = place {
            let form = new.to_pem_like(plain_label(label(at)));
            if let Some(Ok(block)) = pem::blocks(form.as_bytes()).pop() {
                edited.replace(at, &block.label, &block.der);
            }
        } else if edited.added.is_empty() {
            edited.afresh = is_alone;
            edited.added.push(new.to_pem());
        }
        Ok(())
    }

    /// A file with this content, where none was.
    pub(super) fn create(&mut self, path: &str, content: Secret, note: &'static str) {
        let edited = self.at(path, note);
        edited.holds_key = true;
        edited.whole = Some(content);
    }

    /// Other values for fields of a kubeconfig. What is asked for twice is done once.
    pub(super) fn fields(&mut self, path: &str, edits: Vec<Edit>, note: &'static str) {
        if edits.is_empty() {
            return;
        }
        let edited = self.at(path, note);
        edited.holds_key = true;
        for edit in edits {
            if !edited
                .fields
                .iter()
                .any(|other| other.entry == edit.entry && other.field == edit.field)
            {
                edited.fields.push(edit);
            }
        }
    }

    /// A file whose key stays: only its mode may change.
    pub(super) fn kept_key(&mut self, path: &str) {
        self.entry(path).holds_key = true;
    }

    fn at(&mut self, path: &str, note: &'static str) -> &mut Edited {
        let edited = self.entry(path);
        if !edited.notes.contains(&note) {
            edited.notes.push(note);
        }
        edited
    }

    fn entry(&mut self, path: &str) -> &mut Edited {
        let at = *self.places.entry(path.to_owned()).or_insert_with(|| {
            self.edited.push(Edited {
                path: path.to_owned(),
                ..Edited::default()
            });
            self.edited.len() - 1
        });
        &mut self.edited[at]
    }

    /// The changes, and the keys that others than their owner can read, each with its mode.
    pub(super) fn finish(
        self,
        tighten: bool,
    ) -> Result<(Vec<Change>, Vec<ReadableKey>), PlanError> {
        let (mut changes, mut readable) = (Vec::new(), Vec::new());
        for mut edited in self.edited {
            let material = self
                .materials
                .files
                .get(&edited.path)
                .ok_or_else(|| changed(&edited.path))?;
            let old = material.path_state.attributes();
            let gets_key = edited.holds_key && !edited.notes.is_empty();
            let mut attributes = match old {
                Some(old) if !gets_key => old,
                old => self
                    .holders
                    .get(&edited.path)
                    .copied()
                    .unwrap_or_default()
                    .attributes(old),
            };
            if edited.holds_key && attributes.mode & 0o077 != 0 {
                readable.push((edited.path.clone(), attributes.mode));
                if tighten {
                    attributes.mode = OF_KEYS;
                    edited.notes.push("mode 0600");
                }
            }
            let after = match edited.content(material)? {
                Some(content) => After::File {
                    content,
                    attributes,
                },
                None if Some(attributes) == material.path_state.attributes() => continue,
                None => After::Attributes(attributes),
            };
            changes.push(Change {
                place: Place::Master,
                path: edited.path,
                summary: edited.notes.join(", "),
                before: material.path_state.clone(),
                after,
            });
        }
        Ok((changes, readable))
    }
}

impl Edited {
    /// Two certificates may share a key file: what is asked for twice is done once.
    fn replace(&mut self, at: usize, label: &str, der: &[u8]) {
        if !self.replaced.iter().any(|(known, ..)| *known == at) {
            self.replaced
                .push((at, label.to_owned(), Zeroizing::new(der.to_vec())));
        }
    }

    /// The whole new content; `None`: it stays.
    fn content(&self, material: &Material) -> Result<Option<Secret>, PlanError> {
        let old = material.content.as_ref().map_or(&[][..], Secret::expose);
        if self.whole.is_some() {
            return Ok(self.whole.clone());
        }
        if !self.fields.is_empty() {
            let text = std::str::from_utf8(old).map_err(|_| changed(&self.path))?;
            let edited = kubeconfig::edit(text, &self.fields).map_err(|error| {
                PlanError::refused(format!(
                    "{} cannot be changed without changing more",
                    self.path
                ))
                .because(error.to_string())
            })?;
            return Ok(Some(Secret::from(edited)));
        }
        if self.replaced.is_empty() && self.added.is_empty() {
            return Ok(None);
        }
        let blocks: Vec<(usize, &str, &[u8])> = self
            .replaced
            .iter()
            .map(|(at, label, der)| (*at, label.as_str(), der.as_slice()))
            .collect();
        let kept = if self.afresh {
            Zeroizing::default()
        } else {
            pem::replace(old, &blocks)?
        };
        Ok(Some(joined(&kept, &self.added)))
    }
}

/// `kept`, ended by a newline, and the blocks behind it.
pub(super) fn joined(kept: &[u8], added: &[Zeroizing<String>]) -> Secret {
    let length = kept.len() + 1 + added.iter().map(|text| text.len()).sum::<usize>();
    // Room for all: a vector that grows leaves copies of a key behind.
    let mut content = Zeroizing::new(Vec::with_capacity(length));
    content.extend_from_slice(kept);
    if !added.is_empty() && kept.last().is_some_and(|byte| *byte != b'\n') {
        content.push(b'\n');
    }
    for text in added {
        content.extend_from_slice(text.as_bytes());
    }
    Secret::from(content)
}

/// The blocks of `content` that are `certificate`.
pub(super) fn places_of(content: &[u8], certificate: &Certificate) -> Vec<usize> {
    let blocks = pem::blocks(content);
    let is_it = |block: &Result<pem::Block, crate::pki::Error>| {
        block
            .as_ref()
            .is_ok_and(|block| block.label == "CERTIFICATE" && *block.der == certificate.der())
    };
    (0..)
        .zip(&blocks)
        .filter(|(_, block)| is_it(block))
        .map(|(at, _)| at)
        .collect()
}

/// The block with this key, else the first one with a private key.
pub(super) fn key_block(
    blocks: &[Result<pem::Block, crate::pki::Error>],
    spki: Option<&Digest>,
) -> Option<usize> {
    let keys = || {
        let found = (0..)
            .zip(blocks)
            .filter_map(|(at, block)| Some((at, block.as_ref().ok()?)));
        found.filter(|(_, block)| key::is_private_key(&block.label))
    };
    let is_own = |block: &pem::Block| {
        spki.is_some()
            && key::inspect(block)
                .ok()
                .map(|half| half.spki_sha256)
                .as_ref()
                == spki
    };
    keys()
        .find(|(_, block)| is_own(block))
        .or_else(|| keys().next())
        .map(|(at, _)| at)
}

/// The label of the same form without a passphrase: nothing of Kubernetes could read an encrypted
/// key.
fn plain_label(label: &str) -> &str {
    if label == "ENCRYPTED PRIVATE KEY" {
        "PRIVATE KEY"
    } else {
        label
    }
}

/// What is said of a file that is not what the inventory knows of it.
pub(super) fn changed(path: &str) -> PlanError {
    PlanError::refused(format!("{path} has changed since it was looked at"))
        .hint("read the master again and renew again")
}
