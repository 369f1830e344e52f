//! Decisions on requests in the real program: what is typed there makes the plan that the command's
//! flags make.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::wizard::{applied, of_plan};
use crate::support::changing::Master;
use crate::support::deciding::waiting;
use crate::support::terminal::Terminal;

const UP: &str = "\x1b[A";

/// A recorded master with a request that waits, and a home.
struct Stage {
    master: Master,
    home: TempDir,
}

impl Stage {
    /// `edit` changes the object; `None` where there is no tar.
    fn new(edit: impl FnOnce(&mut Value)) -> Option<Self> {
        let master = Master::sample("kubeadm-1.36-ecdsa")?;
        let folder = master.file("/etc/kubernetes/requests");
        fs::create_dir(&folder).expect("a folder");
        fs::write(folder.join("alice.json"), waiting(edit).to_string()).expect("it is written");
        let home = TempDir::new().expect("a home");
        Some(Self { master, home })
    }

    /// The plan of the command.
    fn planned(&self, words: &[&str]) -> Value {
        let run = self
            .master
            .kubepki(&[words, &["--dry-run", "-o", "json"]].concat());
        run.ends_with(0);
        run.json()
    }

    /// The program on the list of requests.
    fn requests(&self) -> Terminal {
        let mut terminal = Terminal::start(self.home.path(), &self.master.flags(), 100, 30);
        terminal.wait_for("apiserver");
        terminal.send("3");
        terminal.wait_for("a approve");
        terminal
    }

    /// Applies what the review shows; the plan as it was kept.
    fn applied(&self, terminal: Terminal, title: &str) -> Value {
        applied(terminal, &self.master, &[title, "one transaction"])
    }
}

/// Whether both decide the same, for the same reasons.
fn assert_same(typed: &Value, by_flags: &Value) {
    assert_eq!(of_plan(typed), of_plan(by_flags));
    for field in ["decisions", "confirm"] {
        assert_eq!(typed[field], by_flags[field], "{field}");
    }
}

#[test]
fn one_key_and_enter_approve_what_the_command_approves() {
    let Some(stage) = Stage::new(|_| {}) else {
        return;
    };
    let by_flags = stage.planned(&["request", "approve", "alice-client"]);
    let mut terminal = stage.requests();
    terminal.send("a");
    let typed = stage.applied(terminal, "Approve alice-client");
    assert_same(&typed, &by_flags);
    assert!(
        stage
            .master
            .file("/etc/kubernetes/requests/alice-client.crt")
            .is_file()
    );
}

#[test]
fn what_is_red_is_named_before_it_is_reviewed() {
    let red =
        |object: &mut Value| object["spec"]["usages"] = json!(["client auth", "code signing"]);
    let Some(stage) = Stage::new(red) else {
        return;
    };
    let by_flags = stage.planned(&["request", "approve", "alice-client"]);
    let mut terminal = stage.requests();
    terminal.send("a");
    terminal.wait_for("refuses it: the usage code signing");
    terminal.send("\r");
    terminal.wait_for("type alice-client here");
    terminal.send("alice-client\r");
    let typed = stage.applied(terminal, "Approve alice-client");
    assert_same(&typed, &by_flags);
}

#[test]
fn typed_options_are_those_of_the_flags() {
    let Some(stage) = Stage::new(|_| {}) else {
        return;
    };
    let by_flags = stage.planned(&[
        "request",
        "approve",
        "alice-client",
        "--days",
        "30",
        "--drop-san",
        "192.0.2.10",
        "--authority",
        "ca",
    ]);
    let mut terminal = stage.requests();
    terminal.send("o");
    terminal.wait_for("Approve alice-client");
    terminal.send("\x1b[C\t30\t");
    terminal.send(&format!("{} ", UP.repeat(2)));
    terminal.wait_for("− IP:192.0.2.10");
    terminal.send("\t\r");
    let typed = stage.applied(terminal, "Approve alice-client");
    assert_same(&typed, &by_flags);
}

#[test]
fn a_typed_denial_is_that_of_the_flags() {
    let Some(stage) = Stage::new(|_| {}) else {
        return;
    };
    let by_flags = stage.planned(&[
        "request",
        "deny",
        "alice-client",
        "--reason",
        "NotOurs",
        "--message",
        "nobody knows her",
    ]);
    let mut terminal = stage.requests();
    terminal.send("d");
    terminal.wait_for("Deny alice-client");
    terminal.send("Not Ours");
    terminal.wait_for("a word of letters");
    terminal.send("\x7f\x7f\x7f\x7f\x7fOurs\tnobody knows her\r");
    let typed = stage.applied(terminal, "Deny alice-client");
    assert_same(&typed, &by_flags);
}

#[test]
fn typed_nodes_are_those_of_the_flags_and_requests_are_judged_by_them() {
    let Some(stage) = Stage::new(|_| {}) else {
        return;
    };
    let by_flags = stage.planned(&["request", "nodes", "--maximum-days", "400"]);
    let mut terminal = stage.requests();
    terminal.send("N");
    terminal.wait_for("By what requests are judged");
    terminal.send("\t\t400\r");
    let typed = stage.applied(terminal, "Confirm by what requests are judged");
    assert_same(&typed, &by_flags);
    let shown = stage
        .master
        .kubepki(&["request", "show", "alice-client", "-o", "json"])
        .json();
    let rules = shown["rules"].as_array().expect("rules");
    let lifetime = rules
        .iter()
        .find(|rule| rule["id"] == "lifetime")
        .expect("a rule");
    assert_eq!(lifetime["answer"], "green");
}
