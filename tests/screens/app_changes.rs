//! Changes: keys in, plans and applications of plans out, without a terminal.

use kubepki::inventory::ItemIndex;
use kubepki::inventory::state::Status;
use kubepki::model::route::RouteName;
use kubepki::model::{Command, Event, Job, PlanId, Problem, Reading};
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::record::PlanSummary;
use time::Duration;

use crate::support::changes::{answer, applied, applying, make, operation, planned, summary};
use crate::support::stage::{self, MOMENT, Stage};

const ID: &str = "20261122T041200Z-4f2a9c";

fn items(request: &Request) -> Vec<String> {
    let Request::Renew(RenewRequest {
        what: Selection::Items(items),
        ..
    }) = request
    else {
        panic!("{request:?}")
    };
    items.iter().map(ToString::to_string).collect()
}

fn route(stage: &Stage) -> RouteName {
    stage.app.route().name()
}

#[test]
fn what_is_due_is_renewed_with_one_key() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ scheduler <enter> r");
    let (plan, request) = planned(&mut stage);
    assert_eq!(items(&request), ["scheduler.conf"]);
    answer(&mut stage, plan, summary(&request).expect("a plan"));
    assert_eq!(
        route(&stage),
        RouteName::Expiring,
        "nobody is asked: {}",
        stage.text()
    );
    assert_eq!(applying(&mut stage), [plan]);
    assert!(stage.text().contains("applying"), "{}", stage.text());
    let done = operation(ID, summary(&request).expect("a plan"), 1);
    stage.event(Event::Applied {
        plan,
        operation: Ok(Box::new(done)),
    });
    let text = stage.text();
    assert!(
        text.contains(
            "renewed scheduler.conf; 1 component still holds the old one: 0 A restarts it;"
        ),
        "{text}"
    );
    let asked = stage.asked();
    assert!(matches!(asked[..], [Command::Start { job: Job::Read, .. }]));
    // Until the disk was read again nobody knows what is there.
    stage.keys("r");
    assert!(stage.text().contains("a change is under way"));
    assert_eq!(stage.asked(), []);
    // Then that is not true any more, and what became of the change is said.
    stage.commands = asked;
    stage.read(Ok(stage::reading()));
    let text = stage.text();
    assert!(
        !text.contains("under way") && text.contains("renewed scheduler.conf;"),
        "{text}"
    );
}

#[test]
fn what_must_be_looked_at_opens_its_review_with_the_reason() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ etcd-server <enter> r");
    let (plan, summary) = make(&mut stage);
    let reason = summary.ask().expect("it is not due");
    assert_eq!(route(&stage), RouteName::Review);
    assert_eq!(applying(&mut stage), []);
    let text = stage.text();
    assert!(
        text.contains(&reason[..40.min(reason.len())]),
        "{reason}: {text}"
    );
    stage.settle().keys("<enter>");
    assert_eq!(applying(&mut stage), [plan]);
}

#[test]
fn a_page_takes_its_key_only_when_it_was_seen() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("R");
    make(&mut stage);
    stage.keys("<enter> <enter>");
    assert_eq!(applying(&mut stage), []);
    assert!(
        stage
            .text()
            .contains("apply: not taken, this page had only just come up"),
        "{}",
        stage.text()
    );
    stage.settle().keys("<enter>");
    assert_eq!(applying(&mut stage).len(), 1);
    // A page that was covered before it was seen is asked for again.
    let mut stage = Stage::demo(80, 24);
    stage.keys("1 <enter>").keys("<esc> j r");
    assert!(stage.text().contains("not taken"), "{}", stage.text());
    stage.settle().keys("r");
    planned(&mut stage);
}

/// Every way in which answers may fall between the keys of a burst.
#[test]
fn a_burst_changes_at_most_one_operation() {
    let due = summary(&Request::Renew(RenewRequest::new(Selection::Due))).expect("a plan");
    let reading = stage::reading();
    for plan_after in 1..=6 {
        for seen_after in 0..=6 {
            for done_after in 1..=6 {
                let mut stage = Stage::with(stage::setup(), reading.clone(), 80, 24);
                let mut applications = 0;
                for (at, key) in (1..).zip(["R", "<enter>", "<enter>", "r", "r"]) {
                    stage.keys(key);
                    if at >= plan_after {
                        answer_all(&mut stage, &due, at >= done_after, &mut applications);
                    }
                    if at >= seen_after {
                        stage.event(Event::Settled(1));
                        stage.event(Event::Settled(2));
                    }
                }
                answer_all(&mut stage, &due, true, &mut applications);
                assert!(applications <= 1, "{plan_after} {seen_after} {done_after}");
            }
        }
    }
}

fn answer_all(stage: &mut Stage, summary: &PlanSummary, applies: bool, applications: &mut usize) {
    for command in stage.asked() {
        match command {
            Command::Start {
                job: Job::Plan { plan, .. },
                ..
            } => answer(stage, plan, summary.clone()),
            Command::Start {
                job: Job::Apply(plan),
                ..
            } => {
                *applications += 1;
                if applies {
                    applied(stage, plan, operation(ID, summary.clone(), 1));
                }
            }
            _ => {}
        }
    }
}

#[test]
fn nothing_due_is_a_word_with_the_next_date() {
    let mut inventory = (*stage::reading().inventory).clone();
    // What is healthy, and who signed it.
    let demo = Stage::demo(80, 24);
    for (index, item) in (0..).map(ItemIndex).zip(&mut inventory.items) {
        item.in_use &= matches!(
            demo.app.world().status(index),
            Status::Ok | Status::Expiring
        );
    }
    inventory.kubeconfigs.clear();
    for (reading, word) in [
        (
            Reading::new(inventory),
            "nothing is due: next etcd-healthcheck-client on 21 Apr 2027",
        ),
        (stage::reading(), "nothing is due, yet "),
    ] {
        let mut stage = Stage::with(stage::setup(), reading, 80, 24);
        stage.keys("R");
        let (plan, _) = planned(&mut stage);
        answer(&mut stage, plan, PlanSummary::default());
        assert_eq!(route(&stage), RouteName::Expiring);
        assert!(stage.text().contains(word), "{}", stage.text());
    }
}

#[test]
fn several_are_selected_and_renewed_together() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ etcd- <enter> <space> <space>");
    assert!(stage.text().contains("2 selected"), "{}", stage.text());
    stage.keys("<esc>");
    assert!(stage.text().contains("2 selected"), "the filter goes first");
    stage.keys("r");
    let (plan, request) = planned(&mut stage);
    assert_eq!(items(&request), ["etcd-healthcheck-client", "etcd-peer"]);
    answer(&mut stage, plan, summary(&request).expect("a plan"));
    stage.settle().keys("<enter>");
    assert_eq!(applying(&mut stage), [plan]);
    applied(
        &mut stage,
        plan,
        operation(ID, summary(&request).expect("a plan"), 1),
    );
    assert!(stage.app.world().selected.is_empty());
    assert_eq!(route(&stage), RouteName::Operation);
    let text = stage.text();
    assert!(
        text.contains("Restart") && text.contains("renewed 2 certificates; "),
        "{text}"
    );
    // Esc unselects, and what a page is about is renewed alone.
    stage.keys("2 <space> <esc>");
    assert!(stage.app.world().selected.is_empty());
}

#[test]
fn what_a_filter_hides_is_not_renewed_unseen() {
    for (filter, expected) in [
        ("/ sched <enter>", RouteName::Expiring),
        ("/ etcd-peer <enter>", RouteName::Review),
    ] {
        let mut stage = Stage::demo(80, 24);
        stage
            .keys("/ sched <enter> <space> <esc>")
            .keys(filter)
            .keys("r");
        let (_, request) = planned(&mut stage);
        assert_eq!(
            (items(&request), route(&stage)),
            (vec!["scheduler.conf".to_owned()], expected),
            "{filter}"
        );
    }
}

#[test]
fn a_page_renews_what_it_is_about() {
    for (keys, expected) in [
        ("/ etcd-peer <enter> <enter>", "etcd-peer"),
        ("4 <enter>", "admin.conf"),
    ] {
        let mut stage = Stage::demo(80, 24);
        stage.keys(keys).settle().keys("r");
        assert_eq!(items(&planned(&mut stage).1), [expected]);
    }
}

#[test]
fn settled_pages_belong_to_the_moment() {
    // A read that fails keeps what was known, and lets the next change begin.
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ scheduler <enter> r");
    let (plan, made) = make(&mut stage);
    applied(&mut stage, plan, operation(ID, made, 1));
    stage.read(Err(Problem::new("the disk is gone")));
    stage.keys("r");
    assert_ne!(planned(&mut stage).0, PlanId(0));
    stage.event(Event::Moment(MOMENT + Duration::days(1)));
}
