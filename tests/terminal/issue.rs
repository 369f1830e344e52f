//! The wizard that issues certificates, in the real program: what is typed there makes the plan
//! that the command's flags make.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use time::Duration;

use super::wizard::{applied, end, of_plan};
use crate::support::changing::Master;
use crate::support::program::kubepki_with_variables;
use crate::support::terminal::Terminal;
use crate::support::text;

const RIGHT: &str = "\x1b[C";
const LEFT: &str = "\x1b[D";
const PAGE_DOWN: &str = "\x1b[6~";

/// A recorded master, and the home in which what is made for others lies.
struct Stage {
    master: Master,
    home: TempDir,
}

impl Stage {
    /// `None` where there is no tar.
    fn new() -> Option<Self> {
        Some(Self {
            master: Master::sample("kubeadm-1.36-ecdsa")?,
            home: TempDir::new().expect("a home"),
        })
    }

    /// The plan of the command's flags, each with its value behind the first blank, at home there.
    fn planned(&self, flags: &[&str]) -> Value {
        let mut all = vec!["issue", "--dry-run", "-o", "json"];
        all.extend(flags.iter().flat_map(|flag| flag.splitn(2, ' ')));
        all.extend(self.master.flags());
        let run = kubepki_with_variables(&all, &[("HOME", text(self.home.path()))]);
        run.ends_with(0);
        run.json()
    }

    /// The program with its wizard, on its first page.
    fn wizard(&self, before: &str) -> Terminal {
        let mut terminal = Terminal::start(self.home.path(), &self.master.flags(), 100, 30);
        terminal.wait_for("apiserver");
        terminal.send(before);
        terminal.send("i");
        terminal.wait_for("Issue a certificate  1 of 3");
        terminal
    }

    /// Applies what the review shows; the plan as it was kept.
    fn applied(&self, terminal: Terminal, title: &str) -> Value {
        applied(terminal, &self.master, &["Plan", title])
    }
}

/// Whether both plans make the same files and the same certificate, but for key, serial and
/// seconds.
fn assert_same(typed: &Value, by_flags: &Value) {
    assert_eq!(of_plan(typed), of_plan(by_flags));
    for field in ["note", "confirm"] {
        assert_eq!(typed[field], by_flags[field], "{field}");
    }
    let apart = end(typed) - end(by_flags);
    assert!(
        !apart.is_negative() && apart < Duration::hours(1),
        "{apart}"
    );
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path)
        .expect("it is there")
        .permissions()
        .mode()
        & 0o7777
}

#[test]
fn a_typed_server_is_that_of_the_flags() {
    let Some(stage) = Stage::new() else {
        return;
    };
    let out = stage.home.path().join("made/web");
    let by_flags = stage.planned(&[
        "--profile server",
        "--san shop.example",
        "--san 192.0.2.80",
        "--this-node",
        "--cn shop.example",
        "--org Example Corp",
        "--service web",
        "--namespace shop",
        "--ingress web-tls",
        "--days 90",
        "--key-algorithm ECDSA-P384",
        "--usage client-auth",
        "--authority front-proxy-ca",
        &format!("--out {}", text(&out)),
        "--note the shop",
    ]);
    let mut terminal = stage.wizard("");
    terminal.send("\r");
    terminal.wait_for("2 of 3");
    terminal.send("shop.example\r192.0.2.80\r");
    terminal.wait_for("+ 192.0.2.80");
    terminal.send("\tshop.example\tExample Corp\r");
    terminal.wait_for("+ Example Corp");
    terminal.send("\tweb\t \tweb-tls\tshop");
    terminal.wait_for("web.shop.svc");
    terminal.send("\r");
    terminal.wait_for("3 of 3");
    let authority = RIGHT.repeat(3);
    let algorithm = RIGHT.repeat(4);
    terminal.send(&format!("{authority}\t\t90\t{algorithm}\tclient-auth\r"));
    terminal.wait_for("+ client-auth");
    terminal.wait_for("● front-proxy-ca");
    terminal.send(&format!("\t{}\t\tthe shop\r", text(&out)));
    let typed = stage.applied(terminal, "Issue shop.example");
    assert_same(&typed, &by_flags);
    for (ending, expected) in [
        (".key", 0o600),
        (".crt", 0o644),
        ("-ca.crt", 0o644),
        ("-secret.yaml", 0o600),
        ("-ingress.yaml", 0o644),
        ("-trust.md", 0o644),
    ] {
        let path = stage.home.path().join(format!("made/web{ending}"));
        assert_eq!(mode(&path), expected, "{}", path.display());
    }
    assert_eq!(mode(&stage.home.path().join("made")), 0o700);
}

#[test]
fn a_typed_master_of_all_is_that_of_the_flags() {
    let Some(stage) = Stage::new() else {
        return;
    };
    let by_flags = stage.planned(&[
        "--profile user",
        "--cn ann",
        "--org system:masters",
        "--org ops",
    ]);
    let mut terminal = stage.wizard("");
    terminal.send(&format!("{}\r", RIGHT.repeat(3)));
    terminal.wait_for("2 of 3");
    terminal.send("ann\tsystem:masters\rops\r");
    terminal.wait_for("+ ops");
    terminal.send(PAGE_DOWN);
    terminal.wait_for("type system:masters here");
    terminal.send("system:masters\r");
    terminal.wait_for("3 of 3");
    terminal.send("\r");
    let typed = stage.applied(terminal, "Issue ann");
    assert_same(&typed, &by_flags);
    assert!(stage.home.path().join("kubepki/ann/ann.crt").is_file());
    assert_eq!(mode(&stage.home.path().join("kubepki/ann")), 0o700);
}

#[test]
fn a_typed_request_is_that_of_the_flags() {
    let Some(stage) = Stage::new() else {
        return;
    };
    let by_flags = stage.planned(&["--profile client", "--cn robot", "--request-only"]);
    let mut terminal = stage.wizard("");
    terminal.send(&format!("{RIGHT}\r"));
    terminal.wait_for("2 of 3");
    terminal.send("robot\r");
    terminal.wait_for("3 of 3");
    terminal.send("\t \r");
    let typed = stage.applied(terminal, "Make the key and the request of robot");
    assert_eq!(of_plan(&typed), of_plan(&by_flags));
    assert!(stage.home.path().join("kubepki/robot/robot.csr").is_file());
}

#[test]
fn a_missing_file_begins_with_its_role() {
    let Some(stage) = Stage::new() else {
        return;
    };
    let lost = "/etc/kubernetes/pki/apiserver-etcd-client.crt";
    fs::remove_file(stage.master.file(lost)).expect("it is lost");
    let by_flags = stage.planned(&["--role apiserver-etcd-client"]);
    let mut terminal = stage.wizard("2/etcd-client\r");
    terminal.wait_for("● apiserver-etcd-client (not here)");
    terminal.send("\r");
    terminal.wait_for("2 of 3");
    terminal.send("\r");
    terminal.wait_for("3 of 3");
    terminal.send("\r");
    let typed = stage.applied(terminal, "Issue apiserver-etcd-client");
    assert_same(&typed, &by_flags);
    assert!(stage.master.file(lost).is_file());
}

#[test]
fn a_typed_role_of_another_node_is_that_of_the_flags() {
    let Some(stage) = Stage::new() else {
        return;
    };
    let by_flags = stage.planned(&[
        "--role kubelet-serving",
        "--node worker-3",
        "--san 192.0.2.3",
        "--authority ca",
    ]);
    let mut terminal = stage.wizard("");
    terminal.send(&format!("{LEFT}\t{RIGHT}"));
    terminal.wait_for("● kubelet-serving");
    terminal.send("\tworker-3\r");
    terminal.wait_for("2 of 3");
    terminal.send("192.0.2.3\r");
    terminal.wait_for("+ 192.0.2.3");
    terminal.send("\r");
    terminal.wait_for("3 of 3");
    terminal.send(&format!("{RIGHT}\r"));
    let typed = stage.applied(terminal, "Issue kubelet-serving");
    assert_same(&typed, &by_flags);
    let made = "kubepki/kubelet-serving-worker-3/kubelet-serving-worker-3.crt";
    assert!(stage.home.path().join(made).is_file());
}
