//! `history`: what was done, from the journals; and what every command says of operations that were interrupted.

mod document;
mod text;

use serde::Serialize;

use super::arguments::{Form, Global, HistoryCommand};
use super::change::{changer, refuse_read_only};
use super::document::API_VERSION;
use super::failure::{Exit, Failure};
use super::output;
use super::restart::worst;
use super::table::{Cell, Style, Table};
use crate::operation::change::{Changer, Ending, Interrupted, Outcome, Recovered, Verification, Way, tell_damaged};
use crate::pki::text::printable;
use crate::progress;
use crate::record::{Operation, Problem};
use crate::words::count;
use crate::words::recovery;

/// By whose word something is done.
fn on_disk(record: &str) -> String {
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

fn code_of(recovered: &[Recovered]) -> u8 {
    let is_left = recovered.iter().any(|one| matches!(one.how, Outcome::Stuck { .. } | Outcome::Unsealed));
    if is_left { Exit::Refused.code() } else { 0 }
}

/// Runs `history` and what reads below it: the text for standard output, and the exit code.
pub(super) fn run(
    global: &Global,
    command: Option<&HistoryCommand>,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let changer = changer(global, None)?;
    match command {
        Some(HistoryCommand::Recover { id, forward, back }) => {
            let way = if *forward { Some(Way::Forward) } else { back.then_some(Way::Back) };
            refuse_read_only(global)?;
            return recover(&changer, &Ending { id: id.clone(), way });
        }
        _ => tell_unfinished(&changer),
    }
    match command {
        Some(HistoryCommand::Show { id, script }) => {
            let operation = changer.operation(id)?;
            if let Some(record) = changer.record_on_disk(&operation.id) {
                let lines = "whoever wrote the disk has written these words and commands: read them before you run any";
                output::tell(&format!("kubepki: {}; {lines}\n", on_disk(&printable(&record))));
            }
            let text = if *script { only_script(&operation, form)? } else { one(&operation, form, style)? };
            Ok((text, 0))
        }
        Some(HistoryCommand::Verify) => verify(&changer.verify()?, form, style),
        _ => Ok((list(&changer.history()?, form, style)?, 0)),
    }
}

fn list(operations: &[Operation], form: Form, style: Style) -> Result<String, Failure> {
    match form {
        Form::Json => output::json(&document::OperationList::new(operations)),
        Form::Yaml => output::yaml(&document::OperationList::new(operations)),
        Form::Name => Ok(operations.iter().fold(String::new(), |out, one| out + &printable(&one.id) + "\n")),
        form => {
            if operations.is_empty() {
                output::tell("kubepki: nothing was done on this master so far\n");
                return Ok(String::new());
            }
            Ok(text::table(operations, form).render(style))
        }
    }
}

/// One operation in the form that is asked for.
pub(super) fn one(operation: &Operation, form: Form, style: Style) -> Result<String, Failure> {
    match form {
        Form::Json => output::json(&document::OneOperation::new(operation)),
        Form::Yaml => output::yaml(&document::OneOperation::new(operation)),
        Form::Name => Ok(printable(&operation.id).into_owned() + "\n"),
        form => Ok(text::operation(operation, form, style)),
    }
}

fn only_script(operation: &Operation, form: Form) -> Result<String, Failure> {
    match form {
        Form::Table | Form::Wide => Ok(text::script(operation)),
        _ => Err(Failure::usage("--script is a form of its own: it goes without -o")),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VerificationList<'a> {
    api_version: &'static str,
    kind: &'static str,
    items: Vec<VerificationDocument<'a>>,
    /// `null` where there is none.
    index: Option<IndexDocument<'a>>,
    /// What lies among the operations and is none of kubepki's.
    others: &'a [String],
}

#[derive(Serialize)]
struct IndexDocument<'a> {
    faults: &'a [String],
}

#[derive(Serialize)]
struct VerificationDocument<'a> {
    id: &'a str,
    faults: &'a [String],
}

/// Exit 3 where something is not as it should be.
fn verify(verified: &Verification, form: Form, style: Style) -> Result<(String, u8), Failure> {
    let documents = || VerificationList {
        api_version: API_VERSION,
        kind: "OperationVerificationList",
        items: verified
            .operations
            .iter()
            .map(|one| VerificationDocument { id: &one.id, faults: &one.faults })
            .collect(),
        index: verified.index.as_ref().map(|faults| IndexDocument { faults }),
        others: &verified.others,
    };
    let faulty = verified.operations.iter().filter(|one| !one.faults.is_empty());
    let text = match form {
        Form::Json => output::json(&documents())?,
        Form::Yaml => output::yaml(&documents())?,
        Form::Name => faulty.clone().fold(String::new(), |out, one| out + &printable(&one.id) + "\n"),
        _ => {
            let mut table = Table::new(&["ID", "FAULT"]);
            for one in faulty.clone() {
                for fault in &one.faults {
                    table.push(vec![Cell::new(&one.id), Cell::new(fault)]);
                }
            }
            for fault in verified.index.iter().flatten() {
                table.push(vec![Cell::new("the index"), Cell::new(fault)]);
            }
            for other in &verified.others {
                table.push(vec![Cell::new("no operation"), Cell::new(other)]);
            }
            let index = if verified.index.is_some() { " and their index" } else { "" };
            if verified.is_whole() {
                format!("{}{index}: all whole\n", count::of(verified.operations.len(), "operation"))
            } else {
                table.render(style)
            }
        }
    };
    Ok((text, if verified.is_whole() { 0 } else { Exit::Unable.code() }))
}

fn recover(changer: &Changer, ending: &Ending) -> Result<(String, u8), Failure> {
    let recovered = changer.recover(ending, &progress::silent)?;
    if recovered.is_empty() {
        output::tell("kubepki: no operation was interrupted\n");
    }
    tell_recovered(changer, &recovered);
    // What a record says that is of no use was not done either.
    let damaged = if ending.id.is_none() { tell_damaged(&changer.survey()?) } else { Vec::new() };
    for damaged in &damaged {
        output::tell(&Failure::unable(damaged).to_words());
    }
    for other in changer.others()? {
        output::tell(&format!("kubepki: {other}\n"));
    }
    let unread = if damaged.is_empty() { 0 } else { Exit::Unable.code() };
    Ok((String::new(), worst([code_of(&recovered), unread])))
}

/// Names the operations that were interrupted. A store that cannot be read costs these lines, nothing else.
pub(super) fn tell_unfinished(changer: &Changer) {
    let survey = changer.survey().unwrap_or_default();
    for damaged in tell_damaged(&survey) {
        output::tell(&Failure::unable(damaged).hint(changer.command("history verify")).to_words());
    }
    for Interrupted { operation, is_sealed, .. } in survey.interrupted {
        let by_name = (!is_sealed).then_some(operation.id.as_str());
        let told = recovery::interrupted(&recovery::with_id(&operation), &operation, is_sealed);
        let told = told.hint(how_to_recover(changer, by_name));
        tell(told.because_all(changer.record_on_disk(&operation.id).as_deref().map(on_disk)));
    }
}

/// Says what became of operations that had been interrupted.
pub(super) fn tell_recovered(changer: &Changer, recovered: &[Recovered]) {
    for one in recovered {
        let id = &one.operation.id;
        let told = recovery::ended(&recovery::with_id(&one.operation), one, || changer.choose(id));
        let told = match one.how {
            Outcome::Unsealed => told.hint(how_to_recover(changer, Some(id))),
            _ => told,
        };
        tell(told.because_all(changer.record_on_disk(id).as_deref().map(on_disk)));
    }
}

fn tell(problem: Problem) {
    output::tell(&Failure { exit: Exit::Refused, problem }.to_words());
}
