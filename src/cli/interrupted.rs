//! What every command says of operations that were interrupted, and how they are ended.

use super::arguments::Global;
use super::failure::{Exit, Failure};
use super::output;
use crate::operation::change::{Changer, Ending, Interrupted, Outcome, Recovered, tell_damaged};

/// Why an operation is ended only by name.
const UNSEALED: &str =
    "its record bears no checksum, as those of earlier releases: it is gone by only where it is named";

/// By whose word something is done.
pub(super) fn on_disk(record: &str) -> String {
    format!("its record is the disk's own, and touches nothing outside it: {record}")
}

/// How an interrupted operation is ended.
pub(super) fn how_to_recover(changer: &Changer, id: Option<&str>) -> String {
    let words = ["history recover"].into_iter().chain(id).collect::<Vec<_>>().join(" ");
    format!("{} ends it; with --forward or --back also where files have changed since", changer.command(&words))
}

/// What was interrupted is ended before anything else is changed, and told: the exit code where something is left.
pub(super) fn recover_first(changer: &Changer, global: &Global) -> Result<u8, Failure> {
    let recovered = changer.recover(&Ending::default(), &output::report(global.verbose))?;
    tell_recovered(changer, &recovered);
    Ok(code_of(&recovered))
}

pub(super) fn code_of(recovered: &[Recovered]) -> u8 {
    let is_left = recovered.iter().any(|one| matches!(one.how, Outcome::Stuck { .. } | Outcome::Unsealed));
    if is_left { Exit::Refused.code() } else { 0 }
}

/// Names the operations that were interrupted. A store that cannot be read costs these lines, nothing else.
pub(super) fn tell_unfinished(changer: &Changer) {
    let survey = changer.survey().unwrap_or_default();
    for damaged in tell_damaged(&survey) {
        output::tell(&Failure::unable(damaged).hint(changer.command("history verify")).to_words());
    }
    for Interrupted { operation, is_sealed, .. } in survey.interrupted {
        let what = format!("the operation {} ({}) was interrupted", operation.id, operation.plan.title);
        let by_name = (!is_sealed).then_some(operation.id.as_str());
        let failure = Failure::refused(what)
            .because_all(operation.state.left_behind().map(str::to_owned))
            .because_all(by_name.map(|_| UNSEALED.to_owned()))
            .because_all(changer.record_on_disk(&operation.id).as_deref().map(on_disk))
            .hint(how_to_recover(changer, by_name));
        output::tell(&failure.to_words());
    }
}

/// Says what became of operations that had been interrupted.
pub(super) fn tell_recovered(changer: &Changer, recovered: &[Recovered]) {
    for one in recovered {
        let what = format!("the operation {} ({}) had been interrupted", one.operation.id, one.operation.plan.title);
        let failure =
            Failure::refused(what).because_all(changer.record_on_disk(&one.operation.id).as_deref().map(on_disk));
        let failure = match &one.how {
            Outcome::Forward => failure.because("it was finished now"),
            Outcome::Back => failure.because("all files are as they were before it"),
            Outcome::CleanedUp => failure.because("it had changed nothing"),
            Outcome::Stuck { files } => failure
                .because("these files are neither as they were nor as they should be, so nothing was touched")
                .because_all(files.iter().cloned())
                .hint(changer.choose(&one.operation.id)),
            Outcome::Unsealed => failure.because(UNSEALED).hint(how_to_recover(changer, Some(&one.operation.id))),
        };
        output::tell(&failure.to_words());
    }
}
