//! X.509 itself: names, keys, certificates, requests, signatures, PEM
//! (RFC 5280, 2986, 5958, 7468). No files, clock, network, threads; no Kubernetes.

pub mod certificate;
pub mod error;
pub mod extension;
pub mod general_name;
pub mod issue;
pub mod key;
mod key_kind;
pub mod moment;
pub mod name;
pub mod openssl_text;
pub mod path;
pub mod pem;
mod random;
pub mod request;
pub mod secret;
mod signature;
pub mod text;
pub mod trust;
pub mod usage;

pub use certificate::{Certificate, Details};
pub use error::Error;
pub use general_name::GeneralName;
pub use key_kind::{Curve, KeyKind};
pub use name::Name;
pub use random::random_text;
pub use request::{CHALLENGE_PASSWORD, CertificationRequest};
pub use secret::Secret;
pub use usage::{ExtendedKeyUsage, KeyUsage};

/// SHA-256 of some bytes.
pub type Digest = [u8; 32];

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Digest {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let mut out = [0; 32];
    out.copy_from_slice(digest.as_ref());
    out
}

/// Lower-case hex without separators, two digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
