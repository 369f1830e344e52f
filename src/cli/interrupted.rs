//! What every command says of operations that were interrupted, and how they are ended.

use super::arguments::Global;
use super::failure::{Exit, Failure};
use super::output;
use crate::engine::change::{Changer, Ending, Interrupted, Recovered, RecoveryOutcome};
use crate::record::{Damaged, Problem};
use crate::words::recovery;

/// By whose word something is done.
pub(super) fn on_disk(record: &str) -> String {
    format!("its record is the disk's own, and touches nothing outside it: {record}")
}

/// How an interrupted operation is ended.
pub(super) fn how_to_recover(changer: &Changer, id: Option<&str>) -> String {
    let words = ["history recover"]
        .into_iter()
        .chain(id)
        .collect::<Vec<_>>()
        .join(" ");
    format!(
        "{} ends it; with --forward or --back also where files have changed since",
        changer.records().command(&words)
    )
}

/// What was interrupted is ended before anything else is changed, and told: the exit code where
/// something is left.
pub(super) fn recover_first(changer: &Changer, global: &Global) -> Result<u8, Failure> {
    let recovered = changer.recover(&Ending::default(), &output::report(global.verbose))?;
    tell_recovered(changer, &recovered);
    Ok(code_of(&recovered))
}

pub(super) fn code_of(recovered: &[Recovered]) -> u8 {
    let is_left = recovered.iter().any(|one| {
        matches!(
            one.how,
            RecoveryOutcome::Stuck { .. } | RecoveryOutcome::Unsealed
        )
    });
    if is_left { Exit::Refused.code() } else { 0 }
}

/// Names the operations that were interrupted. A store that cannot be read costs these lines,
/// nothing else.
pub(super) fn tell_unfinished(changer: &Changer) {
    tell_left(changer, Vec::new());
}

/// The same, and names those whose records are `damaged` too: the exit code where any is.
pub(super) fn tell_left(changer: &Changer, damaged: Vec<Damaged>) -> u8 {
    let survey = changer.records().survey().unwrap_or_default().with(damaged);
    for damaged in &survey.damaged {
        let told = Failure::unable(recovery::damaged(damaged))
            .hint(changer.records().command("history verify"));
        output::tell(&told.to_words());
    }
    for Interrupted {
        operation,
        is_sealed,
        ..
    } in survey.interrupted
    {
        let by_name = (!is_sealed).then_some(operation.id.as_str());
        let told = recovery::interrupted(&recovery::with_id(&operation), &operation, is_sealed);
        let told = told.hint(how_to_recover(changer, by_name));
        tell(
            told.because_all(
                changer
                    .records()
                    .record_on_disk(&operation.id)
                    .as_deref()
                    .map(on_disk),
            ),
        );
    }
    if survey.damaged.is_empty() {
        0
    } else {
        Exit::Unable.code()
    }
}

/// Says what became of operations that had been interrupted.
pub(super) fn tell_recovered(changer: &Changer, recovered: &[Recovered]) {
    for one in recovered {
        let id = &one.operation.id;
        let told = recovery::ended(&recovery::with_id(&one.operation), one, || {
            changer.records().choose(id)
        });
        let told = match one.how {
            RecoveryOutcome::Unsealed => told.hint(how_to_recover(changer, Some(id))),
            _ => told,
        };
        tell(told.because_all(changer.records().record_on_disk(id).as_deref().map(on_disk)));
    }
}

fn tell(problem: Problem) {
    output::tell(
        &Failure {
            exit: Exit::Refused,
            problem,
        }
        .to_words(),
    );
}
