//! Old files of operations that are past keeping: what happened stays in the history, the old keys
//! go.

use std::collections::BTreeSet;
use std::path::Path;

use time::{Duration, OffsetDateTime};

use super::{After, Change, Materials, Plan, PlanContext};
use crate::record::{ChangeAction, ChangeSummary, Operation, Place, PlanKind, PlanSummary, Reason};

/// The operations of `history` (newest first) whose old files need not be kept any more: neither
/// among the newest nor young. One that is not finished is always kept.
pub fn past_keeping<'a>(history: &'a [Operation], context: PlanContext<'_>) -> Vec<&'a Operation> {
    let newest = usize::try_from(context.settings.kept_operations()).unwrap_or(usize::MAX);
    let days = Duration::days(context.settings.kept_days().into());
    let is_old = |operation: &&Operation| context.moment - operation.started_at > days;
    history
        .iter()
        .skip(newest)
        .filter(|operation| !operation.state.is_unfinished())
        .filter(is_old)
        .collect()
}

/// True for an operation that dropped old files. Nothing can take it back.
pub fn is_prune(operation: &Operation) -> bool {
    operation.undoes.is_none() && only_drops(&operation.plan)
}

/// True for a plan that drops old files. Journals of earlier releases do not say what they were: there
/// it is one that does nothing but remove files of this machine.
pub fn only_drops(plan: &PlanSummary) -> bool {
    if let Some(kind) = &plan.kind {
        return *kind == PlanKind::Prune;
    }
    let drops = |change: &ChangeSummary| {
        change.place == Place::Local && change.action == ChangeAction::Remove
    };
    !plan.changes.is_empty() && plan.changes.iter().all(drops)
}

/// When the old files of this operation were dropped.
pub fn dropped_on(history: &[Operation], id: &str) -> Option<OffsetDateTime> {
    let dropped = |operation: &&Operation| {
        is_prune(operation)
            && operation
                .plan
                .changes
                .iter()
                .any(|change| is_of(&change.path, id))
    };
    history
        .iter()
        .find(dropped)
        .map(|operation| operation.started_at)
}

/// Whether a path lies in the folder of this operation.
fn is_of(path: &str, id: &str) -> bool {
    Path::new(path)
        .components()
        .any(|part| part.as_os_str() == id)
}

pub(super) fn plan(materials: &Materials, context: PlanContext<'_>) -> Plan {
    let old = past_keeping(&materials.history, context);
    let mut changes = Vec::new();
    let mut titles = BTreeSet::new();
    for (path, material) in &materials.files {
        let Some(operation) = old.iter().find(|operation| is_of(path, &operation.id)) else {
            continue;
        };
        titles.insert(operation.id.as_str());
        changes.push(Change {
            place: Place::Local,
            path: path.clone(),
            summary: format!(
                "old file of \"{}\" of {}",
                operation.plan.title,
                operation.started_at.date()
            ),
            before: material.path_state.clone(),
            after: After::Absent,
        });
    }
    let (kept, days) = (
        context.settings.kept_operations(),
        context.settings.kept_days(),
    );
    let nothing = format!(
        "Nothing to drop: old files of the newest {kept} operations, and of {days} days, are kept"
    );
    let ask = format!(
        "{} operations cannot be undone any more when their old files are dropped",
        titles.len()
    );
    let summary = PlanSummary {
        title: if changes.is_empty() {
            nothing
        } else {
            "Drop old files".to_owned()
        },
        changes: changes.iter().map(Change::to_summary).collect(),
        kind: Some(PlanKind::Prune),
        asks: if changes.is_empty() {
            Vec::new()
        } else {
            vec![Reason::Look(ask)]
        },
        ..PlanSummary::default()
    };
    Plan {
        summary,
        changes,
        made_from: Vec::new(),
        undoes: None,
        moment: context.moment,
    }
}
