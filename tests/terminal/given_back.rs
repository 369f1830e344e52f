//! The terminal of the real program: it is given back, taken again, resized, and may vanish.

use std::io::Read as _;
use std::time::Duration;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::support::demo_master::{MOMENT, Master};
use crate::support::terminal::Terminal;
use crate::support::{succeed, text, tool};

#[test]
fn the_terminal_is_given_back_after_each_end() {
    let master = Master::new();
    for (signal, keys) in [
        ("", "q"),
        ("", "\x03"),
        ("-TERM", ""),
        ("-HUP", ""),
        ("-INT", ""),
        ("-QUIT", ""),
    ] {
        let mut terminal = master.start(&[], 80, 24);
        terminal.wait_for("quit");
        assert!(terminal.screen(vt100::Screen::alternate_screen));
        if signal.is_empty() {
            terminal.send(keys);
        } else {
            succeed(
                &tool("kill").expect("kill"),
                &[signal, &terminal.process().to_string()],
            );
        }
        terminal.wait_end();
        terminal.screen(|screen| {
            assert!(
                !screen.alternate_screen(),
                "{signal}{keys:?}: the alternate screen is left"
            );
            assert!(
                !screen.hide_cursor(),
                "{signal}{keys:?}: the cursor is shown"
            );
            assert_eq!(
                screen.mouse_protocol_mode(),
                vt100::MouseProtocolMode::None,
                "{signal}{keys:?}"
            );
            assert!(!screen.bracketed_paste(), "{signal}{keys:?}");
        });
    }
}

/// A terminal may vanish without SIGHUP, as with `tmux kill-server` under `su`: here it controls no
/// session.
#[test]
fn a_terminal_that_vanishes_ends_the_program() {
    let master = Master::new();
    let size = PtySize {
        rows: 24,
        cols: 80,
        pixel_width: 0,
        pixel_height: 0,
    };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_kubepki"));
    command.args(["--root", text(master.root.path()), "--at", MOMENT]);
    command.env("HOME", master.home.path());
    command.set_controlling_tty(false);
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let (mut shown, mut buffer) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&shown).contains("apiserver") {
        let read = reader.read(&mut buffer).unwrap();
        shown.extend(&buffer[..read]);
    }
    let mut killer = child.clone_killer();
    drop((reader, pair.master));
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait()));
    let ended = receiver.recv_timeout(Duration::from_secs(20));
    let _ = killer.kill();
    assert!(ended.is_ok(), "the program goes on without a terminal");
}

#[test]
fn ctrl_z_stops_and_the_shell_continues() {
    let master = Master::new();
    let mut shell = CommandBuilder::new("bash");
    shell.args(["--norc", "--noprofile", "-i"]);
    shell.env("PS1", "shell> ");
    shell.env("TERM", "xterm-256color");
    shell.env("HOME", master.home.path());
    let mut terminal = Terminal::start_command(shell, 80, 24);
    terminal.wait_for("shell>");
    let program = env!("CARGO_BIN_EXE_kubepki");
    terminal.send(&format!(
        "{program} --root {} --at {MOMENT}\r",
        text(master.root.path())
    ));
    terminal.wait_for("quit");
    terminal.send("\x1a");
    terminal.wait_for("Stopped");
    assert!(!terminal.screen(vt100::Screen::alternate_screen));
    terminal.send("fg\r");
    terminal.wait_until("the program again", |screen| {
        screen.contains("quit") && !screen.contains("Stopped")
    });
    terminal.send("q");
    terminal.wait_until("the shell again", |screen| screen.contains("shell>"));
}

#[test]
fn a_resize_is_followed() {
    let master = Master::new();
    let mut terminal = master.start(&[], 80, 24);
    terminal.wait_for("quit");
    for (columns, rows) in [(120, 36), (40, 12), (1, 1), (80, 24)] {
        terminal.resize(columns, rows);
    }
    terminal.wait_for("quit");
    terminal.resize(120, 36);
    terminal.wait_until("four panes", |screen| {
        ["Authorities", "Expiring", "Requests", "Kubeconfigs"]
            .iter()
            .all(|title| screen.matches(title).count() >= 2)
    });
}
