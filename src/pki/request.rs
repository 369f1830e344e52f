//! PKCS#10 certification requests (RFC 2986).

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::prelude::FromDer;

use super::error::UNREAD_NAME;
use super::name::is_whole;
use super::signature::{SignatureVerdict, verify};
use super::{
    Digest, Error, ExtendedKeyUsage, GeneralName, KeyKind, KeyUsage, Name, extension, sha256,
};

/// A request that could be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificationRequest {
    /// The request's bytes.
    pub der: Vec<u8>,
    /// The name that is asked for.
    pub subject: Name,
    /// What sort of key it is.
    pub key_algorithm: KeyKind,
    /// As "SHA256-RSA".
    pub signature_algorithm: String,
    /// The public key, DER.
    pub spki: Vec<u8>,
    /// SHA-256 over the public key.
    pub spki_sha256: Digest,
    /// Asked names, in order.
    pub subject_alt_names: Vec<GeneralName>,
    /// Asked key usages.
    pub key_usage: Vec<KeyUsage>,
    /// Asked extended key usages.
    pub extended_key_usage: Vec<ExtendedKeyUsage>,
    /// Whether basic constraints ask for a CA.
    pub is_authority: bool,
    /// The OIDs of requested extensions that have no field here, in order.
    pub other_extensions: Vec<String>,
    /// The OIDs of attributes beside the extension request, in order: what they say, as a challenge
    /// password, is not kept.
    pub other_attributes: Vec<String>,
    /// How many extension requests there are; signers read the first, or refuse more than one.
    pub extension_requests: usize,
    /// Whether it was signed with the key it names; `None` where that cannot be checked here.
    pub signature_valid: Option<bool>,
}

/// challengePassword (RFC 2985 §5.4.1), which no CA of Kubernetes reads.
pub const CHALLENGE_PASSWORD: &str = "1.2.840.113549.1.9.7";

impl CertificationRequest {
    /// Parses one DER request; bytes after its end are an error.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let parsed = match X509CertificationRequest::from_der(der) {
            Ok(([], parsed)) => parsed,
            Ok((rest, _)) => return Err(Error::TrailingBytes(rest.len())),
            Err(error) => return Err(Error::NotARequest(super::error::in_words(&error))),
        };
        let info = &parsed.certification_request_info;
        if !is_whole(&info.subject) {
            return Err(Error::NotARequest(UNREAD_NAME.to_owned()));
        }
        let asked: Vec<_> = info
            .iter_attributes()
            .filter_map(|attribute| match attribute.parsed_attribute() {
                ParsedCriAttribute::ExtensionRequest(request) => {
                    Some(extension::read_all(&request.extensions))
                }
                _ => None,
            })
            .collect();
        let extension_requests = asked.len();
        let asked = asked.into_iter().next().unwrap_or_default();
        let others = info.iter_attributes().filter(|attribute| {
            !matches!(
                attribute.parsed_attribute(),
                ParsedCriAttribute::ExtensionRequest(_)
            )
        });
        Ok(Self {
            is_authority: asked.basic_constraints.is_some_and(|one| one.authority),
            other_extensions: asked.unknown(),
            other_attributes: others.map(|one| one.oid.to_id_string()).collect(),
            extension_requests,
            subject: Name::from_parsed(&info.subject),
            key_algorithm: extension::key_kind(&info.subject_pki),
            signature_algorithm: extension::signature_algorithm(&parsed.signature_algorithm),
            spki: info.subject_pki.raw.to_vec(),
            spki_sha256: sha256(info.subject_pki.raw),
            subject_alt_names: asked.subject_alt_names,
            key_usage: asked.key_usage,
            extended_key_usage: asked.extended_key_usage,
            signature_valid: match verify(
                &info.subject_pki,
                &parsed.signature_algorithm,
                &parsed.signature_value.data,
                info.raw,
            ) {
                SignatureVerdict::Good => Some(true),
                SignatureVerdict::Bad => Some(false),
                SignatureVerdict::Unknown => None,
            },
            der: der.to_vec(),
        })
    }

    /// The request as one PEM block.
    pub fn to_pem(&self) -> String {
        super::pem::encode("CERTIFICATE REQUEST", &self.der)
    }
}
