//! Shell commands as lines of a page.

use super::document::PageWriter;
use crate::model::theme::Tone;

/// Commands below their heading, where a shell reaches what they are about.
pub(crate) fn section(page: &mut PageWriter<'_>, heading: &str, commands: &[String]) {
    let reached = commands.iter().filter(|_| page.is_of_files());
    for (at, line) in reached.collect::<Vec<_>>().into_iter().enumerate() {
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
