//! What operations wait for: components that hold files as they were before.
//!
//! A file's own date cannot tell it. The kubelet writes its certificates while it runs, and holds
//! what it wrote; what an operation put in the same place it does not look at (client-go
//! certificate_manager.go). So of every component that an operation waits for, the start of its
//! process is compared with the end of the operation; without such an operation the kubelet's own
//! store is no reason for a restart.

use time::OffsetDateTime;

use super::{Operation, OperationState, RestartRecord, RestartState};
use crate::inventory::process::Process;
use crate::kubernetes::component::Component;
use crate::pki::moment::second;
use crate::running::{ComponentStatus, Remedy, StaleFile, serves_disk};

/// What an operation keeps of a component.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    /// The operation that changed its files.
    pub operation: &'a Operation,
    /// What became of it, as far as it is written down.
    pub record: &'a RestartRecord,
}

/// By what it is known that nobody need do anything any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It reads its files again by itself, and its port shows that it did.
    ReadAgain,
    /// Its process began then, after the files had changed.
    Younger(OffsetDateTime),
}

/// What the operations that stand keep of the components that they wait for, or waited for.
pub fn kept(newest_first: &[Operation]) -> impl Iterator<Item = Waiting<'_>> {
    let done = newest_first
        .iter()
        .filter(|operation| operation.state == OperationState::Done);
    let kept = done.flat_map(|operation| {
        operation
            .restarts
            .iter()
            .map(move |record| Waiting { operation, record })
    });
    kept.filter(|waiting| waiting.record.state != RestartState::ReloadsByItself)
}

/// The components in which somebody must still do something, each once: as it is written down, and
/// as `statuses` show it. Each operation counts for itself: that a newer one is done with a
/// component says nothing of an older one.
pub fn open<'a>(newest_first: &'a [Operation], statuses: &[ComponentStatus]) -> Vec<Waiting<'a>> {
    let mut open: Vec<Waiting<'_>> = Vec::new();
    let is_open = |waiting: &Waiting<'_>| {
        waiting.record.state.is_open() && waiting.settled(statuses).is_none()
    };
    for waiting in kept(newest_first).filter(is_open) {
        match open
            .iter_mut()
            .find(|known| known.record.component == waiting.record.component)
        {
            None => open.push(waiting),
            // What must be restarted is not mended by what it reads by itself.
            Some(known) if known.record.state == RestartState::Unproven => *known = waiting,
            Some(_) => {}
        }
    }
    open
}

/// Those of them that this operation, one of `newest_first`, waits for.
pub fn open_of<'a>(
    operation: &Operation,
    newest_first: &'a [Operation],
    statuses: &[ComponentStatus],
) -> impl Iterator<Item = &'a RestartRecord> {
    let is_own = |waiting: &Waiting<'_>| waiting.operation.id == operation.id;
    open(newest_first, statuses)
        .into_iter()
        .filter(is_own)
        .map(|waiting| waiting.record)
}

/// `components`, each once, in the order in which they are restarted; `kept`: those that operations
/// wait for, as these have them. Where the kubelet comes first there its own client certificate had
/// died: before it is restarted itself it can start nothing again.
pub fn in_order(mut components: Vec<Component>, kept: &[Component]) -> Vec<Component> {
    let first = kept
        .first()
        .copied()
        .filter(|first| *first == Component::Kubelet);
    components.sort_by_key(|component| (Some(*component) != first, *component));
    components.dedup();
    components
}

/// Says in `statuses` of the components that began before an operation changed their files that
/// they hold the old ones.
pub fn tell(statuses: &mut [ComponentStatus], newest_first: &[Operation]) {
    for waiting in kept(newest_first) {
        for status in statuses
            .iter_mut()
            .filter(|status| status.component == Some(waiting.record.component))
        {
            waiting.tell(status);
        }
    }
}

impl Waiting<'_> {
    /// By what it is known that it holds the new files, where that was seen and is not written down
    /// yet.
    pub fn settled(&self, statuses: &[ComponentStatus]) -> Option<Settled> {
        let component = self.record.component;
        let own: Vec<&ComponentStatus> = statuses
            .iter()
            .filter(|status| status.component == Some(component))
            .collect();
        if !self.record.state.is_open() && self.record.state != RestartState::Skipped {
            return None;
        }
        if self.record.state == RestartState::Unproven && serves_disk(statuses, component) {
            return Some(Settled::ReadAgain);
        }
        // A namesake that somebody started is no restart.
        let process = own.first()?.telling.as_ref()?;
        let is_younger =
            self.operation.is_before(process) && !own.iter().any(|status| status.is_old());
        // What did not show what it should must do so first.
        let has_failed = self.record.state == RestartState::Failed
            && !own.iter().all(|status| status.is_known());
        (is_younger && !has_failed).then_some(Settled::Younger(process.started_at))
    }

    fn tell(&self, status: &mut ComponentStatus) {
        let holds = match self.record.state {
            RestartState::Needed
            | RestartState::Begun
            | RestartState::Failed
            | RestartState::Skipped => true,
            RestartState::Unproven | RestartState::Done | RestartState::ReloadsByItself => false,
        };
        let Some(process) = status
            .process
            .as_ref()
            .filter(|process| holds && !self.operation.is_before(process))
        else {
            return;
        };
        let planned = self
            .operation
            .plan
            .restarts
            .iter()
            .find(|planned| planned.component == self.record.component);
        let why = self.why(
            process,
            planned.map_or("it reads its files only at its start", |planned| {
                &planned.reason
            }),
        );
        let changed_at = self.operation.ended_at.unwrap_or(self.operation.started_at);
        for path in planned.iter().flat_map(|planned| &planned.files) {
            if !status.stale.iter().any(|stale| *stale.path == **path) {
                status.stale.push(StaleFile {
                    path: path.as_str().into(),
                    changed_at,
                });
            }
        }
        if status.remedy < Remedy::Restart {
            (status.remedy, status.why) = (Remedy::Restart, why);
        }
    }

    fn why(&self, process: &Process, reason: &str) -> String {
        let (title, began) = (&self.operation.plan.title, second(process.started_at));
        match self.operation.ended_at {
            Some(ended) if ended >= process.started_at => {
                format!(
                    "{reason}, and it started ({began}) before {title:?} was done ({})",
                    second(ended)
                )
            }
            // By the date it is younger, by the kernel's clock it is not.
            Some(_) => format!(
                "{reason}, and it started before {title:?} was done: the machine's clock was set since"
            ),
            None => format!("{reason}, and it is not known when {title:?} was done"),
        }
    }
}

#[cfg(test)]
mod tests;
