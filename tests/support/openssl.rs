//! What openssl says about a certificate, in the words of kubepki's contract.

use std::path::{Path, PathBuf};

use super::program::texts;
use super::{succeed, text};

/// The facts of one certificate, from `openssl x509`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) serial_number: String,
    pub(crate) not_before: String,
    pub(crate) not_after: String,
    pub(crate) sha256: String,
    pub(crate) key_usage: Vec<String>,
    pub(crate) extended_key_usage: Vec<String>,
    pub(crate) dns_names: Vec<String>,
    pub(crate) ip_addresses: Vec<String>,
    pub(crate) is_authority: bool,
}

/// What is asked, and in which form.
const ASKED: [&str; 12] = [
    "-serial",
    "-subject",
    "-issuer",
    "-nameopt",
    "RFC2253",
    "-dates",
    "-dateopt",
    "iso_8601",
    "-fingerprint",
    "-sha256",
    "-ext",
    "keyUsage,extendedKeyUsage,subjectAltName,basicConstraints",
];

impl Facts {
    /// The same facts from an item of a document.
    pub(crate) fn of_document(item: &serde_json::Value) -> Self {
        let text = |field: &str| {
            item[field]
                .as_str()
                .unwrap_or_else(|| panic!("{field}: {item}"))
                .to_owned()
        };
        Self {
            subject: text("subject"),
            issuer: text("issuer"),
            serial_number: text("serialNumber"),
            not_before: text("notBefore"),
            not_after: text("notAfter"),
            sha256: text("sha256"),
            key_usage: texts(item, "keyUsage"),
            extended_key_usage: texts(item, "extendedKeyUsage"),
            dns_names: texts(item, "dnsNames"),
            ip_addresses: texts(item, "ipAddresses"),
            is_authority: item["isAuthority"].as_bool().expect("a truth"),
        }
    }

    /// Asks openssl about the first certificate of a PEM file.
    pub(crate) fn of(openssl: &Path, file: &Path) -> Self {
        let file = file.to_str().expect("UTF-8");
        let text = succeed(
            openssl,
            &[&["x509", "-in", file, "-noout"], &ASKED[..]].concat(),
        );
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name} is not in {text}"))
                .trim_start_matches('=')
                .to_owned()
        };
        let date = |name: &str| value(name).replace(' ', "T");
        let names = extension(&text, "Subject Alternative Name");
        let names_of = |kind: &str| {
            names
                .iter()
                .filter_map(|name| name.strip_prefix(kind))
                .map(ToOwned::to_owned)
                .collect::<Vec<_>>()
        };
        Self {
            subject: value("subject"),
            issuer: value("issuer"),
            serial_number: value("serial").to_lowercase(),
            not_before: date("notBefore"),
            not_after: date("notAfter"),
            sha256: value("sha256 Fingerprint").replace(':', "").to_lowercase(),
            key_usage: extension(&text, "Key Usage")
                .iter()
                .map(|usage| usage_word(usage))
                .collect(),
            extended_key_usage: extension(&text, "Extended Key Usage")
                .iter()
                .map(|usage| usage_word(usage))
                .collect(),
            dns_names: names_of("DNS:"),
            ip_addresses: names_of("IP Address:")
                .iter()
                .map(|address| short(address))
                .collect(),
            is_authority: extension(&text, "Basic Constraints").contains(&"CA:TRUE".to_owned()),
        }
    }
}

/// The line below the extension's name, split at the commas.
fn extension(text: &str, name: &str) -> Vec<String> {
    let mut lines = text.lines();
    let head = format!("X509v3 {name}:");
    if !lines.any(|line| line.starts_with(&head)) {
        return Vec::new();
    }
    lines
        .next()
        .unwrap_or_default()
        .split(", ")
        .map(|value| value.trim().to_owned())
        .collect()
}

/// openssl 3.0 writes `0:0:0:0:0:0:0:1`, RFC 5952 says `::1`.
fn short(address: &str) -> String {
    address
        .parse::<std::net::IpAddr>()
        .expect("an address")
        .to_string()
}

fn usage_word(openssl: &str) -> String {
    match openssl {
        "Digital Signature" => "digital signature",
        "Key Encipherment" => "key encipherment",
        "Certificate Sign" => "cert sign",
        "CRL Sign" => "crl sign",
        "TLS Web Server Authentication" => "server auth",
        "TLS Web Client Authentication" => "client auth",
        other => panic!("{other} is new here"),
    }
    .to_owned()
}

/// A P-256 key and its PKCS#10, `NAME.key` and `NAME.csr` in a folder: the request's path. `more` are
/// openssl's words for what it asks for.
pub(crate) fn request(openssl: &Path, folder: &Path, name: &str, more: &[&str]) -> PathBuf {
    let [key, out] = ["key", "csr"].map(|end| folder.join(format!("{name}.{end}")));
    let curve = "ec_paramgen_curve:P-256";
    let new = ["req", "-new", "-newkey", "ec", "-pkeyopt", curve, "-nodes"];
    let files = ["-keyout", text(&key), "-out", text(&out)];
    succeed(openssl, &[&new[..], &files, more].concat());
    out
}
