//! The real program in a pseudo terminal. What it shows is compared with what openssl says of the same files.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use kubepki::engine::demo;
use kubepki::model::route::RouteName;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tempfile::TempDir;
use time::macros::datetime;

use crate::support::terminal::Terminal;
use crate::support::{self, succeed, text, tool};

const MOMENT: &str = "2026-11-22T03:12:00Z";

struct Master {
    root: TempDir,
    home: TempDir,
}

impl Master {
    fn new() -> Self {
        let (root, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        demo::create(root.path(), datetime!(2026-11-22 03:12 UTC)).unwrap();
        Self { root, home }
    }

    fn start(&self, more: &[&str], columns: u16, rows: u16) -> Terminal {
        let mut arguments = vec!["--root", text(self.root.path()), "--at", MOMENT];
        arguments.extend(more);
        let terminal = Terminal::start(self.home.path(), &arguments, columns, rows);
        // Keys are typed when the master was read: before that there is no row to open.
        if columns >= 80 {
            terminal.wait_for("apiserver");
        }
        terminal
    }

    /// The CN of a kubeconfig's client certificate, by openssl.
    fn user_of(&self, kubeconfig: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.root.path().join(kubeconfig)).unwrap();
        let data = text.split("client-certificate-data: ").nth(1).unwrap().lines().next().unwrap();
        let file = self.home.path().join("client.crt");
        std::fs::write(&file, base64::engine::general_purpose::STANDARD.decode(data).unwrap()).unwrap();
        let subject = succeed(
            &tool("openssl")?,
            &["x509", "-noout", "-subject", "-nameopt", "RFC2253", "-in", self::text(&file)],
        );
        Some(subject.split("CN=").nth(1)?.split(',').next()?.trim().to_owned())
    }

    fn openssl(&self, command: &[&str], file: &str) -> Option<String> {
        let file = self.root.path().join(file);
        let mut arguments = command.to_vec();
        arguments.extend(["-noout", "-in", text(&file)]);
        Some(succeed(&tool("openssl")?, &arguments).trim().to_owned())
    }
}

/// The bytes of hex digits in the way a screen may break or group them.
fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase()
}

/// For each route the keys from a fresh start at 80x24, and the value that must stand there.
fn way(route: RouteName, master: &Master) -> Option<(&'static str, String)> {
    let name = |file: &str| {
        let subject = master.openssl(&["x509", "-subject", "-nameopt", "RFC2253"], file)?;
        Some(subject.split("CN=").nth(1)?.split(',').next()?.to_owned())
    };
    Some(match route {
        RouteName::Authorities => ("1", name("etc/kubernetes/pki/etcd/ca.crt")?),
        RouteName::Expiring => ("2", "apiserver".to_owned()),
        RouteName::Requests => ("3", asked(master)?),
        RouteName::Kubeconfigs => {
            ("4", master.user_of("etc/kubernetes/controller-manager.conf")?.chars().take(12).collect())
        }
        RouteName::Certificate => ("2\r", master.user_of("root/.kube/config")?),
        RouteName::Kubeconfig => ("4\r", master.user_of("etc/kubernetes/admin.conf")?),
        RouteName::Request => ("3G\r", asked(master)?),
        RouteName::Why => ("1jw", "/etc/kubernetes/manifests/kube-apiserver.yaml".to_owned()),
        // These follow a change, which this master does not see: `change_terminal.rs` drives them.
        RouteName::Wizard | RouteName::Review | RouteName::Difference | RouteName::Commands | RouteName::Operation => {
            return None;
        }
        RouteName::Join => ("8", "Join".to_owned()),
        RouteName::Token => ("8\r", "Token".to_owned()),
        // It follows a setup.
        RouteName::Guide => return None,
        // Rows have room for the end of a serial number of 16 digits.
        RouteName::Served => ("0", serial(master)?.split_off(12)),
        // The worst is the API server: its certificate has ended.
        RouteName::Component => ("0\r", serial(master)?),
        RouteName::History => ("7", "History".to_owned()),
        RouteName::Unread => ("!", "read".to_owned()),
        RouteName::Lens => ("t", "+90d".to_owned()),
        RouteName::Palette => (":", "renew due".to_owned()),
        RouteName::Help => ("?", "Help".to_owned()),
    })
}

/// The serial number of the API server's certificate, by openssl.
fn serial(master: &Master) -> Option<String> {
    let serial = master.openssl(&["x509", "-serial"], "etc/kubernetes/pki/apiserver.crt")?;
    Some(serial.trim_start_matches("serial=").to_lowercase())
}

/// The CN that the demo's request file asks for, by openssl.
fn asked(master: &Master) -> Option<String> {
    let file = "etc/kubernetes/pki/ci-deployer.csr";
    let subject = master.openssl(&["req", "-subject", "-nameopt", "RFC2253"], file)?;
    Some(subject.split("CN=").nth(1)?.split(',').next()?.to_owned())
}

#[test]
fn every_route_is_three_keys_away() {
    let master = Master::new();
    for route in RouteName::all() {
        let Some((keys, expected)) = way(route, &master) else { continue };
        assert!(keys.chars().count() <= 3, "{route:?}");
        let mut terminal = master.start(&[], 80, 24);
        terminal.wait_for("quit");
        for key in keys.chars() {
            terminal.send(&key.to_string());
        }
        terminal.wait_until(&format!("{expected:?} on {route:?}"), |screen| screen.contains(&expected));
        terminal.send("\x03");
        assert_eq!(terminal.wait_end(), 0, "{route:?}");
    }
}

#[test]
fn the_certificate_screen_says_what_openssl_says() {
    let master = Master::new();
    let Some(serial) = master.openssl(&["x509", "-serial"], "etc/kubernetes/pki/apiserver.crt") else { return };
    let serial = digits(serial.trim_start_matches("serial="));
    let mut terminal = master.start(&[], 120, 60);
    terminal.send("2/apiserver\r");
    terminal.wait_until("the filtered rows", |screen| !screen.contains("kube-scheduler"));
    terminal.send("\r");
    terminal.wait_until("the serial number", |screen| {
        screen.lines().any(|line| line.to_lowercase().contains("serial") && digits(line).contains(&serial))
    });
    terminal.wait_for("10.96.0.1");
    terminal.wait_for("kubernetes.default.svc");
}

#[test]
fn the_terminal_is_given_back_after_each_end() {
    let master = Master::new();
    for (signal, keys) in [("", "q"), ("", "\x03"), ("-TERM", ""), ("-HUP", ""), ("-INT", ""), ("-QUIT", "")] {
        let mut terminal = master.start(&[], 80, 24);
        terminal.wait_for("quit");
        assert!(terminal.screen(vt100::Screen::alternate_screen));
        if signal.is_empty() {
            terminal.send(keys);
        } else {
            succeed(&tool("kill").expect("kill"), &[signal, &terminal.process().to_string()]);
        }
        terminal.wait_end();
        terminal.screen(|screen| {
            assert!(!screen.alternate_screen(), "{signal}{keys:?}: the alternate screen is left");
            assert!(!screen.hide_cursor(), "{signal}{keys:?}: the cursor is shown");
            assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "{signal}{keys:?}");
            assert!(!screen.bracketed_paste(), "{signal}{keys:?}");
        });
    }
}

/// A terminal may vanish without SIGHUP, as with `tmux kill-server` under `su`: here it controls no session.
#[test]
fn a_terminal_that_vanishes_ends_the_program() {
    let master = Master::new();
    let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
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
    terminal.send(&format!("{program} --root {} --at {MOMENT}\r", text(master.root.path())));
    terminal.wait_for("quit");
    terminal.send("\x1a");
    terminal.wait_for("Stopped");
    assert!(!terminal.screen(vt100::Screen::alternate_screen));
    terminal.send("fg\r");
    terminal.wait_until("the program again", |screen| screen.contains("quit") && !screen.contains("Stopped"));
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
        ["Authorities", "Expiring", "Requests", "Kubeconfigs"].iter().all(|title| screen.matches(title).count() >= 2)
    });
}

#[test]
fn a_changed_file_is_read_again_by_itself() {
    let master = Master::new();
    let terminal = master.start(&[], 80, 24);
    terminal.wait_for("quit");
    let file = master.root.path().join("etc/kubernetes/pki/etcd/server.crt");
    let row = |screen: &str| screen.lines().find(|line| line.contains(" etcd-server ")).map(str::to_owned);
    let before = terminal.wait_until("etcd-server", |screen| row(screen).is_some());
    assert!(!row(&before).unwrap().contains("broken"), "{before}");
    std::fs::write(&file, "no certificate").unwrap();
    terminal.wait_until("the broken file", |screen| row(screen).is_some_and(|row| row.contains("broken")));
}

#[test]
fn a_certificate_in_a_new_folder_is_found_by_itself() {
    let master = Master::new();
    let terminal = master.start(&[], 120, 60);
    terminal.wait_for("quit");
    let pki = master.root.path().join("etc/kubernetes/pki");
    // A file shows that the folder was seen, before another one comes.
    std::fs::create_dir(pki.join("users")).unwrap();
    std::fs::write(pki.join("users/first.crt"), "no certificate").unwrap();
    terminal.wait_for("first.crt");
    std::fs::create_dir(pki.join("more")).unwrap();
    std::fs::write(pki.join("seen.crt"), "no certificate").unwrap();
    terminal.wait_for("seen.crt");
    std::fs::write(pki.join("more/second.crt"), "no certificate").unwrap();
    terminal.wait_for("second.crt");
}

#[test]
fn a_master_that_went_away_is_read_when_it_is_back() {
    let master = Master::new();
    let terminal = master.start(&[], 120, 60);
    terminal.wait_for("quit");
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (master.root.path().to_owned(), folder.path().join("moved"));
    std::fs::write(here.join("etc/kubernetes/pki/seen.crt"), "no certificate").unwrap();
    terminal.wait_for("seen.crt");
    std::fs::rename(&here, &there).unwrap();
    terminal.wait_for("does not exist");
    std::fs::write(there.join("etc/kubernetes/pki/back.crt"), "no certificate").unwrap();
    std::fs::rename(&there, &here).unwrap();
    terminal.wait_for("back.crt");
}

#[test]
fn plain_tells_lines_and_draws_nothing() {
    let master = Master::new();
    let mut terminal = master.start(&["--plain"], 80, 24);
    terminal.wait_for("> ~/.kube/config ✗ expired 244 d");
    assert!(!terminal.screen(vt100::Screen::alternate_screen));
    terminal.send("j");
    terminal.wait_for("> admin.conf ✗ expired 2 d");
    terminal.send("q");
    assert_eq!(terminal.wait_end(), 0);
}

/// A line of 1,200 bytes a second that answers after 300 ms shows the worst within 4 seconds.
#[test]
fn a_useful_frame_fits_a_slow_line() {
    let master = Master::new();
    let mut terminal = master.start(&[], 80, 24);
    terminal.wait_until("the worst", |screen| {
        ["3 expired", "admin.conf", "apiserver", "logs and exec stop", "q quit"]
            .iter()
            .all(|text| screen.contains(text))
    });
    let bytes = terminal.bytes();
    assert!(bytes < (4_000 - 300) * 1_200 / 1_000, "{bytes} bytes until the first useful frame");
    terminal.send("j");
    terminal.wait_for("▌admin.conf");
    let moved = terminal.bytes() - bytes;
    assert!(moved < 250, "{moved} bytes for one move of the cursor");
}

/// How often the process has given up the processor, or lost it: it has not run where that stays the same (proc(5), status).
fn switches(process: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let of_task = |task: PathBuf| {
        let status = std::fs::read_to_string(task.join("status")).unwrap();
        let counts = status.lines().filter(|line| line.contains("ctxt_switches:"));
        counts.map(|line| line.rsplit('\t').next().unwrap().parse::<u64>().unwrap()).sum::<u64>()
    };
    tasks.map(|task| of_task(task.unwrap().path())).sum()
}

#[test]
fn an_idle_program_sends_nothing_and_costs_nothing() {
    let master = Master::new();
    let terminal = master.start(&[], 80, 24);
    terminal.wait_for("quit");
    let idle = || (terminal.bytes(), switches(terminal.process()));
    // What it does at its start is over when it has not run for a second. This measures idleness, it waits for nothing.
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
    let (own, named) = (master.root.path().join("var/lib/kubepki"), master.home.path().join("state"));
    drop(master.start(&["--state-dir", text(&named)], 80, 24));
    assert!(!own.exists() && !named.exists());
    drop(master.start(&["-v", "--read-only", "--state-dir", text(&named)], 80, 24));
    let log = std::fs::read_to_string(named.join("kubepki.log")).unwrap();
    assert!(!own.exists() && log.contains("Z read /etc/kubernetes/pki/ca.key\n"), "{log}");
    assert!(log.contains("layout kubeadm in /etc/kubernetes in ") && log.contains(" signatures in "), "{log}");
    assert!(!log.contains("BEGIN") && log.lines().all(|line| line.len() < 200), "{log}");
    if rustix::process::geteuid().is_root() {
        drop(master.start(&["-v"], 80, 24));
        assert!(own.join("kubepki.log").is_file());
    }
}

#[test]
fn no_color_sends_no_color() {
    let master = Master::new();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_kubepki"));
    command.args(["--root", text(master.root.path()), "--at", MOMENT]);
    command.env("TERM", "xterm-256color");
    command.env("NO_COLOR", "1");
    command.env("HOME", master.home.path());
    let terminal = Terminal::start_command(command, 80, 24);
    terminal.wait_for("expired");
    terminal.screen(|screen| {
        for row in 0..24 {
            for column in 0..80 {
                let cell = screen.cell(row, column).unwrap();
                assert_eq!((cell.fgcolor(), cell.bgcolor()), (vt100::Color::Default, vt100::Color::Default));
            }
        }
    });
}

#[test]
fn without_a_terminal_it_names_list() {
    let master = Master::new();
    let output = support::run(Path::new(env!("CARGO_BIN_EXE_kubepki")), &["--root", text(master.root.path())]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("kubepki list"));
}
