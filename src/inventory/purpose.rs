//! What a certificate is for, in one word.

use crate::pki::{Certificate, ExtendedKeyUsage};

/// What a certificate is for, by its extended key usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// It signs others.
    Authority,
    /// Its holder serves.
    Server,
    /// Its holder calls.
    Client,
    /// Its holder does both.
    Both,
    /// It is for neither, or says nothing of it.
    Other,
}

impl Purpose {
    /// Of this certificate.
    pub fn of(certificate: &Certificate) -> Self {
        if certificate.is_authority() {
            return Self::Authority;
        }
        let usages = certificate.details().extended_key_usage;
        let has = |usage| usages.contains(&usage);
        match (
            has(ExtendedKeyUsage::ServerAuth),
            has(ExtendedKeyUsage::ClientAuth),
        ) {
            (true, true) => Self::Both,
            (true, false) => Self::Server,
            (false, true) => Self::Client,
            (false, false) => Self::Other,
        }
    }

    /// The word, in lists.
    pub fn word(self) -> &'static str {
        match self {
            Self::Authority => "CA",
            Self::Server => "server",
            Self::Client => "client",
            Self::Both => "both",
            Self::Other => "other",
        }
    }
}
