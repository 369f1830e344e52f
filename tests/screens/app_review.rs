//! What a review says, without a terminal.

use kubepki::model::route::RouteName;
use kubepki::model::{Command, Event};
use kubepki::plan::Request;
use kubepki::record::{NodeFile, NodeSummary, PlanKind, Reason};

use crate::pointing::click;
use crate::support::changes::{answer, applying, make, planned, summary};
use crate::support::stage::{self, Stage};

#[test]
fn each_warning_is_a_line_of_its_own_and_the_worst_is_first() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ etcd-server <enter> r");
    let (plan, request) = planned(&mut stage);
    let clock = "the clock is behind; is it set back?";
    let mut summary = summary(&request).expect("a plan");
    let look = |words: &str| Reason::Look(words.to_owned());
    summary.asks = vec![
        Reason::Warning(0),
        look("etcd-server is not due"),
        look("the key is kept"),
    ];
    summary.warnings = vec![clock.to_owned(), "repeat it on master-2".to_owned()];
    answer(&mut stage, plan, summary);
    let page = stage.app.spoken().page;
    assert!(page.contains(&format!("{clock}, 3 more below")), "{page:?}");
    let from = page
        .iter()
        .position(|line| line == "Look out")
        .expect("its heading")
        + 1;
    assert_eq!(
        page[from..from + 4],
        [
            clock,
            "etcd-server is not due",
            "the key is kept",
            "repeat it on master-2"
        ]
    );
}

#[test]
fn who_signs_stands_in_one_line() {
    for (columns, words) in [
        (80, "2 CAs sign, keys here · undo: u"),
        (120, "CAs kubernetes, front-proxy-ca sign, keys"),
    ] {
        let mut stage = Stage::demo(columns, 24);
        stage.keys("/ etcd-server <enter> r");
        let (plan, request) = planned(&mut stage);
        let mut summary = summary(&request).expect("a plan");
        let mut other = summary.issues[0].clone();
        (summary.issues[0].authority, other.authority) =
            ("kubernetes".to_owned(), "front-proxy-ca".to_owned());
        summary.issues.push(other);
        answer(&mut stage, plan, summary);
        let text = stage.text();
        let line = text
            .lines()
            .find(|line| line.contains(words))
            .unwrap_or_else(|| panic!("{words}: {text}"));
        assert!(line.contains("old files are kept"), "{line}");
    }
}

#[test]
fn somebody_elses_ca_has_signed_what_is_imported() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ etcd-server <enter> r");
    let mut summary = summary(&planned(&mut stage).1).expect("a plan");
    summary.kind = Some(PlanKind::Import);
    let mut stage = Stage::demo(80, 24);
    stage.keys("I");
    stage.event(Event::Paste("/tmp/answer.crt".to_owned()));
    stage.keys("<enter> <enter>");
    let (plan, request) = planned(&mut stage);
    assert!(matches!(request, Request::Import(_)), "{request:?}");
    answer(&mut stage, plan, summary);
    let text = stage.text();
    assert!(
        text.contains(" has signed · undo: u") && !text.contains("key here"),
        "{text}"
    );
}

#[test]
fn a_setup_that_finds_all_there_has_nothing_to_take_back() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ etcd-server <enter> r");
    let (plan, request) = planned(&mut stage);
    let mut summary = summary(&request).expect("a plan");
    summary.changes.clear();
    summary.issues.clear();
    let file = NodeFile {
        path: "/etc/kubernetes/pki/ca.crt".to_owned(),
        summary: "certificate of the CA ca".to_owned(),
        mode: 0o644,
        shared: false,
        kept: true,
    };
    let node = NodeSummary {
        name: "master-1".to_owned(),
        roles: "control plane".to_owned(),
        archive: None,
        files: vec![file],
    };
    summary.nodes = vec![node];
    summary.warnings = vec!["there is something to read".to_owned()];
    answer(&mut stage, plan, summary);
    let text = stage.text();
    assert!(
        text.contains("nothing to do") && text.contains("1 file is there already"),
        "{text}"
    );
    assert!(
        !text.contains("one transaction") && !text.contains("takes all of it back"),
        "{text}"
    );
}

#[test]
fn the_review_reads_like_a_letter() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("R");
    assert!(stage.text().contains("planning"), "{}", stage.text());
    let (_, summary) = make(&mut stage);
    let text = stage.text();
    for words in [
        "5 certificates renewed in",
        "still hold",
        "CA kubernetes signs, key here",
        "22 Nov 2027",
        "↵ apply",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    stage.keys("d");
    assert_eq!(stage.app.route().name(), RouteName::Difference);
    let text = stage.text();
    assert!(
        text.contains("-         Serial Number:") && text.contains("+         Serial Number:"),
        "{text}"
    );
    stage.keys("<esc> c y");
    assert_eq!(stage.app.route().name(), RouteName::Commands);
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
    assert!(
        told.page
            .iter()
            .any(|line| line.starts_with("5 certificates renewed in")),
        "{told:?}"
    );
    assert!(
        told.line
            .starts_with("apiserver-kubelet-client, 4 Dec 2026, 22 Nov 2027, "),
        "{told:?}"
    );
    // Nothing is broken into lines that are no lines, and what stands apart is kept apart.
    let replaced = told
        .page
        .iter()
        .find(|line| line.contains("/apiserver.key"))
        .expect("its file");
    assert_eq!(replaced, "file: /etc/kubernetes/pki/apiserver.key");
    assert!(
        told.page.iter().all(|line| !line.contains("  ")),
        "{told:?}"
    );
    let keys = stage.app.told_keys();
    assert!(
        keys.starts_with("Keys: Enter apply, d difference") && keys.ends_with("? help, q quit"),
        "{keys}"
    );
    // A second click on a row opens what differs; a click on the hint is its key.
    let text = stage.text();
    let row = text
        .lines()
        .position(|line| line.contains('▌'))
        .and_then(|row| u16::try_from(row).ok())
        .expect("a row");
    click(&mut stage, 4, row);
    click(&mut stage, 4, row);
    assert_eq!(stage.app.route().name(), RouteName::Difference);
    click(stage.keys("<esc>"), 4, 23);
    assert_eq!(applying(&mut stage), [], "not seen for long enough");
    click(stage.settle(), 4, 23);
    assert_eq!(applying(&mut stage), [plan]);
    assert!(
        stage.app.spoken().line.starts_with("applying"),
        "{:?}",
        stage.app.spoken()
    );
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
    assert_eq!(stage.app.route().name(), RouteName::Expiring);
    assert_eq!(stage.asked(), [Command::Forget(plan)]);
}
