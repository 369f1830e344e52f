//! `request` and the commands below it: requests for certificates, and their answers.

mod create;
mod decide;
mod document;
mod import;
mod judged;
mod list;
mod nodes;
mod text;
mod what;

use super::arguments::{Form, Global, RequestCommand};
use super::failure::Failure;
use super::table::Style;
use crate::plan::AskedDecision;
use crate::record::Approval;
use decide::Telling;

/// Runs `request`: the text for standard output, and the exit code.
pub(super) fn run(
    global: &Global,
    command: &RequestCommand,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let telling = Telling {
        global,
        form,
        style,
    };
    match command {
        RequestCommand::List { files } => list::list(global, files, form, style),
        RequestCommand::Show { what } => list::show(global, what, form, style),
        RequestCommand::Import { files, change } => import::run(global, files, change, form, style),
        RequestCommand::Create(arguments) => create::run(global, arguments, form, style),
        RequestCommand::Nodes {
            from,
            names,
            ranges,
            maximum_days,
            change,
        } => {
            let said = Approval {
                node_names: names.clone(),
                address_ranges: ranges.clone(),
                maximum_days: *maximum_days,
            };
            nodes::run(&telling, from.as_deref(), &said, change)
        }
        RequestCommand::Approve(arguments) => decide::approve(&telling, arguments),
        RequestCommand::Deny {
            what,
            reason,
            message,
            change,
        } => {
            let decision = AskedDecision::Deny {
                reason: reason.clone(),
                message: message.clone(),
            };
            decide::refuse(&telling, what, change, &decision)
        }
        RequestCommand::Delete { what, change } => {
            decide::refuse(&telling, what, change, &AskedDecision::Delete)
        }
    }
}
