//! How much work an encrypted key may cost before it is known whether a passphrase opens it: who
//! writes the file sets the number, and could have it run for days.

use super::Error;

/// As many times the limit may all keys and passphrases of one request cost together.
const TRIES: u64 = 16;

/// The work that one request may spend on encrypted keys, and has spent. Its unit is an iteration
/// of PBKDF2 (RFC 8018 §5.2); scrypt (RFC 7914) counts as N times r times p, which takes about as
/// long and 128 bytes of memory each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effort {
    limit: u64,
    spent: u64,
}

impl Effort {
    /// `limit` for one key and one passphrase.
    pub fn new(limit: u64) -> Self {
        Self { limit, spent: 0 }
    }

    /// Takes the work of one key and passphrase away, before it is done.
    pub(super) fn spend(&mut self, work: u64) -> Result<(), Error> {
        self.spent = self.after(work)?;
        Ok(())
    }

    pub(super) fn after(&self, work: u64) -> Result<u64, Error> {
        let spent = self.spent.saturating_add(work);
        let (limit, together) = (self.limit, spent.div_ceil(TRIES));
        match work {
            needs if needs > limit => Err(Error::TooMuchWork { needs, limit }),
            _ if together > limit => Err(Error::TooManyTries {
                needs: together,
                limit,
            }),
            _ => Ok(spent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_bounded_and_so_are_all_together() {
        let mut effort = Effort::new(10);
        assert_eq!(
            effort.spend(11),
            Err(Error::TooMuchWork {
                needs: 11,
                limit: 10
            })
        );
        assert_eq!(
            effort.spend(u64::MAX),
            Err(Error::TooMuchWork {
                needs: u64::MAX,
                limit: 10
            })
        );
        for _ in 0..TRIES {
            effort.spend(10).unwrap();
        }
        // With the limit that is named it would have been enough.
        assert_eq!(
            effort.spend(1),
            Err(Error::TooManyTries {
                needs: 11,
                limit: 10
            })
        );
        assert_eq!(
            Effort {
                limit: 11,
                ..effort
            }
            .spend(1),
            Ok(())
        );
    }
}
