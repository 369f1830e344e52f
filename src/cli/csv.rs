//! `list -o csv`: one line a certificate, the fields named as in JSON, lists joined by a space.

use std::borrow::Cow;

use super::document::CertificateDocument;
use crate::pki::text::printable;

const HEAD: [&str; 24] = [
    "id",
    "status",
    "why",
    "daysLeft",
    "notBefore",
    "notAfter",
    "roles",
    "isAuthority",
    "authority",
    "subject",
    "issuer",
    "serialNumber",
    "dnsNames",
    "ipAddresses",
    "keyAlgorithm",
    "source",
    "inUse",
    "path",
    "index",
    "keyPath",
    "readBy",
    "sha256",
    "worksUntil",
    "endsWith",
];

/// The certificates as CSV with a head.
pub(super) fn certificates(documents: impl Iterator<Item = CertificateDocument>) -> String {
    lines(&HEAD, documents.map(|document| cells(&document)))
}

/// Rows of cells below a head.
pub(super) fn lines<R: IntoIterator<Item = String>>(
    head: &[&str],
    rows: impl Iterator<Item = R>,
) -> String {
    let mut out = head.join(",");
    out.push('\n');
    for row in rows {
        let cells: Vec<String> = row
            .into_iter()
            .map(|cell| escaped(&cell).into_owned())
            .collect();
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}

fn cells(document: &CertificateDocument) -> [String; HEAD.len()] {
    let text = |text: &Option<String>| guarded(text.as_deref().unwrap_or_default());
    let readers: Vec<&str> = document
        .read_by
        .iter()
        .map(|reader| reader.component.as_str())
        .collect();
    [
        guarded(&document.id),
        document.status.to_owned(),
        text(&document.why),
        document
            .days_left
            .map(|days| days.to_string())
            .unwrap_or_default(),
        text(&document.not_before),
        text(&document.not_after),
        guarded(&document.roles.join(" ")),
        document.is_authority.to_string(),
        text(&document.authority),
        text(&document.subject),
        text(&document.issuer),
        document.serial_number.clone().unwrap_or_default(),
        guarded(&document.dns_names.join(" ")),
        guarded(&document.ip_addresses.join(" ")),
        text(&document.key_algorithm),
        document.source.to_owned(),
        document.in_use.to_string(),
        guarded(&document.path),
        document.index.to_string(),
        text(&document.key_path),
        guarded(&readers.join(" ")),
        text(&document.sha256),
        text(&document.works_until),
        text(&document.ends_with),
    ]
}

/// Text that a spreadsheet would run as a formula gets a quote in front (OWASP, CSV injection).
pub(super) fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// RFC 4180 §2.
fn escaped(cell: &str) -> Cow<'_, str> {
    let cell = printable(cell);
    if cell.contains([',', '"']) {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_formulas() {
        let document = CertificateDocument {
            id: "a,\"b\"\n".to_owned(),
            status: "ok",
            dns_names: vec!["=cmd()".to_owned(), "x".to_owned()],
            days_left: Some(-2),
            ..CertificateDocument::default()
        };
        let text = certificates([document].into_iter());
        let line = text.lines().nth(1).unwrap();
        assert!(line.starts_with("\"a,\"\"b\"\"\\u{a}\",ok,,-2,"), "{line}");
        assert!(line.contains(",'=cmd() x,"), "{line}");
        assert_eq!(text.lines().count(), 2);
    }
}
