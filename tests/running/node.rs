//! Restarts on a stand-in node, by the real program: each component is restarted once, in order,
//! proven by what openssl is served; cut off at every step nothing stays stopped, and the next run
//! goes on.

use std::fs;

use kubepki::pki::text::short_serial;

use crate::support::node::{PORTS, StandIn};

const SERVED: [(u16, &str); 3] = [
    (2379, "/etc/kubernetes/pki/etcd/server.crt"),
    (2380, "/etc/kubernetes/pki/etcd/peer.crt"),
    (6443, "/etc/kubernetes/pki/apiserver.crt"),
];

const CLUSTER: [&str; 3] = ["kube-controller-manager", "kube-scheduler", "kubelet"];

fn renew(node: &StandIn) {
    let (code, _, stderr) = node.kubepki(&["renew", "--due", "--yes"]);
    assert_eq!(code, 0, "{stderr}");
}

/// How often something stands in the log.
fn times(node: &StandIn, line: &str) -> usize {
    node.log().iter().filter(|one| *one == line).count()
}

/// Everything serves, and what has a certificate on the disk serves that one.
fn all_is_well(node: &StandIn) {
    for port in PORTS {
        assert!(node.served(port).is_some(), "{port} serves nothing");
    }
    for (port, path) in SERVED {
        assert_eq!(node.served(port), Some(node.on_disk(path)), "{port}");
    }
}

#[test]
fn what_was_renewed_is_restarted_and_proven() {
    let Some(node) = StandIn::start() else { return };
    let before = PORTS.map(|port| node.served(port));
    for (port, path) in SERVED {
        assert_eq!(node.served(port), Some(node.on_disk(path)), "{port}");
    }
    renew(&node);
    assert_ne!(
        node.served(6443),
        Some(node.on_disk("/etc/kubernetes/pki/apiserver.crt")),
        "the old one"
    );
    let (code, stdout, stderr) = node.kubepki(&["restart", "--changed", "--yes"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let new = node.on_disk("/etc/kubernetes/pki/apiserver.crt");
    assert!(stdout.contains(&*short_serial(&new)), "{stdout}");
    all_is_well(&node);
    for (port, before) in PORTS.into_iter().zip(before) {
        // Its certificate is its own, and was not due.
        assert_eq!(port == 10250, before == node.served(port), "{port}");
    }
    let log: Vec<String> = node
        .log()
        .into_iter()
        .filter(|line| !line.starts_with("ended"))
        .collect();
    assert_eq!(
        log,
        [
            "restart kubelet",
            "stop kube-apiserver",
            "stop kube-controller-manager",
            "stop kube-scheduler"
        ]
    );
    let operation = node.operation();
    let restarts = operation["restarts"].as_array().expect("restarts");
    let apiserver = restarts
        .iter()
        .find(|one| one["component"] == "kube-apiserver")
        .expect("it");
    assert_eq!(apiserver["state"], "done", "{apiserver}");
    assert_eq!(apiserver["servedAfter"], new, "{apiserver}");
    assert_ne!(apiserver["servedBefore"], new, "{apiserver}");
    for component in CLUSTER {
        let restart = restarts
            .iter()
            .find(|one| one["component"] == component)
            .expect("it");
        assert_eq!(restart["state"], "done", "{restart}");
    }
    let (code, stdout, stderr) = node.kubepki(&["restart", "--changed", "--yes"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(
        times(&node, "stop kube-scheduler"),
        1,
        "nothing is restarted twice"
    );
}

/// Those that are cut off: the one that is restarted first, and the one after it.
const FIRST: &str = "kube-apiserver";
const SECOND: &str = "kube-controller-manager";

fn has(node: &StandIn, component: &str, state: &str) {
    assert!(
        node.restarts().contains(&format!("{component} {state}")),
        "{:?}",
        node.restarts()
    );
}

/// kubepki, which restarts what has changed, killed when it has come to this line of the log.
fn killed_at(node: &StandIn, line: &str) {
    let mut kubepki = node
        .command(&["restart", "--changed", "--yes"])
        .spawn()
        .expect("kubepki starts");
    node.wait_for(line);
    StandIn::kill(kubepki.id());
    assert!(!kubepki.wait().expect("it ends").success());
}

/// It is written down as begun, and nothing is done yet.
fn killed_before_the_stop(node: &StandIn) {
    node.close("gate/ps");
    killed_at(node, "at ps");
    has(node, FIRST, "begun");
    has(node, SECOND, "needed");
    node.open("gate/ps");
    assert_eq!(times(node, &format!("ended {FIRST}")), 0);
}

/// The container is being stopped: that goes on alone.
fn killed_during_the_stop(node: &StandIn) {
    node.close("gate/stop");
    killed_at(node, "at stop");
    node.open("gate/stop");
    node.wait_for(&format!("ended {FIRST}"));
    node.wait_until("it serves again", || node.served(6443).is_some());
    has(node, FIRST, "begun");
    has(node, SECOND, "needed");
}

/// What was restarted all the same is not restarted again; the next one was stopped and is away for
/// a while.
fn killed_while_one_is_away(node: &StandIn) {
    node.close("hold/kube-controller-manager");
    killed_at(node, &format!("ended {SECOND}"));
    has(node, FIRST, "done");
    has(node, SECOND, "begun");
    node.open("hold/kube-controller-manager");
    node.wait_until("it serves again", || node.served(10257).is_some());
}

#[test]
fn killed_at_each_step_nothing_stays_stopped_and_the_next_run_goes_on() {
    let Some(node) = StandIn::start() else { return };
    renew(&node);
    killed_before_the_stop(&node);
    killed_during_the_stop(&node);
    killed_while_one_is_away(&node);
    let (code, stdout, stderr) = node.kubepki(&["restart", "--changed", "--yes"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    for component in CLUSTER {
        has(&node, component, "done");
    }
    for line in [
        "restart kubelet",
        "stop kube-apiserver",
        "stop kube-controller-manager",
        "stop kube-scheduler",
    ] {
        assert_eq!(
            times(&node, line),
            1,
            "what was proven is not done again: {line}"
        );
    }
    assert!(PORTS.iter().all(|port| node.served(*port).is_some()));
}

#[test]
fn what_does_not_come_back_is_said_and_the_rest_is_left() {
    let Some(node) = StandIn::start() else { return };
    renew(&node);
    // Without crictl the kubelet's processes are asked to end.
    fs::remove_file(node.path("bin/crictl")).expect("the stand-in");
    fs::create_dir(node.path("config")).expect("a folder");
    fs::write(node.path("config/settings.yaml"), "restartSeconds: 3\n").expect("settings");
    node.close("hold/kube-controller-manager");
    let mut strangers = [
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
    ]
    .map(|name| node.namesake(name));
    let (code, stdout, stderr) = node.kubepki(&["restart", "--changed", "--yes"]);
    assert_eq!(code, 3, "{stdout}{stderr}");
    assert!(
        stderr.contains("after 3 s port 10257: nobody listens there"),
        "{stderr}"
    );
    assert!(
        node.restarts()
            .contains(&"kube-controller-manager failed".to_owned()),
        "{:?}",
        node.restarts()
    );
    assert!(
        node.restarts()
            .contains(&"kube-scheduler needed".to_owned()),
        "{:?}",
        node.restarts()
    );
    assert_eq!(times(&node, "ended kube-scheduler"), 0, "the rest is left");
    node.open("hold/kube-controller-manager");
    node.wait_until("it serves again", || node.served(10257).is_some());
    let (code, stdout, stderr) = node.kubepki(&["restart", "--changed", "--yes"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(times(&node, "ended kube-scheduler"), 1);
    for stranger in &mut strangers {
        assert!(
            stranger.try_wait().expect("a process").is_none(),
            "an application's own is left alone"
        );
        stranger.kill().expect("it can be killed");
        stranger.wait().expect("it ends");
    }
    assert!(
        node.log().iter().all(|line| !line.starts_with("stop")),
        "{:?}",
        node.log()
    );
}

#[test]
fn a_hanging_crictl_is_not_waited_for() {
    let Some(node) = StandIn::start() else { return };
    renew(&node);
    node.close("gate/ps");
    let (code, stdout, stderr) = node.kubepki(&["restart", "kube-scheduler", "--yes"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(
        stdout.contains("crictl did not end in 10 s: its process"),
        "{stdout}"
    );
    assert_eq!(times(&node, "ended kube-scheduler"), 1);
    assert_eq!(times(&node, "stop kube-scheduler"), 0);
}

#[test]
fn what_cannot_be_told_from_an_applications_own_is_not_stopped() {
    let Some(node) = StandIn::start() else { return };
    renew(&node);
    fs::remove_file(node.path("bin/crictl")).expect("the stand-in");
    node.close("hold/kube-scheduler");
    let mut stranger = node.namesake("kube-scheduler");
    node.end("kube-scheduler");
    node.wait_for("ended kube-scheduler");
    let (code, stdout, stderr) = node.kubepki(&["restart", "kube-scheduler", "--yes"]);
    assert_eq!(code, 3, "{stdout}{stderr}");
    assert!(
        stderr.contains("cannot be told; by hand: crictl ps --name"),
        "{stderr}"
    );
    assert!(
        stranger.try_wait().expect("a process").is_none(),
        "an application's own is left alone"
    );
    stranger.kill().expect("it can be killed");
    stranger.wait().expect("it ends");
    node.open("hold/kube-scheduler");
}

#[test]
fn a_working_server_is_not_stopped_where_it_could_not_load_its_files() {
    let Some(node) = StandIn::start() else { return };
    let (code, _, stderr) = node.kubepki(&["renew", "apiserver", "apiserver-etcd-client", "--yes"]);
    assert_eq!(code, 0, "{stderr}");
    let pki = node.path("etc/kubernetes/pki");
    fs::copy(
        pki.join("front-proxy-client.key"),
        pki.join("apiserver.key"),
    )
    .expect("a copy");
    let (before, states) = (node.served(6443), node.restarts());
    for what in ["--changed", "kube-apiserver"] {
        let (code, stdout, stderr) = node.kubepki(&["restart", what, "--yes"]);
        assert_eq!(code, 4, "{stdout}{stderr}");
        let expected = "kube-apiserver would not come back: /etc/kubernetes/pki/apiserver.key is not the key of";
        assert!(stderr.contains(expected), "{stderr}");
        assert_eq!(
            (node.served(6443), node.restarts()),
            (before.clone(), states.clone())
        );
    }
    assert_eq!(times(&node, "ended kube-apiserver"), 0);
}

#[test]
fn what_comes_back_without_its_port_is_not_done() {
    let Some(node) = StandIn::start() else { return };
    renew(&node);
    fs::create_dir(node.path("config")).expect("a folder");
    fs::write(node.path("config/settings.yaml"), "restartSeconds: 3\n").expect("settings");
    fs::write(node.path("deaf/kube-scheduler"), "").expect("written");
    let (code, stdout, stderr) = node.kubepki(&["restart", "kube-scheduler", "--yes"]);
    assert_eq!(code, 3, "{stdout}{stderr}");
    assert!(
        stderr.contains("after 3 s port 10259: nobody listens there"),
        "{stderr}"
    );
    assert!(
        node.restarts()
            .contains(&"kube-scheduler failed".to_owned()),
        "{:?}",
        node.restarts()
    );
}
