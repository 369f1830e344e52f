//! The text of a journal: JSON that ends with a checksum of all before it, by which a torn one is
//! known. It proves nothing about who wrote it.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Journal;
use crate::pki::{hex, sha256};
use crate::record::{JournalEntry, Operation, OperationState};

/// What stands between what the checksum is of and the checksum.
const CHECKSUM: &str = ",\n  \"checksum\": \"";

/// What stands behind it.
const END: &str = "\"\n}\n";

/// The text of a journal.
pub(super) fn written(journal: &Journal) -> Result<Vec<u8>, String> {
    let mut text = serde_json::to_string_pretty(journal).map_err(|error| error.to_string())?;
    // The bracket that ends the document comes once more behind the checksum.
    text.truncate(text.trim_end_matches(['}', '\n']).len());
    let checksum = hex(&sha256(text.as_bytes()));
    Ok([text.as_str(), CHECKSUM, &checksum, END]
        .concat()
        .into_bytes())
}

/// A journal, and whether its text bore a checksum: those of earlier releases do not.
pub(super) fn read(text: &str) -> Result<(Journal, bool), String> {
    #[derive(Deserialize)]
    struct Written {
        operation: Operation,
        entries: Vec<JournalEntry>,
        checksum: Option<String>,
    }
    let parts = text
        .strip_suffix(END)
        .and_then(|text| text.rsplit_once(CHECKSUM));
    let is_whole = parts.map(|(checked, checksum)| hex(&sha256(checked.as_bytes())) == checksum);
    let Written {
        operation,
        entries,
        checksum,
    } = parse(text)?;
    match is_whole.or(checksum.map(|_| false)) {
        Some(false) => Err("its checksum is not that of what it says".to_owned()),
        is_sealed => Ok((Journal { operation, entries }, is_sealed.is_some())),
    }
}

/// Whether the operation came to an end. Every command asks this of every operation, so nothing
/// else is made sense of.
pub(super) fn is_unfinished(text: &str) -> Result<bool, String> {
    #[derive(Deserialize)]
    struct Looked {
        operation: State,
    }
    #[derive(Deserialize)]
    struct State {
        state: OperationState,
    }
    // Journals are written with each field on a line of its own; no text in them holds a line's
    // end.
    if let Some((_, rest)) = text.rsplit_once("\n    \"state\": \"")
        && text.ends_with("\n}\n")
        && let Some((word, _)) = rest.split_once('"')
    {
        let state: Result<OperationState, _> = serde_json::from_value(word.into());
        if let Ok(state) = state {
            return Ok(state.is_unfinished());
        }
    }
    parse::<Looked>(text).map(|looked| looked.operation.state.is_unfinished())
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::PlanSummary;

    fn journal() -> Journal {
        let plan = PlanSummary {
            title: ",\n  \"checksum\": \"\"\n}\n".to_owned(),
            ..PlanSummary::default()
        };
        let state = OperationState::Committing;
        let operation = Operation {
            plan,
            state,
            ..Operation::empty("20261122T031205Z-4f2a9c")
        };
        Journal {
            operation,
            entries: Vec::new(),
        }
    }

    #[test]
    fn what_is_written_is_read_and_what_is_torn_is_known() {
        let text = String::from_utf8(written(&journal()).unwrap()).unwrap();
        assert_eq!(read(&text), Ok((journal(), true)));
        assert_eq!(is_unfinished(&text), Ok(true));
        for cut in 0..text.len() {
            assert!(read(&text[..cut]).is_err(), "{}", &text[..cut]);
        }
        for at in 0..text.len() {
            let mut other = text.clone().into_bytes();
            other[at] = if other[at] == b'x' { b'y' } else { b'x' };
            // Where the checksum's own name is damaged it is one without.
            assert!(
                !matches!(read(&String::from_utf8(other).unwrap()), Ok((_, true))),
                "{at}"
            );
        }
    }

    #[test]
    fn a_record_without_a_checksum_is_read_and_one_that_was_put_in_another_form_is_not() {
        let unsealed = serde_json::to_string_pretty(&journal()).unwrap() + "\n";
        assert_eq!(read(&unsealed), Ok((journal(), false)));
        let text = String::from_utf8(written(&journal()).unwrap()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(read(&value.to_string()).is_err());
    }
}
