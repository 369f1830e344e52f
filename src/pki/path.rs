//! Who signed what (RFC 5280 §6), judged by signature and not by name alone.

use std::fmt;

use x509_parser::prelude::X509Certificate;

use super::certificate::parse;
use super::signature::{SignatureVerdict, verify};
use super::{Certificate, KeyUsage, extension};

/// How one certificate stands to another that bears its issuer's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The issuer signed it and may do so.
    Issued,
    /// It names this issuer, yet a verifier refuses it, for this reason.
    Refused(Refusal),
    /// Another key signed it.
    NotSigned,
}

/// Why a verifier refuses an issuer that a certificate names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The child's authorityKeyIdentifier names another key (OpenSSL refuses, Go accepts).
    AuthorityKeyIdentifier,
    /// The issuer's BasicConstraints do not say CA:TRUE (RFC 5280 §4.2.1.9).
    NotAnAuthority,
    /// The issuer's key usage lacks keyCertSign (RFC 5280 §4.2.1.3).
    NoCertSign,
    /// The signature's algorithm is unknown or too weak to be checked here (MD5, RSA under 2048
    /// bit).
    UnknownAlgorithm,
    /// The child's authorityKeyIdentifier names the issuer's key, and the signature is not that
    /// key's.
    BadSignature,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AuthorityKeyIdentifier => {
                "its authority key identifier names another key than its issuer's"
            }
            Self::NotAnAuthority => "its issuer is not a CA (basic constraints)",
            Self::NoCertSign => {
                "its issuer may not sign certificates (key usage without cert sign)"
            }
            Self::UnknownAlgorithm => "its signature cannot be checked (algorithm or key size)",
            Self::BadSignature => "its signature does not verify (the file is damaged?)",
        })
    }
}

/// How `child` stands to `issuer`. Callers look up candidates by [`Certificate::issuer_key`]: a
/// name that differs is `NotSigned`.
pub fn relation(child: &Certificate, issuer: &Certificate) -> Relation {
    if child.issuer_key() != issuer.subject_key() {
        return Relation::NotSigned;
    }
    let (Ok(parsed), Ok(signer)) = (parse(child.der()), parse(issuer.der())) else {
        return Relation::NotSigned;
    };
    let data = parsed.tbs_certificate.as_ref();
    match verify(
        signer.public_key(),
        &parsed.signature_algorithm,
        &parsed.signature_value.data,
        data,
    ) {
        SignatureVerdict::Good => {}
        SignatureVerdict::Bad if names_key(&parsed, &signer) => {
            return Relation::Refused(Refusal::BadSignature);
        }
        SignatureVerdict::Bad => return Relation::NotSigned,
        SignatureVerdict::Unknown => return Relation::Refused(Refusal::UnknownAlgorithm),
    }
    refusal(&parsed, &signer).map_or(Relation::Issued, Relation::Refused)
}

/// True where the child's key identifier is the signer's: not another CA of the same name.
fn names_key(child: &X509Certificate<'_>, signer: &X509Certificate<'_>) -> bool {
    let named = extension::read_all(child.extensions()).authority_key_identifier;
    named.is_some() && named == extension::read_all(signer.extensions()).subject_key_identifier
}

/// What OpenSSL's X509_check_issued and check_chain refuse (crypto/x509/v3_purp.c, x509_vfy.c).
fn refusal(parsed: &X509Certificate<'_>, signer: &X509Certificate<'_>) -> Option<Refusal> {
    let child = extension::read_all(parsed.extensions());
    let issuer = extension::read_all(signer.extensions());
    if let (Some(named), Some(own)) = (
        &child.authority_key_identifier,
        &issuer.subject_key_identifier,
    ) && named != own
    {
        return Some(Refusal::AuthorityKeyIdentifier);
    }
    if child
        .authority_serial
        .as_deref()
        .is_some_and(|serial| serial != signer.raw_serial())
    {
        return Some(Refusal::AuthorityKeyIdentifier);
    }
    if !issuer.key_usage.is_empty() && !issuer.key_usage.contains(&KeyUsage::CertSign) {
        return Some(Refusal::NoCertSign);
    }
    let authority = match issuer.basic_constraints {
        Some(constraints) => constraints.authority,
        // Version 1 roots, and version 3 ones with keyCertSign alone, are CAs to OpenSSL.
        None => {
            signer.version().0 == 0 && signer.subject().as_raw() == signer.issuer().as_raw()
                || !issuer.key_usage.is_empty()
        }
    };
    (!authority).then_some(Refusal::NotAnAuthority)
}
