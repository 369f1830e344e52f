//! Changes that wait for a passphrase or cannot be made, and whatever size, key or name their pages
//! meet.

use std::sync::Arc;

use kubepki::app::Setup;
use kubepki::model::world::Settings;
use kubepki::model::{Event, Key, PlanRefusal};
use kubepki::plan::{Passphrase, RenewRequest, Request, Selection};

use crate::spelled_out::{EVIL, nothing_is_hidden};
use crate::support::changes::{answer, applying, operation, planned, summary};
use crate::support::stage::{self, Stage};

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
}

#[test]
fn what_only_reads_changes_nothing() {
    let reading = stage::reading();
    let settings = Settings {
        read_only: true,
        ..stage::setup().settings
    };
    let mut stage = Stage::with(
        Setup {
            settings,
            ..stage::setup()
        },
        reading,
        80,
        24,
    );
    assert!(
        stage.text().contains("read-only") && !stage.text().contains("renew"),
        "{}",
        stage.text()
    );
    stage.asked();
    for key in ["r", "R", "u", "o", "<enter> r"] {
        stage.keys(key);
        assert!(
            stage.text().contains("started with --read-only"),
            "{key}: {}",
            stage.text()
        );
        assert_eq!(stage.asked(), [], "{key}");
    }
}

const AUTHORITY_KEY: &str = "/etc/kubernetes/pki/ca.key";

/// Answers the plan that was asked for: the key at this path is encrypted. Gives the request.
fn refuse(stage: &mut Stage, path: &str, wrong: bool) -> Request {
    let (plan, request) = planned(stage);
    let refusal = PlanRefusal::Passphrase {
        path: path.to_owned(),
        wrong,
    };
    stage.event(Event::Planned {
        plan,
        summary: Err(refusal),
    });
    request
}

/// What was given so far, and for which key.
fn given(request: &Request) -> Vec<(Option<&str>, &[u8])> {
    let Request::Renew(renew) = request else {
        panic!("{request:?}")
    };
    let all = renew.passphrases.iter();
    all.map(|one: &Passphrase| (one.asked_for.as_deref(), one.text.expose()))
        .collect()
}

/// A renewal of what an encrypted key signs, asking for its passphrase.
fn asking() -> Stage {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ apiserver <enter> r");
    refuse(&mut stage, AUTHORITY_KEY, false);
    assert!(
        stage.text().contains("ca.key is encrypted"),
        "{}",
        stage.text()
    );
    stage
}

#[test]
fn the_passphrase_is_asked_for_and_never_shown() {
    let mut stage = asking();
    stage.keys("q hunter2");
    let text = stage.text();
    assert!(
        text.contains("passphrase  ********") && !text.contains("hunter"),
        "{text}"
    );
    assert!(!format!("{:?}", stage.app).contains("hunter"));
    stage.keys("<enter>");
    let (_, request) = planned(&mut stage);
    assert_eq!(given(&request), [(Some(AUTHORITY_KEY), &b"qhunter2"[..])]);
    assert!(!format!("{request:?}").contains("hunter"));
}

#[test]
fn each_encrypted_key_is_asked_for_until_its_passphrase_is_right() {
    let mut stage = asking();
    stage.keys("q hunter2 <enter>");
    refuse(&mut stage, "/etc/kubernetes/pki/etcd/ca.key", false);
    stage.keys("o t h e r <enter>");
    let request = refuse(&mut stage, AUTHORITY_KEY, true);
    assert_eq!(
        given(&request).len(),
        2,
        "the first is not forgotten for the second"
    );
    assert!(
        stage.text().contains("that was not the passphrase"),
        "{}",
        stage.text()
    );
    stage.keys("x <enter>");
    let (plan, mut request) = planned(&mut stage);
    if let Request::Renew(renew) = &mut request {
        renew.passphrases.clear();
    }
    answer(&mut stage, plan, summary(&request).expect("a plan"));
    assert_eq!(
        applying(&mut stage),
        [plan],
        "it is due, and nothing else asks"
    );
    assert!(
        stage
            .app
            .world()
            .change
            .as_ref()
            .is_some_and(|change| change.request == request)
    );
}

#[test]
fn what_is_applied_as_soon_as_its_key_opens_is_not_left_unseen() {
    let mut stage = asking();
    stage.keys("s e c r e t <enter>");
    let (plan, request) = planned(&mut stage);
    assert!(
        !stage.text().contains("passphrase"),
        "it is not asked for any more: {}",
        stage.text()
    );
    stage.keys("<esc>");
    assert!(
        stage.text().contains("a change is under way"),
        "{}",
        stage.text()
    );
    answer(&mut stage, plan, summary(&request).expect("a plan"));
    assert_eq!(applying(&mut stage), [plan]);
    assert!(
        stage.text().contains("one transaction"),
        "the page that was not left shows what is done: {}",
        stage.text()
    );
}

#[test]
fn no_size_key_or_name_breaks_the_pages_of_a_change() {
    let mut plan = summary(&Request::Renew(RenewRequest::new(Selection::Due))).expect("a plan");
    plan.title.push_str(EVIL);
    plan.warnings.push(EVIL.to_owned());
    plan.commands.push(EVIL.to_owned());
    plan.changes
        .iter_mut()
        .for_each(|change| change.path.push_str(EVIL));
    plan.issues
        .iter_mut()
        .for_each(|issue| issue.id.push_str(EVIL));
    plan.left_alone
        .iter_mut()
        .for_each(|left| left.why.push_str(EVIL));
    plan.restarts
        .iter_mut()
        .for_each(|restart| restart.reason.push_str(EVIL));
    let reading = stage::reading();
    for (columns, rows) in [(1, 1), (5, 3), (13, 7), (40, 12), (80, 24), (300, 100)] {
        let mut stage = Stage::with(stage::setup(), reading.clone(), columns, rows);
        stage.event(Event::History(Ok(Arc::new(
            vec![operation(EVIL, plan.clone(), 1)].into(),
        ))));
        for keys in [
            "7",
            "<enter>",
            "d",
            "<esc> c",
            "7 <esc> R",
            "d",
            "<esc> c",
            "<esc> G",
        ] {
            stage.keys(keys);
            if keys == "7 <esc> R" {
                let (id, _) = planned(&mut stage);
                answer(&mut stage, id, plan.clone());
            }
            nothing_is_hidden(&stage, keys);
        }
        for key in ' '..='~' {
            stage.event(Event::Key(Key::char(key)));
            stage.buffer();
        }
    }
}
