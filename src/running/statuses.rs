//! How every component of a master stands.

use time::OffsetDateTime;

use super::comparison::Comparison;
use super::known::Known;
use super::ports::ports_of;
use super::stale::ReadAtStart;
use super::verdict::RunningComponent;
use super::{ComponentStatus, Observation, Port};
use crate::inventory::Inventory;
use crate::inventory::process::{oldest, telling};
use crate::kubernetes::component::Component;

/// How every component stands at `moment`: one for each port, in the order of the table of ports,
/// and one for each component without one that reads files at its start.
pub fn statuses(
    inventory: &Inventory,
    observation: &Observation,
    moment: OffsetDateTime,
) -> Vec<ComponentStatus> {
    let known = Known::new(inventory);
    let at_start = ReadAtStart::of(&known);
    let ports = ports_of(&known);
    let mut statuses = Vec::new();
    for component in Component::RESTARTED {
        let own: Vec<&Port> = ports
            .iter()
            .filter(|port| port.rule.component == component)
            .collect();
        let is_without_port = own.is_empty() && known.has(component) && at_start.has(component);
        if own.is_empty() && !is_without_port {
            continue;
        }
        let processes = observation
            .processes
            .as_ref()
            .or(inventory.processes.as_ref());
        let process = processes.and_then(|processes| oldest(inventory, processes, component));
        let running = RunningComponent {
            component,
            process,
            telling: processes.and_then(|processes| telling(inventory, processes, component)),
            stale: at_start.stale_of(component, process),
            was_looked_for: processes.is_some(),
            log: known.log(component),
        };
        if is_without_port {
            statuses.push(running.without_port());
        }
        let comparison = own
            .into_iter()
            .map(|port| Comparison::of(&known, port, observation, moment));
        statuses.extend(comparison.map(|comparison| comparison.status(&running)));
    }
    statuses
}
