//! How long a new certificate lives.

use time::{Duration, OffsetDateTime};

use super::{authorities, request_before, targets};
use crate::inventory::Item;
use crate::kubernetes::layout;
use crate::model::theme::Tone;
use crate::record::moment::{self, parse_duration};
use crate::ui::wizards::{Context, Note};
use crate::ui::words;
use crate::words::date;

/// More days than these are no lifetime: as the command's flag has it.
const MOST_DAYS: u32 = 36_500;

/// What the plan that is looked at was asked for.
pub(super) fn before(context: &Context<'_>) -> String {
    request_before(context)
        .and_then(|old| old.days)
        .map(|days| days.to_string())
        .unwrap_or_default()
}

/// The days that an empty line stands for.
pub(super) fn usual(context: &Context<'_>) -> String {
    let layouts = || {
        layout::layout(&context.world.inventory().layout).map_or(365, |layout| layout.lifetime_days)
    };
    context
        .world
        .settings
        .lifetime_days
        .unwrap_or_else(layouts)
        .to_string()
}

/// The word behind a bare number.
pub(super) fn unit(text: &str) -> &'static str {
    match text.parse() {
        Ok(1_u64) => "day",
        Ok(_) => "days",
        Err(_) => "",
    }
}

/// Whether a text is a lifetime.
pub(super) fn check(_: &Context<'_>, text: &str) -> Result<(), String> {
    days(text).map(drop)
}

/// Whole days, as a bare number or as a duration of the command line.
pub(super) fn days(text: &str) -> Result<u32, String> {
    let is_bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let duration = if is_bare {
        parse_duration(&format!("{text}d"))
    } else {
        parse_duration(text)
    };
    let duration = match duration {
        Ok(duration) => duration,
        Err(moment::MomentError::TooFar(_)) => return Err(too_many()),
        Err(_) => {
            return Err(format!(
                "{text:?} is no lifetime: write a number of days, or 90d, 12w, 1y"
            ));
        }
    };
    if duration.whole_seconds() % 86_400 != 0 {
        return Err(format!("{text:?} is not a number of whole days"));
    }
    u32::try_from(duration.whole_days())
        .ok()
        .filter(|days| (1..=MOST_DAYS).contains(days))
        .ok_or_else(too_many)
}

fn too_many() -> String {
    format!("a lifetime is 1 to {MOST_DAYS} days")
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
