//! Documents to bytes: JSON whose raw bytes hold no hidden character, YAML of the same shape, and
//! standard output.

use std::io::{self, BufWriter, Write as _};
use std::sync::Mutex;

use serde::{Serialize, Serializer};

use super::failure::Failure;
use crate::pki::text::{is_hidden, printable};
use crate::progress::{Progress, silent};

/// Bytes that are handed to the system at a time.
const PIECE: usize = 64 << 10;

/// `document` as indented JSON. Control characters and bidi marks are written as `\uXXXX`: a parser
/// gets the true value, a terminal gets nothing that moves its cursor.
pub(crate) fn json(document: &impl Serialize) -> Result<String, Failure> {
    let mut out = Vec::new();
    write_json(&mut out, document).map_err(|error| not_json(&error))?;
    String::from_utf8(out).map_err(|error| not_json(&error))
}

/// The same to standard output, piece by piece: of a large master the whole text would be ten times
/// what is read of it.
pub(crate) fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(PIECE, io::stdout().lock());
    match write_json(&mut out, document).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(not_json(&error)),
        written => printed(written),
    }
}

fn not_json(error: &dyn std::error::Error) -> Failure {
    Failure::internal("the answer cannot be written as JSON").because(error.to_string())
}

fn write_json(out: &mut impl io::Write, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(Visible(&mut *out), document)?;
    out.write_all(b"\n")
}

/// Writes text of a JSON document, hidden characters escaped. Outside of its strings all is ASCII,
/// and serde_json has escaped C0 already: a bare one is its own line feed.
struct Visible<'a, W>(&'a mut W);

impl<W: io::Write> io::Write for Visible<'_, W> {
    /// Takes whole pieces of text, as serde_json hands them over.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.iter().all(|byte| *byte < 0x7f) {
            return self.0.write_all(bytes).map(|()| bytes.len());
        }
        let mut rest = std::str::from_utf8(bytes)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let is_escaped = |character: char| character >= '\u{7f}' && is_hidden(character);
        while let Some((at, character)) = rest
            .char_indices()
            .find(|(_, character)| is_escaped(*character))
        {
            self.0.write_all(&rest.as_bytes()[..at])?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(self.0, "\\u{unit:04x}")?;
            }
            rest = &rest[at + character.len_utf8()..];
        }
        self.0.write_all(rest.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Items that are made one by one while they are written.
pub(crate) struct Each<'a, T, F>(pub(crate) &'a [T], pub(crate) F);

impl<T, D: Serialize, F: Fn(&T) -> D> Serialize for Each<'_, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(&self.1))
    }
}

/// `document` as YAML of the same shape.
pub(crate) fn yaml(document: &impl Serialize) -> Result<String, Failure> {
    super::yaml::to_yaml(&json(document)?)
}

/// Writes data to standard output. A reader that went away (`| head`) is no failure.
pub(crate) fn print(data: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    printed(out.write_all(data.as_bytes()).and_then(|()| out.flush()))
}

fn printed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
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
        assert!(
            !text
                .chars()
                .any(|character| character != '\n' && is_hidden(character)),
            "{text}"
        );
        let back: Vec<String> = serde_json::from_str(&text).unwrap();
        assert_eq!(back, value);
    }

    #[test]
    fn items_are_written_as_a_list_of_them_is() {
        let items = ["a", "\u{202e}", "\"\u{e0041}\n"];
        let made = json(&Each(&items, |item: &&str| item.repeat(2))).unwrap();
        assert_eq!(made, json(&items.map(|item| item.repeat(2))).unwrap());
        let none: [&str; 0] = [];
        assert_eq!(
            json(&Each(&none, |item: &&str| item.len())).unwrap(),
            "[]\n"
        );
    }
}
