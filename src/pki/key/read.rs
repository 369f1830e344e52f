//! Private keys as they lie on disks.

use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _,
};
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber};
use zeroize::Zeroizing;

use super::encode::{self, EC_PUBLIC_KEY, ED25519, INTEGER, RSA_ENCRYPTION, SEQUENCE, tlv};
use super::{Error, PublicHalf};

// Content octets of object identifiers.
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
pub(super) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
pub(super) const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
pub(super) const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
const SECP256K1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x0a];

/// A private key taken apart. It borrows from the file's bytes, which their owner wipes.
pub(super) enum Material<'a> {
    Rsa {
        /// RSAPrivateKey, whole.
        pkcs1: &'a [u8],
        /// The AlgorithmIdentifier that a certificate carries; RSA-PSS keys keep theirs.
        algorithm: Zeroizing<Vec<u8>>,
    },
    Ec {
        /// Content octets of the curve's OID.
        curve: &'a [u8],
        scalar: &'a [u8],
        public: Option<&'a [u8]>,
    },
    Ed25519 {
        seed: &'a [u8],
    },
}

impl<'a> Material<'a> {
    /// Takes any of PKCS#1, SEC1 and PKCS#8, told apart by the second element.
    pub(super) fn read(der: &'a [u8]) -> Result<Self, Error> {
        let body = AnyRef::from_der(der).map_err(fault)?;
        let mut reader = inside(body, Tag::Sequence)?;
        let first: AnyRef<'_> = reader.decode().map_err(fault)?;
        let second: AnyRef<'_> = reader.decode().map_err(fault)?;
        match (der::Tagged::tag(&first), der::Tagged::tag(&second)) {
            (Tag::Integer, Tag::Integer) => Ok(Self::Rsa {
                pkcs1: der,
                algorithm: encode::rsa_algorithm(),
            }),
            (Tag::Integer, Tag::OctetString) => sec1(second.value(), &mut reader, None),
            (Tag::Integer, Tag::Sequence) => pkcs8(second, &mut reader),
            // EncryptedPrivateKeyInfo, RFC 5958 §3.
            (Tag::Sequence, Tag::OctetString) => Err(Error::EncryptedKey),
            _ => Err(Error::NotAKey(
                "the structure is none of PKCS#1, SEC1 and PKCS#8".to_owned(),
            )),
        }
    }

    /// What a certificate of this key carries.
    pub(super) fn public(&self) -> Result<PublicHalf, Error> {
        let spki = match self {
            Self::Rsa { pkcs1, algorithm } => encode::spki(algorithm, &rsa_public_key(pkcs1)?),
            Self::Ec {
                curve,
                scalar,
                public,
            } => {
                let computed = match ecdsa_algorithm(curve) {
                    // As Go does: what the file says about the public key is not believed.
                    Some(algorithm) => Some(compute_point(algorithm, curve, scalar)?),
                    None => None,
                };
                let point = computed.as_deref().or(*public).ok_or_else(|| {
                    Error::Unsupported(format!(
                        "a key on the curve {} without its public key",
                        oid_text(curve)
                    ))
                })?;
                encode::spki(&encode::ec_algorithm(curve), point)
            }
            Self::Ed25519 { seed } => {
                let pair = Ed25519KeyPair::from_seed_unchecked(seed)
                    .map_err(|_| Error::NotAKey("an Ed25519 key has 32 bytes".to_owned()))?;
                encode::spki(&encode::ed25519_algorithm(), pair.public_key().as_ref())
            }
        };
        PublicHalf::from_spki(&spki)
    }
}

/// PrivateKeyInfo or OneAsymmetricKey (RFC 5958 §2) after its version.
fn pkcs8<'a>(algorithm: AnyRef<'a>, rest: &mut SliceReader<'a>) -> Result<Material<'a>, Error> {
    let key = rest.decode::<&OctetStringRef>().map_err(fault)?.as_bytes();
    let mut reader = inside(algorithm, Tag::Sequence)?;
    let oid: AnyRef<'_> = reader.decode().map_err(fault)?;
    let parameters: Option<AnyRef<'_>> = reader.decode().map_err(fault)?;
    match oid.value() {
        RSA_ENCRYPTION => Ok(Material::Rsa {
            pkcs1: key,
            algorithm: encode::rsa_algorithm(),
        }),
        RSASSA_PSS => Ok(Material::Rsa {
            pkcs1: key,
            algorithm: tlv(SEQUENCE, &[algorithm.value()]),
        }),
        EC_PUBLIC_KEY => {
            let curve =
                parameters.ok_or_else(|| Error::NotAKey("its curve is not named".to_owned()))?;
            let mut reader = inside(AnyRef::from_der(key).map_err(fault)?, Tag::Sequence)?;
            reader.decode::<AnyRef<'_>>().map_err(fault)?;
            let scalar = reader
                .decode::<&OctetStringRef>()
                .map_err(fault)?
                .as_bytes();
            sec1(scalar, &mut reader, Some(named(curve)?))
        }
        ED25519 => {
            let seed = <&OctetStringRef>::from_der(key).map_err(fault)?.as_bytes();
            Ok(Material::Ed25519 { seed })
        }
        other => Err(Error::Unsupported(format!(
            "the key algorithm {}",
            oid_text(other)
        ))),
    }
}

/// ECPrivateKey (RFC 5915 §3) after its scalar. `curve` is known where PKCS#8 has named it: what is
/// said inside again does not count then (Go's crypto/x509, parseECPrivateKey).
fn sec1<'a>(
    scalar: &'a [u8],
    rest: &mut SliceReader<'a>,
    mut curve: Option<&'a [u8]>,
) -> Result<Material<'a>, Error> {
    let mut public = None;
    while !rest.is_finished() {
        let field: AnyRef<'a> = rest.decode().map_err(fault)?;
        let context = |number| Tag::ContextSpecific {
            constructed: true,
            number,
        };
        if der::Tagged::tag(&field) == context(TagNumber(0)) {
            let inside = named(AnyRef::from_der(field.value()).map_err(fault)?)?;
            curve = curve.or(Some(inside));
        } else if der::Tagged::tag(&field) == context(TagNumber(1)) {
            public = BitStringRef::from_der(field.value())
                .map_err(fault)?
                .as_bytes();
        }
    }
    let curve = curve.ok_or_else(|| Error::NotAKey("its curve is not named".to_owned()))?;
    Ok(Material::Ec {
        curve,
        scalar,
        public,
    })
}

fn named(curve: AnyRef<'_>) -> Result<&[u8], Error> {
    if der::Tagged::tag(&curve) == Tag::ObjectIdentifier {
        Ok(curve.value())
    } else {
        // RFC 5480 §2.1.1 forbids them in certificates.
        Err(Error::Unsupported(
            "a curve that is spelled out instead of named".to_owned(),
        ))
    }
}

/// RSAPublicKey (RFC 8017 A.1.1) from RSAPrivateKey.
fn rsa_public_key(pkcs1: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut reader = inside(AnyRef::from_der(pkcs1).map_err(fault)?, Tag::Sequence)?;
    let mut integer = || -> Result<&[u8], Error> {
        let value: AnyRef<'_> = reader.decode().map_err(fault)?;
        if der::Tagged::tag(&value) == Tag::Integer && !value.value().is_empty() {
            Ok(value.value())
        } else {
            Err(Error::NotAKey("an RSA key is made of integers".to_owned()))
        }
    };
    let (_version, modulus, exponent, _private) = (integer()?, integer()?, integer()?, integer()?);
    Ok(tlv(
        SEQUENCE,
        &[&tlv(INTEGER, &[modulus]), &tlv(INTEGER, &[exponent])],
    ))
}

/// SubjectPublicKeyInfo around an RSAPublicKey.
pub(super) fn public_from_pkcs1(der: &[u8]) -> Result<Vec<u8>, Error> {
    inside(AnyRef::from_der(der).map_err(fault)?, Tag::Sequence)?;
    Ok(encode::spki(&encode::rsa_algorithm(), der))
}

/// The curves on which a public key can be worked out here.
pub(super) fn ecdsa_algorithm(curve: &[u8]) -> Option<&'static EcdsaSigningAlgorithm> {
    Some(match curve {
        P256 => &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        P384 => &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
        P521 => &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
        SECP256K1 => &signature::ECDSA_P256K1_SHA256_ASN1_SIGNING,
        _ => return None,
    })
}

fn compute_point(
    algorithm: &'static EcdsaSigningAlgorithm,
    curve: &[u8],
    scalar: &[u8],
) -> Result<Vec<u8>, Error> {
    let private = encode::ec_private_key(Some(curve), &full_width(curve, scalar)?, None);
    let pair = EcdsaKeyPair::from_private_key_der(algorithm, &private)
        .map_err(|_| Error::NotAKey("its number is no key of the curve".to_owned()))?;
    Ok(pair.public_key().as_ref().to_vec())
}

/// The scalar with as many bytes as the curve's order has: old tools drop leading zeros, others add
/// some.
pub(super) fn full_width(curve: &[u8], scalar: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let width = match curve {
        P384 => 48,
        P521 => 66,
        _ => 32,
    };
    let zeros = scalar.iter().take_while(|byte| **byte == 0).count();
    let significant = &scalar[zeros..];
    let mut out = Zeroizing::new(vec![0; width]);
    let start = width
        .checked_sub(significant.len())
        .ok_or_else(|| Error::NotAKey("its number is too long for its curve".to_owned()))?;
    out[start..].copy_from_slice(significant);
    Ok(out)
}

fn inside(value: AnyRef<'_>, tag: Tag) -> Result<SliceReader<'_>, Error> {
    der::Tagged::tag(&value).assert_eq(tag).map_err(fault)?;
    SliceReader::new(value.value()).map_err(fault)
}

fn oid_text(content: &[u8]) -> String {
    ObjectIdentifier::from_bytes(content)
        .map_or_else(|_| super::super::hex(content), |oid| oid.to_string())
}

/// The reader's words hold a kind and a position, never a byte of the key.
fn fault(error: der::Error) -> Error {
    Error::NotAKey(error.to_string())
}
