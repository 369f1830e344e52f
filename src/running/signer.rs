//! Who signed what is served: a CA of this master, the server itself, or somebody who is not here.

use time::OffsetDateTime;

use super::dates::death;
use super::known::Known;
use super::{Port, Served, Trust};
use crate::inventory::{Inventory, Item};
use crate::kubernetes::address::Address;
use crate::pki::path::{Refusal, Relation, relation};
use crate::pki::trust::matches_host;
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
    /// A CA that bears the name of one that is here and has another key: as a rule the one before
    /// it. RFC 4514 text.
    Namesake(String),
    /// A CA that is not here: RFC 4514 text.
    Stranger(String),
}

impl Signer {
    /// Who signed the first of `chain`; what those trust who dial `port` is here too.
    pub(super) fn of(known: &Known<'_>, port: Option<&Port>, chain: &[Certificate]) -> Self {
        let Some(leaf) = chain.first() else {
            return Self::Here;
        };
        let here = || {
            let callers = port.into_iter().flat_map(|port| &port.callers);
            let anchors = callers.filter_map(|caller| match &caller.trust {
                Trust::Anchors { anchors, .. } => Some(&**anchors),
                Trust::Everything | Trust::Unknown(_) => None,
            });
            known
                .inventory
                .items
                .iter()
                .filter_map(Item::certificate)
                .chain(anchors.flatten())
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

    /// As "signed by CN=proxy, which is not here"; empty where nothing is to be said.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Here => String::new(),
            Self::Itself => "signed by itself".to_owned(),
            Self::Namesake(name) => {
                format!("signed by another {name} than the one here (same name, another key)")
            }
            Self::Stranger(name) => format!("signed by {name}, which is not here"),
        }
    }
}

/// What is to be said of a server that is no port of this master: who signed what it serves,
/// whether that lives, and whether it stands for the name that was dialled. `server`: a URL, or
/// HOST:PORT.
pub fn of_another_server(
    inventory: &Inventory,
    server: &str,
    shown: &Served,
    moment: OffsetDateTime,
) -> String {
    let Some(leaf) = shown.leaf() else {
        return String::new();
    };
    let issuer = || leaf.details().issuer.to_rfc4514();
    let signed = match Signer::of(&Known::new(inventory), None, &shown.chain) {
        Signer::Here => format!("signed by {}", issuer()),
        signer => signer.words(),
    };
    let host = Address::parse(server)
        .map(|address| address.host)
        .filter(|host| !matches_host(leaf, host));
    let parts = [
        Some(signed),
        death(leaf, moment),
        host.map(|host| format!("{host} is not among its names")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// Whether one of `authorities` signed the first of `chain`, or a CA above it that was presented
/// with it.
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
        let above = chain
            .iter()
            .find(|other| !path.contains(other) && signed(last, other));
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
            Relation::Refused(refusal) => {
                !matches!(refusal, Refusal::UnknownAlgorithm | Refusal::BadSignature)
            }
        }
}

/// What client-go's GenerateSelfSignedCertKey makes: CN=HOST@TIME, signed by CN=HOST-ca@TIME, whose
/// key is thrown away.
fn made_itself(leaf: &Certificate) -> bool {
    let details = leaf.details();
    let parts = |name: &Name| {
        let name = name
            .common_name()?
            .rsplit_once('@')
            .map(|(host, time)| (host.to_owned(), time.to_owned()));
        name.filter(|(_, time)| !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (Some((host, _)), Some((authority, _))) = (parts(&details.subject), parts(&details.issuer))
    else {
        return false;
    };
    authority.strip_suffix("-ca") == Some(host.as_str())
}
