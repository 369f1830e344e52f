//! Names and values, a line each.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use crate::cli::table::Style;
use crate::pki::text::printable;

/// Names and values, aligned.
pub(crate) struct Sheet {
    lines: Vec<(&'static str, String)>,
}

impl Sheet {
    pub(crate) fn new() -> Self {
        Self { lines: Vec::new() }
    }

    /// One line; nothing where the value is empty. Hidden characters are spelled out.
    pub(crate) fn line(&mut self, name: &'static str, value: impl AsRef<str>) {
        let value = value.as_ref();
        if !value.is_empty() {
            self.lines.push((name, printable(value).into_owned()));
        }
    }

    /// The name once, then one value a line.
    pub(super) fn several(&mut self, name: &'static str, values: impl IntoIterator<Item = String>) {
        for (position, value) in values.into_iter().enumerate() {
            self.line(if position == 0 { name } else { "" }, value);
        }
    }

    /// A value that is dressed already and holds nothing from outside.
    pub(super) fn dressed(&mut self, name: &'static str, value: String) {
        self.lines.push((name, value));
    }

    pub(crate) fn render(&self, style: Style) -> String {
        let width = self
            .lines
            .iter()
            .map(|(name, _)| name.width())
            .max()
            .unwrap_or(0);
        let mut out = String::new();
        let mut last = "";
        for (name, value) in &self.lines {
            if style.plain {
                // A screen reader gets the name again on each line.
                last = if name.is_empty() { last } else { name };
                let _ = writeln!(out, "{last}: {value}");
            } else {
                let _ = writeln!(out, "{name}{}  {value}", " ".repeat(width - name.width()));
            }
        }
        out
    }
}
