//! How a certificate's fields are said to openssl on a command line.

use std::fmt::Write as _;

use time::OffsetDateTime;

use crate::pki::text::quoted;
use crate::pki::{
    Certificate, CertificationRequest, Curve, ExtendedKeyUsage, GeneralName, KeyKind, KeyUsage,
    Name,
};

/// The subject as `openssl req -subj` takes it, as one word.
pub(super) fn subject(subject: &Name) -> String {
    let mut text = String::new();
    for attribute in subject.rdns().iter().flatten() {
        let value: String = attribute
            .value
            .chars()
            .flat_map(|one| {
                if "/+\\=".contains(one) {
                    vec!['\\', one]
                } else {
                    vec![one]
                }
            })
            .collect();
        let name = match attribute.oid.as_str() {
            "2.5.4.3" => "CN",
            "2.5.4.10" => "O",
            oid => oid,
        };
        let _ = write!(text, "/{name}={value}");
    }
    quoted(&text).into_owned()
}

/// The line of an extension file for these names.
pub(super) fn alt_names(names: &[GeneralName]) -> String {
    let names: Vec<String> = names.iter().map(GeneralName::to_string).collect();
    format!("subjectAltName={}", names.join(","))
}

/// The same for these usages.
pub(super) fn extended_key_usage(usages: &[ExtendedKeyUsage]) -> String {
    format!(
        "extendedKeyUsage={}",
        usages
            .iter()
            .map(ExtendedKeyUsage::oid)
            .collect::<Vec<_>>()
            .join(",")
    )
}

/// All extensions of a new certificate, one an entry.
pub(super) fn extensions(certificate: &Certificate) -> Vec<String> {
    let details = certificate.details();
    let constraints = details.basic_constraints.as_ref();
    let path_length = constraints.and_then(|constraints| constraints.path_length);
    let is_authority = match (certificate.is_authority(), path_length) {
        (false, _) => "FALSE".to_owned(),
        (true, None) => "TRUE".to_owned(),
        (true, Some(length)) => format!("TRUE,pathlen:{length}"),
    };
    let mut extensions = vec![
        format!("basicConstraints=critical,CA:{is_authority}"),
        format!("keyUsage=critical,{}", key_usage(&details.key_usage)),
    ];
    if !details.extended_key_usage.is_empty() {
        extensions.push(extended_key_usage(&details.extended_key_usage));
    }
    if !details.subject_alt_names.is_empty() {
        extensions.push(alt_names(&details.subject_alt_names));
    }
    extensions
}

/// Those of a request: what the CA adds is its own matter.
pub(super) fn request_extensions(request: &CertificationRequest) -> Vec<String> {
    let mut extensions = Vec::new();
    if !request.key_usage.is_empty() {
        let usages = key_usage(&request.key_usage);
        extensions.push(format!("keyUsage=critical,{usages}"));
    }
    if !request.extended_key_usage.is_empty() {
        extensions.push(extended_key_usage(&request.extended_key_usage));
    }
    if !request.subject_alt_names.is_empty() {
        extensions.push(alt_names(&request.subject_alt_names));
    }
    extensions
}

/// What `-days` takes for a certificate that ends then.
pub(super) fn days(moment: OffsetDateTime, end: OffsetDateTime) -> i64 {
    // Seconds that are cut off do not make a day.
    ((end - moment).whole_seconds() + 60)
        .div_euclid(86_400)
        .max(1)
}

/// The command that makes a key of this sort, to which `-out FILE` is added.
pub(super) fn new_key(kind: &KeyKind) -> String {
    match kind {
        KeyKind::Rsa(bits) => {
            format!("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits}")
        }
        KeyKind::Ecdsa(curve) => {
            let curve = match curve {
                Curve::P384 => "P-384",
                Curve::P521 => "P-521",
                _ => "P-256",
            };
            format!(
                "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve} -pkeyopt ec_param_enc:named_curve"
            )
        }
        _ => format!("openssl genpkey -algorithm {}", quoted(&kind.to_string())),
    }
}

/// Usages as openssl has them (x509v3_config(5)).
fn key_usage(usages: &[KeyUsage]) -> String {
    let name = |usage: &KeyUsage| match usage {
        KeyUsage::DigitalSignature => "digitalSignature",
        KeyUsage::ContentCommitment => "nonRepudiation",
        KeyUsage::KeyEncipherment => "keyEncipherment",
        KeyUsage::DataEncipherment => "dataEncipherment",
        KeyUsage::KeyAgreement => "keyAgreement",
        KeyUsage::CertSign => "keyCertSign",
        KeyUsage::CrlSign => "cRLSign",
        KeyUsage::EncipherOnly => "encipherOnly",
        KeyUsage::DecipherOnly => "decipherOnly",
    };
    usages.iter().map(name).collect::<Vec<_>>().join(",")
}
