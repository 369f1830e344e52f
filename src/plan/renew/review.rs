//! The plan as it is shown: what, how many, what can go wrong, and why somebody must look first.

use super::making::{Issued, MadeRenewal};
use super::notes::{Notes, Weight};
use super::{RenewalTask, commands, ending, staying};
use crate::inventory::{Inventory, Item, ItemIndex};
use crate::kubernetes::component::{Component, joined};
use crate::plan::{Change, Materials, Plan, RenewRequest, Selection, notices, restart};
use crate::record::{IssueSummary, KeyChange, PlanKind, PlanSummary};

/// Puts the plan together.
pub(super) fn plan(task: RenewalTask<'_>, materials: &Materials, made: MadeRenewal) -> Plan {
    let RenewalTask {
        inventory,
        request,
        context,
    } = task;
    let touched: Vec<&Item> = touched(task, &made)
        .into_iter()
        .map(|(_, item)| item)
        .collect();
    let is_dead = |item: &Item| {
        item.certificate()
            .is_none_or(|old| old.not_after() < context.moment)
    };
    let restarts = restart::of(inventory, &touched, is_dead);
    let commands = commands::script(inventory, materials, &made, &restarts, context.moment);
    let reasons = reasons(task, &made);
    let MadeRenewal {
        changes,
        issued,
        pointers,
        mut left_alone,
        mut notes,
    } = made;
    if !matches!(request.what, Selection::Items(_)) {
        staying::warn(inventory, &left_alone, context.moment, &mut notes);
    }
    left_alone.sort_by_key(|left| !left.due);
    if !changes.is_empty() {
        notice(task, materials, reasons, &mut notes);
    }
    let issues: Vec<IssueSummary> = issued
        .iter()
        .filter_map(|issued| issue(inventory, issued))
        .collect();
    let title = title(task, &issues, &pointers);
    let (warnings, asks, confirm) = notes.finish();
    let made_from = materials.unchanged(&changes);
    let summary = PlanSummary {
        title,
        kind: Some(PlanKind::Renew),
        changes: changes.iter().map(Change::to_summary).collect(),
        issues,
        restarts,
        warnings,
        left_alone,
        commands,
        asks,
        confirm,
        ..PlanSummary::default()
    };
    Plan {
        summary,
        changes,
        made_from,
        undoes: None,
        moment: context.moment,
    }
}

/// Adds what is said of the machine and of others, and why one must look.
fn notice(task: RenewalTask<'_>, materials: &Materials, reasons: Vec<String>, notes: &mut Notes) {
    if let Some(text) = notices::clock_is_behind(task.inventory, &materials.history, task.moment())
    {
        notes.say(Weight::Breaks, text);
    }
    if let Some(text) = notices::other_masters(task.inventory) {
        notes.tell(text);
    }
    for text in notices::other_keepers(task.inventory) {
        notes.tell(text);
    }
    for reason in reasons {
        notes.ask(reason);
    }
}

/// All that is renewed or pointed elsewhere.
fn touched<'a>(task: RenewalTask<'a>, made: &MadeRenewal) -> Vec<(ItemIndex, &'a Item)> {
    let renewed = made
        .issued
        .iter()
        .flat_map(|issued| issued.renewal.items.iter());
    let all = renewed.chain(made.pointers.iter().map(|(from, _)| from));
    all.filter_map(|at| Some((*at, task.item(*at)?))).collect()
}

fn title(
    task: RenewalTask<'_>,
    issues: &[IssueSummary],
    pointers: &[(ItemIndex, ItemIndex)],
) -> String {
    let pointed = pointers
        .iter()
        .filter_map(|(from, _)| task.item(*from))
        .map(|item| &*item.id);
    let ids: Vec<&str> = issues
        .iter()
        .map(|issue| issue.id.as_str())
        .chain(pointed)
        .collect();
    match (&task.request.what, ids.as_slice()) {
        (Selection::Due, []) => staying::nothing_due(task.inventory, task.moment()),
        (_, []) => "Nothing can be renewed".to_owned(),
        (_, [one]) => format!("Renew {one}"),
        (Selection::Due, all) => format!("Renew what is due: {} certificates", all.len()),
        (Selection::All, all) => format!("Renew all {} certificates", all.len()),
        (Selection::Items(_), all) => format!("Renew {} certificates", all.len()),
    }
}

fn issue(inventory: &Inventory, issued: &Issued) -> Option<IssueSummary> {
    let items: Vec<&Item> = issued
        .renewal
        .items
        .iter()
        .filter_map(|at| inventory.item(*at))
        .collect();
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
        let own = issued
            .dated
            .as_deref()
            .filter(|_| super::kubelet::store_of(&item.path).is_some());
        add(&mut paths, [own.unwrap_or(&item.path)]);
        // A kept key is not written.
        let key = item
            .key
            .path
            .as_deref()
            .filter(|path| issued.renewal.key.is_some() && **path != *item.path);
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
        authority: inventory
            .item(issued.renewal.authority.item)?
            .id
            .to_string(),
        paths,
        copies,
        before: first.certificate().cloned(),
        after: issued.certificate.clone(),
        key: if issued.renewal.key.is_some() {
            KeyChange::New
        } else {
            KeyChange::Kept
        },
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
fn reasons(task: RenewalTask<'_>, made: &MadeRenewal) -> Vec<String> {
    let mut reasons = Vec::new();
    let count = made.issued.len() + made.pointers.len();
    if count != 1 {
        reasons.push(format!("{count} certificates at once"));
    }
    let touched = touched(task, made);
    reasons.extend(early(task, &touched));
    reasons.extend(touched.iter().flat_map(|(_, item)| of_item(item)));
    for one in made.issued.iter().filter(|one| one.renewal.items.len() > 1) {
        let places: Vec<&str> = task
            .items(&one.renewal.items)
            .map(|item| &*item.path)
            .collect();
        reasons.push(format!(
            "the certificate is also in {}",
            places[1..].join(", ")
        ));
    }
    reasons.extend(asked(task.request).map(str::to_owned));
    reasons
}

/// What is renewed before it is due.
fn early(task: RenewalTask<'_>, touched: &[(ItemIndex, &Item)]) -> Option<String> {
    let of_one = |(index, item): &(ItemIndex, &Item)| {
        let why = ending::near_its_end(item, task.moment()).err()?;
        let broken = staying::broken(task.inventory, *index, item, task.moment());
        let why = broken.map_or(why, |fault| format!("broken: {fault}"));
        Some(format!("{} is {why}", item.id))
    };
    let mut early: Vec<String> = touched.iter().filter_map(of_one).collect();
    if early.len() > 1 {
        Some(format!("{} are not due", early.len()))
    } else {
        early.pop()
    }
}

/// What is more than a certificate that one program reads in one place.
fn of_item(item: &Item) -> Vec<String> {
    let mut reasons = Vec::new();
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
    reasons
}

/// What is asked for beside the same once more.
fn asked(request: &RenewRequest) -> impl Iterator<Item = &'static str> {
    let asked = [
        (request.days.is_some(), "another lifetime is asked for"),
        (request.keep_key, "the key is kept"),
        (
            request.key_algorithm.is_some(),
            "another key algorithm is asked for",
        ),
        (!request.sans.is_empty(), "names are changed"),
        (
            request.to_specification,
            "it becomes what today's specification says",
        ),
        (request.tighten_modes, "modes of keys are changed"),
    ];
    asked
        .into_iter()
        .filter(|(is_asked, _)| *is_asked)
        .map(|(_, text)| text)
}
