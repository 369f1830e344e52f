//! Which programs hold changed files, and how they are restarted.

mod target;

use crate::inventory::process::oldest;
use crate::inventory::reading::{is_of_kubelet, needs};
use crate::inventory::{Inventory, Item, confirmed};
use crate::kubernetes::component::Component;
use crate::kubernetes::port::PORTS;
use crate::kubernetes::role::Restart;
use crate::record::RestartSummary;
pub use target::RestartTarget;

/// One program and what it reads of the changed files.
#[derive(Debug)]
struct AffectedProgram<'a> {
    component: Component,
    at_start: Vec<&'a str>,
    by_itself: Vec<&'a str>,
    /// Its own client certificate was dead: it can do nothing before it is restarted.
    was_dead: bool,
    /// It serves one of them.
    shows: bool,
}

/// The programs that read `items`, those that are restarted, or looked at, first. `dead`: a client
/// certificate of the kubelet that had ended.
pub(super) fn of(
    inventory: &Inventory,
    items: &[&Item],
    is_dead: impl Fn(&Item) -> bool,
) -> Vec<RestartSummary> {
    let mut holders: Vec<AffectedProgram<'_>> = Vec::new();
    for item in items {
        for reader in readers(item)
            .iter()
            .filter(|reader| !reader.component.is_called())
        {
            let at = holders
                .iter()
                .position(|holder| holder.component == reader.component)
                .unwrap_or_else(|| {
                    holders.push(AffectedProgram::new(reader.component));
                    holders.len() - 1
                });
            let holder = &mut holders[at];
            let files = if reader.restart == Restart::Required {
                &mut holder.at_start
            } else {
                &mut holder.by_itself
            };
            if !files.contains(&&*item.path) {
                files.push(&item.path);
            }
            holder.shows |= is_served(reader.component, item);
            holder.was_dead |= reader.component == Component::Kubelet
                && is_of_kubelet(&item.roles)
                && is_dead(item);
        }
    }
    holders.sort_by_key(|holder| {
        (
            holder.at_start.is_empty() && !holder.shows,
            !holder.was_dead,
            holder.component,
        )
    });
    holders
        .iter()
        .map(|holder| holder.to_summary(inventory))
        .collect()
}

/// What a component needs that reads the file at `path`, which is no certificate, only at its
/// start.
pub(super) fn at_start(inventory: &Inventory, component: Component, path: &str) -> RestartSummary {
    AffectedProgram {
        at_start: vec![path],
        ..AffectedProgram::new(component)
    }
    .to_summary(inventory)
}

/// Whether a port of `component` serves `item`.
fn is_served(component: Component, item: &Item) -> bool {
    let mut roles = PORTS
        .iter()
        .filter(|rule| rule.component == component)
        .flat_map(|rule| rule.roles);
    roles.any(|id| item.roles.iter().any(|role| role.id == *id))
}

/// The programs that read `item`, each once and with what it needs most.
pub(super) fn programs(item: &Item) -> Vec<Component> {
    readers(item)
        .into_iter()
        .map(|reader| reader.component)
        .collect()
}

struct Reads {
    component: Component,
    restart: Restart,
}

fn readers(item: &Item) -> Vec<Reads> {
    let mut found: Vec<Reads> = Vec::new();
    // What only a claim says restarts nothing.
    for reader in confirmed(&item.read_by) {
        let restart = needs(&item.roles, &item.path, reader);
        match found
            .iter_mut()
            .find(|known| known.component == reader.component)
        {
            Some(known) if restart == Restart::Required => known.restart = restart,
            Some(_) => {}
            None => found.push(Reads {
                component: reader.component,
                restart,
            }),
        }
    }
    found
}

impl AffectedProgram<'_> {
    fn new(component: Component) -> Self {
        Self {
            component,
            at_start: Vec::new(),
            by_itself: Vec::new(),
            was_dead: false,
            shows: false,
        }
    }

    fn to_summary(&self, inventory: &Inventory) -> RestartSummary {
        let required = !self.at_start.is_empty();
        let reason = if self.was_dead {
            format!(
                "its own client certificate was dead: it holds {} since its start",
                names(&self.at_start)
            )
        } else if required {
            format!("it reads {} only at its start", names(&self.at_start))
        } else {
            format!("it reads {} again by itself", names(&self.by_itself))
        };
        let process = oldest(
            inventory,
            inventory.processes.as_deref().unwrap_or_default(),
            self.component,
        );
        let how = || {
            RestartTarget::of(
                inventory,
                self.component,
                process.map(|process| &process.keeper),
            )
            .command()
        };
        let how = if required { vec![how()] } else { Vec::new() };
        let files = self
            .at_start
            .iter()
            .map(|path| (*path).to_owned())
            .collect();
        RestartSummary {
            component: self.component,
            required,
            reason,
            how,
            shows: self.shows,
            files,
        }
    }
}

/// The names of files, each once.
fn names(paths: &[&str]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for path in paths {
        let name = path.rsplit('/').next().unwrap_or(path);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::role::ROLES;

    #[test]
    fn every_reader_is_a_component_or_called() {
        for rule in ROLES.iter().flat_map(|role| role.readers) {
            assert!(
                Component::RESTARTED.contains(&rule.component) || rule.component.is_called(),
                "{rule:?}"
            );
        }
    }
}
