//! Certificates through x509-cert's builder: subject and issuer go in byte for byte.

use std::time::Duration;

use der::asn1::OctetString;
use der::flagset::FlagSet;
use der::oid::AssociatedOid;
use der::{DateTime, Decode as _, Encode};
use spki::{ObjectIdentifier, SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use x509_cert::TbsCertificate;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder as _, CertificateBuilder};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage as ExtendedKeyUsageExtension,
    KeyUsage as KeyUsageExtension, KeyUsages, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::name::Name as WrittenName;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

use super::names::general_name;
use super::signer::{CertificateSigner, Signature, unwritable};
use super::{CertificateSpec, check};
use crate::pki::extension::{RawExtension, SUBJECT_ALT_NAME};
use crate::pki::key::{PrivateKey, PublicHalf};
use crate::pki::{Error, ExtendedKeyUsage, GeneralName, KeyUsage};
use time::OffsetDateTime;

/// Who signs, and what the certificate says of him.
pub(super) struct Signed<'a> {
    /// The DER of the issuer's name.
    pub(super) issuer: &'a [u8],
    /// The issuer's subjectKeyIdentifier, where it has one: none is invented.
    pub(super) authority_key_identifier: Option<&'a [u8]>,
    pub(super) key: &'a PrivateKey,
}

/// The DER of the certificate.
pub(super) fn certificate(
    spec: &CertificateSpec,
    key: &PublicHalf,
    signed: &Signed<'_>,
) -> Result<Vec<u8>, Error> {
    let profile = Profile {
        subject: name(spec.subject.as_der())?,
        issuer: name(signed.issuer)?,
        extensions: extensions(spec, key, signed.authority_key_identifier)?,
    };
    let serial = SerialNumber::new(&check::serial_bytes(spec))
        .map_err(|error| unwritable("the serial number cannot be written", &error))?;
    let validity = Validity::new(moment(spec.not_before)?, moment(spec.not_after)?);
    let spki = SubjectPublicKeyInfoOwned::from_der(&key.spki)
        .map_err(|error| Error::NotAKey(error.to_string()))?;
    let written = CertificateBuilder::new(profile, serial, validity, spki)
        .and_then(|builder| builder.build::<_, Signature>(&CertificateSigner(signed.key)))
        .map_err(|error| unwritable("the certificate cannot be written", &error))?;
    written
        .to_der()
        .map_err(|error| unwritable("the certificate cannot be written", &error))
}

pub(super) fn name(der: &[u8]) -> Result<WrittenName, Error> {
    WrittenName::from_der(der)
        .map_err(|error| unwritable("this name cannot be written again", &error))
}

/// UTCTime until 2049, GeneralizedTime after (RFC 5280 §4.1.2.5): the builder chooses.
fn moment(moment: OffsetDateTime) -> Result<Time, Error> {
    let seconds = u64::try_from(moment.unix_timestamp())
        .map_err(|_| Error::Refused(format!("{moment} is before 1970")))?;
    DateTime::from_unix_duration(Duration::from_secs(seconds))
        .map(Time::from)
        .map_err(|_| Error::Refused(format!("{moment} cannot be written in a certificate")))
}

/// In Go's order (crypto/x509, buildCertExtensions), so that the bytes are those of kubeadm.
fn extensions(
    spec: &CertificateSpec,
    key: &PublicHalf,
    authority_key_identifier: Option<&[u8]>,
) -> Result<Vec<Extension>, Error> {
    let mut all = requested(spec)?;
    let constraints = BasicConstraints {
        ca: spec.authority.is_some(),
        path_len_constraint: spec.authority.and_then(|authority| authority.path_length),
    };
    all.push(extension(&constraints, true)?);
    if spec.says_key_identifier() {
        all.push(extension(
            &SubjectKeyIdentifier(octets(&super::key_identifier(key)?)?),
            false,
        )?);
    }
    if let Some(identifier) = authority_key_identifier {
        let identifier = AuthorityKeyIdentifier {
            key_identifier: Some(octets(identifier)?),
            ..AuthorityKeyIdentifier::default()
        };
        all.push(extension(&identifier, false)?);
    }
    if check::carried(spec, SUBJECT_ALT_NAME).is_none() {
        all.extend(alternatives(
            &spec.subject_alt_names,
            spec.subject.is_empty(),
        )?);
    }
    take_over(&spec.carried, &mut all)?;
    Ok(all)
}

/// Each carried extension, in the place of its own kind where there is one.
fn take_over(carried: &[RawExtension], all: &mut Vec<Extension>) -> Result<(), Error> {
    for raw in carried {
        let oid = ObjectIdentifier::new(&raw.oid)
            .map_err(|error| unwritable("an extension cannot be written", &error))?;
        let taken = Extension {
            extn_id: oid,
            critical: raw.critical,
            extn_value: octets(&raw.der)?,
        };
        match all.iter_mut().find(|other| other.extn_id == oid) {
            Some(other) => *other = taken,
            None => all.push(taken),
        }
    }
    Ok(())
}

fn requested(spec: &CertificateSpec) -> Result<Vec<Extension>, Error> {
    usages(
        (&spec.key_usage, spec.key_usage_critical),
        (&spec.extended_key_usage, spec.extended_key_usage_critical),
    )
}

/// KeyUsage and ExtendedKeyUsage, each where it is not empty. The flags say whether they are
/// critical.
pub(super) fn usages(
    (key_usage, key_usage_critical): (&[KeyUsage], bool),
    (extended, extended_critical): (&[ExtendedKeyUsage], bool),
) -> Result<Vec<Extension>, Error> {
    let mut all = Vec::new();
    if !key_usage.is_empty() {
        all.push(extension(
            &KeyUsageExtension(flags(key_usage)?),
            key_usage_critical,
        )?);
    }
    if !extended.is_empty() {
        let oids = extended.iter().map(usage_oid).collect::<Result<_, _>>()?;
        all.push(extension(
            &ExtendedKeyUsageExtension(oids),
            extended_critical,
        )?);
    }
    Ok(all)
}

/// SubjectAltName, where there is a name.
pub(super) fn alternatives(
    names: &[GeneralName],
    critical: bool,
) -> Result<Option<Extension>, Error> {
    if names.is_empty() {
        return Ok(None);
    }
    let names = names.iter().map(general_name).collect::<Result<_, _>>()?;
    extension(&SubjectAltName(names), critical).map(Some)
}

fn flags(usages: &[KeyUsage]) -> Result<FlagSet<KeyUsages>, Error> {
    let bits = usages.iter().fold(0, |bits, usage| bits | usage.bit());
    FlagSet::new(bits).map_err(|_| Error::Refused("the key usages cannot be written".to_owned()))
}

fn usage_oid(usage: &ExtendedKeyUsage) -> Result<ObjectIdentifier, Error> {
    let oid = usage.oid();
    ObjectIdentifier::new(oid)
        .map_err(|_| Error::Refused(format!("{oid:?} is no extended key usage")))
}

fn extension<T: AssociatedOid + Encode>(value: &T, critical: bool) -> Result<Extension, Error> {
    let der = value
        .to_der()
        .map_err(|error| unwritable("an extension cannot be written", &error))?;
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value: octets(&der)?,
    })
}

fn octets(bytes: &[u8]) -> Result<OctetString, Error> {
    OctetString::new(bytes).map_err(|error| unwritable("an extension cannot be written", &error))
}

/// Hands the builder our names and extensions as they are.
struct Profile {
    subject: WrittenName,
    issuer: WrittenName,
    extensions: Vec<Extension>,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _: &WrittenName) -> WrittenName {
        self.issuer.clone()
    }

    fn get_subject(&self) -> WrittenName {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        _: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        Ok(self.extensions.clone())
    }
}
