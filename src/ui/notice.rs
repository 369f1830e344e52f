//! The line below the header: what is dead at the date looked at, what could not be read, what went
//! stale.

use ratatui::text::{Line, Span};

use super::text;
use super::words;
use crate::inventory::judged::Certainty;
use crate::model::Action;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::words::count;

/// The line, where there is something to say; what does not fit is marked.
pub fn notice(world: &World) -> Option<Line<'static>> {
    let width = usize::from(world.size.0);
    if let Some(problem) = &world.stale {
        let words = format!(
            " {} not read again: {}",
            world.signs().bad,
            text::show(&problem.line())
        );
        let span = Span::styled(words, world.style(Tone::Bad));
        return Some(Line::from(fitted(world, vec![span], width)));
    }
    let unread = unread(world, width);
    if world.lens.is_none() {
        return (!unread.is_empty()).then(|| Line::from(unread));
    }
    let mut short = short_unread(world);
    if width >= 100 || (width >= 60 && short.is_empty()) {
        let key = world
            .keymap
            .keys(Action::Lens)
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        short.push(Span::styled(format!("   {key}"), world.style(Tone::Accent)));
        short.push(Span::styled(" other date or now", world.style(Tone::Dim)));
    }
    let mut spans = fitted(
        world,
        lens_sentence(world),
        width.saturating_sub(text::line_width(&short)),
    );
    spans.extend(short);
    Some(Line::from(spans))
}

/// Spans in at most `cells` cells; what does not fit is cut and marked.
pub(crate) fn fitted(world: &World, spans: Vec<Span<'static>>, cells: usize) -> Vec<Span<'static>> {
    if text::line_width(&spans) <= cells {
        return spans;
    }
    let ellipsis = world.signs().ellipsis;
    let mut room = cells.saturating_sub(text::width(ellipsis));
    let mut out = Vec::new();
    for span in spans {
        let wide = text::width(&span.content);
        if wide > room {
            let cut = text::fit(&span.content, room + text::width(ellipsis), ellipsis);
            out.push(Span::styled(cut, span.style));
            break;
        }
        room -= wide;
        out.push(span);
    }
    out
}

fn key(world: &World) -> String {
    world
        .keymap
        .keys(Action::Unread)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// What could not be read, else what was left behind; the command that reads it gives way to the
/// key that lists it.
fn unread(world: &World, width: usize) -> Vec<Span<'static>> {
    let (unread, leftovers) = (
        world.inventory().unread.len(),
        world.inventory().leftovers.len(),
    );
    let fact = match (unread, leftovers) {
        (0, 0) => return Vec::new(),
        (0, _) => format!(
            "{} left behind, keys may be in there",
            count::of(leftovers, "temporary file")
        ),
        (_, 0) => format!("{} could not be read", count::of(unread, "path")),
        _ => format!(
            "{} could not be read, {leftovers} left behind",
            count::of(unread, "path")
        ),
    };
    let fact = format!(" {} {fact}", world.signs().warn);
    let tail = vec![
        Span::styled(format!("   {}", key(world)), world.style(Tone::Accent)),
        Span::styled(" lists them", world.style(Tone::Dim)),
    ];
    let mut spans = vec![Span::styled(fact, world.style(Tone::Warn))];
    let room = width.saturating_sub(text::line_width(&spans) + text::line_width(&tail));
    if unread > 0 && !world.settings.sudo.is_empty() && room > 12 {
        let hint = vec![Span::styled(
            format!("   {}", world.settings.sudo),
            world.style(Tone::Text),
        )];
        spans.extend(fitted(world, hint, room));
    }
    spans.extend(tail);
    fitted(world, spans, width)
}

/// The same in few words, behind the lens's sentence.
fn short_unread(world: &World) -> Vec<Span<'static>> {
    let (unread, leftovers) = (
        world.inventory().unread.len(),
        world.inventory().leftovers.len(),
    );
    let fact = match (unread, leftovers) {
        (0, 0) => return Vec::new(),
        (0, _) => format!("{leftovers} left behind"),
        _ => format!("{unread} not read"),
    };
    vec![
        Span::styled(
            format!("   {} {fact}", world.signs().warn),
            world.style(Tone::Warn),
        ),
        Span::styled(format!(" {}", key(world)), world.style(Tone::Accent)),
    ]
}

/// How many are dead at the date looked at, what stops, and which they are, the worst first.
pub(crate) fn lens_sentence(world: &World) -> Vec<Span<'static>> {
    let judged = &world.judged;
    let mut spans = Vec::new();
    if judged.all_dead() > 0 {
        let number = judged.all_dead();
        spans.push(Span::styled(
            format!(" {}: ", count::are(number, "dead")),
            world.style(Tone::Bad),
        ));
        if !judged.stops.is_empty() {
            let stops: Vec<&str> = judged.stops.iter().map(|stops| stops.words()).collect();
            spans.push(Span::styled(
                format!("{}   ", stops.join("; ")),
                world.style(Tone::Warn),
            ));
        }
        let dead = judged.dead(world.inventory()).into_iter().take(20);
        let names: Vec<String> = dead
            .map(|(_, item)| words::item_name(world, item))
            .collect();
        let more = if number > 20 {
            format!(" and {} more", number - 20)
        } else {
            String::new()
        };
        spans.push(Span::styled(
            format!("{}{more}", names.join(", ")),
            world.style(Tone::Text),
        ));
    }
    if judged.not_yet > 0 {
        let gap = if spans.is_empty() { " " } else { "   " };
        let words = format!("{gap}{} then", count::are(judged.not_yet, "not yet valid"));
        // The shorter fact comes first: a long list may be cut.
        spans.insert(0, Span::styled(words, world.style(Tone::Warn)));
    }
    if spans.is_empty() {
        spans.push(match world.certainty() {
            Certainty::All | Certainty::InUse => {
                Span::styled(" nothing is dead then", world.style(Tone::Good))
            }
            Certainty::Judged => Span::styled(
                " nothing that could be judged is dead then",
                world.style(Tone::Text),
            ),
            Certainty::Read => Span::styled(
                " nothing that was read is dead then",
                world.style(Tone::Text),
            ),
        });
    }
    spans
}
