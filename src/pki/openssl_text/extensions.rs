//! Extensions (crypto/x509/v3_*.c).

use std::fmt::Write as _;

use der::Decode as _;
use der::asn1::{Ia5StringRef, ObjectIdentifier};
use x509_parser::extensions::{
    AuthorityKeyIdentifier, CRLDistributionPoint, DistributionPointName, GeneralSubtree,
    NameConstraints, PolicyInformation,
};
use x509_parser::prelude::{GeneralName, ParsedExtension, X509Extension};

use super::colons;
use super::names::{general_name, general_name_alone, subtree};
use super::objects::{long_name, long_name_of};

const INDENT: &str = "                ";

const KEY_USAGES: [&str; 9] = [
    "Digital Signature",
    "Non Repudiation",
    "Key Encipherment",
    "Data Encipherment",
    "Key Agreement",
    "Certificate Sign",
    "CRL Sign",
    "Encipher Only",
    "Decipher Only",
];

const REASONS: [&str; 9] = [
    "Unused",
    "Key Compromise",
    "CA Compromise",
    "Affiliation Changed",
    "Superseded",
    "Cessation Of Operation",
    "Certificate Hold",
    "Privilege Withdrawn",
    "AA Compromise",
];

const NETSCAPE_TYPES: [&str; 8] = [
    "SSL Client",
    "SSL Server",
    "S/MIME",
    "Object Signing",
    "Unused",
    "SSL CA",
    "S/MIME CA",
    "Object Signing CA",
];

pub(super) fn write(out: &mut String, extension: &X509Extension<'_>) {
    let critical = if extension.critical { "critical" } else { "" };
    let _ = writeln!(out, "            {}: {critical}", long_name(&extension.oid));
    let value = value(extension).unwrap_or_else(|| format!("{INDENT}{}", dots(extension.value)));
    out.push_str(&value);
    out.push('\n');
}

/// What OpenSSL prints where it knows nothing of an extension: the characters among its bytes
/// (`ASN1_STRING_print`).
fn dots(bytes: &[u8]) -> String {
    let shown = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\r');
    bytes
        .iter()
        .map(|byte| if shown(byte) { char::from(*byte) } else { '.' })
        .collect()
}

/// The lines of a known extension without the last line end.
fn value(extension: &X509Extension<'_>) -> Option<String> {
    let line = |text: String| Some(format!("{INDENT}{text}"));
    match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => {
            list(names.general_names.iter().map(general_name))
        }
        ParsedExtension::IssuerAlternativeName(names) => {
            list(names.general_names.iter().map(general_name))
        }
        ParsedExtension::KeyUsage(usage) => list(flags(usage.flags, &KEY_USAGES).map(Some)),
        ParsedExtension::ExtendedKeyUsage(_) => {
            list(extended_key_usages(extension.value)?.into_iter().map(Some))
        }
        ParsedExtension::BasicConstraints(constraints) => {
            let length = constraints
                .path_len_constraint
                .map_or_else(String::new, |length| format!(", pathlen:{length}"));
            line(format!(
                "CA:{}{length}",
                if constraints.ca { "TRUE" } else { "FALSE" }
            ))
        }
        ParsedExtension::SubjectKeyIdentifier(identifier) => line(colons(identifier.0)),
        ParsedExtension::AuthorityKeyIdentifier(identifier) => authority(identifier),
        ParsedExtension::CRLDistributionPoints(points) => Some(
            points
                .points
                .iter()
                .map(distribution_point)
                .collect::<Vec<_>>()
                .join("\n"),
        ),
        ParsedExtension::AuthorityInfoAccess(access) => {
            let descriptions = access.accessdescs.iter().map(|description| {
                let location = general_name(&description.access_location)?;
                Some(format!(
                    "{INDENT}{} - {location}",
                    long_name(&description.access_method)
                ))
            });
            Some(descriptions.collect::<Option<Vec<_>>>()?.join("\n"))
        }
        ParsedExtension::CertificatePolicies(policies) => Some(certificate_policies(policies)),
        ParsedExtension::NameConstraints(constraints) => Some(name_constraints(constraints)),
        ParsedExtension::NsCertComment(comment) => line((*comment).to_owned()),
        ParsedExtension::NSCertType(_) => {
            // BIT STRING: tag, length, unused bits, bits.
            let bits = extension
                .value
                .get(3)
                .copied()
                .unwrap_or_default()
                .reverse_bits();
            list(flags(u16::from(bits), &NETSCAPE_TYPES).map(Some))
        }
        _ => None,
    }
}

/// Values in one line; of none OpenSSL says so in a line of its own.
fn list(values: impl Iterator<Item = Option<String>>) -> Option<String> {
    let values: Vec<String> = values.collect::<Option<_>>()?;
    Some(if values.is_empty() {
        format!("{INDENT}<EMPTY>\n")
    } else {
        format!("{INDENT}{}", values.join(", "))
    })
}

fn flags(flags: u16, names: &'static [&'static str]) -> impl Iterator<Item = String> {
    names
        .iter()
        .enumerate()
        .filter(move |(bit, _)| flags & (1 << bit) != 0)
        .map(|(_, name)| (*name).to_owned())
}

/// In their order, which the reader does not keep.
fn extended_key_usages(der: &[u8]) -> Option<Vec<String>> {
    let usages = Vec::<ObjectIdentifier>::from_der(der).ok()?;
    Some(
        usages
            .iter()
            .map(|oid| long_name_of(&oid.to_string()).to_owned())
            .collect(),
    )
}

fn authority(identifier: &AuthorityKeyIdentifier<'_>) -> Option<String> {
    let mut lines = Vec::new();
    let alone =
        identifier.authority_cert_issuer.is_none() && identifier.authority_cert_serial.is_none();
    if let Some(key) = &identifier.key_identifier {
        lines.push(format!(
            "{INDENT}{}{}",
            if alone { "" } else { "keyid:" },
            colons(key.0)
        ));
    }
    for name in identifier.authority_cert_issuer.iter().flatten() {
        lines.push(format!("{INDENT}{}", general_name(name)?));
    }
    if let Some(serial) = identifier.authority_cert_serial {
        lines.push(format!(
            "{INDENT}serial:{}",
            colons(serial.strip_prefix(&[0]).unwrap_or(serial))
        ));
    }
    Some(lines.join("\n"))
}

fn names_below(names: &[GeneralName<'_>]) -> String {
    names
        .iter()
        .map(|name| format!("{INDENT}  {}", general_name_alone(name)))
        .collect::<Vec<_>>()
        .join("\n")
}

fn distribution_point(point: &CRLDistributionPoint<'_>) -> String {
    let mut out = String::new();
    if let Some(DistributionPointName::FullName(names)) = &point.distribution_point {
        let _ = write!(out, "{INDENT}Full Name:\n{}", names_below(names));
    }
    if let Some(reasons) = &point.reasons {
        // OpenSSL begins no line here.
        let reasons: Vec<String> = flags(reasons.flags, &REASONS).collect();
        let _ = writeln!(out, "{INDENT}Reasons:\n{INDENT}  {}", reasons.join(", "));
    }
    if let Some(issuer) = &point.crl_issuer {
        let _ = write!(out, "{INDENT}CRL Issuer:\n{}", names_below(issuer));
    }
    out
}

fn certificate_policies(policies: &[PolicyInformation<'_>]) -> String {
    let policies = policies.iter().map(|policy| {
        let mut lines = vec![format!("{INDENT}Policy: {}", long_name(&policy.policy_id))];
        for qualifier in policy.policy_qualifiers.iter().flatten() {
            let id = qualifier.policy_qualifier_id.to_id_string();
            let uri = Ia5StringRef::from_der(qualifier.qualifier)
                .ok()
                .filter(|_| id == "1.3.6.1.5.5.7.2.1");
            lines.push(match uri {
                Some(uri) => format!("{INDENT}  CPS: {}", uri.as_str()),
                None => format!("{INDENT}  Unknown Qualifier: {}", long_name_of(&id)),
            });
        }
        lines.join("\n")
    });
    policies.collect::<Vec<_>>().join("\n")
}

fn name_constraints(constraints: &NameConstraints<'_>) -> String {
    let mut lines = Vec::new();
    let mut part = |title: &str, subtrees: &Option<Vec<GeneralSubtree<'_>>>| {
        for (index, one) in subtrees.iter().flatten().enumerate() {
            if index == 0 {
                lines.push(format!("{INDENT}{title}:"));
            }
            lines.push(format!("{INDENT}  {}", subtree(&one.base)));
        }
    };
    part("Permitted", &constraints.permitted_subtrees);
    part("Excluded", &constraints.excluded_subtrees);
    lines.join("\n")
}
