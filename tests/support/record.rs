//! Journals that somebody has written by hand: with the checksum that they should bear, or without
//! one.

use kubepki::pki::{hex, sha256};

/// A journal's text without its checksum, as earlier releases wrote them.
pub(crate) fn unsealed(text: &str) -> String {
    let body = text
        .rsplit_once(",\n  \"checksum\": ")
        .map_or_else(|| text.trim_end_matches("\n}\n"), |(body, _)| body);
    format!("{body}\n}}\n")
}

/// A journal's text with the checksum of what it says.
pub(crate) fn sealed(text: &str) -> String {
    let whole = unsealed(text);
    let body = whole.trim_end_matches("\n}\n");
    format!(
        "{body},\n  \"checksum\": \"{}\"\n}}\n",
        hex(&sha256(body.as_bytes()))
    )
}
