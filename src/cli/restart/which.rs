//! Which components are to be restarted, why, and in which order.

use std::sync::Arc;

use super::Restarts;
use crate::cli::failure::Failure;
use crate::cli::master::Master;
use crate::cli::output;
use crate::inventory::served::{Asked, Observation, Truth, Verb, truths};
use crate::kubernetes::port::PORTS;
use crate::plan::restart::Means;
use crate::record::{RestartRecord, RestartState, RestartSummary};

impl Restarts<'_> {
    /// The components that the user names.
    pub(super) fn named(&self, master: &Master, names: &[String]) -> Result<Vec<RestartSummary>, Failure> {
        let waiting = self.changer.open_restarts();
        let truths = truths(&master.inventory, &Observation::default(), master.at);
        let mut known: Vec<&str> = Vec::new();
        let waiting_names = waiting.iter().map(|record| record.component.as_str());
        for name in truths.iter().map(|truth| &*truth.component).chain(waiting_names) {
            if !known.contains(&name) {
                known.push(name);
            }
        }
        if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
            let failure = Failure::usage(format!("{unknown:?} is no component of this master"));
            return Err(failure.hint(format!("known are {}", known.join(", "))));
        }
        let asked = known.into_iter().filter(|name| names.iter().any(|named| named == name)).map(str::to_owned);
        Ok(steps(master, &truths, &waiting, asked.collect()))
    }

    /// Those that hold old files, as looking shows, and those that an operation waits for.
    pub(super) fn changed(&self, master: &Master) -> Vec<RestartSummary> {
        let seen = self.look(master, &[Asked::All]);
        let truths = truths(&master.inventory, &seen, master.at);
        let waiting = self.waiting(&truths);
        let held = truths.iter().filter(|truth| truth.verb == Verb::Restart).map(|truth| truth.component.to_string());
        let both = held.chain(waiting.iter().map(|record| record.component.clone()));
        steps(master, &truths, &waiting, both.collect())
    }

    /// Those that operations wait for and that are still as they were. Looks at nothing where none is.
    pub(in crate::cli) fn open(&self, master: &Master) -> Vec<RestartSummary> {
        let open = self.changer.open_restarts();
        if open.is_empty() {
            return Vec::new();
        }
        let asked: Vec<Asked> =
            open.iter().map(|record| Asked::Component(Arc::from(record.component.as_str()))).collect();
        let seen = self.look(master, &asked);
        let truths = truths(&master.inventory, &seen, master.at);
        let waiting = self.waiting(&truths);
        let names = waiting.iter().map(|record| record.component.clone()).collect();
        steps(master, &truths, &waiting, names)
    }

    fn look(&self, master: &Master, asked: &[Asked]) -> Observation {
        self.node.observe(&master.inventory, asked, &output::report(self.global.verbose))
    }

    /// What operations wait for, without what somebody has restarted meanwhile, which is written down.
    fn waiting(&self, truths: &[Truth]) -> Vec<RestartRecord> {
        if self.remembers {
            // Where that cannot be, the next run sees the same.
            let _ = self.changer.settle_restarts(truths);
        }
        let open = self.changer.open_restarts().into_iter();
        open.filter(|record| !record.is_settled(truths)).collect()
    }
}

/// The components, each once and in the order in which they are restarted.
fn steps(
    master: &Master,
    truths: &[Truth],
    waiting: &[RestartRecord],
    mut components: Vec<String>,
) -> Vec<RestartSummary> {
    // An operation has it first where its own client certificate was dead: it could start nothing again.
    let is_dead = waiting.len() > 1 && waiting.first().is_some_and(|record| record.component == "kubelet");
    let place = |component: &str| match component {
        "kubelet" if is_dead => 0,
        component => 1 + PORTS.iter().position(|rule| rule.component == component).unwrap_or(PORTS.len()),
    };
    components.sort_by_key(|component| place(component));
    components.dedup();
    let step = |component: String| RestartSummary {
        required: true,
        reason: reason(truths, waiting, &component),
        how: vec![how(master, truths, &component)],
        shows: false,
        component,
    };
    components.into_iter().map(step).collect()
}

/// What one types.
fn how(master: &Master, truths: &[Truth], component: &str) -> String {
    let process = truths.iter().filter(|truth| *truth.component == *component).find_map(|truth| truth.process.as_ref());
    Means::of(&master.inventory, component, process.map(|process| &process.keeper)).command()
}

/// Why it is restarted, one sentence.
fn reason(truths: &[Truth], waiting: &[RestartRecord], component: &str) -> String {
    let own = truths.iter().filter(|truth| *truth.component == *component);
    if let Some(truth) = own.max_by_key(|truth| truth.verb).filter(|truth| truth.verb >= Verb::Restart) {
        return truth.why.clone();
    }
    match waiting.iter().find(|record| record.component == component).map(|record| record.state) {
        Some(RestartState::Begun) => "a restart of it was interrupted".to_owned(),
        Some(RestartState::Unproven) => "it should have read its new files by itself".to_owned(),
        Some(RestartState::Failed) => "the last restart of it failed".to_owned(),
        Some(_) => "files that it reads at its start were changed".to_owned(),
        None => "asked for".to_owned(),
    }
}
