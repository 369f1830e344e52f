//! The plan as it is shown: what, how many, what can go wrong, and why somebody must look first.

use time::OffsetDateTime;

use super::making::{Issued, MadeRenewal};
use super::notes::Weight;
use super::{commands, ending, staying};
use crate::inventory::{Inventory, Item, ItemIndex};
use crate::kubernetes::component::{Component, joined};
use crate::plan::{Materials, Plan, PlanContext, RenewRequest, Selection, notices, restart};
use crate::record::{IssueSummary, KeyChange, PlanKind, PlanSummary};

/// Puts the plan together.
pub(super) fn plan(
    inventory: &Inventory,
    materials: &Materials,
    request: &RenewRequest,
    context: PlanContext<'_>,
    made: MadeRenewal,
) -> Plan {
    let touched: Vec<&Item> =
        touched(inventory, &made.issued, &made.pointers).into_iter().map(|(_, item)| item).collect();
    let is_dead = |item: &Item| item.certificate().is_none_or(|old| old.not_after() < context.moment);
    let restarts = restart::of(inventory, &touched, is_dead);
    let commands = commands::script(inventory, materials, &made, &restarts, context.moment);
    let MadeRenewal { changes, issued, pointers, mut left_alone, mut notes } = made;
    if !matches!(request.what, Selection::Items(_)) {
        staying::warn(inventory, &left_alone, context.moment, &mut notes);
    }
    left_alone.sort_by_key(|left| !left.due);
    if !changes.is_empty() {
        if let Some(text) = notices::clock_is_behind(inventory, &materials.history, context.moment) {
            notes.say(Weight::Breaks, text);
        }
        if let Some(text) = notices::other_masters(inventory) {
            notes.tell(text);
        }
        for text in notices::other_keepers(inventory) {
            notes.tell(text);
        }
        for reason in reasons(inventory, request, context.moment, &issued, &pointers) {
            notes.ask(reason);
        }
    }
    let issues: Vec<IssueSummary> = issued.iter().filter_map(|issued| issue(inventory, issued)).collect();
    let title = title(inventory, request, context.moment, &issues, &pointers);
    let (warnings, asks, confirm) = notes.finish();
    let summaries = changes.iter().map(crate::plan::Change::to_summary).collect();
    let is_changed = |path: &str| changes.iter().any(|change| change.path == path);
    let made_from = materials.files.iter().filter(|(path, _)| !is_changed(path));
    let made_from = made_from.map(|(path, material)| (path.clone(), material.path_state.clone())).collect();
    let summary = PlanSummary {
        title,
        kind: Some(PlanKind::Renew),
        changes: summaries,
        issues,
        restarts,
        warnings,
        left_alone,
        commands,
        asks,
        confirm,
        ..PlanSummary::default()
    };
    Plan { summary, changes, made_from, undoes: None, moment: context.moment }
}

fn touched<'a>(
    inventory: &'a Inventory,
    issued: &[Issued],
    pointers: &[(ItemIndex, ItemIndex)],
) -> Vec<(ItemIndex, &'a Item)> {
    let renewed = issued.iter().flat_map(|issued| issued.renewal.items.iter());
    renewed.chain(pointers.iter().map(|(from, _)| from)).filter_map(|at| Some((*at, inventory.item(*at)?))).collect()
}

fn title(
    inventory: &Inventory,
    request: &RenewRequest,
    moment: OffsetDateTime,
    issues: &[IssueSummary],
    pointers: &[(ItemIndex, ItemIndex)],
) -> String {
    let pointed = pointers.iter().filter_map(|(from, _)| inventory.item(*from)).map(|item| &*item.id);
    let ids: Vec<&str> = issues.iter().map(|issue| issue.id.as_str()).chain(pointed).collect();
    match (&request.what, ids.as_slice()) {
        (Selection::Due, []) => staying::nothing_due(inventory, moment),
        (_, []) => "Nothing can be renewed".to_owned(),
        (_, [one]) => format!("Renew {one}"),
        (Selection::Due, all) => format!("Renew what is due: {} certificates", all.len()),
        (Selection::All, all) => format!("Renew all {} certificates", all.len()),
        (Selection::Items(_), all) => format!("Renew {} certificates", all.len()),
    }
}

fn issue(inventory: &Inventory, issued: &Issued) -> Option<IssueSummary> {
    let items: Vec<&Item> = issued.renewal.items.iter().filter_map(|at| inventory.item(*at)).collect();
    let first = items.first()?;
    let (mut roles, mut copies): (Vec<String>, Vec<String>) = Default::default();
    let mut programs: Vec<Component> = Vec::new();
    let mut paths: Vec<String> = Vec::new();
    for item in &items {
        add(&mut roles, item.roles.iter().map(|role| role.name));
        for component in restart::programs(item) {
            if !programs.contains(&component) {
                programs.push(component);
            }
        }
        let own = issued.dated.as_deref().filter(|_| super::kubelet::store_of(&item.path).is_some());
        add(&mut paths, [own.unwrap_or(&item.path)]);
        // A kept key is not written.
        let key = item.key.path.as_deref().filter(|path| issued.renewal.key.is_some() && **path != *item.path);
        add(&mut paths, key);
        if item.path != first.path {
            add(&mut copies, [&*item.path]);
        }
    }
    Some(IssueSummary {
        node: None,
        id: first.id.to_string(),
        roles,
        programs,
        authority: inventory.item(issued.renewal.authority.item)?.id.to_string(),
        paths,
        copies,
        before: first.certificate().cloned(),
        after: issued.certificate.clone(),
        key: if issued.renewal.key.is_some() { KeyChange::New } else { KeyChange::Kept },
    })
}

fn add<'a>(to: &mut Vec<String>, more: impl IntoIterator<Item = &'a str>) {
    for one in more {
        if !to.iter().any(|known| known == one) {
            to.push(one.to_owned());
        }
    }
}

/// Why one key must not apply it at once, beside warnings.
fn reasons(
    inventory: &Inventory,
    request: &RenewRequest,
    moment: OffsetDateTime,
    issued: &[Issued],
    pointers: &[(ItemIndex, ItemIndex)],
) -> Vec<String> {
    let mut reasons = Vec::new();
    if issued.len() + pointers.len() != 1 {
        reasons.push(format!("{} certificates at once", issued.len() + pointers.len()));
    }
    let touched = touched(inventory, issued, pointers);
    let early: Vec<(&Item, String)> = touched
        .iter()
        .filter_map(|(index, item)| {
            let why = ending::near_its_end(item, moment).err()?;
            let broken = staying::broken(inventory, *index, item, moment);
            Some((*item, broken.map_or(why, |fault| format!("broken: {fault}"))))
        })
        .collect();
    match early.as_slice() {
        [] => {}
        [(item, why)] => reasons.push(format!("{} is {why}", item.id)),
        several => reasons.push(format!("{} are not due", several.len())),
    }
    for (_, item) in &touched {
        if item.certificate().is_none() {
            reasons.push(format!("{} is gone: it is made anew", item.id));
        }
        if let [first, others @ ..] = &restart::programs(item)[..]
            && !others.is_empty()
        {
            let others = joined(others.iter().copied(), ", ");
            reasons.push(format!("{} is read by {first} and {others}", item.id));
        } else if item.roles.len() > 1 {
            let roles: Vec<&str> = item.roles.iter().map(|role| role.name).collect();
            reasons.push(format!("{} is used as {}", item.id, roles.join(", ")));
        }
    }
    for one in issued.iter().filter(|one| one.renewal.items.len() > 1) {
        let places: Vec<&str> =
            one.renewal.items.iter().filter_map(|at| inventory.item(*at)).map(|item| &*item.path).collect();
        reasons.push(format!("the certificate is also in {}", places[1..].join(", ")));
    }
    let asked = [
        (request.days.is_some(), "another lifetime is asked for"),
        (request.keep_key, "the key is kept"),
        (request.key_algorithm.is_some(), "another key algorithm is asked for"),
        (!request.sans.is_empty(), "names are changed"),
        (request.to_specification, "it becomes what today's specification says"),
        (request.tighten_modes, "modes of keys are changed"),
    ];
    reasons.extend(asked.into_iter().filter(|(is_asked, _)| *is_asked).map(|(_, text)| text.to_owned()));
    reasons
}
