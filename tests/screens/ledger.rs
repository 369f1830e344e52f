//! The ledger: what is found in it, what a row leads to, and what is said where it is not to be
//! believed.

use std::sync::Arc;

use kubepki::model::route::RouteName;
use kubepki::model::{Event, Problem};
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::record::ledger::of_operations;
use kubepki::record::{Ledger, LedgerEntry, LedgerFault, LedgerFaultKind};

use crate::support::changes::{operation, summary};
use crate::support::stage::{self, Stage};

const ID: &str = "20261122T041200Z-4f2a9c";

/// The demo with what a renewal of all that is due made, on the ledger's screen.
fn opened(change: impl FnOnce(&mut Ledger)) -> (Stage, Ledger) {
    let mut stage = Stage::demo(80, 24);
    let renewal = summary(&Request::Renew(RenewRequest::new(Selection::Due))).expect("a plan");
    let done = operation(ID, renewal, 1);
    let mut ledger = stage::ledger(&stage);
    ledger.add(of_operations(std::slice::from_ref(&done)));
    change(&mut ledger);
    stage.event(Event::History(Ok(Arc::new(vec![done].into()))));
    stage.event(Event::Ledger(Ok(Arc::new(ledger.clone()))));
    stage.keys("6");
    (stage, ledger)
}

fn route(stage: &Stage) -> RouteName {
    stage.app.route().name()
}

/// Types a filter, letter by letter.
fn filter(stage: &mut Stage, words: &str) -> String {
    stage.keys("/");
    for letter in words.chars() {
        stage.keys(&letter.to_string());
    }
    stage.text()
}

fn made(ledger: &Ledger) -> &LedgerEntry {
    let mut entries = ledger.entries.iter();
    entries
        .find(|entry| entry.subject == "CN=kube-apiserver" && entry.operation.is_some())
        .expect("a row")
}

#[test]
fn a_row_is_found_by_its_number_and_leads_to_its_operation() {
    let ways: [fn(&LedgerEntry) -> String; 3] = [
        |entry| entry.serial_number.clone(),
        |entry| entry.sha256[..8].to_owned(),
        |entry| format!("0x{}", entry.serial_number.to_uppercase()),
    ];
    for way in ways {
        let (mut stage, ledger) = opened(|_| {});
        let (all, words) = (ledger.entries.len(), way(made(&ledger)));
        let text = filter(&mut stage, &words);
        assert!(text.contains(&format!(" 1 of {all} ")), "{words}: {text}");
        assert!(text.contains("● kube-apiserver"), "{text}");
        stage.keys("<enter> <enter>");
        assert_eq!(route(&stage), RouteName::LedgerEntry);
        let page = stage.text();
        for said in ["valid until", "so   ", "do   "] {
            assert!(page.contains(said), "{said}: {page}");
        }
    }
    let (mut stage, ledger) = opened(|_| {});
    filter(&mut stage, &made(&ledger).serial_number);
    stage.keys("<enter> <enter>");
    let mut left = 60;
    while !stage.text().contains("▌  operation") && left > 0 {
        stage.keys("j");
        left -= 1;
    }
    stage.keys("<enter>");
    assert_eq!(route(&stage), RouteName::Operation, "{}", stage.text());
    assert!(stage.text().contains(ID));
}

#[test]
fn what_keeps_rows_from_being_believed_stands_below_them() {
    let (stage, ledger) = opened(|_| {});
    let whole = stage.text();
    let all = format!("{} certificates", ledger.entries.len());
    assert!(whole.contains(&all), "{whole}");
    let fault = |line, kind| LedgerFault {
        line,
        kind,
        subject: Some("CN=kube-apiserver".to_owned()),
    };
    let (stage, _) = opened(|ledger| {
        ledger.faults = vec![
            fault(3, LedgerFaultKind::Edited),
            fault(7, LedgerFaultKind::Order),
        ];
    });
    let text = stage.text();
    let said = "row 3 (CN=kube-apiserver): it was edited after it was written and 1 more";
    assert!(text.contains(said) && !text.contains(&all), "{text}");
    let (stage, _) = opened(|ledger| ledger.on_disk = Some("/mnt/ledger.jsonl".to_owned()));
    let text = stage.text();
    assert!(text.contains("its rows are the disk's own word"), "{text}");
    // A line that was cut off, and behind which all goes on, hides nothing.
    let (stage, _) = opened(|ledger| ledger.remnants = vec![4]);
    assert_eq!(stage.text(), whole);
}

#[test]
fn what_is_not_there_is_said() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("6");
    assert!(
        stage.text().contains("reading the ledger"),
        "{}",
        stage.text()
    );
    let problem = Problem::new("the ledger cannot be read: /s may be written to by others")
        .hint("sudo chmod go-w /s");
    stage.event(Event::Ledger(Err(problem)));
    let text = stage.text();
    assert!(
        text.contains("may be written to by others") && text.contains("chmod go-w /s"),
        "{text}"
    );
    stage.event(Event::Ledger(Ok(Arc::default())));
    let text = stage.text();
    assert!(
        text.contains("no certificate was made or seen here yet"),
        "{text}"
    );
}
