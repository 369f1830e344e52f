//! Shell commands as lines of a page.

use super::document::PageWriter;
use crate::model::theme::Tone;

/// Commands below their heading.
pub(crate) fn section(page: &mut PageWriter<'_>, heading: &str, commands: &[String]) {
    for (at, line) in commands.iter().enumerate() {
        if at == 0 {
            page.heading(heading);
        }
        command(page, line);
    }
}

/// One command: `y` on it copies it.
pub(crate) fn command(page: &mut PageWriter<'_>, text: &str) {
    page.text(vec![(text, Tone::Text)]).copies(text);
}
