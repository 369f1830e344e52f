//! Key usages: a closed set (RFC 5280 §4.2.1.3).

use std::fmt;

/// What a key may be used for. The word is Kubernetes' (`certificates.k8s.io`, `KeyUsage`), as in headless output.
///
/// The order is that of the extension's bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUsage {
    /// digitalSignature.
    DigitalSignature,
    /// nonRepudiation, renamed contentCommitment.
    ContentCommitment,
    /// keyEncipherment.
    KeyEncipherment,
    /// dataEncipherment.
    DataEncipherment,
    /// keyAgreement.
    KeyAgreement,
    /// keyCertSign: for CAs only.
    CertSign,
    /// cRLSign.
    CrlSign,
    /// encipherOnly, beside keyAgreement.
    EncipherOnly,
    /// decipherOnly, beside keyAgreement.
    DecipherOnly,
}

impl KeyUsage {
    /// Every one, in the order of the bits.
    pub const ALL: [Self; 9] = [
        Self::DigitalSignature,
        Self::ContentCommitment,
        Self::KeyEncipherment,
        Self::DataEncipherment,
        Self::KeyAgreement,
        Self::CertSign,
        Self::CrlSign,
        Self::EncipherOnly,
        Self::DecipherOnly,
    ];

    /// Kubernetes' word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DigitalSignature => "digital signature",
            Self::ContentCommitment => "content commitment",
            Self::KeyEncipherment => "key encipherment",
            Self::DataEncipherment => "data encipherment",
            Self::KeyAgreement => "key agreement",
            Self::CertSign => "cert sign",
            Self::CrlSign => "crl sign",
            Self::EncipherOnly => "encipher only",
            Self::DecipherOnly => "decipher only",
        }
    }

    /// Its bit in the extension, the first one being 1.
    pub const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// Those whose bits are set.
    pub fn of_bits(bits: u16) -> Vec<Self> {
        Self::ALL.into_iter().filter(|usage| bits & usage.bit() != 0).collect()
    }
}

/// Their words, between commas.
pub fn joined(usages: &[KeyUsage]) -> String {
    usages.iter().map(|usage| usage.as_str()).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_words_are_each_ones_own() {
        assert!(KeyUsage::ALL.is_sorted());
        for usage in KeyUsage::ALL {
            assert_eq!(KeyUsage::of_bits(usage.bit()), [usage]);
            assert_eq!(KeyUsage::ALL.iter().filter(|other| other.as_str() == usage.as_str()).count(), 1);
        }
        // RFC 5280: keyCertSign is bit 5, cRLSign bit 6.
        assert_eq!(KeyUsage::of_bits(0b110_0000), [KeyUsage::CertSign, KeyUsage::CrlSign]);
        assert_eq!(joined(&KeyUsage::of_bits(0b101)), "digital signature, key encipherment");
        assert_eq!(KeyUsage::of_bits(0), []);
    }
}
