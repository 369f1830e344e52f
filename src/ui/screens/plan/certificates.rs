//! Each certificate of a plan, old beside new.

use std::sync::Arc;

use super::super::super::document::PageWriter;
use super::super::super::outcome::issue_name;
use super::super::nodes;
use super::{difference, ends};
use crate::kubernetes::component::joined;
use crate::model::theme::{Tone, parts};
use crate::model::world::World;
use crate::pki::{Certificate, Details, usage};
use crate::record::{IssueSummary, KeyChange, PlanSummary};
use crate::words::date;
use crate::words::letter::{self};

/// Each certificate, old beside new.
pub(in crate::ui::screens) fn certificates(
    page: &mut PageWriter<'_>,
    world: &World,
    plan: &PlanSummary,
    operation: Option<&Arc<str>>,
) {
    if !plan.nodes.is_empty() {
        return nodes::in_full(page, world, plan);
    }
    for issue in &plan.issues {
        page.heading(&issue_name(world, &issue.id));
        compare(page, world, issue);
        for path in &issue.paths {
            let copy = if issue.copies.contains(path) {
                "   a copy"
            } else {
                ""
            };
            page.styled("file", vec![(path, Tone::Text), (copy, Tone::Dim)])
                .opens(difference(operation, issue));
        }
        if !issue.programs.is_empty() {
            page.fact("read by", &joined(issue.programs.iter().copied(), ", "));
        }
    }
}

fn compare(page: &mut PageWriter<'_>, world: &World, issue: &IssueSummary) {
    let after = issue.after.details();
    let before = issue.before.as_ref().map(Certificate::details);
    let both = |value: fn(&Details) -> String| (before.as_ref().map(value), value(&after));
    let ends = issue
        .before
        .as_ref()
        .map_or(Tone::Text, |before| ends(world, before).1);
    pair(
        page,
        world,
        "not before",
        both(|one| date::second(one.not_before)),
        Tone::Text,
    );
    pair(
        page,
        world,
        "not after",
        both(|one| date::second(one.not_after)),
        ends,
    );
    pair(
        page,
        world,
        "serial number",
        both(|one| one.serial_number.clone()),
        Tone::Text,
    );
    pair(
        page,
        world,
        "subject",
        both(|one| one.subject.to_rfc4514()),
        Tone::Warn,
    );
    pair(
        page,
        world,
        "extended usage",
        both(|one| usage::joined(&one.extended_key_usage)),
        Tone::Warn,
    );
    key(page, world, issue);
    names(page, issue);
}

/// Its key's algorithm, and whether it is a new one.
fn key(page: &mut PageWriter<'_>, world: &World, issue: &IssueSummary) {
    let new = issue.after.details().key_algorithm;
    let kept = if issue.key == KeyChange::New {
        "   a new one"
    } else {
        "   the same one"
    };
    let old = issue
        .before
        .as_ref()
        .map(|one| one.details().key_algorithm)
        .filter(|old| *old != new);
    let old = old
        .map(|old| format!("{old} {} ", world.signs().becomes))
        .unwrap_or_default();
    page.styled(
        "key",
        vec![
            (&old, Tone::Dim),
            (&new.to_string(), Tone::Text),
            (kept, Tone::Dim),
        ],
    );
}

/// What a field was and what it becomes; `tone` is that of an old value that changes.
fn pair(
    page: &mut PageWriter<'_>,
    world: &World,
    label: &str,
    (old, new): (Option<String>, String),
    tone: Tone,
) {
    let becomes = format!(" {} ", world.signs().becomes);
    match old {
        Some(old) if old == new => drop(page.fact(label, &new)),
        Some(old) => drop(page.styled(
            label,
            vec![(&old, tone), (&becomes, Tone::Dim), (&new, Tone::Good)],
        )),
        None => drop(page.styled(label, vec![(&new, Tone::Good)])),
    }
}

/// The subject alternative names: `-` those that go, `+` those that come, those of both.
fn names(page: &mut PageWriter<'_>, issue: &IssueSummary) {
    let all = letter::names(issue);
    let listed = parts(&all).into_iter().enumerate();
    let listed: Vec<(&str, Tone)> = listed
        .flat_map(|(at, name)| [(if at > 0 { ", " } else { "" }, Tone::Dim), name])
        .collect();
    if !listed.is_empty() {
        page.styled("names", listed);
    }
}
