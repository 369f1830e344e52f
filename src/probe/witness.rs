//! Who takes every certificate and writes down what was shown and asked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use der::Encode as _;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, ResolvesClientCert};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use spki::SubjectPublicKeyInfoRef;

use crate::pki::{self, Certificate};

/// The lengths of RSA public keys, DER, from 2048 to 8192 bit: those whose signatures rustls can
/// check.
const RSA_LENGTHS: std::ops::RangeInclusive<usize> = 256..=1040;
const RSA: &str = "1.2.840.113549.1.1.1";

/// What was shown and asked in one handshake.
#[derive(Debug, Default)]
pub(super) struct Witness {
    chain: OnceLock<Vec<Result<Certificate, pki::Error>>>,
    asks_client: AtomicBool,
}

impl Witness {
    /// The certificates as they came, the server's own first; `None`: none came.
    pub(super) fn chain(&self) -> Option<&[Result<Certificate, pki::Error>]> {
        self.chain.get().map(Vec::as_slice)
    }

    /// Whether the server asked for a client certificate.
    pub(super) fn asks_client(&self) -> bool {
        self.asks_client.load(Ordering::Relaxed)
    }
}

/// A client that takes everything and shows nothing.
pub(super) fn config(witness: &Arc<Witness>) -> Result<ClientConfig, Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(witness.clone())
        .with_client_cert_resolver(witness.clone());
    Ok(config)
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = std::iter::once(end_entity).chain(intermediates);
        let chain = self
            .chain
            .get_or_init(|| shown.map(|der| Certificate::from_der(der)).collect());
        match chain.first() {
            Some(Ok(_)) => Ok(ServerCertVerified::assertion()),
            _ => Err(CertificateError::BadEncoding.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        proves_its_key(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        proves_its_key(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

impl ResolvesClientCert for Witness {
    fn resolve(
        &self,
        _issuers: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.asks_client.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Whether the certificate's key signed the handshake. The key alone is read, for rustls' own check
/// refuses certificates of version 1 and others that the server may well have the key of; a key
/// that cannot be checked is taken.
fn proves_its_key(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    let taken = Ok(HandshakeSignatureValid::assertion());
    let Ok(certificate) = Certificate::from_der(certificate) else {
        return taken;
    };
    let spki = certificate.details().spki;
    let Ok(spki) = SubjectPublicKeyInfoRef::try_from(spki.as_slice()) else {
        return taken;
    };
    let (Ok(algorithm), Some(key)) = (spki.algorithm.to_der(), spki.subject_public_key.as_bytes())
    else {
        return taken;
    };
    if spki.algorithm.oid.to_string() == RSA && !RSA_LENGTHS.contains(&key.len()) {
        return taken;
    }
    let known = default_provider().signature_verification_algorithms.mapping;
    let checkers = known
        .iter()
        .filter(|(scheme, _)| *scheme == signed.scheme)
        .flat_map(|(_, checkers)| *checkers);
    // An AlgorithmIdentifier is shorter than 128 bytes: two of them are tag and length, which
    // rustls leaves out.
    let mut fitting = checkers
        .filter(|checker| algorithm.get(2..) == Some(checker.public_key_alg_id().as_ref()))
        .peekable();
    if fitting.peek().is_none()
        || fitting.any(|checker| {
            checker
                .verify_signature(key, message, signed.signature())
                .is_ok()
        })
    {
        return taken;
    }
    Err(CertificateError::BadSignature.into())
}
