//! The cursor in a list, and lines made of columns.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::text;
use crate::model::Action;
use crate::model::theme::Tone;
use crate::model::world::World;

/// Where the cursor stands, and which row is the first on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// The row under the cursor.
    pub row: usize,
    /// The first row on the screen.
    pub top: usize,
}

impl Cursor {
    /// Moves as `action` says; `false`: it is not about moving.
    pub fn moved(&mut self, action: Action, rows: usize, height: usize) -> bool {
        let page = height.saturating_sub(1).max(1);
        self.row = match action {
            Action::Down => self.row.saturating_add(1),
            Action::Up => self.row.saturating_sub(1),
            Action::PageDown => self.row.saturating_add(page),
            Action::PageUp => self.row.saturating_sub(page),
            Action::First => 0,
            Action::Last => usize::MAX,
            _ => return false,
        };
        self.settle(rows, height);
        true
    }

    /// Keeps the cursor on a row and the row on the screen.
    pub fn settle(&mut self, rows: usize, height: usize) {
        let height = height.max(1);
        self.row = self.row.min(rows.saturating_sub(1));
        self.top = self.top.min(rows.saturating_sub(height)).min(self.row);
        if self.row >= self.top + height {
            self.top = (self.row + 1).saturating_sub(height);
        }
    }
}

/// One cell of a row.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    cells: usize,
    style: Style,
    at_right: bool,
}

impl Cell {
    /// A text at the left of `cells` cells.
    pub(crate) fn left(text: impl Into<String>, cells: usize, style: Style) -> Self {
        Self {
            text: text.into(),
            cells,
            style,
            at_right: false,
        }
    }

    /// A text at the right of `cells` cells.
    pub(crate) fn right(text: impl Into<String>, cells: usize, style: Style) -> Self {
        Self {
            text: text.into(),
            cells,
            style,
            at_right: true,
        }
    }
}

/// A row: the cursor's mark in the gutter, then the cells. Signs cost few bytes over a slow line; a
/// repainted row would cost hundreds.
pub(crate) fn line(world: &World, selected: bool, cells: Vec<Cell>) -> Line<'static> {
    let signs = world.signs();
    let mut spans = Vec::with_capacity(cells.len() + 1);
    let mark = if selected { signs.cursor } else { " " };
    spans.push(Span::styled(
        mark,
        world.style(if selected { Tone::Accent } else { Tone::Text }),
    ));
    for cell in cells {
        let fitted = if cell.at_right {
            text::right(&cell.text, cell.cells, signs.ellipsis)
        } else {
            let fitted = text::fit_path(&cell.text, cell.cells, signs.ellipsis);
            text::left(&fitted, cell.cells, signs.ellipsis)
        };
        spans.push(Span::styled(fitted, cell.style));
    }
    Line::from(spans)
}

/// The mark in the gutter of a row that is selected for the next change.
pub(crate) fn chosen(world: &World, cursor: bool) -> Span<'static> {
    let signs = world.signs();
    Span::styled(
        if cursor {
            signs.chosen_cursor
        } else {
            signs.chosen
        },
        world.style(Tone::Accent),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_on_the_screen() {
        let mut cursor = Cursor::default();
        for (action, row, top) in [
            (Action::Up, 0, 0),
            (Action::Down, 1, 0),
            (Action::PageDown, 10, 1),
            (Action::Last, 99, 90),
            (Action::Down, 99, 90),
            (Action::PageUp, 90, 90),
            (Action::Up, 89, 89),
            (Action::First, 0, 0),
        ] {
            assert!(cursor.moved(action, 100, 10));
            assert_eq!((cursor.row, cursor.top), (row, top), "{action:?}");
        }
        for (rows, height) in [(0, 0), (0, 5), (1, 0), (3, 5)] {
            let mut cursor = Cursor { row: 9, top: 9 };
            cursor.settle(rows, height);
            assert!(cursor.row < rows.max(1) && cursor.top <= cursor.row);
        }
    }
}
