//! Documents to bytes: JSON whose raw bytes hold no hidden character, YAML of the same shape, and standard output.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::Mutex;

use serde::Serialize;

use super::failure::Failure;
use crate::pki::text::{is_hidden, printable};
use crate::progress::{Progress, silent};

/// `document` as indented JSON. Control characters and bidi marks are written as `\uXXXX`: a parser gets the
/// true value, a terminal gets nothing that moves its cursor.
pub(crate) fn json(document: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::internal("the answer cannot be written as JSON").because(error.to_string()))?;
    let mut out = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        // serde_json has escaped C0 already; a bare one here is its own line feed. Outside of strings all is ASCII.
        if character >= '\u{7f}' && is_hidden(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out.push('\n');
    Ok(out)
}

/// `document` as YAML of the same shape.
pub(crate) fn yaml(document: &impl Serialize) -> Result<String, Failure> {
    super::yaml::to_yaml(&json(document)?)
}

/// Writes data to standard output. A reader that went away (`| head`) is no failure.
pub(crate) fn print(data: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(data.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::unable("cannot write to standard output").because(error.to_string()))
        }
        _ => Ok(()),
    }
}

/// Writes words to standard error. Where even that fails there is nobody left to tell.
pub(crate) fn tell(words: &str) {
    let _ = io::stderr().lock().write_all(words.as_bytes());
}

/// Tells how far work is, where that is wanted; each thing once.
pub(crate) fn report(wanted: bool) -> impl Fn(Progress) -> bool + Sync {
    let last = Mutex::new(String::new());
    move |progress| {
        let words = progress.words();
        if let Ok(mut last) = last.lock()
            && wanted
            && *last != words
        {
            tell(&format!("kubepki: {}\n", printable(&words)));
            *last = words;
        }
        silent(progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_no_hidden_bytes_and_the_true_value() {
        let value = vec!["a\u{202e}b\u{1b}[31m\u{7f}\u{85}\u{e0041}ok мастер 主"];
        let text = json(&value).unwrap();
        assert!(!text.chars().any(|character| character != '\n' && is_hidden(character)), "{text}");
        let back: Vec<String> = serde_json::from_str(&text).unwrap();
        assert_eq!(back, value);
    }
}
