//! `renew --restart` on a stand-in node, as a timer runs it: renewed, restarted and proven in one
//! run, then silence; what an earlier run left is gone on with.

use serde_json::Value;

use crate::support::node::StandIn;

const TIMER: [&str; 4] = ["renew", "--due", "--yes", "--restart"];

/// Runs a command that must succeed: what it printed.
fn run(node: &StandIn, arguments: &[&str]) -> (String, String) {
    let (code, stdout, stderr) = node.kubepki(arguments);
    assert_eq!(code, 0, "{arguments:?}: {stdout}{stderr}");
    (stdout, stderr)
}

fn json(node: &StandIn, arguments: &[&str]) -> Value {
    let (stdout, _) = run(node, &[arguments, &["-o", "json"]].concat());
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
}

/// What was restarted so far, in order.
fn restarted(node: &StandIn) -> Vec<String> {
    node.log()
        .into_iter()
        .filter(|line| line.starts_with("stop ") || line.starts_with("restart "))
        .collect()
}

fn is_silent(node: &StandIn) {
    assert_eq!(run(node, &TIMER), (String::new(), String::new()));
}

#[test]
fn a_timer_renews_restarts_and_is_silent_from_then_on() {
    let Some(node) = StandIn::start() else { return };
    let operation = json(&node, &TIMER);
    assert_eq!(
        (&operation["kind"], &operation["state"]),
        (&"Operation".into(), &"done".into())
    );
    let restarts = operation["restarts"].as_array().expect("restarts");
    assert!(
        restarts
            .iter()
            .all(|one| one["state"] == "done" || one["state"] == "reloads-by-itself"),
        "{operation}"
    );
    let log = restarted(&node);
    let components: Vec<&str> = log
        .iter()
        .filter_map(|line| line.split(' ').nth(1))
        .collect();
    // etcd reads its files for each connection; the stand-in of the API server does not.
    let expected = [
        "kubelet",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
    ];
    assert_eq!(components, expected, "each once and in order");
    is_silent(&node);
    assert_eq!(restarted(&node), log, "nothing is restarted twice");
}

#[test]
fn what_an_earlier_run_left_is_gone_on_with() {
    let Some(node) = StandIn::start() else { return };
    let (told, _) = run(&node, &["renew", "--due", "--yes"]);
    assert!(
        told.contains("hold the old ones") && told.contains("kubepki restart --changed"),
        "{told}"
    );
    let (code, _, stderr) = node.kubepki(&["restart", "--changed"]);
    assert!(code == 4 && stderr.contains("--yes"), "{stderr}");
    // By name only its own programs are restarted.
    let operation = json(&node, &["renew", "scheduler.conf", "--yes", "--restart"]);
    assert_eq!(operation["restarts"][0]["state"], "done", "{operation}");
    assert_eq!(restarted(&node), ["stop kube-scheduler"]);
    let dry_run = json(&node, &["restart", "--changed", "--dry-run"]);
    let steps = dry_run["restarts"].as_array().expect("restarts");
    assert!(
        steps
            .iter()
            .any(|step| step["component"] == "kube-controller-manager"),
        "{dry_run}"
    );
    assert!(
        steps
            .iter()
            .all(|step| step["component"] != "kube-scheduler"),
        "{dry_run}"
    );
    let list = json(&node, &TIMER);
    assert_eq!(list["kind"], "RestartList");
    let items = list["items"].as_array().expect("items");
    assert!(
        items.len() == steps.len() && items.iter().all(|item| item["state"] == "done"),
        "{list}"
    );
    is_silent(&node);
}
