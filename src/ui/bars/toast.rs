//! What is said in place of the footer until the next key.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::super::chrome::spread;
use super::super::text;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Problem};

/// Rows that a toast may take, at most.
const TOAST: u16 = 3;

pub(super) fn render(world: &World, toast: &Problem, frame: &mut Frame, area: Rect) {
    let cells = usize::from(area.width).saturating_sub(2);
    let words = vec![Span::styled(
        text::show(&toast.line()),
        world.style(Tone::Bright),
    )];
    let mut lines = text::wrap(&words, cells);
    // A small screen keeps its content.
    let most = if world.size.1 < 10 { 1 } else { TOAST };
    let rows = u16::try_from(lines.len()).unwrap_or(most).clamp(1, most);
    let is_cut = lines.len() > usize::from(rows);
    let whole = if is_cut {
        where_whole(world, toast)
    } else {
        String::new()
    };
    if is_cut {
        let rest = lines.split_off(usize::from(rows - 1));
        lines.push(in_one(
            world,
            &rest,
            cells.saturating_sub(text::width(&whole)),
        ));
    }
    let above = area.y.min(rows - 1);
    let top = Rect {
        y: area.y - above,
        height: above + area.height,
        ..area
    };
    frame.render_widget(Clear, top);
    for (y, line) in (top.y..top.bottom()).zip(lines) {
        let whole = if y + 1 == top.bottom() {
            whole.clone()
        } else {
            String::new()
        };
        let left = [vec![Span::raw(" ")], line.spans].concat();
        let right = vec![Span::styled(whole, world.style(Tone::Accent))];
        spread(
            frame,
            Rect {
                y,
                height: 1,
                ..top
            },
            left,
            right,
        );
    }
}

/// The key that shows it whole; empty where it is not kept.
fn where_whole(world: &World, toast: &Problem) -> String {
    if !world.problems.contains(toast) {
        return String::new();
    }
    let key = world
        .keymap
        .keys(Action::Unread)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    format!(" {key} shows it whole ")
}

/// The lines that do not fit as one, cut.
fn in_one(world: &World, rest: &[Line<'static>], cells: usize) -> Line<'static> {
    let rest: String = rest
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ");
    let rest = text::fit(&rest, cells, world.signs().ellipsis);
    Line::from(Span::styled(rest, world.style(Tone::Bright)))
}
