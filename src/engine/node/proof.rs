//! What proves that a component was restarted and holds the new files.

use time::OffsetDateTime;
use time::macros::format_description;

use crate::inventory::Inventory;
use crate::inventory::process::{Process, of_component, surely_of_component};
use crate::kubernetes::component::Component;
use crate::pki::text::short_serial;
use crate::pki::{Certificate, Digest};
use crate::running::{Observation, Port};

/// What must be seen of one component.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Proof<'a> {
    inventory: &'a Inventory,
    component: Component,
    /// The ports that have a certificate on the disk, or answered before.
    ports: Vec<Expected>,
    /// Its processes before.
    before: Vec<Process>,
    /// What else ran before: nothing of that is its new process.
    strangers: Vec<Process>,
    /// Whether those were surely this master's: then no other counts afterwards.
    is_sure: bool,
}

/// What a port must serve: one of these; any where there is none.
#[derive(Debug, Clone, PartialEq)]
struct Expected {
    name: &'static str,
    number: u16,
    certificates: Vec<(Digest, String)>,
    /// Whether it did not serve one of them before: then that it does proves something.
    is_new: bool,
}

/// What an observation says to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RestartVerdict {
    /// It is as it should be; by what that is known, and the processes that run.
    Proven { by: String, running: Vec<u32> },
    /// It is not, for this is seen.
    NotYet(String),
}

impl<'a> Proof<'a> {
    /// For a component with these ports, of which this was seen before its restart.
    pub(super) fn new(
        inventory: &'a Inventory,
        component: Component,
        ports: &[Port],
        seen: &Observation,
    ) -> Self {
        let ports = ports.iter().filter(|port| port.rule.component == component);
        let ports = ports.filter_map(|port| {
            let items = port
                .on_disk
                .iter()
                .filter_map(|index| inventory.item(*index)?.certificate());
            let certificates: Vec<_> = items
                .map(|certificate| (*certificate.sha256(), certificate.details().serial_number))
                .collect();
            let expected = Expected {
                name: port.rule.name,
                number: port.number,
                certificates,
                is_new: false,
            };
            let served = expected.look(seen);
            (!expected.certificates.is_empty() || served.is_ok()).then(|| Expected {
                is_new: served.is_err() && !expected.certificates.is_empty(),
                ..expected
            })
        });
        let processes = seen.processes.as_deref().unwrap_or_default();
        let is_sure = !surely_of_component(inventory, processes, component).is_empty();
        let own = of_component(inventory, processes, component);
        let (before, strangers) = processes
            .iter()
            .cloned()
            .partition(|process| own.contains(&process));
        Self {
            inventory,
            component,
            ports: ports.collect(),
            before,
            strangers,
            is_sure,
        }
    }

    /// The same for one that is restarted along: of its ports those count that answered, for nobody
    /// says that it runs.
    pub(super) fn along(self, seen: &Observation) -> Self {
        let answered = |port: &Expected| {
            seen.answer(port.name)
                .is_some_and(|answer| answer.result.is_ok())
        };
        Self {
            ports: self.ports.into_iter().filter(answered).collect(),
            ..self
        }
    }

    /// The component.
    pub(super) fn component(&self) -> Component {
        self.component
    }

    /// What is waited for, without the component's name, as "port 2379 to serve 4a5b…6c7d".
    pub(super) fn awaited(&self) -> String {
        let ports = self
            .ports
            .iter()
            .filter(|port| port.is_new)
            .filter_map(|port| {
                let (_, serial) = port.certificates.first()?;
                Some(format!(
                    "port {} to serve {}",
                    port.number,
                    short_serial(serial)
                ))
            });
        let ports: Vec<String> = ports.collect();
        if ports.is_empty() {
            "a new process of it".to_owned()
        } else {
            ports.join(", ")
        }
    }

    /// Whether a port shows that it is ready.
    pub(super) fn has_port(&self) -> bool {
        !self.ports.is_empty()
    }

    /// The ports that have a certificate on the disk.
    fn with_certificate(&self) -> impl Iterator<Item = &Expected> {
        self.ports
            .iter()
            .filter(|port| !port.certificates.is_empty())
    }

    /// The serial number that its first port serves.
    pub(super) fn serial(&self, observation: &Observation) -> Option<String> {
        let port = self.with_certificate().next()?;
        let served = observation.answer(port.name)?.result.as_ref().ok()?;
        served.leaf().map(serial_of)
    }

    /// What every port serves, where there is one and that is right.
    pub(super) fn served(&self, observation: &Observation) -> Option<String> {
        let seen: Result<Vec<String>, String> = self
            .with_certificate()
            .map(|port| port.look(observation))
            .collect();
        seen.ok()
            .filter(|seen| !seen.is_empty())
            .map(|seen| seen.join(", "))
    }

    /// Whether this is what should be seen.
    pub(super) fn judge(&self, observation: &Observation) -> RestartVerdict {
        let mut seen = Vec::new();
        for port in &self.ports {
            match port.look(observation) {
                Ok(words) if port.is_new => seen.push(words),
                Ok(_) => {}
                Err(words) => return RestartVerdict::NotYet(words),
            }
        }
        let running = observation.processes.as_deref().unwrap_or_default();
        let own = if self.is_sure {
            surely_of_component
        } else {
            of_component
        };
        let mut running = own(self.inventory, running, self.component);
        let is_among =
            |process: &Process, known: &[Process]| known.iter().any(|one| one.is_same(process));
        if let Some(old) = running
            .iter()
            .find(|process| is_among(process, &self.before))
        {
            return RestartVerdict::NotYet(format!("its old process ({}) still runs", old.pid));
        }
        running.retain(|process| !is_among(process, &self.strangers));
        match running.iter().map(|process| process.started_at).min() {
            Some(began) if seen.is_empty() => {
                seen.push(super::began(began));
            }
            Some(_) => {}
            // Where no process could be seen before there may be none to see: what a port had not
            // served proves it.
            None if self.before.is_empty() && !seen.is_empty() => {}
            None => return RestartVerdict::NotYet("no process of it is seen".to_owned()),
        }
        let running = running.iter().map(|process| process.pid).collect();
        RestartVerdict::Proven {
            by: seen.join(", "),
            running,
        }
    }
}

impl Expected {
    /// What it serves, where that is right.
    fn look(&self, observation: &Observation) -> Result<String, String> {
        let number = self.number;
        let Some(answer) = observation.answer(self.name) else {
            return Err(format!("port {number} was not asked"));
        };
        let served = answer
            .result
            .as_ref()
            .map_err(|silence| format!("port {number}: {silence}"))?;
        let leaf = served
            .leaf()
            .ok_or_else(|| format!("port {number} serves nothing"))?;
        let serial = serial_of(leaf);
        if self.certificates.is_empty()
            || self
                .certificates
                .iter()
                .any(|(digest, _)| digest == leaf.sha256())
        {
            return Ok(format!("port {number} serves {}", short_serial(&serial)));
        }
        Err(format!(
            "port {number} serves {}, which is not on the disk",
            short_serial(&serial)
        ))
    }
}

fn serial_of(certificate: &Certificate) -> String {
    certificate.details().serial_number
}

/// By what a component without a port is known to hold the new files.
pub(in crate::engine) fn words_of(began: OffsetDateTime) -> String {
    let format = format_description!("[hour]:[minute]:[second]Z");
    let clock = began
        .checked_to_offset(time::UtcOffset::UTC)
        .unwrap_or(began)
        .format(format)
        .unwrap_or_default();
    format!("its process began at {clock}, after the files changed")
}

#[cfg(test)]
mod tests;
