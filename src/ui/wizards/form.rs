//! The rows of a step: a label at the left, the answer at the right, below it what follows and what
//! is wrong.

use std::collections::BTreeMap;
use std::ops::Range;

use ratatui::text::{Line, Span};
use tui_input::Input;

use super::answer::List;
use super::{Answer, Context, Field, Shape};
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::ui::spoken::spoken;
use crate::ui::text;

/// Where the cursor stands, and what is wrong with the answers.
pub(crate) struct Focus<'a> {
    /// The field under the cursor.
    pub(crate) field: Option<&'static str>,
    /// By the names of the fields.
    pub(crate) faults: &'a BTreeMap<&'static str, String>,
}

/// Where in a row which option stands, or which row of a list.
type Options = Vec<(Range<usize>, usize)>;

/// A row.
#[derive(Default)]
pub(crate) struct Row {
    /// Whose row it is.
    pub(crate) field: &'static str,
    /// Where the terminal's cursor stands.
    pub(crate) caret: Option<usize>,
    /// Whether the cursor stands on it.
    marked: bool,
    /// Whether it is said again at each key: of a list only the row under the cursor.
    told: bool,
    /// What is said in place of what is drawn.
    said: Option<String>,
    spans: Vec<Span<'static>>,
    options: Options,
}

impl Row {
    /// As it is drawn.
    pub(crate) fn line(&self) -> Line<'static> {
        Line::from(self.spans.clone())
    }

    /// As it is said.
    pub(crate) fn said(&self) -> String {
        spoken(&self.said.clone().unwrap_or_else(|| self.line().to_string()))
    }

    /// The option, or the row of a list, at a column.
    pub(crate) fn option_at(&self, column: usize) -> Option<usize> {
        self.options
            .iter()
            .find(|(range, _)| range.contains(&column))
            .map(|(_, option)| *option)
    }

    /// Whether the cursor stands on it.
    pub(crate) fn is_marked(&self) -> bool {
        self.marked
    }

    /// Whether it is told when the cursor comes to this field or its answer changes.
    pub(crate) fn is_told(&self, field: Option<&str>) -> bool {
        self.told && Some(self.field) == field
    }
}

/// All rows of the fields, for so many cells and lines; where there is room the fields stand apart.
pub(crate) fn rows(
    context: &Context<'_>,
    fields: &[Field],
    focus: &Focus<'_>,
    (cells, lines): (usize, usize),
) -> Vec<Row> {
    let label = fields
        .iter()
        .map(|field| field.label.len())
        .max()
        .unwrap_or(0)
        + 3;
    let mut rows = Vec::new();
    for field in fields {
        let focused = focus.field == Some(field.name);
        let mut writer = Writer {
            world: context.world,
            field,
            focused,
            start: rows.len(),
            rows: &mut rows,
            label,
            room: cells.saturating_sub(label + 2).max(8),
        };
        writer.answer(context);
        for (note, tone) in (field.notes)(context) {
            writer.words(&note, tone);
        }
        if let Some(fault) = focus.faults.get(field.name) {
            writer.words(&text::show(fault), Tone::Bad);
        } else if focused {
            writer.words(field.help, Tone::Dim);
        }
    }
    if rows.len() + fields.len() <= lines {
        apart(rows)
    } else {
        rows
    }
}

/// The same with an empty row before each field but the first.
fn apart(rows: Vec<Row>) -> Vec<Row> {
    let mut out: Vec<Row> = Vec::with_capacity(rows.len() * 2);
    for row in rows {
        if let Some(field) = out
            .last()
            .map(|last| last.field)
            .filter(|field| *field != row.field)
        {
            out.push(Row {
                field,
                told: false,
                ..Row::default()
            });
        }
        out.push(row);
    }
    out
}

struct Writer<'a> {
    world: &'a World,
    field: &'a Field,
    focused: bool,
    start: usize,
    rows: &'a mut Vec<Row>,
    label: usize,
    room: usize,
}

impl Writer<'_> {
    fn styled(&self, text: impl Into<String>, tone: Tone) -> Span<'static> {
        Span::styled(text.into(), self.world.style(tone))
    }

    /// A row; the first of the field has its label, the row under the cursor the mark.
    fn row(&mut self, spans: Vec<Span<'static>>, marked: bool) -> &mut Row {
        let signs = self.world.signs();
        let is_first = self.rows.len() == self.start;
        let mark = if marked { signs.cursor } else { " " };
        let label = if is_first { self.field.label } else { "" };
        let label = text::left(label, self.label, signs.ellipsis);
        let tone = if self.focused {
            Tone::Bright
        } else {
            Tone::Dim
        };
        let mut all = vec![self.styled(mark, Tone::Accent), self.styled(label, tone)];
        all.extend(spans);
        let at = self.rows.len();
        self.rows.push(Row {
            field: self.field.name,
            caret: None,
            marked,
            told: true,
            said: None,
            spans: all,
            options: Vec::new(),
        });
        &mut self.rows[at]
    }

    /// Words below the answer.
    fn words(&mut self, words: &str, tone: Tone) {
        let span = self.styled(words, tone);
        for line in text::wrap(&[span], self.room) {
            self.row(line.spans, false);
        }
    }

    fn answer(&mut self, context: &Context<'_>) {
        match (
            self.field.shape(context),
            context.answers.get(self.field.name),
        ) {
            (Shape::Line { usual, unit }, Some(Answer::Text(input))) => {
                self.line(input, &usual, unit);
            }
            (Shape::Options(options), Some(Answer::Choice(at))) => self.choice(&options, *at),
            (Shape::Options(words), Some(Answer::Toggle(on))) => {
                self.choice(&words, usize::from(!on));
            }
            (Shape::Secret, Some(Answer::Secret(hidden))) => {
                let stars = "*".repeat(hidden.len().min(self.room.saturating_sub(1)));
                let (caret, focused) = (self.label + 1 + stars.len(), self.focused);
                let spans = vec![self.styled(stars, Tone::Bright)];
                self.row(spans, focused).caret = focused.then_some(caret);
            }
            (Shape::List { one }, Some(Answer::List(list))) => self.list(list, one),
            // The answers are made from the table: there is no other pair.
            _ => {}
        }
    }

    fn line(&mut self, input: &Input, usual: &str, unit: fn(&str) -> &'static str) {
        let (shown, tone) = match input.value() {
            "" => (usual.to_owned(), Tone::Dim),
            value => (text::show(value), Tone::Bright),
        };
        let unit = unit(if input.value().is_empty() {
            usual
        } else {
            input.value().trim()
        });
        let unit = if unit.is_empty() {
            String::new()
        } else {
            format!(" {unit}")
        };
        let (caret, focused) = (self.label + 1 + input.visual_cursor(), self.focused);
        let spans = vec![self.styled(shown, tone), self.styled(unit, Tone::Dim)];
        self.row(spans, focused).caret = focused.then_some(caret);
    }

    /// Options beside each other, as many in a line as fit.
    fn choice(&mut self, options: &[String], chosen: usize) {
        let signs = self.world.signs();
        let mut lines: Vec<(Vec<Span<'static>>, Options)> = vec![(Vec::new(), Vec::new())];
        let mut used = 0;
        for (at, option) in options.iter().enumerate() {
            let is_on = at == chosen;
            let sign = if is_on { signs.on } else { signs.off };
            let words = text::fit(
                &format!("{sign} {option}"),
                self.room,
                self.world.signs().ellipsis,
            );
            let width = text::width(&words);
            if used > 0 && used + width > self.room {
                lines.push((Vec::new(), Vec::new()));
                used = 0;
            }
            if let Some((spans, hits)) = lines.last_mut() {
                let start = self.label + 1 + used;
                spans.push(self.styled(words, if is_on { Tone::Bright } else { Tone::Dim }));
                spans.push(Span::raw("   "));
                hits.push((start..start + width, at));
                used += width + 3;
            }
        }
        let focused = self.focused;
        let label = self.field.label;
        let words = options.get(chosen).map_or("", String::as_str);
        for (at, (spans, hits)) in lines.into_iter().enumerate() {
            let row = self.row(spans, focused && at == 0);
            row.options = hits;
            let first = at == 0;
            row.said = Some(if first {
                format!("{label}: {words}, {} of {}", chosen + 1, options.len())
            } else {
                String::new()
            });
        }
    }

    /// What is there, what goes and what comes with their signs, and the line in which one types.
    fn list(&mut self, list: &List, one: &str) {
        let signs = self.world.signs();
        let kept = list.base.iter().enumerate().map(|(at, text)| {
            if list.gone.contains(&at) {
                (signs.minus, text, Tone::Bad)
            } else {
                (" ", text, Tone::Text)
            }
        });
        let added = list.added.iter().map(|text| (signs.plus, text, Tone::Good));
        let all: Vec<_> = kept
            .chain(added)
            .map(|(sign, text, tone)| (sign, text::show(text), tone))
            .collect();
        let hit = self.label + 1..self.label + 1 + self.room;
        for (at, (sign, words, tone)) in all.into_iter().enumerate() {
            let marked = self.focused && list.row == at;
            let words = text::fit(&format!("{sign} {words}"), self.room, signs.ellipsis);
            let spans = vec![self.styled(words, tone)];
            let row = self.row(spans, marked);
            row.options = vec![(hit.clone(), at)];
            row.told = marked;
        }
        let typing = self.focused && list.is_typing();
        let (shown, tone) = match list.input.value() {
            "" => (format!("another {one}"), Tone::Dim),
            value => (text::show(value), Tone::Bright),
        };
        let spans = vec![
            self.styled(format!("{} ", signs.into), Tone::Accent),
            self.styled(shown, tone),
        ];
        let caret = self.label + 3 + list.input.visual_cursor();
        let at = list.rows() - 1;
        let row = self.row(spans, typing);
        row.caret = typing.then_some(caret);
        row.options = vec![(hit, at)];
        row.told = typing;
    }
}
