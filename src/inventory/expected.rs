//! Which CA is expected to sign on this master: for a role, where that is not the same on all, and for
//! what has no role.

use super::{Inventory, Item, ItemIndex};
use crate::kubernetes::component::Component;
use crate::kubernetes::role::{Role, RoleId};

const PEER_AUTHORITY: RoleId = RoleId::EtcdPeerCa;

/// The role of the CA that signs for `role` here. etcd's members may have one for each other alone:
/// where `--peer-trusted-ca-file` says what they trust, it decides; else whether such a CA lies at
/// its place.
pub(crate) fn issuer(inventory: &Inventory, role: &'static Role) -> Option<RoleId> {
    if role.id != RoleId::EtcdPeer {
        return role.issuer;
    }
    let flags = inventory
        .flags
        .iter()
        .filter(|fact| fact.component == Component::Etcd && fact.flag == "peer-trusted-ca-file");
    let named: Vec<&str> = flags
        .map(|fact| fact.value.as_str())
        .filter(|value| !value.is_empty())
        .collect();
    let mut authorities = inventory.items.iter().filter(|item| {
        item.in_use && item.index == 0 && item.roles.iter().any(|role| role.id == PEER_AUTHORITY)
    });
    let is_trusted = authorities.any(|item| named.is_empty() || named.contains(&&*item.path));
    if is_trusted {
        Some(PEER_AUTHORITY)
    } else {
        role.issuer
    }
}

/// Roles of CAs whose word opens more than the API: none of them signs for others unasked.
const NEVER_UNASKED: [RoleId; 3] = [RoleId::EtcdCa, RoleId::EtcdPeerCa, RoleId::FrontProxyCa];

/// Every CA of this master by which something could be issued, those in use first.
pub(crate) fn authorities(inventory: &Inventory) -> impl Iterator<Item = (ItemIndex, &Item)> {
    let (in_use, others): (Vec<_>, Vec<_>) = inventory
        .indexed()
        .filter(|(_, item)| item.is_authority())
        .partition(|(_, item)| item.in_use);
    in_use.into_iter().chain(others)
}

/// The CA in use that plays the first of these roles that one plays.
pub(crate) fn authority_of(inventory: &Inventory, wanted: &[RoleId]) -> Option<ItemIndex> {
    let all: Vec<(ItemIndex, &Item)> = authorities(inventory).collect();
    wanted.iter().find_map(|id| {
        all.iter()
            .find(|(_, item)| item.in_use && plays(item, *id))
            .map(|(index, _)| *index)
    })
}

/// The same, else the only CA that may sign for others unasked.
pub(crate) fn authority_for_others(inventory: &Inventory, wanted: &[RoleId]) -> Option<ItemIndex> {
    authority_of(inventory, wanted).or_else(|| {
        let is_one =
            |(_, item): &(ItemIndex, &Item)| !NEVER_UNASKED.iter().any(|id| plays(item, *id));
        let mut others = authorities(inventory).filter(is_one);
        let only = others.next()?;
        others.next().is_none().then_some(only.0)
    })
}

fn plays(item: &Item, id: RoleId) -> bool {
    item.roles.iter().any(|role| role.id == id)
}
