use time::Duration;
use time::macros::datetime;

use super::*;
use crate::inventory::process::{Keeper, SinceBoot};
use crate::record::{By, PlanSummary, RestartSummary};
use crate::running::{SeenOnPort, Silence};

/// When the files had changed, by the date and by the kernel's clock.
const CHANGED: (OffsetDateTime, u64) = (datetime!(2026-11-22 11:45:04 UTC), 500_000);

fn since_boot(milliseconds: u64) -> SinceBoot {
    SinceBoot {
        boot: "a".to_owned(),
        milliseconds,
    }
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
        plan: PlanSummary {
            title: "Renew x".to_owned(),
            restarts: vec![planned],
            ..PlanSummary::default()
        },
        state: OperationState::Done,
        by: By::default(),
        started_at: CHANGED.0 - Duration::seconds(1),
        ended_at: Some(CHANGED.0),
        ended_since_boot: Some(since_boot(CHANGED.1)),
        error: None,
        restarts: vec![RestartRecord {
            state,
            ..RestartRecord::new(component, true)
        }],
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
        for state in [
            RestartState::Needed,
            RestartState::Unproven,
            RestartState::Begun,
            RestartState::Failed,
        ] {
            let operation = operation(component, state);
            // Between its beginning and its end too: it may have read the old file. A start is
            // known to a hundredth.
            for (began, is_younger) in [
                (-1_229_000, false),
                (-500, false),
                (-10, false),
                (0, false),
                (10, true),
            ] {
                for port in [None, Some(10_250)] {
                    let status = status(&process(component, began), port, SeenOnPort::NotAsked);
                    // One that failed must show its port.
                    let is_done = is_younger && (state != RestartState::Failed || port.is_none());
                    let statuses = std::slice::from_ref(&status);
                    assert_eq!(
                        is_open(&operation, statuses),
                        !is_done,
                        "{component} {state:?} {began} {port:?}"
                    );
                    let told = told(&operation, &status);
                    assert!(
                        !told.stale.is_empty() || is_younger || state == RestartState::Unproven,
                        "{told:?}"
                    );
                    assert_eq!(
                        told.remedy == Remedy::Restart,
                        !told.stale.is_empty(),
                        "{told:?}"
                    );
                    assert!(
                        is_open(&operation, &[told]) != is_done,
                        "what is told leads to the same"
                    );
                }
            }
            assert!(is_open(&operation, &[]), "{component}: nobody looked");
            let unseen = ComponentStatus {
                process: None,
                telling: None,
                ..status(&process(component, 10), None, SeenOnPort::NotAsked)
            };
            assert!(
                is_open(&operation, &[unseen]),
                "{component}: no process of it was seen"
            );
        }
    }
}

const HOUR: Duration = Duration::HOUR;

/// A kubelet that began so many milliseconds after the change by the kernel's clock, and so long
/// after it by the date.
fn began(milliseconds: i64, by_date: Duration) -> Process {
    Process {
        started_at: CHANGED.0 + by_date,
        ..process(Component::Kubelet, milliseconds)
    }
}

fn unasked(process: &Process) -> ComponentStatus {
    status(process, None, SeenOnPort::NotAsked)
}

#[test]
fn who_sets_the_clock_makes_nothing_done() {
    let done = operation(Component::Kubelet, RestartState::Needed);
    for (process, is_done, words) in [
        // The date was set forward: what is older looks younger.
        (
            began(-1_000, HOUR),
            false,
            "the machine's clock was set since",
        ),
        // It was set back: what is younger looks older.
        (began(1_000, -HOUR), true, ""),
        (
            began(-1_000, -HOUR),
            false,
            "started (2026-11-22 10:45:04Z) before \"Renew x\" was done (2026-11-22 11:45:04Z)",
        ),
    ] {
        let status = unasked(&process);
        assert_eq!(
            is_open(&done, std::slice::from_ref(&status)),
            !is_done,
            "{process:?}"
        );
        let told = told(&done, &status);
        assert!(
            told.why.ends_with(words) && (told.remedy == Remedy::Nothing) == is_done,
            "{}",
            told.why
        );
    }
}

#[test]
fn without_the_kernels_clock_there_is_only_the_date() {
    let done = operation(Component::Kubelet, RestartState::Needed);
    let another = SinceBoot {
        boot: "b".to_owned(),
        milliseconds: 9,
    };
    for since_boot in [None, Some(another)] {
        for (by_date, is_done) in [(HOUR, true), (-HOUR, false), (Duration::ZERO, false)] {
            let process = Process {
                since_boot: since_boot.clone(),
                ..began(0, by_date)
            };
            assert_eq!(
                is_open(&done, &[unasked(&process)]),
                !is_done,
                "{since_boot:?} {by_date}"
            );
        }
    }
}

#[test]
fn an_operation_whose_end_is_unknown_or_to_come_is_open() {
    let done = operation(Component::Kubelet, RestartState::Needed);
    let future = SinceBoot {
        boot: "a".to_owned(),
        milliseconds: u64::MAX,
    };
    let never = Operation {
        ended_at: None,
        ended_since_boot: None,
        ..done.clone()
    };
    for operation in [
        Operation {
            ended_since_boot: Some(future),
            ..done.clone()
        },
        never,
    ] {
        assert!(
            is_open(&operation, &[unasked(&began(1_000, HOUR))]),
            "{operation:?}"
        );
    }
}

#[test]
fn a_namesake_is_no_restart() {
    let done = operation(Component::Kubelet, RestartState::Needed);
    let younger = status(
        &process(Component::Kubelet, 1_000),
        None,
        SeenOnPort::NotAsked,
    );
    assert!(is_open(
        &done,
        &[ComponentStatus {
            telling: None,
            ..younger.clone()
        }]
    ));
    assert!(!is_open(&done, &[younger]));
}

#[test]
fn what_failed_must_show_its_port() {
    let process = process(Component::Kubelet, 1_000);
    let silent = status(&process, Some(10_250), SeenOnPort::Silent(Silence::Refused));
    assert!(is_open(
        &operation(Component::Kubelet, RestartState::Failed),
        std::slice::from_ref(&silent)
    ));
    assert!(!is_open(
        &operation(Component::Kubelet, RestartState::Needed),
        &[silent]
    ));
}

#[test]
fn each_operation_counts_for_itself() {
    let of = |state, ended: u64| Operation {
        ended_since_boot: Some(since_boot(ended)),
        ..operation(Component::KubeApiserver, state)
    };
    let states = |operations: &[Operation], statuses: &[ComponentStatus]| -> Vec<RestartState> {
        open(operations, statuses)
            .iter()
            .map(|waiting| waiting.record.state)
            .collect()
    };
    // What must be restarted is not done because something newer was read again.
    let (newer, older) = (
        of(RestartState::Unproven, 600_000),
        of(RestartState::Needed, 500_000),
    );
    assert_eq!(
        states(&[newer.clone(), older.clone()], &[]),
        [RestartState::Needed]
    );
    let done = of(RestartState::Done, 600_000);
    assert_eq!(states(&[done, older.clone()], &[]), [RestartState::Needed]);
    // One that began between the two.
    let between = status(
        &process(Component::KubeApiserver, 50_000),
        None,
        SeenOnPort::NotAsked,
    );
    assert_eq!(
        states(&[newer, older.clone()], &[between]),
        [RestartState::Unproven]
    );
    let undone = Operation {
        state: OperationState::Undone,
        ..older
    };
    assert_eq!(states(&[undone], &[]), []);
}

#[test]
fn what_was_left_as_it_is_holds_the_old_files_until_it_is_younger() {
    let skipped = operation(Component::Kubelet, RestartState::Skipped);
    let [old, new] = [-1_000, 1_000].map(|began| {
        status(
            &process(Component::Kubelet, began),
            None,
            SeenOnPort::NotAsked,
        )
    });
    assert!(!is_open(&skipped, std::slice::from_ref(&old)));
    assert_eq!(
        [&old, &new].map(|status| told(&skipped, status).remedy),
        [Remedy::Restart, Remedy::Nothing]
    );
    let (operation, record) = (&skipped, &skipped.restarts[0]);
    let settled = Waiting { operation, record }.settled(&[new]);
    assert_eq!(
        settled,
        Some(Settled::Younger(CHANGED.0 + Duration::seconds(1)))
    );
}
