//! Exchanging bytes of a kubeconfig's text.

use std::ops::Range;

use zeroize::Zeroizing;

use super::place::{Field, Fields, Tree};
use super::{Edit, EditError};
use crate::kubernetes::yaml;

/// Sets a field: in its place, in the place of its other form, or before the first field.
pub(super) fn set(
    text: &str,
    edit: &Edit,
    instead_of: Option<&Edit>,
) -> Result<Zeroizing<String>, EditError> {
    let fields = fields(text, edit)?;
    let value = edit.value.as_ref().map_or("", |value| value.as_str());
    if let Some(position) = fields.position(edit.field) {
        return replace(text, edit, &fields.list()[position], value);
    }
    if let Some(position) = instead_of.and_then(|other| fields.position(other.field)) {
        let field = &fields.list()[position];
        let name = scalar(edit.field, &text[field.key.clone()], edit);
        // The value first: what stands before it does not move.
        let text = replace(text, edit, field, value)?;
        return Ok(spliced(&text, field.key.clone(), &[&name]));
    }
    match &fields {
        Fields::Block(list) => insert_line(text, edit, list, value),
        Fields::Flow { range, fields } => Ok(insert_in_braces(text, edit, range, fields, value)),
        Fields::Null(range) => {
            let (name, value) = (quoted(edit.field), quoted(value));
            Ok(spliced(
                text,
                range.clone(),
                &[gap(range), "{", &name, ": ", &value, "}"],
            ))
        }
    }
}

/// Removes a field, if it is there.
pub(super) fn remove(text: &str, edit: &Edit) -> Result<Zeroizing<String>, EditError> {
    let mut out = Zeroizing::new(text.to_owned());
    loop {
        let fields = fields(&out, edit)?;
        let Some(position) = fields.position(edit.field) else {
            return Ok(out);
        };
        let range = match &fields {
            Fields::Flow { fields, .. } => in_braces(&out, edit, fields, position)?,
            Fields::Block(_) | Fields::Null(_) => lines(&out, edit, &fields.list()[position])?,
        };
        out = spliced(&out, range, &[]);
    }
}

fn fields(text: &str, edit: &Edit) -> Result<Fields, EditError> {
    Tree::parse(text)
        .ok_or_else(|| edit.form("it is YAML of a kind that cannot be kept as it is"))?
        .fields(edit)
}

fn replace(
    text: &str,
    edit: &Edit,
    field: &Field,
    value: &str,
) -> Result<Zeroizing<String>, EditError> {
    if !field.is_scalar {
        return Err(edit.form("it is no text"));
    }
    let old = &text[field.value.clone()];
    if old.starts_with(['|', '>']) && edit.field.ends_with("-data") {
        let header = old.find('\n').map_or(old.len(), |end| end + 1);
        let content = &old[header..];
        if !content.trim().is_empty() {
            let start = field.value.start + header + content.len() - content.trim_start().len();
            let end = field.value.start + old.trim_end().len();
            return Ok(spliced(text, start..end, &[value]));
        }
    }
    let kept = if old.starts_with(['|', '>']) {
        &old[old.trim_end().len()..]
    } else {
        ""
    };
    let written = scalar(value, old, edit);
    Ok(spliced(
        text,
        field.value.clone(),
        &[gap(&field.value), &written, kept],
    ))
}

fn insert_line(
    text: &str,
    edit: &Edit,
    fields: &[Field],
    value: &str,
) -> Result<Zeroizing<String>, EditError> {
    let first = fields.first().ok_or(EditError::NoEntry(edit.entry))?;
    let start = line_start(text, first.key.start);
    let indent = &text[start..first.key.start];
    if !indent.trim().is_empty() {
        return Err(edit.form("the first field does not begin its line"));
    }
    let end_of_line = if text[..start].ends_with("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let value = scalar(value, "", edit);
    Ok(spliced(
        text,
        start..start,
        &[indent, edit.field, ": ", &value, end_of_line],
    ))
}

fn insert_in_braces(
    text: &str,
    edit: &Edit,
    braces: &Range<usize>,
    fields: &[Field],
    value: &str,
) -> Zeroizing<String> {
    let (name, value) = (quoted(edit.field), quoted(value));
    let Some(first) = fields.first() else {
        return spliced(
            text,
            braces.start + 1..braces.start + 1,
            &[&name, ": ", &value],
        );
    };
    let between = &text[braces.start + 1..first.key.start];
    let between = if !between.is_empty() && between.trim().is_empty() {
        between
    } else {
        " "
    };
    let name = if text[first.key.clone()].starts_with(['"', '\'']) {
        name.as_str()
    } else {
        edit.field
    };
    spliced(
        text,
        first.key.start..first.key.start,
        &[name, ": ", &value, ",", between],
    )
}

/// The whole lines of a field, a comment behind it too.
fn lines(text: &str, edit: &Edit, field: &Field) -> Result<Range<usize>, EditError> {
    let start = line_start(text, field.key.start);
    if !text[start..field.key.start].trim().is_empty() {
        return Err(edit.form("it does not begin its line"));
    }
    let end = field.value.start + text[field.value.clone()].trim_end().len();
    let end = end.max(field.key.end);
    let rest = text[end..]
        .find('\n')
        .map_or(text.len() - end, |length| length + 1);
    let behind = text[end..end + rest].trim_start_matches(':').trim();
    if !behind.is_empty() && !behind.starts_with('#') {
        return Err(edit.form("something stands behind it"));
    }
    Ok(start..end + rest)
}

/// A field in braces, and the comma that goes with it.
fn in_braces(
    text: &str,
    edit: &Edit,
    fields: &[Field],
    position: usize,
) -> Result<Range<usize>, EditError> {
    let field = &fields[position];
    let (range, between) = if let Some(next) = fields.get(position + 1) {
        (
            field.key.start..next.key.start,
            field.value.end..next.key.start,
        )
    } else if let Some(previous) = position.checked_sub(1).map(|position| &fields[position]) {
        (
            previous.value.end..field.value.end,
            previous.value.end..field.key.start,
        )
    } else {
        (field.key.start..field.value.end, 0..0)
    };
    if text[between]
        .chars()
        .all(|character| character == ',' || character.is_whitespace())
    {
        Ok(range)
    } else {
        Err(edit.form("a comment or an anchor stands beside it"))
    }
}

/// `value` in the style of `old`: quoted as that is, plain where both readings of YAML, 1.1 and
/// 1.2, agree.
fn scalar(value: &str, old: &str, edit: &Edit) -> Zeroizing<String> {
    let is_plain = yaml::is_plain(value, "/", "+=._-");
    match old.chars().next() {
        Some('\'') if !value.contains(char::is_control) => single_quoted(value),
        Some('"') => quoted(value),
        _ if is_plain || value == edit.field => Zeroizing::new(value.to_owned()),
        _ => quoted(value),
    }
}

/// In double quotes, as JSON and YAML read them alike. The text has its room from the start.
fn quoted(value: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(value.len() * 8 + 2));
    yaml::push_quoted(&mut out, value, char::is_control);
    out
}

fn single_quoted(value: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(value.len() * 2 + 2));
    out.push('\'');
    for character in value.chars() {
        out.extend(std::iter::repeat_n(
            character,
            if character == '\'' { 2 } else { 1 },
        ));
    }
    out.push('\'');
    out
}

/// What must stand between a colon and a value that was not there.
fn gap(value: &Range<usize>) -> &'static str {
    if value.is_empty() { " " } else { "" }
}

fn line_start(text: &str, position: usize) -> usize {
    text[..position].rfind('\n').map_or(0, |end| end + 1)
}

/// The text with `parts` in the place of `range`. The result has its room from the start: a string
/// that grows leaves copies of a key behind.
fn spliced(text: &str, range: Range<usize>, parts: &[&str]) -> Zeroizing<String> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Zeroizing::new(String::with_capacity(text.len() + length));
    out.push_str(&text[..range.start]);
    for part in parts {
        out.push_str(part);
    }
    out.push_str(&text[range.end..]);
    out
}
