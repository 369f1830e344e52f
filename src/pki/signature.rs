//! Checking signatures. The table is wider than x509-parser's: RSA under 2048 bit, secp256k1 and
//! P-521 are met on old masters, and "another key signed it" must not be said where the algorithm
//! alone is the trouble.

use aws_lc_rs::signature::{self as aws, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::prelude::{AlgorithmIdentifier, SubjectPublicKeyInfo};
use x509_parser::public_key::PublicKey;
use x509_parser::signature_algorithm::RsaSsaPssParams;

/// What can be said of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignatureVerdict {
    /// The key made it.
    Good,
    /// The key did not make it.
    Bad,
    /// The algorithm or the key's size cannot be checked here.
    Unknown,
}

/// Checks `signature` over `data` with `key`.
pub(super) fn verify(
    key: &SubjectPublicKeyInfo<'_>,
    algorithm: &AlgorithmIdentifier<'_>,
    signature: &[u8],
    data: &[u8],
) -> SignatureVerdict {
    match choose(key, algorithm) {
        Choice::Use(checker) => {
            match UnparsedPublicKey::new(checker, &key.subject_public_key.data)
                .verify(data, signature)
            {
                Ok(()) => SignatureVerdict::Good,
                Err(_) => SignatureVerdict::Bad,
            }
        }
        Choice::OtherKind => SignatureVerdict::Bad,
        Choice::Unknown => SignatureVerdict::Unknown,
    }
}

enum Choice {
    Use(&'static dyn VerificationAlgorithm),
    /// The key is of another kind than the signature: it cannot have made it.
    OtherKind,
    Unknown,
}

const RSA: &str = "1.2.840.113549.1.1.1";
const ELLIPTIC: &str = "1.2.840.10045.2.1";
const ED25519: &str = "1.3.101.112";

fn choose(key: &SubjectPublicKeyInfo<'_>, algorithm: &AlgorithmIdentifier<'_>) -> Choice {
    let oid = algorithm.algorithm.to_id_string();
    let wanted = match oid.as_str() {
        _ if oid.starts_with("1.2.840.113549.1.1.") => RSA,
        _ if oid.starts_with("1.2.840.10045.4.") => ELLIPTIC,
        ED25519 => ED25519,
        _ => return Choice::Unknown,
    };
    let found = key.algorithm.algorithm.to_id_string();
    if found != wanted {
        return if [RSA, ELLIPTIC, ED25519].contains(&found.as_str()) {
            Choice::OtherKind
        } else {
            Choice::Unknown
        };
    }
    let checker: Option<&'static dyn VerificationAlgorithm> = match wanted {
        RSA => rsa(key, &oid, algorithm),
        ELLIPTIC => elliptic(key, &oid),
        _ => Some(&aws::ED25519),
    };
    checker.map_or(Choice::Unknown, Choice::Use)
}

fn rsa(
    key: &SubjectPublicKeyInfo<'_>,
    oid: &str,
    algorithm: &AlgorithmIdentifier<'_>,
) -> Option<&'static dyn VerificationAlgorithm> {
    let Ok(PublicKey::RSA(public)) = key.parsed() else {
        return None;
    };
    let large = match public.key_size() {
        2048..=8192 => true,
        1024..2048 => false,
        _ => return None,
    };
    Some(match (oid, large) {
        ("1.2.840.113549.1.1.5", _) => &aws::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        ("1.2.840.113549.1.1.11", _) => &aws::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        ("1.2.840.113549.1.1.13", _) => &aws::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        ("1.2.840.113549.1.1.12", true) => &aws::RSA_PKCS1_2048_8192_SHA384,
        ("1.2.840.113549.1.1.10", true) => return pss(algorithm),
        _ => return None,
    })
}

/// RSASSA-PSS (RFC 4055), with the salt as long as the hash: all that the library below checks.
fn pss(algorithm: &AlgorithmIdentifier<'_>) -> Option<&'static dyn VerificationAlgorithm> {
    let parameters = RsaSsaPssParams::try_from(algorithm.parameters.as_ref()?).ok()?;
    let hash = parameters.hash_algorithm_oid().to_id_string();
    if parameters.mask_gen_algorithm().ok()?.hash.to_id_string() != hash {
        return None;
    }
    Some(match (hash.as_str(), parameters.salt_length()) {
        ("2.16.840.1.101.3.4.2.1", 32) => &aws::RSA_PSS_2048_8192_SHA256,
        ("2.16.840.1.101.3.4.2.2", 48) => &aws::RSA_PSS_2048_8192_SHA384,
        ("2.16.840.1.101.3.4.2.3", 64) => &aws::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

fn elliptic(
    key: &SubjectPublicKeyInfo<'_>,
    oid: &str,
) -> Option<&'static dyn VerificationAlgorithm> {
    let curve = key
        .algorithm
        .parameters
        .as_ref()?
        .as_oid()
        .ok()?
        .to_id_string();
    Some(match (curve.as_str(), oid) {
        ("1.2.840.10045.3.1.7", "1.2.840.10045.4.3.2") => &aws::ECDSA_P256_SHA256_ASN1,
        ("1.2.840.10045.3.1.7", "1.2.840.10045.4.3.3") => &aws::ECDSA_P256_SHA384_ASN1,
        ("1.2.840.10045.3.1.7", "1.2.840.10045.4.3.4") => &aws::ECDSA_P256_SHA512_ASN1,
        ("1.3.132.0.34", "1.2.840.10045.4.3.2") => &aws::ECDSA_P384_SHA256_ASN1,
        ("1.3.132.0.34", "1.2.840.10045.4.3.3") => &aws::ECDSA_P384_SHA384_ASN1,
        ("1.3.132.0.34", "1.2.840.10045.4.3.4") => &aws::ECDSA_P384_SHA512_ASN1,
        ("1.3.132.0.35", "1.2.840.10045.4.3.2") => &aws::ECDSA_P521_SHA256_ASN1,
        ("1.3.132.0.35", "1.2.840.10045.4.3.3") => &aws::ECDSA_P521_SHA384_ASN1,
        ("1.3.132.0.35", "1.2.840.10045.4.3.4") => &aws::ECDSA_P521_SHA512_ASN1,
        ("1.3.132.0.10", "1.2.840.10045.4.3.2") => &aws::ECDSA_P256K1_SHA256_ASN1,
        _ => return None,
    })
}
