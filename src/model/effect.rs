//! What a screen wants to happen outside of itself.

use time::OffsetDateTime;

use super::{Action, Problem, Route};

/// The application applies these in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Put the route's screen on top.
    Open(Route),
    /// Take the top screen away.
    Close,
    /// Take the top screen away, then do this as if its key had been pressed.
    CloseAndRun(Action),
    /// Take the top screen away, then open this.
    CloseAndOpen(Route),
    /// Text for the clipboard, and what it is in words.
    Copy {
        /// The text.
        text: String,
        /// As "the PEM of apiserver".
        what: String,
    },
    /// A line in the footer until the next key.
    Say(Problem),
    /// Judge everything for this moment; `None`: for now.
    SetLens(Option<OffsetDateTime>),
}
