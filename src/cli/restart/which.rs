//! Which components are to be restarted, why, and in which order.

use super::Restarts;
use crate::cli::failure::Failure;
use crate::cli::master::Master;
use crate::cli::output;
use crate::engine::change::Failure as Unread;
use crate::kubernetes::component::{Component, joined};
use crate::plan::restart::RestartTarget;
use crate::record::waiting::{self, Waiting};
use crate::record::{Operation, RestartState, RestartSummary};
use crate::running::{
    ComponentStatus, Observation, ProbeTarget, Remedy, SeenOnPort, obstacle, statuses,
};

/// What holds old files.
#[derive(Debug, Default)]
pub(in crate::cli) struct Changed {
    pub(in crate::cli) steps: Vec<RestartSummary>,
    /// The components that would not come back with what lies on the disk, and why.
    pub(super) left: Vec<(Component, String)>,
    /// What could not be looked at, a line each.
    unseen: Vec<String>,
}

impl Changed {
    /// Forgets all other components.
    pub(in crate::cli) fn retain(&mut self, is_wanted: impl Fn(Component) -> bool) {
        self.steps.retain(|step| is_wanted(step.component));
        self.left.retain(|left| is_wanted(left.0));
    }

    /// Why not all that is old is restarted, or known; the worse first.
    pub(super) fn failures(&self) -> Vec<Failure> {
        let left = Failure::refused("not restarted")
            .hint("it was left as it runs: mend the files, then restart it");
        let unseen = Failure::unable(
            "not everything could be looked at: what of it holds old files is not known",
        );
        let lines = self
            .left
            .iter()
            .map(|(component, why)| format!("{component} would not come back: {why}"))
            .collect();
        let both = [(left, lines), (unseen, self.unseen.clone())];
        let told = both
            .into_iter()
            .filter(|(_, lines): &(_, Vec<String>)| !lines.is_empty());
        told.map(|(failure, lines)| failure.because_all(lines))
            .collect()
    }

    /// Says so: the exit code.
    pub(in crate::cli) fn tell(&self) -> u8 {
        let failures = self.failures();
        for failure in &failures {
            output::tell(&failure.to_words());
        }
        failures.first().map_or(0, |failure| failure.exit.code())
    }
}

/// What was seen of a master, and what was done to it.
struct Looked {
    seen: Observation,
    /// With what the operations know of each.
    statuses: Vec<ComponentStatus>,
    operations: Vec<Operation>,
}

impl Looked {
    fn of(master: &Master, seen: Observation, operations: Vec<Operation>) -> Self {
        let mut statuses = statuses(&master.inventory, &seen, master.at);
        waiting::tell(&mut statuses, &operations);
        Self {
            seen,
            statuses,
            operations,
        }
    }
}

impl Restarts<'_> {
    /// The components that the user names.
    pub(super) fn named(&self, master: &Master, names: &[String]) -> Result<Changed, Failure> {
        // No connection is opened for that: when each is begun it is looked at again.
        let seen = Observation {
            processes: master.inventory.processes.clone(),
            ..Observation::default()
        };
        let Looked {
            seen,
            statuses,
            operations,
        } = Looked::of(master, seen, self.changer.records().standing()?);
        let waiting = waiting::open(&operations, &[]);
        let mut known: Vec<Component> = Vec::new();
        let kept = waiting.iter().map(|waiting| waiting.record.component);
        for component in statuses
            .iter()
            .filter_map(|status| status.component)
            .chain(kept)
        {
            if !known.contains(&component) {
                known.push(component);
            }
        }
        let mut asked: Vec<Component> = Vec::new();
        for name in names {
            let Some(component) = name
                .parse()
                .ok()
                .filter(|component| known.contains(component))
            else {
                let failure = Failure::usage(format!("{name:?} is no component of this master"));
                return Err(failure.hint(format!("known are {}", joined(known, ", "))));
            };
            asked.push(component);
        }
        let steps = steps(master, &statuses, &waiting, asked);
        Ok(Changed {
            left: obstacles(master, &seen, &steps),
            steps,
            unseen: Vec::new(),
        })
    }

    /// Those that hold old files, as looking shows, and those that an operation waits for.
    pub(super) fn changed(&self, master: &Master) -> Changed {
        let seen = self.look(master, &[ProbeTarget::All]);
        let (operations, mut unknown) = self.operations();
        unknown.extend(self.changer.records().damaged());
        let looked = Looked::of(master, seen, operations);
        let old = looked
            .statuses
            .iter()
            .filter(|status| status.remedy == Remedy::Restart || status.is_old());
        let old = old.filter_map(|status| status.component).collect();
        unknown.extend(unseen(&looked));
        Changed {
            unseen: unknown,
            ..self.all_of(master, &looked, old)
        }
    }

    /// Those that operations wait for and that are still as they were. Looks at nothing where none
    /// is.
    pub(in crate::cli) fn open(&self, master: &Master) -> Changed {
        let (operations, unseen) = self.operations();
        let open = waiting::open(&operations, &[]);
        if open.is_empty() {
            return Changed {
                unseen,
                ..Changed::default()
            };
        }
        let component = |waiting: &Waiting<'_>| ProbeTarget::Component(waiting.record.component);
        let seen = self.look(master, &open.iter().map(component).collect::<Vec<_>>());
        Changed {
            unseen,
            ..self.all_of(master, &Looked::of(master, seen, operations), Vec::new())
        }
    }

    /// `old`, and what operations wait for. What would not come back with what lies on the disk is
    /// left as it is.
    fn all_of(&self, master: &Master, looked: &Looked, mut old: Vec<Component>) -> Changed {
        let Looked {
            seen,
            statuses,
            operations,
        } = looked;
        if self.remembers {
            // Where that cannot be, the next run sees the same.
            let _ = self.changer.restarter().settle(statuses);
        }
        let waiting = waiting::open(operations, statuses);
        old.extend(waiting.iter().map(|waiting| waiting.record.component));
        let mut all = steps(master, statuses, &waiting, old);
        let left = obstacles(master, seen, &all);
        all.retain(|step| !left.iter().any(|left| left.0 == step.component));
        Changed {
            steps: all,
            left,
            unseen: Vec::new(),
        }
    }

    fn look(&self, master: &Master, asked: &[ProbeTarget]) -> Observation {
        self.node.observe(
            &master.inventory,
            asked,
            &output::report(self.global.verbose),
        )
    }

    /// What was done to this master, or why that is not known.
    fn operations(&self) -> (Vec<Operation>, Vec<String>) {
        let unknown = |why: Unread| {
            (
                Vec::new(),
                vec![format!("what earlier operations wait for: {why}")],
            )
        };
        self.changer
            .records()
            .standing()
            .map_or_else(unknown, |operations| (operations, Vec::new()))
    }
}

/// Those that run and would not come back with what lies on the disk, and why.
fn obstacles(
    master: &Master,
    seen: &Observation,
    steps: &[RestartSummary],
) -> Vec<(Component, String)> {
    let components = steps.iter().map(|step| step.component);
    let obstacle = |component| {
        Some((
            component,
            obstacle(&master.inventory, seen, component, master.at)?,
        ))
    };
    components.filter_map(obstacle).collect()
}

/// What could not be looked at, a line each.
fn unseen(looked: &Looked) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if looked.seen.processes.is_none() {
        lines.push("when processes began: none can be seen from here".to_owned());
    }
    for status in &looked.statuses {
        match (&status.served, status.port) {
            (SeenOnPort::Silent(silence), Some(port)) => {
                lines.push(format!("{}: port {port}: {silence}", status.name));
            }
            (SeenOnPort::NotAsked, Some(port)) => {
                lines.push(format!("{}: port {port} was not asked", status.name));
            }
            (SeenOnPort::Silent(_) | SeenOnPort::NotAsked, None)
            | (SeenOnPort::Served { .. }, _) => {}
        }
    }
    lines
}

/// The components, each once and in the order in which they are restarted.
fn steps(
    master: &Master,
    statuses: &[ComponentStatus],
    waiting: &[Waiting<'_>],
    components: Vec<Component>,
) -> Vec<RestartSummary> {
    let kept: Vec<Component> = waiting
        .iter()
        .map(|waiting| waiting.record.component)
        .collect();
    let step = |component| RestartSummary {
        required: true,
        reason: reason(statuses, waiting, component),
        how: vec![how(master, statuses, component)],
        shows: false,
        files: Vec::new(),
        component,
    };
    waiting::in_order(components, &kept)
        .into_iter()
        .map(step)
        .collect()
}

/// What one types.
fn how(master: &Master, statuses: &[ComponentStatus], component: Component) -> String {
    let process = statuses
        .iter()
        .filter(|status| status.component == Some(component))
        .find_map(|status| status.process.as_ref());
    RestartTarget::of(
        &master.inventory,
        component,
        process.map(|process| &process.keeper),
    )
    .command()
}

/// Why it is restarted, one sentence.
fn reason(statuses: &[ComponentStatus], waiting: &[Waiting<'_>], component: Component) -> String {
    let own = statuses
        .iter()
        .filter(|status| status.component == Some(component));
    if let Some(status) = own
        .max_by_key(|status| status.remedy)
        .filter(|status| status.remedy >= Remedy::Restart)
    {
        return status.why.clone();
    }
    let mut records = waiting.iter().map(|waiting| waiting.record);
    match records
        .find(|record| record.component == component)
        .map(|record| record.state)
    {
        Some(RestartState::Begun) => "a restart of it was interrupted".to_owned(),
        Some(RestartState::Unproven) => "it should have read its new files by itself".to_owned(),
        Some(RestartState::Failed) => "the last restart of it failed".to_owned(),
        Some(_) => "files that it reads at its start were changed".to_owned(),
        None => "asked for".to_owned(),
    }
}
