//! A page about something that is not there.

use ratatui::text::Span;

use super::super::document::Document;
use super::super::text;
use crate::model::Problem;

/// A page about something that a rescan took away.
pub(super) fn gone(name: &str) -> Document {
    Document {
        kind: "Gone",
        title: text::show(name),
        bottom: vec![Span::raw(
            Problem::new("it is not there any more")
                .hint("Esc goes back")
                .line(),
        )],
        ..Document::default()
    }
}
