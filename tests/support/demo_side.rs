//! The demo's servers behind the application of the tests: what its jobs ask of the running side is answered by real
//! handshakes, and told as if the ports were those of the manifests.

use std::sync::Arc;

use kubepki::inventory::Inventory;
use kubepki::inventory::served::{Asked, Observation, ports};
use kubepki::model::{Command, Event, Job};
use kubepki::operation::demo;
use kubepki::operation::demo::servers::Servers;
use kubepki::operation::node::Node;
use kubepki::progress::silent;
use kubepki::record::{Operation, RestartRecord};
use tempfile::TempDir;

use crate::stage::{MOMENT, Stage};

/// How long a restart may take before the test fails.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

/// The running side of the demo's master.
pub(crate) struct Running {
    _folder: TempDir,
    node: Node,
    inventory: Arc<Inventory>,
    /// What was done, newest first.
    pub(crate) operations: Vec<Operation>,
}

impl Running {
    /// Starts the servers of a demo that `inventory` was read from.
    pub(crate) fn start(inventory: Arc<Inventory>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        demo::create(folder.path(), MOMENT).expect("the demo");
        let servers = Servers::start(folder.path(), MOMENT, || MOMENT).expect("servers");
        Self { _folder: folder, node: Node::Demo(Arc::new(servers)), inventory, operations: Vec::new() }
    }

    /// Answers a job of the running side; false where it is none.
    pub(crate) fn answer(&mut self, stage: &mut Stage, command: &Command) -> bool {
        let Command::Start { id, job } = command else { return false };
        match job {
            Job::Probe(asked) => {
                let observation = Ok(Box::new(self.observe(asked)));
                stage.event(Event::Observed { id: *id, observation });
            }
            Job::Restart(component) => {
                let outcome = Ok(Box::new(self.restart(component)));
                stage.event(Event::Restarted { component: component.clone(), outcome });
            }
            Job::History => stage.event(Event::History(Ok(Arc::new(self.operations.clone())))),
            _ => return false,
        }
        true
    }

    fn observe(&self, asked: &[Asked]) -> Observation {
        self.told(self.node.observe(&self.inventory, asked, &silent))
    }

    /// Restarts a component and keeps its record where an operation waits for it.
    fn restart(&mut self, component: &str) -> (RestartRecord, Observation) {
        let (record, seen) = self.node.look(&self.inventory, component, &silent).run(PATIENCE, &silent);
        let record = RestartRecord { at: Some(MOMENT), ..record };
        let waiting = self.operations.iter_mut().flat_map(|operation| &mut operation.restarts);
        for open in waiting.filter(|open| open.component == component && open.state.is_open()) {
            *open = record.clone();
        }
        (record, self.told(seen))
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
