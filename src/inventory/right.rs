//! What the holder of a client certificate may do: who the API server takes him for, and what binds
//! him.

use super::tree::Issuer;
use super::{Inventory, Item, ItemIndex, Source};
use crate::kubernetes::role::{Right, RoleId, rights_of};
use crate::pki::{Certificate, ExtendedKeyUsage};

/// The roles of the authorities whose clients the API server knows.
const CLIENT_AUTHORITIES: [RoleId; 2] = [RoleId::Ca, RoleId::ClientCa];

/// Who the API server takes a holder for, and what he is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateHolder {
    /// The CN; `None`: the subject has none, and he is nobody.
    pub user: Option<String>,
    /// The O values in order.
    pub groups: Vec<String>,
    /// What Kubernetes' own and kubeadm's bindings give him; `None`: nothing. Whether a binding
    /// still stands only the cluster knows.
    pub right: Option<&'static Right>,
}

/// The right that an item gives before the API server; `None` where it is shown to nobody there
/// (servers, etcd's clients). The name is always the certificate's own: a role says what is
/// expected, the API server reads what is there.
pub fn holder(inventory: &Inventory, index: ItemIndex, item: &Item) -> Option<CertificateHolder> {
    let certificate = item.certificate()?;
    let by_role = item.roles.iter().any(|role| role.is_for_the_api);
    let by_place = matches!(item.source, Source::Kubeconfig { .. })
        || (item.roles.is_empty() && is_signed_for_the_api(inventory, index));
    let gives = by_role || (by_place && is_client(certificate));
    if !gives {
        return None;
    }
    let subject = certificate.details().subject;
    let groups: Vec<String> = subject
        .organizations()
        .into_iter()
        .map(ToOwned::to_owned)
        .collect();
    let user = certificate.common_name().map(ToOwned::to_owned);
    let right = rights_of(user.as_deref().unwrap_or_default(), &groups).next();
    Some(CertificateHolder {
        user,
        groups,
        right,
    })
}

fn is_signed_for_the_api(inventory: &Inventory, index: ItemIndex) -> bool {
    let Issuer::Item(signer) = inventory.tree.issuer(index) else {
        return false;
    };
    inventory.item(signer).is_some_and(|item| {
        item.roles
            .iter()
            .any(|role| CLIENT_AUTHORITIES.contains(&role.id))
    })
}

fn is_client(certificate: &Certificate) -> bool {
    ExtendedKeyUsage::ClientAuth.is_allowed_by(&certificate.details().extended_key_usage)
}
