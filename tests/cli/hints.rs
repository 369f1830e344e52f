//! The commands of kubepki's own that it prints are about the same master and the same state.

use std::fs;

use crate::support::ground::ONE;
use crate::support::program::{Run, kubepki};
use crate::support::shell::{master, typed};
use crate::support::text;

#[test]
fn what_takes_a_plan_back_is_found_by_the_line_that_tells_it() {
    let (ground, root) = master("my disk's");
    let state = ground.folder.path().join("my state");
    let of_state = ["--root", text(&root), "--state-dir", text(&state)];
    let told = kubepki(&[&["renew", "apiserver", "--dry-run"], &of_state[..]].concat()).stdout;
    let line = told.lines().find_map(|line| line.split_once("undo: kubepki ")).expect("a line").1;
    let line = line.split_once(';').map_or(line, |(line, _)| line);
    kubepki(&[&["renew", "apiserver", "--yes"], &of_state[..]].concat()).ends_with(0);
    typed(&format!("{} {line} --yes", env!("CARGO_BIN_EXE_kubepki")));
    let history = kubepki(&[&["history", "-o", "json"], &of_state[..]].concat()).json();
    assert_eq!(history["items"].as_array().map(Vec::len), Some(2), "{history}");
}

#[test]
fn commands_of_kubepki_name_the_disk() {
    let (_ground, root) = master("my disk's");
    let state = root.join("state");
    let flags = ["--root", text(&root), "--state-dir", text(&state), "--config-dir", "/nonexistent"];
    let run = kubepki(&[&["renew", "apiserver", "--yes"][..], &flags].concat());
    run.ends_with(0);
    let line = run.stdout.lines().find(|line| line.contains("takes it back")).expect("the undo");
    let command =
        line.split("; kubepki ").nth(1).and_then(|rest| rest.strip_suffix(" takes it back")).expect("a command");
    let program = env!("CARGO_BIN_EXE_kubepki");
    let said = typed(&format!("{program} {command} --yes --config-dir /nonexistent"));
    assert!(said.contains("done"), "{said}");
}

/// The commands of kubepki's own in what a run said, each with what stands behind it, but for those about any folder.
fn own_commands(run: &Run) -> Vec<String> {
    const KNOWN: [&str; 9] =
        ["list", "show", "renew", "undo", "history", "setup", "bootstrap", "kubeconfig", "restart"];
    let said = format!("{}{}", run.stdout, run.stderr);
    let commands = said.lines().flat_map(|line| line.split("kubepki ").skip(1).map(str::to_owned).collect::<Vec<_>>());
    let is_own = |command: &String| {
        let word = command.split([' ', ';', ',', ':']).next().unwrap_or_default();
        KNOWN.contains(&word) && !command.starts_with("list DIR")
    };
    commands.filter(is_own).collect()
}

#[test]
fn every_hint_of_a_command_names_root_and_state() {
    let (ground, root) = master("my disk");
    let state = ground.folder.path().join("my state");
    let flags = ["--root", text(&root), "--state-dir", text(&state), "--config-dir", "/nonexistent"];
    let both = format!(" --root '{}' --state-dir '{}'", root.display(), state.display());
    let told = |arguments: &[&str], code: i32| {
        let run = kubepki(&[arguments, &flags[..]].concat());
        run.ends_with(code);
        let commands = own_commands(&run);
        assert!(!commands.is_empty(), "{arguments:?} names no command: {run:?}");
        for command in commands {
            assert!(command.contains(&both), "{arguments:?}: kubepki {command}\n{run:?}");
        }
        run
    };
    told(&[], 64);
    told(&["-o", "json"], 64);
    told(&["show", "nothing-like-it"], 64);
    told(&["renew", "nothing-like-it", "--yes"], 64);
    told(&["kubeconfig", "show", "nothing-like-it"], 64);
    told(&["history", "show", "nothing-like-it"], 64);
    told(&["undo", "nothing-like-it", "--yes"], 64);
    told(&["bootstrap", "join"], 0);
    told(&["bootstrap", "join", "--token", "abcdef"], 64);
    told(&["bootstrap", "kubeconfig", "--identity", "abcdef", "--yes"], 4);
    told(&["setup", "guide"], 64);
    told(&[&["setup"], &ONE[..], &["--replace", "nothing-like-it", "--dry-run"]].concat(), 64);
    told(&["renew", "--all", "--dry-run"], 0);
    told(&["renew", "apiserver", "--yes"], 0);
    let done = kubepki(&[&["history", "-o", "name"], &flags[..]].concat()).stdout;
    told(&["undo", "--yes"], 0);
    let again = told(&["undo", "--yes"], 4);
    assert!(again.stderr.contains("to do again what was undone"), "{again:?}");
    let again = told(&["undo", done.trim(), "--yes"], 4);
    assert!(again.stderr.contains("to do it again"), "{again:?}");
    // One that was done to another master names that one.
    let (_other, other) = master("another disk");
    let run = kubepki(&["undo", done.trim(), "--yes", "--root", text(&other), "--state-dir", text(&state)]);
    run.ends_with(4);
    assert!(own_commands(&run).iter().all(|command| command.contains(&both)), "{run:?}");
    assert!(run.stderr.contains("was done to another master"), "{run:?}");
    // Nothing that is in use.
    let certificate = fs::read(root.join("etc/kubernetes/pki/apiserver.crt")).expect("a certificate");
    fs::remove_dir_all(root.join("etc/kubernetes")).expect("removed");
    fs::create_dir_all(root.join("etc/kubernetes/pki")).expect("a folder");
    fs::write(root.join("etc/kubernetes/pki/old.crt"), certificate).expect("written");
    told(&["renew", "--due", "--dry-run"], 3);
    fs::remove_dir_all(root.join("etc/kubernetes")).expect("removed");
    told(&["renew", "--due", "--dry-run"], 3);
}
