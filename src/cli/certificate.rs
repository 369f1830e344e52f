//! Certificates of an inventory as documents.

use base64::Engine as _;

use super::document::{
    CertificateDetails, CertificateDocument, ExtensionDocument, ReaderDocument, WriterDocument,
    some_text,
};
use super::right::right;
use crate::inventory::judged::JudgedItem;
use crate::inventory::tree::Issuer;
use crate::inventory::{Inventory, Item, ItemIndex, KeyState, Reader, Source};
use crate::kubernetes::role::Role;
use crate::pki::{Certificate, Details, GeneralName, hex};
use crate::words::date;
use crate::words::shell;

/// The id of the item that signed an item, as the tree says; a self-signed one's own.
pub(crate) fn authority_id(inventory: &Inventory, index: ItemIndex) -> Option<String> {
    let signer = match inventory.tree.issuer(index) {
        Issuer::Item(signer) => signer,
        Issuer::Itself => index,
        Issuer::None(_) => return None,
    };
    inventory.item(signer).map(|item| item.id.to_string())
}

/// An item as `list` gives it.
pub(crate) fn document(inventory: &Inventory, judged: &JudgedItem<'_>) -> CertificateDocument {
    let item = judged.item;
    let mut document = CertificateDocument {
        id: item.id.to_string(),
        roles: role_names(&item.roles),
        path: item.path.to_string(),
        path_bytes: item
            .path_bytes
            .as_deref()
            .map(|bytes| base64::engine::general_purpose::STANDARD.encode(bytes)),
        index: item.index,
        source: source_word(&item.source),
        in_use: item.in_use,
        copies: item.copies.iter().map(ToString::to_string).collect(),
        authority: authority_id(inventory, judged.index),
        status: judged.state.status.word(),
        why: some_text(&judged.state.why),
        days_left: judged.state.days_left,
        works_until: judged.state.life.map(|life| date::rfc3339(life.end)),
        ends_with: ends_with(inventory, judged),
        key_path: item.key.path.as_deref().map(ToOwned::to_owned),
        key_state: key_word(item.key.state),
        key_matches: item.key.matches,
        read_by: readers(&item.read_by),
        writable_by: writers(item),
        right: right(inventory, judged.index, item),
        ..CertificateDocument::default()
    };
    if let Some(certificate) = item.certificate() {
        fill(&mut document, certificate, &certificate.details());
    }
    document
}

/// The CA above an item with which it ends, where that ends first.
fn ends_with(inventory: &Inventory, judged: &JudgedItem<'_>) -> Option<String> {
    let other = judged
        .state
        .life
        .map(|life| life.ends_with)
        .filter(|other| *other != judged.index)?;
    inventory.item(other).map(|item| item.id.to_string())
}

/// Writes what the certificate itself says.
pub(crate) fn fill(
    document: &mut CertificateDocument,
    certificate: &Certificate,
    details: &Details,
) {
    document.subject = Some(details.subject.to_rfc4514());
    document.issuer = Some(details.issuer.to_rfc4514());
    document.common_name = details.subject.common_name().map(ToOwned::to_owned);
    document.organizations = details
        .subject
        .organizations()
        .into_iter()
        .map(ToOwned::to_owned)
        .collect();
    document.serial_number = Some(details.serial_number.clone());
    document.not_before = Some(date::rfc3339(details.not_before));
    document.not_after = Some(date::rfc3339(details.not_after));
    document.is_authority = certificate.is_authority();
    document.key_algorithm = Some(details.key_algorithm.to_string());
    document.signature_algorithm = Some(details.signature_algorithm.clone());
    document.key_usage = details.key_usage.iter().map(ToString::to_string).collect();
    document.extended_key_usage = details
        .extended_key_usage
        .iter()
        .map(ToString::to_string)
        .collect();
    let names = AlternativeNames::of(&details.subject_alt_names);
    document.dns_names = names.dns;
    document.ip_addresses = names.ip;
    document.email_addresses = names.email;
    document.uris = names.uri;
    document.subject_key_identifier = details.subject_key_identifier.as_deref().map(hex);
    document.authority_key_identifier = details.authority_key_identifier.as_deref().map(hex);
    document.sha256 = Some(hex(certificate.sha256()));
    document.spki_sha256 = Some(hex(certificate.spki_sha256()));
}

/// An item as `show` gives it.
pub(crate) fn details(inventory: &Inventory, judged: &JudgedItem<'_>) -> CertificateDetails {
    let item = judged.item;
    let chain = inventory.tree.chain(judged.index);
    CertificateDetails {
        certificate: document(inventory, judged),
        purposes: texts(item.roles.iter().map(|role| role.purpose)),
        consequences: texts(item.roles.iter().map(|role| role.consequence.words())),
        chain: chain
            .iter()
            .filter_map(|index| inventory.item(*index))
            .map(|item| item.id.to_string())
            .collect(),
        extensions: item
            .certificate()
            .map(|certificate| extensions(&certificate.details()))
            .unwrap_or_default(),
        commands: item
            .certificate()
            .map(|_| shell::certificate(inventory, judged.index, item))
            .unwrap_or_default(),
        pem: item.certificate().map(Certificate::to_pem),
    }
}

/// All extensions in order.
pub(super) fn extensions(details: &Details) -> Vec<ExtensionDocument> {
    let one = |extension: &crate::pki::extension::Extension| ExtensionDocument {
        oid: extension.oid.clone(),
        name: extension.name.clone(),
        critical: extension.critical,
        text: extension.text.clone(),
    };
    details.extensions.iter().map(one).collect()
}

/// Subject alternative names by kind.
#[derive(Debug, Default)]
pub(super) struct AlternativeNames {
    pub(super) dns: Vec<String>,
    pub(super) ip: Vec<String>,
    pub(super) email: Vec<String>,
    pub(super) uri: Vec<String>,
}

impl AlternativeNames {
    pub(super) fn of(names: &[GeneralName]) -> Self {
        let mut sorted = Self::default();
        for name in names {
            match name {
                GeneralName::Dns(name) => sorted.dns.push(name.clone()),
                GeneralName::Ip(address) => sorted.ip.push(address.to_string()),
                GeneralName::Email(address) => sorted.email.push(address.clone()),
                GeneralName::Uri(uri) => sorted.uri.push(uri.clone()),
                GeneralName::Other(_) => {}
            }
        }
        sorted
    }
}

/// The names of roles.
pub(crate) fn role_names(roles: &[&Role]) -> Vec<String> {
    texts(roles.iter().map(|role| role.name))
}

/// The texts that say something, each once.
pub(crate) fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in texts.filter(|text| !text.is_empty()) {
        if !found.iter().any(|known| known == text) {
            found.push(text.to_owned());
        }
    }
    found
}

/// Readers as documents.
pub(crate) fn readers(readers: &[Reader]) -> Vec<ReaderDocument> {
    let one = |reader: &Reader| ReaderDocument {
        component: reader.component,
        flag: some_text(&reader.flag),
        file: some_text(&reader.file),
        line: (reader.line > 0).then_some(reader.line),
        claimed: reader.is_claim,
    };
    readers.iter().map(one).collect()
}

fn writers(item: &Item) -> Vec<WriterDocument> {
    let all = item.writers.iter().flat_map(|writers| writers.iter());
    all.map(|writer| WriterDocument {
        who: writer.who.to_string(),
        path: writer.path.to_string(),
    })
    .collect()
}

pub(crate) fn source_word(source: &Source) -> &'static str {
    match source {
        Source::File => "file",
        Source::Kubeconfig { .. } => "kubeconfig",
        Source::Kubelet => "kubelet",
    }
}

/// The contract's word for a key's state.
pub(crate) fn key_word(state: KeyState) -> &'static str {
    match state {
        KeyState::Present => "present",
        KeyState::Absent => "absent",
        KeyState::Unreadable => "unreadable",
        KeyState::Encrypted => "encrypted",
    }
}
