//! The plan as it is shown.

use super::draft::IssueDraft;
use super::outline::{Destination, FileKind};
use super::signer::Signer;
use super::{MadeIssue, rights, script};
use crate::inventory::Item;
use crate::inventory::writer::worst;
use crate::kubernetes::kubectl;
use crate::pki::text::{printable, quoted};
use crate::plan::{Change, Plan, notices, restart};
use crate::record::{IssueSummary, KeyChange, Left, PlanKind, PlanSummary, Reason};
use crate::words::trust;

/// Puts the plan together.
pub(super) fn plan(
    draft: &IssueDraft<'_>,
    changes: Vec<Change>,
    mut warnings: Vec<String>,
) -> Plan {
    let task = draft.task;
    let sensitive = rights::sensitive(task.request);
    let mut all: Vec<String> = sensitive.iter().map(|one| one.why.clone()).collect();
    let signer = draft
        .outline
        .signer
        .item()
        .and_then(|at| task.inventory.item(at));
    all.extend(signer.and_then(|authority| rights::opens(task.request, authority)));
    all.extend(written_by_others(draft));
    // What gives rights is looked at first.
    let mut asks: Vec<Reason> = (0..all.len()).map(Reason::Warning).collect();
    asks.push(Reason::Look(
        "a certificate cannot be taken back: whoever has it and its key uses it until it ends"
            .to_owned(),
    ));
    all.extend(notices::clock_is_behind(
        task.inventory,
        &draft.materials.history,
        task.context.moment,
    ));
    all.append(&mut warnings);
    all.extend(said_of(draft));
    let summary = PlanSummary {
        title: title(draft),
        kind: Some(PlanKind::Issue),
        changes: changes.iter().map(Change::to_summary).collect(),
        issues: issue(draft).into_iter().collect(),
        restarts: restarts(draft),
        warnings: all,
        left_alone: waits(draft).into_iter().collect(),
        commands: script::lines(draft),
        asks,
        note: task.request.note.clone(),
        confirm: sensitive.into_iter().map(|one| one.word).collect(),
        ..PlanSummary::default()
    };
    let made_from = draft.materials.unchanged(&changes);
    Plan {
        summary,
        changes,
        made_from,
        undoes: None,
        moment: task.context.moment,
    }
}

fn title(draft: &IssueDraft<'_>) -> String {
    let name = printable(&draft.identity.name);
    match draft.made {
        MadeIssue::Certificate(_) => format!("Issue {name}"),
        MadeIssue::Request(_) => format!("Make the key and the request of {name}"),
    }
}

/// Who beside root can put another CA in the place of the one that signs.
fn written_by_others(draft: &IssueDraft<'_>) -> Option<String> {
    let inventory = draft.task.inventory;
    let authority = inventory.item(draft.outline.signer.item()?)?;
    let writer = worst(authority.writers.as_deref()?, &inventory.accounts)?;
    Some(format!(
        "{} can write {}: look whether {} is the CA that you mean",
        writer.who,
        printable(&writer.path),
        printable(&authority.id)
    ))
}

/// What else is to be known.
fn said_of(draft: &IssueDraft<'_>) -> Vec<String> {
    let mut said = Vec::new();
    let is_made = matches!(draft.made, MadeIssue::Certificate(_));
    if let (Some(path), true) = (
        draft.outline.path(FileKind::Trust),
        is_made && draft.outline.is_ingress,
    ) {
        said.push(format!(
            "{}: {} says how each system learns it",
            trust::BROWSERS,
            printable(&path)
        ));
    }
    if draft.is_kept {
        let key = draft.outline.path(FileKind::Key).unwrap_or_default();
        said.push(format!("the key {} was there, and stays", printable(&key)));
    }
    if let (MadeIssue::Request(_), None) = (draft.made, &draft.materials.state) {
        said.push(
            "where its answer goes is remembered nowhere: kubepki's own folder lies on another machine's disk"
                .to_owned(),
        );
    }
    if let (MadeIssue::Request(_), true) = (draft.made, draft.identity.is_authority()) {
        said.push(
            "the request asks for the usage cert sign; that a CA of path length 0 is meant must be told to whoever signs it"
                .to_owned(),
        );
    }
    said
}

/// What is to come.
fn waits(draft: &IssueDraft<'_>) -> Option<Left> {
    let MadeIssue::Request(_) = draft.made else {
        return None;
    };
    let inventory = draft.task.inventory;
    let signer = match draft.outline.signer {
        Signer::Elsewhere { item: Some(item) } => inventory.item(item),
        _ => None,
    };
    let who = signer.map_or_else(
        || "somebody else's CA".to_owned(),
        |item| format!("the CA {}, whose key is not used here", item.id),
    );
    let import = inventory.mounted.kubepki("request import FILE");
    if let Some(asked) = &draft.task.request.object {
        let name = quoted(&draft.object_name(asked)).into_owned();
        let path = draft.outline.path(FileKind::Object).unwrap_or_default();
        let create = kubectl::file(&path, &quoted(&path));
        return Some(Left::new(
            draft.identity.name.clone(),
            format!(
                "kubectl create {create}; once it is approved and signed: kubectl get csr {name} -o yaml > FILE, and {import}"
            ),
        ));
    }
    Some(Left::new(
        draft.identity.name.clone(),
        format!("{who} must sign it; its answer is placed by: {import}"),
    ))
}

fn issue(draft: &IssueDraft<'_>) -> Option<IssueSummary> {
    let MadeIssue::Certificate(certificate) = draft.made else {
        return None;
    };
    let authority = draft.task.inventory.item(draft.outline.signer.item()?)?;
    let paths = [FileKind::Certificate, FileKind::Key].map(|kind| draft.outline.path(kind));
    let programs = touched(draft)
        .into_iter()
        .flat_map(restart::programs)
        .collect();
    Some(IssueSummary {
        node: draft
            .outline
            .node
            .clone()
            .filter(|_| matches!(draft.outline.destination, Destination::Prefix(_))),
        id: draft.identity.name.clone(),
        roles: draft
            .outline
            .role
            .iter()
            .map(|role| role.name.to_owned())
            .collect(),
        programs,
        authority: authority.id.to_string(),
        paths: paths.into_iter().flatten().collect(),
        copies: Vec::new(),
        before: None,
        after: (**certificate).clone(),
        key: if draft.is_kept {
            KeyChange::Kept
        } else {
            KeyChange::New
        },
    })
}

/// The missing thing whose place it takes.
fn touched<'a>(draft: &IssueDraft<'a>) -> Vec<&'a Item> {
    let Destination::Places { certificate, .. } = &draft.outline.destination else {
        return Vec::new();
    };
    let items = draft.task.inventory.items.iter();
    items.filter(|item| *item.path == **certificate).collect()
}

fn restarts(draft: &IssueDraft<'_>) -> Vec<crate::record::RestartSummary> {
    if matches!(draft.made, MadeIssue::Request(_)) {
        return Vec::new();
    }
    restart::of(draft.task.inventory, &touched(draft), |_| true)
}
