//! What sort of key it is, whoever made it.

use std::fmt::{self, Display, Formatter};

/// The algorithm of a public key, with its size or curve.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA with a modulus of so many bits.
    Rsa(usize),
    /// RSA for PSS alone (RFC 4055 §1.2).
    RsaPss,
    /// ECDSA on this curve.
    Ecdsa(Curve),
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Ed448 (RFC 8410).
    Ed448,
    /// DSA.
    Dsa,
    /// An unknown one: its OID.
    Other(String),
}

/// A curve of ECDSA keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Curve {
    /// P-256, which is secp256r1 and prime256v1.
    P256,
    /// P-384, which is secp384r1.
    P384,
    /// P-521, which is secp521r1.
    P521,
    /// P-224, which is secp224r1.
    P224,
    /// secp256k1.
    Secp256k1,
    /// An unknown one: its OID.
    Other(String),
    /// Its parameters are written out, or there are none.
    Unnamed,
}

impl Curve {
    /// The curve of this OID.
    pub(super) fn of_oid(oid: Option<&str>) -> Self {
        match oid {
            Some("1.2.840.10045.3.1.7") => Self::P256,
            Some("1.3.132.0.34") => Self::P384,
            Some("1.3.132.0.35") => Self::P521,
            Some("1.3.132.0.33") => Self::P224,
            Some("1.3.132.0.10") => Self::Secp256k1,
            Some(oid) => Self::Other(oid.to_owned()),
            None => Self::Unnamed,
        }
    }
}

/// As "RSA-2048", "ECDSA-P256", "Ed25519"; an unknown one as its OID.
impl Display for KeyKind {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(out, "RSA-{bits}"),
            Self::RsaPss => out.write_str("RSA-PSS"),
            Self::Ecdsa(Curve::P256) => out.write_str("ECDSA-P256"),
            Self::Ecdsa(Curve::P384) => out.write_str("ECDSA-P384"),
            Self::Ecdsa(Curve::P521) => out.write_str("ECDSA-P521"),
            Self::Ecdsa(Curve::P224) => out.write_str("ECDSA-P224"),
            Self::Ecdsa(Curve::Secp256k1) => out.write_str("ECDSA-secp256k1"),
            Self::Ecdsa(Curve::Other(oid)) => write!(out, "ECDSA-{oid}"),
            Self::Ecdsa(Curve::Unnamed) => out.write_str("ECDSA"),
            Self::Ed25519 => out.write_str("Ed25519"),
            Self::Ed448 => out.write_str("Ed448"),
            Self::Dsa => out.write_str("DSA"),
            Self::Other(oid) => out.write_str(oid),
        }
    }
}
