//! The ledger of a master: its file, and what kubepki says of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::changing::Master;
use super::openssl::Facts;

/// The file.
pub(crate) fn path(master: &Master) -> PathBuf {
    master.state.join("ledger.jsonl")
}

/// Its lines.
pub(crate) fn lines(master: &Master) -> Vec<String> {
    let text = fs::read_to_string(path(master)).expect("a ledger");
    text.lines().map(str::to_owned).collect()
}

/// Writes these lines in place of it.
pub(crate) fn write<T: AsRef<str>>(master: &Master, lines: &[T]) {
    let lines: String = lines
        .iter()
        .map(|line| line.as_ref().to_owned() + "\n")
        .collect();
    fs::write(path(master), lines).expect("written");
}

/// The rows that `list --ledger` gives with these flags.
pub(crate) fn rows(master: &Master, flags: &[&str]) -> Vec<Value> {
    let run = master.kubepki(&[&["list", "--ledger", "-o", "json"], flags].concat());
    run.ends_with(0);
    let document = run.json();
    assert_eq!(document["kind"], "LedgerList");
    document["items"].as_array().expect("items").clone()
}

/// The one row of this file's certificate, which says what openssl says of it.
pub(crate) fn row_of<'a>(openssl: &Path, rows: &'a [Value], file: &Path) -> &'a Value {
    let facts = Facts::of(openssl, file);
    let found: Vec<&Value> = rows
        .iter()
        .filter(|row| row["sha256"] == *facts.sha256)
        .collect();
    let [row] = found[..] else {
        panic!("{} rows of {}", found.len(), file.display());
    };
    for (field, expected) in [
        ("subject", &facts.subject),
        ("issuer", &facts.issuer),
        ("serialNumber", &facts.serial_number),
        ("notBefore", &facts.not_before),
        ("notAfter", &facts.not_after),
    ] {
        assert_eq!(row[field], **expected, "{field} of {}", file.display());
    }
    assert_eq!(row["isAuthority"], facts.is_authority);
    let mut names: Vec<String> = super::program::texts(row, "names");
    names.sort();
    let dns = facts.dns_names.iter().map(|name| format!("DNS:{name}"));
    let addresses = facts.ip_addresses.iter().map(|name| format!("IP:{name}"));
    let mut expected: Vec<String> = dns.chain(addresses).collect();
    expected.sort();
    assert_eq!(names, expected, "{}", file.display());
    row
}
