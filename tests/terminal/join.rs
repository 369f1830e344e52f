//! What lets nodes in, changed by keys in the real program: a token comes, ends, and an undo takes
//! that back.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ::time::format_description::well_known::Rfc3339;
use ::time::{Duration, OffsetDateTime};
use kubepki::engine::demo;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::changing::Master;
use crate::support::terminal::{READ, Terminal};
use crate::support::{succeed, text, tool};

const FOLDER: &str = "/etc/kubernetes/bootstrap";

/// The demo's master in a folder, and a program that shows what lets nodes in.
struct Play {
    _folder: TempDir,
    _home: TempDir,
    master: Master,
    terminal: Terminal,
}

impl Play {
    fn begin(change: impl FnOnce(&Master)) -> Self {
        let (folder, home) = (
            TempDir::new().expect("a folder"),
            TempDir::new().expect("a home"),
        );
        let root = folder.path().join("master");
        demo::create(&root, OffsetDateTime::now_utc()).expect("the demo");
        let master = Master::at(&root);
        change(&master);
        let mut terminal = Terminal::start(home.path(), &master.flags(), 100, 30);
        terminal.wait_for("apiserver");
        terminal.send("8");
        terminal.wait_for("used by");
        Self {
            _folder: folder,
            _home: home,
            master,
            terminal,
        }
    }

    /// Applies what the review shows, once it shows this.
    fn apply(&mut self, shown: &str) -> String {
        self.terminal.wait_for(shown);
        let review = self.terminal.wait_still(READ);
        self.terminal.send("\r");
        self.terminal.wait_for("undoes");
        self.terminal.wait_still(READ);
        review
    }

    fn manifests(&self) -> BTreeSet<PathBuf> {
        let folder = fs::read_dir(self.master.file(FOLDER)).expect("the folder");
        folder
            .map(|entry| entry.expect("an entry").path())
            .collect()
    }
}

/// The documents of a YAML file, as Python reads them.
fn documents(python: &Path, file: &Path) -> Vec<Value> {
    let script = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1]))), default=str))";
    serde_json::from_str(&succeed(python, &["-c", script, text(file)])).expect("JSON")
}

fn end_of(secret: &Value) -> OffsetDateTime {
    let end = secret["stringData"]["expiration"].as_str().expect("an end");
    OffsetDateTime::parse(end, &Rfc3339).expect("RFC 3339")
}

#[test]
fn a_token_comes_and_ends_and_an_undo_takes_that_back() {
    let Some(python) = tool("python3") else {
        return;
    };
    let mut play = Play::begin(|_| {});
    let before = play.manifests();
    play.terminal.send("n");
    play.terminal.wait_for("lets in for");
    play.terminal.send("\t\tnew workers\r");
    let began = OffsetDateTime::now_utc();
    let review = play.apply("New bootstrap token");
    let after = play.manifests();
    let new: Vec<&PathBuf> = after.difference(&before).collect();
    let [manifest] = new.as_slice() else {
        panic!("{new:?}")
    };
    let found = documents(&python, manifest);
    let [secret] = found.as_slice() else {
        panic!("{found:?}")
    };
    let data = &secret["stringData"];
    let field = |name: &str| {
        data[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name}"))
            .to_owned()
    };
    let (id, half) = (field("token-id"), field("token-secret"));
    assert_eq!(secret["metadata"]["name"], format!("bootstrap-token-{id}"));
    assert_eq!((&*field("description"), half.len()), ("new workers", 16));
    assert!(
        (end_of(secret) - began - Duration::hours(24)).abs() < Duration::minutes(10),
        "{secret}"
    );
    assert!(!review.contains(&half), "{review}");
    let said = play.terminal.screen(vt100_text);
    assert!(
        said.contains("kubectl apply -f") && !said.contains(&half),
        "{said}"
    );
    // It is listed, and ends.
    let bytes = fs::read(manifest).expect("the manifest");
    play.terminal.send("8");
    play.terminal.wait_for(&id);
    play.terminal.send(&format!("/{id}\re"));
    play.apply("End the bootstrap token");
    assert!(end_of(&documents(&python, manifest)[0]) <= OffsetDateTime::now_utc());
    play.terminal.send("8");
    play.terminal.wait_for("8 Join·2!");
    play.terminal.wait_still(READ);
    play.terminal.send("u");
    play.terminal.wait_for("as before");
    assert_eq!(fs::read(manifest).expect("the manifest"), bytes);
    play.terminal.wait_for("8 Join·1!");
}

fn vt100_text(screen: &vt100::Screen) -> String {
    screen.contents()
}

#[test]
fn bindings_are_written_as_kubeadm_has_them() {
    let Some(python) = tool("python3") else {
        return;
    };
    let mut play = Play::begin(|_| {});
    play.terminal.send("n");
    play.terminal.wait_for("lets in for");
    play.terminal.send("\x1b[D");
    play.terminal.wait_for("selfnodeserver");
    play.terminal.send("\r");
    play.apply("Bindings for");
    let found = documents(
        &python,
        &play.master.file(&format!("{FOLDER}/bindings.yaml")),
    );
    let names: Vec<&str> = found
        .iter()
        .filter_map(|one| one["metadata"]["name"].as_str())
        .collect();
    let expected = [
        "kubeadm:kubelet-bootstrap",
        "kubeadm:node-autoapprove-bootstrap",
        "kubeadm:node-autoapprove-certificate-rotation",
    ];
    assert_eq!(names, expected);
    play.terminal.send("8");
    play.terminal.wait_until("nothing is missing", |screen| {
        screen.contains("used by") && !screen.contains("missing")
    });
}

#[test]
fn a_line_of_the_token_file_makes_the_api_server_restart() {
    let manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
    let mut play = Play::begin(|master| {
        let path = master.file(manifest);
        let old = fs::read_to_string(&path).expect("the manifest");
        let flag = "    - --token-auth-file=/etc/kubernetes/pki/token.csv\n    - --tls-cert-file=";
        fs::write(&path, old.replacen("    - --tls-cert-file=", flag, 1)).expect("written");
    });
    play.terminal.send("n");
    play.terminal.wait_for("lets in for");
    play.terminal.send("\x1b[C");
    play.terminal.wait_for("it must restart");
    play.terminal.send("\r");
    let review = play.apply("token.csv");
    assert!(review.contains("kube-apiserver"), "{review}");
    let lines = fs::read_to_string(play.master.file("/etc/kubernetes/pki/token.csv"))
        .expect("the token file");
    let [line] = lines.lines().collect::<Vec<_>>()[..] else {
        panic!("{} lines", lines.lines().count())
    };
    assert!(
        line.ends_with(",kubelet-bootstrap,10001,\"system:kubelet-bootstrap\""),
        "not as guides have it"
    );
    let screen = play.terminal.screen(vt100_text);
    assert!(screen.contains("1 to restart"), "{screen}");
    let token = line.split(',').next().expect("a token");
    assert!(
        !screen.contains(token) && !review.contains(token),
        "the token is shown"
    );
    play.terminal.send("8");
    play.terminal.wait_for("never ends");
}
