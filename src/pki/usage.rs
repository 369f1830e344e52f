//! Key usages, a closed set (RFC 5280 §4.2.1.3), and extended ones, an open one (§4.2.1.12).

use std::fmt;
use std::str::FromStr;

/// What a key may be used for. The word is Kubernetes' (`certificates.k8s.io`, `KeyUsage`), as in
/// headless output.
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
        Self::ALL
            .into_iter()
            .filter(|usage| bits & usage.bit() != 0)
            .collect()
    }
}

/// A purpose that a certificate is for: one that has a name, or any other, which stays visible as
/// its OID.
///
/// The words are Kubernetes' too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExtendedKeyUsage {
    /// anyExtendedKeyUsage.
    Any,
    /// id-kp-serverAuth.
    ServerAuth,
    /// id-kp-clientAuth.
    ClientAuth,
    /// id-kp-codeSigning.
    CodeSigning,
    /// id-kp-emailProtection.
    EmailProtection,
    /// id-kp-ipsecEndSystem (RFC 2459 §4.2.1.13), as the next two.
    IpsecEndSystem,
    /// id-kp-ipsecTunnel.
    IpsecTunnel,
    /// id-kp-ipsecUser.
    IpsecUser,
    /// id-kp-timeStamping.
    Timestamping,
    /// id-kp-OCSPSigning.
    OcspSigning,
    /// Microsoft's server gated cryptography.
    MicrosoftSgc,
    /// Netscape's.
    NetscapeSgc,
    /// What has no name here: its dotted OID. [`Self::of_oid`] never makes it of one that has.
    Other(String),
}

impl ExtendedKeyUsage {
    /// Every one that has a name.
    pub const NAMED: [Self; 12] = [
        Self::Any,
        Self::ServerAuth,
        Self::ClientAuth,
        Self::CodeSigning,
        Self::EmailProtection,
        Self::IpsecEndSystem,
        Self::IpsecTunnel,
        Self::IpsecUser,
        Self::Timestamping,
        Self::OcspSigning,
        Self::MicrosoftSgc,
        Self::NetscapeSgc,
    ];

    /// The one with this dotted OID.
    pub fn of_oid(oid: &str) -> Self {
        let known = Self::NAMED.into_iter().find(|usage| usage.oid() == oid);
        known.unwrap_or_else(|| Self::Other(oid.to_owned()))
    }

    /// Its dotted OID.
    pub fn oid(&self) -> &str {
        self.facts().0
    }

    /// Kubernetes' word, or the OID.
    pub fn as_str(&self) -> &str {
        self.facts().1
    }

    /// Whether a certificate with these usages is for this purpose. One without any is for all (RFC
    /// 5280 §4.2.1.12).
    pub fn is_allowed_by(&self, usages: &[Self]) -> bool {
        usages.is_empty() || usages.contains(self) || usages.contains(&Self::Any)
    }

    /// OID and word.
    fn facts(&self) -> (&str, &str) {
        match self {
            Self::Any => ("2.5.29.37.0", "any"),
            Self::ServerAuth => ("1.3.6.1.5.5.7.3.1", "server auth"),
            Self::ClientAuth => ("1.3.6.1.5.5.7.3.2", "client auth"),
            Self::CodeSigning => ("1.3.6.1.5.5.7.3.3", "code signing"),
            Self::EmailProtection => ("1.3.6.1.5.5.7.3.4", "email protection"),
            Self::IpsecEndSystem => ("1.3.6.1.5.5.7.3.5", "ipsec end system"),
            Self::IpsecTunnel => ("1.3.6.1.5.5.7.3.6", "ipsec tunnel"),
            Self::IpsecUser => ("1.3.6.1.5.5.7.3.7", "ipsec user"),
            Self::Timestamping => ("1.3.6.1.5.5.7.3.8", "timestamping"),
            Self::OcspSigning => ("1.3.6.1.5.5.7.3.9", "ocsp signing"),
            Self::MicrosoftSgc => ("1.3.6.1.4.1.311.10.3.3", "microsoft sgc"),
            Self::NetscapeSgc => ("2.16.840.1.113730.4.1", "netscape sgc"),
            Self::Other(oid) => (oid, oid),
        }
    }
}

impl FromStr for ExtendedKeyUsage {
    type Err = String;

    /// A purpose by Kubernetes' word, with blanks or dashes and in any case, or by its OID.
    ///
    /// # Errors
    /// A sentence for anything else.
    fn from_str(text: &str) -> Result<Self, String> {
        let word = text.trim().to_ascii_lowercase().replace('-', " ");
        let named = Self::NAMED.into_iter().find(|usage| usage.as_str() == word);
        named
            .or_else(|| is_oid(&word).then(|| Self::of_oid(&word)))
            .ok_or_else(|| {
                let words = Self::NAMED.map(|usage| usage.as_str().replace(' ', "-"));
                format!("known are {}, and OIDs", words.join(", "))
            })
    }
}

/// Whether a text is a dotted OID: the first number is 0, 1 or 2, and below the first two there are
/// 40 each (X.660).
fn is_oid(text: &str) -> bool {
    let numbers: Option<Vec<u64>> = text.split('.').map(|part| part.parse().ok()).collect();
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_plain
        && matches!(numbers.as_deref(), Some([first, second, ..]) if *first < 2 && *second < 40 || *first == 2)
}

/// Their words, between commas.
pub fn joined<T: fmt::Display>(usages: &[T]) -> String {
    usages
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

impl fmt::Display for ExtendedKeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
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
            assert_eq!(
                KeyUsage::ALL
                    .iter()
                    .filter(|other| other.as_str() == usage.as_str())
                    .count(),
                1
            );
        }
        // RFC 5280: keyCertSign is bit 5, cRLSign bit 6.
        assert_eq!(
            KeyUsage::of_bits(0b110_0000),
            [KeyUsage::CertSign, KeyUsage::CrlSign]
        );
        assert_eq!(
            joined(&KeyUsage::of_bits(0b101)),
            "digital signature, key encipherment"
        );
        assert_eq!(KeyUsage::of_bits(0), []);
    }

    #[test]
    fn purposes_are_read_as_they_are_said() {
        for usage in ExtendedKeyUsage::NAMED {
            for text in [usage.as_str().to_owned(), usage.as_str().to_uppercase()] {
                assert_eq!(text.replace(' ', "-").parse(), Ok(usage.clone()));
                assert_eq!(text.parse(), Ok(usage.clone()));
            }
            assert_eq!(usage.oid().parse(), Ok(usage.clone()));
        }
        assert_eq!(
            "1.2.3".parse(),
            Ok(ExtendedKeyUsage::Other("1.2.3".to_owned()))
        );
        for text in [
            "", "fun", "1", "3.1", "1.40", "1..2", "1.2.", "+1.2", "1.2.x",
        ] {
            let read: Result<ExtendedKeyUsage, String> = text.parse();
            assert!(read.is_err(), "{text}");
        }
    }

    #[test]
    fn purposes_have_an_oid_and_a_word_of_their_own_and_others_keep_theirs() {
        for usage in ExtendedKeyUsage::NAMED {
            assert_eq!(ExtendedKeyUsage::of_oid(usage.oid()), usage);
            let words = ExtendedKeyUsage::NAMED
                .iter()
                .filter(|other| other.as_str() == usage.as_str());
            assert_eq!(words.count(), 1, "{usage}");
        }
        let other = ExtendedKeyUsage::of_oid("1.2.3.4");
        assert_eq!(other, ExtendedKeyUsage::Other("1.2.3.4".to_owned()));
        assert_eq!(
            (other.oid(), other.to_string().as_str()),
            ("1.2.3.4", "1.2.3.4")
        );
        assert_eq!(
            joined(&[ExtendedKeyUsage::ServerAuth, other]),
            "server auth, 1.2.3.4"
        );
    }

    #[test]
    fn a_certificate_without_purposes_is_for_all() {
        let client = ExtendedKeyUsage::ClientAuth;
        assert!(client.is_allowed_by(&[]) && client.is_allowed_by(&[ExtendedKeyUsage::Any]));
        assert!(
            client.is_allowed_by(&[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth])
        );
        assert!(!client.is_allowed_by(&[ExtendedKeyUsage::ServerAuth]));
    }
}
