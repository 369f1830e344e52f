//! The setup wizard on a stage, and what it asked for.

use std::sync::Arc;

use kubepki::inventory::beginning::{Beginning, Machine};
use kubepki::model::{Command, Job, PlanId, Reading};
use kubepki::plan::{Request, SetupRequest};
use kubepki::setup::{ClusterSpec, check};

use super::stage::{self, Stage};

/// What the empty machine offers.
pub(crate) fn machine() -> Machine {
    Machine {
        name: "master-1".to_owned(),
        addresses: ["10.0.0.10", "192.168.7.10"]
            .map(|address| address.parse().expect("an address"))
            .to_vec(),
        folder: "/root".to_owned(),
        home: "/root".to_owned(),
    }
}

/// A machine without a PKI.
pub(crate) fn empty(untouched: bool) -> Reading {
    let beginning = Beginning::Nothing { untouched };
    Reading {
        beginning,
        machine: machine(),
        clusters: Arc::default(),
        ..Reading::default()
    }
}

/// The program on an untouched machine: the setup has opened itself.
pub(crate) fn begun(columns: u16, rows: u16) -> Stage {
    Stage::with(stage::setup(), empty(true), columns, rows)
}

/// A cluster with these machines and all else as usual.
pub(crate) fn cluster(lines: &[&str]) -> ClusterSpec {
    let nodes = lines
        .iter()
        .map(|line| check::node(line).expect("a machine"))
        .collect();
    ClusterSpec {
        nodes,
        ..ClusterSpec::default()
    }
}

/// The request of the plan that was asked for last.
pub(crate) fn asked(stage: &Stage) -> Request {
    planned(stage).1
}

/// The same with the plan's name.
pub(crate) fn planned(stage: &Stage) -> (PlanId, Request) {
    let found = stage
        .commands
        .iter()
        .rev()
        .find_map(|command| match command {
            Command::Start {
                job: Job::Plan { plan, request },
                ..
            } => Some((*plan, request.clone())),
            _ => None,
        });
    found.unwrap_or_else(|| panic!("nothing was asked for: {}", stage.text()))
}

/// Whether no plan was asked for.
pub(crate) fn has_asked_nothing(stage: &Stage) -> bool {
    !stage.commands.iter().any(|command| {
        matches!(
            command,
            Command::Start {
                job: Job::Plan { .. },
                ..
            }
        )
    })
}

/// What the command makes of the same answers.
pub(crate) fn usual(cluster: ClusterSpec) -> SetupRequest {
    SetupRequest::new(cluster, &machine())
}
