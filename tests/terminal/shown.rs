//! The real program in a pseudo terminal. What it shows is compared with what openssl says of the
//! same files.

use std::path::Path;

use kubepki::model::route::RouteName;
use portable_pty::CommandBuilder;

use crate::support::demo_master::{MOMENT, Master};
use crate::support::terminal::Terminal;
use crate::support::{self, text};

/// The bytes of hex digits in the way a screen may break or group them.
fn digits(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_hexdigit)
        .collect::<String>()
        .to_ascii_lowercase()
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
        RouteName::Kubeconfigs => (
            "4",
            master
                .user_of("etc/kubernetes/controller-manager.conf")?
                .chars()
                .take(12)
                .collect(),
        ),
        RouteName::Certificate => ("2\r", master.user_of("root/.kube/config")?),
        RouteName::Kubeconfig => ("4\r", master.user_of("etc/kubernetes/admin.conf")?),
        RouteName::Request => ("3G\r", asked(master)?),
        RouteName::Why => (
            "1jw",
            "/etc/kubernetes/manifests/kube-apiserver.yaml".to_owned(),
        ),
        // These follow a change, which this master does not see: `change.rs` drives them.
        RouteName::Wizard
        | RouteName::Review
        | RouteName::Difference
        | RouteName::Commands
        | RouteName::Operation => {
            return None;
        }
        RouteName::Join => ("8", "Join".to_owned()),
        RouteName::Token => ("8\r", "Token".to_owned()),
        // One follows a setup, the other a paste: `paste.rs` drives it.
        RouteName::Guide | RouteName::Pasted => return None,
        // Rows have room for the end of a serial number of 16 digits.
        RouteName::Served => ("0", serial(master)?.split_off(12)),
        // The worst is the API server: its certificate has ended.
        RouteName::Component => ("0\r", serial(master)?),
        RouteName::Ledger => ("6", "kube-apiserver".to_owned()),
        RouteName::LedgerEntry => ("6\r", "To find it".to_owned()),
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
        let Some((keys, expected)) = way(route, &master) else {
            continue;
        };
        assert!(keys.chars().count() <= 3, "{route:?}");
        let mut terminal = master.start(&[], 80, 24);
        terminal.wait_for("quit");
        for key in keys.chars() {
            terminal.send(&key.to_string());
        }
        terminal.wait_until(&format!("{expected:?} on {route:?}"), |screen| {
            screen.contains(&expected)
        });
        terminal.send("\x03");
        assert_eq!(terminal.wait_end(), 0, "{route:?}");
    }
}

#[test]
fn the_certificate_screen_says_what_openssl_says() {
    let master = Master::new();
    let Some(serial) = master.openssl(&["x509", "-serial"], "etc/kubernetes/pki/apiserver.crt")
    else {
        return;
    };
    let serial = digits(serial.trim_start_matches("serial="));
    let mut terminal = master.start(&[], 120, 60);
    terminal.send("2/apiserver\r");
    terminal.wait_until("the filtered rows", |screen| {
        !screen.contains("kube-scheduler")
    });
    terminal.send("\r");
    terminal.wait_until("the serial number", |screen| {
        screen
            .lines()
            .any(|line| line.to_lowercase().contains("serial") && digits(line).contains(&serial))
    });
    terminal.wait_for("10.96.0.1");
    terminal.wait_for("kubernetes.default.svc");
}

#[test]
fn plain_tells_lines_and_draws_nothing() {
    let master = Master::new();
    let mut terminal = master.start(&["--plain"], 80, 24);
    terminal.wait_for("> ~/.kube/config ✗ expired 244 d");
    assert!(!terminal.screen(vt100::Screen::alternate_screen));
    // A paste is no keys there either.
    assert!(terminal.screen(vt100::Screen::bracketed_paste));
    terminal.send("j");
    terminal.wait_for("> admin.conf ✗ expired 2 d");
    terminal.send("q");
    assert_eq!(terminal.wait_end(), 0);
    assert!(!terminal.screen(vt100::Screen::bracketed_paste));
}

#[test]
fn a_dumb_terminal_gets_no_codes() {
    let master = Master::new();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_kubepki"));
    command.args([
        "--root",
        text(master.root.path()),
        "--at",
        MOMENT,
        "--plain",
    ]);
    command.env("TERM", "dumb");
    command.env("HOME", master.home.path());
    let mut terminal = Terminal::start_command(command, 80, 24);
    terminal.wait_for("> ~/.kube/config ✗ expired 244 d");
    assert!(!terminal.screen(vt100::Screen::bracketed_paste));
    terminal.send("q");
    assert_eq!(terminal.wait_end(), 0);
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
                assert_eq!(
                    (cell.fgcolor(), cell.bgcolor()),
                    (vt100::Color::Default, vt100::Color::Default)
                );
            }
        }
    });
}

#[test]
fn without_a_terminal_it_names_list() {
    let master = Master::new();
    let output = support::run(
        Path::new(env!("CARGO_BIN_EXE_kubepki")),
        &["--root", text(master.root.path())],
    );
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("kubepki list"));
}
