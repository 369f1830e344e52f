//! Bearer tokens: what kind they are and what a service account's token says, never the token
//! itself.

use std::fmt;

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo};
use zeroize::Zeroizing;

/// A bearer token. It is wiped on drop and prints as "…".
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Zeroizing<String>);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What kind of token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenKind {
    /// `id.secret` of a bootstrap token: the user `system:bootstrap:<id>`.
    Bootstrap {
        /// The public half, six characters.
        id: String,
    },
    /// A JWT: a service account's token, or one of OpenID Connect.
    Jwt(Claims),
    /// Anything else: looked up in `token.csv`.
    Opaque,
}

/// What a JWT says (RFC 7519 §4.1). Nothing is verified by reading it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims {
    /// sub: `system:serviceaccount:<namespace>:<name>`.
    pub subject: String,
    /// iss.
    pub issuer: String,
    /// exp; the tokens in Secrets of old releases have none.
    pub expires: Option<OffsetDateTime>,
    /// The header's alg, as "RS256".
    pub algorithm: String,
}

impl Token {
    /// Takes a token. White space at its ends is not part of it (client-go trims token files).
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim().to_owned()))
    }

    /// True where both are the same token.
    pub fn is(&self, other: &str) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.0.as_bytes(), other.as_bytes())
            .is_ok()
    }

    /// The token, to be written where its user needs it. Whoever copies it wipes the copy.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What kind of token it is.
    pub fn kind(&self) -> TokenKind {
        if let Some(id) = token_id(&self.0) {
            return TokenKind::Bootstrap { id: id.to_owned() };
        }
        claims(&self.0).map_or(TokenKind::Opaque, TokenKind::Jwt)
    }

    /// Whether the key of this SubjectPublicKeyInfo signed it: see [`verify_jwt`].
    pub fn verify(&self, spki: &[u8]) -> Option<bool> {
        verify_jwt(&self.0, spki)
    }
}

/// What a bootstrap token is written with.
pub(in crate::kubernetes) const BOOTSTRAP_ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// The id of a bootstrap token `id.secret` (cluster-bootstrap token/api/types.go,
/// BootstrapTokenPattern).
pub fn token_id(token: &str) -> Option<&str> {
    let (id, secret) = token.split_once('.')?;
    (is_word(id, 6) && is_word(secret, 16)).then_some(id)
}

fn is_word(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| BOOTSTRAP_ALPHABET.contains(&byte))
}

fn claims(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let header = json(header)?;
    let claims = json(claims)?;
    let text = |value: &serde_json::Value, name: &str| {
        value
            .get(name)
            .and_then(|value| value.as_str().map(str::to_owned))
    };
    let expires = claims.get("exp").and_then(|value| {
        // NumericDate may have a fraction (RFC 7519 §2): its whole seconds count.
        let seconds = value
            .as_i64()
            .or_else(|| value.to_string().split('.').next()?.parse().ok())?;
        OffsetDateTime::from_unix_timestamp(seconds).ok()
    });
    Some(Claims {
        subject: text(&claims, "sub").unwrap_or_default(),
        issuer: text(&claims, "iss").unwrap_or_default(),
        expires,
        algorithm: text(&header, "alg")?,
    })
}

fn json(part: &str) -> Option<serde_json::Value> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?);
    serde_json::from_slice::<serde_json::Value>(&bytes)
        .ok()
        .filter(serde_json::Value::is_object)
}

/// Whether the key of this DER SubjectPublicKeyInfo signed the JWT (RFC 7515). `None`: it is no
/// JWT, or of an algorithm that service account tokens do not have.
pub fn verify_jwt(token: &str, spki: &[u8]) -> Option<bool> {
    let algorithm: (&'static dyn VerificationAlgorithm, &str) =
        match claims(token)?.algorithm.as_str() {
            "RS256" => (&signature::RSA_PKCS1_2048_8192_SHA256, RSA),
            "RS384" => (&signature::RSA_PKCS1_2048_8192_SHA384, RSA),
            "RS512" => (&signature::RSA_PKCS1_2048_8192_SHA512, RSA),
            "ES256" => (&signature::ECDSA_P256_SHA256_FIXED, ELLIPTIC),
            "ES384" => (&signature::ECDSA_P384_SHA384_FIXED, ELLIPTIC),
            "ES512" => (&signature::ECDSA_P521_SHA512_FIXED, ELLIPTIC),
            _ => return None,
        };
    let (signed, signature) = token.rsplit_once('.')?;
    let (rest, key) = SubjectPublicKeyInfo::from_der(spki).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let signature = URL_SAFE_NO_PAD
        .decode(signature.trim_end_matches('='))
        .ok()?;
    let (algorithm, kind) = algorithm;
    if key.algorithm.algorithm.to_id_string() != kind {
        return Some(false);
    }
    let key = UnparsedPublicKey::new(algorithm, &key.subject_public_key.data);
    Some(key.verify(signed.as_bytes(), &signature).is_ok())
}

/// rsaEncryption, RFC 8017.
const RSA: &str = "1.2.840.113549.1.1.1";
/// id-ecPublicKey, RFC 5480.
const ELLIPTIC: &str = "1.2.840.10045.2.1";

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

    use super::*;

    fn encode(text: &str) -> String {
        URL_SAFE_NO_PAD.encode(text)
    }

    #[test]
    fn tokens_have_kinds() {
        let jwt =
            |header: &str, claims: &str| format!("{}.{}.c2ln", encode(header), encode(claims));
        let claims = Claims {
            subject: "system:serviceaccount:kube-system:kube-proxy".to_owned(),
            issuer: "x".to_owned(),
            expires: OffsetDateTime::from_unix_timestamp(1_800_000_000).ok(),
            algorithm: "RS256".to_owned(),
        };
        let body = r#"{"sub":"system:serviceaccount:kube-system:kube-proxy","iss":"x","exp":1800000000.5}"#;
        for (token, expected) in [
            (
                "abcdef.0123456789abcdef".to_owned(),
                TokenKind::Bootstrap {
                    id: "abcdef".to_owned(),
                },
            ),
            (jwt(r#"{"alg":"RS256"}"#, body), TokenKind::Jwt(claims)),
            (jwt("[]", body), TokenKind::Opaque),
            (jwt("{}", "{}"), TokenKind::Opaque),
            (
                "8f1c2d3e4b5a69788796a5b4c3d2e1f0".to_owned(),
                TokenKind::Opaque,
            ),
            ("a.b.c".to_owned(), TokenKind::Opaque),
            (String::new(), TokenKind::Opaque),
        ] {
            assert_eq!(Token::new(&token).kind(), expected, "{token}");
        }
        let token = Token::new(" hunter2\n");
        assert!(token.is("hunter2") && !token.is("hunter"));
        assert_eq!(format!("{token:?}"), "Token(…)");
    }

    #[test]
    fn only_the_key_verifies() -> Result<(), Box<dyn std::error::Error>> {
        let generate = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        let (pair, other) = (generate()?, generate()?);
        let spki = |pair: &EcdsaKeyPair| {
            use aws_lc_rs::encoding::AsDer as _;
            pair.public_key()
                .as_der()
                .map(|der: aws_lc_rs::encoding::PublicKeyX509Der<'_>| der.as_ref().to_vec())
        };
        let signed = format!(
            "{}.{}",
            encode(r#"{"alg":"ES256"}"#),
            encode(r#"{"sub":"a"}"#)
        );
        let signature = pair.sign(&SystemRandom::new(), signed.as_bytes())?;
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()));
        assert_eq!(verify_jwt(&token, &spki(&pair)?), Some(true));
        assert_eq!(verify_jwt(&token, &spki(&other)?), Some(false));
        let changed = token.replacen(&encode(r#"{"sub":"a"}"#), &encode(r#"{"sub":"b"}"#), 1);
        assert_eq!(verify_jwt(&changed, &spki(&pair)?), Some(false));
        assert_eq!(verify_jwt(&token, b"no key"), None);
        let none = format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode("{}"));
        assert_eq!(verify_jwt(&none, &spki(&pair)?), None);
        Ok(())
    }
}
