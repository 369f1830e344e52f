//! The setup in the real program: from nothing to one master in a few keys, to three by pasting
//! three lines; the same answers make the plan that the command's flags make.

use std::fs;
use std::path::Path;

use portable_pty::CommandBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::changing::Master;
use crate::support::ground::archives;
use crate::support::terminal::Terminal;
use crate::support::{succeed, text, tool};

/// Longer than a page must have been on the screen before it takes a key.
const READ: std::time::Duration = std::time::Duration::from_millis(700);

/// Who knows nothing of PKI shall need fewer presses.
const MOST_KEYS: usize = 20;

/// A terminal that counts what is pressed; what is typed or pasted as a name is not counted.
struct Session {
    terminal: Terminal,
    keys: usize,
}

impl Session {
    /// On this master, in a folder of its own.
    fn start(master: &Master, folder: &Path, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_kubepki"));
        command.args(master.flags());
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("HOME", folder);
        command.env_remove("NO_COLOR");
        command.cwd(folder);
        Self {
            terminal: Terminal::start_command(command, 80, 24),
            keys: 0,
        }
    }

    /// Presses a key once `words` stand there.
    fn press(&mut self, words: &str, key: &str) -> &mut Self {
        self.terminal.wait_for(words);
        self.terminal.send(key);
        self.keys += 1;
        self
    }

    /// Types a name.
    fn types(&mut self, words: &str, name: &str) -> &mut Self {
        self.terminal.wait_for(words);
        self.terminal.send(name);
        self.terminal.wait_for(name);
        self
    }

    /// Pastes a text, as terminals do.
    fn pastes(&mut self, words: &str, pasted: &str) -> &mut Self {
        self.terminal.wait_for(words);
        self.terminal
            .send(&format!("\x1b[200~{}\x1b[201~", pasted.replace('\n', "\r")));
        self
    }

    /// Applies the plan that is shown, when it has been.
    fn applies(&mut self) {
        self.terminal.wait_for("one transaction");
        self.terminal.wait_still(READ);
        self.press("apply", "\r");
        self.terminal.wait_for("says what comes next");
    }
}

/// A root in which nothing lies, with its own folder beside it.
fn nothing() -> (TempDir, Master) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("root")).expect("a folder");
    let master = Master::at(&folder.path().join("root"));
    (folder, master)
}

fn verify(openssl: &Path, master: &Master, ca: &str, leaf: &str) {
    let (ca, leaf) = (master.file(ca), master.file(leaf));
    succeed(
        openssl,
        &["verify", "-x509_strict", "-CAfile", text(&ca), text(&leaf)],
    );
}

/// The names that the API server's certificate is for, as openssl writes them.
fn names(openssl: &Path, master: &Master) -> String {
    let apiserver = master.file("/etc/kubernetes/pki/apiserver.crt");
    succeed(
        openssl,
        &[
            "x509",
            "-noout",
            "-ext",
            "subjectAltName",
            "-in",
            text(&apiserver),
        ],
    )
}

/// What was typed is a master: to openssl, and with all that belongs to one.
fn is_one_master(master: &Master) {
    if let Some(openssl) = tool("openssl") {
        for leaf in ["apiserver.crt", "apiserver-kubelet-client.crt"] {
            verify(
                &openssl,
                master,
                "/etc/kubernetes/pki/ca.crt",
                &format!("/etc/kubernetes/pki/{leaf}"),
            );
        }
        verify(
            &openssl,
            master,
            "/etc/kubernetes/pki/etcd/ca.crt",
            "/etc/kubernetes/pki/etcd/server.crt",
        );
        let names = names(&openssl, master);
        assert!(
            names.contains("DNS:master-1") && names.contains("IP Address:10.0.0.10"),
            "{names}"
        );
    }
    let list = master.kubepki(&["list", "-o", "json"]).json();
    let statuses: Vec<&Value> = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| &item["status"])
        .collect();
    assert!(
        statuses.len() >= 15 && statuses.iter().all(|status| **status == "ok"),
        "{list}"
    );
}

#[test]
fn a_few_keys_make_one_master_and_undo_takes_it_back() {
    let (folder, master) = nothing();
    let mut session = Session::start(&master, folder.path(), &[]);
    session.press("Set up kubernetes  1 of 6", "\r");
    session
        .types("2 of 6", "master-1 10.0.0.10")
        .press("2 of 6", "\r")
        .press("+ master-1 10.0.0.10", "\r");
    for step in 3..=6 {
        session.press(&format!("{step} of 6"), "\r");
    }
    session.applies();
    assert!(session.keys < MOST_KEYS, "{} keys", session.keys);
    is_one_master(&master);
    // What comes next is one key away, and the beginning one more.
    session
        .press("says what comes next", "C")
        .press("advertise-client-urls", "\x1b");
    session.terminal.wait_still(READ);
    session.terminal.send("u");
    session.terminal.wait_for("the keys of 3 CAs go");
    session.terminal.wait_still(READ);
    session.terminal.send("\r");
    session.terminal.wait_for("undone");
    session.terminal.send("2");
    session.terminal.wait_for("No PKI here");
    assert!(!master.file("/etc/kubernetes/pki/ca.key").exists());
    session.terminal.send("q");
    assert_eq!(session.terminal.wait_end(), 0);
}

/// What an archive holds is a master of the same cluster, at this address.
fn holds_another_master(archive: &Path, address: &str, first: &Master) {
    let (Some(tar), Some(openssl)) = (tool("tar"), tool("openssl")) else {
        return;
    };
    let root = tempfile::tempdir().expect("a folder");
    succeed(
        &tar,
        &[
            "-xf",
            text(archive),
            "--no-same-owner",
            "-C",
            text(root.path()),
        ],
    );
    let other = Master::at(root.path());
    verify(
        &openssl,
        &other,
        "/etc/kubernetes/pki/ca.crt",
        "/etc/kubernetes/pki/apiserver.crt",
    );
    let names = names(&openssl, &other);
    assert!(names.contains(&format!("IP Address:{address}")), "{names}");
    let ca = |master: &Master| fs::read(master.file("/etc/kubernetes/pki/ca.crt")).expect("a CA");
    assert_eq!(ca(&other), ca(first));
}

#[test]
fn three_lines_make_three_masters() {
    let (folder, master) = nothing();
    fs::create_dir(master.root.join("etc")).expect("a folder");
    fs::write(master.root.join("etc/hostname"), "master-1\n").expect("a file");
    let mut session = Session::start(&master, folder.path(), &[]);
    session.press("1 of 6", "\r");
    session.pastes(
        "2 of 6",
        "master-1 10.0.0.10\nmaster-2 10.0.0.11\nmaster-3 10.0.0.12\n",
    );
    session.press("+ master-3", "\r");
    session.pastes("3 of 6", "api.example.com");
    session.press("api.example.com", "\r");
    for step in 4..=6 {
        session.press(&format!("{step} of 6"), "\r");
    }
    session.applies();
    assert!(session.keys < MOST_KEYS, "{} keys", session.keys);
    let screen = session.terminal.wait_for("send");
    assert!(screen.contains("scp"), "{screen}");
    session.terminal.send("q");
    assert_eq!(session.terminal.wait_end(), 0);
    assert!(master.file("/etc/kubernetes/pki/apiserver.crt").is_file());
    let archives = archives(folder.path());
    assert_eq!(archives.len(), 2, "{archives:?}");
    for (archive, address) in archives.iter().zip(["10.0.0.11", "10.0.0.12"]) {
        holds_another_master(archive, address, &master);
    }
}

/// All of a plan but what is another each time: serial numbers, digests, seconds.
fn of_plan(plan: &Value) -> Value {
    let keep = |value: &Value, fields: &[&str]| -> Value {
        fields
            .iter()
            .map(|field| ((*field).to_owned(), value[*field].clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let all = |list: &Value, fields: &[&str]| -> Vec<Value> {
        list.as_array()
            .into_iter()
            .flatten()
            .map(|one| keep(one, fields))
            .collect()
    };
    let issued = [
        "id",
        "node",
        "subject",
        "issuer",
        "dnsNames",
        "ipAddresses",
        "keyUsage",
        "extendedKeyUsage",
        "keyAlgorithm",
    ];
    let nodes = plan["nodes"].as_array().expect("nodes").iter();
    let nodes =
        nodes.map(|node| json!({"node": keep(node, &["name", "roles", "files"]), "path": node["archive"]["path"]}));
    json!({
        "plan": keep(plan, &["title", "warnings", "leaves", "restarts"]),
        "changes": all(&plan["changes"], &["place", "action", "path", "summary", "owner", "group", "mode"]),
        "issues": all(&plan["issues"], &issued),
        "nodes": nodes.collect::<Vec<_>>(),
    })
}

/// The plan of the command.
fn planned_by_flags(master: &Master, nodes: &Path, archives: &Path, guide: &Path) -> Value {
    let run = master.kubepki(&[
        "setup",
        "--layout",
        "split",
        "--cluster-name",
        "prod",
        "--kubernetes-version",
        "1.30.0",
        "--nodes",
        text(nodes),
        "--here",
        "m-1",
        "--endpoint",
        "api.example.com:6443",
        "--service-subnet",
        "10.200.0.0/16",
        "--san",
        "vip.example.com",
        "--peer-authority",
        "--key-algorithm",
        "ECDSA-P256",
        "--days",
        "90",
        "--archives",
        text(archives),
        "--guide",
        text(guide),
        "--dry-run",
        "-o",
        "json",
    ]);
    run.ends_with(0);
    run.json()
}

#[test]
fn typed_answers_make_the_plan_of_the_flags() {
    let (folder, master) = nothing();
    let nodes = folder.path().join("nodes");
    fs::write(
        &nodes,
        "m-1 10.0.0.1 master\ne-1 10.0.0.7 etcd\nw-1 10.0.0.9 worker\n",
    )
    .expect("a file");
    let guide = folder.path().join("next.md");
    let archives = folder.path().join("archives");
    fs::create_dir(&archives).expect("a folder");
    let by_flags = planned_by_flags(&master, &nodes, &archives, &guide);

    let mut session = Session::start(&master, folder.path(), &[]);
    session.types("1 of 6", "prod");
    session.terminal.send("\t\x1b[C\t1.30.0\r");
    session.pastes(
        "2 of 6",
        "m-1 10.0.0.1 master\ne-1 10.0.0.7 etcd\nw-1 10.0.0.9 worker\n",
    );
    session.terminal.wait_for("+ w-1");
    session.terminal.wait_for("● m-1");
    session.terminal.send("\r");
    session.types("3 of 6", "api.example.com:6443");
    session
        .terminal
        .send("\t\t10.200.0.0/16\t\t\tvip.example.com\r");
    session
        .press("+ vip.example.com", "\r")
        .press("4 of 6", "\t ");
    session
        .press("● a CA of their own", "\r")
        .press("5 of 6", "\x1b[C\x1b[C\x1b[C\t\t90d");
    session.press("90d", "\r").press("6 of 6", "\t");
    session.terminal.send(text(&archives));
    session.terminal.send("\t");
    session.terminal.send(text(&guide));
    session.terminal.wait_for("next.md");
    session.terminal.send("\r");
    session.applies();
    session.terminal.send("q");
    assert_eq!(session.terminal.wait_end(), 0);

    let history = master.kubepki(&["history", "-o", "json"]).json();
    assert_eq!(of_plan(&history["items"][0]["plan"]), of_plan(&by_flags));
    let page = fs::read_to_string(&guide).expect("the page of what comes next");
    assert!(page.contains("kube-apiserver"), "{page}");
}

#[test]
fn what_is_wrong_is_said_as_it_is_typed_and_nothing_is_written() {
    let (folder, master) = nothing();
    let mut session = Session::start(&master, folder.path(), &[]);
    session.press("1 of 6", "\r");
    session
        .types("2 of 6", "master_1 10.0.0.10")
        .press("2 of 6", "\r");
    session.terminal.wait_for("an underscore stands in no");
    session.terminal.send("\x15master-1 10.0.0.10\r\r");
    session.types("3 of 6", "fd00::1");
    session.terminal.wait_for("in brackets");
    session.terminal.send("\x15\t\t10.96.0.0/12\t10.97.0.0/16");
    session.terminal.wait_for("overlap");
    session.terminal.send("\r");
    session.terminal.wait_for("3 of 6");
    session.terminal.send("\x1b");
    session
        .press("forget what you typed", "\x1b")
        .press("It asks for", "q");
    assert_eq!(session.terminal.wait_end(), 0);
    assert_eq!(fs::read_dir(&master.root).expect("a folder").count(), 0);
}
