//! YAML that may come from anywhere: bounded before it is parsed, never a crash.

use serde_yaml::Value;

/// Longest text that is parsed, in bytes: etcd keeps no object above 1.5 MiB, a kubeconfig of many clusters is far below.
pub(crate) const LONGEST: usize = 8 << 20;

/// Deepest nesting of flow collections and of indentation that is handed to the parser.
const DEEPEST: usize = 100;

/// Why a text is no YAML that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Above the bound.
    #[error("the text is longer than {} MiB", LONGEST >> 20)]
    TooLong,
    /// More brackets are open than any real file has.
    #[error("the text is nested deeper than {DEEPEST} levels")]
    TooDeep,
    /// What the parser says. It names places and never values.
    #[error("invalid YAML: {0}")]
    Invalid(String),
}

/// Parses one document. JSON is YAML.
pub(crate) fn value(text: &str) -> Result<Value, Error> {
    let text = bounded(text)?;
    serde_yaml::from_str(text).map_err(|error| Error::Invalid(words(&error)))
}

/// Parses every document of a stream; those before a damaged one are lost with it.
pub(crate) fn values(text: &str) -> Result<Vec<Value>, Error> {
    use serde::Deserialize as _;
    let text = bounded(text)?;
    serde_yaml::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).map_err(|error| Error::Invalid(words(&error))))
        .collect()
}

fn bounded(text: &str) -> Result<&str, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > LONGEST {
        return Err(Error::TooLong);
    }
    let mut open = 0usize;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            // Unbalanced brackets inside scalars must not add up over a long file.
            b'\n' if open > 0 && open < 10 => open = 0,
            _ => {}
        }
        if open > DEEPEST {
            return Err(Error::TooDeep);
        }
    }
    Ok(text)
}

/// The parser's message may quote a scalar, and a scalar may be a secret: only its kind and place are kept.
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
            format!("{text}a{n}: &a{n} [*a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}]\n", n - 1)
        });
        let indented = (0..2000).fold(String::new(), |text, n| format!("{text}{}a:\n", " ".repeat(n)));
        let dashes = "- ".repeat(100_000);
        for text in [&deep, &bomb, &indented, &dashes, &"x".repeat(LONGEST + 1)] {
            assert!(value(text).is_err(), "{}", &text[..40]);
            assert!(values(text).is_err(), "{}", &text[..40]);
        }
    }

    #[test]
    fn equal_keys_are_an_error() {
        assert!(matches!(value("a: 1\na: 2\n"), Err(Error::Invalid(_))));
    }

    #[test]
    fn messages_hold_no_value() {
        for text in
            ["token: \"hunter2\nx", "hunter2: 1\nhunter2: 2\n", "token: *hunter2", "token: !hunter2 [", "a: 'hunter2"]
        {
            let error = value(text).map_err(|error| error.to_string());
            assert!(error.as_ref().is_err_and(|error| !error.contains("hunter2")), "{error:?}");
        }
    }
}
