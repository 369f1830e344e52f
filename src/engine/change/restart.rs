//! Restarts: each outcome stands in the operations that ask for it.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Changer, Failure};
use crate::engine::node::{self, Node};
use crate::inventory::Inventory;
use crate::kubernetes::component::Component;
use crate::kubernetes::port::PORTS;
use crate::progress::Report;
use crate::record::waiting::{self, Settled};
use crate::record::{Operation, RestartRecord, RestartState};
use crate::running::{ComponentStatus, Observation};
use crate::store::state::{self, Turn};
use crate::store::{StoreError, journal};

/// When a component is restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Now.
    Always,
    /// Where it is only waited for that it reads its files by itself: if it does not.
    Needed,
}

/// What shall be restarted.
#[derive(Debug, Clone, Copy)]
pub struct RestartOrder<'a> {
    /// The component.
    pub component: Component,
    /// Those that the very same restarts are proven with it, as are those that operations wait for.
    pub with: &'a [Component],
    /// When.
    pub when: When,
}

impl RestartOrder<'_> {
    /// Of this component alone.
    pub fn of(component: Component, when: When) -> Self {
        Self {
            component,
            with: &[],
            when,
        }
    }
}

/// A restart that is written down as begun, in the operations that wait for it.
#[derive(Debug)]
pub struct Begun<'a> {
    restart: node::Restart<'a>,
    operations: Vec<String>,
    /// Whether it is left alone where it read its files by itself.
    may_have_read: bool,
    /// One component is restarted at a time.
    turn: Turn,
}

/// Restarts components of one master, and writes down what becomes of them.
#[derive(Debug)]
pub struct Restarter<'c> {
    changer: &'c Changer,
}

impl Changer {
    /// What restarts the master's components.
    pub fn restarter(&self) -> Restarter<'_> {
        Restarter { changer: self }
    }
}

impl Restarter<'_> {
    /// Restarts one component, proves it, and writes what became of it into every operation that
    /// waits for it: `Begun` before, `Done` or `Failed` after. `node` is where it runs.
    ///
    /// # Errors
    /// [`Failure`] where nothing was restarted: as [`Restarter::begin`]. A restart that did not
    /// show what it should is no error: its record says so.
    pub fn restart(
        &self,
        node: &Node,
        inventory: &Inventory,
        order: RestartOrder<'_>,
        report: Report<'_>,
    ) -> Result<(RestartRecord, Observation), Failure> {
        let begun = self.begin(node, inventory, order, report)?;
        Ok(self.finish(begun, report))
    }

    /// Looks at a component and writes down that its restart begins. Nothing has happened to it
    /// when this returns. What could not be remembered is not begun.
    ///
    /// # Errors
    /// [`Failure`]: read-only, another root, no permission, a state folder that cannot be written
    /// to, another kubepki that restarts a component or changes files, files of the PKI that an
    /// interrupted operation left partly old, or such with which a component that runs would not
    /// come back.
    pub fn begin<'a>(
        &self,
        node: &'a Node,
        inventory: &'a Inventory,
        order: RestartOrder<'_>,
        report: Report<'_>,
    ) -> Result<Begun<'a>, Failure> {
        let RestartOrder {
            component,
            with,
            when,
        } = order;
        self.changer.refuse_read_only()?;
        if let Some(why) = node.refusal() {
            return Err(Failure::refused(why));
        }
        self.changer.ready()?;
        let turn = state::turn_to_restart(&self.changer.records.ground()?.state)?;
        if let Some(operation) = self.changer.records.unfinished()?.first() {
            let what = format!(
                "\"{}\" was interrupted: finish it before anything is restarted",
                operation.plan.title
            );
            return Err(Failure::refused(what).hint(self.changer.records.choose(&operation.id)));
        }
        let operations = self.changer.records.standing()?;
        let open = || waiting::kept(&operations).filter(|waiting| waiting.record.state.is_open());
        let own: Vec<_> = open()
            .filter(|waiting| waiting.record.component == component)
            .collect();
        let with = with
            .iter()
            .copied()
            .chain(open().map(|waiting| waiting.record.component));
        let restart = node.look(inventory, component, &with.collect::<Vec<_>>(), report);
        let is_unproven =
            |waiting: &waiting::Waiting<'_>| waiting.record.state == RestartState::Unproven;
        // One process may read some files again, and hold others as they were.
        let may_have_read = when == When::Needed
            && !own.is_empty()
            && own.iter().all(is_unproven)
            && !PORTS.iter().any(|rule| restart.includes(rule.component));
        let keeping = if may_have_read {
            own.iter()
                .map(|waiting| waiting.operation.id.clone())
                .collect()
        } else {
            keeping(&operations, component)
        };
        if let Some(why) = restart.obstacle().filter(|_| !may_have_read) {
            let hint = "it was left as it runs; mend the files, then restart it";
            return Err(Failure::refused(would_not_come_back(component, &why)).hint(hint));
        }
        let begun = Begun {
            restart,
            operations: keeping,
            may_have_read,
            turn,
        };
        self.write_down(&begun.operations, &begun.restart.begun())?;
        Ok(begun)
    }

    /// Carries out what was begun, waits for its proof, and writes down what became of it.
    pub fn finish(&self, begun: Begun<'_>, report: Report<'_>) -> (RestartRecord, Observation) {
        let Begun {
            restart,
            operations,
            may_have_read,
            turn,
        } = begun;
        let patience = Duration::from_secs(self.changer.settings.restart_patience().into());
        let along = restart.along();
        let read = if may_have_read {
            restart.read_by_itself(report)
        } else {
            None
        };
        let (mut record, observation) = read.unwrap_or_else(|| match restart.obstacle() {
            Some(why) => {
                let why = would_not_come_back(restart.component(), &why);
                restart.left(&why)
            }
            None => restart.run(patience, report),
        });
        if record.state != RestartState::Begun
            && let Err(failure) = self.write_down(&operations, &record)
        {
            let why = record.why.take().unwrap_or_default();
            record.why = Some(format!("{why}; it cannot be written down: {failure}"));
        }
        if record.state == RestartState::Done {
            let others = self.changer.records.standing().unwrap_or_default();
            for component in along {
                // Where that cannot be, it is restarted once more.
                let _ = self.write_down(
                    &keeping(&others, component),
                    &RestartRecord::along(component, &record),
                );
            }
        }
        drop(turn);
        (record, observation)
    }

    /// Writes down that the user leaves `component` as it is.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be written down.
    pub fn skip(&self, component: Component) -> Result<(), Failure> {
        self.changer.ready()?;
        for operation in self.changer.records.standing()? {
            let waits =
                |record: &&RestartRecord| record.component == component && record.state.is_open();
            if let Some(record) = operation.restarts.iter().find(waits) {
                let at = Some(OffsetDateTime::now_utc());
                let skipped = RestartRecord {
                    state: RestartState::Skipped,
                    at,
                    ..record.clone()
                };
                self.write_down(&[operation.id], &skipped)?;
            }
        }
        Ok(())
    }

    /// Writes down what somebody has restarted meanwhile, as looking shows: where the process began
    /// after the operation that waits for it.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be written down.
    pub fn settle(&self, statuses: &[ComponentStatus]) -> Result<(), Failure> {
        self.changer.ready()?;
        for waiting in waiting::kept(&self.changer.records.standing()?) {
            let why = match waiting.settled(statuses) {
                None => continue,
                Some(Settled::ReadAgain) => node::READ_AGAIN.to_owned(),
                Some(Settled::Younger(began)) => node::began(began),
            };
            let (state, why, at) = (
                RestartState::Done,
                Some(why),
                Some(OffsetDateTime::now_utc()),
            );
            let done = RestartRecord {
                state,
                why,
                at,
                ..waiting.record.clone()
            };
            self.write_down(std::slice::from_ref(&waiting.operation.id), &done)?;
        }
        Ok(())
    }

    /// The components that the operations still wait for, those of the newest first, each once, as
    /// it is written down, with the time since when.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be known: the history cannot be read.
    pub fn open(&self) -> Result<Vec<RestartRecord>, Failure> {
        let operations = self.changer.records.standing()?;
        let since = |waiting: waiting::Waiting<'_>| {
            let at = waiting.record.at.or(waiting.operation.ended_at);
            RestartRecord {
                at,
                ..waiting.record.clone()
            }
        };
        Ok(waiting::open(&operations, &[])
            .into_iter()
            .map(since)
            .collect())
    }

    fn write_down(&self, operations: &[String], record: &RestartRecord) -> Result<(), Failure> {
        let ground = self.changer.records.ground()?;
        for id in operations {
            match journal::record_restart(ground.keeper(id), id, record) {
                // Somebody has removed it meanwhile.
                Err(StoreError::NoSuchDirectory(_)) => {}
                written => written?,
            }
        }
        Ok(())
    }
}

fn would_not_come_back(component: Component, why: &str) -> String {
    format!("{component} would not come back: {why}")
}

/// The operations that keep a restart of `component`: those that wait for it, or left it as it was,
/// and in any case the newest that knows it: what fails must leave a trace.
fn keeping(newest_first: &[Operation], component: Component) -> Vec<String> {
    let mut is_newest = true;
    let mut ids = Vec::new();
    for operation in newest_first {
        let Some(record) = operation
            .restarts
            .iter()
            .find(|record| record.component == component)
        else {
            continue;
        };
        let keeps = match record.state {
            RestartState::Needed
            | RestartState::Unproven
            | RestartState::Begun
            | RestartState::Failed
            | RestartState::Skipped => true,
            RestartState::ReloadsByItself | RestartState::Done => is_newest,
        };
        is_newest = false;
        if keeps {
            ids.push(operation.id.clone());
        }
    }
    ids
}
