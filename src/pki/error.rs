//! What can be wrong with X.509 data. Every variant is a fact about the input.

/// A fault of the bytes that were given, never of the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are no certificate: where the DER reader stopped.
    #[error("not a certificate: {0}")]
    NotACertificate(String),
    /// The bytes are no PKCS#10 request (RFC 2986).
    #[error("not a certification request: {0}")]
    NotARequest(String),
    /// There is more after the DER structure; kube and OpenSSL would stop reading there.
    #[error("{0} bytes follow after the end of the structure")]
    TrailingBytes(usize),
    /// A PEM block that begins and does not end, or whose base64 is damaged.
    #[error("the PEM block {label} that begins in line {line} is damaged: {why}")]
    DamagedPem {
        /// The label, as "CERTIFICATE".
        label: String,
        /// The line of the BEGIN marker, counted from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A private key that cannot be read.
    #[error("not a private key: {0}")]
    NotAKey(String),
    /// The key is encrypted and needs a passphrase (RFC 5958 §3, or an OpenSSL `Proc-Type` header).
    #[error("the private key is encrypted")]
    EncryptedKey,
    /// The algorithm or curve is one that kubepki cannot use.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// A request for a certificate that must not be issued.
    #[error("{0}")]
    Refused(String),
    /// After signing, the certificate was not what had been asked.
    #[error("the signed certificate differs from what was asked: {0}")]
    Differs(&'static str),
}
