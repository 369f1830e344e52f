//! Of which kind a new key is.

use super::notes::Notes;
use crate::inventory::Item;
use crate::pki::KeyKind;
use crate::pki::key::KeyAlgorithm;
use crate::plan::RenewRequest;

/// As asked, else as the old key; what kubepki cannot make any more has its nearest in place of it.
pub(super) fn algorithm(
    item: Option<&Item>,
    request: &RenewRequest,
    notes: &mut Notes,
) -> KeyAlgorithm {
    if let Some(asked) = request.key_algorithm {
        return asked;
    }
    // client-go's certificate manager makes keys on P-256 for the kubelet.
    let Some(old) = item.and_then(Item::certificate) else {
        return KeyAlgorithm::EcdsaP256;
    };
    let old = old.details().key_algorithm;
    KeyAlgorithm::of_kind(&old).unwrap_or_else(|| {
        let nearest = nearest(&old);
        let id = item.map(|item| item.id.to_string()).unwrap_or_default();
        notes.warn(format!("{id} has a key of the kind {old}, which kubepki does not make: the new one is {nearest}"));
        nearest
    })
}

fn nearest(old: &KeyKind) -> KeyAlgorithm {
    match old {
        KeyKind::Rsa(0..=2048) | KeyKind::RsaPss | KeyKind::Dsa | KeyKind::Other(_) => {
            KeyAlgorithm::Rsa2048
        }
        KeyKind::Rsa(2049..=3072) => KeyAlgorithm::Rsa3072,
        KeyKind::Rsa(_) => KeyAlgorithm::Rsa4096,
        KeyKind::Ecdsa(_) => KeyAlgorithm::EcdsaP256,
        KeyKind::Ed25519 | KeyKind::Ed448 => KeyAlgorithm::Ed25519,
    }
}
