//! What was done, and how it is taken back: keys in, commands and pages out, without a terminal.

use std::sync::Arc;

use kubepki::model::route::RouteName;
use kubepki::model::{Command, Event, Job, PlanRefusal, Problem};
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::record::{Damaged, History, OperationState, PlanSummary, RecoveryWay};

use crate::support::changes::{answer, applied, applying, make, operation, planned, summary};
use crate::support::stage::{self, Stage};

const ID: &str = "20261122T041200Z-4f2a9c";

fn route(stage: &Stage) -> RouteName {
    stage.app.route().name()
}

#[test]
fn undo_takes_the_newest_back_at_once() {
    let mut stage = Stage::demo(80, 24);
    let renewal = summary(&Request::Renew(RenewRequest::new(Selection::Due))).expect("a plan");
    let done = operation(ID, renewal.clone(), 1);
    stage.event(Event::History(Ok(Arc::new(vec![done].into()))));
    stage.keys("u");
    let (plan, request) = planned(&mut stage);
    assert_eq!(request, Request::Undo(None));
    let back = PlanSummary {
        title: format!("Undo: {}", renewal.title),
        issues: Vec::new(),
        asks: Vec::new(),
        ..renewal
    };
    answer(&mut stage, plan, back.clone());
    assert_eq!(applying(&mut stage), [plan]);
    let mut undo = operation("20261122T051200Z-000000", back, 2);
    undo.undoes = Some(ID.to_owned());
    applied(&mut stage, plan, undo);
    let text = stage.text();
    assert!(
        text.contains("5 certificates taken back, 7 files as before; restart kube-scheduler"),
        "{text}"
    );
    assert_eq!(route(&stage), RouteName::Expiring);
}

#[test]
fn a_conflict_is_a_page_that_names_the_files() {
    let mut stage = Stage::demo(80, 24);
    let renewal = summary(&Request::Renew(RenewRequest::new(Selection::Due))).expect("a plan");
    stage.event(Event::History(Ok(Arc::new(
        vec![operation(ID, renewal, 1)].into(),
    ))));
    stage.keys("u");
    let (plan, _) = planned(&mut stage);
    let why = vec!["/etc/kubernetes/admin.conf has changed since".to_owned()];
    let conflict = Problem {
        why,
        ..Problem::new("\"Renew\" cannot be undone")
    }
    .hint("it is undone only as a whole");
    stage.event(Event::Planned {
        plan,
        summary: Err(PlanRefusal::Problem(conflict)),
    });
    let text = stage.text();
    for words in [
        "Not done",
        "cannot be undone",
        "admin.conf has changed since",
        "only as a whole",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(
        text.contains("a try again") && !text.contains("options"),
        "{text}"
    );
    stage.asked();
    stage.keys("a");
    assert_eq!(planned(&mut stage).1, Request::Undo(None));
    assert_eq!(route(&stage), RouteName::Review);
    stage.keys("<esc>");
    assert_eq!(route(&stage), RouteName::Expiring);
    // Where a word says it all there is no page.
    stage.keys("u");
    let (plan, _) = planned(&mut stage);
    let nothing = Problem::new("there is nothing left to undo");
    stage.event(Event::Planned {
        plan,
        summary: Err(PlanRefusal::Problem(nothing)),
    });
    assert_eq!(route(&stage), RouteName::Expiring);
    assert!(stage.text().contains("there is nothing left to undo"));
}

#[test]
fn the_history_opens_undoes_copies_and_prunes() {
    let mut stage = Stage::demo(80, 24);
    let renewal = summary(&Request::Renew(RenewRequest::new(Selection::Due))).expect("a plan");
    let mut older = operation("20261120T041200Z-000001", renewal.clone(), -48);
    older.undone_by = Some("x".to_owned());
    older.state = OperationState::Undone;
    stage.event(Event::History(Ok(Arc::new(
        vec![operation(ID, renewal, 1), older].into(),
    ))));
    stage.keys("7");
    let text = stage.text();
    let told = stage.app.spoken();
    assert!(
        told.page
            .iter()
            .chain([&told.line])
            .all(|line| !line.contains('▌')),
        "{told:?}"
    );
    assert!(
        text.contains("7 History·2") && text.contains("root (alice)") && text.contains("undone"),
        "{text}"
    );
    stage.settle().keys("u");
    assert_eq!(planned(&mut stage).1, Request::Undo(Some(ID.to_owned())));
    let mut stage = reopened(&stage);
    stage.keys("7 j").settle().keys("u");
    assert!(
        stage.text().contains("it is undone already"),
        "{}",
        stage.text()
    );
    stage.keys("k <enter>");
    assert_eq!(route(&stage), RouteName::Operation);
    stage.settle().keys("u");
    assert_eq!(planned(&mut stage).1, Request::Undo(Some(ID.to_owned())));
    let mut stage = reopened(&stage);
    stage.keys("7 P");
    assert_eq!(planned(&mut stage).1, Request::Prune);
    assert_eq!(route(&stage), RouteName::Review);
}

/// The same master and history in a fresh program.
fn reopened(stage: &Stage) -> Stage {
    let world = stage.app.world();
    let mut fresh = Stage::with(stage::setup(), world.reading.clone(), 80, 24);
    fresh.event(Event::History(world.history.clone().expect("a history")));
    fresh.asked();
    fresh
}

#[test]
fn what_was_not_done_is_said() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ scheduler <enter> r");
    let (plan, made) = make(&mut stage);
    let mut operation = operation(ID, made, 1);
    operation.state = OperationState::RolledBack;
    operation.error = Some("no space left on device".to_owned());
    applied(&mut stage, plan, operation);
    assert_eq!(route(&stage), RouteName::Operation);
    let text = stage.text();
    assert!(
        text.contains("not done: all is as it was") && text.contains("no space left on device"),
        "{text}"
    );
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ scheduler <enter> r");
    let (plan, _) = make(&mut stage);
    let held = Problem::new("another kubepki holds /etc/kubernetes").hint("wait for process 4711");
    stage.event(Event::Applied {
        plan,
        operation: Err(held),
    });
    assert_eq!(route(&stage), RouteName::Review);
    assert!(stage.text().contains("process 4711"), "{}", stage.text());
}

#[test]
fn an_unfinished_operation_offers_both_ways() {
    let mut stage = Stage::demo(80, 24);
    let renewal = summary(&Request::Renew(RenewRequest::new(Selection::Due))).expect("a plan");
    let mut open = operation(ID, renewal.clone(), 1);
    open.state = OperationState::Committing;
    let done = operation("20261120T041200Z-000001", renewal, -48);
    stage.event(Event::History(Ok(Arc::new(vec![open, done].into()))));
    stage.keys("7").settle().keys("j F");
    assert!(
        stage.text().contains("it came to its end"),
        "{}",
        stage.text()
    );
    stage.keys("k");
    assert!(
        stage.text().contains("F finish it  B take back"),
        "{}",
        stage.text()
    );
    stage.keys("<enter>");
    let text = stage.text();
    assert!(
        text.contains("F finishes it")
            && text.contains("B takes it back")
            && !text.contains("Restart"),
        "{text}"
    );
    stage.asked();
    for (key, way) in [("F", RecoveryWay::Forward), ("B", RecoveryWay::Back)] {
        stage.settle().keys(key);
        let asked = stage.asked();
        let [
            Command::Start {
                job: Job::Recover { id, way: asked },
                ..
            },
        ] = &asked[..]
        else {
            panic!("{asked:?}")
        };
        assert_eq!((&**id, *asked), (ID, way));
    }
}

#[test]
fn a_history_that_cannot_be_read_says_so_whole() {
    let mut stage = Stage::demo(40, 12);
    let why = "it may be written to by others".to_owned();
    let problem = Problem {
        why: vec![why],
        ..Problem::new("/mnt/disk/var/lib is not private")
    };
    stage.event(Event::History(Err(
        problem.hint("chmod go-w /mnt/disk/var/lib")
    )));
    stage.keys("7");
    let text = stage.text();
    for words in ["may be written to", "chmod go-w", "/mnt/disk/var/lib"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("nothing was done"), "{text}");
    stage.keys("!");
    assert!(stage.text().contains("is not private"), "{}", stage.text());
}

#[test]
fn what_cannot_be_read_any_more_is_counted_and_named() {
    let mut stage = Stage::demo(80, 24);
    let renewal = summary(&Request::Renew(RenewRequest::new(Selection::Due))).expect("a plan");
    let damaged = Damaged {
        id: "20261121T041200Z-000002".to_owned(),
        why: "it is torn".to_owned(),
    };
    for (operations, more) in [
        (vec![operation(ID, renewal, 1)], "Renew what is due"),
        (Vec::new(), "of what was done"),
    ] {
        let history = History {
            operations,
            damaged: vec![damaged.clone()],
        };
        stage.event(Event::History(Ok(Arc::new(history))));
        stage.keys("7");
        let text = stage.text();
        assert!(
            text.contains("1 damaged record") && text.contains(more),
            "{text}"
        );
        assert!(!text.contains("nothing was done"), "{text}");
        stage.keys("!");
        let text = stage.text();
        assert!(
            text.contains(&damaged.id) && text.contains("it is torn"),
            "{text}"
        );
        stage.keys("<esc>");
    }
}

#[test]
fn the_titles_take_the_room_that_is_there() {
    for columns in [80, 120] {
        let mut stage = Stage::demo(columns, 24);
        let renewal = summary(&Request::Renew(RenewRequest::new(Selection::Due))).expect("a plan");
        let title = "Undo: Renew what is due: 12 certificates";
        let mut undo = operation(
            ID,
            PlanSummary {
                title: title.to_owned(),
                ..renewal
            },
            1,
        );
        // What must still be restarted is worth more than the end of a title.
        undo.restarts.clear();
        stage.event(Event::History(Ok(Arc::new(vec![undo].into()))));
        stage.keys("7");
        assert!(stage.text().contains(title), "{}", stage.text());
    }
}
