//! Keys: openssl makes them in every form, and says what their public halves are.

use std::path::{Path, PathBuf};

use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{Error, key, pem};

use crate::support::{self, succeed, text, tool};

const KINDS: [(&str, &str, &str); 11] = [
    ("RSA-1024", "RSA", "rsa_keygen_bits:1024"),
    ("RSA-2048", "RSA", "rsa_keygen_bits:2048"),
    ("RSA-PSS", "RSA-PSS", "rsa_keygen_bits:2048"),
    ("ECDSA-P256", "EC", "ec_paramgen_curve:P-256"),
    ("ECDSA-P384", "EC", "ec_paramgen_curve:P-384"),
    ("ECDSA-P521", "EC", "ec_paramgen_curve:P-521"),
    ("ECDSA-P224", "EC", "ec_paramgen_curve:secp224r1"),
    ("ECDSA-secp256k1", "EC", "ec_paramgen_curve:secp256k1"),
    (
        "ECDSA-1.3.36.3.3.2.8.1.1.7",
        "EC",
        "ec_paramgen_curve:brainpoolP256r1",
    ),
    ("Ed25519", "ED25519", ""),
    ("Ed448", "ED448", ""),
];

/// A PKCS#8 key made by openssl.
pub(crate) fn generate(openssl: &Path, folder: &Path, kind: &str, option: &str) -> PathBuf {
    let path = folder.join("key.pem");
    let mut arguments = vec!["genpkey", "-algorithm", kind];
    if !option.is_empty() {
        arguments.extend(["-pkeyopt", option]);
    }
    arguments.extend(["-out", text(&path)]);
    succeed(openssl, &arguments);
    path
}

/// The first private key of a file.
pub(crate) fn key_block(path: &Path) -> pem::Block {
    let blocks = pem::blocks(&std::fs::read(path).expect("written"));
    blocks
        .into_iter()
        .flatten()
        .find(|block| key::is_private_key(&block.label))
        .expect("a key")
}

/// The public half of that key.
pub(crate) fn inspect_file(path: &Path) -> Result<key::PublicHalf, Error> {
    key::inspect(&key_block(path))
}

fn public_der(openssl: &Path, path: &Path) -> Vec<u8> {
    succeed_bytes(
        openssl,
        &["pkey", "-pubout", "-outform", "DER", "-in", text(path)],
    )
}

#[test]
fn public_halves_are_those_of_openssl() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    for (name, kind, option) in KINDS {
        let folder = tempfile::tempdir().expect("a folder");
        let path = generate(&openssl, folder.path(), kind, option);
        let given = text(&path);
        if name == "Ed448" {
            assert!(matches!(inspect_file(&path), Err(Error::Unsupported(_))));
            continue;
        }
        let expected = public_der(&openssl, &path);
        let pkcs8 = inspect_file(&path).expect(name);
        assert_eq!(
            (pkcs8.algorithm.to_string().as_str(), &pkcs8.spki),
            (name, &expected)
        );
        if !matches!(kind, "RSA" | "EC") {
            continue;
        }
        let other = folder.path().join("traditional.pem");
        succeed(
            &openssl,
            &["pkey", "-traditional", "-in", given, "-out", text(&other)],
        );
        assert_eq!(
            inspect_file(&other).expect(name),
            pkcs8,
            "{name} in its own form"
        );
        let bare = succeed_bytes(
            &openssl,
            &["pkey", "-traditional", "-in", given, "-outform", "DER"],
        );
        assert_eq!(key::inspect_der(&bare).expect(name), pkcs8, "{name} as DER");
        let public = pem::encode("PUBLIC KEY", &expected);
        let block = pem::blocks(public.as_bytes()).remove(0).expect("a block");
        assert_eq!(
            key::inspect_public(&block).expect(name),
            pkcs8,
            "{name}'s public key"
        );
        assert_eq!(pkcs8.to_pem(), public);
        assert_encrypted(&openssl, given, folder.path());
    }
}

fn assert_encrypted(openssl: &Path, path: &str, folder: &Path) {
    for traditional in [false, true] {
        let sealed = folder.join("sealed.pem");
        let mut arguments = vec!["pkey", "-in", path, "-aes128", "-passout", "pass:secret"];
        arguments.extend(["-out", text(&sealed)]);
        if traditional {
            arguments.push("-traditional");
        }
        succeed(openssl, &arguments);
        assert_eq!(
            inspect_file(&sealed),
            Err(Error::EncryptedKey),
            "traditional: {traditional}"
        );
    }
}

fn succeed_bytes(openssl: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = support::run(openssl, arguments);
    assert!(output.status.success());
    output.stdout
}

/// As ecparam calls them.
const CURVES: [&str; 4] = ["prime256v1", "secp384r1", "secp521r1", "secp256k1"];

#[test]
fn keys_of_ecparam_and_without_a_public_key() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    for curve in CURVES {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key.pem");
        let given = text(&path);
        // An EC PARAMETERS block comes first.
        succeed(
            &openssl,
            &["ecparam", "-name", curve, "-genkey", "-out", given],
        );
        let first = pem::blocks(&std::fs::read(&path).expect("written"))
            .remove(0)
            .expect("a block");
        assert!(!key::is_private_key(&first.label));
        let expected = public_der(&openssl, &path);
        assert_eq!(inspect_file(&path).expect(curve).spki, expected);
        let bare = folder.path().join("bare.pem");
        succeed(
            &openssl,
            &["ec", "-no_public", "-in", given, "-out", text(&bare)],
        );
        assert_eq!(
            inspect_file(&bare).expect(curve).spki,
            expected,
            "{curve} without its public key"
        );
        // PKCS#8 names the curve outside and leaves the public key out.
        let outside = folder.path().join("pkcs8.pem");
        succeed(
            &openssl,
            &[
                "pkcs8",
                "-topk8",
                "-nocrypt",
                "-in",
                given,
                "-out",
                text(&outside),
            ],
        );
        assert_eq!(
            inspect_file(&outside).expect(curve).spki,
            expected,
            "{curve} in PKCS#8"
        );
    }
}

#[test]
fn curves_that_are_spelled_out_are_not_supported() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    for curve in CURVES {
        let folder = tempfile::tempdir().expect("a folder");
        let spelled = folder.path().join("spelled.pem");
        let out = text(&spelled);
        succeed(
            &openssl,
            &[
                "ecparam",
                "-name",
                curve,
                "-genkey",
                "-param_enc",
                "explicit",
                "-out",
                out,
            ],
        );
        assert!(
            matches!(inspect_file(&spelled), Err(Error::Unsupported(_))),
            "{curve} spelled out"
        );
    }
}

#[test]
fn rsa_public_key_blocks() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = generate(&openssl, folder.path(), "RSA", "rsa_keygen_bits:2048");
    let bytes = succeed(&openssl, &["rsa", "-RSAPublicKey_out", "-in", text(&path)]);
    let block = pem::blocks(bytes.as_bytes()).remove(0).expect("a block");
    assert_eq!(block.label, "RSA PUBLIC KEY");
    assert_eq!(key::inspect_public(&block), inspect_file(&path));
}

#[test]
fn openssl_reads_every_key() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    for algorithm in KeyAlgorithm::ALL {
        let key = PrivateKey::generate(algorithm).expect("a key");
        let written = key.to_pem();
        let label = match algorithm {
            KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => {
                "RSA PRIVATE KEY"
            }
            KeyAlgorithm::Ed25519 => "PRIVATE KEY",
            _ => "EC PRIVATE KEY",
        };
        assert!(
            written.starts_with(&format!("-----BEGIN {label}-----\n")),
            "{algorithm}"
        );
        let path = folder.path().join("key");
        std::fs::write(&path, &*written).expect("writable");
        // openssl 3.0 cannot check Ed25519 keys.
        if algorithm != KeyAlgorithm::Ed25519 {
            succeed(&openssl, &["pkey", "-check", "-noout", "-in", text(&path)]);
        }
        assert_eq!(
            succeed(&openssl, &["pkey", "-pubout", "-in", text(&path)]),
            key.public_pem(),
            "{algorithm}"
        );
        // The inner form is byte for byte that of openssl, so of Go.
        if algorithm != KeyAlgorithm::Ed25519 {
            let again = succeed(&openssl, &["pkey", "-traditional", "-in", text(&path)]);
            assert_eq!(again, *written, "{algorithm}");
        }
    }
}

#[test]
fn a_new_key_takes_the_form_of_the_old_one() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("key");
    for algorithm in [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP521,
        KeyAlgorithm::Ed25519,
    ] {
        let key = PrivateKey::generate(algorithm).expect("a key");
        std::fs::write(&path, &*key.to_pem()).expect("writable");
        // Byte for byte what openssl makes of it.
        let pkcs8 = succeed(
            &openssl,
            &["pkcs8", "-topk8", "-nocrypt", "-in", text(&path)],
        );
        assert_eq!(pkcs8, *key.to_pem_like("PRIVATE KEY"), "{algorithm}");
        for label in ["RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            assert_eq!(
                key.to_pem_like(label),
                key.to_pem(),
                "{algorithm} like {label}"
            );
        }
    }
}
