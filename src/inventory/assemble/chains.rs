//! CA certificates that stand behind a leaf for TLS: no items of their own where the CA has a file
//! of its own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::MOST_COPIES;
use crate::inventory::Item;
use crate::pki::Digest;

/// Takes out what only completes a chain and is an item already; the place is kept among the item's
/// copies. What plays a role of its own, or is in use while its other place is not, stays.
pub(super) fn fold(items: &mut Vec<Item>) {
    if items.iter().all(|item| item.index == 0) {
        return;
    }
    let mut own: HashMap<Digest, bool> = HashMap::new();
    for item in items.iter().filter(|item| item.index == 0) {
        if let Some(certificate) = item.certificate() {
            *own.entry(*certificate.sha256()).or_default() |= item.in_use;
        }
    }
    let leaves: HashSet<Arc<str>> = items
        .iter()
        .filter(|item| item.index == 0 && !item.is_authority())
        .map(|item| Arc::clone(&item.path))
        .collect();
    let mut folded: HashMap<Digest, Vec<Arc<str>>> = HashMap::new();
    items.retain(|item| {
        let Some(certificate) = item.certificate() else {
            return true;
        };
        let is_behind = item.index > 0
            && item.is_authority()
            && item.roles.is_empty()
            && leaves.contains(&item.path);
        let has_own = own
            .get(certificate.sha256())
            .is_some_and(|in_use| *in_use || !item.in_use);
        if is_behind && has_own {
            folded
                .entry(*certificate.sha256())
                .or_default()
                .push(Arc::clone(&item.path));
        }
        !(is_behind && has_own)
    });
    for item in items {
        let Some(paths) = item
            .certificate()
            .and_then(|certificate| folded.get(certificate.sha256()))
        else {
            continue;
        };
        let room = MOST_COPIES.saturating_sub(item.copies.len());
        item.copies.extend(
            paths
                .iter()
                .filter(|path| **path != item.path)
                .take(room)
                .cloned(),
        );
    }
}
