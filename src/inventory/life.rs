//! How long a certificate is taken: who verifies it minds the dates of every CA above it too, up to
//! the first that he trusts (Go's crypto/x509, verify.go: each certificate among the roots ends the
//! path, whoever signed it).

use time::OffsetDateTime;

use super::{Inventory, Item, ItemIndex};
use crate::pki::Certificate;

/// Certificates that are looked at above one, at most: no real path has so many, and CAs that sign
/// each other crosswise make paths without number.
const MOST_STEPS: usize = 64;

/// The span in which a certificate and the CAs above it are within their dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// The first second.
    pub begin: OffsetDateTime,
    /// The last second.
    pub end: OffsetDateTime,
    /// Which of them begins last: itself, where no CA begins later.
    pub begins_with: ItemIndex,
    /// Which of them ends first: itself, where no CA ends sooner.
    pub ends_with: ItemIndex,
}

impl Life {
    /// Whether `moment` lies in it.
    pub fn holds(&self, moment: OffsetDateTime) -> bool {
        self.begin <= moment && moment <= self.end
    }

    fn within(self, above: Self) -> Self {
        let (begin, begins_with) = if above.begin > self.begin {
            (above.begin, above.begins_with)
        } else {
            (self.begin, self.begins_with)
        };
        let (end, ends_with) = if above.end < self.end {
            (above.end, above.ends_with)
        } else {
            (self.end, self.ends_with)
        };
        Self {
            begin,
            end,
            begins_with,
            ends_with,
        }
    }
}

/// The life of `certificate`, which is that of the item at `index`, by the best of the paths that
/// lead up from it at `moment`: a CA may have several certificates for one key.
pub fn life(
    inventory: &Inventory,
    index: ItemIndex,
    certificate: &Certificate,
    moment: OffsetDateTime,
) -> Life {
    let mut walk = ChainWalk {
        inventory,
        moment,
        steps: MOST_STEPS,
    };
    walk.up(
        &ChainStep {
            at: index,
            below: None,
        },
        certificate,
    )
}

/// The life of what stands above a certificate at which verifiers stop, where it ends or begins it;
/// for those that want a root that signed itself, as OpenSSL without `-partial_chain`.
pub(super) fn beyond(
    inventory: &Inventory,
    index: ItemIndex,
    moment: OffsetDateTime,
) -> Option<Life> {
    let mut walk = ChainWalk {
        inventory,
        moment,
        steps: MOST_STEPS,
    };
    walk.above(&ChainStep {
        at: index,
        below: None,
    })
}

/// A certificate on the way up, and those below it.
struct ChainStep<'a> {
    at: ItemIndex,
    below: Option<&'a ChainStep<'a>>,
}

impl ChainStep<'_> {
    /// Two CAs that sign each other make a ring.
    fn was_at(&self, index: ItemIndex) -> bool {
        self.at == index || self.below.is_some_and(|below| below.was_at(index))
    }
}

struct ChainWalk<'a> {
    inventory: &'a Inventory,
    moment: OffsetDateTime,
    steps: usize,
}

impl ChainWalk<'_> {
    fn up(&mut self, step: &ChainStep<'_>, certificate: &Certificate) -> Life {
        let own = Life {
            begin: certificate.not_before(),
            end: certificate.not_after(),
            begins_with: step.at,
            ends_with: step.at,
        };
        if certificate.is_authority() && self.inventory.tree.is_anchor(step.at) {
            return own;
        }
        self.above(step).map_or(own, |above| own.within(above))
    }

    fn above(&mut self, step: &ChainStep<'_>) -> Option<Life> {
        let inventory = self.inventory;
        let mut best: Option<Life> = None;
        for signer in inventory.tree.signers(step.at) {
            let Some(certificate) = inventory.item(signer).and_then(Item::certificate) else {
                continue;
            };
            if self.steps == 0 || step.was_at(signer) {
                continue;
            }
            self.steps -= 1;
            let life = self.up(
                &ChainStep {
                    at: signer,
                    below: Some(step),
                },
                certificate,
            );
            let rank = |life: &Life| (life.holds(self.moment), life.end);
            if best.as_ref().is_none_or(|best| rank(&life) > rank(best)) {
                best = Some(life);
            }
        }
        best
    }
}
