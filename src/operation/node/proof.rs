//! What proves that a component was restarted and holds the new files.

use time::OffsetDateTime;
use time::macros::format_description;

use crate::inventory::Inventory;
use crate::inventory::process::{Process, of_component};
use crate::inventory::served::{Observation, Port};
use crate::pki::{Certificate, Digest};

/// What must be seen of one component.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Proof<'a> {
    inventory: &'a Inventory,
    component: &'a str,
    /// The ports that have a certificate on the disk.
    ports: Vec<Expected>,
    /// Its processes before.
    before: Vec<Process>,
}

/// What a port must serve: one of these.
#[derive(Debug, Clone, PartialEq)]
struct Expected {
    name: &'static str,
    number: u16,
    certificates: Vec<(Digest, String)>,
}

/// What an observation says to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It is as it should be; by what that is known, and which processes run (number and start).
    Proven { by: String, running: Vec<(u32, OffsetDateTime)> },
    /// It is not, for this is seen.
    NotYet(String),
}

impl<'a> Proof<'a> {
    /// For a component with these ports and, before its restart, these processes.
    pub(super) fn new(inventory: &'a Inventory, component: &'a str, ports: &[Port], before: &[Process]) -> Self {
        let ports = ports.iter().filter(|port| port.rule.component == component);
        let ports = ports.filter_map(|port| {
            let items = port.on_disk.iter().filter_map(|index| inventory.item(*index)?.certificate());
            let certificates: Vec<_> =
                items.map(|certificate| (*certificate.sha256(), certificate.details().serial_number)).collect();
            let expected = Expected { name: port.rule.name, number: port.number, certificates };
            (!expected.certificates.is_empty()).then_some(expected)
        });
        let before = of_component(inventory, before, component).into_iter().cloned();
        Self { inventory, component, ports: ports.collect(), before: before.collect() }
    }

    /// What is waited for, as "port 2379 to serve 4a5b6c7d…".
    pub(super) fn awaited(&self) -> String {
        let ports = self.ports.iter().filter_map(|port| {
            let (_, serial) = port.certificates.first()?;
            Some(format!("port {} to serve {}", port.number, short(serial)))
        });
        let ports: Vec<String> = ports.collect();
        if ports.is_empty() { "a new process of it".to_owned() } else { ports.join(", ") }
    }

    /// The serial number that its first port serves.
    pub(super) fn serial(&self, observation: &Observation) -> Option<String> {
        let port = self.ports.first()?;
        let served = observation.answer(port.name)?.result.as_ref().ok()?;
        served.leaf().map(serial_of)
    }

    /// Whether this is what should be seen.
    pub(super) fn judge(&self, observation: &Observation) -> Verdict {
        let mut seen = Vec::new();
        for port in &self.ports {
            match port.look(observation) {
                Ok(words) => seen.push(words),
                Err(words) => return Verdict::NotYet(words),
            }
        }
        let running = observation.processes.as_deref().unwrap_or_default();
        let running = of_component(self.inventory, running, self.component);
        let is_old = |process: &&&Process| self.before.iter().any(|old| is_same(old, process));
        if let Some(old) = running.iter().find(is_old) {
            return Verdict::NotYet(format!("its old process ({}) still runs", old.pid));
        }
        match running.iter().map(|process| process.started_at).min() {
            Some(began) if seen.is_empty() => {
                seen.push(format!("its process began at {}, after the files changed", clock(began)));
            }
            Some(_) => {}
            // Where no process could be seen before there may be none to see.
            None if self.before.is_empty() && !seen.is_empty() => {}
            None => return Verdict::NotYet("no process of it is seen".to_owned()),
        }
        let running = running.iter().map(|process| (process.pid, process.started_at)).collect();
        Verdict::Proven { by: seen.join(", "), running }
    }
}

impl Expected {
    /// What it serves, where that is right.
    fn look(&self, observation: &Observation) -> Result<String, String> {
        let number = self.number;
        let Some(answer) = observation.answer(self.name) else { return Err(format!("port {number} was not asked")) };
        let served = answer.result.as_ref().map_err(|silence| format!("port {number}: {silence}"))?;
        let leaf = served.leaf().ok_or_else(|| format!("port {number} serves nothing"))?;
        let serial = serial_of(leaf);
        if self.certificates.iter().any(|(digest, _)| digest == leaf.sha256()) {
            return Ok(format!("port {number} serves {}", short(&serial)));
        }
        Err(format!("port {number} serves {}, which is not on the disk", short(&serial)))
    }
}

fn is_same(one: &Process, other: &Process) -> bool {
    (one.pid, one.started_at) == (other.pid, other.started_at)
}

fn serial_of(certificate: &Certificate) -> String {
    certificate.details().serial_number
}

/// Enough of a serial number (hexadecimal) to know it by.
fn short(serial: &str) -> String {
    match serial.get(..8) {
        Some(beginning) if serial.len() > 8 => format!("{beginning}…"),
        _ => serial.to_owned(),
    }
}

fn clock(moment: OffsetDateTime) -> String {
    let format = format_description!("[hour]:[minute]:[second]Z");
    moment.to_offset(time::UtcOffset::UTC).format(format).unwrap_or_default()
}
