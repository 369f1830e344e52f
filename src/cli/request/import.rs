//! `request import`: what somebody else's CA answers.

use crate::cli::arguments::{ChangeArguments, Form, Global};
use crate::cli::change::Change;
use crate::cli::changer::changer;
use crate::cli::failure::Failure;
use crate::cli::input::there;
use crate::cli::setup::{kept, tell_unusable};
use crate::cli::table::Style;
use crate::plan::{ImportRequest, Request};
use crate::record::waiting_request::WaitingRequest;

/// Runs it: the text for standard output, and the exit code.
pub(super) fn run(
    global: &Global,
    files: &[String],
    change: &ChangeArguments,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let files = files.iter().map(|file| there(file));
    let request = ImportRequest {
        files: files.collect::<Result<_, _>>()?,
        clusters: kept(global)?,
        waiting: waiting(global)?,
    };
    Change::new(global, change, form, style).run(|_| Ok(Request::Import(request)))
}

/// The requests that wait for somebody else's CA; what cannot be used of them is told.
fn waiting(global: &Global) -> Result<Vec<WaitingRequest>, Failure> {
    let kept = changer(global, None)?.records().requests()?;
    tell_unusable("a kept request cannot be used", &kept.faults);
    Ok(kept.all)
}
