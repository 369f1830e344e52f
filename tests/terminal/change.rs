//! A master changed by keys, in the real program: two renew what has expired, one takes it back.

use std::path::{Path, PathBuf};
use std::time::Instant;

use kubepki::record::OperationState;
use portable_pty::CommandBuilder;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::support::changing::{Master, differing};
use crate::support::remembered::operations;
use crate::support::terminal::{READ, Terminal};
use crate::support::{expired, succeed, text, tool};

fn start(home: &Path, master: &Master, more: &[&str]) -> Terminal {
    let arguments = [&master.flags()[..], more].concat();
    let terminal = Terminal::start(home, &arguments, 100, 30);
    terminal.wait_for("apiserver");
    terminal
}

/// Every leaf below the PKI folder, with the CA that must have signed it.
fn leaves(master: &Master) -> Vec<(PathBuf, PathBuf)> {
    let pki = |name: &str| master.file(&format!("/etc/kubernetes/pki/{name}.crt"));
    let signed = [
        ("ca", &["apiserver", "apiserver-kubelet-client"][..]),
        (
            "etcd/ca",
            &[
                "apiserver-etcd-client",
                "etcd/server",
                "etcd/peer",
                "etcd/healthcheck-client",
            ],
        ),
        ("front-proxy-ca", &["front-proxy-client"]),
    ];
    signed
        .iter()
        .flat_map(|(ca, leaves)| leaves.iter().map(|leaf| (pki(ca), pki(leaf))))
        .collect()
}

#[test]
fn two_keys_renew_what_has_expired_and_one_takes_it_back() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let (folder, home) = (
        TempDir::new().expect("a folder"),
        TempDir::new().expect("a home"),
    );
    let Some(master) = expired::master(folder.path(), "healthy-ecdsa-136") else {
        return;
    };
    let before = master.tree();
    let mut terminal = start(home.path(), &master, &[]);
    assert!(!master.state.exists(), "looking makes no state");
    terminal.send("R");
    terminal.wait_for("one transaction");
    terminal.wait_still(READ);
    terminal.send("\r");
    terminal.wait_for("undoes");
    for (authority, leaf) in leaves(&master) {
        succeed(
            &openssl,
            &[
                "verify",
                "-x509_strict",
                "-CAfile",
                text(&authority),
                text(&leaf),
            ],
        );
    }
    let done = operations(&master.state);
    assert_eq!(
        done.iter().map(|it| it.state).collect::<Vec<_>>(),
        [OperationState::Done]
    );
    assert!(!differing(&before, &master.tree()).is_empty());
    // What was written by ourselves is read once, not again by the watcher; the screen comes to
    // rest.
    terminal.wait_still(READ);
    terminal.send("u");
    terminal.wait_for("as before");
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
    assert_eq!(operations(&master.state)[0].state, OperationState::Undone);
    terminal.wait_still(READ);
    terminal.send("u");
    terminal.wait_for("it is undone already");
    assert_eq!(operations(&master.state).len(), 2);
}

#[test]
fn what_another_kubepki_does_is_in_the_history_at_once() {
    let (folder, home) = (
        TempDir::new().expect("a folder"),
        TempDir::new().expect("a home"),
    );
    let Some(master) = expired::master(folder.path(), "healthy-ecdsa-136") else {
        return;
    };
    let before = master.tree();
    let mut one = start(home.path(), &master, &[]);
    let mut other = start(home.path(), &master, &[]);
    one.send("R");
    one.wait_for("one transaction");
    one.wait_still(READ);
    one.send("\r");
    one.wait_for("undoes");
    other.wait_for("7 History·1");
    other.wait_still(READ);
    other.send("u");
    other.wait_for("as before");
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
    one.send("7");
    one.wait_for("7 History·2");
    one.wait_for("undone");
}

#[test]
fn a_burst_of_keys_changes_one_operation_at_most() {
    let (folder, home) = (
        TempDir::new().expect("a folder"),
        TempDir::new().expect("a home"),
    );
    let Some(master) = expired::master(folder.path(), "healthy-ecdsa-136") else {
        return;
    };
    let mut terminal = start(home.path(), &master, &[]);
    terminal.send("R\r\rrr");
    terminal.wait_still(READ);
    assert!(operations(&master.state).len() <= 1);
    terminal.send("\x03");
    assert_eq!(terminal.wait_end(), 0);
    assert!(operations(&master.state).len() <= 1);
}

#[test]
fn no_end_of_the_program_cuts_an_operation_in_two() {
    for end in [None, Some(Signal::TERM), Some(Signal::HUP)] {
        let (folder, home) = (
            TempDir::new().expect("a folder"),
            TempDir::new().expect("a home"),
        );
        let Some(master) = expired::master(folder.path(), "healthy-ecdsa-136") else {
            return;
        };
        let before = master.tree();
        let mut terminal = start(home.path(), &master, &[]);
        terminal.send("R");
        terminal.wait_for("one transaction");
        terminal.wait_still(READ);
        match end {
            None => terminal.send("\r\x03"),
            Some(signal) => {
                terminal.send("\r");
                // The old files are put aside: it has begun.
                wait_until(|| {
                    std::fs::read_dir(master.state.join("operations"))
                        .is_ok_and(|all| all.count() > 0)
                });
                let process = i32::try_from(terminal.process())
                    .ok()
                    .and_then(Pid::from_raw)
                    .expect("a process");
                kill_process(process, signal).expect("a signal");
            }
        }
        terminal.wait_end();
        let done = operations(&master.state);
        assert_eq!(
            done.iter().map(|it| it.state).collect::<Vec<_>>(),
            [OperationState::Done],
            "{end:?}"
        );
        assert!(!differing(&before, &master.tree()).is_empty());
    }
}

#[test]
fn who_leaves_during_a_change_sees_its_end_and_is_told_how_it_went() {
    let (Some(strace), folder) = (tool("strace"), TempDir::new().expect("a folder")) else {
        return;
    };
    let home = TempDir::new().expect("a home");
    let Some(master) = expired::master(folder.path(), "healthy-ecdsa-136") else {
        return;
    };
    let mut command = CommandBuilder::new(strace);
    // The second swap waits for the tracer, and the tracer (no parent of the program, `-D`) ends
    // when all was seen.
    let held = "inject=renameat2:delay_enter=60000000:when=2";
    command.args([
        "-D",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=renameat2",
        "-e",
        held,
    ]);
    command.arg(env!("CARGO_BIN_EXE_kubepki"));
    command.args(master.flags());
    command.env("TERM", "xterm-256color");
    command.env("HOME", home.path());
    let mut terminal = Terminal::start_command(command, 100, 30);
    terminal.wait_for("apiserver");
    terminal.send("R");
    terminal.wait_for("one transaction");
    terminal.wait_still(READ);
    terminal.send("\r");
    terminal.wait_for("swap");
    terminal.send("q");
    terminal.wait_for("kubepki ends when it is done");
    terminal.resize(60, 20);
    // No action has this key: the words of the key before leave.
    terminal.send("X");
    terminal.wait_for("swap");
    kill_process(tracer(terminal.process()), Signal::KILL).expect("the tracer ends");
    assert_eq!(terminal.wait_end(), 0);
    assert!(!terminal.screen(vt100::Screen::alternate_screen));
    let shown = terminal.screen(vt100::Screen::contents);
    assert!(
        shown.contains("kubepki: renewed ") && shown.contains(" still hold the old ones"),
        "{shown}"
    );
    assert_eq!(operations(&master.state)[0].state, OperationState::Done);
}

/// Who traces a process (proc(5), `TracerPid`).
fn tracer(process: u32) -> Pid {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("its status");
    let number = status
        .lines()
        .find_map(|line| line.strip_prefix("TracerPid:"))
        .expect("a tracer");
    Pid::from_raw(number.trim().parse().expect("a number")).expect("somebody traces it")
}

/// Looks again and again, for there is nothing that would tell.
fn wait_until(condition: impl Fn() -> bool) {
    let end = Instant::now() + std::time::Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < end, "it does not come");
        std::thread::yield_now();
    }
}

#[test]
fn the_demo_is_changed_and_leaves_nothing_behind() {
    let home = TempDir::new().expect("a home");
    let own = Path::new("/var/lib/kubepki");
    let was_there = own.exists();
    let mut terminal = Terminal::start(home.path(), &["--demo"], 100, 30);
    terminal.wait_for("apiserver");
    terminal.send("R");
    terminal.wait_for("one transaction");
    terminal.wait_still(READ);
    terminal.send("\r");
    terminal.wait_for("undoes");
    terminal.wait_still(READ);
    terminal.send("u");
    terminal.wait_for("as before");
    terminal.send("\x03");
    assert_eq!(terminal.wait_end(), 0);
    assert_eq!(own.exists(), was_there);
    assert_eq!(std::fs::read_dir(home.path()).expect("a home").count(), 0);
}
