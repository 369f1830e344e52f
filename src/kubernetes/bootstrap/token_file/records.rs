//! The records of a CSV text (RFC 4180, Go's encoding/csv).

use zeroize::Zeroizing;

/// Lines that one record may take beyond its first.
const LONGEST_RECORD: u32 = 16;

type Record = Vec<Zeroizing<String>>;

/// The records with the lines where they begin and how many they take; `None` where the quotes are
/// wrong.
pub(super) fn records(text: &str) -> Vec<(u32, u32, Option<Record>)> {
    let mut found = Vec::new();
    let mut lines = (1u32..).zip(text.lines()).peekable();
    while let Some((start, first)) = lines.next() {
        if first.is_empty() {
            continue;
        }
        let mut record = Zeroizing::new(first.to_owned());
        let mut read = fields(&record);
        // A quoted field may hold line breaks; one that never closes must not be read over and
        // over.
        let mut taken = 1;
        while taken <= LONGEST_RECORD {
            let (Err(QuoteFault::Open), Some((_, next))) = (&read, lines.peek()) else {
                break;
            };
            record.push('\n');
            record.push_str(next);
            read = fields(&record);
            lines.next();
            taken += 1;
        }
        found.push((start, taken, read.ok()));
    }
    found
}

enum QuoteFault {
    /// A quoted field does not end.
    Open,
    /// A quote stands where none may.
    Misplaced,
}

fn fields(record: &str) -> Result<Record, QuoteFault> {
    let mut fields = Vec::new();
    let mut rest = record;
    loop {
        let (field, tail) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_field(quoted).ok_or(QuoteFault::Open)?
        } else {
            let (field, tail) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            if field.contains('"') {
                return Err(QuoteFault::Misplaced);
            }
            (Zeroizing::new(field.to_owned()), tail)
        };
        fields.push(field);
        match tail.strip_prefix(',') {
            Some(next) => rest = next,
            None if tail.is_empty() => return Ok(fields),
            None => return Err(QuoteFault::Misplaced),
        }
    }
}

/// A field after its opening quote, and what follows the closing one. `""` is a quote.
fn quoted_field(mut rest: &str) -> Option<(Zeroizing<String>, &str)> {
    let mut field = Zeroizing::new(String::new());
    loop {
        let (part, tail) = rest.split_once('"')?;
        field.push_str(part);
        match tail.strip_prefix('"') {
            Some(next) => {
                field.push('"');
                rest = next;
            }
            None => return Some((field, tail)),
        }
    }
}
