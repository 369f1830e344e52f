//! Random text for tokens.

use zeroize::{Zeroize as _, Zeroizing};

use super::Error;

/// `length` characters, each one of `alphabet` (ASCII, 1 to 256 of them) with the same probability.
///
/// # Errors
/// [`Error::NoRandomness`] where the system gives no random numbers.
pub fn random_text(alphabet: &[u8], length: usize) -> Result<Zeroizing<String>, Error> {
    // Bytes from the last, incomplete round of the alphabet would favour its beginning.
    let rounds = 256 - 256 % alphabet.len().max(1);
    let mut text = Zeroizing::new(String::with_capacity(length));
    let mut bytes = [0; 64];
    while text.len() < length {
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::NoRandomness)?;
        let fair = bytes
            .iter()
            .map(|byte| usize::from(*byte))
            .filter(|byte| *byte < rounds);
        let left = length - text.len();
        text.extend(
            fair.take(left)
                .map(|byte| char::from(alphabet[byte % alphabet.len()])),
        );
        bytes.zeroize();
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_comes_as_often_as_the_others() -> Result<(), Error> {
        let alphabet = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let text = random_text(alphabet, 72_000)?;
        assert_eq!(text.len(), 72_000);
        for character in alphabet.iter().map(|byte| char::from(*byte)) {
            // 2000 are expected with a deviation of 44: eight of them are never seen.
            let count = text.matches(character).count();
            assert!((1650..=2350).contains(&count), "{character}: {count}");
        }
        assert_ne!(random_text(alphabet, 22)?, random_text(alphabet, 22)?);
        assert_eq!(random_text(b"x", 3)?.as_str(), "xxx");
        Ok(())
    }
}
