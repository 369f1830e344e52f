//! Self-signed authorities through rcgen, with every field set: its defaults are valid from 1975 to
//! 4096, its serial number is a hash of the key, and its key identifiers are over other bytes than
//! RFC 7093 says.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, IsCa, KeyIdMethod,
    KeyUsagePurpose, SanType, SerialNumber,
};

use super::names::is_printable;
use super::signer::{CertificateSigner, unwritable};
use super::{CertificateSpec, check};
use crate::pki::key::PrivateKey;
use crate::pki::{Error, GeneralName, KeyUsage, Name};

/// True where rcgen can write all of it: at most one O and one CN, as [`Name::with_groups`] writes
/// them. A question mark makes yasna 0.6 panic below rcgen: it takes it for no character of a
/// PrintableString.
pub(super) fn is_plain(spec: &CertificateSpec) -> bool {
    let organizations = spec.subject.organizations();
    let plain = Name::with_groups(
        spec.subject.common_name().unwrap_or_default(),
        &organizations,
    );
    organizations.len() < 2
        && !spec.subject.as_der().contains(&b'?')
        && plain.is_ok_and(|plain| plain == spec.subject)
        && spec.authority.is_some()
        && spec.key_usage_critical
        && spec.extended_key_usage.is_empty()
        && spec.carried.is_empty()
}

/// The DER of the certificate.
pub(super) fn certificate(spec: &CertificateSpec, key: &PrivateKey) -> Result<Vec<u8>, Error> {
    let mut params = CertificateParams::default();
    params.not_before = spec.not_before;
    params.not_after = spec.not_after;
    params.serial_number = Some(SerialNumber::from_slice(&check::serial_bytes(spec)));
    params.subject_alt_names = spec
        .subject_alt_names
        .iter()
        .map(alternative)
        .collect::<Result<_, _>>()?;
    params.distinguished_name = distinguished_name(&spec.subject)?;
    params.is_ca = IsCa::Ca(
        match spec.authority.and_then(|authority| authority.path_length) {
            Some(length) => BasicConstraints::Constrained(length),
            None => BasicConstraints::Unconstrained,
        },
    );
    params.key_usages = spec.key_usage.iter().copied().map(key_usage).collect();
    params.extended_key_usages = Vec::new();
    params.name_constraints = None;
    params.crl_distribution_points = Vec::new();
    params.custom_extensions = Vec::new();
    // A root names no authority key: Go leaves it out where subject and issuer are equal.
    params.use_authority_key_identifier_extension = false;
    params.key_identifier_method = KeyIdMethod::PreSpecified(super::key_identifier(key.public())?);
    let certificate = params
        .self_signed(&CertificateSigner(key))
        .map_err(|error| unwritable("the certificate cannot be written", &error))?;
    Ok(certificate.der().to_vec())
}

fn distinguished_name(subject: &Name) -> Result<DistinguishedName, Error> {
    let mut name = DistinguishedName::new();
    let organizations = subject
        .organizations()
        .into_iter()
        .map(|value| (DnType::OrganizationName, value));
    for (kind, value) in organizations.chain(
        subject
            .common_name()
            .map(|value| (DnType::CommonName, value)),
    ) {
        let value = if value.bytes().all(is_printable) {
            let text = value
                .try_into()
                .map_err(|error| unwritable("the subject cannot be written", &error))?;
            DnValue::PrintableString(text)
        } else {
            DnValue::Utf8String(value.to_owned())
        };
        name.push(kind, value);
    }
    Ok(name)
}

fn alternative(name: &GeneralName) -> Result<SanType, Error> {
    // The same refusals as for every other certificate.
    super::names::general_name(name)?;
    let text = |value: &str| {
        rcgen::string::Ia5String::try_from(value)
            .map_err(|error| unwritable("a subject alternative name cannot be written", &error))
    };
    Ok(match name {
        GeneralName::Dns(name) => SanType::DnsName(text(name)?),
        GeneralName::Email(address) => SanType::Rfc822Name(text(address)?),
        GeneralName::Uri(uri) => SanType::URI(text(uri)?),
        GeneralName::Ip(address) => SanType::IpAddress(*address),
        GeneralName::Other(kind) => return Err(Error::Unsupported(kind.clone())),
    })
}

fn key_usage(usage: KeyUsage) -> KeyUsagePurpose {
    match usage {
        KeyUsage::DigitalSignature => KeyUsagePurpose::DigitalSignature,
        KeyUsage::ContentCommitment => KeyUsagePurpose::ContentCommitment,
        KeyUsage::KeyEncipherment => KeyUsagePurpose::KeyEncipherment,
        KeyUsage::DataEncipherment => KeyUsagePurpose::DataEncipherment,
        KeyUsage::KeyAgreement => KeyUsagePurpose::KeyAgreement,
        KeyUsage::CertSign => KeyUsagePurpose::KeyCertSign,
        KeyUsage::CrlSign => KeyUsagePurpose::CrlSign,
        KeyUsage::EncipherOnly => KeyUsagePurpose::EncipherOnly,
        KeyUsage::DecipherOnly => KeyUsagePurpose::DecipherOnly,
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::pki::issue::self_sign;
    use crate::pki::key::KeyAlgorithm;

    #[test]
    fn every_name_makes_an_authority() {
        let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let start = time::OffsetDateTime::UNIX_EPOCH;
        for (common_name, groups, plain) in [
            ("kubernetes", &[][..], true),
            ("мастер", &["a"], true),
            ("A 0'()+,-./:=", &["z:"], true),
            ("why?", &[], false),
            ("two", &["a", "b"], false),
            ("twice", &["a", "a"], false),
        ] {
            let name = Name::with_groups(common_name, groups).unwrap();
            let spec = CertificateSpec::authority(name, (start, start + Duration::DAY));
            assert_eq!(is_plain(&spec), plain, "{common_name}");
            assert!(self_sign(&spec, &key).is_ok(), "{common_name}");
        }
    }
}
