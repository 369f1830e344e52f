//! YAML that may come from anywhere: bounded before it is parsed, never a crash.

mod tree;
mod write;

use std::borrow::Cow;

use serde::de::Deserialize;
use serde_yaml::Value;
use zeroize::Zeroize as _;

use crate::pki::text::is_hidden;
use tree::YamlTree;

pub(crate) use write::to_text;

/// Longest text that is parsed, in bytes: etcd keeps no object above 1.5 MiB, a kubeconfig of many
/// clusters is far below.
pub(crate) const LONGEST: usize = 4 << 20;

/// Deepest nesting of flow collections and of indentation that is handed to the parser.
const DEEPEST: usize = 100;

/// Brackets times bytes of a text in which brackets cannot be told from text: for each token the
/// parser looks at every bracket that is open.
const MOST_WORK: usize = 1 << 31;

/// Lines that begin as directives do (YAML 1.1 §4.6): the parser compares each with all before it.
const MOST_DIRECTIVES: usize = 100;

/// Why a text is no YAML that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// Above the bound.
    #[error("the text is longer than {} MiB", LONGEST >> 20)]
    TooLong,
    /// More brackets are open than any real file has.
    #[error("the text is nested deeper than {DEEPEST} levels")]
    TooDeep,
    /// Its parsing would cost more than any real file's.
    #[error("the text has more brackets or directives than can be parsed in a text of its length")]
    TooMuchWork,
    /// What the parser says. It names places and never values.
    #[error("invalid YAML: {0}")]
    Invalid(String),
}

/// Parses one document. JSON is YAML.
pub(crate) fn value(text: &str) -> Result<Value, YamlError> {
    let text = bounded(text)?;
    serde_yaml::from_str(text).map_err(|error| YamlError::Invalid(words(&error)))
}

/// Parses one document the way kubectl does: of two equal keys in a map the last one counts, and
/// `<<` is merged. The second value names the keys that stand twice, by their dotted path.
pub(crate) fn value_and_doubles(text: &str) -> Result<(Value, Vec<String>), YamlError> {
    let text = bounded(text)?;
    let node: YamlTree =
        serde_yaml::from_str(text).map_err(|error| YamlError::Invalid(words(&error)))?;
    let mut doubles = Vec::new();
    let mut value = node.into_value("", &mut doubles);
    value
        .apply_merge()
        .map_err(|error| YamlError::Invalid(words(&error)))?;
    Ok((value, doubles))
}

/// The objects of a document: itself, or the items of a List.
pub(crate) fn objects(document: &Value) -> Vec<&Value> {
    let is_list = document
        .get("kind")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind.ends_with("List"));
    match document
        .get("items")
        .and_then(Value::as_sequence)
        .filter(|_| is_list)
    {
        Some(items) => items.iter().collect(),
        None => vec![document],
    }
}

/// Overwrites every string of a value that may hold secrets.
pub(crate) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Sequence(items) => items.iter_mut().for_each(wipe),
        Value::Mapping(fields) => fields.values_mut().for_each(wipe),
        Value::Tagged(tagged) => wipe(&mut tagged.value),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A scalar as text: kubectl takes a number for a name too.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `text` as a scalar that every reader of YAML 1.1 and 1.2 takes for this very text: plain where
/// nothing can be mistaken in it, else in double quotes.
pub(crate) fn scalar(text: &str) -> Cow<'_, str> {
    if is_plain(text, "", "-_./:@") {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(quoted(text))
    }
}

/// True for what every reader takes for the same text without quotes. Deliberately narrow: it
/// begins with a letter or one of `first`, goes on with letters, digits and `others`, which the
/// caller takes from those that mean nothing inside of a scalar (`-_./+@%,=*[]:` and a space), and
/// is no word of YAML 1.1 (<https://yaml.org/type/bool.html>, null.html, float.html).
pub(crate) fn is_plain(text: &str, first: &str, others: &str) -> bool {
    const WORDS: [&str; 14] = [
        "y", "yes", "n", "no", "true", "false", "on", "off", "null", "nan", "inf", "infinity",
        "none", "e",
    ];
    let begins = text.starts_with(|one: char| one.is_ascii_alphabetic() || first.contains(one));
    let goes_on = text
        .chars()
        .all(|one| one.is_ascii_alphanumeric() || first.contains(one) || others.contains(one));
    let is_key = text.ends_with([':', ' ']) || text.contains(": ");
    begins && goes_on && !is_key && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// `text` in double quotes; what a reader may refuse or a terminal obey is escaped (YAML 1.1 §5.1,
/// §5.7).
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_quoted(&mut out, text, |one| is_hidden(one) || !is_printable(one));
    out
}

/// The same at the end of `out`, which may have its room already; what is `hidden` is escaped, as
/// JSON reads it too.
pub(crate) fn push_quoted(out: &mut String, text: &str, hidden: impl Fn(char) -> bool) {
    use std::fmt::Write as _;
    out.push('"');
    for one in text.chars() {
        match one {
            '"' | '\\' => out.extend(['\\', one]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if hidden(one) => {
                let _ = match u32::from(one) {
                    code @ ..=0xffff => write!(out, "\\u{code:04x}"),
                    code => write!(out, "\\U{code:08x}"),
                };
            }
            _ => out.push(one),
        }
    }
    out.push('"');
}

/// YAML 1.1 c-printable; PyYAML refuses a document that holds anything else.
fn is_printable(one: char) -> bool {
    matches!(one, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Parses every document of a stream; those before a damaged one are lost with it.
pub(crate) fn values(text: &str) -> Result<Vec<Value>, YamlError> {
    let text = bounded(text)?;
    serde_yaml::Deserializer::from_str(text)
        .map(|document| {
            Value::deserialize(document).map_err(|error| YamlError::Invalid(words(&error)))
        })
        .collect()
}

/// The text without its byte order mark, if it may be given to the parser.
///
/// # Errors
/// [`YamlError::TooLong`], [`YamlError::TooDeep`], [`YamlError::TooMuchWork`].
pub(crate) fn bounded(text: &str) -> Result<&str, YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > LONGEST {
        return Err(YamlError::TooLong);
    }
    if is_shallow_json(text) {
        return Ok(text);
    }
    // Brackets inside scalars count too: no file that belongs here leaves so many of them open.
    let (mut open, mut all) = (0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => (open, all) = (open + 1, all + 1),
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > DEEPEST {
            return Err(YamlError::TooDeep);
        }
    }
    // Those that seem to be closed may be so inside of scalars only, and stay open.
    let directives = text.lines().filter(|line| line.starts_with('%')).count();
    if all.saturating_mul(text.len()) > MOST_WORK || directives > MOST_DIRECTIVES {
        return Err(YamlError::TooMuchWork);
    }
    Ok(text)
}

/// True for one JSON document (RFC 8259) of bounded depth: there brackets can be told from text.
fn is_shallow_json(text: &str) -> bool {
    let (mut bytes, mut open) = (text.bytes(), 0usize);
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' if open < DEEPEST => open += 1,
            b']' | b'}' if open > 1 => open -= 1,
            b']' | b'}' if open == 1 => return bytes.all(|rest| rest.is_ascii_whitespace()),
            b'"' if open > 0 => {
                while let Some(inner) = bytes.next().filter(|inner| *inner != b'"') {
                    if inner == b'\\' {
                        bytes.next();
                    }
                }
            }
            b',' | b':' | b'+' | b'-' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z'
                if open > 0 => {}
            _ if byte.is_ascii_whitespace() => {}
            _ => return false,
        }
    }
    false
}

/// The parser's message may quote a scalar, and a scalar may be a secret: only its kind and place
/// are kept.
fn words(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    let quoted = text.contains('"') || text.contains('`') || text.contains('\'');
    match (quoted, error.location()) {
        (false, _) => text,
        (true, Some(place)) => format!("line {} column {}", place.line(), place.column()),
        (true, None) => "a value is not what belongs there".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_an_error() {
        let deep = "[".repeat(100_000);
        let bomb = (1..30).fold("a0: &a0 x\n".to_owned(), |text, n| {
            format!(
                "{text}a{n}: &a{n} [*a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}]\n",
                n - 1
            )
        });
        let indented = (0..2000).fold(String::new(), |text, n| {
            format!("{text}{}a:\n", " ".repeat(n))
        });
        let dashes = "- ".repeat(100_000);
        let lines = "{a: \n".repeat(10_000);
        for text in [
            &deep,
            &lines,
            &bomb,
            &indented,
            &dashes,
            &"x".repeat(LONGEST + 1),
        ] {
            assert!(value(text).is_err(), "{}", &text[..40]);
            assert!(values(text).is_err(), "{}", &text[..40]);
            assert!(value_and_doubles(text).is_err(), "{}", &text[..40]);
        }
    }

    #[test]
    fn scalars_come_back_as_they_were() {
        for (text, written) in [
            ("kubeadm:kubelet-bootstrap", "kubeadm:kubelet-bootstrap"),
            ("https://10.0.0.1:6443", "https://10.0.0.1:6443"),
            (
                "tls-bootstrap-token-user@kubernetes",
                "tls-bootstrap-token-user@kubernetes",
            ),
            ("123456", "\"123456\""),
            ("1e1000", "\"1e1000\""),
            ("07401b", "\"07401b\""),
            ("yes", "\"yes\""),
            ("Null", "\"Null\""),
            ("a: b", "\"a: b\""),
            ("a:", "\"a:\""),
            ("", "\"\""),
            ("say \"a\\b\"", "\"say \\\"a\\\\b\\\"\""),
            ("a\nb\u{1b}\u{85}\u{202e}", "\"a\\nb\\u001b\\u0085\\u202e\""),
            ("мастер 主", "\"мастер 主\""),
        ] {
            assert_eq!(scalar(text), written);
            assert_eq!(value(&scalar(text)), Ok(Value::from(text)), "{text}");
        }
    }

    #[test]
    fn equal_keys_are_seen() {
        assert!(matches!(value("a: 1\na: 2\n"), Err(YamlError::Invalid(_))));
        let (value, doubles) =
            value_and_doubles("a:\n- {b: 1, c: 0, b: 2}\nd: x\nd: y\n").unwrap_or_default();
        assert_eq!(doubles, ["a[0].b", "d"]);
        assert_eq!(value["a"][0]["b"], Value::from(2));
        assert_eq!(value["d"], Value::from("y"));
    }

    #[test]
    fn messages_hold_no_value() {
        for text in [
            "token: \"hunter2\nx",
            "hunter2: 1\nhunter2: 2\n",
            "token: *hunter2",
            "token: !hunter2 [",
            "a: 'hunter2",
        ] {
            let error = value(text).map_err(|error| error.to_string());
            assert!(
                error
                    .as_ref()
                    .is_err_and(|error| !error.contains("hunter2")),
                "{error:?}"
            );
        }
    }
}
