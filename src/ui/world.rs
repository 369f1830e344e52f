//! What every screen may look at: the master as it was read, the moment it is judged for, and how to show it.

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::style::Style;
use time::{Duration, OffsetDateTime};

use super::alive::Alive;
use super::change::{Change, Stage};
use super::theme::{ASCII, Role, Signs, Theme, UNICODE};
use crate::inventory::state::{State, Status, WARNING_DAYS, judge};
use crate::inventory::{Fault, Inventory, Item, ItemIndex, KubeconfigItem, Reaches};
use crate::kubernetes::role::{ROLES, Role as PkiRole};
use crate::model::{Action, Keymap, Problem, Reading};
use crate::record::{Operation, PlanSummary};

/// What does not change while the program runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Settings {
    /// Whether changing actions are refused.
    pub read_only: bool,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Whether the screen is told as lines.
    pub plain: bool,
    /// Whether this is the demo.
    pub demo: bool,
    /// Who runs the program, as "root".
    pub user: String,
    /// What to type to run it with more permission, as "sudo kubepki".
    pub sudo: String,
    /// How long a renewed certificate lives, in days, where `settings.yaml` says so.
    pub lifetime_days: Option<u32>,
    /// Whether all ports are asked after the first reading.
    pub probe_at_start: bool,
}

/// How far the reading is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Loaded {
    /// Nothing was read yet: what is being done.
    Reading(String),
    /// It was read.
    #[default]
    Yes,
    /// Nothing could be read.
    Failed(Problem),
}

/// Everything that a screen draws from.
#[derive(Debug)]
pub struct World {
    /// The master.
    pub reading: Reading,
    /// How far the reading is.
    pub loaded: Loaded,
    /// Why the disk could not be read again: what is shown is old.
    pub stale: Option<Problem>,
    /// What went wrong so far: a toast leaves, the page of what was not read keeps it.
    pub problems: Vec<Problem>,
    /// When it was read, or the moment that came since.
    pub now: OffsetDateTime,
    /// The date looked at, where it is not now.
    pub lens: Option<OffsetDateTime>,
    /// How the items stand at [`Self::moment`].
    pub judged: Judged,
    /// Styles.
    pub theme: Theme,
    /// Keys.
    pub keymap: Keymap,
    /// The command line's part.
    pub settings: Settings,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Ids of the items that are selected for the next change.
    pub selected: BTreeSet<Arc<str>>,
    /// The change that is under way or looked at.
    pub change: Option<Change>,
    /// What was done so far, newest first; `None`: not known yet.
    pub history: Option<Result<Arc<Vec<Operation>>, Problem>>,
    /// The running side, as far as it was looked at.
    pub alive: Alive,
    /// What cannot be done on the screen below palette or help, and why.
    pub refusals: Vec<(Action, &'static str)>,
    /// What the keys do on the screen below the help, where one types there.
    pub keys_below: Vec<(&'static str, &'static str)>,
}

/// How all items stand at one moment.
#[derive(Debug, Default)]
pub struct Judged {
    /// For each item.
    pub status: Vec<Status>,
    /// Those in use, worst first, then the others.
    pub worst_first: Vec<ItemIndex>,
    /// Expired items in use.
    pub expired: usize,
    /// Broken items in use.
    pub broken: usize,
    /// Items in use that end soon.
    pub due: usize,
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
    /// What stops with those that are expired, each sentence once.
    pub stops: Vec<&'static str>,
    /// CA certificates.
    pub authorities: usize,
}

impl World {
    /// A world in which nothing was read yet.
    pub fn new(theme: Theme, keymap: Keymap, settings: Settings) -> Self {
        Self {
            reading: Reading::default(),
            loaded: Loaded::Reading("reading".to_owned()),
            stale: None,
            problems: Vec::new(),
            now: OffsetDateTime::UNIX_EPOCH,
            lens: None,
            judged: Judged::default(),
            theme,
            keymap,
            settings,
            size: (80, 24),
            selected: BTreeSet::new(),
            change: None,
            history: None,
            alive: Alive::default(),
            refusals: Vec::new(),
            keys_below: Vec::new(),
        }
    }

    /// Takes what was read; `false`: it could not be, and what was read before is still the best that is known.
    pub fn take(&mut self, reading: Result<Reading, Problem>) -> bool {
        self.change.take_if(|change| change.stage == Stage::Reading);
        match reading {
            Ok(reading) => {
                self.reading = reading;
                self.stale = None;
                self.loaded = Loaded::Yes;
                let selected = std::mem::take(&mut self.selected);
                self.selected = selected.into_iter().filter(|id| self.item_named(id).is_some()).collect();
            }
            Err(problem) if self.loaded == Loaded::Yes => {
                self.stale = Some(problem);
                return false;
            }
            Err(problem) => self.loaded = Loaded::Failed(problem),
        }
        true
    }

    /// Selects an item, or unselects it.
    pub fn select(&mut self, id: Arc<str>) {
        if !self.selected.remove(&id) {
            self.selected.insert(id);
        }
    }

    /// Why nothing is changed: the user wants it so, or the files cannot be written.
    pub fn read_only(&self) -> Option<&'static str> {
        let wanted = self.settings.read_only.then_some("kubepki was started with --read-only");
        wanted.or(self.reading.closed)
    }

    /// The operation of this id.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.history.as_ref()?.as_ref().ok()?.iter().find(|operation| operation.id == id)
    }

    /// The plan that is kept, or that of an operation.
    pub fn plan_summary(&self, operation: Option<&str>) -> Option<&PlanSummary> {
        match operation {
            Some(id) => self.operation(id).map(|operation| &operation.plan),
            None => self.change.as_ref().and_then(Change::summary),
        }
    }

    /// The master.
    pub fn inventory(&self) -> &Inventory {
        &self.reading.inventory
    }

    /// The moment that everything is judged for.
    pub fn moment(&self) -> OffsetDateTime {
        self.lens.unwrap_or(self.now)
    }

    /// The style of `role`.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// The signs to draw with.
    pub fn signs(&self) -> &'static Signs {
        if self.settings.ascii { &ASCII } else { &UNICODE }
    }

    /// How an item stands, with the reason.
    pub fn state(&self, index: ItemIndex, item: &Item) -> State {
        judge(self.inventory(), index, item, self.moment())
    }

    /// The status of an item, from the table.
    pub fn status(&self, index: ItemIndex) -> Status {
        self.judged.status.get(index.0 as usize).copied().unwrap_or(Status::Ok)
    }

    /// Whether an item counts: it is in use, or nothing here is known to be.
    pub fn counts(&self, item: &Item) -> bool {
        counts(&self.reading, item)
    }

    /// The item of this id.
    pub fn item_named(&self, id: &str) -> Option<(ItemIndex, &Item)> {
        let items = &self.inventory().items;
        let order = &self.reading.order.by_id;
        let at = order.binary_search_by(|index| items[index.0 as usize].id.as_ref().cmp(id)).ok()?;
        Some((order[at], &items[order[at].0 as usize]))
    }

    /// Judges all items again. To be called when the reading or the moment has changed.
    pub fn judge(&mut self) {
        let moment = self.moment();
        self.judged = Judged::of(&self.reading, moment);
        self.judge_alive();
    }
}

impl Judged {
    /// How everything stands at `moment`.
    pub fn of(reading: &Reading, moment: OffsetDateTime) -> Self {
        let inventory = &reading.inventory;
        let status: Vec<Status> =
            inventory.indexed().map(|(index, item)| judge(inventory, index, item, moment).status).collect();
        let mut judged = Self { status, ..Self::default() };
        let mut first_end = None;
        let mut buckets: [Vec<ItemIndex>; 6] = Default::default();
        for index in &reading.order.by_end {
            let item = &inventory.items[index.0 as usize];
            let status = judged.status[index.0 as usize];
            if !counts(reading, item) {
                buckets[5].push(*index);
                continue;
            }
            buckets[status as usize].push(*index);
            match status {
                Status::Expired => {
                    judged.expired += 1;
                    let consequence = consequence(item);
                    if !consequence.is_empty() && !judged.stops.contains(&consequence) {
                        judged.stops.push(consequence);
                    }
                }
                // What may not be read is counted by the notice.
                Status::Broken => judged.broken += usize::from(!is_unreadable(item)),
                Status::NotYetValid => judged.not_yet += 1,
                Status::Expiring => judged.due += 1,
                Status::Ok => {}
            }
            if is_alive(item, moment) {
                let stops = !consequence(item).is_empty();
                judged.horizon = judged.horizon.or(Some(*index).filter(|_| stops));
                first_end = first_end.or(Some(*index));
            }
            judged.next_change = earlier(judged.next_change, next_change(item, moment));
        }
        let tokens = inventory.bootstrap.tokens.iter().filter_map(|token| token.expires);
        judged.next_change = earlier(judged.next_change, tokens.filter(|end| *end > moment).min());
        judged.horizon = judged.horizon.or(first_end);
        judged.stops.sort_by_key(|stop| harm(stop));
        judged.wrong_kubeconfigs = wrong_kubeconfigs(inventory, &judged.status);
        judged.wrong_keys = super::keys::wrong(inventory);
        judged.worst_first = buckets.concat();
        judged.authorities = inventory.items.iter().filter(|item| item.is_authority()).count();
        judged
    }

    /// The items in use that are expired, those first with which most stops.
    pub fn dead<'a>(&self, inventory: &'a Inventory) -> Vec<&'a Item> {
        let mut dead: Vec<&Item> =
            self.worst_first.iter().take(self.expired).map(|index| &inventory.items[index.0 as usize]).collect();
        dead.sort_by_cached_key(|item| harm(consequence(item)));
        dead
    }

    /// Everything that is broken: certificates, kubeconfigs and keys.
    pub fn all_broken(&self) -> usize {
        self.broken + self.wrong_kubeconfigs + self.wrong_keys
    }
}

fn counts(reading: &Reading, item: &Item) -> bool {
    item.in_use || !reading.order.any_in_use
}

/// What stops when `item` dies; empty where nothing is known.
pub(crate) fn consequence(item: &Item) -> &'static str {
    item.roles.iter().map(|role| role.consequence).find(|text| !text.is_empty()).unwrap_or("")
}

fn is_alive(item: &Item, moment: OffsetDateTime) -> bool {
    item.certificate().is_some_and(|certificate| certificate.not_before() <= moment && certificate.not_after() > moment)
}

/// Whether nothing is wrong with an item but that it may not be read.
pub(crate) fn is_unreadable(item: &Item) -> bool {
    matches!(item.content, Err(Fault::Unreadable(_)))
}

/// Whether nothing is known of a kubeconfig because it may not be read.
pub(crate) fn is_closed(inventory: &Inventory, kubeconfig: &KubeconfigItem) -> bool {
    let fault = kubeconfig.fault.as_deref().unwrap_or_default();
    fault.starts_with("cannot be read") && inventory.unread.iter().any(|unread| *unread.path == *kubeconfig.path)
}

/// Whether a component of this master would be led to another cluster.
pub(crate) fn is_astray(kubeconfig: &KubeconfigItem) -> bool {
    let context = super::words::current_context(kubeconfig);
    !kubeconfig.roles.is_empty() && context.is_some_and(|context| context.reaches == Reaches::AnotherCluster)
}

/// Kubeconfigs with a fault of their own that no broken item stands for.
fn wrong_kubeconfigs(inventory: &Inventory, status: &[Status]) -> usize {
    let wrong = inventory
        .kubeconfigs
        .iter()
        .filter(|one| is_astray(one) || (one.fault.is_some() && !is_closed(inventory, one)));
    let is_counted = |path: &str| {
        let mut items = inventory.items.iter().zip(status);
        items.any(|(item, status)| item.in_use && *item.path == *path && *status <= Status::Broken)
    };
    wrong.filter(|one| !is_counted(&one.path)).count()
}

/// How much a consequence matters: its place in the table of roles, which starts with what all else needs.
fn harm(consequence: &str) -> usize {
    let first = |role: &&PkiRole| role.consequence == consequence;
    let kubectl = usize::from(consequence.starts_with("kubectl") || consequence.starts_with("aggregated"));
    kubectl * ROLES.len() + ROLES.iter().position(|role| first(&role)).unwrap_or(ROLES.len())
}

fn next_change(item: &Item, moment: OffsetDateTime) -> Option<OffsetDateTime> {
    let certificate = item.certificate()?;
    next_turn(certificate.not_before(), certificate.not_after(), moment)
}

/// The next moment after `moment` at which a certificate of this life begins, falls due or dies; none past the end
/// of the calendar (RFC 5280 §4.1.2.5: 99991231235959Z stands for "never").
fn next_turn(start: OffsetDateTime, end: OffsetDateTime, moment: OffsetDateTime) -> Option<OffsetDateTime> {
    let warning = end.checked_sub(Duration::days(WARNING_DAYS).min((end - start) / 3));
    // A certificate is alive in its last second.
    let turns = [Some(start), warning, Some(end)].into_iter().flatten();
    turns.filter_map(|at| at.checked_add(Duration::SECOND)).filter(|at| *at > moment).min()
}

fn earlier(one: Option<OffsetDateTime>, other: Option<OffsetDateTime>) -> Option<OffsetDateTime> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn turns_come_in_order_and_never_has_none() {
        let (start, end) = (datetime!(2026-01-01 0:00 UTC), datetime!(2027-01-01 0:00 UTC));
        for (moment, expected) in [
            (datetime!(2025-06-01 0:00 UTC), Some(datetime!(2026-01-01 0:00:01 UTC))),
            (datetime!(2026-06-01 0:00 UTC), Some(datetime!(2026-12-02 0:00:01 UTC))),
            (datetime!(2026-12-25 0:00 UTC), Some(datetime!(2027-01-01 0:00:01 UTC))),
            (datetime!(2027-06-01 0:00 UTC), None),
        ] {
            assert_eq!(next_turn(start, end, moment), expected);
        }
        let never = datetime!(9999-12-31 23:59:59 UTC);
        assert_eq!(next_turn(start, never, datetime!(9999-12-30 0:00 UTC)), None);
        // Dates in the wrong order are a certificate's fault, and no panic of ours.
        assert!(next_turn(never, datetime!(0000-01-01 0:00 UTC), never).is_none());
    }
}
