//! Who did something, and how far it came.

use std::fmt::Write as _;

use super::Meaning;
use crate::pki::text::printable;
use crate::record::{By, Operation, OperationState, RestartState};

/// "root (alice) from 10.0.0.5".
pub fn by(by: &By) -> String {
    let mut words = printable(&by.user).into_owned();
    if let Some(sudo) = by.sudo_user.as_deref().filter(|sudo| *sudo != by.user) {
        let _ = write!(words, " ({})", printable(sudo));
    } else if let Some(uid) = by.login_uid.filter(|uid| *uid != 0) {
        let _ = write!(words, " (logged in as {uid})");
    }
    if let Some(from) = by
        .ssh_connection
        .as_deref()
        .and_then(|connection| connection.split_whitespace().next())
    {
        let _ = write!(words, " from {}", printable(from));
    }
    words
}

/// How far an operation came, in a word or two, and what to know of it beside that; mostly nothing.
pub fn state(operation: &Operation) -> (&'static str, &'static str, Meaning) {
    match operation.state {
        _ if operation.undone_by.is_some() => ("undone", "", Meaning::Dim),
        OperationState::Undone => ("undone", "", Meaning::Dim),
        OperationState::Done => ("done", "", Meaning::Text),
        OperationState::RolledBack => ("not done", "all is as it was", Meaning::Warn),
        OperationState::Prepared | OperationState::Committing => ("unfinished", "", Meaning::Bad),
    }
}

/// The same in a row, of an operation whose restarts still wait with these states; `is_narrow`: in
/// fewer cells.
pub fn progress(
    operation: &Operation,
    open: &[RestartState],
    is_narrow: bool,
) -> (String, Meaning) {
    let (state, _, meaning) = state(operation);
    let all_unproven = open.iter().all(|state| *state == RestartState::Unproven);
    let wide_or = |wide: &str, narrow: &str| (if is_narrow { narrow } else { wide }).to_owned();
    let words = match open.len() {
        0 => return (state.to_owned(), meaning),
        _ if open.contains(&RestartState::Begun) => wide_or("restart interrupted", "cut off"),
        _ if open.contains(&RestartState::Failed) => wide_or("restart failed", "failed"),
        number if all_unproven => wide_or(&format!("{number} to prove"), "prove"),
        number => wide_or(&format!("{number} to restart"), "restart"),
    };
    (words, Meaning::Warn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_did_it_is_said_as_far_as_it_is_known() {
        let root = || By {
            user: "root".to_owned(),
            ..By::default()
        };
        let ssh = Some("10.0.0.5 52000 10.0.0.10 22".to_owned());
        for (one, expected) in [
            (root(), "root"),
            (
                By {
                    sudo_user: Some("alice".to_owned()),
                    login_uid: Some(1000),
                    ..root()
                },
                "root (alice)",
            ),
            (
                By {
                    login_uid: Some(1000),
                    ssh_connection: ssh,
                    ..root()
                },
                "root (logged in as 1000) from 10.0.0.5",
            ),
            (
                By {
                    login_uid: Some(0),
                    ..root()
                },
                "root",
            ),
        ] {
            assert_eq!(by(&one), expected);
        }
    }
}
