//! What is held of every text that comes out.

use std::fmt::{Debug, Display};

use kubepki::pki::text::is_hidden;

/// A sentence of kubepki's own can be shown as it stands.
pub(crate) fn is_one_line(sentence: &impl Display) {
    let sentence = sentence.to_string();
    assert!(
        !sentence.is_empty() && !sentence.chars().any(is_hidden),
        "{sentence:?}"
    );
}

/// A secret that stands once in what was read stands nowhere in what is shown of it. Short ones may
/// do so by chance, as may those that look like a field's name.
pub(crate) fn is_kept(secret: &str, text: &str, shown: &impl Debug) {
    let is_telling = secret.len() >= 16
        && secret.contains(|one: char| one.is_ascii_digit() || one.is_uppercase());
    if is_telling && text.matches(secret).count() == 1 {
        let shown = format!("{shown:?}");
        assert!(!shown.contains(secret), "{secret:?} in {shown}");
    }
}
