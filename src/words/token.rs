//! Tokens by which nodes join.

use time::OffsetDateTime;

use super::span;
use crate::inventory::bootstrap::{TokenItem, TokenState};

/// What a token is good for.
pub fn can(token: &TokenItem) -> &'static str {
    match (token.authenticates, token.signs) {
        (true, true) => "lets in, signs",
        (true, false) => "lets in",
        (false, true) => "signs only",
        (false, false) => "nothing",
    }
}

/// How long it still lets in at `moment`.
pub fn left(token: &TokenItem, moment: OffsetDateTime) -> String {
    match (token.state(moment), token.expires) {
        (TokenState::Faulty, _) => "faulty".to_owned(),
        (_, Some(end)) => span::left(end, moment),
        (_, None) => "never ends".to_owned(),
    }
}
