//! Who signs a renewed certificate, and with which key.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::inventory::tree::Issuer;
use crate::inventory::{Inventory, Item, ItemIndex, KeyState, expected};
use crate::kubernetes::role::RoleKind;
use crate::pki::Certificate;
use crate::pki::path::Refusal;
use crate::pki::text::printable;

/// The CA that signs, and where its key lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authority {
    pub(super) item: ItemIndex,
    pub(super) key_path: Arc<str>,
    /// One sentence where another CA signed the old certificate.
    pub(super) instead: Option<String>,
}

/// Which CAs may sign in place of the one that did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Successors {
    /// The one that the role wants comes before the one that signed.
    pub(super) role_first: bool,
    /// The one that the role wants may sign what a CA signed that is not here. Without a request that names the
    /// certificate this is not done: it may be a public CA's.
    pub(super) of_orphans: bool,
}

/// The CA for `item`: the one that signed it, by signature; where that is gone, the one in use that bears its name, or
/// one that `successors` allow.
///
/// # Errors
/// Why there is none that can sign at `moment`.
pub(super) fn of(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
    successors: Successors,
    moment: OffsetDateTime,
) -> Result<Authority, String> {
    let signer = signer(inventory, index);
    let wanted = wanted(inventory, item);
    let is_wanted = |at: ItemIndex| wanted.is_empty() || wanted.iter().any(|other| same_key(inventory, at, *other));
    let in_use = |at: &ItemIndex| inventory.item(*at).is_some_and(|signer| signer.in_use || !item.in_use);
    let kept = signer.filter(in_use).filter(|at| !successors.role_first || is_wanted(*at));
    let may_be_wanted = successors.of_orphans || signer.is_some() || item.content.is_err();
    let first_wanted = || wanted.first().copied();
    let chosen = kept
        .or_else(|| first_wanted().filter(|_| successors.role_first))
        .or_else(|| namesake(inventory, item, &wanted))
        .or_else(|| first_wanted().filter(|_| may_be_wanted))
        .or(signer);
    let chosen = chosen.ok_or_else(|| match first_wanted().and_then(|at| inventory.item(at)) {
        Some(other) => format!("the CA that signed it is not here: renew it by name to have {} sign it", other.id),
        None => "the CA that signed it is not here".to_owned(),
    })?;
    let authority = inventory.item(chosen).ok_or_else(|| "its CA is not here".to_owned())?;
    can_sign(authority, moment)?;
    let key_path = key_path(inventory, authority)?;
    let instead = match (signer, item.content.is_ok()) {
        (Some(signer), _) if same_key(inventory, signer, chosen) => None,
        (_, false) => None,
        (Some(signer), true) => {
            let old = inventory.item(signer).map(|item| Arc::clone(&item.id)).unwrap_or_default();
            Some(format!("{} was signed by {old}, the new certificate is signed by {}", item.id, authority.id))
        }
        (None, true) => {
            Some(format!("{} was signed by a CA that is not here, {} signs the new one", item.id, authority.id))
        }
    };
    Ok(Authority { item: chosen, key_path, instead })
}

/// Why a verifier may refuse what the old signer signs, where its role wants another CA.
pub(super) fn unwanted(inventory: &Inventory, item: &Item, authority: ItemIndex) -> Option<String> {
    let [role] = item.roles[..] else { return None };
    let wanted = wanted(inventory, item);
    if wanted.is_empty() || wanted.iter().any(|other| same_key(inventory, authority, *other)) {
        return None;
    }
    let signer = &inventory.item(authority)?.id;
    Some(format!("{signer} signs {}, its role {} wants {}", item.id, role.name, expected::issuer(inventory, role)?))
}

fn signer(inventory: &Inventory, index: ItemIndex) -> Option<ItemIndex> {
    use crate::inventory::NoIssuer::Refused;
    match inventory.tree.issuer(index) {
        // The last two say that it did sign, in a way that some do not accept.
        Issuer::Item(signer)
        | Issuer::None(Refused(signer, Refusal::AuthorityKeyIdentifier | Refusal::UnknownAlgorithm)) => Some(signer),
        Issuer::Itself | Issuer::None(_) => None,
    }
}

/// Layouts in which a role's issuer says nothing: k3s has a CA for servers and one for clients, and two for etcd.
const OTHER_AUTHORITIES: [&str; 2] = ["k3s", "rke2"];

/// The CAs in use that the item's roles want.
fn wanted(inventory: &Inventory, item: &Item) -> Vec<ItemIndex> {
    if OTHER_AUTHORITIES.contains(&inventory.layout.as_str()) {
        return Vec::new();
    }
    let names: Vec<&str> = item.roles.iter().filter_map(|role| expected::issuer(inventory, role)).collect();
    let plays =
        |one: &Item| one.roles.iter().any(|role| role.kind == RoleKind::Authority && names.contains(&role.name));
    let found = inventory.indexed().filter(|(_, one)| one.in_use && one.is_authority() && plays(one));
    found.map(|(index, _)| index).collect()
}

/// A CA in use that bears the name of the one that signed: of several the one that the roles want.
fn namesake(inventory: &Inventory, item: &Item, wanted: &[ItemIndex]) -> Option<ItemIndex> {
    let name = item.certificate()?.issuer_key();
    let bears =
        |one: &Item| one.in_use && one.certificate().is_some_and(|ca| ca.is_authority() && ca.subject_key() == name);
    let found = || inventory.indexed().filter(|(_, one)| bears(one)).map(|(index, _)| index);
    found().find(|index| wanted.contains(index)).or_else(|| found().next())
}

fn same_key(inventory: &Inventory, one: ItemIndex, other: ItemIndex) -> bool {
    let key = |index| inventory.item(index).and_then(Item::certificate).map(Certificate::spki_sha256);
    one == other || key(one).is_some_and(|own| key(other) == Some(own))
}

/// A CA as its certificate calls itself.
fn called(authority: &Item) -> String {
    let name = authority.certificate().and_then(Certificate::common_name).unwrap_or(&authority.id);
    format!("the CA {}", printable(name))
}

fn can_sign(authority: &Item, moment: OffsetDateTime) -> Result<(), String> {
    let ca = called(authority);
    let certificate = authority.certificate().ok_or_else(|| format!("{ca} cannot be read"))?;
    let details = certificate.details();
    if !certificate.is_authority() {
        return Err(format!("{} is not a CA (basic constraints)", authority.id));
    }
    if !details.key_usage.is_empty() && !details.key_usage.contains(&"cert sign") {
        return Err(format!("{ca} may not sign certificates (key usage without cert sign)"));
    }
    if moment > certificate.not_after() {
        return Err(format!("{ca} expired on {}", certificate.not_after().date()));
    }
    if moment < certificate.not_before() {
        let begin = certificate.not_before().date();
        return Err(format!("{ca} is valid only from {begin}, and the clock says {}", moment.date()));
    }
    if !signs_here(&details.key_algorithm) {
        return Err(format!("{ca} has a key of the kind {}, with which kubepki cannot sign", details.key_algorithm));
    }
    Ok(())
}

fn signs_here(algorithm: &str) -> bool {
    match algorithm.strip_prefix("RSA-") {
        Some(bits) => bits.parse::<u32>().is_ok_and(|bits| bits >= 2048),
        None => matches!(algorithm, "ECDSA-P256" | "ECDSA-P384" | "ECDSA-P521" | "Ed25519"),
    }
}

/// The file with the CA's key: beside its certificate, else beside another certificate of the same key.
fn key_path(inventory: &Inventory, authority: &Item) -> Result<Arc<str>, String> {
    let has_key = |item: &Item| {
        matches!(item.key.state, KeyState::Present | KeyState::Encrypted) && item.key.matches != Some(false)
    };
    let spki = authority.certificate().map(Certificate::spki_sha256);
    let is_same = |item: &&Item| item.in_use && item.certificate().map(Certificate::spki_sha256) == spki;
    let others = inventory.items.iter().filter(is_same);
    let beside =
        std::iter::once(authority).chain(others).find(|item| has_key(item)).and_then(|item| item.key.path.clone());
    let bare = || {
        let mut keys = inventory.keys.iter().filter(|key| !key.public_only && key.state == KeyState::Present);
        keys.find(|key| key.spki_sha256.is_some() && key.spki_sha256.as_ref() == spki).map(|key| Arc::clone(&key.path))
    };
    beside.or_else(bare).ok_or_else(|| match (&authority.key.path, authority.key.state, authority.key.matches) {
        (Some(path), KeyState::Present, Some(false)) => format!("{path} is not the key of {}", called(authority)),
        (Some(path), KeyState::Unreadable, _) => format!("the key {path} of {} cannot be read", called(authority)),
        _ => format!("the key of {} is not on this master: renew where that key is", called(authority)),
    })
}
