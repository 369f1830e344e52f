//! What a plan leaves although it has ended or is broken: the first thing that must be said of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use time::OffsetDateTime;

use super::notes::{Notes, Weight};
use super::{due, kubelet};
use crate::inventory::state::{Status, judge};
use crate::inventory::tree::Issuer;
use crate::inventory::{Inventory, Item, ItemIndex, KeyState};
use crate::kubernetes::role::{ROLES, RoleKind};
use crate::plan::Error;
use crate::record::Left;

/// More names than these are counted.
const NAMES: usize = 12;

/// An item that is not touched.
pub(super) fn left(inventory: &Inventory, index: ItemIndex, item: &Item, moment: OffsetDateTime, why: String) -> Left {
    Left { due: has_ended(inventory, index, item, moment), ..Left::new(&*item.id, why) }
}

/// True for a certificate that is used, and by its date should be renewed by somebody.
fn has_ended(inventory: &Inventory, index: ItemIndex, item: &Item, moment: OffsetDateTime) -> bool {
    let may_be_made_anew = || kubelet::may_be_made_anew(inventory, item) == Ok(true);
    is_leaf_in_use(item)
        && (item.certificate().is_some() || may_be_made_anew())
        && due::near_its_end(item, moment).is_ok()
        && !due::is_made_by_kubelet(inventory, index, item)
}

fn is_leaf_in_use(item: &Item) -> bool {
    item.in_use && !item.is_authority() && !item.roles.iter().any(|role| role.kind == RoleKind::Authority)
}

/// What is wrong with a certificate in use beside its date.
pub(super) fn broken(inventory: &Inventory, index: ItemIndex, item: &Item, moment: OffsetDateTime) -> Option<String> {
    let state = judge(inventory, index, item, moment);
    if state.status != Status::Broken || !is_leaf_in_use(item) {
        return None;
    }
    Some(state.why)
}

/// What heals it, where a new key does.
pub(super) fn cure(item: &Item) -> &'static str {
    let is_of_key =
        item.key.matches == Some(false) || matches!(item.key.state, KeyState::Unreadable | KeyState::Absent);
    if is_of_key && item.content.is_ok() { "; renew it by its name to give it a new key" } else { "" }
}

/// Warns of what has ended and stays so, and of what is broken and not renewed.
pub(super) fn warn(inventory: &Inventory, leaves: &[Left], moment: OffsetDateTime, notes: &mut Notes) {
    let items = by_id(inventory);
    for (why, ids) in by_reason(&items, leaves) {
        let expired = ids.iter().filter(|id| is_expired(&items, id, moment)).count();
        let state = match (expired == ids.len(), ids.len()) {
            (true, 1) => "is expired and stays so",
            (true, _) => "are expired and stay so",
            (false, 1) => "ends soon and is not renewed",
            (false, _) => "have expired or end soon, and stay so",
        };
        notes.say(Weight::Stays, format!("{} {state}: {why}", names(&ids, 1)));
    }
    for (authority, end) in ending_authorities(inventory, moment) {
        notes.tell(format!(
            "the CA {authority} ends on {end}, and all that it signed with it: it is not renewed by this"
        ));
    }
    let left: HashSet<&str> = leaves.iter().filter(|left| !left.due).map(|left| left.what.as_str()).collect();
    for (index, item) in inventory.indexed().filter(|(_, item)| left.contains(&*item.id)) {
        if let Some(fault) = broken(inventory, index, item, moment) {
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
    let items = used.into_iter().filter_map(|index| Some((index, inventory.item(index)?)));
    let ending = items.filter(|(index, item)| judge(inventory, *index, item, moment).status == Status::Expiring);
    let ending = ending.filter(|(_, item)| item.in_use && item.is_authority());
    ending.filter_map(|(_, item)| Some((&*item.id, item.certificate()?.not_after().date()))).collect()
}

/// Nothing of all that has ended can be renewed.
pub(super) fn refusal(inventory: &Inventory, leaves: &[Left], moment: OffsetDateTime) -> Error {
    let items = by_id(inventory);
    let groups = by_reason(&items, leaves);
    let all: Vec<&str> = groups.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
    let is_all_expired = all.iter().all(|id| is_expired(&items, id, moment));
    let state = if is_all_expired { "expired" } else { "expired or near the end" };
    let what = match all.as_slice() {
        [one] => format!("{one} is {state}, and cannot be renewed here"),
        more => format!("{} certificates are {state}, and none of them can be renewed here", more.len()),
    };
    let causes = groups.iter().map(|(why, ids)| format!("{}: {why}", names(ids, NAMES)));
    causes.fold(Error::refused(what), Error::because)
}

fn is_expired(items: &HashMap<&str, &Item>, id: &str, moment: OffsetDateTime) -> bool {
    let certificate = items.get(id).and_then(|item| item.certificate());
    certificate.is_some_and(|certificate| certificate.not_after() < moment)
}

fn by_id(inventory: &Inventory) -> HashMap<&str, &Item> {
    inventory.items.iter().map(|item| (&*item.id, item)).collect()
}

/// The reasons, that of most certificates first; of each the best known certificates first.
fn by_reason<'a>(items: &HashMap<&str, &Item>, leaves: &'a [Left]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for left in leaves.iter().filter(|left| left.due) {
        let at = *places.entry(&left.why).or_insert_with(|| {
            groups.push((&left.why, Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(&left.what);
    }
    let rank = |id: &str| {
        let item = items.get(id);
        let role = item.and_then(|item| item.roles.first());
        role.and_then(|role| ROLES.iter().position(|one| one.name == role.name)).unwrap_or(ROLES.len())
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
