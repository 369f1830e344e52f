//! How an operation that was interrupted is told, and what became of it.

use crate::record::{Damaged, Operation, Problem, Recovered, RecoveryOutcome};

/// An operation as commands name it, which take its id: "the operation 20261122T031205Z-4f2a9c
/// (Renew apiserver)".
pub fn with_id(operation: &Operation) -> String {
    format!("the operation {} ({})", operation.id, operation.plan.title)
}

/// An operation as it is named where a key opens it: "\"Renew apiserver\"".
pub fn titled(operation: &Operation) -> String {
    format!("\"{}\"", operation.plan.title)
}

/// That it was interrupted, and what it left behind. One whose record is not sealed is ended only
/// by name.
pub fn interrupted(name: &str, operation: &Operation, is_sealed: bool) -> Problem {
    if !is_sealed {
        return by_name(name, operation, is_sealed);
    }
    Problem::new(format!("{name} was interrupted")).because_all(left_behind(operation))
}

/// The same of one that is ended only where somebody names it.
pub fn by_name(name: &str, operation: &Operation, is_sealed: bool) -> Problem {
    let unsealed = (!is_sealed)
        .then(|| "its record bears no checksum, as those of earlier releases".to_owned());
    Problem::new(format!("{name} was interrupted, and is ended only by name"))
        .because_all(left_behind(operation))
        .because_all(unsealed)
}

fn left_behind(operation: &Operation) -> Option<String> {
    operation.state.left_behind().map(str::to_owned)
}

/// That an operation is no part of the history.
pub fn damaged(record: &Damaged) -> String {
    let Damaged { id, why } = record;
    format!("the operation {id} is left out of the history, for its journal cannot be read: {why}")
}

/// What became of it; `stuck`: what to do where nobody but the user can say which way it shall go.
pub fn ended(name: &str, recovered: &Recovered, stuck: impl FnOnce() -> String) -> Problem {
    match &recovered.how {
        RecoveryOutcome::Forward => {
            Problem::new(format!("{name} had been interrupted and is finished now"))
        }
        RecoveryOutcome::Back => {
            Problem::new(format!("{name} had been interrupted and is taken back"))
        }
        RecoveryOutcome::CleanedUp => Problem::new(format!(
            "{name} had been interrupted before anything was changed; nothing is left of it"
        )),
        RecoveryOutcome::Unsealed => interrupted(name, &recovered.operation, false),
        RecoveryOutcome::Stuck { files } => Problem::new(format!(
            "{name} was interrupted and cannot be finished"
        ))
        .because(
            "these files are neither as they were nor as they should be, so nothing was touched",
        )
        .because_all(files.iter().cloned())
        .hint(stuck()),
    }
}
