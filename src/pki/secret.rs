//! Bytes that nobody may see: a file with a private key in it, a passphrase.

use std::fmt;

use zeroize::Zeroizing;

use super::sha256;

/// Bytes that are wiped on drop. `Debug` shows none of them, equality is by digest, and nothing can
/// serialize them.
#[derive(Clone, Default)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes. Whoever copies them wipes the copy.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True without any byte.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Zeroizing<Vec<u8>>> for Secret {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl From<Zeroizing<String>> for Secret {
    fn from(mut text: Zeroizing<String>) -> Self {
        Self::new(std::mem::take(&mut *text).into_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        sha256(&self.0) == sha256(&other.0)
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_it_is_shown_and_equality_is_by_content() {
        let secret = Secret::new(b"hunter2".to_vec());
        assert_eq!(
            format!("{secret:?} {:?}", Some(secret.clone())),
            "… Some(…)"
        );
        assert!(secret == Secret::from(Zeroizing::new("hunter2".to_owned())));
        assert!(secret != Secret::new(b"hunter3".to_vec()));
    }
}
