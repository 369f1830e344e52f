//! A value as a block of YAML that readers of 1.1 and 1.2 read alike.

use serde_yaml::Value;

use super::scalar;

/// The document of a value, with its last newline.
pub(crate) fn to_text(value: &Value) -> String {
    let mut out = String::new();
    push(&mut out, value, 0);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// Writes it where the cursor stands; what has members begins on a line of its own.
fn push(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Mapping(fields) if !fields.is_empty() => {
            for (at, (key, value)) in fields.iter().enumerate() {
                if at > 0 {
                    indent(out, depth);
                }
                push(out, key, depth);
                out.push(':');
                push_member(out, value, depth);
            }
        }
        Value::Sequence(members) if !members.is_empty() => {
            for (at, member) in members.iter().enumerate() {
                if at > 0 {
                    indent(out, depth);
                }
                out.push('-');
                out.push(' ');
                push(out, member, depth + 1);
                end_line(out);
            }
        }
        Value::Mapping(_) => out.push_str("{}"),
        Value::Sequence(_) => out.push_str("[]"),
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => out.push_str(&scalar(text)),
        Value::Tagged(tagged) => push(out, &tagged.value, depth),
    }
}

/// What stands behind a key and its colon, to the end of the line.
fn push_member(out: &mut String, value: &Value, depth: usize) {
    let below = match value {
        Value::Mapping(fields) if !fields.is_empty() => Some(depth + 1),
        // As kubectl writes them: a list stands as far left as its key.
        Value::Sequence(members) if !members.is_empty() => Some(depth),
        _ => None,
    };
    if let Some(depth) = below {
        out.push('\n');
        indent(out, depth);
        push(out, value, depth);
    } else {
        out.push(' ');
        push(out, value, depth);
    }
    end_line(out);
}

fn end_line(out: &mut String) {
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

fn indent(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::yaml;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "a: 1\nb:\n- c: yes it is\n  d: []\n- - x\n  - y\n- {}\ne: null\nf: 'on'\n",
            "{\"a\": {\"b\": {\"c\": [1, true, \"12:30\", \"line\\nline\", \"\\u001b[31m\"]}}}",
            "'12:30': 0x\n'no': ~\n",
            "[]",
            "- a\n- - - b\n",
            "a: |\n  text\n  more\n",
            "a: -0.5\nb: 1e400\nc: '1e3'\n",
        ] {
            let value = yaml::value(text).unwrap();
            let written = to_text(&value);
            assert_eq!(yaml::value(&written).unwrap(), value, "{written}");
        }
    }
}
