//! `history`: what was done, from the journals.

mod document;
mod text;
mod verify;

use super::arguments::{Form, Global, HistoryCommand};
use super::changer::{changer, refuse_read_only};
use super::failure::{Exit, Failure, worst};
use super::interrupted::{code_of, on_disk, tell_left, tell_recovered, tell_unfinished};
use super::output;
use super::table::Style;
use crate::engine::change::{Changer, Ending, RecoveryWay};
use crate::pki::text::printable;
use crate::progress;
use crate::record::{History, Operation};
use crate::words::recovery;

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
            let way = if *forward {
                Some(RecoveryWay::Forward)
            } else {
                back.then_some(RecoveryWay::Back)
            };
            refuse_read_only(global)?;
            recover(
                &changer,
                &Ending {
                    id: id.clone(),
                    way,
                },
            )
        }
        Some(HistoryCommand::Show { id, script }) => {
            tell_unfinished(&changer);
            let operation = changer.records().operation(id)?;
            if let Some(record) = changer.records().record_on_disk(&operation.id) {
                let lines = "whoever wrote the disk has written these words and commands: read them before you run any";
                output::tell(&format!(
                    "kubepki: {}; {lines}\n",
                    on_disk(&printable(&record))
                ));
            }
            let text = if *script {
                only_script(&operation, form)?
            } else {
                one(&operation, form, style)?
            };
            Ok((text, 0))
        }
        Some(HistoryCommand::Verify) => {
            tell_unfinished(&changer);
            verify::verify(&changer.records().verify()?, form, style)
        }
        _ => {
            let History {
                operations,
                damaged,
            } = changer.records().history()?;
            // Those that are left out are named, and a list of which something is absent is no
            // success.
            let exit = tell_left(&changer, damaged);
            Ok((list(&operations, exit == 0, form, style)?, exit))
        }
    }
}

fn list(
    operations: &[Operation],
    is_all: bool,
    form: Form,
    style: Style,
) -> Result<String, Failure> {
    match form {
        Form::Json => output::json(&document::OperationList::new(operations)),
        Form::Yaml => output::yaml(&document::OperationList::new(operations)),
        Form::Name => Ok(operations
            .iter()
            .fold(String::new(), |out, one| out + &printable(&one.id) + "\n")),
        form => {
            if operations.is_empty() {
                if is_all {
                    output::tell("kubepki: nothing was done on this master so far\n");
                }
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
        _ => Err(Failure::usage(
            "--script is a form of its own: it goes without -o",
        )),
    }
}

fn recover(changer: &Changer, ending: &Ending) -> Result<(String, u8), Failure> {
    let recovered = changer.recover(ending, &progress::silent)?;
    if recovered.is_empty() {
        output::tell("kubepki: no operation was interrupted\n");
    }
    tell_recovered(changer, &recovered);
    // What a record says that is of no use was not done either.
    let damaged = if ending.id.is_none() {
        changer.records().survey()?.damaged
    } else {
        Vec::new()
    };
    for damaged in &damaged {
        output::tell(&Failure::unable(recovery::damaged(damaged)).to_words());
    }
    for other in changer.records().others()? {
        output::tell(&format!("kubepki: {other}\n"));
    }
    let unread = if damaged.is_empty() {
        0
    } else {
        Exit::Unable.code()
    };
    Ok((String::new(), worst([code_of(&recovered), unread])))
}
