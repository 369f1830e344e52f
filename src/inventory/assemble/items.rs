//! Certificates in files.

use super::usage::Usage;
use super::{Builder, last_index};
use crate::inventory::file::{Content, ParsedFile};
use crate::inventory::{Fault, Item, ItemIndex, KeyFact, Reader, Source};
use crate::kubernetes::role::Part;
use crate::pki::Certificate;

impl Builder<'_> {
    /// Adds the certificates of a file, or the reason why it has none where it should have some.
    pub(super) fn add_file(&mut self, at: usize, file: &mut ParsedFile) {
        let usage = self.uses.get(at);
        let certificates = std::mem::take(&mut file.content.certificates);
        if certificates.is_empty() {
            if let Some(fault) = fault_of(file, usage) {
                let key = self.keys.absent(self.usages, file);
                self.push_file(at, file, 0, Err(fault), key, true);
            }
            return;
        }
        let found = self.keys.pair(self.usages, &self.names.all(at, file), usage, &certificates);
        for (index, certificate) in certificates.into_iter().enumerate() {
            let principal = index == found.principal;
            let key = if principal { found.key.clone() } else { KeyFact::default() };
            self.push_file(at, file, index, certificate, key, principal);
        }
    }

    fn push_file(
        &mut self,
        at: usize,
        file: &ParsedFile,
        index: usize,
        content: Result<Certificate, Fault>,
        key: KeyFact,
        principal: bool,
    ) -> ItemIndex {
        let usage = self.uses.get(at);
        let roles = if principal { usage.roles_as(&[Part::Certificate, Part::PublicKey]) } else { Vec::new() };
        let kubelet = file.path.starts_with("/var/lib/kubelet/") || roles.iter().any(|role| role.is_of_kubelet());
        let changed_at = self.keys.changed_at(file, &key);
        let writers = self.keys.writers(file, &key);
        self.inventory.items.push(Item {
            id: file.path.clone(),
            roles,
            path: file.path.clone(),
            path_bytes: file.path_bytes.clone(),
            index: u32::try_from(index).unwrap_or(u32::MAX),
            source: if kubelet { Source::Kubelet } else { Source::File },
            in_use: usage.in_use,
            is_claimed: usage.is_claimed && !usage.in_use,
            writers,
            copies: self.names.others(at).to_vec(),
            content,
            key,
            read_by: usage.readers.clone(),
            changed_at,
        });
        last_index(self.inventory)
    }
}

/// Why a file without any certificate is an item all the same.
fn fault_of(file: &ParsedFile, usage: &Usage) -> Option<Fault> {
    let content = &file.content;
    let is_absent = matches!(content.fault, Some(Fault::Absent(_))) && file.link.is_none();
    if is_absent && !usage.demanded {
        return None;
    }
    if usage.wants_certificate {
        return Some(
            content
                .fault
                .clone()
                .map_or_else(|| Fault::Other(instead(content).to_owned()), |fault| fault.named_by(&usage.readers)),
        );
    }
    let plays_another_part = usage.is_other || !usage.roles.is_empty();
    if plays_another_part || is_absent || !has_certificate_ending(&file.path) || looks_like_key(&file.path) {
        return None;
    }
    // DH parameters and CRLs lie in `.pem` files too, and are what they should be.
    content.fault.clone().filter(|fault| !(*fault == Fault::OtherBlocks && file.path.ends_with(".pem")))
}

impl Fault {
    /// What is absent, with the flag that names it and where that stands.
    pub(super) fn named_by(self, readers: &[Reader]) -> Self {
        match (self, readers.iter().find(|reader| !reader.file.is_empty())) {
            (Self::Absent(why), Some(reader)) => {
                let Reader { component, file, line, .. } = reader;
                Self::Absent(format!("{why}: {} of {component} names it in {file}:{line}", reader.written_flag()))
            }
            (fault, _) => fault,
        }
    }
}

fn instead(content: &Content) -> &'static str {
    if !content.keys.is_empty() {
        "it holds a private key, not a certificate"
    } else if !content.public_keys.is_empty() {
        "it holds a public key, not a certificate"
    } else if !content.requests.is_empty() {
        "it holds a certification request, not a certificate"
    } else {
        "it holds no certificate"
    }
}

fn has_certificate_ending(path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default();
    ["crt", "cer", "der", "pem", "cert"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// True for the names that openssl's and cfssl's users give to private keys.
pub(super) fn looks_like_key(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("key"))
        || path.ends_with("-key.pem")
        || path.ends_with("/key.pem")
}
