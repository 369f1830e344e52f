//! Rows of actions, as palette and help show them. An action that cannot be done now stays visible
//! and says why.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::Input;

use super::rows::{self, Cell, Cursor};
use super::text;
use crate::model::key::Named;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Mouse, MouseKind};

/// Moves the cursor by a key that no text needs; `false`: the key is about something else.
pub(crate) fn moved(cursor: &mut Cursor, key: Named, rows: usize, height: usize) -> bool {
    let action = match key {
        Named::Down | Named::Tab => Action::Down,
        Named::Up | Named::BackTab => Action::Up,
        Named::PageDown => Action::PageDown,
        Named::PageUp => Action::PageUp,
        _ => return false,
    };
    cursor.moved(action, rows, height)
}

/// Moves the cursor by the wheel. A click gives the row that it is on, the first one being drawn at
/// `top`.
pub(crate) fn pointed(
    cursor: &mut Cursor,
    mouse: Mouse,
    rows: usize,
    height: usize,
    top: u16,
) -> Option<usize> {
    match mouse.kind {
        MouseKind::WheelUp => drop(cursor.moved(Action::Up, rows, height)),
        MouseKind::WheelDown => drop(cursor.moved(Action::Down, rows, height)),
        MouseKind::Click => {
            let at = cursor.top + usize::from(mouse.row.checked_sub(top)?);
            // What lies below the last row drawn is no row.
            return (at < rows.min(cursor.top + height)).then_some(at);
        }
    }
    None
}

/// The line in which one types.
pub(crate) fn prompt(
    world: &World,
    sign: &'static str,
    input: &Input,
    frame: &mut Frame,
    inner: Rect,
) {
    if inner.height == 0 {
        return;
    }
    let line = Line::from(vec![
        Span::styled(format!(" {sign} "), world.style(Tone::Accent)),
        Span::styled(text::show(input.value()), world.style(Tone::Bright)),
    ]);
    frame.render_widget(line, Rect { height: 1, ..inner });
    let caret = inner
        .x
        .saturating_add(3)
        .saturating_add(u16::try_from(input.visual_cursor()).unwrap_or(0));
    frame.set_cursor_position((caret.min(inner.right().saturating_sub(1)), inner.y));
}

/// A filter as a frame's title shows it.
pub(crate) struct TitleFilter<'a> {
    pub(crate) input: &'a Input,
    pub(crate) is_typing: bool,
}

impl TitleFilter<'_> {
    /// "/text" behind the title while a filter is set, with the caret while one types it.
    pub(crate) fn render(
        &self,
        world: &World,
        title: &mut Vec<Span<'static>>,
        frame: &mut Frame,
        area: Rect,
    ) {
        if self.input.value().is_empty() && !self.is_typing {
            return;
        }
        title.push(Span::styled(" /", world.style(Tone::Accent)));
        let caret = 3 + text::line_width(title) + self.input.visual_cursor();
        let tone = if self.is_typing {
            Tone::Bright
        } else {
            Tone::Accent
        };
        title.push(Span::styled(
            text::show(self.input.value()),
            world.style(tone),
        ));
        if self.is_typing {
            let x = area
                .x
                .saturating_add(u16::try_from(caret).unwrap_or(0))
                .min(area.right().saturating_sub(1));
            frame.set_cursor_position((x, area.y));
        }
    }
}

/// An action: its words, its keys, what it does or why it cannot be done now.
pub(crate) fn action(world: &World, action: Action, selected: bool, width: usize) -> Line<'static> {
    let row = action.row();
    let keys: Vec<String> = world
        .keymap
        .keys(action)
        .iter()
        .map(ToString::to_string)
        .collect();
    let refusal = world
        .refusals
        .iter()
        .find(|(other, _)| *other == action)
        .map(|(_, why)| *why);
    let (name, explains) = match (selected, refusal) {
        (true, _) => (Tone::Bright, Tone::Text),
        (false, None) => (Tone::Text, Tone::Dim),
        (false, Some(_)) => (Tone::Dim, Tone::Dim),
    };
    let help = refusal.map_or_else(|| row.help.to_owned(), |why| format!("not now: {why}"));
    let keys_cells = if width < 60 { 8 } else { 16 };
    let cells = vec![
        Cell::left(row.label, 14, world.style(name)),
        Cell::left(keys.join(" "), keys_cells, world.style(Tone::Accent)),
        Cell::left(
            help,
            width.saturating_sub(16 + keys_cells),
            world.style(explains),
        ),
    ];
    rows::line(world, selected, cells)
}

/// Lines kept below the rows for the whole text of the one under the cursor, which narrow rows cut.
pub(crate) fn explained_rows(world: &World) -> u16 {
    match world.size {
        (_, 0..10) | (110.., _) => 0,
        (60.., _) => 2,
        _ => 3,
    }
}

/// What the action under the cursor does, whole, at the bottom of `inner`.
pub(crate) fn explain(world: &World, action: Option<Action>, frame: &mut Frame, inner: Rect) {
    let rows = explained_rows(world).min(inner.height);
    let (Some(action), true) = (action, rows > 0) else {
        return;
    };
    let refusal = world
        .refusals
        .iter()
        .find(|(other, _)| *other == action)
        .map(|(_, why)| format!("not now: {why}"));
    let span = Span::styled(
        refusal.unwrap_or_else(|| action.row().help.to_owned()),
        world.style(Tone::Text),
    );
    let lines = text::wrap(&[span], usize::from(inner.width.saturating_sub(2)));
    for (y, line) in (inner.bottom() - rows..inner.bottom()).zip(lines) {
        frame.render_widget(
            line,
            Rect {
                x: inner.x.saturating_add(1),
                y,
                width: inner.width.saturating_sub(1),
                height: 1,
            },
        );
    }
}

/// A thing that can be opened.
pub(crate) fn thing(
    world: &World,
    name: &str,
    kind: &str,
    selected: bool,
    width: usize,
) -> Line<'static> {
    let style = world.style(if selected { Tone::Bright } else { Tone::Text });
    let cells = vec![
        Cell::left(name, width.saturating_sub(18).min(46), style),
        Cell::left("", 2, style),
        Cell::left(kind, 14, world.style(Tone::Dim)),
    ];
    rows::line(world, selected, cells)
}
