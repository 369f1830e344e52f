//! What stands around the content: header, notice, tab line or trail, frames, footer.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders};

use super::notice::{self, notice};
use super::text;
use crate::inventory::judged::Certainty;
use crate::kubernetes::component::Component;
use crate::model::running::is_mute;
use crate::model::theme::{Tone, UNICODE};
use crate::model::world::World;
use crate::record::RestartState;
use crate::words::{count, date};

/// Where everything goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Areas {
    /// Counts, name, moment.
    pub header: Rect,
    /// The lens's sentence, or what could not be read.
    pub notice: Rect,
    /// Tabs or trail.
    pub tabs: Rect,
    /// The content.
    pub body: Rect,
    /// Keys.
    pub footer: Rect,
}

/// Divides the terminal. Small terminals lose the notice first, then the tab line, then header and
/// footer.
pub fn areas(world: &World) -> Areas {
    let (width, height) = world.size;
    let has_notice = height >= 12 && notice(world).is_some();
    let (header, tabs, footer) = (
        u16::from(height >= 4),
        u16::from(height >= 8),
        u16::from(height >= 3),
    );
    let row = |y: u16, rows: u16| Rect::new(0, y, width, rows);
    let top = header + u16::from(has_notice) + tabs;
    Areas {
        header: row(0, header),
        notice: row(header, u16::from(has_notice)),
        tabs: row(header + u16::from(has_notice), tabs),
        body: row(top, height.saturating_sub(top + footer)),
        footer: row(height.saturating_sub(footer), footer),
    }
}

/// Which lines are on the screen, for a frame's lower edge; nothing where all of them are.
pub(crate) fn place(
    world: &World,
    top: usize,
    height: usize,
    lines: usize,
) -> Option<Span<'static>> {
    let dash = if world.settings.ascii { "-" } else { "–" };
    let words = || format!("{}{dash}{} of {lines}", top + 1, (top + height).min(lines));
    (lines > height).then(|| Span::styled(words(), world.style(Tone::Dim)))
}

/// A pane's frame; `title` and `bottom` stand in its upper and lower line.
pub(crate) fn frame<'a>(
    world: &World,
    focused: bool,
    title: Vec<Span<'a>>,
    bottom: Vec<Span<'a>>,
) -> Block<'a> {
    let style = world.style(if focused {
        Tone::FrameFocused
    } else {
        Tone::Frame
    });
    let signs = world.signs();
    let mut block = Block::new()
        .borders(Borders::ALL)
        .border_set(signs.frame)
        .border_style(style);
    for (at, spans) in [(true, title), (false, bottom)] {
        if spans.is_empty() {
            continue;
        }
        let mut line = vec![
            Span::styled(signs.frame.horizontal_top, style),
            Span::raw(" "),
        ];
        line.extend(spans.into_iter().map(uncolored));
        line.push(Span::raw(" "));
        block = if at {
            block.title_top(Line::from(line))
        } else {
            block.title_bottom(Line::from(line))
        };
    }
    block
}

/// A sentence for a frame of this width; what does not fit is cut and marked: its thing's page has
/// it whole.
pub(crate) fn cut(world: &World, spans: Vec<Span<'static>>, width: u16) -> Vec<Span<'static>> {
    let mut room = usize::from(width).saturating_sub(5);
    let cut_one = |span: Span<'static>| {
        let text = text::fit(&span.content, room, world.signs().ellipsis);
        room -= text::width(&text).min(room);
        Span::styled(text, span.style)
    };
    spans.into_iter().map(cut_one).collect()
}

/// A text without a colour of its own must not take the frame's.
fn uncolored(span: Span<'_>) -> Span<'_> {
    let style = Style {
        fg: span.style.fg.or(Some(Color::Reset)),
        ..span.style
    };
    span.style(style)
}

/// The first line.
pub fn header(world: &World, frame: &mut Frame, area: Rect) {
    let width = usize::from(area.width);
    let right = moment(world, width);
    let left_room = width.saturating_sub(text::line_width(&right) + 1);
    let mut whole = counts(world);
    // A count is there whole or not at all; each has a sign before it.
    while text::line_width(&whole) > left_room && whole.len() > 2 {
        whole.truncate(whole.len() - 2);
    }
    let mut left = notice::fitted(world, whole, left_room);
    let room = width.saturating_sub(text::line_width(&right) + 3);
    let inventory = world.inventory();
    let mut parts: Vec<(String, Tone)> = Vec::new();
    if world.settings.demo {
        parts.push(("demo".to_owned(), Tone::Accent));
    }
    if let Some(cluster) = &inventory.cluster {
        parts.push((text::show(cluster), Tone::Bright));
    }
    if width >= 70 || inventory.cluster.is_none() {
        parts.push((text::show(&inventory.layout), Tone::Dim));
        parts.push((text::show(&world.reading.order.folder), Tone::Dim));
        let user = &world.settings.user;
        if let Some(node) = &inventory.node {
            let at = if user.is_empty() {
                text::show(node)
            } else {
                format!("{user}@{}", text::show(node))
            };
            parts.push((at, Tone::Dim));
        }
    }
    let mut first = true;
    for (part, tone) in parts.into_iter().filter(|(part, _)| !part.is_empty()) {
        let gap = if first {
            "   ".to_owned()
        } else {
            format!(" {} ", world.signs().dot)
        };
        if text::line_width(&left) + text::width(&gap) + text::width(&part) > room {
            break;
        }
        left.push(Span::styled(gap, world.style(Tone::Dim)));
        left.push(Span::styled(part, world.style(tone)));
        first = false;
    }
    spread(frame, area, left, right);
}

/// " 2 expired  3 due", or that all is well.
fn counts(world: &World) -> Vec<Span<'static>> {
    let judged = &world.judged;
    let mut spans = vec![Span::raw(" ")];
    let mut parts = Vec::new();
    let waiting = world.open_restarts();
    let is_waiting =
        |component: Component| waiting.iter().any(|record| record.component == component);
    let is_certain = waiting
        .iter()
        .any(|record| record.state != RestartState::Unproven);
    // Each component counts once.
    let old = world
        .serving_old()
        .into_iter()
        .filter(|component| !is_waiting(*component))
        .count();
    let mute = world.components(is_mute).len();
    for (number, word, tone) in [
        (judged.expired, "expired", Tone::Bad),
        (judged.dead_authority, "with a dead CA", Tone::Bad),
        (judged.all_broken(), "broken", Tone::Bad),
        (judged.not_yet, "not yet valid", Tone::Warn),
        (judged.due, "due", Tone::Warn),
        (
            judged.ending_authorities,
            count::word(judged.ending_authorities, "CA ends soon", "CAs end soon"),
            Tone::Warn,
        ),
        (old, count::word(old, "serves old", "serve old"), Tone::Warn),
        (mute, "silent", Tone::Warn),
        (
            waiting.len(),
            if is_certain { "to restart" } else { "to prove" },
            Tone::Warn,
        ),
    ] {
        if number > 0 {
            parts.push(Span::styled(format!("{number} {word}"), world.style(tone)));
        }
    }
    if parts.is_empty() && !world.inventory().items.is_empty() {
        let (words, tone) = match world.certainty() {
            Certainty::All => ("all valid", Tone::Good),
            Certainty::InUse => ("all in use is valid", Tone::Good),
            Certainty::Judged => ("all that could be judged is valid", Tone::Text),
            Certainty::Read => ("all that was read is valid", Tone::Text),
        };
        parts.push(Span::styled(words, world.style(tone)));
    }
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            spans.push(Span::styled(
                format!(" {} ", world.signs().dot),
                world.style(Tone::Dim),
            ));
        }
        spans.push(part);
    }
    spans
}

/// The moment that the data was judged for, and what may not be done.
fn moment(world: &World, width: usize) -> Vec<Span<'static>> {
    let badge = match (world.read_only().is_some(), width < 50) {
        (true, false) => "read-only",
        (true, true) => "ro",
        (false, false) => "read-write",
        (false, true) => "rw",
    };
    // Who did not ask for it is told in the colour of what is wrong.
    let tone = if world.read_only().is_some() && !world.settings.read_only {
        Tone::Warn
    } else {
        Tone::Good
    };
    let badge = Span::styled(badge, world.style(tone));
    let gap = Span::raw(if width < 50 { " " } else { "   " });
    let is_read = !matches!(world.loaded, crate::model::world::Loaded::Reading(_))
        || !world.inventory().items.is_empty();
    let day = if is_read {
        day(world, width)
    } else {
        Vec::new()
    };
    let badge = if width < 100 {
        vec![badge, gap]
    } else {
        vec![gap, badge]
    };
    let mut spans = if width < 100 {
        [badge, day].concat()
    } else {
        [day, badge].concat()
    };
    spans.push(Span::raw(" "));
    spans
}

/// The date looked at, or the moment of the reading.
fn day(world: &World, width: usize) -> Vec<Span<'static>> {
    let words = |moment| date::near(moment, world.now.year());
    if let Some(lens) = world.lens {
        let day = match width {
            0..50 => date::day(lens),
            50..70 => words(lens),
            _ if lens < world.now => format!("as it was on {}", words(lens)),
            _ => format!("as it will be on {}", words(lens)),
        };
        return vec![Span::styled(day, world.style(Tone::Accent))];
    }
    let (explains, value) = match width {
        0..50 => ("", date::clock(world.now)),
        50..70 => ("", words(world.now)),
        _ => ("as of ", words(world.now)),
    };
    vec![
        Span::styled(explains, world.style(Tone::Dim)),
        Span::styled(value, world.style(Tone::Text)),
    ]
}

pub(super) fn spread(
    frame: &mut Frame,
    area: Rect,
    left: Vec<Span<'static>>,
    right: Vec<Span<'static>>,
) {
    let cells = u16::try_from(text::line_width(&right))
        .unwrap_or(area.width)
        .min(area.width);
    frame.render_widget(
        Line::from(left),
        Rect {
            width: area.width - cells,
            ..area
        },
    );
    frame.render_widget(
        Line::from(right),
        Rect {
            x: area.x + area.width - cells,
            width: cells,
            ..area
        },
    );
}

/// Header and notice as one line, for `--plain`.
pub(crate) fn told(world: &World) -> String {
    let mut spans = counts(world);
    if let Some(cluster) = &world.inventory().cluster {
        spans.push(Span::raw(format!(" {} ", text::show(cluster))));
    }
    spans.push(Span::raw(" "));
    spans.extend(moment(world, 80));
    if let Some(notice) = notice(world) {
        spans.extend(notice.spans);
    }
    super::spoken::spoken(
        &spans
            .iter()
            .map(|span| span.content.as_ref())
            .collect::<String>(),
    )
}

/// With `--ascii` a name from a file must not bring other characters to the screen either.
pub(crate) fn only_ascii(frame: &mut Frame) {
    for cell in &mut frame.buffer_mut().content {
        if !cell.symbol().is_ascii() {
            cell.set_char(if cell.symbol() == UNICODE.ellipsis {
                '~'
            } else {
                '?'
            });
        }
    }
}
