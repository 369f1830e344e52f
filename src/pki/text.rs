//! Showing text from certificates safely.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with control characters, bidi marks and other invisible characters written as `\u{…}`, so
/// that a name from a certificate can neither move the cursor nor pretend to be another one
/// (Unicode TR36 §3.5; CVE-2021-42574).
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_hidden(character) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// `text` as one word for a POSIX shell; hidden characters are spelled out.
pub fn quoted(text: &str) -> Cow<'_, str> {
    let text = printable(text);
    let harmless =
        |character: char| character.is_ascii_alphanumeric() || "/._-+:@%,=".contains(character);
    if !text.is_empty() && text.chars().all(harmless) {
        return text;
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or(path)
}

/// Enough of a serial number (hexadecimal) to know it by, as "0bba…102a": some issuers count up
/// from a random number, and their certificates differ in the last digits alone.
pub fn short_serial(serial: &str) -> Cow<'_, str> {
    match (
        serial.get(..4),
        serial
            .len()
            .checked_sub(4)
            .and_then(|end| serial.get(end..)),
    ) {
        (Some(first), Some(last)) if serial.len() > 9 => Cow::Owned(format!("{first}…{last}")),
        _ => Cow::Borrowed(serial),
    }
}

/// Control characters (C0, DEL, C1), bidi controls, zero-width and line separators, tags, variation
/// fillers.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_spelled_out() {
        for (input, expected) in [
            ("kube-apiserver", "kube-apiserver"),
            ("a\x1b[31mb", "a\\u{1b}[31mb"),
            ("abc\u{202e}def", "abc\\u{202e}def"),
            ("a\u{9b}b\nc", "a\\u{9b}b\\u{a}c"),
            ("мастер-主", "мастер-主"),
        ] {
            assert_eq!(printable(input), expected);
        }
    }

    #[test]
    fn both_ends_of_a_serial_number() {
        for (serial, expected) in [
            ("14d18ea96fe52df6", "14d1…2df6"),
            ("0bba277f2d1c0e5a102a", "0bba…102a"),
            ("0bba277f2d1c0e5a102b", "0bba…102b"),
            ("-8000277f2d1c", "-800…2d1c"),
            ("123456789", "123456789"),
            ("05", "05"),
            ("", ""),
            ("aсерийный", "aсерийный"),
        ] {
            assert_eq!(short_serial(serial), expected);
        }
    }

    #[test]
    fn words_for_a_shell() {
        for (text, expected) in [
            ("/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/ca.crt"),
            ("/etc/my certs/a.crt", "'/etc/my certs/a.crt'"),
            ("a'b$(id)", r"'a'\''b$(id)'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
