//! Keys: reading what lies on a disk (PKCS#1 of RFC 8017, SEC1 of RFC 5915, PKCS#8 of RFC 5958) and
//! making new ones in the form that Kubernetes expects (kubeadm pkiutil: `RSA PRIVATE KEY`, `EC
//! PRIVATE KEY`).

mod effort;
pub(super) mod encode;
mod private;
mod read;
mod sealed;

pub use effort::Effort;
pub use private::{KeyAlgorithm, PrivateKey};
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo};

use super::text::printable;
use super::{Digest, Error, KeyKind, Secret, extension, pem, sha256};

/// The public half of a key pair, all of it that may be kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PublicHalf {
    /// The SubjectPublicKeyInfo, DER: the very bytes that a certificate of this key carries.
    pub spki: Vec<u8>,
    /// SHA-256 over those bytes.
    pub spki_sha256: Digest,
    /// What sort of key it is.
    pub algorithm: KeyKind,
}

impl PublicHalf {
    /// Takes a DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// [`Error::NotAKey`] for other bytes, [`Error::TrailingBytes`] for more than that.
    pub fn from_spki(spki: &[u8]) -> Result<Self, Error> {
        match SubjectPublicKeyInfo::from_der(spki) {
            Ok(([], parsed)) => Ok(Self {
                algorithm: extension::key_kind(&parsed),
                spki_sha256: sha256(spki),
                spki: spki.to_vec(),
            }),
            Ok((rest, _)) => Err(Error::TrailingBytes(rest.len())),
            Err(error) => Err(Error::NotAKey(super::error::in_words(&error))),
        }
    }

    /// As a `PUBLIC KEY` block, the form of `sa.pub`.
    pub fn to_pem(&self) -> String {
        pem::encode("PUBLIC KEY", &self.spki)
    }
}

/// True for the label of a block that holds a private key, encrypted or not. `EC PARAMETERS` is
/// none.
pub fn is_private_key(label: &str) -> bool {
    label == "PRIVATE KEY" || label.ends_with(" PRIVATE KEY")
}

/// True where the block itself says that its key is encrypted; its bytes may say so too.
fn is_encrypted(block: &pem::Block) -> bool {
    block.encrypted || block.label == "ENCRYPTED PRIVATE KEY"
}

/// True for the label of a block that holds a bare public key.
pub fn is_public_key(label: &str) -> bool {
    matches!(label, "PUBLIC KEY" | "RSA PUBLIC KEY")
}

/// The public half of the private key in `block`. Go tries every form whatever the label says
/// (crypto/tls, parsePrivateKey), and so does this.
///
/// # Errors
/// [`Error::EncryptedKey`] where a passphrase is needed, [`Error::NotAKey`] for damaged data,
/// [`Error::Unsupported`] for algorithms and curves whose public half cannot be worked out.
pub fn inspect(block: &pem::Block) -> Result<PublicHalf, Error> {
    if is_encrypted(block) {
        return Err(Error::EncryptedKey);
    }
    if block.label == "OPENSSH PRIVATE KEY" {
        return Err(Error::Unsupported(
            "the private key format of OpenSSH".to_owned(),
        ));
    }
    inspect_der(&block.der)
}

/// The public half of a bare DER private key.
///
/// # Errors
/// As [`inspect`].
pub fn inspect_der(der: &[u8]) -> Result<PublicHalf, Error> {
    read::Material::read(der)?.public()
}

/// The key of a `PUBLIC KEY` (RFC 5280) or `RSA PUBLIC KEY` (RFC 8017) block.
///
/// # Errors
/// [`Error::NotAKey`] for other labels and damaged data.
pub fn inspect_public(block: &pem::Block) -> Result<PublicHalf, Error> {
    match block.label.as_str() {
        "PUBLIC KEY" => PublicHalf::from_spki(&block.der),
        "RSA PUBLIC KEY" => PublicHalf::from_spki(&read::public_from_pkcs1(&block.der)?),
        label => Err(Error::NotAKey(format!(
            "the block is a {}",
            printable(label)
        ))),
    }
}

#[cfg(test)]
mod tests;
