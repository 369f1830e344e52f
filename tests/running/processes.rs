//! What runs on this machine: a process that has the name of a component, from its start to its
//! end.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kubepki::inventory::process::Process;
use kubepki::inventory::writer::Accounts;
use kubepki::kubernetes::component::Component;
use kubepki::store::read::processes;

/// A shell that is called as the scheduler, and waits for a line that never comes.
fn scheduler() -> Child {
    let mut command = Command::new("sh");
    command.arg0("/opt/kube-scheduler-v1.36.2").args([
        "-c",
        "read line",
        "--",
        "--kubeconfig=/s.conf",
    ]);
    command.stdin(Stdio::piped()).spawn().expect("a shell")
}

fn seen(pid: u32) -> Option<Process> {
    let running = processes(&Accounts::default()).expect("a /proc");
    running
        .components
        .into_iter()
        .find(|process| process.pid == pid)
}

/// Waits until `is_so`, at most ten seconds.
fn wait(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_component_is_seen_while_it_runs() {
    let (mut first, mut second) = (scheduler(), scheduler());
    let pids = [first.id(), second.id()];
    wait("it is seen", || pids.iter().all(|pid| seen(*pid).is_some()));
    let [one, other] = pids.map(|pid| seen(pid).expect("it runs"));
    assert_eq!(one.component, Component::KubeScheduler);
    assert!(one.started_at <= other.started_at, "{one:?} {other:?}");
    assert_eq!(seen(pids[0]), Some(one), "it is the same in every look");
    let stat =
        || std::fs::read_to_string(format!("/proc/{}/stat", pids[0])).expect("it is not collected");
    first.kill().expect("it can be killed");
    wait("it is a zombie", || stat().contains(") Z "));
    assert_eq!(
        seen(pids[0]),
        None,
        "who waits to be collected does not run"
    );
    second.kill().expect("it can be killed");
    first.wait().and_then(|_| second.wait()).expect("both end");
    assert_eq!(seen(pids[1]), None);
}
