//! Tables for people: aligned columns, colour for states alone, never a hidden character.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr as _;

use crate::inventory::state::Status;
use crate::pki::text::printable;
use crate::words::Meaning;

/// How text is dressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Style {
    /// States are coloured.
    pub(crate) color: bool,
    /// Signs from ASCII only.
    pub(crate) ascii: bool,
    /// Lines for a screen reader in place of columns.
    pub(crate) plain: bool,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    status: Option<Status>,
}

impl Cell {
    /// Text from anywhere: hidden characters are spelled out.
    pub(crate) fn new(text: impl AsRef<str>) -> Self {
        Self {
            text: printable(text.as_ref()).into_owned(),
            status: None,
        }
    }

    /// Text in the colour of a state.
    pub(crate) fn colored(text: impl AsRef<str>, status: Status) -> Self {
        Self {
            status: Some(status),
            ..Self::new(text)
        }
    }

    /// Text in the colour of what it means: trouble alone has one.
    pub(crate) fn meant(text: impl AsRef<str>, meaning: Meaning) -> Self {
        let status = match meaning {
            Meaning::Bad => Some(Status::Broken),
            Meaning::Warn => Some(Status::Expiring),
            Meaning::Text | Meaning::Strong | Meaning::Dim | Meaning::Key | Meaning::Good => None,
        };
        Self {
            status,
            ..Self::new(text)
        }
    }

    /// A state: sign, word, colour.
    pub(crate) fn status(status: Status, style: Style) -> Self {
        let text = if style.plain {
            status.word().to_owned()
        } else {
            format!("{} {}", sign(status, style.ascii), status.word())
        };
        Self {
            text,
            status: Some(status),
        }
    }
}

/// The sign of a state, one column wide.
pub(crate) fn sign(status: Status, ascii: bool) -> &'static str {
    match status {
        Status::Expired | Status::DeadAuthority | Status::Broken if ascii => "x",
        Status::Expired | Status::DeadAuthority | Status::Broken => "✗",
        Status::Unknown | Status::NotYetValid | Status::Expiring => "!",
        Status::Ok => " ",
    }
}

/// `text` in the colour of `status`, where colours are wanted.
pub(crate) fn dressed(text: &str, status: Status, color: bool) -> Cow<'_, str> {
    let code = match status {
        _ if !color => return Cow::Borrowed(text),
        Status::Expired | Status::DeadAuthority | Status::Broken => "31",
        Status::Unknown | Status::NotYetValid | Status::Expiring => "33",
        Status::Ok => return Cow::Borrowed(text),
    };
    Cow::Owned(format!("\u{1b}[{code}m{text}\u{1b}[0m"))
}

/// Rows below a head.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table.
    pub(crate) fn new(head: &[&'static str]) -> Self {
        Self {
            head: head.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row: as many cells as the head has.
    pub(crate) fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.head.len());
        self.rows.push(row);
    }

    /// Drops the columns that say nothing in any row.
    pub(crate) fn without_empty_columns(mut self) -> Self {
        let says = |column: usize| self.rows.iter().any(|row| !row[column].text.is_empty());
        let keep: Vec<bool> = (0..self.head.len()).map(says).collect();
        let mut position = keep.iter();
        self.head
            .retain(|_| position.next().copied().unwrap_or(true));
        for row in &mut self.rows {
            let mut position = keep.iter();
            row.retain(|_| position.next().copied().unwrap_or(true));
        }
        self
    }

    /// The table as text; without rows there is nothing to say.
    pub(crate) fn render(&self, style: Style) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        if style.plain {
            self.render_plain()
        } else {
            self.render_columns(style)
        }
    }

    fn render_columns(&self, style: Style) -> String {
        let width = |column: usize| {
            let cells = self
                .rows
                .iter()
                .map(|row| row[column].text.width())
                .max()
                .unwrap_or(0);
            cells.max(self.head[column].width())
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let mut out = String::new();
        push_line(
            &mut out,
            self.head.iter().map(|name| (*name, Cow::Borrowed(*name))),
            &widths,
        );
        for row in &self.rows {
            let cells = row.iter().map(|cell| {
                let dressed = match cell.status {
                    Some(status) => dressed(&cell.text, status, style.color),
                    None => Cow::Borrowed(cell.text.as_str()),
                };
                (cell.text.as_str(), dressed)
            });
            push_line(&mut out, cells, &widths);
        }
        out
    }

    /// One line a row, each cell with its name.
    fn render_plain(&self) -> String {
        let mut out = String::new();
        for row in &self.rows {
            let cells = self
                .head
                .iter()
                .zip(row)
                .filter(|(_, cell)| !cell.text.is_empty());
            let named: Vec<String> = cells
                .map(|(name, cell)| format!("{}: {}", name.to_lowercase(), cell.text))
                .collect();
            out.push_str(&named.join("; "));
            out.push('\n');
        }
        out
    }

    /// The table as Markdown; what Markdown takes for markup is escaped.
    pub(crate) fn render_markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut out = line(self.head.iter().map(|name| (*name).to_owned()).collect());
        out.push_str(&line(self.head.iter().map(|_| "---".to_owned()).collect()));
        for row in &self.rows {
            out.push_str(&line(
                row.iter().map(|cell| markdown(cell.text.trim())).collect(),
            ));
        }
        out
    }
}

fn push_line<'a>(
    out: &mut String,
    cells: impl Iterator<Item = (&'a str, Cow<'a, str>)>,
    widths: &[usize],
) {
    let start = out.len();
    for ((text, dressed), width) in cells.zip(widths) {
        out.push_str(&dressed);
        out.extend(std::iter::repeat_n(
            ' ',
            width.saturating_sub(text.width()) + 2,
        ));
    }
    out.truncate(start + out[start..].trim_end_matches(' ').len());
    out.push('\n');
}

fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if "\\`*_[]<>|#&~".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new(&["STATUS", "NAME", "EMPTY", "NOTE"]);
        let style = Style::default();
        table.push(vec![
            Cell::status(Status::Expired, style),
            Cell::new("主-a"),
            Cell::new(""),
            Cell::new("x\u{202e}|y"),
        ]);
        table.push(vec![
            Cell::status(Status::Ok, style),
            Cell::new("apiserver"),
            Cell::new(""),
            Cell::new(""),
        ]);
        table.without_empty_columns()
    }

    #[test]
    fn columns_are_aligned_and_clean() {
        assert_eq!(
            sample().render(Style::default()),
            "STATUS     NAME       NOTE\n✗ expired  主-a       x\\u{202e}|y\n  ok       apiserver\n"
        );
    }

    #[test]
    fn only_states_have_colour() {
        let text = sample().render(Style {
            color: true,
            ..Style::default()
        });
        assert!(
            text.contains("\u{1b}[31m✗ expired\u{1b}[0m  主-a"),
            "{text:?}"
        );
        assert_eq!(text.matches('\u{1b}').count(), 2);
    }

    #[test]
    fn markdown_escapes_markup() {
        assert_eq!(
            sample().render_markdown(),
            "| STATUS | NAME | NOTE |\n| --- | --- | --- |\n| ✗ expired | 主-a | x\\\\u{202e}\\|y |\n| ok | apiserver |  |\n"
        );
    }

    #[test]
    fn plain_is_one_line_a_row() {
        assert_eq!(
            sample().render(Style {
                plain: true,
                ..Style::default()
            }),
            "status: ✗ expired; name: 主-a; note: x\\u{202e}|y\nstatus:   ok; name: apiserver\n"
        );
    }
}
