//! The demo's servers behind the application of the tests: what its jobs ask of the running side is
//! answered by real handshakes, and told as if the ports were those of the manifests.

use std::sync::Arc;

use kubepki::engine::demo;
use kubepki::engine::demo::servers::Servers;
use kubepki::engine::node::Node;
use kubepki::inventory::Inventory;
use kubepki::kubernetes::component::Component;
use kubepki::model::{Command, Event, Job};
use kubepki::progress::silent;
use kubepki::record::{Operation, RestartRecord};
use kubepki::running::{Observation, ProbeTarget, ports};
use tempfile::TempDir;

use super::stage::{MOMENT, Stage};

/// How long a restart may take before the test fails.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

/// The running side of the demo's master.
pub(crate) struct Side {
    _folder: TempDir,
    node: Node,
    inventory: Arc<Inventory>,
    /// What became of restarts so far.
    records: Vec<RestartRecord>,
}

impl Side {
    /// Starts the servers of a demo that `inventory` was read from.
    pub(crate) fn start(inventory: Arc<Inventory>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        demo::create(folder.path(), MOMENT).expect("the demo");
        let servers = Servers::start(folder.path(), MOMENT, || MOMENT).expect("servers");
        Self {
            _folder: folder,
            node: Node::Demo(Arc::new(servers)),
            inventory,
            records: Vec::new(),
        }
    }

    /// Answers a job of the running side.
    pub(crate) fn answer(&mut self, stage: &mut Stage, command: &Command) {
        let Command::Start { id, job } = command else {
            return;
        };
        match job {
            Job::Probe(asked) => {
                let observation = Ok(Box::new(self.observe(asked)));
                stage.event(Event::Observed {
                    id: *id,
                    observation,
                });
            }
            Job::Restart(component) => {
                let outcome = Ok(Box::new(self.restart(*component)));
                stage.event(Event::Restarted {
                    component: *component,
                    outcome,
                });
            }
            Job::History => {
                let known = stage.app.world().history.clone();
                let known = known.and_then(Result::ok).unwrap_or_default();
                stage.event(Event::History(Ok(Arc::new(
                    self.written(&known.operations).into(),
                ))));
            }
            _ => {}
        }
    }

    fn observe(&self, asked: &[ProbeTarget]) -> Observation {
        self.told(self.node.observe(&self.inventory, asked, &silent))
    }

    fn restart(&mut self, component: Component) -> (RestartRecord, Observation) {
        let (record, seen) = self
            .node
            .look(&self.inventory, component, &[], &silent)
            .run(PATIENCE, &silent);
        let record = RestartRecord {
            at: Some(MOMENT),
            ..record
        };
        self.records.push(record.clone());
        (record, self.told(seen))
    }

    /// The operations with what became of the restarts that they wait for.
    fn written(&self, operations: &[Operation]) -> Vec<Operation> {
        let mut operations = operations.to_vec();
        for open in operations
            .iter_mut()
            .flat_map(|operation| &mut operation.restarts)
        {
            let known = self
                .records
                .iter()
                .rfind(|record| record.component == open.component);
            if let Some(record) = known.filter(|_| open.state.is_open()) {
                *open = record.clone();
            }
        }
        operations
    }

    /// With the manifests' ports and the moment of the tests.
    fn told(&self, mut seen: Observation) -> Observation {
        let ports = ports(&self.inventory);
        for answer in &mut seen.answers {
            answer.at = MOMENT;
            if let Some(port) = ports.iter().find(|port| *port.rule.name == *answer.of) {
                let host = port.local.first().map_or("127.0.0.1", String::as_str);
                answer.address = format!("{host}:{}", port.number);
            }
        }
        seen
    }
}
