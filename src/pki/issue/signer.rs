//! Our key in the forms that x509-cert's builder and rcgen ask for.

use der::asn1::{Any, BitString};
use der::{Document, Tag};
use signature::{Keypair, Signer};
use spki::{
    AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, EncodePublicKey, ObjectIdentifier,
    SignatureBitStringEncoding,
};

use crate::pki::key::PrivateKey;
use crate::pki::{Curve, Error, KeyKind};

/// A key that signs certificates and requests.
#[derive(Clone, Copy)]
pub(super) struct CertificateSigner<'a>(pub(super) &'a PrivateKey);

/// The SubjectPublicKeyInfo, whole.
#[derive(Clone)]
pub(super) struct Spki(Vec<u8>);

/// The signature's bytes.
pub(super) struct Signature(Vec<u8>);

impl EncodePublicKey for Spki {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        Ok(Document::try_from(self.0.as_slice())?)
    }
}

impl SignatureBitStringEncoding for Signature {
    fn to_bitstring(&self) -> der::Result<BitString> {
        BitString::from_bytes(&self.0)
    }
}

impl Keypair for CertificateSigner<'_> {
    type VerifyingKey = Spki;

    fn verifying_key(&self) -> Spki {
        Spki(self.0.public().spki.clone())
    }
}

impl Signer<Signature> for CertificateSigner<'_> {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        self.0
            .sign(message)
            .map(Signature)
            .map_err(|_| signature::Error::new())
    }
}

impl DynSignatureAlgorithmIdentifier for CertificateSigner<'_> {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        let (oid, null) = match &self.0.public().algorithm {
            KeyKind::Ecdsa(Curve::P256) => ("1.2.840.10045.4.3.2", false),
            KeyKind::Ecdsa(Curve::P384) => ("1.2.840.10045.4.3.3", false),
            KeyKind::Ecdsa(Curve::P521) => ("1.2.840.10045.4.3.4", false),
            KeyKind::Ed25519 => ("1.3.101.112", false),
            // RFC 4055 §5: sha256WithRSAEncryption has NULL parameters.
            _ => ("1.2.840.113549.1.1.11", true),
        };
        let parameters = if null {
            Some(Any::new(Tag::Null, Vec::new())?)
        } else {
            None
        };
        Ok(AlgorithmIdentifierOwned {
            oid: ObjectIdentifier::new_unwrap(oid),
            parameters,
        })
    }
}

impl rcgen::PublicKeyData for CertificateSigner<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_bits()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        match &self.0.public().algorithm {
            KeyKind::Ecdsa(Curve::P256) => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyKind::Ecdsa(Curve::P384) => &rcgen::PKCS_ECDSA_P384_SHA384,
            KeyKind::Ecdsa(Curve::P521) => &rcgen::PKCS_ECDSA_P521_SHA512,
            KeyKind::Ed25519 => &rcgen::PKCS_ED25519,
            _ => &rcgen::PKCS_RSA_SHA256,
        }
    }
}

impl rcgen::SigningKey for CertificateSigner<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0
            .sign(message)
            .map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

/// A library's word for what it cannot write.
pub(super) fn unwritable(what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::Unsupported(format!("{what} ({error})"))
}
