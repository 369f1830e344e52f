//! The plan as it is shown.

use super::{DecideTask, DecidedOne, script, way};
use crate::inventory::Item;
use crate::inventory::writer::worst;
use crate::pki::text::printable;
use crate::pki::{hex, sha256};
use crate::plan::request::AskedDecision;
use crate::plan::{Change, Materials, Plan, notices};
use crate::record::{
    Answer, Decided, IssueSummary, KeyChange, Left, PlanKind, PlanSummary, Reason, RequestDecision,
};
use crate::verdict::RuleAnswer;

/// Puts the plan together.
pub(super) fn plan(
    task: DecideTask<'_>,
    materials: &Materials,
    all: &[DecidedOne<'_>],
    changes: Vec<Change>,
    mut warnings: Vec<String>,
) -> Plan {
    let mut said: Vec<String> = all.iter().flat_map(|one| doubts(task, one)).collect();
    said.extend(all.iter().filter_map(|one| written_by_others(task, one)));
    let mut asks: Vec<Reason> = (0..said.len()).map(Reason::Warning).collect();
    if matches!(task.request.decision, AskedDecision::Approve(_)) {
        asks.push(Reason::Look(
            "a certificate cannot be taken back: whoever has it and its key uses it until it ends"
                .to_owned(),
        ));
    }
    said.append(&mut warnings);
    said.extend(notices::clock_is_behind(
        task.inventory,
        &materials.history,
        task.context.moment,
    ));
    let left = |one: &DecidedOne<'_>| {
        let name = one.asked.item.name.clone();
        let next = way::next(task, materials, one).into_iter();
        next.map(|why| Left::new(name.clone(), why))
            .collect::<Vec<_>>()
    };
    let summary = PlanSummary {
        title: title(task, all),
        kind: Some(PlanKind::Decide),
        changes: changes.iter().map(Change::to_summary).collect(),
        issues: all.iter().filter_map(|one| issue(task, one)).collect(),
        warnings: said,
        left_alone: all.iter().flat_map(left).collect(),
        commands: script::lines(task, materials, all),
        asks,
        confirm: confirm(task, all),
        decisions: all.iter().map(|one| decision(task, one)).collect(),
        ..PlanSummary::default()
    };
    let made_from = materials.unchanged(&changes);
    Plan {
        summary,
        changes,
        made_from,
        undoes: None,
        moment: task.context.moment,
    }
}

fn title(task: DecideTask<'_>, all: &[DecidedOne<'_>]) -> String {
    let what = match all {
        [one] => printable(&one.asked.item.name).into_owned(),
        more => format!("{} requests", more.len()),
    };
    match task.request.decision {
        AskedDecision::Approve(_) => format!("Approve {what}"),
        AskedDecision::Deny { .. } => format!("Deny {what}"),
        AskedDecision::Delete => format!("Take {what} away"),
    }
}

/// What is red must be named, where it shall be signed all the same.
fn confirm(task: DecideTask<'_>, all: &[DecidedOne<'_>]) -> Vec<String> {
    let is_signed = matches!(task.request.decision, AskedDecision::Approve(_));
    let red = all
        .iter()
        .filter(|one| is_signed && one.verdict.answer() == Answer::Red);
    red.map(|one| one.asked.item.name.clone()).collect()
}

/// What speaks against signing it, the worst first.
fn doubts(task: DecideTask<'_>, one: &DecidedOne<'_>) -> Vec<String> {
    if !matches!(task.request.decision, AskedDecision::Approve(_)) {
        return Vec::new();
    }
    let rules = one.verdict.rules.iter();
    let mut doubts: Vec<&RuleAnswer> = rules.filter(|rule| rule.answer != Answer::Green).collect();
    doubts.sort_by_key(|rule| std::cmp::Reverse(rule.answer));
    let name = printable(&one.asked.item.name);
    let said = |rule: &RuleAnswer| format!("{name}, {}: {}", rule.answer.word(), rule.text);
    doubts.into_iter().map(said).collect()
}

/// Who beside root can put another CA in the place of the one that signs.
fn written_by_others(task: DecideTask<'_>, one: &DecidedOne<'_>) -> Option<String> {
    one.signed.as_ref()?;
    let inventory = task.inventory;
    let authority = inventory.item(one.outline.authority?)?;
    let writer = worst(authority.writers.as_deref()?, &inventory.accounts)?;
    Some(format!(
        "{} can write {}: look whether {} is the CA that you mean",
        writer.who,
        printable(&writer.path),
        printable(&authority.id)
    ))
}

fn decision(task: DecideTask<'_>, one: &DecidedOne<'_>) -> RequestDecision {
    let request = one.asked.item.request.as_ref().ok();
    let (decided, reason, message) = match &task.request.decision {
        AskedDecision::Approve(_) => (Decided::Signed, String::new(), String::new()),
        AskedDecision::Deny { reason, message } => {
            (Decided::Denied, reason.clone(), message.clone())
        }
        AskedDecision::Delete => (Decided::Deleted, String::new(), String::new()),
    };
    let dropped = one.signed.iter().flat_map(|signed| &signed.dropped);
    RequestDecision {
        name: one.asked.item.name.clone(),
        subject: request.map_or_else(String::new, |request| request.subject.to_rfc4514()),
        signer_name: one.outline.signer_name.clone().unwrap_or_default(),
        sha256: request.map_or_else(String::new, |request| hex(&sha256(&request.der))),
        decided,
        reason,
        message,
        dropped: dropped.map(ToString::to_string).collect(),
        verdict: one.verdict.answer(),
        rules: one
            .verdict
            .rules
            .iter()
            .map(RuleAnswer::to_record)
            .collect(),
    }
}

fn issue(task: DecideTask<'_>, one: &DecidedOne<'_>) -> Option<IssueSummary> {
    let signed = one.signed.as_ref()?;
    let authority: &Item = task.inventory.item(one.outline.authority?)?;
    let paths = [&one.outline.certificate, &one.outline.object];
    let paths = paths.into_iter().flatten();
    Some(IssueSummary {
        id: one.asked.item.name.clone(),
        roles: Vec::new(),
        node: None,
        programs: Vec::new(),
        authority: authority.id.to_string(),
        paths: paths.map(|(_, path)| path.clone()).collect(),
        copies: Vec::new(),
        before: None,
        after: signed.certificate.clone(),
        key: KeyChange::Kept,
    })
}
