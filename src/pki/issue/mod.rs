//! Issuing certificates (RFC 5280 §4.1, 4.2): every check of the issuer before the signature, every
//! field after it.
//!
//! Plain self-signed authorities go through rcgen. Whatever has a subject or an issuer given from
//! outside goes through x509-cert's builder: rcgen loses repeated name parts, and in Kubernetes O
//! is the group.

mod authority;
mod builder;
mod check;
mod go_name;
mod names;
mod request;
mod signer;

use time::OffsetDateTime;

pub use self::go_name::GoName;
pub use self::request::{RequestSpec, verified_key};
use super::error::in_words;
use super::extension::RawExtension;
use super::key::{PrivateKey, PublicHalf};
use super::{Certificate, Error, ExtendedKeyUsage, GeneralName, KeyUsage, Name};

/// The key usages of a leaf as kubeadm makes it, ECDSA too (certs.go, NewSignedCert).
pub const LEAF_KEY_USAGE: [KeyUsage; 2] = [KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment];

/// The key usages of a CA as kubeadm makes it: no CRL signing.
pub const AUTHORITY_KEY_USAGE: [KeyUsage; 3] = [
    KeyUsage::DigitalSignature,
    KeyUsage::KeyEncipherment,
    KeyUsage::CertSign,
];

/// What is asked of a new certificate. Nothing else gets into it but the key, the issuer's name and
/// the key identifiers (RFC 7093 §2, method 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateSpec {
    /// Taken over byte for byte.
    pub subject: Name,
    /// In this order. The extension is critical where the subject is empty (RFC 5280 §4.2.1.6).
    pub subject_alt_names: Vec<GeneralName>,
    /// Empty: no such extension.
    pub key_usage: Vec<KeyUsage>,
    /// Whether the key usage extension is critical.
    pub key_usage_critical: bool,
    /// In this order. Empty: no such extension.
    pub extended_key_usage: Vec<ExtendedKeyUsage>,
    /// Whether the extended key usage extension is critical.
    pub extended_key_usage_critical: bool,
    /// The first second of its life; fractions are cut off.
    pub not_before: OffsetDateTime,
    /// The last second of its life; fractions are cut off.
    pub not_after: OffsetDateTime,
    /// Extensions of another certificate, taken over byte for byte. One of a kind that this spec
    /// also says in words stands for those words, which must mean the same; any other is added. Key
    /// identifiers and basic constraints are never taken over: they belong to the key and the
    /// issuer.
    pub carried: Vec<RawExtension>,
    /// Whether a leaf says its own key's identifier (RFC 5280 §4.2.1.2), which kubeadm leaves out.
    /// Where subject and issuer are equal it is what tells a leaf from a root. A CA always says it.
    pub subject_key_identifier: bool,
    /// `Some` makes a CA.
    pub authority: Option<Authority>,
    /// `None`: random, positive, 63 bit. Only tests and the demo give one.
    pub serial_number: Option<u64>,
}

/// What a CA may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Authority {
    /// How many intermediates may follow; `None`: any number.
    pub path_length: Option<u8>,
}

impl CertificateSpec {
    /// A leaf with kubeadm's key usages.
    pub fn leaf(
        subject: Name,
        subject_alt_names: Vec<GeneralName>,
        extended_key_usage: &[ExtendedKeyUsage],
        (not_before, not_after): (OffsetDateTime, OffsetDateTime),
    ) -> Self {
        Self {
            subject,
            subject_alt_names,
            key_usage: LEAF_KEY_USAGE.to_vec(),
            key_usage_critical: true,
            extended_key_usage: extended_key_usage.to_vec(),
            extended_key_usage_critical: false,
            not_before,
            not_after,
            carried: Vec::new(),
            subject_key_identifier: false,
            authority: None,
            serial_number: None,
        }
    }

    /// True where it says the identifier of its own key.
    fn says_key_identifier(&self) -> bool {
        self.subject_key_identifier || self.authority.is_some()
    }

    /// A CA as kubeadm makes it: its CN is also a DNS name of it (client-go cert.go,
    /// NewSelfSignedCACert).
    pub fn authority(subject: Name, lifetime: (OffsetDateTime, OffsetDateTime)) -> Self {
        let name = subject
            .common_name()
            .filter(|name| name.is_ascii() && !name.is_empty());
        let names = name
            .map(|name| GeneralName::Dns(name.to_owned()))
            .into_iter()
            .collect();
        Self {
            key_usage: AUTHORITY_KEY_USAGE.to_vec(),
            authority: Some(Authority::default()),
            ..Self::leaf(subject, names, &[], lifetime)
        }
    }
}

/// Who signs: a CA certificate and its key.
#[derive(Debug, Clone, Copy)]
pub struct Issuer<'a> {
    /// Its subject becomes the issuer, its subjectKeyIdentifier the authorityKeyIdentifier, as they
    /// stand.
    pub certificate: &'a Certificate,
    /// The key of that certificate.
    pub key: &'a PrivateKey,
}

/// Issues a certificate for `key`.
///
/// # Errors
/// [`Error::Refused`] with a sentence where the issuer must not sign this, or the spec contradicts
/// itself; [`Error::Unsupported`] for names that cannot be written; [`Error::Differs`] where the
/// result is not what was asked, which is a fault of kubepki or of a library.
pub fn issue(
    spec: &CertificateSpec,
    key: &PublicHalf,
    issuer: Issuer<'_>,
) -> Result<Certificate, Error> {
    let spec = check::spec(spec)?;
    check::issuer(&spec, issuer)?;
    let details = issuer.certificate.details();
    let der = builder::certificate(
        &spec,
        key,
        &builder::Signed {
            issuer: issuer.certificate.subject_der(),
            authority_key_identifier: details.subject_key_identifier.as_deref(),
            key: issuer.key,
        },
    )?;
    let certificate = Certificate::from_der(&der)?;
    check::result(&spec, key, &certificate, issuer.certificate)?;
    Ok(certificate)
}

/// Issues a certificate that signs itself with `key`: a root, or a server's own certificate.
///
/// # Errors
/// As [`issue`].
pub fn self_sign(spec: &CertificateSpec, key: &PrivateKey) -> Result<Certificate, Error> {
    let spec = check::spec(spec)?;
    if spec.subject.is_empty() {
        return Err(Error::Refused(
            "a certificate that signs itself needs a subject".to_owned(),
        ));
    }
    let der = if authority::is_plain(&spec) {
        authority::certificate(&spec, key)?
    } else {
        let signed = builder::Signed {
            issuer: spec.subject.as_der(),
            authority_key_identifier: None,
            key,
        };
        builder::certificate(&spec, key.public(), &signed)?
    };
    let certificate = Certificate::from_der(&der)?;
    check::result(&spec, key.public(), &certificate, &certificate)?;
    Ok(certificate)
}

/// The subjectKeyIdentifier of a new CA: the leftmost 160 bits of SHA-256 over the public key's BIT
/// STRING (RFC 7093 §2, method 1), as Go writes it since 1.25. Identifiers that exist are copied,
/// never worked out again.
fn key_identifier(key: &PublicHalf) -> Result<Vec<u8>, Error> {
    use x509_parser::prelude::{FromDer as _, SubjectPublicKeyInfo};
    let (_, spki) = SubjectPublicKeyInfo::from_der(&key.spki)
        .map_err(|error| Error::NotAKey(in_words(&error)))?;
    Ok(super::sha256(&spki.subject_public_key.data)[..20].to_vec())
}
