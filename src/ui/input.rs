//! One line of text that the user types.

use tui_input::{Input, InputRequest};

use crate::model::Key;
use crate::model::key::{KeyCode, Named};

/// Gives a key to a line of text; `true`: the text has changed.
pub(crate) fn edit(input: &mut Input, key: Key) -> bool {
    let request = match key.code {
        KeyCode::Char('u') if key.control => InputRequest::DeleteLine,
        KeyCode::Char('w') if key.control => InputRequest::DeletePrevWord,
        KeyCode::Char('a') if key.control => InputRequest::GoToStart,
        KeyCode::Char('e') if key.control => InputRequest::GoToEnd,
        KeyCode::Char(character) if !key.control && !key.alt => InputRequest::InsertChar(character),
        KeyCode::Named(Named::Backspace) => InputRequest::DeletePrevChar,
        KeyCode::Named(Named::Delete) => InputRequest::DeleteNextChar,
        KeyCode::Named(Named::Left) => InputRequest::GoToPrevChar,
        KeyCode::Named(Named::Right) => InputRequest::GoToNextChar,
        KeyCode::Named(Named::Home) => InputRequest::GoToStart,
        KeyCode::Named(Named::End) => InputRequest::GoToEnd,
        _ => return false,
    };
    input.handle(request).is_some_and(|change| change.value)
}

/// The most characters that a paste brings.
const MOST_PASTED: usize = 4000;

/// The first line of a pasted text: terminals paste a carriage return where the text has a line
/// feed.
pub(crate) fn first_line(pasted: &str) -> &str {
    pasted.split(['\r', '\n']).next().unwrap_or("")
}

/// Puts pasted text into a line: its first line, without control characters.
pub(crate) fn insert(input: &mut Input, pasted: &str) {
    for character in first_line(pasted)
        .chars()
        .filter(|character| !character.is_control())
        .take(MOST_PASTED)
    {
        let _ = input.handle(InputRequest::InsertChar(character));
    }
}
