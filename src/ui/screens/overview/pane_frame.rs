//! One pane in its frame.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::super::chooser::TitleFilter;
use super::super::super::panes::PaneState;
use super::super::super::{chrome, placeholder};
use crate::model::theme::Tone;
use crate::model::world::World;

/// A pane as it is drawn.
pub(super) struct PaneFrame<'a> {
    pub(super) pane: &'a PaneState,
    pub(super) is_focused: bool,
    /// Whether its filter is being typed.
    pub(super) is_typing: bool,
}

impl PaneFrame<'_> {
    pub(super) fn render(&self, world: &World, frame: &mut Frame, area: Rect) {
        let pane = self.pane;
        let tone = if self.is_focused {
            Tone::TitleFocused
        } else {
            Tone::Title
        };
        let mut title = vec![Span::styled(pane.pane.title(), world.style(tone))];
        let filter = TitleFilter {
            input: &pane.filter,
            is_typing: self.is_typing,
        };
        filter.render(world, &mut title, frame, area);
        if pane.sort > 0 {
            title.push(Span::styled(
                format!(" by {}", pane.sorts()[pane.sort]),
                world.style(Tone::Dim),
            ));
        }
        let inner_height = usize::from(area.height.saturating_sub(2));
        let bottom = chrome::cut(world, pane.bottom(world), area.width);
        let mut block = chrome::frame(world, self.is_focused, title, bottom);
        if pane.rows.len() > inner_height && inner_height > 0 {
            let place = format!(" {}/{} ", pane.cursor.row + 1, pane.rows.len());
            let line = Line::from(Span::styled(place, world.style(Tone::Dim))).right_aligned();
            block = block.title_top(line);
        }
        let inner = block.inner(area);
        frame.render_widget(block, area);
        if pane.rows.is_empty() {
            return placeholder::nothing(world, pane.nothing(world), frame, inner);
        }
        for (y, at) in (inner.y..inner.bottom()).zip(pane.cursor.top..pane.rows.len()) {
            let line = pane.line(world, at, usize::from(inner.width), self.is_focused);
            frame.render_widget(
                line,
                Rect {
                    y,
                    height: 1,
                    ..inner
                },
            );
        }
    }
}
