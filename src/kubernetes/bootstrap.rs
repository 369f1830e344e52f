//! Bootstrap tokens and token files.

/// The id of a bootstrap token `id.secret` (cluster-bootstrap token/api/types.go, BootstrapTokenPattern).
pub(crate) fn token_id(token: &str) -> Option<&str> {
    let (id, secret) = token.split_once('.')?;
    let word =
        |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (word(id, 6) && word(secret, 16)).then_some(id)
}
