//! What the real program costs: bytes on a slow line, the processor while nothing happens, and a
//! log where it is asked for.

use std::path::PathBuf;
use std::time::Duration;

use crate::support::demo_master::Master;
use crate::support::text;

/// A line of 1,200 bytes a second that answers after 300 ms shows the worst within 4 seconds.
#[test]
fn a_useful_frame_fits_a_slow_line() {
    let master = Master::new();
    let mut terminal = master.start(&[], 80, 24);
    terminal.wait_until("the worst", |screen| {
        [
            "3 expired",
            "admin.conf",
            "apiserver",
            "logs and exec stop",
            "q quit",
        ]
        .iter()
        .all(|text| screen.contains(text))
    });
    let bytes = terminal.bytes();
    assert!(
        bytes < (4_000 - 300) * 1_200 / 1_000,
        "{bytes} bytes until the first useful frame"
    );
    terminal.send("j");
    terminal.wait_for("▌admin.conf");
    let moved = terminal.bytes() - bytes;
    assert!(moved < 250, "{moved} bytes for one move of the cursor");
}

/// How often the process has given up the processor, or lost it: it has not run where that stays
/// the same (proc(5), status).
fn switches(process: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let of_task = |task: PathBuf| {
        let status = std::fs::read_to_string(task.join("status")).unwrap();
        let counts = status
            .lines()
            .filter(|line| line.contains("ctxt_switches:"));
        counts
            .map(|line| line.rsplit('\t').next().unwrap().parse::<u64>().unwrap())
            .sum::<u64>()
    };
    tasks.map(|task| of_task(task.unwrap().path())).sum()
}

#[test]
fn an_idle_program_sends_nothing_and_costs_nothing() {
    let master = Master::new();
    let terminal = master.start(&[], 80, 24);
    terminal.wait_for("quit");
    let idle = || (terminal.bytes(), switches(terminal.process()));
    // What it does at its start is over when it has not run for a second. This measures idleness,
    // it waits for nothing.
    let mut before = (0, 0);
    for _ in 0..30 {
        before = idle();
        std::thread::sleep(Duration::from_secs(1));
        if idle() == before {
            break;
        }
    }
    std::thread::sleep(Duration::from_secs(10));
    assert_eq!(idle(), before, "it woke");
}

#[test]
fn a_log_is_written_where_it_is_asked_for() {
    let master = Master::new();
    let (own, named) = (
        master.root.path().join("var/lib/kubepki"),
        master.home.path().join("state"),
    );
    drop(master.start(&["--state-dir", text(&named)], 80, 24));
    assert!(!own.exists() && !named.exists());
    drop(master.start(&["-v", "--read-only", "--state-dir", text(&named)], 80, 24));
    let log = std::fs::read_to_string(named.join("kubepki.log")).unwrap();
    assert!(
        !own.exists() && log.contains("Z read /etc/kubernetes/pki/ca.key\n"),
        "{log}"
    );
    assert!(
        log.contains("layout kubeadm in /etc/kubernetes in ") && log.contains(" signatures in "),
        "{log}"
    );
    assert!(
        !log.contains("BEGIN") && log.lines().all(|line| line.len() < 200),
        "{log}"
    );
    if rustix::process::geteuid().is_root() {
        drop(master.start(&["-v"], 80, 24));
        assert!(own.join("kubepki.log").is_file());
    }
}
