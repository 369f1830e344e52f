//! The few DER structures that a key needs, written out.

use zeroize::Zeroizing;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(in crate::pki) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(in crate::pki) const SEQUENCE: u8 = 0x30;
pub(super) const CONTEXT_0: u8 = 0xa0;
pub(super) const CONTEXT_1: u8 = 0xa1;

/// NULL, with tag and length.
const NULL: [u8; 2] = [0x05, 0x00];

// Content octets of object identifiers.
pub(super) const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
pub(super) const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// Tag, length and the parts as one value; wiped on drop, since it may hold a private key.
pub(in crate::pki) fn tlv(tag: u8, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // Room for all: a vector that grows leaves copies of a key behind.
    let mut out = Zeroizing::new(Vec::with_capacity(length + 2 + size_of::<usize>()));
    out.push(tag);
    let bytes = length.to_be_bytes();
    let significant = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    if length < 0x80 {
        out.push(significant.first().copied().unwrap_or(0));
    } else {
        // At most eight bytes of length.
        out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
        out.extend_from_slice(significant);
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// The content octets of an object identifier.
pub(super) fn object_identifier(content: &[u8]) -> Zeroizing<Vec<u8>> {
    tlv(OBJECT_IDENTIFIER, &[content])
}

/// SubjectPublicKeyInfo of an algorithm (its whole AlgorithmIdentifier) and the key's bytes.
pub(super) fn spki(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[algorithm, &tlv(BIT_STRING, &[&[0], key])]).to_vec()
}

/// AlgorithmIdentifier of rsaEncryption: the parameters are NULL (RFC 3279 §2.3.1).
pub(super) fn rsa_algorithm() -> Zeroizing<Vec<u8>> {
    tlv(SEQUENCE, &[&object_identifier(RSA_ENCRYPTION), &NULL])
}

/// AlgorithmIdentifier of id-ecPublicKey with a named curve (RFC 5480 §2.1.1).
pub(super) fn ec_algorithm(curve: &[u8]) -> Zeroizing<Vec<u8>> {
    tlv(
        SEQUENCE,
        &[&object_identifier(EC_PUBLIC_KEY), &object_identifier(curve)],
    )
}

/// AlgorithmIdentifier of Ed25519: no parameters (RFC 8410 §3).
pub(super) fn ed25519_algorithm() -> Zeroizing<Vec<u8>> {
    tlv(SEQUENCE, &[&object_identifier(ED25519)])
}

/// ECPrivateKey (RFC 5915 §3), with the curve and the public key where they are given.
pub(super) fn ec_private_key(
    curve: Option<&[u8]>,
    scalar: &[u8],
    public: Option<&[u8]>,
) -> Zeroizing<Vec<u8>> {
    let curve = curve.map_or_else(Zeroizing::default, |curve| {
        tlv(CONTEXT_0, &[&object_identifier(curve)])
    });
    let public = public.map_or_else(Zeroizing::default, |point| {
        tlv(CONTEXT_1, &[&tlv(BIT_STRING, &[&[0], point])])
    });
    tlv(
        SEQUENCE,
        &[
            &[INTEGER, 1, 1],
            &tlv(OCTET_STRING, &[scalar]),
            &curve,
            &public,
        ],
    )
}

/// PrivateKeyInfo (RFC 5958 §2) of version 1, since OpenSSL 3.0 refuses one that carries the public
/// key.
pub(super) fn pkcs8(algorithm: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
    tlv(
        SEQUENCE,
        &[&[INTEGER, 1, 0], algorithm, &tlv(OCTET_STRING, &[key])],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_the_shortest_form() {
        for (length, header) in [
            (0_usize, &[4, 0][..]),
            (1, &[4, 1]),
            (0x7f, &[4, 0x7f]),
            (0x80, &[4, 0x81, 0x80]),
            (0x100, &[4, 0x82, 1, 0]),
            (0x1_0000, &[4, 0x83, 1, 0, 0]),
        ] {
            let out = tlv(OCTET_STRING, &[&vec![7; length]]);
            assert_eq!(
                (&out[..header.len()], out.len()),
                (header, header.len() + length)
            );
        }
    }
}
