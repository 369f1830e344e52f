//! How long a new certificate lives.

use time::{Duration, OffsetDateTime};

use super::{authorities, request_before, targets};
use crate::inventory::Item;
use crate::model::theme::Tone;
use crate::ui::wizards::days::{days, usual};
use crate::ui::wizards::{Context, Note};
use crate::ui::words;
use crate::words::date;

/// What the plan that is looked at was asked for.
pub(super) fn before(context: &Context<'_>) -> String {
    request_before(context)
        .and_then(|old| old.days)
        .map(|days| days.to_string())
        .unwrap_or_default()
}

/// Until when the answer lets them live.
pub(super) fn end(context: &Context<'_>) -> Vec<Note> {
    let text = context.text("days");
    let days = if text.is_empty() {
        days(&usual(context))
    } else {
        days(text)
    };
    let asked = days.ok().and_then(|days| {
        context
            .world
            .now
            .checked_add(Duration::days(i64::from(days)))
    });
    let Some(asked) = asked else {
        return Vec::new();
    };
    let ends = |item: &Item| item.certificate().map(crate::pki::Certificate::not_after);
    let first = authorities(context)
        .into_iter()
        .filter_map(|ca| Some((ends(ca)?, ca)))
        .min_by_key(|(end, _)| *end);
    let mut notes = vec![(format!("until {}", date::near(asked, 0)), Tone::Text)];
    let mut until = asked;
    if let Some((end, ca)) = first.filter(|(end, _)| *end < asked) {
        let name = words::item_name(context.world, ca);
        notes.push((
            format!(
                "the CA {name} ends on {}, and with it what it signs",
                date::day(end)
            ),
            Tone::Warn,
        ));
        until = end;
    }
    notes.extend(shortened(context, until));
    notes
}

fn shortened(context: &Context<'_>, until: OffsetDateTime) -> Option<Note> {
    let longer = |item: &Item| {
        item.certificate()
            .is_some_and(|old| old.not_after() > until)
    };
    let names: Vec<String> = targets(context)
        .into_iter()
        .filter(|(_, item)| longer(item))
        .map(|(_, item)| words::item_name(context.world, item))
        .collect();
    match names.as_slice() {
        [] => None,
        [one] => Some((format!("shorter than now: {one}"), Tone::Warn)),
        [one, more @ ..] => Some((
            format!("shorter than now: {one} and {} more", more.len()),
            Tone::Warn,
        )),
    }
}
