//! The commands of kubepki's own that it prints are about the same master and the same state.

use std::fs;
use std::path::PathBuf;

use crate::support::ground::{Ground, ONE};
use crate::support::program::{Run, kubepki};
use crate::support::shell::{master, typed};
use crate::support::text;

#[test]
fn what_takes_a_plan_back_is_found_by_the_line_that_tells_it() {
    let (ground, root) = master("my disk's");
    let state = ground.folder.path().join("my state");
    let of_state = ["--root", text(&root), "--state-dir", text(&state)];
    let told = kubepki(&[&["renew", "apiserver", "--dry-run"], &of_state[..]].concat()).stdout;
    let line = told
        .lines()
        .find_map(|line| line.split_once("undo: kubepki "))
        .expect("a line")
        .1;
    let line = line.split_once(';').map_or(line, |(line, _)| line);
    kubepki(&[&["renew", "apiserver", "--yes"], &of_state[..]].concat()).ends_with(0);
    typed(&format!("{} {line} --yes", env!("CARGO_BIN_EXE_kubepki")));
    let history = kubepki(&[&["history", "-o", "json"], &of_state[..]].concat()).json();
    assert_eq!(
        history["items"].as_array().map(Vec::len),
        Some(2),
        "{history}"
    );
}

#[test]
fn commands_of_kubepki_name_the_disk() {
    let (_ground, root) = master("my disk's");
    let state = root.join("state");
    let flags = [
        "--root",
        text(&root),
        "--state-dir",
        text(&state),
        "--config-dir",
        "/nonexistent",
    ];
    let run = kubepki(&[&["renew", "apiserver", "--yes"][..], &flags].concat());
    run.ends_with(0);
    let line = run
        .stdout
        .lines()
        .find(|line| line.contains("takes it back"))
        .expect("the undo");
    let command = line
        .split("; kubepki ")
        .nth(1)
        .and_then(|rest| rest.strip_suffix(" takes it back"))
        .expect("a command");
    let program = env!("CARGO_BIN_EXE_kubepki");
    let said = typed(&format!(
        "{program} {command} --yes --config-dir /nonexistent"
    ));
    assert!(said.contains("done"), "{said}");
}

/// The commands of kubepki's own in what a run said, each with what stands behind it, but for those
/// about any folder.
fn own_commands(run: &Run) -> Vec<String> {
    const KNOWN: [&str; 9] = [
        "list",
        "show",
        "renew",
        "undo",
        "history",
        "setup",
        "bootstrap",
        "kubeconfig",
        "restart",
    ];
    let said = format!("{}{}", run.stdout, run.stderr);
    let commands = said.lines().flat_map(|line| {
        line.split("kubepki ")
            .skip(1)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    let is_own = |command: &String| {
        let word = command
            .split([' ', ';', ',', ':'])
            .next()
            .unwrap_or_default();
        KNOWN.contains(&word) && !command.starts_with("list DIR")
    };
    commands.filter(is_own).collect()
}

/// A master on a disk, and its state beside it.
struct Disk {
    _ground: Ground,
    root: PathBuf,
    state: PathBuf,
}

impl Disk {
    fn new() -> Self {
        let (ground, root) = master("my disk");
        let state = ground.folder.path().join("my state");
        Self {
            _ground: ground,
            root,
            state,
        }
    }

    fn kubepki(&self, arguments: &[&str]) -> Run {
        let flags = [
            "--root",
            text(&self.root),
            "--state-dir",
            text(&self.state),
            "--config-dir",
            "/nonexistent",
        ];
        kubepki(&[arguments, &flags[..]].concat())
    }

    /// Both flags, as a shell takes them.
    fn named(&self) -> String {
        format!(
            " --root '{}' --state-dir '{}'",
            self.root.display(),
            self.state.display()
        )
    }

    /// A run that ends so and says commands, each of which names root and state.
    fn told(&self, arguments: &[&str], code: i32) -> Run {
        let run = self.kubepki(arguments);
        run.ends_with(code);
        let commands = own_commands(&run);
        assert!(
            !commands.is_empty(),
            "{arguments:?} names no command: {run:?}"
        );
        for command in commands {
            assert!(
                command.contains(&self.named()),
                "{arguments:?}: kubepki {command}\n{run:?}"
            );
        }
        run
    }

    /// Renews a certificate, and gives the operation's id.
    fn renewed(&self) -> String {
        self.told(&["renew", "apiserver", "--yes"], 0);
        self.kubepki(&["history", "-o", "name"])
            .stdout
            .trim()
            .to_owned()
    }
}

#[test]
fn every_hint_of_a_command_names_root_and_state() {
    let disk = Disk::new();
    for (arguments, code) in [
        (&[][..], 64),
        (&["-o", "json"], 64),
        (&["show", "nothing-like-it"], 64),
        (&["renew", "nothing-like-it", "--yes"], 64),
        (&["kubeconfig", "show", "nothing-like-it"], 64),
        (&["history", "show", "nothing-like-it"], 64),
        (&["undo", "nothing-like-it", "--yes"], 64),
        (&["bootstrap", "join"], 0),
        (&["bootstrap", "join", "--token", "abcdef"], 64),
        (
            &["bootstrap", "kubeconfig", "--identity", "abcdef", "--yes"],
            4,
        ),
        (&["setup", "guide"], 64),
        (
            &[
                &["setup"],
                &ONE[..],
                &["--replace", "nothing-like-it", "--dry-run"],
            ]
            .concat(),
            64,
        ),
        (&["renew", "--all", "--dry-run"], 0),
    ] {
        disk.told(arguments, code);
    }
}

#[test]
fn hints_of_an_undo_name_root_and_state() {
    let disk = Disk::new();
    let done = disk.renewed();
    disk.told(&["undo", "--yes"], 0);
    let again = disk.told(&["undo", "--yes"], 4);
    assert!(
        again.stderr.contains("to do again what was undone"),
        "{again:?}"
    );
    let again = disk.told(&["undo", &done, "--yes"], 4);
    assert!(again.stderr.contains("to do it again"), "{again:?}");
}

#[test]
fn what_was_done_to_another_master_names_that_one() {
    let disk = Disk::new();
    let done = disk.renewed();
    disk.told(&["undo", "--yes"], 0);
    let (_other, other) = master("another disk");
    let run = kubepki(&[
        "undo",
        &done,
        "--yes",
        "--root",
        text(&other),
        "--state-dir",
        text(&disk.state),
    ]);
    run.ends_with(4);
    assert!(
        own_commands(&run)
            .iter()
            .all(|command| command.contains(&disk.named())),
        "{run:?}"
    );
    assert!(run.stderr.contains("was done to another master"), "{run:?}");
}

#[test]
fn hints_where_nothing_is_in_use_name_root_and_state() {
    let disk = Disk::new();
    let kubernetes = disk.root.join("etc/kubernetes");
    let certificate = fs::read(kubernetes.join("pki/apiserver.crt")).expect("a certificate");
    fs::remove_dir_all(&kubernetes).expect("removed");
    fs::create_dir_all(kubernetes.join("pki")).expect("a folder");
    fs::write(kubernetes.join("pki/old.crt"), certificate).expect("written");
    disk.told(&["renew", "--due", "--dry-run"], 3);
    fs::remove_dir_all(kubernetes).expect("removed");
    disk.told(&["renew", "--due", "--dry-run"], 3);
}
