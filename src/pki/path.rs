//! Who signed what (RFC 5280 §6), judged by signature and not by name alone.

use std::fmt;

use super::Certificate;
use super::certificate::parse;
use super::extension;

/// How one certificate stands to another that bears its issuer's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The issuer signed it and may do so.
    Issued,
    /// The signature is the issuer's, yet a verifier refuses it, for this reason.
    Refused(Refusal),
    /// Another key signed it.
    NotSigned,
}

/// Why a verifier refuses an issuer whose signature is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The child's authorityKeyIdentifier names another key (OpenSSL refuses, Go accepts).
    AuthorityKeyIdentifier,
    /// The issuer's BasicConstraints do not say CA:TRUE (RFC 5280 §4.2.1.9).
    NotAnAuthority,
    /// The issuer's key usage lacks keyCertSign (RFC 5280 §4.2.1.3).
    NoCertSign,
    /// The signature's algorithm is unknown or too weak to be checked here (MD5, RSA under 2048 bit).
    UnknownAlgorithm,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AuthorityKeyIdentifier => "its authority key identifier names another key than its issuer's",
            Self::NotAnAuthority => "its issuer is not a CA (basic constraints)",
            Self::NoCertSign => "its issuer may not sign certificates (key usage without cert sign)",
            Self::UnknownAlgorithm => "its signature cannot be checked (algorithm or key size)",
        })
    }
}

/// How `child` stands to `issuer`. Callers look up candidates by name first: a name that differs is `NotSigned`.
pub fn relation(child: &Certificate, issuer: &Certificate) -> Relation {
    if child.issuer_der() != issuer.subject_der() {
        return Relation::NotSigned;
    }
    let (Ok(parsed), Ok(signer)) = (parse(child.der()), parse(issuer.der())) else {
        return Relation::NotSigned;
    };
    match parsed.verify_signature(Some(signer.public_key())) {
        Ok(()) => {}
        Err(x509_parser::error::X509Error::SignatureUnsupportedAlgorithm) => {
            return Relation::Refused(Refusal::UnknownAlgorithm);
        }
        Err(_) => return Relation::NotSigned,
    }
    refusal(&extension::read_all(parsed.extensions()), &extension::read_all(signer.extensions()))
        .map_or(Relation::Issued, Relation::Refused)
}

fn refusal(child: &extension::Extensions, issuer: &extension::Extensions) -> Option<Refusal> {
    if let (Some(named), Some(own)) = (&child.authority_key_identifier, &issuer.subject_key_identifier)
        && named != own
    {
        return Some(Refusal::AuthorityKeyIdentifier);
    }
    if !issuer.basic_constraints.is_some_and(|constraints| constraints.authority) {
        return Some(Refusal::NotAnAuthority);
    }
    if !issuer.key_usage.is_empty() && !issuer.key_usage.contains(&"cert sign") {
        return Some(Refusal::NoCertSign);
    }
    None
}
