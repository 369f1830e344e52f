//! Keys under a passphrase (PKCS#8 EncryptedPrivateKeyInfo, RFC 5958 §3, with PBES2 of RFC 8018).

use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{Kdf, Pbkdf2Prf, ScryptParams};
use pkcs8::{EncryptedPrivateKeyInfoRef, SecretDocument};

use super::effort::Effort;
use super::{Error, Secret, pem};

const OTHER: Error = Error::OtherEncryption("the cipher or key derivation of this encrypted key");

/// Bytes of memory that scrypt takes for each of N times r (RFC 7914 §2).
const SCRYPT_BLOCK: u64 = 128;

/// An encrypted key that is not opened yet.
pub(super) struct Sealed<'a>(EncryptedPrivateKeyInfoRef<'a>);

impl<'a> Sealed<'a> {
    /// # Errors
    /// [`Error::OtherEncryption`].
    pub(super) fn read(block: &'a pem::Block) -> Result<Self, Error> {
        if block.encrypted {
            return Err(Error::OtherEncryption(
                "OpenSSL's own key encryption (Proc-Type: 4,ENCRYPTED)",
            ));
        }
        // A structure that is read and refused is one with a cipher or digest that is not built in.
        EncryptedPrivateKeyInfoRef::try_from(block.der.as_slice())
            .map(Self)
            .map_err(|_| OTHER)
    }

    /// What it costs to try one passphrase, in the unit of [`Effort`].
    ///
    /// # Errors
    /// [`Error::OtherEncryption`] for what no passphrase could open.
    pub(super) fn work(&self) -> Result<u64, Error> {
        let EncryptionScheme::Pbes2(parameters) = &self.0.encryption_algorithm else {
            return Err(OTHER);
        };
        match &parameters.kdf {
            Kdf::Pbkdf2(one) => {
                // A key that is longer than the digest is derived in two parts (RFC 8018 §5.2).
                let is_longer =
                    one.prf == Pbkdf2Prf::HmacWithSha224 && parameters.encryption.key_size() > 28;
                Ok(u64::from(one.iteration_count) * if is_longer { 2 } else { 1 })
            }
            Kdf::Scrypt(one) => {
                // The library takes no other N without a panic.
                let is_known = one.cost_parameter > 1 && one.cost_parameter.is_power_of_two();
                let each = one.cost_parameter.saturating_mul(one.block_size.into());
                if is_known {
                    Ok(each.saturating_mul(one.parallelization.into()))
                } else {
                    Err(OTHER)
                }
            }
            _ => Err(OTHER),
        }
    }

    /// The DER of the key.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`], [`Error::OtherEncryption`]; before any work is done
    /// [`Error::TooMuchWork`], [`Error::TooManyTries`], [`Error::NoMemory`].
    pub(super) fn open(
        &self,
        passphrase: &Secret,
        effort: &mut Effort,
    ) -> Result<SecretDocument, Error> {
        effort.spend(self.work()?)?;
        if let EncryptionScheme::Pbes2(parameters) = &self.0.encryption_algorithm
            && let Kdf::Scrypt(scrypt) = &parameters.kdf
        {
            has_memory(scrypt)?;
        }
        self.0
            .decrypt(passphrase.expose())
            .map_err(|error| match error {
                // Padding that is right by chance leaves bytes that are no DER.
                pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed)
                | pkcs8::Error::Asn1(_) => Error::WrongPassphrase,
                _ => OTHER,
            })
    }
}

impl Effort {
    /// Whether a passphrase may be tried on the encrypted key in `block`.
    ///
    /// # Errors
    /// [`Error::TooMuchWork`], [`Error::TooManyTries`]; [`Error::OtherEncryption`] where no
    /// passphrase could open it.
    pub fn allows(&self, block: &pem::Block) -> Result<(), Error> {
        self.after(Sealed::read(block)?.work()?).map(|_| ())
    }
}

/// Whether there is room for it: where the library gets none, the program ends.
fn has_memory(scrypt: &ScryptParams) -> Result<(), Error> {
    let blocks = scrypt
        .cost_parameter
        .saturating_add(scrypt.parallelization.into());
    let needs = blocks
        .saturating_mul(scrypt.block_size.into())
        .saturating_mul(SCRYPT_BLOCK);
    let had =
        usize::try_from(needs).is_ok_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok());
    if had {
        Ok(())
    } else {
        Err(Error::NoMemory { bytes: needs })
    }
}
