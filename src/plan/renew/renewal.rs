//! One certificate to issue.

use std::sync::Arc;

use super::authority::RenewalAuthority;
use crate::inventory::{Inventory, ItemIndex, Source};

/// One certificate to issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Renewal {
    /// The items that hold the old certificate: the one that stands for it first.
    pub(super) items: Vec<ItemIndex>,
    pub(super) authority: RenewalAuthority,
    /// Which of the new keys; `None`: the old key stays.
    pub(super) key: Option<usize>,
}

impl Renewal {
    /// The files that hold its key and nothing but PEM: a kubeconfig's own key is no file.
    pub(super) fn key_files(&self, inventory: &Inventory) -> Vec<Arc<str>> {
        let mut files: Vec<Arc<str>> = Vec::new();
        for item in self.items.iter().filter_map(|at| inventory.item(*at)) {
            let embedded = matches!(item.source, Source::Kubeconfig { .. })
                && item.key.path.as_ref() == Some(&item.path);
            if let Some(path) = item
                .key
                .path
                .as_ref()
                .filter(|path| !embedded && !files.contains(path))
            {
                files.push(Arc::clone(path));
            }
        }
        files
    }
}
