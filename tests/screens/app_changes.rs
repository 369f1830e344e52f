//! Changes: keys in, plans and applications of plans out, without a terminal.

use std::sync::Arc;

use kubepki::app::Setup;
use kubepki::inventory::ItemIndex;
use kubepki::inventory::state::Status;
use kubepki::model::route::RouteName;
use kubepki::model::world::Settings;
use kubepki::model::{Command, Event, Job, Key, Mouse, MouseKind, PlanId, PlanRefusal, Problem, Reading};
use kubepki::plan::{Passphrase, RenewRequest, Request, Selection};
use kubepki::record::PlanSummary;
use time::Duration;

use crate::support::changes::{answer, applied, applying, make, operation, planned, summary};
use crate::support::stage::{self, MOMENT, Stage};

const ID: &str = "20261122T041200Z-4f2a9c";

fn items(request: &Request) -> Vec<String> {
    let Request::Renew(RenewRequest { what: Selection::Items(items), .. }) = request else { panic!("{request:?}") };
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
    assert_eq!(route(&stage), RouteName::Expiring, "nobody is asked: {}", stage.text());
    assert_eq!(applying(&mut stage), [plan]);
    assert!(stage.text().contains("applying"), "{}", stage.text());
    let done = operation(ID, summary(&request).expect("a plan"), 1);
    stage.event(Event::Applied { plan, operation: Ok(Box::new(done)) });
    let text = stage.text();
    assert!(text.contains("renewed scheduler.conf; 1 component still holds the old one: 0 A restarts it;"), "{text}");
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
    assert!(!text.contains("under way") && text.contains("renewed scheduler.conf;"), "{text}");
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
    assert!(text.contains(&reason[..40.min(reason.len())]), "{reason}: {text}");
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
    assert!(stage.text().contains("apply: not taken, this page had only just come up"), "{}", stage.text());
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
            Command::Start { job: Job::Plan { plan, .. }, .. } => answer(stage, plan, summary.clone()),
            Command::Start { job: Job::Apply(plan), .. } => {
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
fn the_review_reads_like_a_letter() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("R");
    assert!(stage.text().contains("planning"), "{}", stage.text());
    let (_, summary) = make(&mut stage);
    let text = stage.text();
    for words in ["5 certificates renewed in", "still hold", "CA kubernetes signs, key here", "22 Nov 2027", "↵ apply"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    stage.keys("d");
    assert_eq!(route(&stage), RouteName::Difference);
    let text = stage.text();
    assert!(text.contains("-         Serial Number:") && text.contains("+         Serial Number:"), "{text}");
    stage.keys("<esc> c y");
    assert_eq!(route(&stage), RouteName::Commands);
    let copied: Vec<Command> = stage.asked();
    let script = summary.commands.join("\n") + "\n";
    assert!(copied.contains(&Command::Copy(script)), "{copied:?}");
}

#[test]
fn a_review_is_told_and_pointed_at() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("R");
    let (plan, _) = make(&mut stage);
    let told = stage.app.spoken();
    assert!(told.page.iter().any(|line| line.starts_with("5 certificates renewed in")), "{told:?}");
    assert!(told.line.starts_with("apiserver-kubelet-client, 4 Dec 2026, 22 Nov 2027, "), "{told:?}");
    // Nothing is broken into lines that are no lines, and what stands apart is kept apart.
    let replaced = told.page.iter().find(|line| line.contains("/apiserver.key")).expect("its file");
    assert_eq!(replaced, "file: /etc/kubernetes/pki/apiserver.key");
    assert!(told.page.iter().all(|line| !line.contains("  ")), "{told:?}");
    let keys = stage.app.told_keys();
    assert!(keys.starts_with("Keys: Enter apply, d difference") && keys.ends_with("? help, q quit"), "{keys}");
    // A second click on a row opens what differs; a click on the hint is its key.
    let click = |row| Event::Mouse(Mouse { kind: MouseKind::Click, column: 4, row });
    let text = stage.text();
    let row = text.lines().position(|line| line.contains('▌')).and_then(|row| u16::try_from(row).ok()).expect("a row");
    stage.event(click(row));
    stage.event(click(row));
    assert_eq!(route(&stage), RouteName::Difference);
    stage.keys("<esc>").event(click(23));
    assert_eq!(applying(&mut stage), [], "not seen for long enough");
    stage.settle().event(click(23));
    assert_eq!(applying(&mut stage), [plan]);
    assert!(stage.app.spoken().line.starts_with("applying"), "{:?}", stage.app.spoken());
}

#[test]
fn a_review_that_is_left_drops_its_plan() {
    let reading = stage::reading();
    for keys in ["<esc>", "2", "7", "d 1", "c <esc> <esc>"] {
        let mut stage = Stage::with(stage::setup(), reading.clone(), 80, 24);
        stage.keys("R");
        let (plan, _) = make(&mut stage);
        stage.keys(keys);
        assert!(stage.asked().contains(&Command::Forget(plan)), "{keys}");
    }
    // Left while it is made: an answer that comes late is dropped, too.
    let mut stage = Stage::with(stage::setup(), reading, 80, 24);
    stage.keys("R");
    let (plan, request) = planned(&mut stage);
    stage.keys("<esc>");
    assert_eq!(stage.asked(), [Command::Forget(plan)]);
    answer(&mut stage, plan, summary(&request).expect("a plan"));
    assert_eq!(route(&stage), RouteName::Expiring);
    assert_eq!(stage.asked(), [Command::Forget(plan)]);
}

#[test]
fn nothing_due_is_a_word_with_the_next_date() {
    let mut inventory = (*stage::reading().inventory).clone();
    // What is healthy, and who signed it.
    let demo = Stage::demo(80, 24);
    for (index, item) in (0..).map(ItemIndex).zip(&mut inventory.items) {
        item.in_use &= matches!(demo.app.world().status(index), Status::Ok | Status::Expiring);
    }
    inventory.kubeconfigs.clear();
    for (reading, word) in [
        (Reading::new(inventory), "nothing is due: next etcd-healthcheck-client on 21 Apr 2027"),
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
    applied(&mut stage, plan, operation(ID, summary(&request).expect("a plan"), 1));
    assert!(stage.app.world().selected.is_empty());
    assert_eq!(route(&stage), RouteName::Operation);
    let text = stage.text();
    assert!(text.contains("Restart") && text.contains("renewed 2 certificates; "), "{text}");
    // Esc unselects, and what a page is about is renewed alone.
    stage.keys("2 <space> <esc>");
    assert!(stage.app.world().selected.is_empty());
}

#[test]
fn what_a_filter_hides_is_not_renewed_unseen() {
    for (filter, expected) in [("/ sched <enter>", RouteName::Expiring), ("/ etcd-peer <enter>", RouteName::Review)] {
        let mut stage = Stage::demo(80, 24);
        stage.keys("/ sched <enter> <space> <esc>").keys(filter).keys("r");
        let (_, request) = planned(&mut stage);
        assert_eq!((items(&request), route(&stage)), (vec!["scheduler.conf".to_owned()], expected), "{filter}");
    }
}

#[test]
fn a_page_renews_what_it_is_about() {
    for (keys, expected) in [("/ etcd-peer <enter> <enter>", "etcd-peer"), ("4 <enter>", "admin.conf")] {
        let mut stage = Stage::demo(80, 24);
        stage.keys(keys).settle().keys("r");
        assert_eq!(items(&planned(&mut stage).1), [expected]);
    }
}

#[test]
fn what_cannot_be_done_says_why() {
    let reading = stage::reading();
    for (keys, words) in [
        ("1 g r", "CAs are rotated, not renewed"),
        ("1 g <space>", "CAs are rotated, not renewed"),
        ("3 r", "no certificate under the cursor"),
        ("d", "this screen has nothing for it"),
        ("x", "this screen has nothing for it"),
        ("u", "there is nothing left to undo"),
        ("7 u", "there is nothing left to undo"),
        ("t + 9 0 d <enter> r", "another date is looked at"),
        ("w r", "this page is not about a certificate"),
        ("R <enter>", "the plan is still being made"),
        ("R u", "this plan waits"),
    ] {
        let mut stage = Stage::with(stage::setup(), reading.clone(), 80, 24);
        stage.keys(keys);
        assert!(stage.text().contains(words), "{keys}: {}", stage.text());
        assert_eq!(applying(&mut stage), []);
    }
    let settings = Settings { read_only: true, ..stage::setup().settings };
    let mut stage = Stage::with(Setup { settings, ..stage::setup() }, reading, 80, 24);
    assert!(stage.text().contains("read-only") && !stage.text().contains("renew"), "{}", stage.text());
    stage.asked();
    for key in ["r", "R", "u", "o", "<enter> r"] {
        stage.keys(key);
        assert!(stage.text().contains("started with --read-only"), "{key}: {}", stage.text());
        assert_eq!(stage.asked(), [], "{key}");
    }
}

#[test]
fn the_passphrase_is_asked_for_and_never_shown() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ apiserver <enter> r");
    let (plan, _) = planned(&mut stage);
    let path = "/etc/kubernetes/pki/ca.key".to_owned();
    stage.event(Event::Planned { plan, summary: Err(PlanRefusal::Passphrase { path: path.clone(), wrong: false }) });
    assert!(stage.text().contains("ca.key is encrypted"), "{}", stage.text());
    stage.keys("q hunter2");
    let text = stage.text();
    assert!(text.contains("passphrase  ********") && !text.contains("hunter"), "{text}");
    assert!(!format!("{:?}", stage.app).contains("hunter"));
    stage.keys("<enter>");
    let (plan, request) = planned(&mut stage);
    let Request::Renew(renew) = &request else { panic!("{request:?}") };
    let given = |one: &Passphrase| (one.asked_for.clone(), one.text.expose().to_vec());
    assert_eq!(renew.passphrases.iter().map(given).collect::<Vec<_>>(), [(Some(path.clone()), b"qhunter2".to_vec())]);
    assert!(!format!("{request:?}").contains("hunter"));
    let summary_of = |path: &str, wrong| Err(PlanRefusal::Passphrase { path: path.to_owned(), wrong });
    stage.event(Event::Planned { plan, summary: summary_of("/etc/kubernetes/pki/etcd/ca.key", false) });
    stage.keys("o t h e r <enter>");
    let (plan, request) = planned(&mut stage);
    let Request::Renew(renew) = &request else { panic!("{request:?}") };
    assert_eq!(renew.passphrases.len(), 2, "the first is not forgotten for the second");
    stage.event(Event::Planned { plan, summary: summary_of(&path, true) });
    assert!(stage.text().contains("that was not the passphrase"), "{}", stage.text());
    stage.keys("x <enter>");
    let (plan, mut request) = planned(&mut stage);
    if let Request::Renew(renew) = &mut request {
        renew.passphrases.clear();
    }
    answer(&mut stage, plan, summary(&request).expect("a plan"));
    assert_eq!(applying(&mut stage), [plan], "it is due, and nothing else asks");
    assert!(stage.app.world().change.as_ref().is_some_and(|change| change.request == request));
}

#[test]
fn no_size_key_or_name_breaks_the_pages_of_a_change() {
    let evil = "evil\u{1b}[2J\u{202e}\u{7}name";
    let mut plan = summary(&Request::Renew(RenewRequest::new(Selection::Due))).expect("a plan");
    plan.title.push_str(evil);
    plan.warnings.push(evil.to_owned());
    plan.commands.push(evil.to_owned());
    plan.changes.iter_mut().for_each(|change| change.path.push_str(evil));
    plan.issues.iter_mut().for_each(|issue| issue.id.push_str(evil));
    plan.left_alone.iter_mut().for_each(|left| left.why.push_str(evil));
    plan.restarts.iter_mut().for_each(|restart| restart.reason.push_str(evil));
    let reading = stage::reading();
    for (columns, rows) in [(1, 1), (5, 3), (13, 7), (40, 12), (80, 24), (300, 100)] {
        let mut stage = Stage::with(stage::setup(), reading.clone(), columns, rows);
        stage.event(Event::History(Ok(Arc::new(vec![operation(evil, plan.clone(), 1)].into()))));
        for keys in ["7", "<enter>", "d", "<esc> c", "7 <esc> R", "d", "<esc> c", "<esc> G"] {
            stage.keys(keys);
            if keys == "7 <esc> R" {
                let (id, _) = planned(&mut stage);
                answer(&mut stage, id, plan.clone());
            }
            let buffer = stage.buffer();
            let hidden = buffer.content.iter().find(|cell| cell.symbol().chars().any(kubepki::pki::text::is_hidden));
            assert_eq!(hidden, None, "{keys}");
            assert!(!stage.app.spoken().page.concat().contains('\u{1b}'));
        }
        for key in ' '..='~' {
            stage.event(Event::Key(Key::char(key)));
            stage.buffer();
        }
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
