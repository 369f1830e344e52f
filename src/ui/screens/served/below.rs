//! What stands below the list: what was asked, why the row under the cursor stands as it does, or
//! its page.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::super::document::Layout;
use super::super::super::{chrome, restarts, text};
use super::super::component;
use crate::model::Action;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::running::ComponentStatus;
use crate::words::date;

/// What cannot be seen from outside.
pub(super) const UNSEEN: &str =
    "client certificates inside processes cannot be seen: judged by when the process began";

/// What was asked so far, and when.
pub(super) fn bottom(world: &World) -> Vec<Span<'static>> {
    let span = |words: String, tone| Span::styled(words, world.style(tone));
    if let Some(words) = restarts::doing(world) {
        return vec![span(words.line(), Tone::Accent)];
    }
    let key = world
        .keymap
        .keys(Action::ProbeAll)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let answers = world.running.observation.answers.iter();
    let Some(last) = answers
        .filter(|answer| world.running.port(&answer.of).is_some())
        .map(|answer| answer.at)
        .max()
    else {
        let words = " asks all ports; nothing is connected before".to_owned();
        return vec![span(key, Tone::Accent), span(words, Tone::Dim)];
    };
    let asked = format!("asked {}", date::near(last, world.now.year()));
    if let Some(lens) = world.lens {
        return vec![span(
            format!("{asked}, judged as of {}", date::day(lens)),
            Tone::Accent,
        )];
    }
    vec![
        span(asked, Tone::Dim),
        span(format!(" {} ", world.signs().dot), Tone::Dim),
        span(key, Tone::Accent),
        span(" asks again".to_owned(), Tone::Dim),
    ]
}

/// Why the row under the cursor stands as it does, and what nobody can see.
pub(super) fn sentences(
    world: &World,
    selected: Option<&ComponentStatus>,
    frame: &mut Frame,
    area: Rect,
) {
    let Some(status) = selected.filter(|_| area.height > 0) else {
        return;
    };
    let cells = usize::from(area.width).saturating_sub(2);
    let mut lines = text::wrap(
        &[Span::styled(
            text::show(&status.why),
            world.style(Tone::Text),
        )],
        cells,
    );
    lines.push(Line::default());
    lines.extend(text::wrap(
        &[Span::styled(UNSEEN, world.style(Tone::Dim))],
        cells,
    ));
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        frame.render_widget(
            line,
            Rect {
                x: area.x + 1,
                y,
                width: area.width.saturating_sub(1),
                height: 1,
            },
        );
    }
}

/// The page of the row under the cursor, as far as there is room.
pub(super) fn details(
    world: &World,
    selected: Option<&ComponentStatus>,
    frame: &mut Frame,
    area: Rect,
) {
    let Some(status) = selected else { return };
    let document = component::document(world, &status.name);
    let title = vec![Span::styled(
        document.title.clone(),
        world.style(Tone::Title),
    )];
    let layout = Layout::of(&document, world, usize::from(area.width.saturating_sub(2)));
    let room = usize::from(area.height.saturating_sub(2));
    let mut bottom = vec![Span::styled(UNSEEN, world.style(Tone::Dim))];
    if layout.len() > room {
        let key = world.signs().enter;
        bottom.extend([
            Span::styled(format!(" {} ", world.signs().dot), world.style(Tone::Dim)),
            Span::styled(key, world.style(Tone::Accent)),
            Span::styled(" has it all", world.style(Tone::Dim)),
        ]);
    }
    let block = chrome::frame(world, false, title, chrome::cut(world, bottom, area.width));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    for (y, at) in (inner.y..inner.bottom()).zip(0..layout.len()) {
        frame.render_widget(
            layout.line(world, at, usize::MAX),
            Rect {
                y,
                height: 1,
                ..inner
            },
        );
    }
}
