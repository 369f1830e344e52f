//! What screens draw of the ledger.

use crate::model::theme::Tone;
use crate::model::world::World;
use crate::pki::Digest;
use crate::record::LedgerEntry;
use crate::words::ledger::{self, Standing};

/// All rows that are known, the oldest first.
pub(crate) fn entries(world: &World) -> &[LedgerEntry] {
    let known = world
        .ledger
        .as_ref()
        .and_then(|ledger| ledger.as_ref().ok());
    known.map_or(&[], |ledger| ledger.entries.as_slice())
}

/// The row of this SHA-256.
pub(crate) fn entry<'a>(world: &'a World, sha256: &str) -> Option<&'a LedgerEntry> {
    entries(world).iter().find(|entry| entry.sha256 == sha256)
}

/// How a row's certificate stands by its own dates.
pub(crate) fn sign(world: &World, entry: &LedgerEntry) -> (&'static str, Tone) {
    let signs = world.signs();
    match ledger::standing(entry, world.moment()) {
        Standing::Valid => (signs.good, Tone::Good),
        Standing::Ended => (signs.off, Tone::Dim),
        Standing::NotYet => (signs.warn, Tone::Warn),
    }
}

/// Whether a row is of the certificate with this SHA-256: a master may have many, and most differ in
/// the first byte.
pub(crate) fn is_of(entry: &LedgerEntry, sha256: &Digest) -> bool {
    let mut digits = entry.sha256.chars();
    let mut is_next = |half: u8| digits.next() == char::from_digit(half.into(), 16);
    sha256
        .iter()
        .all(|byte| is_next(byte >> 4) && is_next(byte & 0xf))
}

/// Why its rows are not to be believed as they stand.
pub(crate) fn doubt(world: &World) -> Option<(String, Tone)> {
    let known = world.ledger.as_ref()?.as_ref().ok()?;
    let Some(fault) = known.faults.first() else {
        let path = known.on_disk.as_ref()?;
        return Some((ledger::on_disk(path), Tone::Warn));
    };
    let more = match known.faults.len() {
        1 => String::new(),
        all => format!(" and {} more", all - 1),
    };
    Some((format!("{}{more}", ledger::fault(fault)), Tone::Bad))
}
