//! What a plan leaves although it has ended or is broken: the first thing that must be said of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use time::OffsetDateTime;

use super::notes::{Notes, Weight};
use super::{ending, kubelet};
use crate::inventory::judged::Judged;
use crate::inventory::state::{Status, judge};
use crate::inventory::tree::Issuer;
use crate::inventory::{Inventory, Item, ItemIndex, KeyState};
use crate::kubernetes::layout::layout;
use crate::kubernetes::role::ROLES;
use crate::pki::text::quoted;
use crate::plan::PlanError;
use crate::record::Left;
use crate::words;

/// More names than these are counted.
const NAMES: usize = 12;

/// An item that is not touched.
pub(super) fn left(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
    moment: OffsetDateTime,
    why: String,
) -> Left {
    Left {
        due: has_ended(inventory, index, item, moment),
        ..Left::new(&*item.id, why)
    }
}

/// True for a certificate that is used, and by its date should be renewed by somebody.
fn has_ended(inventory: &Inventory, index: ItemIndex, item: &Item, moment: OffsetDateTime) -> bool {
    let has_not_begun = item
        .certificate()
        .is_some_and(|own| moment < own.not_before());
    let may_be_made_anew = || kubelet::may_be_made_anew(inventory, item) == Ok(true);
    is_leaf_in_use(item)
        && (item.certificate().is_some() || may_be_made_anew())
        && (has_not_begun
            || ending::near_its_end(item, moment).is_ok()
            || ending::ends_with_authority(inventory, index, item, moment).is_some())
        && !kubelet::is_made_by_kubelet(inventory, index, item)
}

fn is_leaf_in_use(item: &Item) -> bool {
    item.in_use && item.is_leaf()
}

/// What is wrong with a certificate in use beside its date.
pub(super) fn broken(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
    moment: OffsetDateTime,
) -> Option<String> {
    let state = judge(inventory, index, item, moment);
    if state.status != Status::Broken || !is_leaf_in_use(item) {
        return None;
    }
    Some(state.why)
}

/// What is wrong with a CA that is trusted: what it signs, or signed, may be refused.
fn broken_ca(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
    moment: OffsetDateTime,
) -> Option<String> {
    let is_trusted = item.in_use && !is_leaf_in_use(item);
    is_trusted
        .then(|| judge(inventory, index, item, moment))
        .filter(|state| state.status == Status::Broken)
        .map(|state| state.why)
}

/// The title of a plan that has nothing to do: no more than was judged.
pub(super) fn nothing_due(inventory: &Inventory, moment: OffsetDateTime) -> String {
    let all: Vec<ItemIndex> = inventory.indexed().map(|(index, _)| index).collect();
    words::capitalized(&words::due::nothing(
        inventory,
        &Judged::of(inventory, &all, moment),
    ))
}

/// What heals it, where a new key does.
pub(super) fn cure(item: &Item) -> &'static str {
    let is_of_key = item.key.matches == Some(false)
        || matches!(item.key.state, KeyState::Unreadable | KeyState::Absent);
    if is_of_key && item.content.is_ok() {
        "; renew it by its name to give it a new key"
    } else {
        ""
    }
}

/// Warns of what has ended and stays so, and of what is broken and not renewed.
pub(super) fn warn(
    inventory: &Inventory,
    left_alone: &[Left],
    moment: OffsetDateTime,
    notes: &mut Notes,
) {
    let items = by_id(inventory);
    for (why, ids) in by_reason(&items, left_alone) {
        let state = match (CommonEnd::of(inventory, &items, &ids, moment), ids.len()) {
            (CommonEnd::Expired, 1) => "is expired and stays so",
            (CommonEnd::Expired, _) => "are expired and stay so",
            (CommonEnd::Dead, 1) => "is dead and stays so",
            (CommonEnd::Dead, _) => "are dead and stay so",
            (CommonEnd::Near, 1) => "ends soon and is not renewed",
            (CommonEnd::Near, _) => "have expired or end soon, and stay so",
        };
        notes.say(Weight::Stays, format!("{} {state}: {why}", names(&ids, 1)));
    }
    for line in advice(inventory, left_alone, moment) {
        notes.say(Weight::Stays, line);
    }
    for (authority, end) in ending_authorities(inventory, moment) {
        notes.tell(format!(
            "the CA {authority} ends on {end}, and all that it signed with it: it is not renewed by this"
        ));
    }
    let left: HashSet<&str> = left_alone
        .iter()
        .filter(|left| !left.due)
        .map(|left| left.what.as_str())
        .collect();
    for (index, item) in inventory
        .indexed()
        .filter(|(_, item)| left.contains(&*item.id))
    {
        let fault = broken(inventory, index, item, moment)
            .or_else(|| broken_ca(inventory, index, item, moment));
        if let Some(fault) = fault {
            notes.tell(format!("{} is broken and stays so: {fault}", item.id));
        }
    }
}

/// The CAs near their end that signed something that is used.
fn ending_authorities(inventory: &Inventory, moment: OffsetDateTime) -> Vec<(&str, time::Date)> {
    let used: BTreeSet<ItemIndex> = inventory
        .indexed()
        .filter(|(_, item)| is_leaf_in_use(item))
        .filter_map(|(index, _)| match inventory.tree.issuer(index) {
            Issuer::Item(signer) => Some(signer),
            _ => None,
        })
        .collect();
    let items = used
        .into_iter()
        .filter_map(|index| Some((index, inventory.item(index)?)));
    let ending = items
        .filter(|(index, item)| judge(inventory, *index, item, moment).status == Status::Expiring);
    let ending = ending.filter(|(_, item)| item.in_use && item.is_authority());
    ending
        .filter_map(|(_, item)| Some((&*item.id, item.certificate()?.not_after().date())))
        .collect()
}

/// Nothing of all that has ended can be renewed.
pub(super) fn refusal(
    inventory: &Inventory,
    left_alone: &[Left],
    moment: OffsetDateTime,
) -> PlanError {
    let items = by_id(inventory);
    let groups = by_reason(&items, left_alone);
    let all: Vec<&str> = groups
        .iter()
        .flat_map(|(_, ids)| ids.iter().copied())
        .collect();
    let state = match CommonEnd::of(inventory, &items, &all, moment) {
        CommonEnd::Expired => "expired",
        CommonEnd::Dead => "dead",
        CommonEnd::Near => "expired or near the end",
    };
    let what = match all.as_slice() {
        [one] => format!("{one} is {state}, and cannot be renewed here"),
        more => format!(
            "{} certificates are {state}, and none of them can be renewed here",
            more.len()
        ),
    };
    let causes = groups
        .iter()
        .map(|(why, ids)| format!("{}: {why}", names(ids, NAMES)));
    causes
        .fold(PlanError::refused(what), PlanError::because)
        .hint(advice(inventory, left_alone, moment).join("\n"))
}

/// What helps where a CA is the reason: no renewal does.
fn advice(inventory: &Inventory, left_alone: &[Left], moment: OffsetDateTime) -> Vec<String> {
    let due: BTreeSet<&str> = left_alone
        .iter()
        .filter(|left| left.due)
        .map(|left| left.what.as_str())
        .collect();
    let items = inventory
        .indexed()
        .filter(|(_, item)| due.contains(&*item.id));
    let at_fault = items.filter_map(|(index, item)| {
        let (life, _) = ending::ends_with_authority(inventory, index, item, moment)?;
        let has_begun = life.begin <= moment;
        Some((
            if has_begun {
                life.ends_with
            } else {
                life.begins_with
            },
            has_begun,
        ))
    });
    let at_fault: BTreeSet<(ItemIndex, bool)> = at_fault.collect();
    let has_setup = layout(&inventory.layout).is_some_and(|layout| layout.setup.is_some());
    let authorities = at_fault
        .into_iter()
        .filter_map(|(at, has_begun)| Some((inventory.item(at)?, has_begun)));
    let line = |(authority, has_begun): (&Item, bool)| {
        let id = &authority.id;
        let anew = format!("{id} must be made anew, and all that it signed, on every node");
        match authority
            .key
            .path
            .as_deref()
            .filter(|_| has_setup && has_key(authority))
        {
            _ if !has_begun => format!(
                "look at the clock first: it says {}, and {id} has not begun",
                moment.date()
            ),
            Some(key) => {
                let command = inventory
                    .mounted
                    .kubepki(&format!("setup --dry-run --replace {}", quoted(key)));
                format!("{anew}: {command} shows what that changes here")
            }
            None => format!("{anew}, by whoever has its key"),
        }
    };
    authorities.map(line).collect()
}

fn has_key(authority: &Item) -> bool {
    matches!(authority.key.state, KeyState::Present | KeyState::Encrypted)
}

/// What may be said of all of several certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CommonEnd {
    /// Past their own ends.
    Expired,
    /// Some of them only because a CA above them is.
    Dead,
    /// Some of them have something left.
    Near,
}

impl CommonEnd {
    fn of(inventory: &Inventory, items: &ById<'_>, ids: &[&str], moment: OffsetDateTime) -> Self {
        let items = ids.iter().filter_map(|id| items.get(id).copied());
        let all: Vec<Status> = items
            .map(|(index, item)| judge(inventory, index, item, moment).status)
            .collect();
        if all.iter().all(|status| *status == Status::Expired) {
            Self::Expired
        } else if all
            .iter()
            .all(|status| status.is_dead() || *status == Status::NotYetValid)
        {
            Self::Dead
        } else {
            Self::Near
        }
    }
}

type ById<'a> = HashMap<&'a str, (ItemIndex, &'a Item)>;

fn by_id(inventory: &Inventory) -> ById<'_> {
    inventory
        .indexed()
        .map(|(index, item)| (&*item.id, (index, item)))
        .collect()
}

/// The reasons, that of most certificates first; of each the best known certificates first.
fn by_reason<'a>(items: &ById<'_>, left_alone: &'a [Left]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for left in left_alone.iter().filter(|left| left.due) {
        let at = *places.entry(&left.why).or_insert_with(|| {
            groups.push((&left.why, Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(&left.what);
    }
    let rank = |id: &str| {
        let role = items.get(id).and_then(|(_, item)| item.roles.first());
        role.and_then(|role| ROLES.iter().position(|one| one.name == role.name))
            .unwrap_or(ROLES.len())
    };
    for (_, ids) in &mut groups {
        ids.sort_by_cached_key(|id| rank(id));
    }
    groups.sort_by_key(|(_, ids)| std::cmp::Reverse(ids.len()));
    groups
}

fn names(ids: &[&str], most: usize) -> String {
    if ids.len() <= most {
        return ids.join(", ");
    }
    let (told, more) = ids.split_at(most.min(ids.len()));
    format!("{} and {} more", told.join(", "), more.len())
}
