//! Which rows of a step are on the screen.

use super::form::Row;

/// The part of the rows that is drawn.
#[derive(Debug, Default)]
pub(crate) struct Window {
    /// The first row, so that the one under the cursor is on the screen.
    top: usize,
    /// Rows further down, where a field has more of them than fit.
    further: usize,
}

impl Window {
    /// The first row to draw.
    pub(crate) fn top(&self, rows: &[Row], height: usize) -> usize {
        (kept(rows, self.top, height) + self.further).min(rows.len().saturating_sub(1))
    }

    /// Keeps the row under the cursor on the screen.
    pub(crate) fn settle(&mut self, rows: &[Row], height: usize) {
        self.top = kept(rows, self.top, height);
        self.further = self.further.min(hidden(rows, self.top, height));
    }

    /// One row down, where the field under the cursor goes on below the screen; `false`: it does
    /// not.
    pub(crate) fn down(&mut self, rows: &[Row], height: usize) -> bool {
        let goes_on = self.further < hidden(rows, kept(rows, self.top, height), height);
        self.further += usize::from(goes_on);
        goes_on
    }

    /// Takes one row down back; `false`: there was none.
    pub(crate) fn up(&mut self) -> bool {
        let was_down = self.further > 0;
        self.further = self.further.saturating_sub(1);
        was_down
    }

    /// Back to the row under the cursor.
    pub(crate) fn back(&mut self) {
        self.further = 0;
    }
}

/// The row under the cursor, and the one behind the last of its field.
fn field(rows: &[Row]) -> Option<(usize, usize)> {
    let marked = rows.iter().position(Row::is_marked)?;
    Some((marked, end(rows, marked)))
}

/// The one behind the last row of the field that has the row at `from`.
fn end(rows: &[Row], from: usize) -> usize {
    let Some(first) = rows.get(from) else {
        return from;
    };
    from + rows
        .iter()
        .skip(from)
        .take_while(|row| row.field == first.field)
        .count()
}

/// The first row to draw, so that the row under the cursor and, if there is room, all of its field
/// and of the next are on the screen.
fn kept(rows: &[Row], top: usize, height: usize) -> usize {
    let Some((marked, last)) = field(rows) else {
        return 0;
    };
    let fitting = [end(rows, last), last]
        .into_iter()
        .find(|last| last - marked <= height);
    let last = fitting.unwrap_or(marked + height);
    let top = top.max(last.saturating_sub(height)).min(marked);
    // The first rows are worth seeing where there is room for them.
    top.min(rows.len().saturating_sub(height))
}

/// How many rows of the field under the cursor lie below the screen.
fn hidden(rows: &[Row], top: usize, height: usize) -> usize {
    field(rows).map_or(0, |(_, last)| last.saturating_sub(top + height))
}
