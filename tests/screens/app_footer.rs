//! Header, footer and toasts of a change: what may be done, what is said, and that nothing of it is
//! cut.

use std::sync::Arc;

use kubepki::model::{Command, Event, Problem, Reading};
use kubepki::plan::{RenewRequest, Request, Selection};

use crate::support::changes::{answer, applying, operation, planned, summary};
use crate::support::stage::{self, Stage};

const ID: &str = "20261122T041200Z-4f2a9c";

#[test]
fn what_cannot_be_written_is_read_only_with_the_reason() {
    let reading = Reading {
        closed: Some("the file system is mounted read-only"),
        ..stage::reading()
    };
    let mut stage = Stage::with(stage::setup(), reading, 80, 24);
    assert!(
        stage.text().contains("read-only") && !stage.text().contains("r renew"),
        "{}",
        stage.text()
    );
    stage.asked();
    stage.keys("R");
    assert!(
        stage
            .text()
            .contains("renew due: the file system is mounted read-only"),
        "{}",
        stage.text()
    );
    assert_eq!(stage.asked(), []);
}

#[test]
fn nothing_that_matters_is_cut_where_the_screen_is_narrow() {
    let mut stage = Stage::demo(40, 12);
    let first = stage.text().lines().next().unwrap_or_default().to_owned();
    assert!(first.contains("due rw 03:12Z"), "{first}");
    let words = "renewed 12 certificates; 3 components still hold the old ones; u undoes";
    stage.event(Event::Notice(Problem::new(words)));
    let told: Vec<String> = stage
        .text()
        .lines()
        .rev()
        .take(2)
        .map(|line| line.trim().to_owned())
        .collect();
    assert_eq!(format!("{} {}", told[1], told[0]), words);
    let mut wide = Stage::demo(80, 24);
    let renewal = summary(&Request::Renew(RenewRequest::new(Selection::Due))).expect("a plan");
    wide.event(Event::History(Ok(Arc::new(
        vec![operation(ID, renewal, 1)].into(),
    ))));
    let footer = wide.text();
    for hint in [
        "r renew",
        "R renew due",
        "u undo",
        "Space select",
        "o options",
        "? help",
        "q quit",
    ] {
        assert!(footer.contains(hint), "{hint}: {footer}");
    }
}

#[test]
fn a_key_that_is_held_never_gets_through() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("R");
    let (plan, request) = planned(&mut stage);
    answer(&mut stage, plan, summary(&request).expect("a plan"));
    let asked = |stage: &Stage| match stage.commands.last() {
        Some(Command::Settle(page)) => *page,
        other => panic!("{other:?}"),
    };
    let first = asked(&stage);
    stage.keys("<enter>");
    assert_ne!(asked(&stage), first);
    stage.event(Event::Settled(first));
    stage.keys("<enter>");
    assert_eq!(
        applying(&mut stage),
        [],
        "half a second without a key has not passed"
    );
    stage.settle().keys("<enter>");
    assert_eq!(applying(&mut stage), [plan]);
}
