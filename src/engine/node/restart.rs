//! Restarting one component, and waiting until it shows that it was.

use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::Node;
use super::action::{Obstacle, RestartAction};
use super::proof::{Proof, RestartVerdict};
use crate::inventory::Inventory;
use crate::inventory::process::{Process, oldest};
use crate::kubernetes::component::Component;
use crate::plan::restart::RestartTarget;
use crate::progress::{Progress, Report};
use crate::record::{RestartRecord, RestartState};
use crate::running::{Observation, ProbeTarget, obstacle, ports};

/// The first pause between two looks, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(2));

/// What was proven must be so a moment later too: a component that ends again and again is not
/// restarted. Without a port only time shows that it got through its start.
const STEADY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(10));

/// How long a component that watches its files may take to read them again (fsnotify; the kubelet's
/// slower ways are not waited for: a restart does no harm).
const READING: Duration = Duration::from_secs(5);

/// What is said of one that did.
pub(in crate::engine) const READ_AGAIN: &str = "it read its files again by itself";

/// How long it may take until "stop" is heard.
const ATTENTION: Duration = Duration::from_millis(200);

/// A restart that was looked at and not begun.
#[derive(Debug)]
pub struct Restart<'a> {
    node: &'a Node,
    inventory: &'a Inventory,
    component: Component,
    target: RestartTarget,
    proof: Proof<'a>,
    /// Those that the very same restarts, and that are proven with it.
    others: Vec<Proof<'a>>,
    before: Observation,
}

impl Node {
    /// Looks at `component` before it is restarted, and at those of `with` that the very same
    /// restarts. Opens connections.
    pub fn look<'a>(
        &'a self,
        inventory: &'a Inventory,
        component: Component,
        with: &[Component],
        report: Report<'_>,
    ) -> Restart<'a> {
        let processes = self.processes(inventory).unwrap_or_default();
        let target = target_of(inventory, &processes, component);
        let mut components = vec![component];
        for &other in with {
            if !components.contains(&other) && target_of(inventory, &processes, other) == target {
                components.push(other);
            }
        }
        let before = self.observe(inventory, &asked(components.iter().copied()), report);
        let ports = ports(inventory);
        let proof = |component: Component| Proof::new(inventory, component, &ports, &before);
        let others = components
            .iter()
            .skip(1)
            .map(|other| proof(*other).along(&before))
            .collect();
        let proof = proof(component);
        Restart {
            node: self,
            inventory,
            component,
            target,
            proof,
            others,
            before,
        }
    }
}

impl Restart<'_> {
    /// Why it must not be begun, a sentence: a component that runs would not come back with the
    /// files that lie there.
    pub fn obstacle(&self) -> Option<String> {
        obstacle(
            self.inventory,
            &self.before,
            self.component,
            OffsetDateTime::now_utc(),
        )
    }

    /// Which component it is.
    pub fn component(&self) -> Component {
        self.component
    }

    /// It was not restarted, for this reason: what is to be kept.
    pub fn left(self, why: &str) -> (RestartRecord, Observation) {
        let why = Some(format!("{why}; it was left as it runs"));
        (
            RestartRecord {
                state: RestartState::Failed,
                why,
                ..self.begun()
            },
            self.before,
        )
    }

    /// Whether `component` is restarted by the very same: in k3s one process is all of them.
    pub fn includes(&self, component: Component) -> bool {
        let processes = self.before.processes.as_deref().unwrap_or_default();
        component != self.component
            && target_of(self.inventory, processes, component) == self.target
    }

    /// The others that are proven with it.
    pub fn along(&self) -> Vec<Component> {
        self.others.iter().map(Proof::component).collect()
    }

    /// What is known of it when it begins.
    pub fn begun(&self) -> RestartRecord {
        RestartRecord {
            state: RestartState::Begun,
            served_before: self.proof.serial(&self.before),
            at: Some(OffsetDateTime::now_utc()),
            ..RestartRecord::new(self.component, true)
        }
    }

    /// Where, within a moment, every port of it that has a certificate on the disk serves that one:
    /// what is to be kept.
    pub fn read_by_itself(&self, report: Report<'_>) -> Option<(RestartRecord, Observation)> {
        let words = "looking whether it read its files again";
        let is_wanted = || {
            report(Progress {
                what: words.to_owned(),
                done: 0,
                total: 0,
            })
        };
        let begin = Instant::now();
        loop {
            let now = self
                .node
                .observe(self.inventory, &self.asked(), &|_| is_wanted());
            if let Some(seen) = self.proof.served(&now) {
                let why = Some(format!("{seen}: {READ_AGAIN}"));
                let record = RestartRecord {
                    state: RestartState::Done,
                    served_after: self.proof.serial(&now),
                    why,
                    ..self.begun()
                };
                return Some((record, now));
            }
            if begin.elapsed() > READING || !rest(PAUSES.0, &is_wanted) {
                return None;
            }
        }
    }

    /// Restarts it and waits, for so long at most, until every port of it that has a certificate on
    /// the disk serves that one, and its process is a new one and stays. The record's state is
    /// `Done` or `Failed`; `Begun` where `report` said "stop": what runs then goes on alone.
    pub fn run(self, patience: Duration, report: Report<'_>) -> (RestartRecord, Observation) {
        let progress = |what: String| {
            report(Progress {
                what,
                done: 0,
                total: 0,
            })
        };
        let ended = match self
            .action()
            .carry_out(&|| progress("restarting it".to_owned()))
        {
            Ok(way) => self.wait(patience, &progress).map(|(by, now)| match way {
                Some(way) => (format!("{by}; {way}"), now),
                None => (by, now),
            }),
            Err(obstacle) => Err(obstacle),
        };
        let record = self.begun();
        match ended {
            Ok((by, now)) => {
                let served_after = self.proof.serial(&now);
                (
                    RestartRecord {
                        state: RestartState::Done,
                        served_after,
                        why: Some(by),
                        ..record
                    },
                    now,
                )
            }
            Err(Obstacle::Stopped) => (record, self.before),
            Err(Obstacle::Failed(why)) => {
                let now = self.node.observe(self.inventory, &self.asked(), report);
                let served_after = self.proof.serial(&now);
                (
                    RestartRecord {
                        state: RestartState::Failed,
                        served_after,
                        why: Some(why),
                        ..record
                    },
                    now,
                )
            }
        }
    }

    fn action(&self) -> RestartAction<'_> {
        RestartAction {
            node: self.node,
            inventory: self.inventory,
            component: self.component,
            target: &self.target,
            processes: self.before.processes.as_deref(),
        }
    }

    fn asked(&self) -> Vec<ProbeTarget> {
        asked(std::iter::once(self.component).chain(self.others.iter().map(Proof::component)))
    }

    /// Whether all that must be seen is seen.
    fn judge(&self, observation: &Observation) -> RestartVerdict {
        let verdict = self.proof.judge(observation);
        let RestartVerdict::Proven { by, mut running } = verdict else {
            return verdict;
        };
        for other in &self.others {
            match other.judge(observation) {
                RestartVerdict::Proven { running: more, .. } => running.extend(more),
                RestartVerdict::NotYet(seen) => {
                    return RestartVerdict::NotYet(format!("{}: {seen}", other.component()));
                }
            }
        }
        RestartVerdict::Proven { by, running }
    }

    /// Looks again and again; gives by what it is proven, and what was seen then.
    fn wait(
        &self,
        patience: Duration,
        progress: &(dyn Fn(String) -> bool + Sync),
    ) -> Result<(String, Observation), Obstacle> {
        let words = format!("waiting for {}", self.proof.awaited());
        let is_wanted = || progress(words.clone());
        let (begin, mut pause) = (Instant::now(), PAUSES.0);
        let mut proven = None;
        loop {
            let now = self
                .node
                .observe(self.inventory, &self.asked(), &|_| is_wanted());
            let seen = match self.judge(&now) {
                RestartVerdict::Proven { by, running } if proven.as_ref() == Some(&running) => {
                    return Ok((by, now));
                }
                RestartVerdict::Proven { running, .. } => {
                    let is_first = proven.replace(running).is_none();
                    pause = if self.proof.has_port() {
                        STEADY.0
                    } else {
                        STEADY.1
                    };
                    if is_first {
                        String::new()
                    } else {
                        "its process ends again and again".to_owned()
                    }
                }
                RestartVerdict::NotYet(seen) => {
                    pause = if proven.take().is_some() {
                        PAUSES.0
                    } else {
                        (pause * 3 / 2).min(PAUSES.1)
                    };
                    seen
                }
            };
            if begin.elapsed() > patience && !seen.is_empty() {
                return Err(Obstacle::Failed(format!(
                    "after {} s {seen}",
                    patience.as_secs()
                )));
            }
            if !rest(pause, &is_wanted) {
                return Err(Obstacle::Stopped);
            }
        }
    }
}

fn asked(components: impl Iterator<Item = Component>) -> Vec<ProbeTarget> {
    components.map(ProbeTarget::Component).collect()
}

fn target_of(inventory: &Inventory, processes: &[Process], component: Component) -> RestartTarget {
    RestartTarget::of(
        inventory,
        component,
        oldest(inventory, processes, component).map(|process| &process.keeper),
    )
}

/// Waits, and says whether to go on.
fn rest(time: Duration, is_wanted: &dyn Fn() -> bool) -> bool {
    let begin = Instant::now();
    while is_wanted() {
        let left = time.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return true;
        }
        std::thread::sleep(left.min(ATTENTION));
    }
    false
}

#[cfg(test)]
mod tests;
