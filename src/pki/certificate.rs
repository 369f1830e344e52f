//! Certificates (RFC 5280 §4): the DER and the few facts that every row needs; the rest is decoded
//! on view.

use std::ops::Range;

use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::error::{UNREAD_NAME, in_words};
use super::extension::{self, BasicConstraints, Extension, RawExtension};
use super::name::is_whole;
use super::{Digest, Error, ExtendedKeyUsage, GeneralName, KeyKind, KeyUsage, Name, sha256};

/// A certificate that could be parsed. It owns its DER and little else, so that 100,000 of them fit
/// in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Box<[u8]>,
    subject: Range<u32>,
    issuer: Range<u32>,
    subject_key: Digest,
    issuer_key: Digest,
    common_name: Option<Box<str>>,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    is_authority: bool,
    sha256: Digest,
    spki_sha256: Digest,
}

/// Everything that a certificate says, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// 1, 2 or 3.
    pub version: u32,
    /// The serial number as lower-case hex without a leading zero byte; a negative one has a
    /// leading "-".
    pub serial_number: String,
    /// As "SHA256-RSA", "ECDSA-SHA256", "Ed25519".
    pub signature_algorithm: String,
    /// Who signed.
    pub issuer: Name,
    /// Whose certificate it is.
    pub subject: Name,
    /// The first second in which it is valid.
    pub not_before: OffsetDateTime,
    /// The last second in which it is valid.
    pub not_after: OffsetDateTime,
    /// What sort of key it is.
    pub key_algorithm: KeyKind,
    /// The SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// In the order of the extension.
    pub subject_alt_names: Vec<GeneralName>,
    /// In the order of its bits. Empty: the extension is absent.
    pub key_usage: Vec<KeyUsage>,
    /// Empty: the extension is absent.
    pub extended_key_usage: Vec<ExtendedKeyUsage>,
    /// Absent in version 1 certificates.
    pub basic_constraints: Option<BasicConstraints>,
    /// RFC 5280 §4.2.1.2.
    pub subject_key_identifier: Option<Vec<u8>>,
    /// The keyIdentifier of RFC 5280 §4.2.1.1.
    pub authority_key_identifier: Option<Vec<u8>>,
    /// All extensions in order, those above too.
    pub extensions: Vec<Extension>,
}

impl Certificate {
    /// Parses one DER certificate; bytes after its end are an error.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let parsed = parse(der)?;
        if !is_whole(parsed.subject()) || !is_whole(parsed.issuer()) {
            return Err(Error::NotACertificate(UNREAD_NAME.to_owned()));
        }
        let range = |part: &[u8]| -> Range<u32> {
            let start = part.as_ptr() as usize - der.as_ptr() as usize;
            // A certificate is far below 4 GiB: files are bounded when they are read.
            u32::try_from(start).unwrap_or(0)..u32::try_from(start + part.len()).unwrap_or(0)
        };
        let common_name = Name::from_parsed(parsed.subject())
            .common_name()
            .map(Into::into);
        Ok(Self {
            subject: range(parsed.subject().as_raw()),
            issuer: range(parsed.issuer().as_raw()),
            subject_key: super::name::comparison_key(parsed.subject()),
            issuer_key: super::name::comparison_key(parsed.issuer()),
            common_name,
            not_before: parsed.validity().not_before.to_datetime(),
            not_after: parsed.validity().not_after.to_datetime(),
            is_authority: parsed.is_ca(),
            sha256: sha256(der),
            spki_sha256: sha256(parsed.public_key().raw),
            der: der.into(),
        })
    }

    /// The certificate's bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The DER of the subject's name.
    pub fn subject_der(&self) -> &[u8] {
        &self.der[self.subject.start as usize..self.subject.end as usize]
    }

    /// The DER of the issuer's name.
    pub fn issuer_der(&self) -> &[u8] {
        &self.der[self.issuer.start as usize..self.issuer.end as usize]
    }

    /// The first CN of the subject, as it stands: show it through [`super::text::printable`].
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }

    /// The first second in which it is valid.
    pub fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    /// The last second in which it is valid.
    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// True where BasicConstraints says CA:TRUE.
    pub fn is_authority(&self) -> bool {
        self.is_authority
    }

    /// SHA-256 over the whole certificate.
    pub fn sha256(&self) -> &Digest {
        &self.sha256
    }

    /// SHA-256 over the SubjectPublicKeyInfo: of a CA, this is kubeadm's discovery hash.
    pub fn spki_sha256(&self) -> &Digest {
        &self.spki_sha256
    }

    /// A digest of the subject's name by which names compare as RFC 5280 §7.1 wants: case and runs
    /// of white space do not count, nor does the string type.
    pub fn subject_key(&self) -> Digest {
        self.subject_key
    }

    /// The same of the issuer's name.
    pub fn issuer_key(&self) -> Digest {
        self.issuer_key
    }

    /// True where subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.subject_key == self.issuer_key
    }

    /// Decodes the whole certificate. Costs some microseconds: for what is on screen, not for every
    /// row.
    pub fn details(&self) -> Details {
        // The same bytes were parsed when the value was made.
        parse(&self.der).map_or_else(
            |error| unreachable!("parsed before: {error}"),
            |parsed| details(&parsed),
        )
    }

    /// All extensions in order, each with its bytes: to carry them over to another certificate.
    pub fn raw_extensions(&self) -> Vec<RawExtension> {
        let parsed = parse(&self.der);
        let extensions = parsed
            .as_ref()
            .map_or(&[][..], |parsed| parsed.extensions());
        let raw = extensions.iter().map(|extension| RawExtension {
            oid: extension.oid.to_id_string(),
            critical: extension.critical,
            der: extension.value.to_vec(),
        });
        raw.collect()
    }

    /// The certificate as one PEM block.
    pub fn to_pem(&self) -> String {
        super::pem::encode("CERTIFICATE", &self.der)
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Certificate({:?}, until {})",
            self.common_name, self.not_after
        )
    }
}

pub(super) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, Error> {
    match X509Certificate::from_der(der) {
        Ok(([], parsed)) => Ok(parsed),
        Ok((rest, _)) => Err(Error::TrailingBytes(rest.len())),
        Err(stopped) => Err(Error::NotACertificate(in_words(&stopped))),
    }
}

fn details(parsed: &X509Certificate<'_>) -> Details {
    let extensions = extension::read_all(parsed.extensions());
    Details {
        version: parsed.version().0 + 1,
        serial_number: serial_text(parsed.raw_serial()),
        signature_algorithm: extension::signature_algorithm(&parsed.signature_algorithm),
        issuer: Name::from_parsed(parsed.issuer()),
        subject: Name::from_parsed(parsed.subject()),
        not_before: parsed.validity().not_before.to_datetime(),
        not_after: parsed.validity().not_after.to_datetime(),
        key_algorithm: extension::key_kind(parsed.public_key()),
        spki: parsed.public_key().raw.to_vec(),
        subject_alt_names: extensions.subject_alt_names,
        key_usage: extensions.key_usage,
        extended_key_usage: extensions.extended_key_usage,
        basic_constraints: extensions.basic_constraints,
        subject_key_identifier: extensions.subject_key_identifier,
        authority_key_identifier: extensions.authority_key_identifier,
        extensions: extensions.all,
    }
}

pub(super) fn serial_text(raw: &[u8]) -> String {
    if raw.first().is_some_and(|byte| *byte >= 0x80) {
        // Two's complement: Go refuses such serials, OpenSSL shows them with a minus.
        let mut magnitude: Vec<u8> = raw.iter().map(|byte| !byte).collect();
        for byte in magnitude.iter_mut().rev() {
            let (sum, carry) = byte.overflowing_add(1);
            *byte = sum;
            if !carry {
                break;
            }
        }
        return format!("-{}", super::hex(strip_zeros(&magnitude)));
    }
    super::hex(strip_zeros(raw))
}

fn strip_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros.min(bytes.len().saturating_sub(1))..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_read_as_openssl_shows_them() {
        for (raw, expected) in [
            (&[0x00, 0x8f, 0x01][..], "8f01"),
            (&[0x05], "05"),
            (&[0x00], "00"),
            (&[0xff], "-01"),
            (&[0x80, 0x00], "-8000"),
        ] {
            assert_eq!(serial_text(raw), expected);
        }
    }

    /// What cannot be read of a name is never passed over: it may be a group.
    #[test]
    fn a_name_is_read_whole_or_not_at_all() {
        let pem = include_bytes!("../../tests/fixtures/certificates/kubeadm-apiserver.crt");
        let der = super::super::pem::blocks(pem)
            .remove(0)
            .unwrap()
            .der
            .to_vec();
        let subject = Certificate::from_der(&der).unwrap().subject.start as usize;
        for (place, byte) in [(2, 0x30), (4, 0x31), (6, 0x05)] {
            let mut changed = der.clone();
            changed[subject + place] = byte;
            let error = Certificate::from_der(&changed)
                .map(|read| read.details().subject)
                .unwrap_err();
            assert_eq!(
                error,
                Error::NotACertificate(UNREAD_NAME.to_owned()),
                "{place}"
            );
        }
    }

    #[test]
    fn garbage_is_an_error() {
        for bytes in [&b""[..], b"\x30", b"hello", &[0x30, 0x82, 0xff, 0xff, 0x00]] {
            assert!(matches!(
                Certificate::from_der(bytes),
                Err(Error::NotACertificate(_))
            ));
        }
    }
}
