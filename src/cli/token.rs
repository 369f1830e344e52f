//! Tokens as documents; never the token itself.

use serde::Serialize;
use time::OffsetDateTime;

use super::document::some_text;
use crate::inventory::bootstrap::{TokenItem, TokenKind};
use crate::words::date;

/// One item of a `BootstrapTokenList`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenDocument {
    /// `null` for a line of a token file.
    pub(super) id: Option<String>,
    /// "secret" or "line".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<&'static str>,
    pub(super) path: String,
    pub(super) line: u32,
    pub(super) user: String,
    pub(super) groups: Vec<String>,
    pub(super) expires: Option<String>,
    /// "valid" or "expired".
    pub(super) state: &'static str,
    pub(super) authenticates: bool,
    pub(super) signs: bool,
    pub(super) description: Option<String>,
    pub(super) faults: Vec<String>,
    pub(super) kubeconfigs: Vec<String>,
}

/// A token as the contract has it; never the token itself.
pub(super) fn document(token: &TokenItem, at: OffsetDateTime) -> TokenDocument {
    TokenDocument {
        id: some_text(&token.id),
        kind: Some(match token.kind {
            TokenKind::Secret => "secret",
            TokenKind::Line => "line",
        }),
        path: token.path.to_string(),
        line: token.line,
        user: token.user.clone(),
        groups: token.groups.clone(),
        expires: token.expires.map(date::rfc3339),
        state: token.state(at).word(),
        authenticates: token.authenticates,
        signs: token.signs,
        description: some_text(&token.description),
        faults: token.faults.clone(),
        kubeconfigs: token.kubeconfigs.iter().map(ToString::to_string).collect(),
    }
}
