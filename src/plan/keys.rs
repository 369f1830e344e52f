//! Keys on their way into a plan: new ones, and those of CAs, which may need a passphrase.

use super::{Passphrase, PlanError};
use crate::pki::key::{self, Effort, KeyAlgorithm, PrivateKey};
use crate::pki::{self, Certificate, pem};

/// A new key: one of those that were made for it, or one made now where there is none.
///
/// # Errors
/// [`pki::Error::NotAKey`] where the system gives no random bytes.
pub(super) fn new_key(
    algorithm: KeyAlgorithm,
    given: &mut Vec<PrivateKey>,
) -> Result<PrivateKey, PlanError> {
    match given
        .iter()
        .position(|key| key.public().algorithm == algorithm.kind())
    {
        Some(at) => Ok(given.remove(at)),
        None => Ok(PrivateKey::generate(algorithm)?),
    }
}

/// Says of a passphrase that was given for another key, or unasked for several, not that it is
/// wrong.
pub(super) fn asked(error: PlanError, given: &[Passphrase], is_first: bool) -> PlanError {
    let PlanError::PassphraseNeeded { path, .. } = error else {
        return error;
    };
    let is_for_it = |one: &Passphrase| {
        one.asked_for
            .as_ref()
            .map_or(is_first, |asked| *asked == path)
    };
    let wrong = given.iter().any(is_for_it);
    PlanError::PassphraseNeeded { path, wrong }
}

/// The CA's key from its file.
///
/// # Errors
/// [`PlanError::PassphraseNeeded`] for an encrypted one that no passphrase opens;
/// [`PlanError::Refused`] for one that would cost more than `effort`, before it is asked for.
pub(super) fn signing_key(
    content: &[u8],
    path: &str,
    authority: &Certificate,
    passphrases: &[Passphrase],
    effort: &mut Effort,
) -> Result<PrivateKey, PlanError> {
    let (mut fault, mut hint) = (None, String::new());
    for block in pem::blocks(content)
        .into_iter()
        .flatten()
        .filter(|block| key::is_private_key(&block.label))
    {
        match opened(&block, passphrases, effort) {
            Ok(key) if key.public().spki_sha256 == *authority.spki_sha256() => return Ok(key),
            Ok(_) => {}
            Err(pki::Error::EncryptedKey | pki::Error::WrongPassphrase) => {
                return Err(PlanError::PassphraseNeeded {
                    path: path.to_owned(),
                    wrong: false,
                });
            }
            Err(error) => {
                hint = how_to_allow(&error);
                fault = Some(error.to_string());
            }
        }
    }
    let bare = || {
        PrivateKey::from_der(content)
            .ok()
            .filter(|key| key.public().spki_sha256 == *authority.spki_sha256())
    };
    if let Some(key) = bare() {
        return Ok(key);
    }
    let fault =
        fault.unwrap_or_else(|| "it does not hold the key of the CA's certificate".to_owned());
    Err(
        PlanError::refused(format!("nothing can be signed with the key {path}"))
            .because(fault)
            .hint(hint),
    )
}

/// What to do about a key that costs too much; empty for other faults.
fn how_to_allow(error: &pki::Error) -> String {
    match error {
        pki::Error::TooMuchWork { needs, .. } | pki::Error::TooManyTries { needs, .. } => {
            format!(
                "if the key is yours, start kubepki with --kdf-limit {needs}; else look at who wrote the file"
            )
        }
        _ => String::new(),
    }
}

/// The key of a block, with the first passphrase that opens it.
fn opened(
    block: &pem::Block,
    passphrases: &[Passphrase],
    effort: &mut Effort,
) -> Result<PrivateKey, pki::Error> {
    let mut answer = PrivateKey::from_block(block);
    if answer.as_ref().err() == Some(&pki::Error::EncryptedKey) {
        effort.allows(block)?;
    }
    for passphrase in passphrases {
        match answer {
            Err(pki::Error::EncryptedKey | pki::Error::WrongPassphrase) => {
                answer = PrivateKey::decrypt(block, &passphrase.text, effort);
            }
            _ => break,
        }
    }
    answer
}
