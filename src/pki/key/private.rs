//! Key pairs: made, read to sign with, and written as Kubernetes expects them.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use zeroize::Zeroizing;

use super::encode::{self, OCTET_STRING, tlv};
use super::read::{self, Material};
use super::sealed::Sealed;
use super::{Effort, Error, PublicHalf, Secret, pem};
use crate::pki::{Curve, KeyKind};

/// What a new key may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// RSA with 2048 bit: kubeadm's default.
    Rsa2048,
    /// RSA with 3072 bit.
    Rsa3072,
    /// RSA with 4096 bit.
    Rsa4096,
    /// ECDSA on P-256.
    EcdsaP256,
    /// ECDSA on P-384.
    EcdsaP384,
    /// ECDSA on P-521. kubeadm makes none and etcd's Go reads it.
    EcdsaP521,
    /// Ed25519 (RFC 8410). kubeadm refuses it.
    Ed25519,
}

impl KeyAlgorithm {
    /// All of them, in the order in which a choice shows them.
    pub const ALL: [Self; 7] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::EcdsaP521,
        Self::Ed25519,
    ];

    /// kubeadm's `encryptionAlgorithm` where it has the algorithm (v1beta4), and names alike for
    /// the others.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "RSA-2048",
            Self::Rsa3072 => "RSA-3072",
            Self::Rsa4096 => "RSA-4096",
            Self::EcdsaP256 => "ECDSA-P256",
            Self::EcdsaP384 => "ECDSA-P384",
            Self::EcdsaP521 => "ECDSA-P521",
            Self::Ed25519 => "Ed25519",
        }
    }
}

impl KeyAlgorithm {
    /// What sort of key it makes.
    pub const fn kind(self) -> KeyKind {
        match self {
            Self::Rsa2048 => KeyKind::Rsa(2048),
            Self::Rsa3072 => KeyKind::Rsa(3072),
            Self::Rsa4096 => KeyKind::Rsa(4096),
            Self::EcdsaP256 => KeyKind::Ecdsa(Curve::P256),
            Self::EcdsaP384 => KeyKind::Ecdsa(Curve::P384),
            Self::EcdsaP521 => KeyKind::Ecdsa(Curve::P521),
            Self::Ed25519 => KeyKind::Ed25519,
        }
    }

    /// The one that makes keys of this sort; `None`: none does.
    pub fn of_kind(kind: &KeyKind) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.kind() == *kind)
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for KeyAlgorithm {
    type Err = Error;

    /// # Errors
    /// [`Error::Unsupported`] for names that are none of [`KeyAlgorithm::name`].
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| Error::Unsupported(format!("the key algorithm {name}")))
    }
}

/// A key pair that can sign. `Debug` shows its algorithm only; the bytes are wiped on drop.
pub struct PrivateKey {
    pair: SigningKeyPair,
    label: &'static str,
    der: Zeroizing<Vec<u8>>,
    public: PublicHalf,
}

enum SigningKeyPair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl PrivateKey {
    /// Makes a new key. RSA-2048 takes 54 ms in the mean, RSA-4096 half a second, the others
    /// nothing to speak of.
    ///
    /// # Errors
    /// [`Error::NotAKey`] where the system gives no random bytes.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, Error> {
        let curve = match algorithm {
            KeyAlgorithm::Rsa2048 => return Self::generate_rsa(KeySize::Rsa2048),
            KeyAlgorithm::Rsa3072 => return Self::generate_rsa(KeySize::Rsa3072),
            KeyAlgorithm::Rsa4096 => return Self::generate_rsa(KeySize::Rsa4096),
            KeyAlgorithm::Ed25519 => {
                let pair = Ed25519KeyPair::generate().map_err(not_made)?;
                return Self::from_der(pair.to_pkcs8v1().map_err(not_made)?.as_ref());
            }
            KeyAlgorithm::EcdsaP256 => read::P256,
            KeyAlgorithm::EcdsaP384 => read::P384,
            KeyAlgorithm::EcdsaP521 => read::P521,
        };
        let method = read::ecdsa_algorithm(curve)
            .ok_or_else(|| Error::Unsupported(algorithm.to_string()))?;
        let pair = EcdsaKeyPair::generate(method).map_err(not_made)?;
        Self::from_der(pair.to_pkcs8v1().map_err(not_made)?.as_ref())
    }

    fn generate_rsa(size: KeySize) -> Result<Self, Error> {
        let pair = RsaKeyPair::generate(size).map_err(not_made)?;
        Self::from_der(pair.as_der().map_err(not_made)?.as_ref())
    }

    /// Takes the key of a PEM block.
    ///
    /// # Errors
    /// As [`super::inspect`]; also [`Error::Unsupported`] for keys that can be told apart and not
    /// signed with (RSA under 2048 bit, RSA-PSS, curves other than P-256, P-384 and P-521).
    pub fn from_block(block: &pem::Block) -> Result<Self, Error> {
        if super::is_encrypted(block) {
            return Err(Error::EncryptedKey);
        }
        Self::from_der(&block.der)
    }

    /// Opens an encrypted key (PKCS#8, RFC 5958 §3), which costs `effort`. A key that is not
    /// encrypted is taken as it is.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`]; [`Error::TooMuchWork`], [`Error::TooManyTries`] and
    /// [`Error::NoMemory`]; [`Error::OtherEncryption`], with the openssl command that converts, for
    /// OpenSSL's own encryption (RFC 1421 headers) and for old ciphers; else as
    /// [`PrivateKey::from_block`].
    pub fn decrypt(
        block: &pem::Block,
        passphrase: &Secret,
        effort: &mut Effort,
    ) -> Result<Self, Error> {
        match Self::from_block(block) {
            Err(Error::EncryptedKey) => {
                let opened = Sealed::read(block)?.open(passphrase, effort)?;
                Self::from_der(opened.as_bytes()).map_err(|error| match error {
                    Error::NotAKey(_) => Error::WrongPassphrase,
                    other => other,
                })
            }
            taken => taken,
        }
    }

    /// Takes a bare DER key: PKCS#1, SEC1 or PKCS#8.
    ///
    /// # Errors
    /// As [`PrivateKey::from_block`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let material = Material::read(der)?;
        let public = material.public()?;
        let unusable = || {
            Error::Unsupported(format!(
                "signing with a key of the kind {}",
                public.algorithm
            ))
        };
        let (pair, label, der) = match &material {
            Material::Rsa { pkcs1, .. } => {
                if !matches!(public.algorithm, KeyKind::Rsa(_)) {
                    return Err(unusable());
                }
                let pair = RsaKeyPair::from_der(pkcs1).map_err(|_| unusable())?;
                (
                    SigningKeyPair::Rsa(pair),
                    "RSA PRIVATE KEY",
                    Zeroizing::new(pkcs1.to_vec()),
                )
            }
            Material::Ec { curve, scalar, .. } => {
                if !matches!(*curve, read::P256 | read::P384 | read::P521) {
                    return Err(unusable());
                }
                let method = read::ecdsa_algorithm(curve).ok_or_else(unusable)?;
                let scalar = read::full_width(curve, scalar)?;
                let bare = encode::ec_private_key(Some(curve), &scalar, None);
                let pair =
                    EcdsaKeyPair::from_private_key_der(method, &bare).map_err(|_| unusable())?;
                let whole =
                    encode::ec_private_key(Some(curve), &scalar, Some(pair.public_key().as_ref()));
                (SigningKeyPair::Ecdsa(pair), "EC PRIVATE KEY", whole)
            }
            Material::Ed25519 { seed } => {
                let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| unusable())?;
                let whole =
                    encode::pkcs8(&encode::ed25519_algorithm(), &tlv(OCTET_STRING, &[seed]));
                (SigningKeyPair::Ed25519(pair), "PRIVATE KEY", whole)
            }
        };
        Ok(Self {
            pair,
            label,
            der,
            public,
        })
    }

    /// The first private key of a PEM text, other blocks (`EC PARAMETERS`) passed over.
    ///
    /// # Errors
    /// [`Error::NotAKey`] where there is none, else as [`PrivateKey::from_block`].
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        for block in pem::blocks(text) {
            match block {
                Ok(block) if super::is_private_key(&block.label) => {
                    return Self::from_block(&block);
                }
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::NotAKey("the text holds no private key".to_owned()))
    }

    /// As kubeadm writes it (pkiutil): `RSA PRIVATE KEY` (PKCS#1), `EC PRIVATE KEY` (SEC1, the
    /// curve named); for Ed25519 `PRIVATE KEY` (PKCS#8).
    pub fn to_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(pem::encode(self.label, &self.der))
    }

    /// As a block of the given label: `PRIVATE KEY` is PKCS#8, `RSA PRIVATE KEY` and `EC PRIVATE
    /// KEY` are PKCS#1 and SEC1 where the key is of that kind; else as [`PrivateKey::to_pem`]. So a
    /// new key takes the form of the old one.
    pub fn to_pem_like(&self, label: &str) -> Zeroizing<String> {
        if label != "PRIVATE KEY" || label == self.label {
            return self.to_pem();
        }
        let whole = match &self.pair {
            SigningKeyPair::Rsa(_) => encode::pkcs8(&encode::rsa_algorithm(), &self.der),
            SigningKeyPair::Ecdsa(_) => match Material::read(&self.der) {
                // The curve is named outside, so not inside again: as openssl and Go write it.
                Ok(Material::Ec {
                    curve,
                    scalar,
                    public,
                }) => encode::pkcs8(
                    &encode::ec_algorithm(curve),
                    &encode::ec_private_key(None, scalar, public),
                ),
                _ => return self.to_pem(),
            },
            SigningKeyPair::Ed25519(_) => return self.to_pem(),
        };
        Zeroizing::new(pem::encode(label, &whole))
    }

    /// The public half.
    pub fn public(&self) -> &PublicHalf {
        &self.public
    }

    /// The public half as `PUBLIC KEY`, the form of `sa.pub`.
    pub fn public_pem(&self) -> String {
        self.public.to_pem()
    }

    /// The contents of the BIT STRING in the SubjectPublicKeyInfo.
    pub(crate) fn public_bits(&self) -> &[u8] {
        match &self.pair {
            SigningKeyPair::Rsa(pair) => pair.public_key().as_ref(),
            SigningKeyPair::Ecdsa(pair) => pair.public_key().as_ref(),
            SigningKeyPair::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    /// Signs with the hash that Go takes for this kind of key: SHA-256 for RSA and P-256, SHA-384
    /// for P-384, SHA-512 for P-521 (crypto/x509, signingParamsForKey). RSA is PKCS#1 v1.5, ECDSA
    /// DER.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the key cannot sign at all.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let random = SystemRandom::new();
        let failed = |_| {
            Error::Unsupported(format!(
                "a signature with this {} key",
                self.public.algorithm
            ))
        };
        match &self.pair {
            SigningKeyPair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            SigningKeyPair::Ecdsa(pair) => Ok(pair
                .sign(&random, message)
                .map_err(failed)?
                .as_ref()
                .to_vec()),
            SigningKeyPair::Ed25519(pair) => {
                Ok(pair.try_sign(message).map_err(failed)?.as_ref().to_vec())
            }
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, …)", self.public.algorithm)
    }
}

fn not_made(_: aws_lc_rs::error::Unspecified) -> Error {
    Error::NotAKey("no key could be made: the system gives no random numbers".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for algorithm in KeyAlgorithm::ALL {
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
        }
        assert!("RSA-1024".parse::<KeyAlgorithm>().is_err());
    }

    #[test]
    fn a_key_written_and_read_is_the_same() {
        for algorithm in [
            KeyAlgorithm::EcdsaP256,
            KeyAlgorithm::EcdsaP521,
            KeyAlgorithm::Ed25519,
        ] {
            let key = PrivateKey::generate(algorithm).unwrap();
            let again = PrivateKey::from_pem(key.to_pem().as_bytes()).unwrap();
            assert_eq!(again.to_pem(), key.to_pem());
            assert_eq!(again.public(), key.public());
            assert_eq!(key.public().algorithm, algorithm.kind());
        }
    }

    #[test]
    fn debug_shows_nothing_of_the_key() {
        let key = PrivateKey::generate(KeyAlgorithm::Ed25519).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey(Ed25519, …)");
    }
}
