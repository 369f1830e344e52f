//! Which CA a role's readers verify it by on this master, where that is not the same on all.

use super::Inventory;
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
