//! Restarts as a check list: keys in, commands out, without a terminal.

use std::sync::Arc;

use kubepki::model::{Command, Event, Job, Problem};
use kubepki::progress::Progress;
use kubepki::record::RestartState;

use crate::check_list::{HOLDING, ID, check_list, renewal, row};
use crate::support::changes::{answer, applied, applying, operation, planned, summary};
use crate::support::seen::{self, restarted, restarting};
use crate::support::stage::Stage;

fn history(stage: &Stage, at: usize) -> RestartState {
    let Some(Ok(history)) = &stage.app.world().history else {
        panic!("no history")
    };
    history.operations[0].restarts[at].state
}

#[test]
fn after_applying_the_cursor_stands_on_the_first_step() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("R");
    let (plan, request) = planned(&mut stage);
    answer(&mut stage, plan, summary(&request).expect("a plan"));
    stage.settle().keys("<enter>");
    assert_eq!(applying(&mut stage), [plan]);
    applied(
        &mut stage,
        plan,
        operation(ID, summary(&request).expect("a plan"), 0),
    );
    let text = stage.text();
    assert!(
        text.contains("1 component still holds the old ones, 1 may: A"),
        "{text}"
    );
    assert!(!text.contains("repaired"));
    assert!(row(&text, "kube-apiserver").contains("▌  [?]"), "{text}");
    // Until the disk was read again, and the page was seen, nothing is begun.
    stage.keys("<enter>");
    assert_eq!(restarting(&mut stage), [""; 0]);
    stage.event(Event::History(Ok(Arc::new(
        vec![operation(ID, summary(&request).expect("a plan"), 0)].into(),
    ))));
}

#[test]
fn enter_does_one_step_and_only_when_the_page_was_seen() {
    let mut stage = Stage::demo(80, 24);
    stage.event(Event::History(Ok(Arc::new(vec![renewal()].into()))));
    assert!(stage.text().contains("3 to restart"), "{}", stage.text());
    stage.keys("7 <enter> <enter>");
    assert_eq!(restarting(&mut stage), [""; 0]);
    assert!(
        stage.text().contains("restart: not taken"),
        "{}",
        stage.text()
    );
    stage.settle().keys("j <enter>");
    assert_eq!(restarting(&mut stage), ["kube-scheduler"]);
    assert!(
        row(&stage.text(), "kube-scheduler").contains("[…]"),
        "{}",
        stage.text()
    );
    // Nothing else changes meanwhile; one may leave.
    for (keys, words) in [
        ("<enter>", "a restart is under way"),
        ("A", "a restart is under way"),
        ("R", "a restart is under way"),
    ] {
        stage.settle().keys(keys);
        assert!(stage.text().contains(words), "{keys}: {}", stage.text());
    }
    assert_eq!(stage.asked(), []);
    stage.keys("q");
    assert_eq!(stage.asked(), [Command::Quit]);
    restarted(
        &mut stage,
        "kube-scheduler",
        RestartState::Done,
        "its process began at 03:16:07Z",
    );
    let text = stage.text();
    assert!(
        text.contains("kube-scheduler: its process began at 03:16:07Z; 2 components still hold"),
        "{text}"
    );
    assert!(
        row(&text, "kube-scheduler").contains("[x] kube-scheduler           its process began"),
        "{text}"
    );
    assert!(
        text.contains("1 of 3 done") && text.contains("2 to restart"),
        "{text}"
    );
    stage.settle().keys("<enter>");
    assert!(
        stage.text().contains("restart: it is done"),
        "{}",
        stage.text()
    );
    assert_eq!(restarting(&mut stage), [""; 0]);
}

#[test]
fn all_in_order_and_the_words_after_the_last() {
    let mut stage = check_list(renewal());
    stage.keys("A");
    for (at, component) in HOLDING.into_iter().enumerate() {
        assert_eq!(restarting(&mut stage), [component]);
        let text = stage.text();
        assert!(row(&text, component).contains("[…]"), "{text}");
        assert!(!text.contains("all 3 components"), "{text}");
        restarted(
            &mut stage,
            component,
            RestartState::Done,
            "its process began at 03:16:07Z",
        );
        assert_eq!(history(&stage, at), RestartState::Done);
    }
    assert_eq!(restarting(&mut stage), [""; 0]);
    let text = stage.text();
    assert!(
        text.contains("all 3 components hold the new certificates"),
        "{text}"
    );
    assert!(
        text.contains("3 of 3 done") && !text.contains("to restart"),
        "{text}"
    );
    // Nobody loses the list when the last tick appears.
    assert!(text.find("[x]") < text.find("What was done"), "{text}");
    assert!(
        text.lines()
            .any(|line| line.contains('▌') && line.contains("[x]")),
        "{text}"
    );
    stage.keys("7");
    assert!(
        stage
            .text()
            .lines()
            .any(|line| line.contains("Renew") && line.contains(" done")),
        "{}",
        stage.text()
    );
}

#[test]
fn what_is_waited_for_has_its_name_on_every_screen() {
    let mut stage = check_list(renewal());
    stage.keys("A");
    let asked = stage.asked();
    let [
        Command::Start {
            id,
            job: Job::Restart(_),
        },
    ] = asked[..]
    else {
        panic!("{asked:?}")
    };
    let what = "waiting for a new process of it".to_owned();
    stage.event(Event::Progress {
        id,
        progress: Progress {
            what,
            done: 0,
            total: 0,
        },
    });
    for keys in ["0", "2"] {
        stage.keys(keys);
        let words = "kube-controller-manager: waiting for a new process of it";
        assert!(stage.text().contains(words), "{keys}: {}", stage.text());
    }
}

#[test]
fn a_failure_ends_the_row_and_a_skip_is_remembered() {
    let mut stage = check_list(renewal());
    stage.keys("A");
    restarted(
        &mut stage,
        HOLDING[0],
        RestartState::Failed,
        "no process of it is seen",
    );
    let text = stage.text();
    assert!(
        text.contains("kube-controller-manager failed: no process of it is seen; 2 not begun"),
        "{text}"
    );
    assert!(
        row(&text, HOLDING[0]).contains("[!]")
            && text.contains("0 of 3 done; kube-controller-manager failed")
    );
    assert_eq!(restarting(&mut stage), HOLDING[..1]);
    stage.settle().keys("s");
    assert_eq!(restarting(&mut stage), ["-kube-controller-manager"]);
    let mut operation = renewal();
    operation.restarts[0].state = RestartState::Skipped;
    stage.event(Event::History(Ok(Arc::new(vec![operation].into()))));
    let text = stage.text();
    assert!(
        row(&text, HOLDING[0]).contains("[-]") && text.contains("2 to restart"),
        "{text}"
    );
    stage.keys("s");
    assert!(
        stage.text().contains("skip: it is skipped already"),
        "{}",
        stage.text()
    );
    // The rest goes on; what was left can still be done.
    stage.settle().keys("A");
    assert_eq!(restarting(&mut stage), ["kube-scheduler"]);
    let refused = Problem::new("another kubepki is at work");
    stage.event(Event::Restarted {
        component: "kube-scheduler".parse().expect("a component"),
        outcome: Err(refused),
    });
    assert!(
        stage.text().contains("another kubepki is at work"),
        "{}",
        stage.text()
    );
    assert_eq!(restarting(&mut stage), [""; 0]);
    stage.settle().keys("<enter>");
    assert_eq!(restarting(&mut stage), HOLDING[..1]);
}

#[test]
fn from_where_they_are_listed_the_ones_that_hold_old_files_are_restarted_in_order() {
    let mut stage = Stage::demo(80, 24);
    stage.event(Event::History(Ok(Arc::new(vec![renewal()].into()))));
    stage.keys("P");
    seen::answer(&mut stage);
    // Nothing is stopped that was not seen: not from the first screen, nor from the history.
    for keys in ["A", "7 A"] {
        stage.settle().keys(keys);
        assert_eq!(restarting(&mut stage), [""; 0]);
        assert!(
            stage
                .text()
                .contains("restart all: this screen has nothing for it"),
            "{}",
            stage.text()
        );
    }
    stage.keys("0").settle().keys("A");
    // etcd serves an old one, the others are waited for.
    let mut order = Vec::new();
    loop {
        let next = restarting(&mut stage);
        let [component] = &next[..] else { break };
        restarted(&mut stage, component, RestartState::Done, "seen");
        order.extend(next);
    }
    assert_eq!(
        order,
        [
            "etcd",
            "kube-controller-manager",
            "kube-scheduler",
            "kubelet"
        ]
    );
    // What etcd serves was not looked at again: nothing is said to be repaired.
    assert!(!stage.text().contains("all 4"), "{}", stage.text());
}
