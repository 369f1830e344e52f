//! The renew wizard on a stage, and what it asked for.

use std::sync::Arc;

use kubepki::model::route::RouteName;
use kubepki::model::{Command, Job, PlanId};
use kubepki::plan::{RenewRequest, Request, Selection};

use super::stage::Stage;

/// The wizard about one certificate.
pub(crate) fn about(id: &str, columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::demo(columns, rows);
    stage.keys(&format!("/ {id} <enter> o"));
    assert_eq!(
        stage.app.route().name(),
        RouteName::Wizard,
        "{}",
        stage.text()
    );
    stage
}

pub(crate) fn one(id: &str) -> RenewRequest {
    RenewRequest::new(Selection::Items(vec![Arc::from(id)]))
}

/// The request of the plan that was asked for last.
pub(crate) fn asked(stage: &Stage) -> RenewRequest {
    planned(stage).1
}

pub(crate) fn planned(stage: &Stage) -> (PlanId, RenewRequest) {
    let found = stage
        .commands
        .iter()
        .rev()
        .find_map(|command| match command {
            Command::Start {
                job:
                    Job::Plan {
                        plan,
                        request: Request::Renew(request),
                    },
                ..
            } => Some((*plan, request)),
            _ => None,
        });
    let (plan, request) =
        found.unwrap_or_else(|| panic!("nothing was asked for: {:?}", stage.commands));
    (plan, request.clone())
}

pub(crate) fn has_asked(stage: &Stage) -> bool {
    stage.commands.iter().any(|command| {
        matches!(
            command,
            Command::Start {
                job: Job::Plan { .. },
                ..
            }
        )
    })
}
