//! What stands in place of a content that is not there.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{chrome, text};
use crate::model::Problem;
use crate::model::theme::Tone;
use crate::model::world::{Loaded, World};

/// No rows: a fact, and what to do next.
pub(crate) fn nothing(world: &World, [fact, next]: [&str; 2], frame: &mut Frame, inner: Rect) {
    let cells = usize::from(inner.width).saturating_sub(2);
    let lines = [(fact, Tone::Text), (next, Tone::Dim)]
        .into_iter()
        .filter(|(words, _)| !words.is_empty());
    let lines = lines.flat_map(|(words, tone)| {
        text::wrap(&[Span::styled(words.to_owned(), world.style(tone))], cells)
    });
    for (y, line) in (inner.y..inner.bottom()).zip(lines) {
        frame.render_widget(
            line,
            Rect {
                x: inner.x + 1,
                y,
                width: inner.width.saturating_sub(1),
                height: 1,
            },
        );
    }
}

/// Nothing was read yet.
pub(crate) fn reading(world: &World, frame: &mut Frame, area: Rect) {
    let Loaded::Reading(what) = &world.loaded else {
        return;
    };
    let block = chrome::frame(world, true, Vec::new(), Vec::new());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    frame.render_widget(
        Line::from(Span::styled(
            format!(" {}", text::show(what)),
            world.style(Tone::Dim),
        )),
        inner,
    );
}

/// An error in place of the content: the fact, its causes, what to do next.
pub(crate) fn failed(world: &World, problem: &Problem, frame: &mut Frame, area: Rect) {
    let title = vec![Span::styled(
        "Nothing could be read",
        world.style(Tone::TitleFocused),
    )];
    let block = chrome::frame(world, true, title, Vec::new());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let mut spans = vec![(problem.what.clone(), Tone::Bad)];
    spans.extend(problem.why.iter().map(|why| (why.clone(), Tone::Text)));
    spans.push((problem.hint.clone(), Tone::Bright));
    let cells = usize::from(inner.width).saturating_sub(2);
    let lines = spans.into_iter().flat_map(|(words, tone)| {
        text::wrap(
            &[Span::styled(text::show(&words), world.style(tone))],
            cells,
        )
    });
    for (y, line) in (inner.y + 1..inner.bottom()).zip(lines) {
        frame.render_widget(
            line,
            Rect {
                x: inner.x + 1,
                y,
                width: inner.width.saturating_sub(1),
                height: 1,
            },
        );
    }
}
