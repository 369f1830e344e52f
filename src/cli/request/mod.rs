//! `request` and the commands below it: requests for certificates, and their answers.

mod import;

use super::arguments::{Form, Global, RequestCommand};
use super::failure::Failure;
use super::table::Style;

/// Runs `request`: the text for standard output, and the exit code.
pub(super) fn run(
    global: &Global,
    command: &RequestCommand,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    match command {
        RequestCommand::Import { files, change } => import::run(global, files, change, form, style),
    }
}
