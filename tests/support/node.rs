//! A stand-in node: a master's tree in namespaces of its own, a real etcd, servers under the names
//! of the other components, a supervisor that starts again whatever ends, and a `crictl` and a
//! `systemctl` that reach only those (`tests/fixtures/node`). It ends with the test.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use rustix::fs::{Mode, mkfifoat};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::namespaces::{Namespaces, Room, children};
use super::{text, tool, zoo};

/// How long something may take to happen before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running node.
pub(crate) struct StandIn {
    namespaces: Namespaces,
    folder: TempDir,
    openssl: PathBuf,
}

impl StandIn {
    /// Starts one whose master's leaves are due. `None`, with a word, where a tool is missing or
    /// the system gives no namespaces.
    pub(crate) fn start() -> Option<Self> {
        Self::start_aged(350)
    }

    /// The same so many days after its certificates were made; they are for 365.
    pub(crate) fn start_aged(days: i64) -> Option<Self> {
        for name in ["bash", "mount", "ip", "etcd"] {
            tool(name)?;
        }
        let (nsenter, openssl) = (tool("nsenter")?, tool("openssl")?);
        let room = Room::new(tool("unshare")?)?;
        let folder = TempDir::new().expect("a folder");
        let made = (OffsetDateTime::now_utc() - time::Duration::days(days))
            .replace_nanosecond(0)
            .expect("a moment");
        let zoo = folder.path().join("zoo");
        zoo::make(
            &zoo,
            &made.format(&Rfc3339).expect("a date"),
            &["healthy-ecdsa-136"],
        )?;
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/node");
        let bin = folder.path().join("node/bin");
        fs::create_dir_all(&bin).expect("a folder");
        for name in ["crictl", "systemctl"] {
            fs::copy(fixtures.join("bin").join(name), bin.join(name)).expect("a copy");
        }
        let mut init = Command::new(fixtures.join("init"));
        init.arg(folder.path().join("node"))
            .arg(zoo.join("healthy-ecdsa-136"))
            .arg(env!("CARGO_BIN_EXE_kubepki"));
        let (namespaces, ready) = room.run(&init, nsenter);
        let node = Self {
            namespaces,
            folder,
            openssl,
        };
        assert_eq!(ready, "ready\n", "the node is not ready");
        node.wait_until("all components serve", || {
            PORTS.iter().all(|port| node.served(*port).is_some())
        });
        Some(node)
    }

    /// A path in the node's own folder, which is the same inside and outside.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("node").join(name)
    }

    /// A program inside.
    fn inside(&self, program: &Path) -> Command {
        let mut command = self.namespaces.command();
        command
            .env("PATH", self.search())
            .env("HOME", "/nonexistent")
            .arg(program);
        command
    }

    fn search(&self) -> String {
        format!(
            "{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            text(&self.path("bin"))
        )
    }

    /// kubepki inside, headless, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.inside(&self.path("kubepki"));
        command
            .args(arguments)
            .args(["--config-dir", text(&self.path("config"))]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs kubepki inside and gives its exit code, standard output and standard error.
    pub(crate) fn kubepki(&self, arguments: &[&str]) -> (i32, String, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(arguments).output().expect("kubepki ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (
            status.code().expect("no signal"),
            text(stdout),
            text(stderr),
        )
    }

    /// kubepki inside, for a terminal.
    pub(crate) fn in_terminal(&self, arguments: &[&str]) -> CommandBuilder {
        let command = self.command(arguments);
        let mut builder = CommandBuilder::new(command.get_program());
        builder.args(command.get_args());
        builder.env_clear();
        builder.cwd("/");
        for (name, value) in [
            ("PATH", &*self.search()),
            ("HOME", "/nonexistent"),
            ("TERM", "xterm-256color"),
        ] {
            builder.env(name, value);
        }
        builder
    }

    /// Kills kubepki inside, at once. `nsenter`: the process that it was started with.
    pub(crate) fn kill(nsenter: u32) {
        for pid in children(nsenter) {
            let pid = i32::try_from(pid)
                .ok()
                .and_then(Pid::from_raw)
                .expect("a process");
            kill_process(pid, Signal::KILL).expect("it can be killed");
        }
    }

    /// A process inside that has the name of a component, and is no part of the master.
    pub(crate) fn namesake(&self, component: &str) -> Child {
        let sleep = format!("exec -a {component} sleep 600");
        let child = self
            .inside(Path::new("bash"))
            .args(["-c", &sleep])
            .spawn()
            .expect("it starts");
        let is_there = || {
            let command = children(child.id())
                .first()
                .and_then(|pid| fs::read(format!("/proc/{pid}/cmdline")).ok());
            command.is_some_and(|command| command.starts_with(component.as_bytes()))
        };
        self.wait_until("a namesake", is_there);
        child
    }

    /// Runs a program inside, which must succeed.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self
            .inside(Path::new(program))
            .args(arguments)
            .output()
            .expect("it ends");
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {output:?}"
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// The number that the running component has inside.
    pub(crate) fn pid(&self, component: &str) -> u32 {
        let pid = fs::read_to_string(self.path("pid").join(component)).expect("it was started");
        pid.trim().parse().expect("a number")
    }

    /// When the running component began, as the kernel tells it (proc(5)): to the hundredth of a
    /// second.
    pub(crate) fn began(&self, component: &str) -> OffsetDateTime {
        let stat = format!("/proc/{}/stat", self.pid(component));
        let stat = self.run("cat", &[&stat]);
        let fields = stat.rsplit(')').next().expect("fields");
        let ticks: f64 = fields
            .split_whitespace()
            .nth(19)
            .expect("its start")
            .parse()
            .expect("a number");
        let uptime = fs::read_to_string("/proc/uptime").expect("the uptime");
        let uptime: f64 = uptime
            .split_whitespace()
            .next()
            .expect("seconds")
            .parse()
            .expect("a number");
        OffsetDateTime::now_utc() - time::Duration::seconds_f64(uptime - ticks / 100.0)
    }

    /// Ends the running component inside.
    pub(crate) fn end(&self, component: &str) {
        let pid = fs::read_to_string(self.path("pid").join(component)).expect("it was started");
        let status = self
            .inside(Path::new("kill"))
            .args(["-KILL", pid.trim()])
            .status()
            .expect("kill ends");
        assert!(status.success(), "{component} can be killed");
    }

    /// The serial number that openssl is served on a port; `None` where nobody answers.
    pub(crate) fn served(&self, port: u16) -> Option<String> {
        let mut client = self.inside(&self.openssl);
        client.args(["s_client", "-connect", &format!("127.0.0.1:{port}")]);
        if port == 2380 {
            client.args(["-connect", "10.0.0.10:2380"]);
        }
        let output = client
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .expect("openssl ends");
        self.serial_of(&output.stdout)
    }

    /// The serial number of a certificate of the master, by openssl.
    pub(crate) fn on_disk(&self, path: &str) -> String {
        let mut cat = self.inside(Path::new("cat"));
        let output = cat.arg(path).output().expect("cat ends");
        self.serial_of(&output.stdout)
            .unwrap_or_else(|| panic!("{path} holds no certificate"))
    }

    fn serial_of(&self, pem: &[u8]) -> Option<String> {
        let mut openssl = Command::new(&self.openssl);
        openssl
            .args(["x509", "-noout", "-serial"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut openssl = openssl.spawn().expect("openssl starts");
        // Where there is no certificate it ends before it has read.
        let _ = openssl.stdin.take().expect("a pipe").write_all(pem);
        let output = openssl.wait_with_output().expect("openssl ends");
        let line = String::from_utf8(output.stdout).expect("UTF-8");
        line.trim().strip_prefix("serial=").map(str::to_lowercase)
    }

    /// What the stand-ins of `crictl`, `systemctl` and the kubelet wrote down.
    pub(crate) fn log(&self) -> Vec<String> {
        fs::read_to_string(self.path("log"))
            .expect("the log")
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Waits until the log says so.
    pub(crate) fn wait_for(&self, line: &str) {
        self.wait_until(line, || self.log().iter().any(|one| one == line));
    }

    /// Waits for a condition.
    pub(crate) fn wait_until(&self, what: &str, condition: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !condition() {
            assert!(
                Instant::now() < end,
                "waited for {what}; the log says {:?}",
                self.log()
            );
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// Closes `gate/NAME` (a call of crictl) or `hold/NAME` (the supervisor): who comes there
    /// waits.
    pub(crate) fn close(&self, gate: &str) {
        mkfifoat(rustix::fs::CWD, self.path(gate), Mode::RUSR | Mode::WUSR).expect("a FIFO");
    }

    /// Lets who waits there go on. Waits for somebody to come.
    pub(crate) fn open(&self, gate: &str) {
        let path = self.path(gate);
        let waiting = OpenOptions::new()
            .write(true)
            .open(&path)
            .expect("somebody waits");
        fs::remove_file(&path).expect("the FIFO");
        drop(waiting);
    }

    /// The newest operation, as kubepki tells it.
    pub(crate) fn operation(&self) -> Value {
        let json = |arguments: &[&str]| -> Value {
            let (code, stdout, stderr) = self.kubepki(arguments);
            assert_eq!(code, 0, "{stderr}");
            serde_json::from_str(&stdout).expect("JSON")
        };
        let list = json(&["history", "-o", "json"]);
        let id = list["items"][0]["id"].as_str().expect("an operation");
        json(&["history", "show", id, "-o", "json"])
    }

    /// The state of each restart of the newest operation, as "etcd done".
    pub(crate) fn restarts(&self) -> Vec<String> {
        let operation = self.operation();
        let restarts = operation["restarts"].as_array().expect("restarts").iter();
        let word = |value: &Value| value.as_str().expect("a word").to_owned();
        restarts
            .map(|restart| {
                format!(
                    "{} {}",
                    word(&restart["component"]),
                    word(&restart["state"])
                )
            })
            .collect()
    }
}

/// The ports on which something must answer.
pub(crate) const PORTS: [u16; 6] = [2379, 2380, 6443, 10250, 10257, 10259];
