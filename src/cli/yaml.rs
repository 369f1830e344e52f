//! JSON to YAML that YAML 1.1 readers (kubectl, PyYAML) read as the same values: whatever could be
//! taken for a boolean, number, date, sexagesimal or null comes out quoted. serde_yaml's family
//! quotes for YAML 1.2 only.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::failure::Failure;
use crate::kubernetes::yaml;

/// A JSON value that keeps the order of its fields.
enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

/// One JSON document as one YAML document.
pub(super) fn to_yaml(json: &str) -> Result<String, Failure> {
    let value: Value = serde_json::from_str(json).map_err(|error| {
        Failure::internal("the answer cannot be written as YAML").because(error.to_string())
    })?;
    let mut out = String::new();
    match &value {
        Value::Map(fields) if !fields.is_empty() => map(&mut out, fields, 0),
        Value::List(items) if !items.is_empty() => list(&mut out, items, 0),
        other => {
            scalar(&mut out, other);
            out.push('\n');
        }
    }
    Ok(out)
}

fn map(out: &mut String, fields: &[(String, Value)], indent: usize) {
    for (position, (key, value)) in fields.iter().enumerate() {
        if position > 0 {
            pad(out, indent);
        }
        text(out, key);
        out.push(':');
        match value {
            Value::Map(inner) if !inner.is_empty() => {
                out.push('\n');
                pad(out, indent + 2);
                map(out, inner, indent + 2);
            }
            // As kubectl does: a list stands at the indentation of its key.
            Value::List(items) if !items.is_empty() => {
                out.push('\n');
                pad(out, indent);
                list(out, items, indent);
            }
            other => {
                out.push(' ');
                scalar(out, other);
                out.push('\n');
            }
        }
    }
}

fn list(out: &mut String, items: &[Value], indent: usize) {
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            pad(out, indent);
        }
        out.push_str("- ");
        match item {
            Value::Map(inner) if !inner.is_empty() => map(out, inner, indent + 2),
            Value::List(inner) if !inner.is_empty() => list(out, inner, indent + 2),
            other => {
                scalar(out, other);
                out.push('\n');
            }
        }
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn scalar(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(digits) => out.push_str(digits),
        Value::Text(value) => text(out, value),
        Value::List(_) => out.push_str("[]"),
        Value::Map(_) => out.push_str("{}"),
    }
}

fn text(out: &mut String, value: &str) {
    if yaml::is_plain(value, "/", "._- @+") {
        out.push_str(value);
    } else {
        out.push_str(&yaml::quoted(value));
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element()? {
            found.push(item);
        }
        Ok(Value::List(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        while let Some(field) = fields.next_entry()? {
            found.push(field);
        }
        Ok(Value::Map(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_and_quotes() {
        let json = r#"{"kind":"List","at":"2026-11-22T01:06:32Z","n":-3,"empty":[],"none":null,
            "items":[{"id":"yes","tags":["on","12:30","1_000","ca","a: b","- x",""]},{"id":"/etc/a b.crt","t":true}]}"#;
        assert_eq!(
            to_yaml(json).unwrap(),
            r#"kind: List
at: "2026-11-22T01:06:32Z"
"n": -3
empty: []
"none": null
items:
- id: "yes"
  tags:
  - "on"
  - "12:30"
  - "1_000"
  - ca
  - "a: b"
  - "- x"
  - ""
- id: /etc/a b.crt
  t: true
"#
        );
    }

    #[test]
    fn hidden_characters_are_escaped() {
        let json = serde_json::to_string("a\u{202e}\u{1b}\u{85}\u{e0041}\u{fffe}é\\\"").unwrap();
        assert_eq!(
            to_yaml(&json).unwrap(),
            "\"a\\u202e\\u001b\\u0085\\U000e0041\\ufffeé\\\\\\\"\"\n"
        );
    }
}
