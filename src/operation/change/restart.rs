//! Restarts: each outcome stands in the operations that ask for it.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Changer, Failure};
use crate::inventory::Inventory;
use crate::inventory::served::{Observation, Truth};
use crate::kubernetes::port::PORTS;
use crate::operation::node::{self, Node};
use crate::progress::Report;
use crate::record::{Operation, OperationState, RestartRecord, RestartState};
use crate::store::state::{self, Turn};
use crate::store::{Error, journal, recover};

/// When a component is restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Now.
    Always,
    /// Where it is only waited for that it reads its files by itself: if it does not.
    Needed,
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

impl Changer {
    /// Restarts one component, proves it, and writes what became of it into every operation that waits for it: `Begun`
    /// before, `Done` or `Failed` after. `node` is where it runs.
    ///
    /// # Errors
    /// [`Failure`] where nothing was restarted: as [`Changer::begin_restart`]. A restart that did not show what it should is
    /// no error: its record says so.
    pub fn restart(
        &self,
        node: &Node,
        inventory: &Inventory,
        component: &str,
        when: When,
        report: Report<'_>,
    ) -> Result<(RestartRecord, Observation), Failure> {
        let begun = self.begin_restart(node, inventory, component, when, report)?;
        Ok(self.finish_restart(begun, report))
    }

    /// Looks at a component and writes down that its restart begins. Nothing has happened to it when this returns. What
    /// could not be remembered is not begun.
    ///
    /// # Errors
    /// [`Failure`]: read-only, another root, no permission, a state folder that cannot be written to, another kubepki that
    /// restarts a component or changes files, files of the PKI that an interrupted operation left partly old, or such with
    /// which a component that runs would not come back.
    pub fn begin_restart<'a>(
        &self,
        node: &'a Node,
        inventory: &'a Inventory,
        component: &'a str,
        when: When,
        report: Report<'_>,
    ) -> Result<Begun<'a>, Failure> {
        self.refuse_read_only()?;
        if let Some(why) = node.refusal() {
            return Err(Failure::refused(why));
        }
        self.ready()?;
        let turn = state::turn_to_restart(&self.ground()?.state)?;
        if let Some(operation) = self.unfinished()?.first() {
            let what = format!("\"{}\" was interrupted: finish it before anything is restarted", operation.plan.title);
            return Err(Failure::refused(what).hint(self.choose(&operation.id)));
        }
        let open = self.open_restarts().into_iter().find(|record| record.component == component);
        let may_have_read = when == When::Needed && open.is_some_and(|record| record.state == RestartState::Unproven);
        let operations = waiting(self.history_of_master()?, component);
        let restart = node.look(inventory, component, report);
        // One process may read some files again, and hold others as they were.
        let may_have_read = may_have_read && !PORTS.iter().any(|rule| restart.includes(rule.component));
        if let Some(why) = restart.obstacle().filter(|_| !may_have_read) {
            let hint = "it was left as it runs; mend the files, then restart it";
            return Err(Failure::refused(would_not_come_back(component, &why)).hint(hint));
        }
        let begun = Begun { restart, operations, may_have_read, turn };
        self.write_down(&begun.operations, &begun.restart.begun())?;
        Ok(begun)
    }

    /// Carries out what was begun, waits for its proof, and writes down what became of it.
    pub fn finish_restart(&self, begun: Begun<'_>, report: Report<'_>) -> (RestartRecord, Observation) {
        let Begun { restart, operations, may_have_read, turn } = begun;
        let patience = Duration::from_secs(self.settings().restart_patience().into());
        let open = self.open_restarts().into_iter().map(|record| record.component);
        let included: Vec<String> = open.filter(|component| restart.includes(component)).collect();
        let read = if may_have_read { restart.read_by_itself(report) } else { None };
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
            let others = self.history_of_master().unwrap_or_default();
            for component in included {
                let waiting = waiting(others.clone(), &component);
                // Where that cannot be, it is restarted once more.
                let _ = self.write_down(&waiting, &RestartRecord::along(component, &record));
            }
        }
        drop(turn);
        (record, observation)
    }

    /// Writes down that the user leaves `component` as it is.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be written down.
    pub fn skip_restart(&self, component: &str) -> Result<(), Failure> {
        self.ready()?;
        for operation in self.history_of_master()? {
            let waits = |record: &&RestartRecord| record.component == component && record.state.is_open();
            if let Some(record) = operation.restarts.iter().find(waits) {
                let at = Some(OffsetDateTime::now_utc());
                let skipped = RestartRecord { state: RestartState::Skipped, at, ..record.clone() };
                self.write_down(&[operation.id], &skipped)?;
            }
        }
        Ok(())
    }

    /// Writes down what somebody has restarted meanwhile, as looking shows.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be written down.
    pub fn settle_restarts(&self, truths: &[Truth]) -> Result<(), Failure> {
        self.ready()?;
        for record in self.open_restarts().into_iter().filter(|record| record.is_settled(truths)) {
            let own = truths.iter().find(|truth| *truth.component == *record.component);
            let began = own.and_then(|truth| truth.process.as_ref()).map(|process| process.started_at);
            let is_read = record.state == RestartState::Unproven;
            let why = if is_read { Some(node::READ_AGAIN.to_owned()) } else { began.map(node::began) };
            let at = Some(OffsetDateTime::now_utc());
            let operations = waiting(self.history_of_master()?, &record.component);
            self.write_down(&operations, &RestartRecord { state: RestartState::Done, why, at, ..record })?;
        }
        Ok(())
    }

    /// The components that the operations still wait for, those of the newest first, each once: what the newest operation
    /// that speaks of it knows, with the time since when.
    pub fn open_restarts(&self) -> Vec<RestartRecord> {
        let mut known: Vec<RestartRecord> = Vec::new();
        for operation in self.history_of_master().unwrap_or_default() {
            for record in operation.restarts {
                let is_new = !known.iter().any(|one| one.component == record.component);
                if is_new && record.state != RestartState::ReloadsByItself {
                    let at = record.at.or(operation.ended_at);
                    known.push(RestartRecord { at, ..record });
                }
            }
        }
        known.retain(|record| record.state.is_open());
        known
    }

    /// What was done to this very master and still stands, the newest first.
    fn history_of_master(&self) -> Result<Vec<Operation>, Failure> {
        let ground = self.ground()?;
        let mut operations = ground.history(false)?;
        let is_of = |operation: &Operation| recover::is_of(&ground.root, ground.keeper(&operation.id), operation);
        operations.retain(|operation| operation.state == OperationState::Done && is_of(operation));
        Ok(operations)
    }

    fn write_down(&self, operations: &[String], record: &RestartRecord) -> Result<(), Failure> {
        let ground = self.ground()?;
        for id in operations {
            match journal::record_restart(ground.keeper(id), id, record) {
                // Somebody has removed it meanwhile.
                Err(Error::NoSuchDirectory(_)) => {}
                written => written?,
            }
        }
        Ok(())
    }
}

fn would_not_come_back(component: &str, why: &str) -> String {
    format!("{component} would not come back: {why}")
}

/// The operations that keep a restart of `component`: those that wait for it, or left it as it was, and in any case the newest
/// that knows it: what fails must leave a trace.
fn waiting(newest_first: Vec<Operation>, component: &str) -> Vec<String> {
    let mut is_newest = true;
    let mut ids = Vec::new();
    for operation in newest_first {
        let Some(record) = operation.restarts.iter().find(|record| record.component == component) else { continue };
        let is_settled = match record.state {
            RestartState::Needed
            | RestartState::Unproven
            | RestartState::Begun
            | RestartState::Failed
            | RestartState::Skipped => true,
            RestartState::ReloadsByItself | RestartState::Done => is_newest,
        };
        is_newest = false;
        if is_settled {
            ids.push(operation.id);
        }
    }
    ids
}
