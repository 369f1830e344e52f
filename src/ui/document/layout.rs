//! A page in lines of one width, and where the cursor keeps them.

use std::collections::BTreeSet;

use ratatui::text::{Line, Span};

use super::super::rows::Cursor;
use super::super::text;
use super::{Document, DocumentEntry, Shape};
use crate::model::theme::Tone;
use crate::model::world::World;

/// A page laid out for one width.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// For each line its entry, and whether it is that entry's first.
    lines: Vec<(usize, bool)>,
    drawn: Vec<Line<'static>>,
    /// Entries whose first column is a name.
    rows: BTreeSet<usize>,
}

impl Layout {
    /// Lays `document` out in `width` cells.
    pub fn of(document: &Document, world: &World, width: usize) -> Self {
        let mut layout = Self::default();
        let label_cells = match width {
            0..60 => 12,
            60..100 => 20,
            _ => 28,
        };
        for (at, entry) in document.entries.iter().enumerate() {
            if matches!(entry.shape, Shape::Row(_)) {
                layout.rows.insert(at);
            }
            let lines = entry_lines(entry, world, width, label_cells);
            for (nth, line) in lines.into_iter().enumerate() {
                layout.lines.push((at, nth == 0));
                layout.drawn.push(line);
            }
        }
        layout
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.drawn.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.drawn.is_empty()
    }

    /// The entry of a line.
    pub fn entry(&self, line: usize) -> usize {
        self.lines.get(line).map_or(0, |(entry, _)| *entry)
    }

    /// The first line of an entry.
    pub fn line_of(&self, entry: usize) -> usize {
        self.lines
            .iter()
            .position(|(at, _)| *at == entry)
            .unwrap_or(0)
    }

    /// A line with the cursor's mark where its entry is `selected`.
    pub fn line(&self, world: &World, at: usize, selected: usize) -> Line<'static> {
        let (entry, first) = self.lines.get(at).copied().unwrap_or_default();
        let mut line = self.drawn.get(at).cloned().unwrap_or_default();
        let is_selected = entry == selected && first;
        if is_selected
            && self.rows.contains(&entry)
            && let Some(name) = line.spans.first_mut()
        {
            name.style = world.style(Tone::Bright);
        }
        let mark = if is_selected {
            world.signs().cursor
        } else {
            " "
        };
        line.spans
            .insert(0, Span::styled(mark, world.style(Tone::Accent)));
        line
    }
}

fn entry_lines(
    entry: &DocumentEntry,
    world: &World,
    width: usize,
    label_cells: usize,
) -> Vec<Line<'static>> {
    let inner = width.saturating_sub(2);
    match &entry.shape {
        Shape::Blank => vec![Line::default()],
        Shape::Heading(text) => vec![Line::from(Span::styled(
            text.clone(),
            world.style(Tone::Bright),
        ))],
        Shape::Text(spans) => {
            indented(text::wrap(spans, inner.saturating_sub(2)), &Span::raw("  "))
        }
        Shape::Step { head, words } => {
            let cells: usize = head.iter().map(|span| text::width(&span.content)).sum();
            if width < 60 {
                let both = [head.as_slice(), words.as_slice()].concat();
                return indented(text::wrap(&both, inner.saturating_sub(2)), &Span::raw("  "));
            }
            let lines = text::wrap(words, inner.saturating_sub(2 + cells));
            let mut lines = indented(lines, &Span::raw(" ".repeat(2 + cells)));
            if let Some(first) = lines.first_mut() {
                first.spans.splice(
                    0..1,
                    std::iter::once(Span::raw("  ")).chain(head.iter().cloned()),
                );
            }
            lines
        }
        Shape::Sentence(spans) => text::wrap(spans, inner),
        Shape::Row(spans) => vec![Line::from(spans.clone())],
        Shape::Fact { label, value } => {
            let wrapped = text::wrap(value, inner.saturating_sub(label_cells));
            let label = format!("  {label}");
            // A label that does not fit has a line of its own.
            let is_long = text::width(&label) >= label_cells;
            let mut lines = indented(wrapped, &Span::raw(" ".repeat(label_cells)));
            if is_long {
                let label = text::wrap(&[Span::styled(label, world.style(Tone::Dim))], inner);
                lines.splice(0..0, label);
            } else if let Some(first) = lines.first_mut() {
                let label = text::left(&label, label_cells, world.signs().ellipsis);
                first.spans[0] = Span::styled(label, world.style(Tone::Dim));
            }
            lines
        }
    }
}

fn indented(lines: Vec<Line<'static>>, indent: &Span<'static>) -> Vec<Line<'static>> {
    let indent_one = |mut line: Line<'static>| {
        line.spans.insert(0, indent.clone());
        line
    };
    lines.into_iter().map(indent_one).collect()
}

/// Keeps the lines of the entry under the cursor on the screen, with the heading above a section's
/// first entry.
pub(crate) fn scroll(cursor: &mut Cursor, layout: &Layout, entry: usize, height: usize) {
    let first = layout.line_of(entry);
    let last = (first..layout.len())
        .take_while(|line| layout.entry(*line) == entry)
        .last()
        .unwrap_or(first);
    let first = if first <= 2 { 0 } else { first - 1 };
    cursor.row = first;
    cursor.top = cursor.top.min(layout.len().saturating_sub(height));
    if last >= cursor.top + height {
        cursor.top = (last + 1).saturating_sub(height);
    }
    cursor.top = cursor.top.min(first);
}
