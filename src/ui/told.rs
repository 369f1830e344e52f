//! The screen as lines, for `--plain`: nothing is drawn, what changed is told.

/// What a screen tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// The whole page, told when the user comes to it or when it changes.
    pub page: Vec<String>,
    /// The row under the cursor, told when only that changes.
    pub line: String,
}

/// A drawn line as it is spoken: runs of spaces become one.
pub(crate) fn spoken(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
