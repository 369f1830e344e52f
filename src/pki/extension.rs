//! Extensions (RFC 5280 §4.2), in Kubernetes' words where it has some
//! (staging/src/k8s.io/api/certificates/v1/types.go, KeyUsage).

use x509_parser::prelude::{
    AlgorithmIdentifier, ParsedExtension, SubjectPublicKeyInfo, X509Extension,
};
use x509_parser::public_key::PublicKey;

use super::{Curve, ExtendedKeyUsage, GeneralName, KeyKind, KeyUsage, usage};

pub(super) const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
pub(super) const SUBJECT_ALT_NAME: &str = "2.5.29.17";
pub(super) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(super) const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";

/// BasicConstraints, RFC 5280 §4.2.1.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicConstraints {
    /// cA.
    pub authority: bool,
    /// pathLenConstraint: how many intermediates may follow.
    pub path_length: Option<u32>,
}

/// One extension as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Dotted OID.
    pub oid: String,
    /// The field's name, or the OID again.
    pub name: String,
    /// Whether a reader that does not know it must refuse the certificate.
    pub critical: bool,
    /// Its value in words, or hex.
    pub text: String,
    /// Whether it is the names or the usages, which have fields of their own.
    pub has_field: bool,
}

/// One extension as it stands in a certificate, its value undecoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawExtension {
    /// Dotted OID.
    pub oid: String,
    /// Whether a reader that does not know it must refuse the certificate.
    pub critical: bool,
    /// The contents of extnValue.
    pub der: Vec<u8>,
}

#[derive(Default)]
pub(super) struct Extensions {
    pub(super) subject_alt_names: Vec<GeneralName>,
    pub(super) key_usage: Vec<KeyUsage>,
    pub(super) extended_key_usage: Vec<ExtendedKeyUsage>,
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) subject_key_identifier: Option<Vec<u8>>,
    pub(super) authority_key_identifier: Option<Vec<u8>>,
    /// The authorityCertSerialNumber beside the keyIdentifier.
    pub(super) authority_serial: Option<Vec<u8>>,
    pub(super) all: Vec<Extension>,
}

impl Extensions {
    /// The OIDs of those that have no field of their own and are no basic constraints or key
    /// identifiers, which a CA writes itself.
    pub(super) fn unknown(&self) -> Vec<String> {
        let own = [
            BASIC_CONSTRAINTS,
            SUBJECT_KEY_IDENTIFIER,
            AUTHORITY_KEY_IDENTIFIER,
        ];
        let unknown = self
            .all
            .iter()
            .filter(|one| !one.has_field && !own.contains(&one.oid.as_str()));
        unknown.map(|one| one.oid.clone()).collect()
    }
}

pub(super) fn read_all(parsed: &[X509Extension<'_>]) -> Extensions {
    let mut found = Extensions::default();
    for extension in parsed {
        let (name, text) = read_one(extension, &mut found);
        let oid = extension.oid.to_id_string();
        found.all.push(Extension {
            name: if name.is_empty() {
                oid.clone()
            } else {
                name.to_owned()
            },
            oid,
            critical: extension.critical,
            text,
            has_field: matches!(
                extension.parsed_extension(),
                ParsedExtension::SubjectAlternativeName(_)
                    | ParsedExtension::KeyUsage(_)
                    | ParsedExtension::ExtendedKeyUsage(_)
            ),
        });
    }
    found
}

fn read_one(extension: &X509Extension<'_>, found: &mut Extensions) -> (&'static str, String) {
    match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => {
            found.subject_alt_names = names
                .general_names
                .iter()
                .map(GeneralName::from_parsed)
                .collect();
            ("subject alt names", joined(&found.subject_alt_names))
        }
        ParsedExtension::KeyUsage(usage) => {
            found.key_usage = KeyUsage::of_bits(usage.flags);
            ("key usage", usage::joined(&found.key_usage))
        }
        ParsedExtension::ExtendedKeyUsage(usage) => {
            found.extended_key_usage = extended_key_usages(usage);
            (
                "extended key usage",
                usage::joined(&found.extended_key_usage),
            )
        }
        ParsedExtension::BasicConstraints(constraints) => {
            found.basic_constraints = Some(BasicConstraints {
                authority: constraints.ca,
                path_length: constraints.path_len_constraint,
            });
            let length = constraints
                .path_len_constraint
                .map_or_else(String::new, |length| format!(", path length {length}"));
            (
                "basic constraints",
                format!(
                    "CA:{}{length}",
                    if constraints.ca { "TRUE" } else { "FALSE" }
                ),
            )
        }
        ParsedExtension::SubjectKeyIdentifier(identifier) => {
            found.subject_key_identifier = Some(identifier.0.to_vec());
            ("subject key identifier", super::hex(identifier.0))
        }
        ParsedExtension::AuthorityKeyIdentifier(identifier) => {
            found.authority_key_identifier =
                identifier.key_identifier.as_ref().map(|key| key.0.to_vec());
            found.authority_serial = identifier.authority_cert_serial.map(<[u8]>::to_vec);
            let text = found
                .authority_key_identifier
                .as_deref()
                .map_or_else(|| "issuer and serial number".to_owned(), super::hex);
            ("authority key identifier", text)
        }
        _ => shown_only(extension),
    }
}

/// One of which nothing is read but what is shown.
fn shown_only(extension: &X509Extension<'_>) -> (&'static str, String) {
    let bytes = || super::hex(extension.value);
    match extension.parsed_extension() {
        ParsedExtension::CRLDistributionPoints(_) => ("CRL distribution points", bytes()),
        ParsedExtension::AuthorityInfoAccess(_) => ("authority information access", bytes()),
        ParsedExtension::CertificatePolicies(_) => ("certificate policies", bytes()),
        ParsedExtension::NameConstraints(_) => ("name constraints", bytes()),
        ParsedExtension::NSCertType(kind) => ("netscape certificate type", kind.to_string()),
        ParsedExtension::NsCertComment(comment) => ("netscape comment", (*comment).to_owned()),
        _ => ("", bytes()),
    }
}

fn joined(names: &[GeneralName]) -> String {
    names
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Those of the parser's flags first, the others after them in the order of the extension.
fn extended_key_usages(
    parsed: &x509_parser::extensions::ExtendedKeyUsage<'_>,
) -> Vec<ExtendedKeyUsage> {
    let known = [
        (parsed.any, ExtendedKeyUsage::Any),
        (parsed.server_auth, ExtendedKeyUsage::ServerAuth),
        (parsed.client_auth, ExtendedKeyUsage::ClientAuth),
        (parsed.code_signing, ExtendedKeyUsage::CodeSigning),
        (parsed.email_protection, ExtendedKeyUsage::EmailProtection),
        (parsed.time_stamping, ExtendedKeyUsage::Timestamping),
        (parsed.ocsp_signing, ExtendedKeyUsage::OcspSigning),
    ];
    let known = known
        .into_iter()
        .filter(|(is_set, _)| *is_set)
        .map(|(_, usage)| usage);
    known
        .chain(
            parsed
                .other
                .iter()
                .map(|oid| ExtendedKeyUsage::of_oid(&oid.to_id_string())),
        )
        .collect()
}

/// What sort of key it is.
pub(super) fn key_kind(spki: &SubjectPublicKeyInfo<'_>) -> KeyKind {
    let oid = spki.algorithm.algorithm.to_id_string();
    match (oid.as_str(), spki.parsed()) {
        ("1.2.840.113549.1.1.1", Ok(PublicKey::RSA(key))) => {
            let modulus = key.modulus.strip_prefix(&[0]).unwrap_or(key.modulus);
            let top = modulus
                .first()
                .map_or(0, |byte| byte.leading_zeros() as usize);
            KeyKind::Rsa(modulus.len() * 8 - top)
        }
        ("1.2.840.10045.2.1", _) => KeyKind::Ecdsa(curve(&spki.algorithm)),
        ("1.3.101.112", _) => KeyKind::Ed25519,
        ("1.3.101.113", _) => KeyKind::Ed448,
        ("1.2.840.113549.1.1.10", _) => KeyKind::RsaPss,
        ("1.2.840.10040.4.1", _) => KeyKind::Dsa,
        _ => KeyKind::Other(oid),
    }
}

fn curve(algorithm: &AlgorithmIdentifier<'_>) -> Curve {
    let parameters = algorithm.parameters.as_ref();
    let oid = parameters
        .and_then(|parameters| parameters.as_oid().ok())
        .map(|oid| oid.to_id_string());
    Curve::of_oid(oid.as_deref())
}

/// Go's names (crypto/x509 SignatureAlgorithm), as kubeadm's users know them; unknown ones as OID.
pub(super) fn signature_algorithm(algorithm: &AlgorithmIdentifier<'_>) -> String {
    let oid = algorithm.algorithm.to_id_string();
    let name = match oid.as_str() {
        "1.2.840.113549.1.1.4" => "MD5-RSA",
        "1.2.840.113549.1.1.5" => "SHA1-RSA",
        "1.2.840.113549.1.1.11" => "SHA256-RSA",
        "1.2.840.113549.1.1.12" => "SHA384-RSA",
        "1.2.840.113549.1.1.13" => "SHA512-RSA",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.10045.4.1" => "ECDSA-SHA1",
        "1.2.840.10045.4.3.2" => "ECDSA-SHA256",
        "1.2.840.10045.4.3.3" => "ECDSA-SHA384",
        "1.2.840.10045.4.3.4" => "ECDSA-SHA512",
        "1.3.101.112" => "Ed25519",
        _ => return oid,
    };
    name.to_owned()
}
