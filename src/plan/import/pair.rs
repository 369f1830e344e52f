//! What belongs together, before it is placed.

use std::collections::BTreeMap;

use super::answers::ImportedCertificate;
use super::waiting::Waiting;
use crate::pki::Certificate;

/// One leaf and one key that it belongs to.
pub(super) struct LeafWithKey<'a> {
    pub(super) answer: &'a ImportedCertificate,
    pub(super) waiting: &'a Waiting,
    pub(super) chain: Vec<Certificate>,
}

/// The CAs that are placed, by path.
pub(super) type PlacedAuthorities = BTreeMap<String, Vec<Certificate>>;

pub(super) fn holds(certificates: &[Certificate], one: &Certificate) -> bool {
    certificates
        .iter()
        .any(|other| other.sha256() == one.sha256())
}
