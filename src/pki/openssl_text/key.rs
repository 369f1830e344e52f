//! Public keys (providers/implementations/encode_decode/encode_key2text.c).

use std::fmt::Write as _;

use x509_parser::der_parser::asn1_rs::Oid;
use x509_parser::prelude::SubjectPublicKeyInfo;
use x509_parser::public_key::{PublicKey, RSAPublicKey};

use super::hex_block;
use super::objects::{RSASSA_PSS, long_name, nist_curve};

/// How far the words of a key stand in.
const INDENT: &str = "                ";

/// Bytes of a key in a line.
const WIDTH: usize = 15;

pub(super) fn write(out: &mut String, key: &SubjectPublicKeyInfo<'_>) {
    let algorithm = long_name(&key.algorithm.algorithm);
    let _ = writeln!(
        out,
        "        Subject Public Key Info:\n            Public Key Algorithm: {algorithm}"
    );
    let bits = &key.subject_public_key.data;
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => write_rsa(out, &rsa),
        Ok(PublicKey::EC(_)) => {
            let curve: Option<Oid<'_>> = key
                .algorithm
                .parameters
                .as_ref()
                .and_then(|any| any.as_oid().ok());
            let size = curve.as_ref().map_or(0, curve_bits);
            let _ = writeln!(out, "{INDENT}Public-Key: ({size} bit)\n{INDENT}pub:");
            hex_block(out, bits, WIDTH, INDENT.len() + 4);
            if let Some(curve) = curve {
                let _ = writeln!(out, "{INDENT}ASN1 OID: {}", long_name(&curve));
                if let Some(name) = nist_curve(&curve) {
                    let _ = writeln!(out, "{INDENT}NIST CURVE: {name}");
                }
            }
        }
        _ if key.algorithm.algorithm.to_id_string() == RSASSA_PSS => write_pss(out, key),
        _ => {
            if matches!(algorithm.as_str(), "ED25519" | "ED448" | "X25519") {
                let _ = writeln!(out, "{INDENT}{algorithm} Public-Key:");
            }
            let _ = writeln!(out, "{INDENT}pub:");
            hex_block(out, bits, WIDTH, INDENT.len() + 4);
        }
    }
}

fn write_pss(out: &mut String, key: &SubjectPublicKeyInfo<'_>) {
    use x509_parser::prelude::FromDer as _;
    if let Ok((_, rsa)) = RSAPublicKey::from_der(&key.subject_public_key.data) {
        write_rsa(out, &rsa);
    }
    let restricted = key.algorithm.parameters.is_some();
    let _ = writeln!(
        out,
        "{INDENT}{}",
        if restricted {
            "PSS parameter restrictions:"
        } else {
            "No PSS parameter restrictions"
        }
    );
}

fn write_rsa(out: &mut String, key: &RSAPublicKey<'_>) {
    let modulus = without_zeros(key.modulus);
    let bits = modulus.first().map_or(0, |first| {
        modulus.len() * 8 - first.leading_zeros() as usize
    });
    let _ = writeln!(out, "{INDENT}Public-Key: ({bits} bit)");
    write_number(out, "Modulus:", modulus);
    write_number(out, "Exponent:", without_zeros(key.exponent));
}

/// In decimal where it fits into eight bytes.
fn write_number(out: &mut String, label: &str, bytes: &[u8]) {
    if bytes.len() <= 8 {
        let value = bytes
            .iter()
            .fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        let _ = writeln!(out, "{INDENT}{label} {value} ({value:#x})");
        return;
    }
    let _ = writeln!(out, "{INDENT}{label}");
    let mut padded = Vec::with_capacity(bytes.len() + 1);
    if bytes.first().is_some_and(|first| *first >= 0x80) {
        padded.push(0);
    }
    padded.extend_from_slice(bytes);
    hex_block(out, &padded, WIDTH, INDENT.len() + 4);
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]
}

fn curve_bits(curve: &Oid<'_>) -> u16 {
    match long_name(curve).as_str() {
        "secp224r1" => 224,
        "secp384r1" | "brainpoolP384r1" => 384,
        "brainpoolP512r1" => 512,
        "secp521r1" => 521,
        _ => 256,
    }
}
