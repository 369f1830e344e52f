//! What operations wait for: components that hold files as they were before.
//!
//! A file's own date cannot tell it. The kubelet writes its certificates while it runs, and holds what it wrote; what an
//! operation put in the same place it does not look at (client-go certificate_manager.go). So of every component that an
//! operation waits for, the start of its process is compared with the end of the operation; without such an operation the
//! kubelet's own store is no reason for a restart.

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
    let done = newest_first.iter().filter(|operation| operation.state == OperationState::Done);
    let kept = done.flat_map(|operation| operation.restarts.iter().map(move |record| Waiting { operation, record }));
    kept.filter(|waiting| waiting.record.state != RestartState::ReloadsByItself)
}

/// The components in which somebody must still do something, each once: as it is written down, and as `statuses` show it. Each
/// operation counts for itself: that a newer one is done with a component says nothing of an older one.
pub fn open<'a>(newest_first: &'a [Operation], statuses: &[ComponentStatus]) -> Vec<Waiting<'a>> {
    let mut open: Vec<Waiting<'_>> = Vec::new();
    let is_open = |waiting: &Waiting<'_>| waiting.record.state.is_open() && waiting.settled(statuses).is_none();
    for waiting in kept(newest_first).filter(is_open) {
        match open.iter_mut().find(|known| known.record.component == waiting.record.component) {
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
    open(newest_first, statuses).into_iter().filter(is_own).map(|waiting| waiting.record)
}

/// `components`, each once, in the order in which they are restarted; `kept`: those that operations wait for, as these have
/// them. Where the kubelet comes first there its own client certificate had died: before it is restarted itself it can start
/// nothing again.
pub fn in_order(mut components: Vec<Component>, kept: &[Component]) -> Vec<Component> {
    let first = kept.first().copied().filter(|first| *first == Component::Kubelet);
    components.sort_by_key(|component| (Some(*component) != first, *component));
    components.dedup();
    components
}

/// Says in `statuses` of the components that began before an operation changed their files that they hold the old ones.
pub fn tell(statuses: &mut [ComponentStatus], newest_first: &[Operation]) {
    for waiting in kept(newest_first) {
        for status in statuses.iter_mut().filter(|status| status.component == Some(waiting.record.component)) {
            waiting.tell(status);
        }
    }
}

impl Waiting<'_> {
    /// By what it is known that it holds the new files, where that was seen and is not written down yet.
    pub fn settled(&self, statuses: &[ComponentStatus]) -> Option<Settled> {
        let component = self.record.component;
        let own: Vec<&ComponentStatus> = statuses.iter().filter(|status| status.component == Some(component)).collect();
        if !self.record.state.is_open() && self.record.state != RestartState::Skipped {
            return None;
        }
        if self.record.state == RestartState::Unproven && serves_disk(statuses, component) {
            return Some(Settled::ReadAgain);
        }
        // A namesake that somebody started is no restart.
        let process = own.first()?.telling.as_ref()?;
        let is_younger = self.operation.is_before(process) && !own.iter().any(|status| status.is_old());
        // What did not show what it should must do so first.
        let has_failed = self.record.state == RestartState::Failed && !own.iter().all(|status| status.is_known());
        (is_younger && !has_failed).then_some(Settled::Younger(process.started_at))
    }

    fn tell(&self, status: &mut ComponentStatus) {
        let holds = match self.record.state {
            RestartState::Needed | RestartState::Begun | RestartState::Failed | RestartState::Skipped => true,
            RestartState::Unproven | RestartState::Done | RestartState::ReloadsByItself => false,
        };
        let Some(process) = status.process.as_ref().filter(|process| holds && !self.operation.is_before(process))
        else {
            return;
        };
        let planned = self.operation.plan.restarts.iter().find(|planned| planned.component == self.record.component);
        let why = self.why(process, planned.map_or("it reads its files only at its start", |planned| &planned.reason));
        let changed_at = self.operation.ended_at.unwrap_or(self.operation.started_at);
        for path in planned.iter().flat_map(|planned| &planned.files) {
            if !status.stale.iter().any(|stale| *stale.path == **path) {
                status.stale.push(StaleFile { path: path.as_str().into(), changed_at });
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
                format!("{reason}, and it started ({began}) before {title:?} was done ({})", second(ended))
            }
            // By the date it is younger, by the kernel's clock it is not.
            Some(_) => format!("{reason}, and it started before {title:?} was done: the machine's clock was set since"),
            None => format!("{reason}, and it is not known when {title:?} was done"),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;
    use crate::inventory::process::{Keeper, SinceBoot};
    use crate::record::{By, PlanSummary, RestartSummary};
    use crate::running::{SeenOnPort, Silence};

    /// When the files had changed, by the date and by the kernel's clock.
    const CHANGED: (OffsetDateTime, u64) = (datetime!(2026-11-22 11:45:04 UTC), 500_000);

    fn since_boot(milliseconds: u64) -> SinceBoot {
        SinceBoot { boot: "a".to_owned(), milliseconds }
    }

    fn operation(component: Component, state: RestartState) -> Operation {
        let planned = RestartSummary {
            component,
            required: true,
            reason: "it reads x.pem only at its start".to_owned(),
            how: Vec::new(),
            shows: false,
            files: vec!["/x.pem".to_owned()],
        };
        Operation {
            id: "20261122T114503Z-4f2a9c".to_owned(),
            root: "/".to_owned(),
            plan: PlanSummary { title: "Renew x".to_owned(), restarts: vec![planned], ..PlanSummary::default() },
            state: OperationState::Done,
            by: By::default(),
            started_at: CHANGED.0 - Duration::seconds(1),
            ended_at: Some(CHANGED.0),
            ended_since_boot: Some(since_boot(CHANGED.1)),
            error: None,
            restarts: vec![RestartRecord { state, ..RestartRecord::new(component, true) }],
            undoes: None,
            undone_by: None,
        }
    }

    /// One that began so many milliseconds after the files had changed, by both clocks.
    fn process(component: Component, milliseconds: i64) -> Process {
        Process {
            pid: 7,
            component,
            started_at: CHANGED.0 + Duration::milliseconds(milliseconds),
            since_boot: Some(since_boot(CHANGED.1.saturating_add_signed(milliseconds))),
            keeper: Keeper::Unknown,
            flags: Vec::new(),
        }
    }

    fn status(process: &Process, port: Option<u16>, served: SeenOnPort) -> ComponentStatus {
        ComponentStatus {
            name: process.component.as_str().into(),
            component: Some(process.component),
            port,
            on_disk: None,
            served,
            trusted: Vec::new(),
            process: Some(process.clone()),
            telling: Some(process.clone()),
            stale: Vec::new(),
            remedy: Remedy::Nothing,
            why: String::new(),
        }
    }

    fn is_open(operation: &Operation, statuses: &[ComponentStatus]) -> bool {
        !open(std::slice::from_ref(operation), statuses).is_empty()
    }

    /// What is told of it in the end.
    fn told(operation: &Operation, status: &ComponentStatus) -> ComponentStatus {
        let mut statuses = [status.clone()];
        tell(&mut statuses, std::slice::from_ref(operation));
        let [status] = statuses;
        status
    }

    #[test]
    fn every_component_is_done_only_where_it_is_younger_than_the_change() {
        for component in Component::RESTARTED {
            for state in [RestartState::Needed, RestartState::Unproven, RestartState::Begun, RestartState::Failed] {
                let operation = operation(component, state);
                // Between its beginning and its end too: it may have read the old file. A start is known to a hundredth.
                for (began, is_younger) in [(-1_229_000, false), (-500, false), (-10, false), (0, false), (10, true)] {
                    for port in [None, Some(10_250)] {
                        let status = status(&process(component, began), port, SeenOnPort::NotAsked);
                        // One that failed must show its port.
                        let is_done = is_younger && (state != RestartState::Failed || port.is_none());
                        let statuses = std::slice::from_ref(&status);
                        assert_eq!(is_open(&operation, statuses), !is_done, "{component} {state:?} {began} {port:?}");
                        let told = told(&operation, &status);
                        assert!(!told.stale.is_empty() || is_younger || state == RestartState::Unproven, "{told:?}");
                        assert_eq!(told.remedy == Remedy::Restart, !told.stale.is_empty(), "{told:?}");
                        assert!(is_open(&operation, &[told]) != is_done, "what is told leads to the same");
                    }
                }
                assert!(is_open(&operation, &[]), "{component}: nobody looked");
                let unseen = ComponentStatus {
                    process: None,
                    telling: None,
                    ..status(&process(component, 10), None, SeenOnPort::NotAsked)
                };
                assert!(is_open(&operation, &[unseen]), "{component}: no process of it was seen");
            }
        }
    }

    #[test]
    fn who_sets_the_clock_makes_nothing_done() {
        let began = |milliseconds, by_date| Process {
            started_at: CHANGED.0 + by_date,
            ..process(Component::Kubelet, milliseconds)
        };
        let (hour, hours) = (Duration::hours(1), -Duration::hours(1));
        let done = operation(Component::Kubelet, RestartState::Needed);
        for (process, is_done, words) in [
            // The date was set forward: what is older looks younger.
            (began(-1_000, hour), false, "the machine's clock was set since"),
            // It was set back: what is younger looks older.
            (began(1_000, hours), true, ""),
            (
                began(-1_000, hours),
                false,
                "started (2026-11-22 10:45:04Z) before \"Renew x\" was done (2026-11-22 11:45:04Z)",
            ),
        ] {
            let status = status(&process, None, SeenOnPort::NotAsked);
            assert_eq!(is_open(&done, std::slice::from_ref(&status)), !is_done, "{process:?}");
            let told = told(&done, &status);
            assert!(told.why.ends_with(words) && (told.remedy == Remedy::Nothing) == is_done, "{}", told.why);
        }
        // Another start of the machine, and a journal without that clock: there is only the date.
        for (since_boot, what) in
            [(None, "unknown"), (Some(SinceBoot { boot: "b".to_owned(), milliseconds: 9 }), "another")]
        {
            for (by_date, is_done) in [(hour, true), (hours, false), (Duration::ZERO, false)] {
                let process = Process { since_boot: since_boot.clone(), ..began(0, by_date) };
                assert_eq!(
                    is_open(&done, &[status(&process, None, SeenOnPort::NotAsked)]),
                    !is_done,
                    "{what} {by_date}"
                );
            }
        }
        // A record of the future, and one that does not say when it was done.
        let future = SinceBoot { boot: "a".to_owned(), milliseconds: u64::MAX };
        let never = Operation { ended_at: None, ended_since_boot: None, ..done.clone() };
        for operation in [Operation { ended_since_boot: Some(future), ..done.clone() }, never] {
            assert!(is_open(&operation, &[status(&began(1_000, hour), None, SeenOnPort::NotAsked)]), "{operation:?}");
        }
    }

    #[test]
    fn a_namesake_is_no_restart() {
        let done = operation(Component::Kubelet, RestartState::Needed);
        let younger = status(&process(Component::Kubelet, 1_000), None, SeenOnPort::NotAsked);
        assert!(is_open(&done, &[ComponentStatus { telling: None, ..younger.clone() }]));
        assert!(!is_open(&done, &[younger]));
    }

    #[test]
    fn what_failed_must_show_its_port() {
        let process = process(Component::Kubelet, 1_000);
        let silent = status(&process, Some(10_250), SeenOnPort::Silent(Silence::Refused));
        assert!(is_open(&operation(Component::Kubelet, RestartState::Failed), std::slice::from_ref(&silent)));
        assert!(!is_open(&operation(Component::Kubelet, RestartState::Needed), &[silent]));
    }

    #[test]
    fn each_operation_counts_for_itself() {
        let of = |state, ended: u64| Operation {
            ended_since_boot: Some(since_boot(ended)),
            ..operation(Component::KubeApiserver, state)
        };
        let states = |operations: &[Operation], statuses: &[ComponentStatus]| -> Vec<RestartState> {
            open(operations, statuses).iter().map(|waiting| waiting.record.state).collect()
        };
        // What must be restarted is not done because something newer was read again.
        let (newer, older) = (of(RestartState::Unproven, 600_000), of(RestartState::Needed, 500_000));
        assert_eq!(states(&[newer.clone(), older.clone()], &[]), [RestartState::Needed]);
        let done = of(RestartState::Done, 600_000);
        assert_eq!(states(&[done, older.clone()], &[]), [RestartState::Needed]);
        // One that began between the two.
        let between = status(&process(Component::KubeApiserver, 50_000), None, SeenOnPort::NotAsked);
        assert_eq!(states(&[newer, older.clone()], &[between]), [RestartState::Unproven]);
        let undone = Operation { state: OperationState::Undone, ..older };
        assert_eq!(states(&[undone], &[]), []);
    }

    #[test]
    fn what_was_left_as_it_is_holds_the_old_files_until_it_is_younger() {
        let skipped = operation(Component::Kubelet, RestartState::Skipped);
        let [old, new] =
            [-1_000, 1_000].map(|began| status(&process(Component::Kubelet, began), None, SeenOnPort::NotAsked));
        assert!(!is_open(&skipped, std::slice::from_ref(&old)));
        assert_eq!([&old, &new].map(|status| told(&skipped, status).remedy), [Remedy::Restart, Remedy::Nothing]);
        let (operation, record) = (&skipped, &skipped.restarts[0]);
        let settled = Waiting { operation, record }.settled(&[new]);
        assert_eq!(settled, Some(Settled::Younger(CHANGED.0 + Duration::seconds(1))));
    }
}
