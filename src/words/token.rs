//! Tokens by which nodes join.

use crate::inventory::bootstrap::TokenItem;

/// What a token is good for.
pub fn can(token: &TokenItem) -> &'static str {
    match (token.authenticates, token.signs) {
        (true, true) => "lets in, signs",
        (true, false) => "lets in",
        (false, true) => "signs only",
        (false, false) => "nothing",
    }
}
