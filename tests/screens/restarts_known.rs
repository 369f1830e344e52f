//! Restarts that need no doing any more, or still do: what the history and a look at the processes
//! and ports say.

use std::sync::Arc;

use kubepki::inventory::process::{Keeper, Process};
use kubepki::kubernetes::flags::FlagFact;
use kubepki::model::route::RouteName;
use kubepki::model::{Event, Reading};
use kubepki::record::RestartState;
use kubepki::running::Observation;
use time::Duration;

use crate::check_list::{HOLDING, check_list, renewal, row, whole_renewal};
use crate::support::seen::{self, observed, probing, restarted, restarting};
use crate::support::stage::{self, MOMENT, Stage};

#[test]
fn the_history_says_what_is_still_to_be_restarted() {
    for (columns, words) in [(80, " 3 to restart │"), (40, " restart │")] {
        let mut stage = Stage::demo(columns, 24);
        stage.event(Event::History(Ok(Arc::new(vec![renewal()].into()))));
        stage.keys("7");
        assert!(
            stage
                .text()
                .lines()
                .any(|line| line.contains("Renew") && line.contains(words)),
            "{}",
            stage.text()
        );
    }
}

#[test]
fn what_was_cut_off_is_said_at_the_start() {
    let mut operation = renewal();
    operation.restarts[1].state = RestartState::Begun;
    operation.restarts[1].at = Some(MOMENT);
    let mut app = kubepki::app::App::new(stage::setup());
    let start = app.start();
    let mut stage = Stage::demo(80, 24);
    stage.app = app;
    stage.commands = start;
    stage.read(Ok(stage::reading()));
    stage.event(Event::History(Ok(Arc::new(vec![operation].into()))));
    let text = stage.text();
    assert!(
        text.contains("restarting kube-scheduler was interrupted (7 shows where it stands)"),
        "{text}"
    );
    assert!(text.contains("3 to restart"), "{text}");
    stage.keys("7");
    assert!(
        stage.text().contains("restart interrupted"),
        "{}",
        stage.text()
    );
    stage.keys("<enter>").settle();
    let text = stage.text();
    assert!(
        row(&text, "kube-scheduler")
            .contains("[!] kube-scheduler           interrupted: it was begun 22 Nov"),
        "{text}"
    );
    stage.asked();
    stage.keys("A");
    assert_eq!(restarting(&mut stage), HOLDING[..1]);
}

/// The flag of a component by which its manifest tells it from others of its name.
fn told(component: &str) -> Vec<FlagFact> {
    let value = format!(
        "/etc/kubernetes/{}.conf",
        component.trim_start_matches("kube-")
    );
    let component = component.parse().expect("a component");
    let (flag, file) = ("kubeconfig".to_owned(), "/proc/7/cmdline".to_owned());
    vec![FlagFact {
        component,
        flag,
        value,
        file,
        line: 1,
    }]
}

#[test]
fn what_somebody_else_restarted_is_no_step_any_more() {
    let mut stage = check_list(renewal());
    stage.keys("P");
    let (id, _) = probing(&mut stage).remove(0);
    let process = |(pid, component): (u32, &&str)| Process {
        pid,
        component: component.parse().expect("a component"),
        started_at: MOMENT
            + Duration::minutes(if *component == "kube-scheduler" {
                9
            } else {
                -9
            }),
        since_boot: None,
        keeper: Keeper::Unknown,
        flags: told(component),
    };
    let processes = Some((7..).zip(&HOLDING).map(process).collect());
    observed(
        &mut stage,
        id,
        Observation {
            processes,
            ..Observation::default()
        },
    );
    let text = stage.text();
    let words = "[x] kube-scheduler           somebody restarted it: it began 22 Nov 03:21Z";
    assert!(row(&text, "kube-scheduler").contains(words), "{text}");
    assert!(
        text.contains("1 of 3 done") && text.contains("2 to restart"),
        "{text}"
    );
    stage.settle().keys("A");
    assert_eq!(restarting(&mut stage), ["kube-controller-manager"]);
    restarted(
        &mut stage,
        "kube-controller-manager",
        RestartState::Done,
        "done",
    );
    assert_eq!(restarting(&mut stage), ["kubelet"]);
}

#[test]
fn an_operation_that_was_undone_asks_for_nothing() {
    let mut operation = renewal();
    operation.state = kubepki::record::OperationState::Undone;
    let mut stage = check_list(operation);
    assert_eq!(stage.app.route().name(), RouteName::Operation);
    assert!(!stage.text().contains("to restart"), "{}", stage.text());
    stage.keys("A");
    assert!(
        stage
            .text()
            .contains("nothing here is known to hold old files"),
        "{}",
        stage.text()
    );
    let mut closed = Stage::with(
        stage::setup(),
        Reading {
            closed: Some("no"),
            ..stage::reading()
        },
        80,
        24,
    );
    closed.event(Event::History(Ok(Arc::new(vec![renewal()].into()))));
    closed.keys("7 <enter>").settle().keys("<enter>");
    assert_eq!(restarting(&mut closed), [""; 0]);
    assert!(
        closed.text().contains("not from here: no"),
        "{}",
        closed.text()
    );
}

#[test]
fn what_reads_its_files_by_itself_shows_it_on_its_port() {
    let mut stage = check_list(whole_renewal());
    let text = stage.text();
    assert!(
        row(&text, "etcd").contains("▌  [?]") && text.contains("5 to restart"),
        "{text}"
    );
    stage.keys("P");
    let (id, asked) = probing(&mut stage).remove(0);
    // The API server serves what is on the disk; etcd serves an old one.
    observed(&mut stage, id, seen::observation(&asked));
    let text = stage.text();
    assert!(row(&text, "kube-apiserver").contains("[x]"), "{text}");
    assert!(
        row(&text, "etcd").contains("[?]") && text.contains("4 to restart"),
        "{text}"
    );
    // In the order in which they stand on the page.
    stage.settle().keys("A");
    assert_eq!(restarting(&mut stage), ["etcd"]);
}
