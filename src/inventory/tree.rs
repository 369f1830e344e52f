//! Trees by signature: two CAs of one name are told apart, a CA that is absent leaves its children
//! as roots.

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
    /// Where more than one certificate here signed an item, as of a CA that was renewed with its
    /// key or signed by two: those beside the one that [`Self::issuers`] names, as far as they are
    /// read where that one is.
    pub other_signers: HashMap<ItemIndex, Vec<ItemIndex>>,
    /// The CA certificates in files that somebody is told to trust: there a verifier's path ends.
    pub anchors: HashSet<ItemIndex>,
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

/// How many certificates are tried as issuers for one name. Those that are no CAs are tried only to
/// say why they may not sign; a folder of 100,000 self-signed "localhost" must not take 10^10
/// checks.
///
/// Of those that others than root can write there are few: each costs a check for every certificate
/// that bears the name.
fn most_namesakes(item: &Item, certificate: &Certificate) -> usize {
    match (item.writers.is_none(), certificate.is_authority()) {
        (true, true) => 256,
        _ => 16,
    }
}

/// How many more signers are kept for each item: a folder of 256 certificates of one CA must not
/// take 256 times the room.
const MOST_OTHERS: usize = 8;

/// Who may have signed whom, by name: what must be verified before a tree can be built.
#[derive(Debug, Default)]
pub struct Candidates {
    /// For each item, the items that bear its issuer's name. Of equal certificates one stands for
    /// all.
    of: Vec<Vec<ItemIndex>>,
}

impl Candidates {
    /// Looks up the candidates of all items by name.
    pub fn find(items: &[Item]) -> Self {
        let certificates = || {
            (0u32..)
                .zip(items)
                .filter_map(|(index, item)| Some((index, item, item.certificate()?)))
        };
        let mut bearers: HashMap<Digest, Vec<ItemIndex>> = certificates()
            .map(|(_, _, certificate)| (certificate.issuer_key(), Vec::new()))
            .collect();
        let mut places: HashMap<&Digest, usize> = HashMap::new();
        // Root's own come first: what somebody else has put there takes no place from them.
        let mut bearing: Vec<_> = certificates()
            .filter(|(.., it)| bearers.contains_key(&it.subject_key()))
            .collect();
        bearing.sort_by_key(|(_, item, _)| (item.writers.is_some(), !item.in_use));
        for (index, item, certificate) in bearing {
            let Some(list) = bearers.get_mut(&certificate.subject_key()) else {
                continue;
            };
            if let Some(&at) = places.get(certificate.sha256()) {
                // The copy in use stands for the others, the CA's own file for those that carry it
                // along.
                if rank(item) > rank(&items[list[at].0 as usize]) {
                    list[at] = ItemIndex(index);
                }
            } else if list.len() < most_namesakes(item, certificate) {
                places.insert(certificate.sha256(), list.len());
                list.push(ItemIndex(index));
            }
        }
        let of = items
            .iter()
            .map(|item| {
                item.certificate()
                    .and_then(|it| bearers.get(&it.issuer_key()))
                    .cloned()
                    .unwrap_or_default()
            })
            .collect();
        Self { of }
    }

    /// The pairs (child, issuer) that `verified` does not know yet, each once. The caller may
    /// verify them on all cores with [`verify`] and put the answers there.
    pub fn unverified<'a>(
        &self,
        items: &'a [Item],
        verified: &Verified,
    ) -> Vec<(&'a Certificate, &'a Certificate)> {
        let mut pairs = Vec::new();
        let mut seen = HashSet::new();
        for (item, candidates) in items.iter().zip(&self.of) {
            let Some(child) = item.certificate() else {
                continue;
            };
            // What bears its own name has mostly signed itself: the others are asked where it has
            // not.
            if child.is_self_issued() {
                let key = (*child.sha256(), *child.sha256());
                if !verified.contains_key(&key) && seen.insert(key) {
                    pairs.push((child, child));
                }
                continue;
            }
            for issuer in candidates
                .iter()
                .filter_map(|index| items[index.0 as usize].certificate())
            {
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
    /// Finds the issuers of `items`. `verified` is what is known from before; what is new is added
    /// to it.
    pub fn build(items: &[Item], candidates: &Candidates, verified: &mut Verified) -> Self {
        let mut tree = Self {
            issuers: Vec::with_capacity(items.len()),
            anchors: anchors(items),
            ..Self::default()
        };
        for (index, item) in (0u32..).map(ItemIndex).zip(items) {
            let of = candidates
                .of
                .get(index.0 as usize)
                .map_or(&[][..], Vec::as_slice);
            let mut others = Vec::new();
            let issuer = item
                .certificate()
                .map_or(Issuer::None(NoIssuer::NotHere), |child| {
                    issuer_of(child, items, of, verified, &mut others)
                });
            if !others.is_empty() {
                tree.other_signers.insert(index, others);
            }
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
        self.issuers
            .get(item.0 as usize)
            .copied()
            .unwrap_or(Issuer::None(NoIssuer::NotHere))
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

    /// All certificates here that signed `item`, but itself: of each CA those that are read, where
    /// one is.
    pub(super) fn signers(&self, item: ItemIndex) -> impl Iterator<Item = ItemIndex> + '_ {
        let first = if let Issuer::Item(signer) = self.issuer(item) {
            Some(signer)
        } else {
            None
        };
        let others = self.other_signers.get(&item).filter(|_| first.is_some());
        first
            .into_iter()
            .chain(others.into_iter().flatten().copied())
    }

    /// Whether the certificate of `item` lies in a file that somebody is told to trust.
    pub(super) fn is_anchor(&self, item: ItemIndex) -> bool {
        self.anchors.contains(&item)
    }

    /// The children of `item`.
    pub fn children_of(&self, item: ItemIndex) -> &[ItemIndex] {
        self.children.get(&item).map_or(&[], Vec::as_slice)
    }
}

/// The CAs in the files in use that have a CA's role. Of a bundle only one certificate bears the
/// role.
fn anchors(items: &[Item]) -> HashSet<ItemIndex> {
    let is_trusted = |item: &&Item| item.in_use && item.has_role_of(RoleKind::Authority);
    let files: HashSet<&str> = items
        .iter()
        .filter(is_trusted)
        .map(|item| &*item.path)
        .collect();
    let authorities = (0u32..)
        .map(ItemIndex)
        .zip(items)
        .filter(|(_, item)| item.in_use && item.is_authority());
    authorities
        .filter(|(_, item)| files.contains(&*item.path))
        .map(|(index, _)| index)
        .collect()
}

/// Which of several copies is shown as a parent: the greatest.
fn rank(item: &Item) -> (bool, bool, bool, bool) {
    (
        item.writers.is_none(),
        item.in_use,
        item.has_role_of(RoleKind::Authority),
        item.index == 0,
    )
}

/// Who signed `child`; `others`: who did it too.
fn issuer_of(
    child: &Certificate,
    items: &[Item],
    candidates: &[ItemIndex],
    verified: &mut Verified,
    others: &mut Vec<ItemIndex>,
) -> Issuer {
    let mut relation_to = |issuer: &Certificate| {
        *verified
            .entry((*child.sha256(), *issuer.sha256()))
            .or_insert_with(|| verify(child, issuer))
    };
    let unsigned = |relation| {
        matches!(
            relation,
            Relation::NotSigned | Relation::Refused(Refusal::BadSignature)
        )
    };
    if child.is_self_issued() && !unsigned(relation_to(child)) {
        return Issuer::Itself;
    }
    let mut none = NoIssuer::NotHere;
    let mut found: Option<ItemIndex> = None;
    let in_use = |index: &ItemIndex| items[index.0 as usize].in_use;
    for &index in candidates {
        let item = &items[index.0 as usize];
        let Some(issuer) = item.certificate() else {
            continue;
        };
        match relation_to(issuer) {
            // A CA renewed with its key has several certificates: the one in use is shown as the
            // parent.
            Relation::Issued => {
                others.push(index);
                if found.is_none_or(|at| item.in_use && !in_use(&at)) {
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
    others.retain(|other| {
        found != Some(*other) && (in_use(other) || !found.as_ref().is_some_and(in_use))
    });
    others.truncate(MOST_OTHERS);
    others.shrink_to_fit();
    found.map_or(Issuer::None(none), Issuer::Item)
}

/// Whether `issuer` signed `child`: one signature check.
pub fn verify(child: &Certificate, issuer: &Certificate) -> Relation {
    relation(child, issuer)
}
