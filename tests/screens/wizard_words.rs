//! What the setup wizard says below its answers, and that all of it can be read.

use kubepki::model::Event;
use kubepki::setup::question::{Asked, questions};

use crate::support::setting_up::begun;
use crate::support::stage::Stage;

fn paste(stage: &mut Stage, text: &str) {
    stage.event(Event::Paste(text.to_owned()));
}

#[test]
fn what_a_screen_does_not_hold_is_marked_and_can_be_read() {
    let machines: Vec<String> = (1..=11).map(|at| format!("m-{at} 10.0.0.{at}")).collect();
    let mut stage = begun(80, 24);
    stage.keys("<enter>");
    paste(&mut stage, &machines.join("\n"));
    let text = stage.text();
    assert!(
        text.contains("this is") && text.contains("○ none of them"),
        "the question below: {text}"
    );
    assert!(text.contains(" of 2"), "what lies above is marked: {text}");
    let mut stage = begun(40, 12);
    stage.keys("<enter>");
    let mut seen = String::new();
    for _ in 0..9 {
        seen.push_str(&stage.text());
        stage.keys("<down>");
    }
    for words in ["NAME", "roles:", "Backspace", "changes it"] {
        assert!(seen.contains(words), "{words}: {seen}");
    }
    stage.keys("x");
    assert!(
        stage.text().contains("› x"),
        "typing leads back to the line: {}",
        stage.text()
    );
}

#[test]
fn help_begins_with_the_keys_of_the_page_below() {
    for (columns, rows) in [(80, 24), (40, 12)] {
        let mut stage = begun(columns, rows);
        stage.keys("<enter> <f1>");
        let text = stage.text();
        for words in ["On the page below", "go on", "PgUp", "leave"] {
            assert!(
                text.contains(words),
                "{columns}x{rows}: {words} is not in {text}"
            );
        }
        stage.keys("<esc> <esc>");
    }
}

#[test]
fn every_question_with_a_page_is_asked() {
    let mut seen = Vec::new();
    // As it is at first; then one CA for everything, and an etcd that somebody else keeps.
    for changes in [
        ["", "", "", "", "", ""],
        ["<tab> <left>", "", "", "<space>", "", ""],
    ] {
        let mut stage = begun(120, 60);
        for keys in changes {
            stage.keys(keys);
            seen.extend(stage.text().lines().map(str::to_owned));
            // Whatever lacks an answer: the next page is reached all the same by one that is taken.
            if stage.text().contains("its URLs") {
                stage.keys("<tab>");
                paste(&mut stage, "http://10.0.0.20:2379");
            }
            stage.keys("<enter>");
        }
    }
    for question in questions() {
        let Asked::On { label, .. } = question.asked else {
            continue;
        };
        let is_its = |line: &String| {
            line.trim_start_matches(['│', '▌', ' '])
                .starts_with(&format!("{label}  "))
        };
        assert!(
            seen.iter().any(is_its),
            "{}: {label} is on no page: {}",
            question.name,
            seen.join("\n")
        );
    }
}

#[test]
fn no_end_is_told_where_none_follows() {
    let lifetimes = |certificates: &str, authorities: &str| {
        let mut stage = begun(120, 36);
        stage.keys("<enter> <enter> <enter> <enter> <tab> <tab>");
        paste(&mut stage, certificates);
        stage.keys("<tab>");
        paste(&mut stage, authorities);
        stage.text()
    };
    let text = lifetimes("abc", "200y");
    assert!(
        !text.contains("until") && !text.contains("first to stop"),
        "{text}"
    );
    assert_eq!(text.matches("is no lifetime").count(), 1, "{text}");
    let text = lifetimes("", "30d");
    assert!(
        !text.contains("first to stop") && text.contains("would outlive its CA"),
        "{text}"
    );
    assert!(lifetimes("1h", "").contains("until 2026-11-22 04:12:00Z"));
}

#[test]
fn many_names_are_warned_of_where_they_are_given() {
    let names: Vec<String> = (1..=101).map(|at| format!("n{at}.example.com")).collect();
    let mut stage = begun(80, 24);
    stage.keys("<enter> <enter> <tab> <tab> <tab> <tab> <tab>");
    paste(&mut stage, &names.join("\n"));
    assert!(
        stage.text().contains("101 names are more than"),
        "{}",
        stage.text()
    );
}
