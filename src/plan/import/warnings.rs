//! What is placed all the same, and can surprise.

use super::answers::shown;
use super::pair::{LeafWithKey, PlacedAuthorities, holds};
use super::places::Places;
use super::waiting;
use crate::inventory::Inventory;
use crate::kubernetes::role::RoleId;
use crate::pki::Certificate;
use crate::pki::text::printable;
use crate::plan::Materials;
use crate::setup::blueprint::ONE_FOR_CLIENTS_AND_FRONT_PROXY;

/// A sentence each.
pub(super) fn all(
    places: &Places<'_>,
    materials: &Materials,
    pairs: &[LeafWithKey<'_>],
    authorities: &PlacedAuthorities,
) -> Vec<String> {
    let at = |path: &str| {
        authorities
            .get(path)
            .cloned()
            .unwrap_or_else(|| waiting::certificates(materials, path))
    };
    let mut warnings: Vec<String> = pairs
        .iter()
        .filter_map(|pair| sooner(places.inventory, pair))
        .collect();
    let of_role = |id: RoleId| {
        places
            .authority(id)
            .and_then(|path| at(&path).into_iter().next())
    };
    let [clients, front_proxy] = [RoleId::Ca, RoleId::FrontProxyCa].map(of_role);
    if clients
        .zip(front_proxy)
        .is_some_and(|(one, other)| one.spki_sha256() == other.spki_sha256())
    {
        warnings.push(ONE_FOR_CLIENTS_AND_FRONT_PROXY.to_owned());
    }
    for pair in pairs {
        for path in pair
            .waiting
            .authorities
            .iter()
            .filter_map(|id| places.authority(*id))
        {
            let warning = without_root(&path, &at(&path), &pair.chain);
            warnings.extend(
                warning
                    .filter(|warning| !warnings.contains(warning))
                    .into_iter()
                    .collect::<Vec<_>>(),
            );
        }
    }
    warnings
}

/// The certificate that is here lives longer.
fn sooner(inventory: &Inventory, pair: &LeafWithKey<'_>) -> Option<String> {
    let is_it = |path: &str| path == pair.waiting.path;
    let mut here = inventory
        .items
        .iter()
        .filter(|item| item.index == 0 && is_it(&item.path));
    let old = here.find_map(|item| item.certificate())?;
    let new = &pair.answer.certificate;
    (old.not_after() > new.not_after()).then(|| {
        let (path, old, new) = (
            printable(&pair.waiting.path),
            old.not_after().date(),
            new.not_after().date(),
        );
        format!(
            "{} ends on {new}, the one that {path} has now on {old}",
            shown(pair.answer)
        )
    })
}

/// Where openssl does not come from the CA at `path` to one that signed itself.
fn without_root(path: &str, trusted: &[Certificate], chain: &[Certificate]) -> Option<String> {
    let first = chain.first().filter(|first| holds(trusted, first))?;
    let above = chain.iter().take_while(|one| holds(trusted, one));
    let last = above.last().unwrap_or(first);
    (!last.is_self_issued()).then(|| {
        let details = last.details();
        let (name, issuer) = (details.subject.to_rfc4514(), details.issuer.to_rfc4514());
        format!(
            "{} has the CA {} without the one above it, {}: openssl, curl and Python verify nothing by it, only \
             programs written in Go do",
            printable(path),
            printable(&name),
            printable(&issuer)
        )
    })
}
