//! Words and widths: everything that comes from a file passes [`show`] before it is drawn.

use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::pki::text::printable;

/// `text` as it may be drawn: control and bidi characters spelled out.
pub(crate) fn show(text: &str) -> String {
    printable(text).into_owned()
}

/// Cells that `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Cells that a line takes.
pub(crate) fn line_width(spans: &[Span<'_>]) -> usize {
    spans.iter().map(|span| width(&span.content)).sum()
}

/// `text` in at most `cells` cells; what does not fit is cut and marked with `ellipsis` (one cell).
pub(crate) fn fit(text: &str, cells: usize, ellipsis: &str) -> String {
    if text.len() <= cells || width(text) <= cells {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for character in text.chars() {
        let next = character.width().unwrap_or(0);
        if used + next > cells.saturating_sub(1) {
            break;
        }
        used += next;
        out.push(character);
    }
    if cells > 0 {
        out.push_str(ellipsis);
    }
    out
}

/// `text` in exactly `cells` cells, at the left.
pub(crate) fn left(text: &str, cells: usize, ellipsis: &str) -> String {
    let mut out = fit(text, cells, ellipsis);
    out.extend(std::iter::repeat_n(' ', cells.saturating_sub(width(&out))));
    out
}

/// `text` in exactly `cells` cells, at the right.
pub(crate) fn right(text: &str, cells: usize, ellipsis: &str) -> String {
    let out = fit(text, cells, ellipsis);
    let mut padded = " ".repeat(cells.saturating_sub(width(&out)));
    padded.push_str(&out);
    padded
}

/// A digest or key identifier in groups that can be read aloud: "AB:CD:…".
pub(crate) fn colons(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":")
}

/// `spans` as lines of at most `cells` cells, broken at spaces and, where there are none, anywhere.
pub(crate) fn wrap(spans: &[Span<'static>], cells: usize) -> Vec<Line<'static>> {
    let cells = cells.max(4);
    let mut lines = vec![Line::default()];
    let mut used = 0;
    for span in spans {
        for word in span.content.split_inclusive([' ', ',']) {
            let mut word = word;
            if used > 0 && used + width(word.trim_end()) > cells {
                lines.push(Line::default());
                used = 0;
                word = word.trim_start();
            }
            while width(word.trim_end()) > cells {
                let (head, tail) = split(word, cells);
                push(&mut lines, head, span);
                lines.push(Line::default());
                word = tail;
            }
            used += width(word);
            push(&mut lines, word, span);
        }
    }
    lines
}

fn push(lines: &mut [Line<'static>], text: &str, sample: &Span<'static>) {
    let Some(line) = lines.last_mut().filter(|_| !text.is_empty()) else {
        return;
    };
    match line
        .spans
        .last_mut()
        .filter(|last| last.style == sample.style)
    {
        Some(last) => last.content.to_mut().push_str(text),
        None => line.spans.push(Span::styled(text.to_owned(), sample.style)),
    }
}

/// `text` in two, the first part at most `cells` wide and never empty: behind a slash, where one
/// stands late enough, so that names and line numbers stay whole.
fn split(text: &str, cells: usize) -> (&str, &str) {
    let mut used = 0;
    let mut slash = None;
    for (at, character) in text.char_indices() {
        used += character.width().unwrap_or(0);
        if used > cells && at > 0 {
            return text.split_at(slash.unwrap_or(at));
        }
        if character == '/' && used * 3 >= cells {
            slash = Some(at + 1);
        }
    }
    (text, "")
}

/// `text` in at most `cells` cells; of a path that does not fit the end is kept, and its first
/// folder where that is short.
pub(crate) fn fit_path(text: &str, cells: usize, ellipsis: &str) -> String {
    if !text.contains('/') || width(text) <= cells || cells < 8 {
        return fit(text, cells, ellipsis);
    }
    let first = text.find('/').map_or("", |slash| &text[..=slash]);
    let head = if width(first) > 1 && width(first) * 3 <= cells {
        first
    } else {
        ""
    };
    let room = cells.saturating_sub(width(ellipsis) + width(head));
    let mut used = 0;
    let kept = text.char_indices().rev().take_while(|(_, character)| {
        used += character.width().unwrap_or(0);
        used <= room
    });
    let from = kept.last().map_or(text.len(), |(at, _)| at);
    // Whole names where that costs little.
    let slash = text[from..]
        .find('/')
        .filter(|slash| *slash * 2 < room)
        .unwrap_or(0);
    format!("{head}{ellipsis}{}", &text[from + slash..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit_their_cells() {
        for (text, cells, expected) in [
            ("apiserver", 9, "apiserver"),
            ("apiserver", 8, "apiserv…"),
            ("主节点证书", 6, "主节…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ] {
            assert_eq!(fit(text, cells, "…"), expected);
            assert_eq!(width(&left(text, 12, "…")), 12);
            assert_eq!(width(&right(text, 12, "…")), 12);
        }
        assert_eq!(
            fit_path("cp1/etc/kubernetes/pki/apiserver.crt", 24, "…"),
            "cp1/…/pki/apiserver.crt"
        );
        assert_eq!(fit_path("cp1/a.crt", 9, "…"), "cp1/a.crt");
        let lines = wrap(
            &[Span::raw(
                "/etc/kubernetes/manifests/kube-apiserver.yaml:37",
            )],
            30,
        );
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            ["/etc/kubernetes/manifests/", "kube-apiserver.yaml:37"]
        );
    }

    #[test]
    fn long_lines_are_wrapped_and_nothing_is_lost() {
        let text =
            "system:node:master-1, kubernetes.default.svc.cluster.local, 10.0.0.10 主主主主主主";
        for cells in [4, 7, 20, 200] {
            let lines = wrap(&[Span::raw(text)], cells);
            let joined: String = lines
                .iter()
                .flat_map(|line| &line.spans)
                .map(|span| span.content.as_ref())
                .collect();
            assert_eq!(joined.replace(' ', ""), text.replace(' ', ""));
            assert!(
                lines
                    .iter()
                    .all(|line| width(line.to_string().trim_end()) <= cells),
                "{cells}"
            );
        }
    }
}
