//! What a master has of that which was given.

use std::sync::Arc;

use super::super::tree::verify;
use super::super::{Inventory, Item, KeyItem, KubeconfigItem};
use crate::pki::Certificate;
use crate::pki::path::Relation;

/// What a master has of a certificate or a key. Things are named by their ids there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Here {
    /// The same certificate.
    Same(Arc<str>),
    /// The certificate of this key.
    OfKey(Arc<str>),
    /// A CA that has signed it.
    Signed(Arc<str>),
    /// Nothing.
    Nothing,
}

/// The same of everything that was given, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HereOf {
    /// Of each item; one without a certificate has nothing.
    pub items: Vec<Here>,
    /// Of each key.
    pub keys: Vec<Here>,
    /// Of what each kubeconfig trusts: its clusters' names, and the first certificate of their CA data.
    pub kubeconfigs: Vec<Vec<(String, Here)>>,
}

impl HereOf {
    /// What `master` has of `given`. A signature check for each CA of the issuer's name.
    pub fn find(master: &Inventory, given: &Inventory) -> Self {
        let of_item = |item: &Item| {
            let certificate = item.certificate();
            certificate.map_or(Here::Nothing, |certificate| of(master, certificate))
        };
        let of_kubeconfig = |kubeconfig: &KubeconfigItem| {
            let clusters = kubeconfig.clusters.iter();
            let first = clusters.filter_map(|one| Some((one.name.clone(), one.anchors.first()?)));
            first
                .map(|(name, anchor)| (name, of(master, anchor)))
                .collect()
        };
        Self {
            items: given.items.iter().map(of_item).collect(),
            keys: given.keys.iter().map(|key| of_key(master, key)).collect(),
            kubeconfigs: given.kubeconfigs.iter().map(of_kubeconfig).collect(),
        }
    }
}

fn of(master: &Inventory, certificate: &Certificate) -> Here {
    let found = |is_it: &dyn Fn(&Certificate) -> bool| {
        let is_it = |item: &&Item| item.certificate().is_some_and(is_it);
        master
            .items
            .iter()
            .find(is_it)
            .map(|item| Arc::clone(&item.id))
    };
    let is_issuer = |one: &Certificate| {
        one.is_authority()
            && one.subject_der() == certificate.issuer_der()
            && verify(certificate, one) == Relation::Issued
    };
    let same = found(&|one| one.sha256() == certificate.sha256()).map(Here::Same);
    let signed = || found(&is_issuer).map(Here::Signed);
    same.or_else(signed).unwrap_or(Here::Nothing)
}

fn of_key(master: &Inventory, key: &KeyItem) -> Here {
    let Some(own) = &key.spki_sha256 else {
        return Here::Nothing;
    };
    let is_its = |item: &&Item| {
        item.certificate()
            .is_some_and(|one| one.spki_sha256() == own)
    };
    let found = master.items.iter().find(is_its);
    found.map_or(Here::Nothing, |item| Here::OfKey(Arc::clone(&item.id)))
}
