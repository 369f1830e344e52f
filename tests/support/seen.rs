//! What was seen of the demo's servers, for the tests of the application: real handshakes on
//! loopback.

use std::sync::Arc;

use kubepki::engine::demo::servers::Servers;
use kubepki::engine::node::Node;
use kubepki::inventory::Inventory;
use kubepki::model::{Command, Event, Job, JobId};
use kubepki::progress;
use kubepki::record::{RestartRecord, RestartState};
use kubepki::running::{Observation, ProbeTarget, ports};
use time::OffsetDateTime;

use super::stage::{MOMENT, Stage, master};

/// What the demo's servers answer to this question, at the moment of the tests.
pub(crate) fn observation(asked: &[ProbeTarget]) -> Observation {
    observation_at(asked, MOMENT)
}

/// What they answer where they were started at another moment.
pub(crate) fn observation_at(asked: &[ProbeTarget], moment: OffsetDateTime) -> Observation {
    let (folder, reading) = master();
    let servers =
        Servers::start(&folder.path().join("master"), moment, || MOMENT).expect("servers");
    let mut observation =
        Node::Demo(Arc::new(servers)).observe(&reading.inventory, asked, &progress::silent);
    settle(&reading.inventory, &mut observation, moment);
    observation
}

/// Puts what is another each time in its place: the time, and the ports that the system gave.
pub(crate) fn settle(inventory: &Inventory, observation: &mut Observation, moment: OffsetDateTime) {
    let ports = ports(inventory);
    for answer in &mut observation.answers {
        answer.at = moment;
        let port = ports.iter().find(|port| *port.rule.name == *answer.of);
        answer.address = port.map_or_else(
            || "127.0.0.1:6443".to_owned(),
            |port| format!("127.0.0.1:{}", port.number),
        );
    }
}

/// The ports that were asked since the last look.
pub(crate) fn probing(stage: &mut Stage) -> Vec<(JobId, Vec<ProbeTarget>)> {
    let probe = |command: Command| match command {
        Command::Start {
            id,
            job: Job::Probe(asked),
        } => Some((id, asked)),
        _ => None,
    };
    stage.asked().into_iter().filter_map(probe).collect()
}

/// Answers the one question that was asked since the last look.
pub(crate) fn answer(stage: &mut Stage) -> Vec<ProbeTarget> {
    let mut questions = probing(stage);
    assert_eq!(questions.len(), 1, "{}", stage.text());
    let (id, asked) = questions.remove(0);
    observed(stage, id, observation(&asked));
    asked
}

/// Gives an answer.
pub(crate) fn observed(stage: &mut Stage, id: JobId, observation: Observation) {
    stage.event(Event::Observed {
        id,
        observation: Ok(Box::new(observation)),
    });
}

/// The components that were to be restarted, and those to be left, since the last look.
pub(crate) fn restarting(stage: &mut Stage) -> Vec<String> {
    let restart = |command: Command| match command {
        Command::Start {
            job: Job::Restart(component),
            ..
        } => Some(component.to_string()),
        Command::Start {
            job: Job::Skip(component),
            ..
        } => Some(format!("-{component}")),
        _ => None,
    };
    stage.asked().into_iter().filter_map(restart).collect()
}

/// A restart ends.
pub(crate) fn restarted(stage: &mut Stage, component: &str, became: RestartState, why: &str) {
    let component = component.parse().expect("a component");
    let record = RestartRecord {
        state: became,
        why: Some(why.to_owned()),
        at: Some(MOMENT),
        ..RestartRecord::new(component, true)
    };
    let outcome = Ok(Box::new((record, Observation::default())));
    stage.event(Event::Restarted { component, outcome });
}
