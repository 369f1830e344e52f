//! Keys under a passphrase (PKCS#8 EncryptedPrivateKeyInfo, RFC 5958 §3, with PBES2 of RFC 8018).

use pkcs8::{EncryptedPrivateKeyInfoRef, SecretDocument};

use super::{Error, Secret, pem};

/// The DER of the key in `block`.
///
/// # Errors
/// [`Error::WrongPassphrase`], [`Error::OtherEncryption`], [`Error::NotAKey`].
pub(super) fn open(block: &pem::Block, passphrase: &Secret) -> Result<SecretDocument, Error> {
    if block.encrypted {
        return Err(Error::OtherEncryption("OpenSSL's own key encryption (Proc-Type: 4,ENCRYPTED)"));
    }
    // A structure that is read and refused is one with a cipher or digest that is not built in.
    let sealed = EncryptedPrivateKeyInfoRef::try_from(block.der.as_slice())
        .map_err(|_| Error::OtherEncryption("the cipher of this encrypted key"))?;
    sealed.decrypt(passphrase.expose()).map_err(|error| match error {
        // Padding that is right by chance leaves bytes that are no DER.
        pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed) | pkcs8::Error::Asn1(_) => {
            Error::WrongPassphrase
        }
        _ => Error::OtherEncryption("the cipher of this encrypted key"),
    })
}
