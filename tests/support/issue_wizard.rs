//! The wizard that issues certificates, on the demo's master.

use kubepki::model::{Command, Job};
use kubepki::plan::{IssueRequest, Request};

use super::stage::{self, Stage};

/// The wizard, opened from the list of what expires.
pub(crate) fn wizard(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::with(stage::setup(), stage::reading(), columns, rows);
    stage.keys("2 i");
    stage
}

/// The request of the plan that was asked for last.
pub(crate) fn requested(stage: &Stage) -> Option<IssueRequest> {
    let newest = |command: &Command| match command {
        Command::Start {
            job:
                Job::Plan {
                    request: Request::Issue(request),
                    ..
                },
            ..
        } => Some((**request).clone()),
        _ => None,
    };
    stage.commands.iter().rev().find_map(newest)
}
