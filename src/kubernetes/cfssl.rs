//! Requests as cfssl takes them: the JSON of `cfssl genkey` (cloudflare/cfssl csr/csr.go,
//! CertificateRequest).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::pki::key::KeyAlgorithm;
use crate::pki::{Error, GeneralName, Name};

/// The longest text that is read, in bytes.
const LONGEST: usize = 1 << 20;

/// A request that cfssl's JSON asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CfsslRequest {
    /// As Go writes it: C, ST, L, O, OU, CN, serial number, equal attributes in one RDN.
    pub subject: Name,
    /// By cfssl's own rule, in Go's order: DNS names, e-mail addresses, IP addresses, URIs.
    pub names: Vec<GeneralName>,
    /// Of which kind its key is.
    pub key_algorithm: KeyAlgorithm,
    /// What of the text is passed over, a sentence each.
    pub passed_over: Vec<String>,
}

/// Why a text is no request of cfssl's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CfsslError {
    /// Above the bound.
    #[error("it is longer than {} MiB", LONGEST >> 20)]
    TooLong,
    /// No JSON, or none of this shape.
    #[error("it is no JSON that cfssl genkey takes: {0}")]
    Json(String),
    /// A key that cfssl would not make, or kubepki does not.
    #[error("no key of the kind {0} is made")]
    Key(String),
    /// It asks for a CA.
    #[error("it asks for a CA (ca): issue --profile authority makes one")]
    Authority,
    /// Neither a subject nor a name.
    #[error("it names nobody: neither CN, names nor hosts")]
    Nobody,
    /// A part of the subject that cannot be written.
    #[error(transparent)]
    Name(#[from] Error),
}

#[derive(Deserialize)]
struct Genkey {
    #[serde(rename = "CN", default)]
    common_name: String,
    #[serde(default)]
    names: Vec<GenkeyName>,
    #[serde(default)]
    hosts: Vec<String>,
    key: Option<GenkeyKey>,
    ca: Option<Value>,
    #[serde(default)]
    serialnumber: String,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct GenkeyName {
    #[serde(rename = "C")]
    country: String,
    #[serde(rename = "ST")]
    province: String,
    #[serde(rename = "L")]
    locality: String,
    #[serde(rename = "O")]
    organization: String,
    #[serde(rename = "OU")]
    organizational_unit: String,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct GenkeyKey {
    #[serde(default)]
    algo: String,
    #[serde(default)]
    size: u32,
}

impl CfsslRequest {
    /// Whether `text` is meant to be cfssl's JSON: an object with `hosts`, `CN` or `key`, and none of
    /// Kubernetes.
    pub fn is_meant(text: &str) -> bool {
        let has = |key: &str| text.contains(&format!("\"{key}\""));
        let is_object = text.trim_start().starts_with('{');
        is_object
            && !has("apiVersion")
            && (has("hosts") || has("CN") || (has("algo") && has("key")))
    }
}

/// Reads the JSON.
///
/// # Errors
/// [`CfsslError`].
pub fn from_json(text: &str) -> Result<CfsslRequest, CfsslError> {
    if text.len() > LONGEST {
        return Err(CfsslError::TooLong);
    }
    let written: Genkey =
        serde_json::from_str(text).map_err(|error| CfsslError::Json(error.to_string()))?;
    if written.ca.is_some() {
        return Err(CfsslError::Authority);
    }
    let names = names(&written.hosts);
    let subject = subject(&written)?;
    if subject.is_empty() && names.is_empty() {
        return Err(CfsslError::Nobody);
    }
    let of_names = written.names.iter().flat_map(|name| name.others.keys());
    let unknown = written.others.keys().chain(of_names);
    let passed_over = unknown.map(|key| format!("cfssl knows no field {key:?}: it is passed over"));
    Ok(CfsslRequest {
        key_algorithm: algorithm(written.key.as_ref())?,
        passed_over: passed_over.collect(),
        subject,
        names,
    })
}

/// cfssl's own words for the kinds of keys; without any it makes ECDSA on P-256.
fn algorithm(key: Option<&GenkeyKey>) -> Result<KeyAlgorithm, CfsslError> {
    let Some(GenkeyKey { algo, size }) = key else {
        return Ok(KeyAlgorithm::EcdsaP256);
    };
    Ok(match (algo.as_str(), size) {
        ("rsa", 2048) => KeyAlgorithm::Rsa2048,
        ("rsa", 3072) => KeyAlgorithm::Rsa3072,
        ("rsa", 4096) => KeyAlgorithm::Rsa4096,
        ("ecdsa", 256) => KeyAlgorithm::EcdsaP256,
        ("ecdsa", 384) => KeyAlgorithm::EcdsaP384,
        ("ecdsa", 521) => KeyAlgorithm::EcdsaP521,
        ("ed25519", _) => KeyAlgorithm::Ed25519,
        _ => return Err(CfsslError::Key(format!("{algo} {size}"))),
    })
}

fn subject(written: &Genkey) -> Result<Name, CfsslError> {
    let mut parts: Vec<(&str, &str)> = Vec::new();
    for name in &written.names {
        parts.extend([
            ("C", name.country.as_str()),
            ("ST", &name.province),
            ("L", &name.locality),
            ("O", &name.organization),
            ("OU", &name.organizational_unit),
        ]);
    }
    parts.push(("CN", &written.common_name));
    parts.push(("serialNumber", &written.serialnumber));
    parts.retain(|(_, value)| !value.is_empty());
    Ok(Name::with_attributes(&parts)?.as_go_writes()?.name)
}

/// IP address, else e-mail address, else URI, else DNS name (csr.go, Generate).
fn names(hosts: &[String]) -> Vec<GeneralName> {
    let (mut dns, mut emails, mut addresses, mut uris) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for host in hosts {
        if let Ok(address) = host.parse() {
            addresses.push(GeneralName::Ip(address));
        } else if let Some(address) = mail_address(host) {
            emails.push(GeneralName::Email(address));
        } else if is_uri(host) {
            uris.push(GeneralName::Uri(host.clone()));
        } else {
            dns.push(GeneralName::Dns(host.clone()));
        }
    }
    [dns, emails, addresses, uris].concat()
}

/// "a@b.example" or "Ann <a@b.example>" (RFC 5322 §3.4; Go's net/mail, ParseAddress).
fn mail_address(text: &str) -> Option<String> {
    let inner = match text.trim().strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<')?.1,
        None => text.trim(),
    };
    let (local, domain) = inner.rsplit_once('@')?;
    let is_atom = |part: &str, others: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|one| one.is_ascii_alphanumeric() || others.contains(one))
    };
    let is_address = is_atom(local, ".!#$%&'*+-/=?^_`{|}~") && is_atom(domain, ".-_");
    is_address.then(|| inner.to_owned())
}

/// An absolute URI or an absolute path (Go's net/url, ParseRequestURI).
fn is_uri(text: &str) -> bool {
    let scheme = text
        .split_once(':')
        .map(|(scheme, rest)| (scheme, !rest.is_empty()));
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|one: char| one.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|one| one.is_ascii_alphanumeric() || "+-.".contains(one))
    };
    let is_absolute =
        scheme.is_some_and(|(scheme, rest)| is_scheme(scheme) && rest && text.contains("://"));
    (is_absolute || text.starts_with('/')) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_apart_as_cfssl_tells_them() {
        let hosts = [
            "192.0.2.24",
            "a.b.svc",
            "Ann <ann@b.example>",
            "spiffe://x/y",
            "fd00::1",
            "a@b",
            "*.c",
            "10.0.0.300",
        ];
        let hosts = hosts.map(str::to_owned);
        let told: Vec<String> = names(&hosts).iter().map(ToString::to_string).collect();
        let expected = [
            "DNS:a.b.svc",
            "DNS:*.c",
            "DNS:10.0.0.300",
            "email:ann@b.example",
            "email:a@b",
            "IP:192.0.2.24",
            "IP:fd00::1",
            "URI:spiffe://x/y",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_no_request_is_refused_and_what_is_unknown_is_told() {
        for (text, words) in [
            ("", "no JSON"),
            ("[]", "no JSON"),
            ("{\"hosts\": 1}", "no JSON"),
            ("{}", "names nobody"),
            (
                "{\"CN\": \"a\", \"key\": {\"algo\": \"rsa\", \"size\": 1024}}",
                "rsa 1024",
            ),
            (
                "{\"CN\": \"a\", \"key\": {\"algo\": \"ecdsa\", \"size\": 224}}",
                "ecdsa 224",
            ),
            ("{\"CN\": \"a\", \"ca\": {}}", "asks for a CA"),
            ("{\"CN\": \"a\\u001b\"}", "cannot be part of a subject"),
        ] {
            let why = from_json(text).expect_err(text).to_string();
            assert!(why.contains(words), "{text}: {why}");
        }
        let read =
            from_json("{\"CN\": \"a\", \"host\": [], \"names\": [{\"O\": \"b\", \"E\": \"c\"}]}")
                .expect("it is read");
        assert_eq!(read.subject.to_rfc4514(), "CN=a,O=b");
        assert_eq!(read.passed_over.len(), 2);
        assert_eq!(read.key_algorithm, KeyAlgorithm::EcdsaP256);
    }
}
