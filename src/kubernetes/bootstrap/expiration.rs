//! Ending a bootstrap token in the manifest of its Secret, every other byte kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::Value;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::secret::TYPE;
use super::tokens_from_yaml;
use crate::kubernetes::yaml;
use crate::pki::moment::rfc3339;

/// Lines that are tried at most: each is read again as a whole.
const MOST: usize = 200;

/// Why a manifest cannot be changed. It is never damaged instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotChanged {
    /// No YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::YamlError),
    /// No Secret with this token's id stands in it, or several.
    #[error("it holds not exactly one bootstrap token of this id")]
    NotOne,
    /// The way in which it is written cannot be kept.
    #[error("its expiration is written in a way that cannot be changed in place")]
    Form,
}

/// The text with another expiration of the token `id`: `moment`, in whole seconds.
///
/// # Errors
/// [`NotChanged`]: the token is not there once, or the result would differ elsewhere too.
pub fn expire(
    text: &str,
    id: &str,
    moment: OffsetDateTime,
) -> Result<Zeroizing<String>, NotChanged> {
    if tokens_from_yaml(text)?
        .iter()
        .filter(|token| token.id == id)
        .count()
        != 1
    {
        return Err(NotChanged::NotOne);
    }
    let mut wanted = Wiped(yaml::values(text)?);
    let end = rfc3339(moment);
    let Some(plan) = wanted
        .0
        .iter_mut()
        .find_map(|document| set(document, id, &end))
    else {
        return Err(NotChanged::NotOne);
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let key = if plan.is_there {
        "expiration"
    } else {
        "token-id"
    };
    let candidates = (0..lines.len())
        .filter(|at| is_key(lines[*at], key))
        .take(MOST);
    for at in candidates {
        let edited = edited(&lines, at, &plan);
        // What reads as wanted is the right line.
        if let Ok(read) = yaml::values(&edited).map(Wiped)
            && read.0 == wanted.0
        {
            return Ok(edited);
        }
    }
    Err(NotChanged::Form)
}

/// Values that are overwritten in the end.
struct Wiped(Vec<Value>);

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(yaml::wipe);
    }
}

/// What is written: the value, and whether it takes the place of another one.
struct ExpirationChange {
    value: String,
    is_there: bool,
}

/// Sets the expiration where all is plain.
fn set(document: &mut Value, id: &str, end: &str) -> Option<ExpirationChange> {
    let is_list = yaml::objects(document).len() != 1 || document.get("items").is_some();
    if is_list {
        return document
            .get_mut("items")?
            .as_sequence_mut()?
            .iter_mut()
            .find_map(|item| set(item, id, end));
    }
    let is_text = |value: &Value, name: &str, text: &str| {
        value.get(name).and_then(Value::as_str) == Some(text)
    };
    if !is_text(document, "kind", "Secret") || !is_text(document, "type", TYPE) {
        return None;
    }
    let encoded = STANDARD.encode(id);
    let has = |part: &str, id: &str| {
        document
            .get(part)
            .is_some_and(|fields| is_text(fields, "token-id", id))
    };
    if !has("stringData", id) && !has("data", &encoded) {
        return None;
    }
    let holds = |part: &str, field: &str| {
        document
            .get(part)
            .is_some_and(|fields| fields.get(field).is_some())
    };
    // What stands in stringData wins.
    let (part, is_there) = if holds("stringData", "expiration") {
        ("stringData", true)
    } else if holds("data", "expiration") {
        ("data", true)
    } else if holds("stringData", "token-id") {
        ("stringData", false)
    } else {
        ("data", false)
    };
    let value = if part == "data" {
        STANDARD.encode(end)
    } else {
        end.to_owned()
    };
    document
        .get_mut(part)?
        .as_mapping_mut()?
        .insert("expiration".into(), value.as_str().into());
    Some(ExpirationChange { value, is_there })
}

/// The key with which a line begins, with what stands before and after it.
fn key_of(line: &str) -> Option<(&str, &str)> {
    let start = line.trim_start_matches([' ', '-']);
    let (key, _) = start.split_once(':')?;
    Some((&line[..line.len() - start.len()], key))
}

fn is_key(line: &str, key: &str) -> bool {
    key_of(line).is_some_and(|(_, found)| found.trim().trim_matches(['"', '\'']) == key)
}

/// The text with the value in the line `at`, or in a line of its own after that.
fn edited(lines: &[&str], at: usize, change: &ExpirationChange) -> Zeroizing<String> {
    let line = lines[at];
    let body = line.trim_end_matches(['\r', '\n']);
    let (indent, key) = key_of(line).unwrap_or_default();
    let is_json = body.ends_with(',') || key.starts_with('"');
    let comma = if body.ends_with(',') || (is_json && !change.is_there) {
        ","
    } else {
        ""
    };
    let comment = body
        .find(" #")
        .filter(|_| !is_json)
        .map_or("", |at| &body[at..]);
    let ending = &line[body.len()..];
    let length =
        lines.iter().map(|line| line.len()).sum::<usize>() + line.len() + change.value.len() + 32;
    let mut text = Zeroizing::new(String::with_capacity(length));
    lines[..at].iter().for_each(|line| text.push_str(line));
    let new = if change.is_there {
        format!(
            "{indent}{key}: \"{}\"{comma}{comment}{ending}",
            change.value
        )
    } else {
        // Before the line, so that a last line of JSON stays one without a comma.
        let name = if is_json {
            "\"expiration\""
        } else {
            "expiration"
        };
        let ending = if ending.is_empty() { "\n" } else { ending };
        format!(
            "{indent}{name}: \"{}\"{comma}{ending}{}",
            change.value,
            line.replacen("- ", "  ", usize::from(indent.contains('-')))
        )
    };
    text.push_str(&new);
    lines[at + 1..].iter().for_each(|line| text.push_str(line));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const END: OffsetDateTime = datetime!(2026-11-22 10:00:00.5 UTC);
    const HEAD: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: bootstrap-token-abcdef # mine\ntype: \
                        bootstrap.kubernetes.io/token\n";

    #[test]
    fn only_the_expiration_changes() -> Result<(), NotChanged> {
        let id = "token-id: abcdef\n  token-secret: 0123456789abcdef\n";
        for (body, line) in [
            (
                format!("stringData:\n  {id}  expiration: 2027-03-10T03:22:11Z # soon\n"),
                "  expiration: \"2026-11-22T10:00:00Z\" # soon",
            ),
            (format!("stringData:\n  {id}  \"expiration\": ''\n"), "  \"expiration\": \"2026-11-22T10:00:00Z\""),
            (format!("stringData:\n  {id}"), "  expiration: \"2026-11-22T10:00:00Z\""),
            (
                "data:\n  token-id: YWJjZGVm\n  token-secret: MDEyMzQ1Njc4OWFiY2RlZg==\n  expiration: eA==\n"
                    .to_owned(),
                "  expiration: \"MjAyNi0xMS0yMlQxMDowMDowMFo=\"",
            ),
        ] {
            let other = format!("---\n{HEAD}stringData:\n  token-id: zzzzzz\n  expiration: 2027-03-10T03:22:11Z\n");
            for text in [format!("{HEAD}{body}{other}"), format!("{other}---\n{HEAD}{body}")] {
                let edited = expire(&text, "abcdef", END)?;
                let old: Vec<&str> = text.lines().collect();
                let new: Vec<&str> = edited.lines().filter(|line| !old.contains(line)).collect();
                assert_eq!(new, [line], "{text}");
                let gone = old.iter().filter(|line| !edited.lines().any(|new| new == **line)).count();
                assert_eq!(gone, usize::from(body.contains("expiration")), "{text}");
                let tokens = tokens_from_yaml(&edited)?;
                let ends: Vec<_> =
                    tokens.iter().filter(|token| token.id == "abcdef").map(|token| token.expires).collect();
                assert_eq!(ends, [Some(END.truncate_to_second())], "{text}");
            }
        }
        Ok(())
    }

    #[test]
    fn json_and_lists_too() -> Result<(), NotChanged> {
        let json = "{\n  \"kind\": \"List\", \"items\": [ {\n  \"kind\": \"Secret\",\n  \"type\": \
                    \"bootstrap.kubernetes.io/token\",\n  \"stringData\": {\n    \"expiration\": \"2027-03-10T03:22:11Z\",\n    \
                    \"token-id\": \"abcdef\"\n  }\n} ] }\n";
        let without = json.replace("    \"expiration\": \"2027-03-10T03:22:11Z\",\n", "");
        for text in [json, &without] {
            let edited = expire(text, "abcdef", END)?;
            assert_eq!(
                tokens_from_yaml(&edited)?[0].expires,
                Some(END.truncate_to_second())
            );
        }
        Ok(())
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        let flow =
            format!("{HEAD}stringData: {{token-id: abcdef, expiration: 2027-03-10T03:22:11Z}}\n");
        let one = format!("{HEAD}stringData:\n  token-id: abcdef\n");
        for (text, id, expected) in [
            (flow.as_str(), "abcdef", NotChanged::Form),
            (&one, "zzzzzz", NotChanged::NotOne),
            (&format!("{one}---\n{one}"), "abcdef", NotChanged::NotOne),
            ("", "abcdef", NotChanged::NotOne),
        ] {
            assert_eq!(expire(text, id, END), Err(expected), "{text}");
        }
        assert!(matches!(expire("{", "a", END), Err(NotChanged::Yaml(_))));
    }
}
