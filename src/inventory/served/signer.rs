//! Who signed what is served: a CA of this master, the server itself, or somebody who is not here.

use super::known::Known;
use super::{Port, Trust};
use crate::inventory::Item;
use crate::pki::path::{Refusal, Relation, relation};
use crate::pki::{Certificate, Name};

/// As many certificates of what a server presents are looked at.
const MOST: usize = 8;

/// Who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Signer {
    /// A CA whose certificate is here, or the certificate itself is here.
    Here,
    /// The server, for itself.
    Itself,
    /// A CA that bears the name of one that is here and has another key: as a rule the one before it. RFC 4514 text.
    Namesake(String),
    /// A CA that is not here: RFC 4514 text.
    Stranger(String),
}

impl Signer {
    /// Who signed the first of `chain`, which `port` served.
    pub(super) fn of(known: &Known<'_>, port: &Port, chain: &[Certificate]) -> Self {
        let Some(leaf) = chain.first() else { return Self::Here };
        let here = || {
            let anchors = port.callers.iter().filter_map(|caller| match &caller.trust {
                Trust::Anchors { anchors, .. } => Some(&**anchors),
                Trust::Everything | Trust::Unknown(_) => None,
            });
            known.inventory.items.iter().filter_map(Item::certificate).chain(anchors.flatten())
        };
        if here().any(|own| own.sha256() == leaf.sha256()) || leads_to(chain, here) {
            return Self::Here;
        }
        if signed(leaf, leaf) || made_itself(leaf) {
            return Self::Itself;
        }
        let issuer = leaf.details().issuer.to_rfc4514();
        if here().any(|own| own.subject_der() == leaf.issuer_der()) {
            Self::Namesake(issuer)
        } else {
            Self::Stranger(issuer)
        }
    }
}

/// Whether one of `authorities` signed the first of `chain`, or a CA above it that was presented with it.
pub(super) fn leads_to<'a, I>(chain: &[Certificate], authorities: impl Fn() -> I) -> bool
where
    I: Iterator<Item = &'a Certificate>,
{
    let chain = chain.get(..MOST).unwrap_or(chain);
    let mut path: Vec<&Certificate> = chain.first().into_iter().collect();
    while let Some(&last) = path.last() {
        if authorities().any(|authority| signed(last, authority)) {
            return true;
        }
        let above = chain.iter().find(|other| !path.contains(other) && signed(last, other));
        let Some(above) = above else { return false };
        path.push(above);
    }
    false
}

/// Whether the key of `authority` signed `child`, whatever else may be wrong with either.
fn signed(child: &Certificate, authority: &Certificate) -> bool {
    child.issuer_der() == authority.subject_der()
        && match relation(child, authority) {
            Relation::Issued => true,
            Relation::NotSigned => false,
            Relation::Refused(refusal) => !matches!(refusal, Refusal::UnknownAlgorithm | Refusal::BadSignature),
        }
}

/// What client-go's GenerateSelfSignedCertKey makes: CN=HOST@TIME, signed by CN=HOST-ca@TIME, whose key is thrown away.
fn made_itself(leaf: &Certificate) -> bool {
    let details = leaf.details();
    let parts = |name: &Name| {
        let name = name.common_name()?.rsplit_once('@').map(|(host, time)| (host.to_owned(), time.to_owned()));
        name.filter(|(_, time)| !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (Some((host, _)), Some((authority, _))) = (parts(&details.subject), parts(&details.issuer)) else {
        return false;
    };
    authority.strip_suffix("-ca") == Some(host.as_str())
}
