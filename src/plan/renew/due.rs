//! What may be renewed, and what is due.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::authority::{self, RenewalAuthority, Successors};
use super::{doubt, ending, kubelet, staying};
use crate::inventory::life::{Life, life};
use crate::inventory::state::{Status, judge};
use crate::inventory::{Inventory, Item, ItemIndex};
use crate::kubernetes::flags;
use crate::kubernetes::role::RoleKind;

/// Whether `item` is due at `moment`: in use, a leaf whose CA key is here, and expired or with less
/// left than the smaller of the warning time and a third of its life. A kubelet without any
/// identity is due, too.
///
/// # Errors
/// Why it is not, one sentence without a full stop.
pub fn due(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
    moment: OffsetDateTime,
) -> Result<(), String> {
    let signer = unasked(inventory, index, item, moment)?;
    if let Some(signer) = signer
        && let Some((life, why)) = ending::ends_with_authority(inventory, index, item, moment)
    {
        // Only one that lives on helps; from the same one it would be made anew each day.
        return if outlives(inventory, signer.item, life, moment) {
            Ok(())
        } else {
            Err(why)
        };
    }
    ending::near_its_end(item, moment).map_err(|why| {
        match staying::broken(inventory, index, item, moment) {
            Some(fault) => format!("{why}, but it is broken: {fault}{}", staying::cure(item)),
            None => why,
        }
    })
}

/// Whether a plan for all may renew `item`: it can be, and nothing speaks against doing it without
/// a question. Gives the CA that signs; `None`: nothing is signed.
///
/// # Errors
/// Why not, one sentence without a full stop.
pub(super) fn unasked(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
    moment: OffsetDateTime,
) -> Result<Option<RenewalAuthority>, String> {
    let is_signed = kubelet::pointed_to(inventory, item, moment).is_none();
    let signer = is_signed
        .then(|| renewable(inventory, index, item, Successors::default(), moment))
        .transpose()?;
    match doubt::of_whole(inventory, index, item, moment) {
        None => Ok(signer),
        Some(doubt) => Err(format!("{doubt}: it is renewed by its name only")),
    }
}

/// Whether the CA `signer` lives at `moment`, and longer than `life`.
fn outlives(inventory: &Inventory, signer: ItemIndex, old: Life, moment: OffsetDateTime) -> bool {
    let certificate = inventory.item(signer).and_then(Item::certificate);
    let own = certificate.map(|certificate| life(inventory, signer, certificate, moment));
    own.is_some_and(|own| own.holds(moment) && (own.end > old.end || !old.holds(moment)))
}

/// Whether a new certificate can be made for `item`, and by whom.
///
/// # Errors
/// Why not, one sentence without a full stop.
pub(super) fn renewable(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
    successors: Successors,
    moment: OffsetDateTime,
) -> Result<RenewalAuthority, String> {
    if !item.is_leaf() {
        return Err("a CA: a new one changes whom everybody trusts".to_owned());
    }
    if !item.in_use {
        return Err(not_in_use(item));
    }
    if item.path_bytes.is_some() {
        return Err("its path is not UTF-8".to_owned());
    }
    if let Err(fault) = &item.content {
        if !kubelet::may_be_made_anew(inventory, item)? {
            return Err(format!(
                "there is no certificate whose identity could be kept: {fault}"
            ));
        }
    } else if let Some(why) = kubelet::made_by_itself(inventory, index, item) {
        return Err(why.to_owned());
    }
    if item.key.path.is_none() && item.content.is_ok() {
        return Err("its private key is not here".to_owned());
    }
    let authority = authority::of(inventory, index, item, successors, moment)?;
    lives(inventory, authority.item, moment)?;
    Ok(authority)
}

/// What a CA signs below a dead one nobody takes.
fn lives(inventory: &Inventory, signer: ItemIndex, moment: OffsetDateTime) -> Result<(), String> {
    let Some(item) = inventory.item(signer) else {
        return Ok(());
    };
    let state = judge(inventory, signer, item, moment);
    if state.status == Status::DeadAuthority {
        return Err(format!("{} would sign it in vain: {}", item.id, state.why));
    }
    Ok(())
}

fn not_in_use(item: &Item) -> String {
    if kubelet::is_dated(&item.path) {
        "an older one of the kubelet: its link does not name it".to_owned()
    } else {
        "nothing uses it: it is at no place of the layout, and no flag or kubeconfig names it"
            .to_owned()
    }
}

/// What says that the key of `item` also signs or verifies service account tokens.
pub(super) fn signs_tokens(inventory: &Inventory, item: &Item) -> Option<String> {
    let is_own = |path: &str| path == &*item.path || item.key.path.as_deref() == Some(path);
    let named = inventory.flags.iter().find(|fact| {
        let gives = flags::roles_by_flag(fact)
            .iter()
            .any(|(role, _)| role.kind == RoleKind::KeyPair);
        gives && is_own(fact.value.trim())
    });
    if let Some(fact) = named {
        let flag = flags::written(&fact.flag);
        return Some(format!(
            "{flag} of {} names it in {}:{}",
            fact.component, fact.file, fact.line
        ));
    }
    let spki = item
        .certificate()
        .map(|certificate| *certificate.spki_sha256())?;
    let is_token_key = |roles: &[&crate::kubernetes::role::Role]| {
        roles.iter().any(|role| role.kind == RoleKind::KeyPair)
    };
    let same = inventory
        .keys
        .iter()
        .find(|key| is_token_key(&key.roles) && key.spki_sha256 == Some(spki));
    same.map(|key| format!("{} holds the same key", key.path))
        .or_else(|| {
            is_token_key(&item.roles)
                .then(|| "its place is that of the service account keys".to_owned())
        })
}

/// For each key file, the items in use whose key it is and whose certificate lies elsewhere: it can
/// be changed only with all of them.
pub(super) fn key_sharers(inventory: &Inventory) -> HashMap<&str, Vec<ItemIndex>> {
    let mut sharers: HashMap<&str, Vec<ItemIndex>> = HashMap::new();
    // A key that is not its own, or that only somebody else says is, ties nothing to a certificate.
    let is_tied = |item: &Item| item.in_use && item.key.matches != Some(false);
    let is_roots = |item: &Item| {
        let mut writers = item.writers.iter().flat_map(|writers| writers.iter());
        writers.all(|writer| inventory.accounts.has(writer.who))
    };
    for (index, item) in inventory
        .indexed()
        .filter(|(_, item)| is_tied(item) && is_roots(item))
    {
        if let Some(path) = item.key.path.as_deref().filter(|path| **path != *item.path) {
            sharers.entry(path).or_default().push(index);
        }
    }
    sharers
}
