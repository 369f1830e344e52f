//! The screen as lines, for `--plain`: nothing is drawn, what changed is told.

/// What a screen tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spoken {
    /// The whole page, told when the user comes to it or when it changes.
    pub page: Vec<String>,
    /// The row under the cursor, told when only that changes.
    pub line: String,
}

/// A drawn line as it is spoken: runs of spaces become one.
pub(crate) fn spoken(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Parts that stand apart, with a comma between them: without it a voice runs them together.
pub(crate) fn listed(text: &str) -> String {
    let parts = text
        .split("  ")
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts.map(spoken).collect::<Vec<_>>().join(", ")
}
