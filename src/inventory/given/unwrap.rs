//! What may come in through standard input, unwrapped to files: base64 around anything, Secrets
//! around files, several YAML documents in one stream. The files themselves are read as those of a
//! master are.

use serde::Deserialize as _;
use serde_yaml::Value;
use zeroize::Zeroizing;

use super::part::{MOST_PARTS, Part};
use super::pieces::pieces;
use crate::kubernetes::kubeconfig::decode;
use crate::kubernetes::yaml;

/// base64 in base64 in base64 is an attack or an accident.
const MOST_WRAPPINGS: usize = 3;
/// Characters below which base64 is taken for a word.
const SHORTEST_BASE64: usize = 16;

/// The files in `bytes`, in order; one at least. `true`: there are more.
pub(super) fn unwrap(bytes: Zeroizing<Vec<u8>>) -> (Vec<Part>, bool) {
    let mut bytes = bytes;
    for _ in 0..MOST_WRAPPINGS {
        let Some(inner) = decode_base64(&bytes) else {
            break;
        };
        bytes = inner;
    }
    let text = std::str::from_utf8(&bytes);
    let pieces = text.map(pieces).unwrap_or_default();
    if pieces.len() < 2 {
        let mut parts = opened(bytes);
        let is_cut = parts.len() > MOST_PARTS;
        parts.truncate(MOST_PARTS);
        return (parts, is_cut);
    }
    let of_piece = |(at, piece): (usize, &str)| {
        let bytes = Zeroizing::new(piece.as_bytes().to_vec());
        let parts = opened(decode_base64(&bytes).unwrap_or(bytes));
        parts.into_iter().map(move |part| numbered(at + 1, part))
    };
    let mut parts: Vec<Part> = Vec::new();
    for piece in pieces.into_iter().enumerate() {
        parts.extend(of_piece(piece));
        if parts.len() > MOST_PARTS {
            parts.truncate(MOST_PARTS);
            return (parts, true);
        }
    }
    (parts, false)
}

/// What lies in the piece of this number.
fn numbered(number: usize, part: Part) -> Part {
    let name = match part.name.as_str() {
        "" => number.to_string(),
        inner => format!("{number}/{inner}"),
    };
    Part { name, ..part }
}

/// The files around which Secrets stand; without any the bytes themselves.
fn opened(bytes: Zeroizing<Vec<u8>>) -> Vec<Part> {
    let secrets = secrets(&bytes);
    if secrets.is_empty() {
        vec![Part {
            name: String::new(),
            bytes,
        }]
    } else {
        secrets
    }
}

/// The bytes where `text` is base64 of something that can be shown; text that only looks like it
/// stays.
fn decode_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let is_short = text.trim_ascii().len() < SHORTEST_BASE64;
    if is_short || text.trim_ascii().starts_with(b"-----") {
        return None;
    }
    let decoded = decode(text)?;
    // DER begins with a SEQUENCE; everything else that is read here is text.
    let is_text = || std::str::from_utf8(&decoded).is_ok_and(|text| !text.contains('\0'));
    (decoded.first() == Some(&0x30) || is_text()).then_some(decoded)
}

/// The entries of every Secret or ConfigMap in a YAML or JSON stream; Lists are opened.
fn secrets(bytes: &[u8]) -> Vec<Part> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Vec::new();
    };
    // Cheap, and keeps PEM and plain kubeconfigs away from a second reading.
    if !text.contains("kind") || !(text.contains("Secret") || text.contains("ConfigMap")) {
        return Vec::new();
    }
    let Ok(text) = yaml::bounded(text) else {
        return Vec::new();
    };
    let mut parts = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let Ok(value) = Value::deserialize(document) else {
            return Vec::new();
        };
        open(&value, &mut parts);
        if parts.len() > MOST_PARTS {
            break;
        }
    }
    parts
}

fn open(value: &Value, parts: &mut Vec<Part>) {
    match value.get("kind").and_then(Value::as_str) {
        Some("Secret") => {
            entries(value, "data", parts, |text| decode(text.as_bytes()));
            entries(value, "stringData", parts, |text| {
                Some(Zeroizing::new(text.as_bytes().to_vec()))
            });
        }
        Some("ConfigMap") => entries(value, "data", parts, |text| {
            Some(Zeroizing::new(text.as_bytes().to_vec()))
        }),
        Some("List" | "SecretList" | "ConfigMapList") => {
            let items = value
                .get("items")
                .and_then(Value::as_sequence)
                .map(Vec::as_slice)
                .unwrap_or_default();
            for item in items {
                // One level: a List holds no List.
                if item.get("items").is_none() {
                    open(item, parts);
                }
            }
        }
        _ => {}
    }
}

fn entries(
    value: &Value,
    field: &str,
    parts: &mut Vec<Part>,
    decode: impl Fn(&str) -> Option<Zeroizing<Vec<u8>>>,
) {
    let Some(map) = value.get(field).and_then(Value::as_mapping) else {
        return;
    };
    for (name, content) in map {
        let (Some(name), Some(content)) = (name.as_str(), content.as_str()) else {
            continue;
        };
        // What cannot be decoded becomes an empty file: an item with a fault, not a gap.
        let bytes = decode(content).unwrap_or_default();
        if is_of_interest(name, &bytes) {
            parts.push(Part {
                name: name.to_owned(),
                bytes,
            });
        }
    }
}

/// Secrets hold passwords too: only what looks like a part of a PKI is read on.
fn is_of_interest(name: &str, bytes: &[u8]) -> bool {
    let named = [
        ".crt",
        ".pem",
        ".cer",
        ".der",
        ".key",
        ".csr",
        ".conf",
        "kubeconfig",
        "cacerts",
        "value",
    ]
    .iter()
    .any(|end| name.ends_with(end));
    let pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
    pem || (named && name != "value")
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    fn names(text: &str) -> Vec<(String, String)> {
        unwrap(Zeroizing::new(text.as_bytes().to_vec()))
            .0
            .into_iter()
            .map(|part| (part.name, String::from_utf8_lossy(&part.bytes).into_owned()))
            .collect()
    }

    #[test]
    fn base64_is_opened_and_text_is_not() {
        let pem = crate::pki::pem::encode("CERTIFICATE", b"bytes of a certificate");
        let once = base64::engine::general_purpose::STANDARD.encode(&pem);
        let twice = base64::engine::general_purpose::STANDARD.encode(&once);
        for text in [
            pem.clone(),
            once.clone(),
            format!("{}\n{}\n", &once[..20], &once[20..]),
            twice,
        ] {
            assert_eq!(names(&text), [(String::new(), pem.clone())]);
        }
        assert_eq!(
            names("apiVersion: v1\nkind: Config\n")[0].1,
            "apiVersion: v1\nkind: Config\n"
        );
        assert_eq!(names("")[0].1, "");
    }

    #[test]
    fn secrets_give_their_files_and_no_passwords() {
        let pem = crate::pki::pem::encode("CERTIFICATE", b"bytes");
        let data = base64::engine::general_purpose::STANDARD.encode(&pem);
        let secret = format!(
            "apiVersion: v1\nkind: Secret\ndata:\n  tls.crt: {data}\n  password: aHVudGVyMg==\nstringData:\n  ca.crt: |\n    {}\n",
            pem.replace('\n', "\n    ")
        );
        let expected = [
            ("tls.crt".to_owned(), pem.clone()),
            ("ca.crt".to_owned(), pem.clone()),
        ];
        let trimmed: Vec<_> = names(&secret)
            .into_iter()
            .map(|(name, text)| (name, text.trim().to_owned() + "\n"))
            .collect();
        assert_eq!(trimmed, expected);
        let list = format!(
            r#"{{"kind":"List","items":[{{"kind":"Secret","data":{{"tls.crt":"{data}"}}}}]}}"#
        );
        assert_eq!(names(&list), [("tls.crt".to_owned(), pem)]);
    }
}
