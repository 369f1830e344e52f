//! What making something anew does to all else.

use super::workshop::Workshop;
use crate::kubernetes::role::RoleId;
use crate::setup::blueprint::{Placed, What};

/// Says what is made anew because what it comes from is, and what no longer holds beyond the files
/// made here.
pub(super) fn tell(shop: &mut Workshop<'_>) {
    let scope = shop.scope;
    for thing in scope
        .things()
        .into_iter()
        .filter(|thing| scope.is_replaced(thing))
    {
        let lies = |file: &&Placed| shop.lies(thing, file).is_ok_and(|lies| lies.is_some());
        if !scope.here(thing).iter().any(lies) {
            continue;
        }
        let id = shop.id(thing);
        if !scope.is_named(thing) {
            let from = thing.comes_from().join(", ");
            shop.made
                .warnings
                .push(format!("{id} is made anew too: {from} is"));
        }
        shop.made.warnings.extend(match &thing.what {
            What::Authority { .. } if thing.roles.iter().any(|role| role.id == RoleId::Ca) => Some(format!(
                "{id} is another CA: what the old one signed anywhere is refused from now on, on every node and by \
                 every kubelet; kubeconfigs of people, kube-root-ca.crt in pods and the hash of kubeadm join change \
                 with it"
            )),
            What::Authority { .. } => Some(format!(
                "{id} is another CA: what the old one signed anywhere, on every node, is refused from now on"
            )),
            What::KeyPair { .. } => Some(format!(
                "{id} is another key: every service account token of the cluster is worthless once the API server \
                 restarts, and each control plane node needs this very pair"
            )),
            _ => None,
        });
    }
}
