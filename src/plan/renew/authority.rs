//! Who signs a renewed certificate, and with which key.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::inventory::tree::Issuer;
use crate::inventory::{Inventory, Item, ItemIndex, expected};
use crate::kubernetes::layout::Authorities;
use crate::kubernetes::role::{RoleId, RoleKind};
use crate::pki::path::Refusal;
use crate::plan::authority::{can_sign, key_path, living, same_key};

/// The CA that signs, and where its key lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RenewalAuthority {
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
    /// The one that the role wants may sign what no CA here has signed. Without a request that
    /// names the certificate this is not done: anybody can have written it.
    pub(super) of_orphans: bool,
}

/// The CA for `item`: the one that signed it, by signature, or that CA's newer certificate of the
/// same key; else the one that its roles want, where `successors` allow that. The old certificate's
/// text never chooses one.
///
/// # Errors
/// Why there is none that can sign at `moment`.
pub(super) fn of(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
    successors: Successors,
    moment: OffsetDateTime,
) -> Result<RenewalAuthority, String> {
    let signer = signer(inventory, index);
    let wanted = wanted(inventory, item);
    let is_wanted = |at: ItemIndex| {
        wanted.is_empty() || wanted.iter().any(|other| same_key(inventory, at, *other))
    };
    let kept = signer.filter(|at| !successors.role_first || is_wanted(*at));
    let first_wanted = || wanted.first().copied();
    let may_be_wanted = successors.of_orphans || successors.role_first || item.content.is_err();
    let chosen = kept
        .or_else(|| first_wanted().filter(|_| may_be_wanted))
        .or(signer);
    let chosen = chosen.ok_or_else(|| match first_wanted().and_then(|at| inventory.item(at)) {
        Some(other) => format!(
            "no CA here has signed it: renew it by name to have {} sign it",
            other.id
        ),
        None => "no CA here has signed it, and nothing says which one should".to_owned(),
    })?;
    let chosen = living(inventory, chosen, moment);
    let authority = inventory
        .item(chosen)
        .ok_or_else(|| "its CA is not here".to_owned())?;
    can_sign(authority, moment)?;
    let key_path = key_path(inventory, authority).map_err(|why| why.to_string())?;
    let instead = match (signer, item.content.is_ok()) {
        (Some(signer), _) if same_key(inventory, signer, chosen) => None,
        (_, false) => None,
        (Some(signer), true) => {
            let old = inventory
                .item(signer)
                .map(|item| Arc::clone(&item.id))
                .unwrap_or_default();
            Some(format!(
                "{} was signed by {old}, the new certificate is signed by {}",
                item.id, authority.id
            ))
        }
        (None, true) => Some(format!(
            "no CA here has signed the old {}, {} signs the new one",
            item.id, authority.id
        )),
    };
    Ok(RenewalAuthority {
        item: chosen,
        key_path,
        instead,
    })
}

/// Why a verifier may refuse what the old signer signs, where its role wants another CA.
pub(super) fn unwanted(inventory: &Inventory, item: &Item, authority: ItemIndex) -> Option<String> {
    let [role] = item.roles[..] else { return None };
    let wanted = wanted(inventory, item);
    if wanted.is_empty()
        || wanted
            .iter()
            .any(|other| same_key(inventory, authority, *other))
    {
        return None;
    }
    let signer = &inventory.item(authority)?.id;
    Some(format!(
        "{signer} signs {}, its role {} wants {}",
        item.id,
        role.name,
        expected::issuer(inventory, role)?
    ))
}

/// The CA in use that has signed `index`, as the signature proves, or the one of the same key: a CA
/// that lies somewhere and is no part of the master proves nothing, and what cannot be checked is
/// not signed.
pub(super) fn signer(inventory: &Inventory, index: ItemIndex) -> Option<ItemIndex> {
    use crate::inventory::NoIssuer::Refused;
    let signed = match inventory.tree.issuer(index) {
        // It did sign, in a way that some do not accept.
        Issuer::Item(signer) | Issuer::None(Refused(signer, Refusal::AuthorityKeyIdentifier)) => {
            signer
        }
        Issuer::Itself | Issuer::None(_) => return None,
    };
    let is_in_use = |at: ItemIndex| inventory.item(at).is_some_and(|item| item.in_use);
    if is_in_use(signed) || !is_in_use(index) {
        return Some(signed);
    }
    let authorities = inventory
        .indexed()
        .filter(|(_, one)| one.in_use && one.is_authority());
    authorities
        .map(|(at, _)| at)
        .find(|at| same_key(inventory, *at, signed))
}

/// Whether `signer` is the CA, or of the key of the CA, that the item's roles want.
pub(super) fn is_of_role(inventory: &Inventory, item: &Item, signer: ItemIndex) -> bool {
    let wanted = wanted(inventory, item);
    // Whoever can write the CA's own file could put another CA's certificate there: that one's key
    // is no key of this role.
    let mut same = inventory.indexed().filter(|(at, one)| {
        one.in_use
            && one.is_authority()
            && !one.roles.is_empty()
            && same_key(inventory, *at, signer)
    });
    let is_wanted = |one: &Item| {
        wanted
            .iter()
            .filter_map(|at| inventory.item(*at))
            .any(|other| shares_role(one, other))
    };
    wanted.iter().any(|at| same_key(inventory, *at, signer)) && same.all(|(_, one)| is_wanted(one))
}

fn shares_role(one: &Item, other: &Item) -> bool {
    one.roles.iter().any(|role| other.roles.contains(role))
}

/// The CAs in use that the item's roles want.
fn wanted(inventory: &Inventory, item: &Item) -> Vec<ItemIndex> {
    if inventory.known_layout().authorities == Authorities::Others {
        return Vec::new();
    }
    let ids: Vec<RoleId> = item
        .roles
        .iter()
        .filter_map(|role| expected::issuer(inventory, role))
        .collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let plays = |one: &Item| {
        one.roles
            .iter()
            .any(|role| role.kind == RoleKind::Authority && ids.contains(&role.id))
    };
    let found = inventory
        .indexed()
        .filter(|(_, one)| one.in_use && one.is_authority() && plays(one));
    found.map(|(index, _)| index).collect()
}
