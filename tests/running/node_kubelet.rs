//! The kubelet on a stand-in node: its client certificate is renewed by the real program, and only
//! a process that began after that is called restarted, whoever restarted it.

use serde_json::Value;
use time::OffsetDateTime;

use crate::support::node::StandIn;
use crate::support::terminal::{READ, Terminal};

const RENEW: [&str; 3] = ["renew", "kubelet-client", "--yes"];
const STORE: &str = "/var/lib/kubelet/pki";

/// Days for which the kubelet's certificates are there: none of them has ended, and all have.
const ALIVE: i64 = 30;
const EXPIRED: i64 = 400;

fn json(node: &StandIn, arguments: &[&str]) -> Value {
    let (_, stdout, stderr) = node.kubepki(&[arguments, &["-o", "json"]].concat());
    serde_json::from_str(&stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {stdout}{stderr}"))
}

fn succeeds(node: &StandIn, arguments: &[&str]) -> String {
    let (code, stdout, stderr) = node.kubepki(arguments);
    assert_eq!(code, 0, "{arguments:?}: {stdout}{stderr}");
    stdout
}

/// What the newest operation keeps of the kubelet.
fn kept(node: &StandIn) -> Value {
    let operation = node.operation();
    let restarts = operation["restarts"].as_array().expect("restarts");
    restarts
        .iter()
        .find(|one| one["component"] == "kubelet")
        .expect("the kubelet")
        .clone()
}

/// When its certificate changed, as the file system tells it.
fn changed_at(node: &StandIn) -> OffsetDateTime {
    let seconds = node.run(
        "stat",
        &[
            "-L",
            "-c",
            "%.9Z",
            &format!("{STORE}/kubelet-client-current.pem"),
        ],
    );
    OffsetDateTime::UNIX_EPOCH
        + time::Duration::seconds_f64(seconds.trim().parse().expect("seconds"))
}

/// What would be restarted, and why.
fn to_restart(node: &StandIn) -> Vec<(String, String)> {
    let plan = json(node, &["restart", "--changed", "--dry-run"]);
    let word = |value: &Value| value.as_str().expect("a word").to_owned();
    let restarts = plan["restarts"].as_array().expect("restarts").iter();
    restarts
        .map(|one| (word(&one["component"]), word(&one["reason"])))
        .collect()
}

/// What is said of the kubelet by who looks: the verb and the files that it holds as they were.
fn told(node: &StandIn) -> (Value, usize) {
    let list = json(node, &["probe", "kubelet"]);
    let item = &list["items"][0];
    (
        item["remedy"].clone(),
        item["stale"].as_array().expect("files").len(),
    )
}

/// How often the unit was restarted.
fn restarts(node: &StandIn) -> usize {
    node.log()
        .iter()
        .filter(|line| *line == "restart kubelet")
        .count()
}

/// Somebody restarts it by hand.
fn by_hand(node: &StandIn) {
    let before = node.pid("kubelet");
    node.run("systemctl", &["restart", "kubelet"]);
    node.wait_until("a new kubelet", || {
        node.pid("kubelet") != before && node.served(10250).is_some()
    });
}

fn is_open(node: &StandIn) {
    let open = to_restart(node);
    assert!(
        matches!(&open[..], [(kubelet, why)] if kubelet == "kubelet" && why.contains("kubelet-client-current.pem")),
        "{open:?}"
    );
    assert_eq!(told(node), ("restart".into(), 1));
    assert_eq!(kept(node)["state"], "needed");
}

#[test]
fn a_dead_client_certificate_is_renewed_and_the_kubelet_restarted_once() {
    let Some(node) = StandIn::start_aged(EXPIRED) else {
        return;
    };
    let before = node.pid("kubelet");
    let (code, stdout, stderr) = node.kubepki(&[&RENEW[..], &["--restart", "-o", "json"]].concat());
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(restarts(&node), 1, "{:?}", node.log());
    assert_ne!(node.pid("kubelet"), before);
    assert!(
        node.began("kubelet") > changed_at(&node),
        "by the kernel it began after the files had changed"
    );
    let kept = kept(&node);
    assert_eq!(kept["state"], "done", "{kept}");
    assert!(
        kept["why"]
            .as_str()
            .is_some_and(|why| why.contains("its process began at")),
        "{kept}"
    );
    assert!(
        to_restart(&node)
            .iter()
            .all(|(component, _)| component != "kubelet")
    );
    assert_eq!(told(&node).1, 0);
    succeeds(&node, &["restart", "--changed", "--yes"]);
    assert_eq!(restarts(&node), 1, "nothing is restarted twice");
}

#[test]
fn until_it_is_restarted_by_whomever_it_holds_the_old_one() {
    let Some(node) = StandIn::start_aged(ALIVE) else {
        return;
    };
    // Before the change nothing settles what comes after it.
    by_hand(&node);
    let told_then = succeeds(&node, &RENEW);
    assert!(
        told_then.contains("kubepki restart --changed"),
        "{told_then}"
    );
    assert!(node.began("kubelet") < changed_at(&node));
    is_open(&node);
    let id = node.operation()["id"].as_str().expect("an id").to_owned();
    let shown = succeeds(&node, &["history", "show", &id]);
    assert!(
        shown.contains("needed") && !shown.contains("its process began"),
        "{shown}"
    );
    is_open(&node);

    by_hand(&node);
    assert!(node.began("kubelet") > changed_at(&node));
    assert_eq!(told(&node).1, 0);
    succeeds(&node, &["restart", "--changed", "--yes"]);
    assert_eq!(kept(&node)["state"], "done");
    assert_eq!(restarts(&node), 2, "both by hand");
}

#[test]
fn what_the_kubelet_writes_itself_is_no_reason_and_mends_nothing() {
    let Some(node) = StandIn::start_aged(ALIVE) else {
        return;
    };
    let rotate = |name: &str| {
        let dated = format!("{STORE}/kubelet-client-{name}.pem");
        node.run(
            "cp",
            &[&format!("{STORE}/kubelet-client-current.pem"), &dated],
        );
        node.run(
            "ln",
            &[
                "-sfn",
                &dated,
                &format!("{STORE}/kubelet-client-current.pem"),
            ],
        );
    };
    rotate("2026-11-22-03-12-05");
    assert_eq!(to_restart(&node), []);
    assert_eq!(told(&node).1, 0);
    succeeds(&node, &RENEW);
    rotate("2026-11-23-03-12-05");
    is_open(&node);
}

#[test]
fn a_namesake_that_began_afterwards_is_no_restart() {
    let Some(node) = StandIn::start_aged(ALIVE) else {
        return;
    };
    succeeds(&node, &RENEW);
    let mut namesake = node.namesake("kubelet");
    is_open(&node);
    // Nor where the kubelet itself is away.
    node.close("hold/kubelet");
    node.end("kubelet");
    node.wait_for("ended kubelet");
    let dry_run = json(&node, &["restart", "--changed", "--dry-run"]);
    assert!(
        dry_run["restarts"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["component"] == "kubelet")),
        "{dry_run}"
    );
    namesake.kill().expect("it can be killed");
    namesake.wait().expect("it ends");
    assert_eq!(
        kept(&node)["state"],
        "needed",
        "nothing shows a process of it"
    );
    node.open("hold/kubelet");
    node.wait_until("it serves again", || node.served(10250).is_some());
    succeeds(&node, &["restart", "--changed", "--yes"]);
    assert_eq!(
        (kept(&node)["state"].clone(), restarts(&node)),
        ("done".into(), 0)
    );
}

#[test]
fn every_screen_says_that_it_waits_and_a_key_restarts_it() {
    let Some(node) = StandIn::start_aged(ALIVE) else {
        return;
    };
    succeeds(&node, &RENEW);
    let mut terminal = Terminal::start_command(node.in_terminal(&[]), 120, 36);
    terminal.wait_for("1 to restart");
    terminal.send("0");
    let has_row = |words: &'static str| {
        move |text: &str| {
            text.lines().any(|line| {
                line.contains("kubelet") && line.contains("10250") && line.contains(words)
            })
        }
    };
    terminal.wait_until("the kubelet's row", has_row("restart"));
    terminal.send("7");
    let of_history = |text: &str| {
        text.lines()
            .any(|line| line.contains("Renew") && line.contains("1 to restart"))
    };
    terminal.wait_until("the operation's row", of_history);
    // Somebody who asks every port learns no better.
    terminal.send("0P");
    terminal.wait_for("6 ports:");
    terminal.wait_until("the kubelet's row", has_row("restart"));
    terminal.wait_still(READ);
    terminal.send("A");
    terminal.wait_for("its process began");
    terminal.wait_until("the header", |text| !text.contains("to restart"));
    assert_eq!(
        (kept(&node)["state"].clone(), restarts(&node)),
        ("done".into(), 1)
    );
    assert!(node.began("kubelet") > changed_at(&node));
    terminal.send("q");
    assert_eq!(terminal.wait_end(), 0);
}
