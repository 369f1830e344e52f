//! What a plan must say of the clock and of the other masters.

use time::{Duration, OffsetDateTime};

use crate::inventory::Inventory;
use crate::inventory::tree::Issuer;
use crate::kubernetes::component::Component;
use crate::kubernetes::layout::{AlsoKept, RenewsItself};
use crate::pki::moment::second;
use crate::record::Operation;

/// Files that are the same on every master (kubeadm, copycerts.go).
const SAME_EVERYWHERE: &str = "the CAs and the service account keys are the same on every master";

/// Two changes in one second, and a clock that is corrected by a breath, are nothing to speak of.
const TOLERANCE: Duration = Duration::seconds(5);

/// Why the clock cannot be right: something here began, or was done, after `moment`. People set the
/// clock back to get expired certificates accepted; what is issued then has the wrong dates.
pub(super) fn clock_is_behind(
    inventory: &Inventory,
    history: &[Operation],
    moment: OffsetDateTime,
) -> Option<String> {
    let signed_here = inventory.indexed().filter(|(index, item)| {
        item.in_use
            && matches!(
                inventory.tree.issuer(*index),
                Issuer::Item(_) | Issuer::Itself
            )
    });
    let begins = signed_here
        .filter_map(|(_, item)| Some((item.certificate()?.not_before(), item.id.to_string())));
    let newest = begins
        .max()
        .map(|(begin, id)| (begin, format!("{id} is valid from {}", second(begin))));
    let done = history
        .iter()
        .map(|operation| operation.ended_at.unwrap_or(operation.started_at))
        .max();
    let done = done.map(|end| {
        (
            end,
            format!("the last change here was made at {}", second(end)),
        )
    });
    let (latest, what) = newest.into_iter().chain(done).max()?;
    // A journal knows parts of seconds, and what was just done here was done before this plan.
    (latest - moment > TOLERANCE).then(|| {
        format!(
            "the clock says {}, but {what}: is it set back?",
            second(moment)
        )
    })
}

/// That there are other masters, where flags say so.
pub(super) fn other_masters(inventory: &Inventory) -> Option<String> {
    let count = |component: Component, flag: &str, value: &str| match (component, flag) {
        (Component::Etcd, "initial-cluster") | (Component::KubeApiserver, "etcd-servers") => value
            .split(',')
            .filter(|one| !one.trim().is_empty())
            .count(),
        (Component::KubeApiserver, "apiserver-count") => value.trim().parse().unwrap_or(0),
        _ => 0,
    };
    let counted = inventory
        .flags
        .iter()
        .map(|fact| (count(fact.component, &fact.flag, &fact.value), fact));
    let (masters, fact) = counted
        .max_by_key(|(count, _)| *count)
        .filter(|(count, _)| *count > 1)?;
    Some(format!(
        "this is one of {masters} masters (--{} of {} in {}:{}): repeat it on each, and copy none of the renewed files \
         to another one; only {SAME_EVERYWHERE}",
        fact.flag, fact.component, fact.file, fact.line
    ))
}

/// That something else keeps the same files, and may put its own in their place.
pub(super) fn other_keepers(inventory: &Inventory) -> impl Iterator<Item = String> {
    let layout = inventory.known_layout();
    let kept = layout.also_kept.as_ref().map(|AlsoKept { by, file, command }| {
        format!("{by} keeps these certificates in {file} too: the next \"{command}\" puts those back")
    });
    let renewed = layout.renews_itself.as_ref().map(|RenewsItself { days_left }| {
        format!("the service signs its leaves itself at its start, where {days_left} days or fewer are left")
    });
    kept.into_iter().chain(renewed)
}
