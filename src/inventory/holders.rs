//! Who else holds what an item holds, looked up at once: a plan asks this of every certificate.

use std::collections::HashMap;

use super::{Item, ItemIndex, KubeconfigItem};
use crate::pki::Digest;

/// Items of one certificate, and the users of kubeconfigs that show one.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Holders {
    /// By the certificate's SHA-256, in the inventory's order; only where there are several.
    same: HashMap<Digest, Vec<ItemIndex>>,
    /// By the certificate's item: the place of the kubeconfig, and of the user in it.
    users: HashMap<ItemIndex, Vec<(usize, usize)>>,
}

impl Holders {
    /// Those of an inventory.
    pub fn of(items: &[Item], kubeconfigs: &[KubeconfigItem]) -> Self {
        let mut holders = Self::default();
        for (index, item) in (0u32..).map(ItemIndex).zip(items) {
            if let Some(certificate) = item.certificate() {
                holders
                    .same
                    .entry(*certificate.sha256())
                    .or_default()
                    .push(index);
            }
        }
        holders.same.retain(|_, items| items.len() > 1);
        for (at, kubeconfig) in kubeconfigs.iter().enumerate() {
            for (place, user) in kubeconfig.users.iter().enumerate() {
                // A file that somebody else can write gets nothing for naming a certificate of the
                // master's.
                let holds = |index: &ItemIndex| {
                    let item = items.get(index.0 as usize);
                    kubeconfig.writers.is_none()
                        || item.is_some_and(|item| item.path == kubeconfig.path)
                };
                if let Some(index) = user.certificate.filter(holds) {
                    holders.users.entry(index).or_default().push((at, place));
                }
            }
        }
        holders
    }

    /// The items that hold this certificate, where there are several.
    pub fn same(&self, certificate: &Digest) -> &[ItemIndex] {
        self.same.get(certificate).map_or(&[], Vec::as_slice)
    }

    /// The users who show the certificate of this item: the place of the kubeconfig, and of the
    /// user in it.
    pub fn users(&self, item: ItemIndex) -> &[(usize, usize)] {
        self.users.get(&item).map_or(&[], Vec::as_slice)
    }
}
