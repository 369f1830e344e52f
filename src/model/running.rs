//! The running side of the master, as far as it was looked at: what ports served, what that means,
//! what is being restarted.

use std::collections::VecDeque;

use time::OffsetDateTime;

use crate::inventory::{Inventory, ItemIndex};
use crate::kubernetes::component::Component;
use crate::model::JobId;
use crate::pki::Certificate;
use crate::record::{Operation, waiting};
use crate::running::{
    ComponentStatus, Observation, Port, PortAnswer, ProbeTarget, SeenOnPort, Silence, ports,
    statuses,
};

/// What is known of the running side.
#[derive(Debug, Default)]
pub struct Running {
    /// What was seen so far.
    pub observation: Observation,
    /// The master's ports.
    pub ports: Vec<Port>,
    /// What was seen means at the moment that is judged for, one for each port, and for each
    /// component without one.
    pub statuses: Vec<ComponentStatus>,
    /// The job that looks now.
    pub probing: Option<Probing>,
    /// What is being restarted.
    pub restarting: Option<Restarting>,
    /// Those that have proven themselves since somebody last asked for restarts.
    pub proven: Vec<Component>,
}

/// A look at ports that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probing {
    /// The job.
    pub job: JobId,
    /// What is being done.
    pub words: String,
}

/// A component that is being restarted, and those that follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restarting {
    /// The component.
    pub component: Component,
    /// The job.
    pub job: JobId,
    /// What is being done with it, without its name; `None`: it begins.
    pub said: Option<String>,
    /// Those that follow if this one proves itself.
    pub queue: VecDeque<Component>,
}

impl Restarting {
    /// What is being done, beside its name.
    pub fn step(&self) -> String {
        self.said.clone().unwrap_or_else(|| self.begins())
    }

    /// What is being done, and with which.
    pub fn words(&self) -> String {
        self.said.as_ref().map_or_else(
            || self.begins(),
            |said| format!("{}: {said}", self.component),
        )
    }

    fn begins(&self) -> String {
        format!("restarting {}", self.component)
    }
}

impl Running {
    /// Judges it for `moment`. `history`: it tells what a process holds.
    pub fn judge(
        &mut self,
        inventory: &Inventory,
        history: Option<&[Operation]>,
        moment: OffsetDateTime,
    ) {
        self.ports = ports(inventory);
        self.statuses = statuses(inventory, &self.observation, moment);
        if let Some(history) = history {
            waiting::tell(&mut self.statuses, history);
        }
    }

    /// The status of this name: a port's, or a component's.
    pub fn status(&self, name: &str) -> Option<&ComponentStatus> {
        self.statuses.iter().find(|status| *status.name == *name)
    }

    /// The port of this name.
    pub fn port(&self, name: &str) -> Option<&Port> {
        self.ports.iter().find(|port| port.rule.name == name)
    }

    /// The ports that should serve a certificate of the disk.
    pub fn serving(&self, index: ItemIndex) -> impl Iterator<Item = &ComponentStatus> {
        let ports = self
            .ports
            .iter()
            .filter(move |port| port.on_disk.contains(&index));
        ports.filter_map(|port| self.status(port.rule.name))
    }

    /// What is served in place of a certificate of the disk.
    pub fn served_instead(&self, index: ItemIndex) -> Option<&Certificate> {
        self.statuses
            .iter()
            .filter(|status| status.on_disk == Some(index))
            .find_map(old)
    }

    /// What must be asked to know what is served of a certificate.
    pub fn asked_for(&self, index: ItemIndex) -> Vec<ProbeTarget> {
        let mut asked: Vec<ProbeTarget> = Vec::new();
        for one in self
            .serving(index)
            .filter_map(|status| status.component)
            .map(ProbeTarget::Component)
        {
            if !asked.contains(&one) {
                asked.push(one);
            }
        }
        asked
    }
}

/// What a port serves that is not what lies on the disk for it.
pub fn old(status: &ComponentStatus) -> Option<&Certificate> {
    match &status.served {
        SeenOnPort::Served {
            certificate,
            is_on_disk: Some(false),
        } => Some(certificate),
        _ => None,
    }
}

/// Whether its port was dialled, and shows no certificate.
pub fn is_mute(status: &ComponentStatus) -> bool {
    let was_dialled = |silence: &Silence| {
        !matches!(
            silence,
            Silence::Stopped | Silence::Unreachable(_) | Silence::NoSuchHost(_)
        )
    };
    matches!(&status.served, SeenOnPort::Silent(silence) if was_dialled(silence))
}

/// Whether nobody was asked: the port listens on an address that only its own machine can dial.
pub fn is_out_of_reach(answer: &PortAnswer) -> bool {
    answer.address.is_empty()
}
