//! The words of spec.usages (staging/src/k8s.io/api/certificates/v1/types.go, KeyUsage).

use std::fmt;

use crate::pki::{ExtendedKeyUsage, KeyUsage};

/// One word of the list, which has key usages and extended ones side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedUsage {
    /// What the key may do.
    Key(KeyUsage),
    /// What the certificate is for.
    Extended(ExtendedKeyUsage),
    /// Any other word as it stands: "signing" and "s/mime", which are second names, and what
    /// Kubernetes does not know.
    Other(String),
}

impl RequestedUsage {
    /// The usage with this word.
    pub fn of_word(word: String) -> Self {
        if let Some(usage) = KeyUsage::ALL
            .into_iter()
            .find(|usage| usage.as_str() == word)
        {
            return Self::Key(usage);
        }
        // An OID is no word of this list.
        let extended = ExtendedKeyUsage::NAMED
            .into_iter()
            .find(|usage| usage.as_str() == word);
        extended.map_or(Self::Other(word), Self::Extended)
    }

    /// What a signer takes it for: two words of the list are second names
    /// (pkg/controller/certificates/authority/policies.go).
    #[must_use]
    pub fn meaning(&self) -> Self {
        match self {
            Self::Other(word) if word == "signing" => Self::Key(KeyUsage::DigitalSignature),
            Self::Other(word) if word == "s/mime" => {
                Self::Extended(ExtendedKeyUsage::EmailProtection)
            }
            other => other.clone(),
        }
    }
}

impl fmt::Display for RequestedUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(usage) => usage.fmt(f),
            Self::Extended(usage) => usage.fmt(f),
            Self::Other(word) => f.pad(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_what_they_are_and_written_as_they_stood() {
        for (word, expected) in [
            (
                "digital signature",
                RequestedUsage::Key(KeyUsage::DigitalSignature),
            ),
            (
                "server auth",
                RequestedUsage::Extended(ExtendedKeyUsage::ServerAuth),
            ),
            ("s/mime", RequestedUsage::Other("s/mime".to_owned())),
            (
                "Server Auth",
                RequestedUsage::Other("Server Auth".to_owned()),
            ),
            (
                "1.3.6.1.5.5.7.3.1",
                RequestedUsage::Other("1.3.6.1.5.5.7.3.1".to_owned()),
            ),
        ] {
            let usage = RequestedUsage::of_word(word.to_owned());
            assert_eq!(usage, expected);
            assert_eq!(usage.to_string(), word);
        }
    }
}
