//! Who makes what there shall be.

use std::collections::BTreeMap;

use super::authorities::Authorities;
use super::tokens::Tokens;
use super::workshop::Workshop;
use crate::pki::Secret;
use crate::setup::blueprint::Identity;

/// All that the steps of a setup need.
pub(super) struct Maker<'a> {
    pub(super) shop: Workshop<'a>,
    pub(super) authorities: Authorities<'a>,
    /// Certificate and key, PEM, of what kubeconfigs may have in them.
    pub(super) clients: BTreeMap<&'a str, (String, Secret)>,
    pub(super) tokens: Tokens,
}

/// Who a certificate is for, and by which CA.
#[derive(Clone, Copy)]
pub(super) struct LeafIdentity<'a> {
    pub(super) identity: &'a Identity,
    /// The id of the CA.
    pub(super) issuer: &'a str,
}

impl<'a> LeafIdentity<'a> {
    pub(super) fn of(identity: &'a Identity, issuer: &'a str) -> Self {
        Self { identity, issuer }
    }
}
