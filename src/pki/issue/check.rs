//! What no library checks: whether the issuer may sign this, and whether the result is what was
//! asked.

use time::OffsetDateTime;

use super::{CertificateSpec, Issuer};
use crate::pki::extension::{
    AUTHORITY_KEY_IDENTIFIER, BASIC_CONSTRAINTS, RawExtension, SUBJECT_ALT_NAME,
    SUBJECT_KEY_IDENTIFIER,
};
use crate::pki::key::PublicHalf;
use crate::pki::moment::rfc3339;
use crate::pki::path::{Refusal, Relation, relation};
use crate::pki::{Certificate, Details, Error, ExtendedKeyUsage, KeyUsage};

/// The spec with its serial number drawn and its dates cut to seconds, if it makes sense in itself.
pub(super) fn spec(asked: &CertificateSpec) -> Result<CertificateSpec, Error> {
    let mut spec = asked.clone();
    spec.not_before = whole_second(spec.not_before);
    spec.not_after = whole_second(spec.not_after);
    if spec.not_after <= spec.not_before {
        return refused("the certificate would end before it begins");
    }
    if spec.subject.is_empty() && spec.subject_alt_names.is_empty() {
        return refused(
            "the certificate would have neither a subject nor a subject alternative name",
        );
    }
    let signs = spec.key_usage.contains(&KeyUsage::CertSign);
    if spec.authority.is_none() && signs {
        return refused("the usage cert sign is for CAs only (RFC 5280 §4.2.1.9)");
    }
    if spec.authority.is_some() && spec.subject.is_empty() {
        return refused("a CA needs a subject (RFC 5280 §4.1.2.6)");
    }
    if spec.authority.is_some() && !signs && !spec.key_usage.is_empty() {
        return refused("a CA without the usage cert sign could sign nothing");
    }
    let own = [
        SUBJECT_KEY_IDENTIFIER,
        BASIC_CONSTRAINTS,
        AUTHORITY_KEY_IDENTIFIER,
    ];
    if let Some(raw) = spec
        .carried
        .iter()
        .find(|raw| own.contains(&raw.oid.as_str()))
    {
        return refused(&format!(
            "the extension {} cannot be taken over from another certificate",
            raw.oid
        ));
    }
    spec.serial_number = Some(match spec.serial_number {
        Some(0) => return refused("the serial number must be positive (RFC 5280 §4.1.2.2)"),
        Some(number) => number,
        None => random_serial()?,
    });
    Ok(spec)
}

/// Whether the issuer may sign this.
pub(super) fn issuer(spec: &CertificateSpec, issuer: Issuer<'_>) -> Result<(), Error> {
    let details = issuer.certificate.details();
    let name = details.subject.to_rfc4514();
    if details.subject.is_empty() {
        return refused("the issuer's certificate has no subject");
    }
    if issuer.key.public().spki != details.spki {
        return refused(&format!("the key is not that of {name}"));
    }
    let Some(constraints) = details
        .basic_constraints
        .filter(|constraints| constraints.authority)
    else {
        return refused(&format!(
            "{name} is not a CA (its basic constraints do not say so)"
        ));
    };
    if !details.key_usage.is_empty() && !details.key_usage.contains(&KeyUsage::CertSign) {
        return refused(&format!(
            "{name} may not sign certificates (its key usage lacks cert sign)"
        ));
    }
    if let (Some(authority), Some(left)) = (spec.authority, constraints.path_length) {
        if left == 0 {
            return refused(&format!("{name} may not sign CAs (its path length is 0)"));
        }
        if authority
            .path_length
            .is_some_and(|length| u32::from(length) >= left)
        {
            return refused(&format!(
                "the new CA's path length must be under {left}, that of {name}"
            ));
        }
    }
    nested(spec, &details, &name)
}

fn nested(spec: &CertificateSpec, issuer: &Details, name: &str) -> Result<(), Error> {
    if spec.not_after > issuer.not_after {
        return refused(&format!(
            "the certificate would end on {}, after {name} does on {}",
            rfc3339(spec.not_after),
            rfc3339(issuer.not_after)
        ));
    }
    if spec.not_before < issuer.not_before {
        return refused(&format!(
            "the certificate would begin on {}, before {name} does on {}",
            rfc3339(spec.not_before),
            rfc3339(issuer.not_before)
        ));
    }
    Ok(())
}

/// Whether the signed certificate is what was asked, and verifies. Where `issuer` is the
/// certificate itself it must have signed itself.
pub(super) fn result(
    spec: &CertificateSpec,
    key: &PublicHalf,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Result<(), Error> {
    let made = certificate.details();
    let own = certificate.sha256() == issuer.sha256();
    let issuer_identifier = if own {
        None
    } else {
        issuer.details().subject_key_identifier
    };
    let identifier = if spec.says_key_identifier() {
        Some(super::key_identifier(key)?)
    } else {
        None
    };
    let facts = [
        (
            certificate.issuer_der() == issuer.subject_der(),
            "the issuer",
        ),
        (
            certificate.subject_der() == spec.subject.as_der(),
            "the subject",
        ),
        (made.spki == key.spki, "the public key"),
        (made.version == 3, "the version"),
        (
            made.serial_number == crate::pki::hex(&serial_bytes(spec)),
            "the serial number",
        ),
        (same_dates(spec, &made), "the dates"),
        (
            made.subject_alt_names == spec.subject_alt_names,
            "the subject alternative names",
        ),
        (same_set(&made.key_usage, &spec.key_usage), "the key usage"),
        (same_usages(spec, &made), "the extended key usage"),
        (same_constraints(spec, &made), "the basic constraints"),
        (
            made.subject_key_identifier == identifier,
            "the subject key identifier",
        ),
        (
            made.authority_key_identifier == issuer_identifier,
            "the authority key identifier",
        ),
        (criticality(spec, &made), "what is critical"),
        (carried_over(spec, certificate), "what is taken over"),
        (signed(certificate, issuer, spec, own), "the signature"),
    ];
    facts
        .iter()
        .find(|(holds, _)| !holds)
        .map_or(Ok(()), |(_, what)| Err(Error::Differs(what)))
}

/// A server's certificate may sign itself without being a CA; then only the signature counts.
fn signed(
    certificate: &Certificate,
    issuer: &Certificate,
    spec: &CertificateSpec,
    own: bool,
) -> bool {
    match relation(certificate, issuer) {
        Relation::Issued => true,
        Relation::Refused(Refusal::UnknownAlgorithm | Refusal::BadSignature)
        | Relation::NotSigned => false,
        Relation::Refused(_) => own && spec.authority.is_none(),
    }
}

fn same_dates(spec: &CertificateSpec, made: &Details) -> bool {
    made.not_before == spec.not_before && made.not_after == spec.not_after
}

fn same_constraints(spec: &CertificateSpec, made: &Details) -> bool {
    let found = made
        .basic_constraints
        .map(|found| (found.authority, found.path_length));
    let length = spec
        .authority
        .and_then(|authority| authority.path_length)
        .map(u32::from);
    found == Some((spec.authority.is_some(), length))
}

/// Compared by OID: what was asked may name a known purpose by its OID alone.
fn same_usages(spec: &CertificateSpec, made: &Details) -> bool {
    let oids = |usages: &[ExtendedKeyUsage]| {
        usages
            .iter()
            .map(|usage| usage.oid().to_owned())
            .collect::<Vec<_>>()
    };
    same_set(
        &oids(&made.extended_key_usage),
        &oids(&spec.extended_key_usage),
    )
}

fn criticality(spec: &CertificateSpec, made: &Details) -> bool {
    made.extensions.iter().all(|extension| {
        let asked = match (carried(spec, &extension.oid), extension.oid.as_str()) {
            (Some(raw), _) => raw.critical,
            (None, "2.5.29.15") => spec.key_usage_critical,
            (None, "2.5.29.37") => spec.extended_key_usage_critical,
            (None, SUBJECT_ALT_NAME) => spec.subject.is_empty(),
            (None, BASIC_CONSTRAINTS) => true,
            (None, _) => false,
        };
        extension.critical == asked
    })
}

/// Every carried extension stands in the certificate with its very bytes.
fn carried_over(spec: &CertificateSpec, certificate: &Certificate) -> bool {
    let made = certificate.raw_extensions();
    spec.carried.iter().all(|raw| made.contains(raw))
}

/// The carried extension of this kind.
pub(super) fn carried<'a>(spec: &'a CertificateSpec, oid: &str) -> Option<&'a RawExtension> {
    spec.carried.iter().find(|raw| raw.oid == oid)
}

fn same_set<T: Ord + Clone>(left: &[T], right: &[T]) -> bool {
    let sorted = |values: &[T]| {
        let mut values = values.to_vec();
        values.sort();
        values.dedup();
        values
    };
    sorted(left) == sorted(right)
}

/// The serial number of a checked spec, without leading zero bytes.
pub(super) fn serial_bytes(spec: &CertificateSpec) -> Vec<u8> {
    let bytes = spec.serial_number.unwrap_or(1).max(1).to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes[zeros..].to_vec()
}

/// Uniform in 1..2^63, as kubeadm draws it (pkiutil, NewSignedCert).
fn random_serial() -> Result<u64, Error> {
    loop {
        let mut bytes = [0; 8];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| {
            Error::Unsupported("a serial number: the system gives no random numbers".to_owned())
        })?;
        let number = u64::from_be_bytes(bytes) >> 1;
        if number > 0 {
            return Ok(number);
        }
    }
}

fn whole_second(moment: OffsetDateTime) -> OffsetDateTime {
    let moment = moment
        .checked_to_offset(time::UtcOffset::UTC)
        .unwrap_or(moment);
    moment.replace_nanosecond(0).unwrap_or(moment)
}

fn refused<T>(why: &str) -> Result<T, Error> {
    Err(Error::Refused(why.to_owned()))
}
