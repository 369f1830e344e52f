//! The running side by keys, in the real program: the demo's servers are asked and restarted, and a
//! silent port holds nothing up.

use std::io::{ErrorKind, Read as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use kubepki::pki::text::short_serial;
use kubepki::pki::{Certificate, pem};
use portable_pty::CommandBuilder;
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::support;
use crate::support::terminal::{READ, Terminal};

/// How long somebody may take to connect.
const PATIENCE: Duration = Duration::from_secs(20);

/// A port that takes every connection and never says a word.
struct Silent {
    port: u16,
    connections: Receiver<TcpStream>,
}

impl Silent {
    fn listen() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, connections) = channel();
        // It ends with the test's process, or when nobody takes its connections any more.
        std::thread::spawn(move || {
            listener
                .incoming()
                .flatten()
                .all(|client| sender.send(client).is_ok())
        });
        Self { port, connections }
    }

    /// The demo's master as a disk of another machine: every port of it is this one.
    fn master(&self, folder: &Path) -> PathBuf {
        let root = folder.join("master");
        kubepki::engine::demo::create(&root, OffsetDateTime::now_utc()).expect("the demo");
        let port = self.port;
        let changed = [
            (
                "--secure-port=6443".to_owned(),
                format!("--secure-port={port}"),
            ),
            (
                "127.0.0.1:2379,https://10.0.0.10:2379".to_owned(),
                format!("0.0.0.0:{port}"),
            ),
            (
                "--listen-peer-urls=https://10.0.0.10:2380".to_owned(),
                format!("--listen-peer-urls=https://0.0.0.0:{port}"),
            ),
            ("10.0.0.10:2379".to_owned(), format!("127.0.0.1:{port}")),
            ("10.0.0.10:2380".to_owned(), format!("127.0.0.1:{port}")),
            ("10.0.0.10".to_owned(), "127.0.0.1".to_owned()),
        ];
        for name in ["etcd", "kube-apiserver"] {
            let path = root.join(format!("etc/kubernetes/manifests/{name}.yaml"));
            let text = std::fs::read_to_string(&path).expect("readable");
            let text = changed
                .iter()
                .fold(text, |text, (old, new)| text.replace(old, new));
            std::fs::write(&path, text).expect("writable");
        }
        let path = root.join("var/lib/kubelet/config.yaml");
        let text = std::fs::read_to_string(&path).expect("readable");
        std::fs::write(&path, format!("{text}port: {port}\n")).expect("writable");
        root
    }

    /// The next connection, which must come.
    fn connection(&self) -> TcpStream {
        let client = self
            .connections
            .recv_timeout(PATIENCE)
            .expect("somebody connects");
        client.set_nonblocking(true).expect("a socket");
        client
    }
}

/// The certificates that a process serves on loopback, as openssl sees them.
fn served_by(process: u32, openssl: &Path) -> Vec<Certificate> {
    let ports = listening(process).into_iter();
    let certificates = ports.filter_map(|port| {
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(openssl);
        command
            .args(["s_client", "-connect", &address, "-showcerts", "-ign_eof"])
            .stdin(Stdio::null());
        let said = command.output().expect("openssl starts").stdout;
        let first = pem::blocks(&said).into_iter().find_map(Result::ok)?;
        Certificate::from_der(&first.der).ok()
    });
    certificates.collect()
}

/// The ports on which a process listens (proc(5), /proc/PID/net/tcp: 0A is LISTEN).
fn listening(process: u32) -> Vec<u16> {
    let folder = PathBuf::from(format!("/proc/{process}"));
    let open = std::fs::read_dir(folder.join("fd"))
        .expect("our own process")
        .flatten();
    let links: Vec<PathBuf> = open
        .filter_map(|entry| std::fs::read_link(entry.path()).ok())
        .collect();
    let table = std::fs::read_to_string(folder.join("net/tcp")).expect("readable");
    let rows = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let own = rows.filter(|row| {
        row.get(3) == Some(&"0A")
            && row
                .get(9)
                .is_some_and(|inode| links.contains(&format!("socket:[{inode}]").into()))
    });
    own.filter_map(|row| u16::from_str_radix(row[1].split_once(':')?.1, 16).ok())
        .collect()
}

/// The first certificate of a file.
fn certificate(path: &Path) -> Certificate {
    let block = pem::blocks(&std::fs::read(path).expect("readable"))
        .remove(0)
        .expect("a block");
    Certificate::from_der(&block.der).expect("a certificate")
}

/// Its serial number as it is shown in short.
fn serial(certificate: &Certificate) -> String {
    short_serial(&certificate.details().serial_number).into_owned()
}

/// The demo in a terminal, its folder in `home`.
fn start_demo(home: &Path) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_kubepki"));
    command.arg("--demo");
    for (name, value) in [
        ("TERM", Path::new("xterm-256color")),
        ("HOME", home),
        ("TMPDIR", home),
    ] {
        command.env(name, value);
    }
    command.env_remove("NO_COLOR");
    let terminal = Terminal::start_command(command, 120, 36);
    terminal.wait_for("apiserver");
    terminal
}

/// The demo's folder of certificates.
fn demo_pki(home: &Path) -> PathBuf {
    let folders = std::fs::read_dir(home)
        .expect("readable")
        .flatten()
        .map(|entry| entry.path().join("master"));
    let mut demos = folders.filter(|path| path.join("etc/kubernetes").is_dir());
    demos.next().expect("the demo").join("etc/kubernetes/pki")
}

/// The row that begins with this component and its port.
fn row<'a>(screen: &'a str, name: &str, port: &str) -> Option<&'a str> {
    screen.lines().find(|line| {
        let mut words = line.trim_start_matches(['│', '▌', ' ']).split_whitespace();
        words.next() == Some(name) && words.next() == Some(port)
    })
}

fn is_at(screen: &str, name: &str, port: &str, verb: &str) -> bool {
    row(screen, name, port).is_some_and(|row| row.split_whitespace().any(|word| word == verb))
}

#[test]
fn the_demo_serves_an_old_certificate_until_it_is_restarted() {
    let Some(openssl) = support::tool("openssl") else {
        return;
    };
    let home = TempDir::new().expect("a home");
    let mut terminal = start_demo(home.path());
    terminal.wait_still(READ);
    assert!(
        listening(terminal.process()).is_empty(),
        "nothing listens before it is asked for"
    );
    terminal.send("0");
    terminal.wait_for("not asked");
    terminal.send("P");
    let screen = terminal.wait_until("an old certificate", |screen| {
        is_at(screen, "etcd", "2379", "restart")
    });
    let on_disk = certificate(&demo_pki(home.path()).join("etcd/server.crt"));
    let all = served_by(terminal.process(), &openssl);
    assert_eq!(all.len(), 6);
    let subject = |one: &Certificate| one.details().subject.to_rfc4514();
    let served = all
        .iter()
        .filter(|one| subject(one) == subject(&on_disk) && *one != &on_disk);
    // The peers' port has the same subject: the screen must show one of the two on each row.
    let served: Vec<String> = served.map(serial).collect();
    assert_eq!(served.len(), 2);
    let etcd = row(&screen, "etcd", "2379").expect("a row");
    assert!(
        etcd.contains(&serial(&on_disk)) && served.iter().any(|old| etcd.contains(old)),
        "{served:?}: {etcd}"
    );
    terminal.send("g");
    terminal.wait_still(READ);
    terminal.send("x");
    terminal.wait_until("the new certificate", |screen| {
        is_at(screen, "etcd", "2379", "nothing")
    });
    let all = served_by(terminal.process(), &openssl);
    assert!(all.contains(&on_disk) && !all.iter().any(|one| served.contains(&serial(one))));
}

#[test]
fn what_was_renewed_is_restarted_step_by_step_until_nothing_is_left() {
    let home = TempDir::new().expect("a home");
    let mut terminal = start_demo(home.path());
    terminal.send("R");
    terminal.wait_for("one transaction");
    terminal.wait_still(READ);
    terminal.send("\r");
    terminal.wait_for("undoes");
    terminal.wait_still(READ);
    terminal.send("A");
    terminal.wait_for("its process began");
    terminal.send("0P");
    terminal.wait_until("the new API server", |screen| {
        is_at(screen, "kube-apiserver", "6443", "nothing")
    });
    terminal.wait_still(READ);
    terminal.send("A");
    let screen = terminal.wait_until("no old certificate", |screen| {
        is_at(screen, "etcd", "2379", "nothing")
    });
    for (name, port) in [
        ("etcd-peer", "2380"),
        ("kube-scheduler", "10259"),
        ("kube-controller-manager", "10257"),
    ] {
        assert!(is_at(&screen, name, port, "nothing"), "{name}: {screen}");
    }
    assert!(is_at(&screen, "kubelet", "10250", "nothing"), "{screen}");
}

/// Whether the other side still waits for an answer.
fn waits(mut client: &TcpStream) -> bool {
    let mut hello = [0; 4096];
    loop {
        match client.read(&mut hello) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
}

#[test]
fn keys_are_answered_while_a_port_is_silent() {
    let (silent, folder) = (Silent::listen(), TempDir::new().expect("a folder"));
    let root = silent.master(folder.path());
    let mut terminal = Terminal::start(folder.path(), &["--root", support::text(&root)], 120, 36);
    terminal.wait_for("apiserver");
    terminal.wait_still(READ);
    assert!(
        silent.connections.try_recv().is_err(),
        "nothing is connected unasked"
    );
    // On a machine that is busy enough the port may be given up before the keys are through: then
    // once more.
    let is_answered = (0..5).any(|_| {
        terminal.send("P");
        let waiting = silent.connection();
        let back = ("\x7f", "Kubeconfigs ─");
        for (key, shown) in [
            ("?", "Help"),
            back,
            ("7", "every change will stand here"),
            back,
        ] {
            terminal.send(key);
            terminal.wait_for(shown);
        }
        let is_answered = waits(&waiting);
        terminal.send("0");
        terminal.wait_for("no answer in 5 s");
        terminal.send("\x7f");
        terminal.wait_for("Kubeconfigs ─");
        while silent.connections.try_recv().is_ok() {}
        is_answered
    });
    assert!(
        is_answered,
        "no key was answered before the port was given up"
    );
    terminal.send("P");
    silent.connection();
    terminal.send("\x03");
    assert_eq!(terminal.wait_end(), 0);
}
