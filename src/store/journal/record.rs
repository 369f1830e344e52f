//! The text of a journal: JSON that ends with a checksum of all before it, by which a torn one is known. It proves
//! nothing about who wrote it.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Journal;
use crate::pki::{hex, sha256};
use crate::record::{Entry, Operation, OperationState};

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
    Ok([text.as_str(), CHECKSUM, &checksum, END].concat().into_bytes())
}

/// A journal, and whether its text bore a checksum: those of earlier releases do not.
pub(super) fn read(text: &str) -> Result<(Journal, bool), String> {
    #[derive(Deserialize)]
    struct Written {
        operation: Operation,
        entries: Vec<Entry>,
        checksum: Option<String>,
    }
    let is_whole = match text.strip_suffix(END).and_then(|text| text.rsplit_once(CHECKSUM)) {
        Some((checked, checksum)) => Some(hex(&sha256(checked.as_bytes())) == checksum),
        None => None,
    };
    let Written { operation, entries, checksum } = parse(text)?;
    match is_whole.or(checksum.map(|_| false)) {
        Some(false) => Err("its checksum is not that of what it says".to_owned()),
        is_sealed => Ok((Journal { operation, entries }, is_sealed.is_some())),
    }
}

/// Whether the operation came to an end. Every command asks this of every operation, so nothing else is made sense of.
pub(super) fn is_unfinished(text: &str) -> Result<bool, String> {
    #[derive(Deserialize)]
    struct Looked {
        operation: State,
    }
    #[derive(Deserialize)]
    struct State {
        state: OperationState,
    }
    // Journals are written with each field on a line of its own; no text in them holds a line's end.
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
