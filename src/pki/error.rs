//! What can be wrong with X.509 data. Every variant is a fact about the input.

use x509_parser::der_parser::error::BerError;
use x509_parser::error::X509Error;
use x509_parser::nom::Err as Stopped;
use x509_parser::nom::error::ErrorKind;

use super::text::printable;

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
    #[error(
        "the PEM block {} that begins in line {line} is damaged: {why}",
        printable(label)
    )]
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
    /// The passphrase does not open the key.
    #[error("the passphrase is not the right one")]
    WrongPassphrase,
    /// The algorithm or curve is one that kubepki cannot use.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// The key is encrypted in a way that kubepki cannot open; openssl can.
    #[error(
        "{0} is not supported: `openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -in OLD -out NEW` \
         converts the key"
    )]
    OtherEncryption(&'static str),
    /// The key's file asks for more work than is allowed, before it is known whether the passphrase
    /// opens it.
    #[error(
        "to try a passphrase on it takes {needs} iterations of its key derivation, and {limit} are allowed"
    )]
    TooMuchWork {
        /// Iterations of PBKDF2, or for scrypt N times r times p.
        needs: u64,
        /// The most of them.
        limit: u64,
    },
    /// All keys and passphrases together ask for more work than is allowed.
    #[error(
        "too much work was spent on encrypted keys already: with {limit} iterations allowed for one, all are bounded"
    )]
    TooManyTries {
        /// With this limit there had been enough for all of them.
        needs: u64,
        /// The limit for one.
        limit: u64,
    },
    /// The key's file asks for more memory than there is.
    #[error("to try a passphrase on it takes {bytes} bytes of memory, which there are not")]
    NoMemory {
        /// How many.
        bytes: u64,
    },
    /// Nothing secret can be made.
    #[error("the system gives no random numbers")]
    NoRandomness,
    /// A request for a certificate that must not be issued.
    #[error("{0}")]
    Refused(String),
    /// After signing, the certificate was not what had been asked.
    #[error("the signed certificate differs from what was asked: {0}")]
    Differs(&'static str),
}

const TOO_EARLY: &str = "the data ends too early";
const NO_STRUCTURE: &str = "its structure cannot be read";
pub(super) const UNREAD_NAME: &str = "a name in it cannot be read";

/// Where the X.509 reader stopped, without the words of its making.
pub(super) fn in_words(stopped: &Stopped<X509Error>) -> String {
    match stopped {
        Stopped::Incomplete(_) => TOO_EARLY.to_owned(),
        Stopped::Error(error) | Stopped::Failure(error) => x509_in_words(error),
    }
}

fn x509_in_words(error: &X509Error) -> String {
    match error {
        X509Error::Der(error) => der_in_words(error),
        X509Error::NomError(kind) => stop_in_words(*kind).to_owned(),
        X509Error::Generic | X509Error::InvalidCertificate | X509Error::InvalidTbsCertificate => {
            NO_STRUCTURE.to_owned()
        }
        X509Error::InvalidX509Name => UNREAD_NAME.to_owned(),
        X509Error::InvalidSPKI => "its public key cannot be read".to_owned(),
        X509Error::InvalidExtensions => "its extensions cannot be read".to_owned(),
        X509Error::DuplicateExtensions => "an extension stands in it twice".to_owned(),
        // "invalid date", "invalid serial".
        other => other.to_string(),
    }
}

fn der_in_words(error: &BerError) -> String {
    match error {
        BerError::Incomplete(_) => TOO_EARLY.to_owned(),
        BerError::NomError(kind) => stop_in_words(*kind).to_owned(),
        BerError::UnexpectedTag {
            expected: Some(expected),
            actual,
        } => {
            format!(
                "the DER tag {} stands where {} belongs",
                actual.0, expected.0
            )
        }
        BerError::InvalidDateTime => "a date in it cannot be read".to_owned(),
        BerError::StringInvalidCharset => "a text in it has forbidden characters".to_owned(),
        BerError::InvalidLength | BerError::IndefiniteLengthUnexpected => {
            "a length in it is none of DER".to_owned()
        }
        _ => "it is not DER".to_owned(),
    }
}

fn stop_in_words(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Eof | ErrorKind::Complete => TOO_EARLY,
        _ => NO_STRUCTURE,
    }
}
