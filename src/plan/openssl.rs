//! How a certificate's fields are said to openssl on a command line.

use std::fmt::Write as _;

use crate::pki::text::quoted;
use crate::pki::{Curve, ExtendedKeyUsage, GeneralName, KeyKind, Name};

/// The subject as `openssl req -subj` takes it, as one word.
pub(super) fn subject(subject: &Name) -> String {
    let mut text = String::new();
    for attribute in subject.rdns().iter().flatten() {
        let value: String = attribute
            .value
            .chars()
            .flat_map(|one| if "/+\\=".contains(one) { vec!['\\', one] } else { vec![one] })
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
    format!("extendedKeyUsage={}", usages.iter().map(ExtendedKeyUsage::oid).collect::<Vec<_>>().join(","))
}

/// The command that makes a key of this sort, to which `-out FILE` is added.
pub(super) fn new_key(kind: &KeyKind) -> String {
    match kind {
        KeyKind::Rsa(bits) => format!("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits}"),
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
