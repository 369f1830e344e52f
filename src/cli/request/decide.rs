//! `request approve`, `deny` and `delete`: the same plans that the screens make.

use super::judged::{Judged, Sources};
use super::what::asked;
use crate::cli::arguments::{ApproveArguments, ChangeArguments, Form, Global};
use crate::cli::change::Change;
use crate::cli::failure::Failure;
use crate::cli::input::absolute;
use crate::cli::master::Master;
use crate::cli::output;
use crate::cli::select::authority;
use crate::cli::table::Style;
use crate::plan::{ApproveRequest, AskedDecision, DecideRequest, Request};
use crate::record::Answer;
use crate::words::request as told;

/// Where and how it is told.
pub(super) struct Telling<'a> {
    pub(super) global: &'a Global,
    pub(super) form: Form,
    pub(super) style: Style,
}

/// Runs `request approve`: the text for standard output, and the exit code.
pub(super) fn approve(
    telling: &Telling<'_>,
    arguments: &ApproveArguments,
) -> Result<(String, u8), Failure> {
    let greens = if arguments.green {
        Some(greens(telling)?)
    } else {
        None
    };
    if greens.as_ref().is_some_and(Vec::is_empty) {
        // A timer asks every hour.
        if !arguments.change.yes {
            output::tell("kubepki: no request is green in all its rules\n");
        }
        return Ok((String::new(), 0));
    }
    let what = greens.as_ref().unwrap_or(&arguments.what);
    let paths = arguments.replace.iter().map(|path| absolute(path));
    let replace = paths.collect::<Result<Vec<_>, _>>()?;
    let out = arguments.out.as_deref().map(absolute).transpose()?;
    run(telling, what, &arguments.change, &|master| {
        let named = arguments.authority.as_deref();
        let decision = AskedDecision::Approve(ApproveRequest {
            authority: named.map(|what| authority(master, what)).transpose()?,
            days: arguments.days,
            drop_names: arguments.drop_names.clone(),
            usages: arguments.usages.clone(),
            signer: arguments.signer.clone(),
            out: out.clone(),
        });
        Ok(DecideRequest {
            replace: replace.clone(),
            ..DecideRequest::new(Vec::new(), decision)
        })
    })
}

/// The ids of what waits on this master and is green.
fn greens(telling: &Telling<'_>) -> Result<Vec<String>, Failure> {
    let sources = Sources::of_files(telling.global, &[])?;
    let all = sources.judged();
    let is_green = |one: &&Judged<'_>| {
        one.opinion.verdict.answer() == Answer::Green
            && told::condition(one.item, one.decided).is_pending()
    };
    let greens = all.iter().filter(is_green);
    Ok(greens.map(|one| one.item.id.to_string()).collect())
}

/// Runs a decision that signs nothing.
pub(super) fn refuse(
    telling: &Telling<'_>,
    what: &[String],
    change: &ChangeArguments,
    decision: &AskedDecision,
) -> Result<(String, u8), Failure> {
    run(telling, what, change, &|_| {
        Ok(DecideRequest::new(Vec::new(), decision.clone()))
    })
}

fn run(
    telling: &Telling<'_>,
    what: &[String],
    change: &ChangeArguments,
    request: &dyn Fn(&Master) -> Result<DecideRequest, Failure>,
) -> Result<(String, u8), Failure> {
    let change = Change::new(telling.global, change, telling.form, telling.style);
    change.run(|master| {
        let all = what.iter().map(|what| asked(telling.global, master, what));
        let request = DecideRequest {
            asked: all.collect::<Result<_, _>>()?,
            ..request(master)?
        };
        Ok(Request::Decide(Box::new(request)))
    })
}
