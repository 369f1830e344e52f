//! How everything that was read stands at one moment.

use std::cmp::Ordering;

use time::{Duration, OffsetDateTime};

use super::state::{State, Status, is_unsure, judge, near_after};
use super::{FileFault, Inventory, Item, ItemIndex, KubeconfigItem, Reaches, Source, pairs};
use crate::kubernetes::role::{Consequence, Harm};
use crate::pki::Certificate;

/// How all items stand at one moment.
#[derive(Debug, Default)]
pub struct Judged {
    /// For each item.
    pub status: Vec<Status>,
    /// Those in use, worst first, then the others, worst first.
    pub worst_first: Vec<ItemIndex>,
    /// By the end of their lives, earliest first; items without a certificate lead.
    pub by_end: Vec<ItemIndex>,
    /// Expired items in use.
    pub expired: usize,
    /// Items in use that a dead CA signed.
    pub dead_authority: usize,
    /// Broken items in use.
    pub broken: usize,
    /// Leaves in use that end soon: somebody should renew them.
    pub due: usize,
    /// CAs in use that end soon: no renewal of a leaf heals that.
    pub ending_authorities: usize,
    /// Items in use that have not begun.
    pub not_yet: usize,
    /// Kubeconfigs that are wrong themselves, whatever is in them.
    pub wrong_kubeconfigs: usize,
    /// Bare keys in use that are wrong.
    pub wrong_keys: usize,
    /// The next item in use that ends and with which something stops.
    pub horizon: Option<ItemIndex>,
    /// The next moment at which a status changes.
    pub next_change: Option<OffsetDateTime>,
    /// What stops because something is dead: each once, the worst first.
    pub stops: Vec<Consequence>,
    /// CA certificates.
    pub authorities: usize,
    /// Whether something in use could not be judged in all.
    pub is_unsure: bool,
    /// Whether something that nobody uses is not as it should be.
    pub has_unused_faults: bool,
}

/// How far it may be said that all is well, where nothing wrong was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Of everything that is here.
    All,
    /// Of what is in use: something that nobody uses is not as it should be.
    InUse,
    /// Of what could be judged: the CA of something was not found, or a key is encrypted.
    Judged,
    /// Of what could be read.
    Read,
}

impl Judged {
    /// How everything stands at `moment`. `by_end`: all items by notAfter, prepared.
    pub fn of(inventory: &Inventory, by_end: &[ItemIndex], moment: OffsetDateTime) -> Self {
        let (status, ends) = statuses(inventory, moment);
        let only_used = any_in_use(inventory);
        let mut judged = Self {
            status,
            by_end: by_end.to_owned(),
            ..Self::default()
        };
        // A CA may end before what it signed. What is in order already is sorted in one pass.
        judged.by_end.sort_by_key(|index| ends[index.0 as usize]);
        let mut first_end = None;
        let mut buckets: [Vec<ItemIndex>; Rank::NUMBER] = Default::default();
        for index in judged.by_end.clone() {
            let item = &inventory.items[index.0 as usize];
            let status = judged.status[index.0 as usize];
            let place = Rank::of(only_used, item, status);
            buckets[place.0].push(index);
            if place.is_unused() {
                judged.has_unused_faults |= status.is_dead() || status == Status::Broken;
                continue;
            }
            judged.count(inventory, index, item);
            if is_alive(item, status, ends[index.0 as usize], moment) {
                let stops = consequence(item).is_some();
                judged.horizon = judged.horizon.or(Some(index).filter(|_| stops));
                first_end = first_end.or(Some(index));
            }
            judged.next_change = earlier(judged.next_change, next_change(item, moment));
        }
        // What a CA signed turns with it, whoever uses the CA.
        for authority in inventory.items.iter().filter(|item| item.is_authority()) {
            judged.authorities += 1;
            judged.next_change = earlier(judged.next_change, next_change(authority, moment));
        }
        let clusters = inventory
            .kubeconfigs
            .iter()
            .flat_map(|kubeconfig| &kubeconfig.clusters);
        for anchor in clusters.flat_map(|cluster| cluster.anchors.iter()) {
            let turn = next_turn(anchor.not_before(), anchor.not_after(), moment);
            judged.next_change = earlier(judged.next_change, turn);
        }
        let tokens = inventory
            .bootstrap
            .tokens
            .iter()
            .filter_map(|token| token.expires);
        judged.next_change = earlier(judged.next_change, tokens.filter(|end| *end > moment).min());
        judged.horizon = judged.horizon.or(first_end);
        judged.stops.sort_by_key(|stops| stops.harm());
        judged.wrong_kubeconfigs = wrong_kubeconfigs(inventory, &judged.status);
        judged.wrong_keys = pairs::wrong(inventory);
        judged.worst_first = buckets.concat();
        judged
    }

    fn count(&mut self, inventory: &Inventory, index: ItemIndex, item: &Item) {
        let status = self.status[index.0 as usize];
        match status {
            Status::Expired => self.expired += 1,
            Status::DeadAuthority => self.dead_authority += 1,
            Status::Broken => self.broken += 1,
            Status::NotYetValid => self.not_yet += 1,
            Status::Expiring if item.is_leaf() => self.due += 1,
            Status::Expiring => self.ending_authorities += 1,
            // What may not be read is counted by the notice.
            Status::Unknown | Status::Ok => {}
        }
        if let Some(stops) =
            consequence(item).filter(|stops| status.is_dead() && !self.stops.contains(stops))
        {
            self.stops.push(stops);
        }
        self.is_unsure |= is_unsure(inventory, index, item);
    }

    /// The items in use that are dead, those first with which most stops.
    pub fn dead<'a>(&self, inventory: &'a Inventory) -> Vec<(ItemIndex, &'a Item)> {
        let dead = self.worst_first.iter().take(self.all_dead());
        let mut dead: Vec<_> = dead
            .map(|index| (*index, &inventory.items[index.0 as usize]))
            .collect();
        dead.sort_by_cached_key(|(_, item)| harm(item));
        dead
    }

    /// Everything in use that nobody takes any more: its own end is past, or a CA above it is dead.
    pub fn all_dead(&self) -> usize {
        self.expired + self.dead_authority
    }

    /// How far it may be said that all is well.
    pub fn certainty(&self, inventory: &Inventory) -> Certainty {
        if !inventory.unread.is_empty() {
            Certainty::Read
        } else if self.is_unsure {
            Certainty::Judged
        } else if self.has_unused_faults {
            Certainty::InUse
        } else {
            Certainty::All
        }
    }

    /// Everything that is broken: certificates, kubeconfigs and keys.
    pub fn all_broken(&self) -> usize {
        self.broken + self.wrong_kubeconfigs + self.wrong_keys
    }
}

/// An item and how it stands.
#[derive(Debug, Clone)]
pub struct JudgedItem<'a> {
    /// Its place in the inventory.
    pub index: ItemIndex,
    /// The item.
    pub item: &'a Item,
    /// How it stands.
    pub state: State,
}

impl<'a> JudgedItem<'a> {
    /// How `item` stands at `moment`.
    pub fn of(
        inventory: &'a Inventory,
        index: ItemIndex,
        item: &'a Item,
        moment: OffsetDateTime,
    ) -> Self {
        Self {
            index,
            item,
            state: judge(inventory, index, item, moment),
        }
    }

    /// When nobody takes it any more, and its own end: what ends with a CA stands behind the CA.
    fn ends(&self) -> (Option<OffsetDateTime>, Option<OffsetDateTime>) {
        (
            self.state.life.map(|life| life.end),
            self.item.certificate().map(Certificate::not_after),
        )
    }
}

/// Everything with its reasons, in the order of [`Judged::worst_first`].
pub fn worst_first(inventory: &Inventory, moment: OffsetDateTime) -> Vec<JudgedItem<'_>> {
    let only_used = any_in_use(inventory);
    let mut all: Vec<JudgedItem<'_>> = inventory
        .indexed()
        .map(|(index, item)| JudgedItem::of(inventory, index, item, moment))
        .collect();
    let place = |one: &JudgedItem<'_>| Rank::of(only_used, one.item, one.state.status);
    let compared = |one: &JudgedItem<'_>, other: &JudgedItem<'_>| -> Ordering {
        let by_ends = || {
            one.ends()
                .cmp(&other.ends())
                .then_with(|| one.item.id.cmp(&other.item.id))
        };
        place(one).cmp(&place(other)).then_with(by_ends)
    };
    all.sort_by(compared);
    all
}

/// Where an item stands among all, worst first: what counts by its status, then what nobody uses by
/// its own. Within a place what ends first is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank(usize);

impl Rank {
    /// Places of what counts.
    const COUNTING: usize = Status::Ok as usize + 1;
    const NUMBER: usize = 2 * Self::COUNTING;

    fn of(only_used: bool, item: &Item, status: Status) -> Self {
        let is_unused = only_used && !item.in_use;
        Self(status as usize + if is_unused { Self::COUNTING } else { 0 })
    }

    fn is_unused(self) -> bool {
        self.0 >= Self::COUNTING
    }
}

/// How each item stands, and when it ends.
fn statuses(
    inventory: &Inventory,
    moment: OffsetDateTime,
) -> (Vec<Status>, Vec<Option<OffsetDateTime>>) {
    let states = inventory
        .indexed()
        .map(|(index, item)| judge(inventory, index, item, moment));
    states
        .map(|state| (state.status, state.life.map(|life| life.end)))
        .unzip()
}

/// True where anything but a kubeconfig's user is in use: then only what is in use counts. A
/// kubeconfig names its own user, and that says nothing about the other files of a folder.
pub fn any_in_use(inventory: &Inventory) -> bool {
    inventory
        .items
        .iter()
        .any(|item| item.in_use && !matches!(item.source, Source::Kubeconfig { .. }))
}

/// Kubeconfigs with a fault of their own that no broken item stands for.
fn wrong_kubeconfigs(inventory: &Inventory, status: &[Status]) -> usize {
    let wrong = inventory
        .kubeconfigs
        .iter()
        .filter(|one| is_astray(one) || (one.fault.is_some() && !is_closed(one)));
    let is_counted = |path: &str| {
        let mut items = inventory.items.iter().zip(status);
        items.any(|(item, status)| item.in_use && *item.path == *path && *status <= Status::Broken)
    };
    wrong.filter(|one| !is_counted(&one.path)).count()
}

/// How much it matters that `item` dies: what is of no known use comes behind the rest of the
/// cluster.
fn harm(item: &Item) -> Harm {
    consequence(item).map_or(Harm::Unknown, Consequence::harm)
}

fn next_change(item: &Item, moment: OffsetDateTime) -> Option<OffsetDateTime> {
    let certificate = item.certificate()?;
    next_turn(certificate.not_before(), certificate.not_after(), moment)
}

/// The next moment after `moment` at which a certificate of this life begins, falls due or dies;
/// none past the end of the calendar (RFC 5280 §4.1.2.5: 99991231235959Z stands for "never").
fn next_turn(
    start: OffsetDateTime,
    end: OffsetDateTime,
    moment: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let warning = near_after(start, end);
    // A certificate is alive in its last second.
    let turns = [Some(start), warning, Some(end)].into_iter().flatten();
    turns
        .filter_map(|at| at.checked_add(Duration::SECOND))
        .filter(|at| *at > moment)
        .min()
}

fn earlier(one: Option<OffsetDateTime>, other: Option<OffsetDateTime>) -> Option<OffsetDateTime> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn is_alive(
    item: &Item,
    status: Status,
    end: Option<OffsetDateTime>,
    moment: OffsetDateTime,
) -> bool {
    let has_begun = item
        .certificate()
        .is_some_and(|certificate| certificate.not_before() <= moment);
    !status.is_dead() && has_begun && end.is_some_and(|end| end > moment)
}

/// What stops when `item` dies; `None`: nothing is known.
pub fn consequence(item: &Item) -> Option<Consequence> {
    item.roles.first().map(|role| role.consequence)
}

/// Whether nothing is known of a kubeconfig because it may not be read.
pub fn is_closed(kubeconfig: &KubeconfigItem) -> bool {
    kubeconfig.fault.as_ref().is_some_and(FileFault::is_unread)
}

/// Whether a component of this master would be led to another cluster.
pub fn is_astray(kubeconfig: &KubeconfigItem) -> bool {
    let context = kubeconfig.current_context();
    !kubeconfig.roles.is_empty()
        && context.is_some_and(|context| context.reaches == Reaches::AnotherCluster)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn turns_come_in_order_and_never_has_none() {
        let (start, end) = (
            datetime!(2026-01-01 0:00 UTC),
            datetime!(2027-01-01 0:00 UTC),
        );
        for (moment, expected) in [
            (
                datetime!(2025-06-01 0:00 UTC),
                Some(datetime!(2026-01-01 0:00:01 UTC)),
            ),
            (
                datetime!(2026-06-01 0:00 UTC),
                Some(datetime!(2026-12-02 0:00:01 UTC)),
            ),
            (
                datetime!(2026-12-25 0:00 UTC),
                Some(datetime!(2027-01-01 0:00:01 UTC)),
            ),
            (datetime!(2027-06-01 0:00 UTC), None),
        ] {
            assert_eq!(next_turn(start, end, moment), expected);
        }
        let never = datetime!(9999-12-31 23:59:59 UTC);
        assert_eq!(
            next_turn(start, never, datetime!(9999-12-30 0:00 UTC)),
            None
        );
        // Dates in the wrong order are a certificate's fault, and no panic of ours.
        assert!(next_turn(never, datetime!(0000-01-01 0:00 UTC), never).is_none());
    }
}
