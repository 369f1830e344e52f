//! Trees by signature: two CAs of one name are told apart, a CA that is absent leaves its children as roots.

use std::collections::{HashMap, HashSet};

use super::{Item, ItemIndex};
use crate::kubernetes::role::RoleKind;
use crate::pki::path::{Refusal, Relation, relation};
use crate::pki::{Certificate, Digest};

/// The issuer relations of an inventory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree {
    /// For each item, by its index: who signed it, or why nobody here did.
    pub issuers: Vec<Issuer>,
    /// Items without an issuer here (self-signed ones too), in the inventory's order.
    pub roots: Vec<ItemIndex>,
    /// The children of each item that has some, in the inventory's order.
    pub children: HashMap<ItemIndex, Vec<ItemIndex>>,
}

/// Who signed an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuer {
    /// This item did.
    Item(ItemIndex),
    /// It signed itself.
    Itself,
    /// Nobody here.
    None(NoIssuer),
}

/// Why an item has no issuer here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoIssuer {
    /// No certificate here bears the issuer's name.
    NotHere,
    /// One bears the name, and another key signed.
    OtherKey,
    /// One signed, and may not.
    Refused(ItemIndex, Refusal),
}

/// Relations that were verified before, so that a rescan of unchanged files verifies nothing twice.
/// Keyed by the SHA-256 of child and issuer.
pub type Verified = HashMap<(Digest, Digest), Relation>;

/// How many certificates are tried as issuers for one name. Those that are no CAs are tried only to say why they
/// may not sign; a folder of 100,000 self-signed "localhost" must not take 10^10 checks.
fn most_namesakes(certificate: &Certificate) -> usize {
    if certificate.is_authority() { 256 } else { 16 }
}

/// Who may have signed whom, by name: what must be verified before a tree can be built.
#[derive(Debug, Default)]
pub struct Candidates {
    /// For each item, the items that bear its issuer's name. Of equal certificates one stands for all.
    of: Vec<Vec<ItemIndex>>,
}

impl Candidates {
    /// Looks up the candidates of all items by name.
    pub fn find(items: &[Item]) -> Self {
        let certificates = || (0u32..).zip(items).filter_map(|(index, item)| Some((index, item, item.certificate()?)));
        let mut bearers: HashMap<Digest, Vec<ItemIndex>> =
            certificates().map(|(_, _, certificate)| (certificate.issuer_key(), Vec::new())).collect();
        let mut places: HashMap<&Digest, usize> = HashMap::new();
        for (index, item, certificate) in certificates() {
            let Some(list) = bearers.get_mut(&certificate.subject_key()) else { continue };
            if let Some(&at) = places.get(certificate.sha256()) {
                // The copy in use stands for the others, the CA's own file for those that carry it along.
                if standing(item) > standing(&items[list[at].0 as usize]) {
                    list[at] = ItemIndex(index);
                }
            } else if list.len() < most_namesakes(certificate) {
                places.insert(certificate.sha256(), list.len());
                list.push(ItemIndex(index));
            }
        }
        let of = items
            .iter()
            .map(|item| item.certificate().and_then(|it| bearers.get(&it.issuer_key())).cloned().unwrap_or_default())
            .collect();
        Self { of }
    }

    /// The pairs (child, issuer) that `verified` does not know yet, each once. The caller may verify them on all
    /// cores with [`verify`] and put the answers there.
    pub fn unverified<'a>(&self, items: &'a [Item], verified: &Verified) -> Vec<(&'a Certificate, &'a Certificate)> {
        let mut pairs = Vec::new();
        let mut seen = HashSet::new();
        for (item, candidates) in items.iter().zip(&self.of) {
            let Some(child) = item.certificate() else { continue };
            for issuer in candidates.iter().filter_map(|index| items[index.0 as usize].certificate()) {
                let key = (*child.sha256(), *issuer.sha256());
                if !verified.contains_key(&key) && seen.insert(key) {
                    pairs.push((child, issuer));
                }
            }
        }
        pairs
    }
}

impl Tree {
    /// Finds the issuers of `items`. `verified` is what is known from before; what is new is added to it.
    pub fn build(items: &[Item], candidates: &Candidates, verified: &mut Verified) -> Self {
        let mut tree = Self { issuers: Vec::with_capacity(items.len()), ..Self::default() };
        for (index, item) in (0u32..).map(ItemIndex).zip(items) {
            let of = candidates.of.get(index.0 as usize).map_or(&[][..], Vec::as_slice);
            let issuer = item
                .certificate()
                .map_or(Issuer::None(NoIssuer::NotHere), |child| issuer_of(child, items, of, verified));
            match issuer {
                Issuer::Item(parent) => tree.children.entry(parent).or_default().push(index),
                Issuer::Itself | Issuer::None(_) => tree.roots.push(index),
            }
            tree.issuers.push(issuer);
        }
        tree
    }

    /// Who signed `item`.
    pub fn issuer(&self, item: ItemIndex) -> Issuer {
        self.issuers.get(item.0 as usize).copied().unwrap_or(Issuer::None(NoIssuer::NotHere))
    }

    /// The chain from `item` up to its root, itself first.
    pub fn chain(&self, item: ItemIndex) -> Vec<ItemIndex> {
        let mut chain = vec![item];
        let mut at = item;
        while let Issuer::Item(next) = self.issuer(at) {
            // Two CAs that cross-sign each other would make a ring.
            if chain.contains(&next) {
                break;
            }
            chain.push(next);
            at = next;
        }
        chain
    }

    /// The children of `item`.
    pub fn children_of(&self, item: ItemIndex) -> &[ItemIndex] {
        self.children.get(&item).map_or(&[], Vec::as_slice)
    }
}

/// Which of several copies is shown as a parent: the greatest.
fn standing(item: &Item) -> (bool, bool, bool) {
    let is_authority = item.roles.iter().any(|role| role.kind == RoleKind::Authority);
    (item.in_use, is_authority, item.index == 0)
}

fn issuer_of(child: &Certificate, items: &[Item], candidates: &[ItemIndex], verified: &mut Verified) -> Issuer {
    let mut relation_to = |issuer: &Certificate| {
        *verified.entry((*child.sha256(), *issuer.sha256())).or_insert_with(|| verify(child, issuer))
    };
    let unsigned = |relation| matches!(relation, Relation::NotSigned | Relation::Refused(Refusal::BadSignature));
    if child.is_self_issued() && !unsigned(relation_to(child)) {
        return Issuer::Itself;
    }
    let mut none = NoIssuer::NotHere;
    let mut found: Option<ItemIndex> = None;
    for &index in candidates {
        let item = &items[index.0 as usize];
        let Some(issuer) = item.certificate() else { continue };
        match relation_to(issuer) {
            // A CA renewed with its key has several certificates: the one in use is shown as the parent.
            Relation::Issued => {
                if found.is_none_or(|at| item.in_use && !items[at.0 as usize].in_use) {
                    found = Some(index);
                }
            }
            Relation::Refused(refusal) => none = NoIssuer::Refused(index, refusal),
            Relation::NotSigned => {
                if none == NoIssuer::NotHere {
                    none = NoIssuer::OtherKey;
                }
            }
        }
    }
    found.map_or(Issuer::None(none), Issuer::Item)
}

/// Whether `issuer` signed `child`: one signature check.
pub fn verify(child: &Certificate, issuer: &Certificate) -> Relation {
    relation(child, issuer)
}
