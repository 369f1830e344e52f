//! The jobs that look at what runs, and that restart: each on a thread of its own, for a port may
//! be silent for long.

use super::changes::history;
use super::shared::{Shared, caught};
use crate::engine::change::{RestartOrder, When};
use crate::kubernetes::component::Component;
use crate::model::{Event, JobId, Problem};
use crate::pki::text::printable;
use crate::progress::{Progress, silent};
use crate::record::RestartRecord;
use crate::running::{Observation, ProbeTarget};

/// Asks ports.
pub(super) fn probe(shared: &Shared, id: JobId, asked: &[ProbeTarget]) {
    let observation = caught("looking", || look(shared, id, asked));
    if shared.is_newest_probe(id) {
        shared.tell(Event::Observed {
            id,
            observation: observation.map(Box::new),
        });
    }
}

fn look(shared: &Shared, id: JobId, asked: &[ProbeTarget]) -> Result<Observation, Problem> {
    let (node, inventory) = {
        // What is being written is no master to judge by.
        let mut master = shared.idle();
        let node = master.node()?;
        (
            node,
            master
                .read(&silent)
                .map_err(|error| Problem::new(error.to_string()))?,
        )
    };
    let report = |progress: Progress| {
        shared.tell(Event::Progress { id, progress });
        shared.is_newest_probe(id)
    };
    Ok(node.observe(&inventory, asked, &report))
}

/// Restarts a component.
pub(super) fn restart(shared: &Shared, id: JobId, component: Component) {
    let outcome = caught("restarting", || restarted(shared, id, component));
    shared.tell(Event::Restarted {
        component,
        outcome: outcome.map(Box::new),
    });
}

fn restarted(
    shared: &Shared,
    id: JobId,
    component: Component,
) -> Result<(RestartRecord, Observation), Problem> {
    // The files must stand still until it holds them.
    let _turn = shared.turn();
    if shared.is_ending() {
        return Err(Problem::new("kubepki ends"));
    }
    let (changer, node, inventory) = {
        let mut master = shared.master();
        master.log.tell(&format!("restart {component}"));
        let (changer, node) = (master.changer()?, master.node()?);
        (
            changer,
            node,
            master
                .read(&silent)
                .map_err(|error| Problem::new(error.to_string()))?,
        )
    };
    let report = |progress: Progress| {
        shared.tell(Event::Progress { id, progress });
        !shared.is_ending()
    };
    let order = RestartOrder::of(component, When::Needed);
    let begun = changer
        .restarter()
        .begin(&node, &inventory, order, &report)?;
    history(shared);
    let (record, observation) = changer.restarter().finish(begun, &report);
    let why = record.why.as_deref().unwrap_or_default();
    shared.master().log.tell(&format!(
        "{component} is {}: {}",
        record.state.word(),
        printable(why)
    ));
    history(shared);
    Ok((record, observation))
}

/// Writes down that a component is left as it is.
pub(super) fn skip(shared: &Shared, component: Component) {
    let skipped = caught("skipping a restart", || {
        let changer = shared.master().changer()?;
        Ok::<_, Problem>(changer.restarter().skip(component)?)
    });
    if let Err(problem) = skipped {
        shared.tell(Event::Notice(problem));
    }
    history(shared);
}
