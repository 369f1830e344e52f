//! PKCS#10 requests (RFC 2986): made here, and checked before something is issued for them.

use der::{Decode as _, Encode as _};
use signature::Signer as _;
use spki::{
    DynSignatureAlgorithmIdentifier as _, SignatureBitStringEncoding as _,
    SubjectPublicKeyInfoOwned,
};
use x509_cert::request::{CertReq, CertReqInfo, ExtensionReq};

use super::builder;
use super::signer::{CertificateSigner, Signature, unwritable};
use crate::pki::key::{PrivateKey, PublicHalf};
use crate::pki::{CertificationRequest, Error, ExtendedKeyUsage, GeneralName, KeyUsage, Name};

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSpec {
    /// The name asked for.
    pub subject: Name,
    /// In this order.
    pub subject_alt_names: Vec<GeneralName>,
    /// The kubelet asks for none here, since the CSR object says them.
    pub key_usage: Vec<KeyUsage>,
    /// In this order.
    pub extended_key_usage: Vec<ExtendedKeyUsage>,
}

impl RequestSpec {
    /// Makes the request and signs it with the key that it is for.
    ///
    /// # Errors
    /// [`Error::Refused`] and [`Error::Unsupported`] for names and usages that cannot be written,
    /// [`Error::Differs`] where the result is not what was asked.
    pub fn sign(&self, key: &PrivateKey) -> Result<CertificationRequest, Error> {
        let signer = CertificateSigner(key);
        let written = |error: der::Error| unwritable("the request cannot be written", &error);
        let mut extensions =
            builder::usages((&self.key_usage, true), (&self.extended_key_usage, false))?;
        extensions.extend(builder::alternatives(
            &self.subject_alt_names,
            self.subject.is_empty(),
        )?);
        let mut info = CertReqInfo {
            version: x509_cert::request::Version::V1,
            subject: builder::name(self.subject.as_der())?,
            public_key: SubjectPublicKeyInfoOwned::from_der(&key.public().spki).map_err(written)?,
            attributes: der::asn1::SetOfVec::new(),
        };
        if !extensions.is_empty() {
            let attribute = ExtensionReq(extensions).try_into().map_err(written)?;
            info.attributes.insert(attribute).map_err(written)?;
        }
        let message = info.to_der().map_err(written)?;
        let signature: Signature = signer
            .try_sign(&message)
            .map_err(|error| unwritable("the request cannot be signed", &error))?;
        let request = CertReq {
            info,
            algorithm: signer
                .signature_algorithm_identifier()
                .map_err(|error| unwritable("the request cannot be signed", &error))?,
            signature: signature.to_bitstring().map_err(written)?,
        };
        let request = CertificationRequest::from_der(&request.to_der().map_err(written)?)?;
        self.compare(&request, key)?;
        Ok(request)
    }

    fn compare(&self, made: &CertificationRequest, key: &PrivateKey) -> Result<(), Error> {
        let facts = [
            (
                made.subject.as_der() == self.subject.as_der(),
                "the subject",
            ),
            (made.spki == key.public().spki, "the public key"),
            (
                made.subject_alt_names == self.subject_alt_names,
                "the subject alternative names",
            ),
            (made.signature_valid == Some(true), "the signature"),
        ];
        facts
            .iter()
            .find(|(holds, _)| !holds)
            .map_or(Ok(()), |(_, what)| Err(Error::Differs(what)))
    }
}

/// The key of a request, if the request was signed with it: only then does the sender hold the key.
///
/// # Errors
/// [`Error::Refused`] where the signature is another key's, or cannot be checked (RSA-PSS with a
/// salt of another length than its hash, P-224, DSA).
pub fn verified_key(request: &CertificationRequest) -> Result<PublicHalf, Error> {
    match request.signature_valid {
        Some(true) => PublicHalf::from_spki(&request.spki),
        Some(false) => Err(Error::Refused(
            "the request's signature is not that of its own key".to_owned(),
        )),
        None => Err(Error::Refused(format!(
            "the request's signature cannot be checked here ({}, {}): make it again with SHA-256 and an RSA key of \
             2048 bit or more, or a key on P-256",
            request.key_algorithm, request.signature_algorithm
        ))),
    }
}
