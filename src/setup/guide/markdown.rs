//! The page in Markdown, as one would print it.

use std::fmt::Write as _;

use super::{ComponentGuide, Guide};
use crate::pki::text::printable;

impl Guide {
    /// The page in Markdown.
    pub fn to_markdown(&self) -> String {
        let mut page = format!("# {}\n", escaped(&self.title));
        if !self.next.is_empty() {
            page.push_str("\n## What comes next\n\n");
            for (number, step) in (1..).zip(&self.next) {
                let _ = writeln!(page, "{number}. {}", printable(step));
            }
        }
        if !self.components.is_empty() {
            page.push_str("\n## Flags\n");
            self.components
                .iter()
                .for_each(|component| write_component(&mut page, component));
        }
        if !self.copies.is_empty() {
            page.push_str("\n## The same on several nodes\n\n");
            let rows = self
                .copies
                .iter()
                .map(|copy| vec![code(&copy.path), escaped(&copy.to), escaped(&copy.why)]);
            table(&mut page, &["file", "nodes", "why"], rows);
        }
        if !self.secrets.is_empty() {
            page.push_str("\n## What must stay secret\n\n");
            let rows = self
                .secrets
                .iter()
                .map(|(path, why)| vec![code(path), escaped(why)]);
            table(&mut page, &["file", "why"], rows);
        }
        if !self.identities.is_empty() {
            page.push_str("\n## Who is who\n\n");
            let rows = self.identities.iter().map(|one| {
                let cells = [
                    &one.kind,
                    &one.subject,
                    &one.purpose,
                    &one.right,
                    &one.owner,
                ]
                .map(|text| escaped(text));
                [vec![escaped(&one.id)], cells.to_vec()].concat()
            });
            table(
                &mut page,
                &["certificate", "type", "subject", "use", "right", "owner"],
                rows,
            );
        }
        page
    }
}

fn write_component(page: &mut String, component: &ComponentGuide) {
    // The snippet has every flag with its value.
    let _ = write!(
        page,
        "\n### {} on {}\n",
        component.component,
        escaped(&component.nodes)
    );
    // A fence is longer than any run of backticks inside.
    let longest = component
        .snippet
        .iter()
        .map(|line| longest_run(line))
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = write!(page, "\n{}\n\n{fence}\n", escaped(&component.snippet_title));
    for line in &component.snippet {
        let _ = writeln!(page, "{}", printable(line));
    }
    let _ = writeln!(page, "{fence}");
}

fn table(page: &mut String, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let _ = writeln!(
        page,
        "| {} |\n|{}",
        heads.join(" | "),
        "---|".repeat(heads.len())
    );
    for row in rows {
        let _ = writeln!(page, "| {} |", row.join(" | "));
    }
}

/// Text between cells' bars: what Markdown or HTML would take for something else stands behind a
/// backslash.
fn escaped(text: &str) -> String {
    let special = |character: &char| r"\`*_[]<>|#~&".contains(*character);
    printable(text)
        .chars()
        .flat_map(|one| special(&one).then_some('\\').into_iter().chain([one]))
        .collect()
}

/// Text as it stands, in a cell.
fn code(text: &str) -> String {
    let text = printable(text).replace('|', r"\|");
    let ticks = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}
