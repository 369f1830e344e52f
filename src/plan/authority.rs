//! Whether a CA here can sign, and where its key lies.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::inventory::{Inventory, Item, ItemIndex, KeyState};
use crate::pki::text::printable;
use crate::pki::{Certificate, Curve, KeyKind, KeyUsage};

/// Why nothing can be signed with a CA's key here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoKey {
    /// It is not on this master: the CA, as it calls itself.
    #[error("the key of {0} is not on this master: renew where that key is")]
    Elsewhere(String),
    /// It is another's, or cannot be read: a sentence.
    #[error("{0}")]
    Unusable(String),
}

/// Whether two items have one key.
pub(super) fn same_key(inventory: &Inventory, one: ItemIndex, other: ItemIndex) -> bool {
    let key = |index| {
        inventory
            .item(index)
            .and_then(Item::certificate)
            .map(Certificate::spki_sha256)
    };
    one == other || key(one).is_some_and(|own| key(other) == Some(own))
}

/// A CA as its certificate calls itself.
pub(super) fn called(authority: &Item) -> String {
    let name = authority
        .certificate()
        .and_then(Certificate::common_name)
        .unwrap_or(&authority.id);
    format!("the CA {}", printable(name))
}

/// The same CA where it can sign, else its certificate of the same name and key in use that can: it
/// was renewed with its key.
pub(super) fn living(
    inventory: &Inventory,
    chosen: ItemIndex,
    moment: OffsetDateTime,
) -> ItemIndex {
    let can = |at: ItemIndex| {
        inventory
            .item(at)
            .is_some_and(|item| can_sign(item, moment).is_ok())
    };
    if can(chosen) {
        return chosen;
    }
    let name = |at: ItemIndex| {
        inventory
            .item(at)
            .and_then(Item::certificate)
            .map(Certificate::subject_key)
    };
    let used = inventory
        .indexed()
        .filter(|(_, one)| one.in_use && one.is_authority())
        .map(|(at, _)| at);
    let mut others =
        used.filter(|at| name(*at) == name(chosen) && same_key(inventory, *at, chosen));
    others.find(|at| can(*at)).unwrap_or(chosen)
}

/// Why a CA cannot sign at `moment`: a sentence.
pub(super) fn can_sign(authority: &Item, moment: OffsetDateTime) -> Result<(), String> {
    let ca = called(authority);
    let certificate = authority
        .certificate()
        .ok_or_else(|| format!("{ca} cannot be read"))?;
    let details = certificate.details();
    if !certificate.is_authority() {
        return Err(format!("{} is not a CA (basic constraints)", authority.id));
    }
    if !details.key_usage.is_empty() && !details.key_usage.contains(&KeyUsage::CertSign) {
        return Err(format!(
            "{ca} may not sign certificates (key usage without cert sign)"
        ));
    }
    if moment > certificate.not_after() {
        return Err(format!(
            "{ca} expired on {}",
            certificate.not_after().date()
        ));
    }
    if moment < certificate.not_before() {
        let begin = certificate.not_before().date();
        return Err(format!(
            "{ca} is valid only from {begin}, and the clock says {}",
            moment.date()
        ));
    }
    if !signs_here(&details.key_algorithm) {
        return Err(format!(
            "{ca} has a key of the kind {}, with which kubepki cannot sign",
            details.key_algorithm
        ));
    }
    Ok(())
}

fn signs_here(kind: &KeyKind) -> bool {
    match kind {
        KeyKind::Rsa(bits) => *bits >= 2048,
        KeyKind::Ecdsa(curve) => matches!(curve, Curve::P256 | Curve::P384 | Curve::P521),
        KeyKind::Ed25519 => true,
        KeyKind::RsaPss | KeyKind::Ed448 | KeyKind::Dsa | KeyKind::Other(_) => false,
    }
}

/// The file with the CA's key: beside its certificate, else beside another certificate of the same
/// key.
///
/// # Errors
/// Why there is none with which it can sign here.
pub(super) fn key_path(inventory: &Inventory, authority: &Item) -> Result<Arc<str>, NoKey> {
    let has_key = |item: &Item| {
        matches!(item.key.state, KeyState::Present | KeyState::Encrypted)
            && item.key.matches != Some(false)
    };
    let spki = authority.certificate().map(Certificate::spki_sha256);
    // Whoever can write a CA's file could put another CA's certificate there: its key is then the
    // one beside it or none.
    let is_roots = authority.writers.is_none();
    let is_same = |item: &&Item| {
        is_roots && item.in_use && item.certificate().map(Certificate::spki_sha256) == spki
    };
    let others = inventory.items.iter().filter(is_same);
    let beside = std::iter::once(authority)
        .chain(others)
        .find(|item| has_key(item))
        .and_then(|item| item.key.path.clone());
    let bare = || {
        let keys = inventory
            .keys
            .iter()
            .filter(|key| !key.public_only && key.state == KeyState::Present);
        let mut keys = keys.filter(|_| is_roots);
        keys.find(|key| key.spki_sha256.is_some() && key.spki_sha256.as_ref() == spki)
            .map(|key| Arc::clone(&key.path))
    };
    beside.or_else(bare).ok_or_else(|| {
        let ca = called(authority);
        match (
            &authority.key.path,
            authority.key.state,
            authority.key.matches,
        ) {
            (Some(path), KeyState::Present, Some(false)) => {
                NoKey::Unusable(format!("{path} is not the key of {ca}"))
            }
            (Some(path), KeyState::Unreadable, _) => {
                NoKey::Unusable(format!("the key {path} of {ca} cannot be read"))
            }
            _ => NoKey::Elsewhere(ca),
        }
    })
}
