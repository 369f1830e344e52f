//! What a review says, without a terminal.

use kubepki::model::Event;
use kubepki::plan::Request;
use kubepki::record::{NodeFile, NodeSummary, PlanKind, Reason};

use crate::support::changes::{answer, planned, summary};
use crate::support::stage::Stage;

#[test]
fn each_warning_is_a_line_of_its_own_and_the_worst_is_first() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ etcd-server <enter> r");
    let (plan, request) = planned(&mut stage);
    let clock = "the clock is behind; is it set back?";
    let mut summary = summary(&request).expect("a plan");
    let look = |words: &str| Reason::Look(words.to_owned());
    summary.asks = vec![Reason::Warning(0), look("etcd-server is not due"), look("the key is kept")];
    summary.warnings = vec![clock.to_owned(), "repeat it on master-2".to_owned()];
    answer(&mut stage, plan, summary);
    let page = stage.app.spoken().page;
    assert!(page.contains(&format!("{clock}, 3 more below")), "{page:?}");
    let from = page.iter().position(|line| line == "Look out").expect("its heading") + 1;
    assert_eq!(page[from..from + 4], [clock, "etcd-server is not due", "the key is kept", "repeat it on master-2"]);
}

#[test]
fn who_signs_stands_in_one_line() {
    for (columns, words) in
        [(80, "2 CAs sign, keys here · undo: u"), (120, "CAs kubernetes, front-proxy-ca sign, keys")]
    {
        let mut stage = Stage::demo(columns, 24);
        stage.keys("/ etcd-server <enter> r");
        let (plan, request) = planned(&mut stage);
        let mut summary = summary(&request).expect("a plan");
        let mut other = summary.issues[0].clone();
        (summary.issues[0].authority, other.authority) = ("kubernetes".to_owned(), "front-proxy-ca".to_owned());
        summary.issues.push(other);
        answer(&mut stage, plan, summary);
        let text = stage.text();
        let line = text.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {text}"));
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
    assert!(text.contains(" has signed · undo: u") && !text.contains("key here"), "{text}");
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
    assert!(text.contains("nothing to do") && text.contains("1 file is there already"), "{text}");
    assert!(!text.contains("one transaction") && !text.contains("takes all of it back"), "{text}");
}
