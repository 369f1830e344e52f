//! `history` and `undo` as scripts and people use them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::changing::{Master, differing};
use crate::support::program::{self, Run};
use crate::support::{self, record, run, tool};

/// A master on which the API server's certificate was renewed, then all.
fn master() -> Option<(Master, String, String)> {
    let master = Master::sample("kubeadm-1.36-ecdsa")?;
    let id = |run: &Run| run.json()["id"].as_str().expect("an id").to_owned();
    let first = id(&master.kubepki(&["renew", "apiserver", "--yes", "-o", "json"]));
    let second = id(&master.kubepki(&["renew", "--all", "--yes", "-o", "json"]));
    Some((master, first, second))
}

fn states(master: &Master) -> Vec<(String, String)> {
    let list = master.kubepki(&["history", "-o", "json"]).json();
    assert_eq!((&list["apiVersion"], &list["kind"]), (&"kubepki/v1".into(), &"OperationList".into()));
    let text = |item: &Value, field: &str| item[field].as_str().expect("text").to_owned();
    list["items"].as_array().expect("items").iter().map(|item| (text(item, "id"), text(item, "state"))).collect()
}

#[test]
fn nothing_was_done_so_far() {
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else { return };
    let run = master.kubepki(&["history"]);
    run.ends_with(0);
    assert!(run.stdout.is_empty() && run.stderr.contains("nothing was done"), "{run:?}");
    assert_eq!(states(&master), []);
    master.kubepki(&["history", "verify"]).ends_with(0);
    assert!(!master.state.exists(), "reading makes no state");
}

#[test]
fn the_newest_comes_first_and_undone_is_said() {
    let Some((master, first, second)) = master() else { return };
    let done = |id: &String, state: &str| (id.clone(), state.to_owned());
    assert_eq!(states(&master), [done(&second, "done"), done(&first, "done")]);
    let text = master.kubepki(&["history"]).stdout;
    let rows: Vec<&str> = text.lines().collect();
    assert!(rows[0].starts_with("WHEN") && rows[1].contains(&second) && rows[2].contains(&first), "{text}");
    master.kubepki(&["undo", "--yes"]).ends_with(0);
    let after = states(&master);
    assert_eq!(after.len(), 3);
    assert_eq!(after[1..], [done(&second, "undone"), done(&first, "done")]);
    // By the beginning of its id: the shortest that is its own.
    let shared = |other: &str| first.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let own = after[..2].iter().map(|(id, _)| shared(id) + 1).max().expect("two others");
    let run = master.kubepki(&["history", "show", &first[..own], "-o", "json"]);
    assert_eq!(run.json()["id"], first.as_str());
    let run = master.kubepki(&["history", "show", &first[..4]]);
    run.ends_with(64);
    assert!(run.stderr.contains(&first) && run.stderr.contains(&second), "{run:?}");
    master.kubepki(&["undo", "--yes", &first]).ends_with(0);
    assert_eq!(states(&master).last(), Some(&done(&first, "undone")));
    assert_eq!(master.kubepki(&["history", "-o", "name"]).stdout.lines().count(), 4);
}

#[test]
fn one_operation_ends_with_a_script_that_a_shell_reads() {
    let Some((master, first, second)) = master() else { return };
    for id in [&first, &second] {
        let text = master.kubepki(&["history", "show", id]).stdout;
        for part in ["Operation", "State", "done", "ENDS NOW", "Files\n", "Restart\n", "#!/bin/sh"] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
        let script = master.kubepki(&["history", "show", id, "--script"]).stdout;
        assert!(script.starts_with("#!/bin/sh\n# ") && text.ends_with(&script), "{script}");
        assert!(!script.contains("PRIVATE KEY-----"), "{script}");
        assert_eq!(script.lines().filter(|line| *line == "set -eu").count(), 1, "{script}");
        let path = master.state.join("script");
        fs::write(&path, &script).expect("written");
        if let Some(shell) = tool("sh") {
            let checked = run(&shell, &["-n", support::text(&path)]);
            assert!(checked.status.success(), "{}\n{script}", String::from_utf8_lossy(&checked.stderr));
        }
        fs::remove_file(path).expect("removed");
    }
    let operation = master.kubepki(&["history", "show", &second, "-o", "json"]).json();
    assert_eq!((&operation["kind"], &operation["state"]), (&"Operation".into(), &"done".into()));
    assert_eq!(operation["plan"]["issues"].as_array().map(Vec::len), Some(12));
    master.kubepki(&["history", "show", &second, "--script", "-o", "json"]).ends_with(64);
    master.kubepki(&["history", "show", "nosuchid"]).ends_with(64);
}

#[test]
fn a_conflict_is_named_and_nothing_is_taken_back() {
    let Some((master, first, second)) = master() else { return };
    let before = master.tree();
    // The second operation changed the files of the first.
    let run = master.kubepki(&["undo", "--yes", &first]);
    run.ends_with(4);
    assert!(run.stderr.contains("apiserver.crt"), "{run:?}");
    fs::write(master.file("/etc/kubernetes/scheduler.conf"), "mine\n").expect("written");
    let run = master.kubepki(&["undo", "--yes", &second]);
    run.ends_with(4);
    assert!(run.stderr.contains("/etc/kubernetes/scheduler.conf") && !run.stderr.contains("admin.conf"), "{run:?}");
    assert_eq!(differing(&before, &master.tree()), ["etc/kubernetes/scheduler.conf"]);
}

/// The old files of an operation.
fn old_files(master: &Master, id: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut folders = vec![master.state.join("operations").join(id).join("before")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { all.push(path) }
        }
    }
    all
}

#[test]
fn a_damaged_old_file_is_found() {
    let Some((master, first, _)) = master() else { return };
    let run = master.kubepki(&["history", "verify"]);
    assert_eq!(run.stdout, "2 operations: all whole\n");
    // The index follows at the first reading of the history.
    master.kubepki(&["history"]).ends_with(0);
    let run = master.kubepki(&["history", "verify"]);
    run.ends_with(0);
    assert_eq!(run.stdout, "2 operations and their index: all whole\n");
    let old = old_files(&master, &first);
    assert_eq!(old.len(), 2);
    fs::write(&old[0], "damaged").expect("written");
    let run = master.kubepki(&["history", "verify"]);
    run.ends_with(3);
    assert!(run.stdout.contains(&first), "{run:?}");
    let document = master.kubepki(&["history", "verify", "-o", "json"]).json();
    let faulty = |item: &&Value| item["faults"].as_array().is_some_and(|faults| !faults.is_empty());
    assert_eq!(document["items"].as_array().expect("items").iter().filter(faulty).count(), 1, "{document}");
}

/// Takes the end off an operation's journal.
fn tear(master: &Master, id: &str) {
    let journal = master.state.join("operations").join(id).join("journal.json");
    let whole = fs::read_to_string(&journal).expect("a journal");
    fs::write(&journal, &whole[..whole.len() - 100]).expect("written");
}

#[test]
fn what_was_done_and_is_not_known_any_more_is_no_silence() {
    let Some((master, first, second)) = master() else { return };
    let named = |id: &str| format!("the operation {id} is left out of the history, for its journal cannot be read: ");
    let journal = master.state.join("operations").join(&first).join("journal.json");
    let whole = fs::read_to_string(&journal).expect("a journal");
    let other = whole.replacen("\"root\": \"", "\"root\": \"/other", 1);
    for (what, damage) in
        [("torn", &whole[..whole.len() - 100]), ("of another checksum", other.as_str()), ("no text", "{")]
    {
        fs::write(&journal, damage).expect("written");
        // Also where the index knew it: the index is no record.
        for _ in 0..2 {
            let run = master.kubepki(&["history"]);
            run.ends_with(3);
            assert_eq!(run.stderr.matches(&named(&first)).count(), 1, "{what}: {run:?}");
            assert!(run.stdout.contains(&second) && !run.stdout.contains(&first), "{what}: {run:?}");
        }
        let run = master.kubepki(&["history", "-o", "json"]);
        assert_eq!((run.code, run.json()["items"].as_array().map(Vec::len)), (3, Some(1)), "{what}: {run:?}");
        for command in [&["history", "show"][..], &["undo", "--yes"]] {
            let run = master.kubepki(&[command, &[first.as_str()]].concat());
            run.ends_with(3);
            assert!(run.stderr.contains(&named(&first)) && !run.stderr.contains("there is no"), "{what}: {run:?}");
        }
    }
    fs::write(&journal, whole).expect("written");
    master.kubepki(&["history"]).ends_with(0);
}

#[test]
fn an_undo_says_what_it_does_not_know() {
    let Some((master, first, second)) = master() else { return };
    tear(&master, &first);
    let before = master.tree();
    let planned = master.kubepki(&["undo", "--dry-run"]);
    planned.ends_with(3);
    assert!(planned.stdout.contains(&format!("the operation {first} is left out")), "{planned:?}");
    let run = master.kubepki(&["undo", "--yes"]);
    run.ends_with(3);
    assert!(run.stderr.contains(&format!("the operation {first} is left out")), "{run:?}");
    assert_ne!(differing(&before, &master.tree()), Vec::<String>::new(), "{second} is taken back");
    // Of the rest nothing is known: whether anything is left least of all.
    let run = master.kubepki(&["undo", "--yes"]);
    run.ends_with(3);
    assert!(run.stderr.contains("nothing is left to undo") && run.stderr.contains(&first), "{run:?}");
}

#[test]
fn pruning_drops_old_files_and_keeps_the_history() {
    let Some((master, first, second)) = master() else { return };
    let quiet = master.kubepki(&["history", "prune", "--yes"]);
    quiet.ends_with(0);
    assert_eq!((quiet.stdout.as_str(), old_files(&master, &first).len()), ("", 2));
    let config = master.state.join("config");
    fs::create_dir(&config).expect("a folder");
    fs::write(config.join("settings.yaml"), "keepOperations: 1\nkeepDays: 0\n").expect("written");
    let prune = |arguments: &[&str]| {
        let mut all = vec!["history", "prune", "--config-dir", support::text(&config)];
        all.extend(["--root", support::text(&master.root), "--state-dir", support::text(&master.state)]);
        all.extend(arguments);
        program::kubepki(&all)
    };
    let planned = prune(&["--dry-run", "-o", "json"]).json();
    assert_eq!(
        (&planned["changes"][0]["place"], &planned["changes"][0]["action"]),
        (&"local".into(), &"remove".into())
    );
    assert_eq!(old_files(&master, &first).len(), 2);
    prune(&[]).ends_with(4);
    prune(&["--yes"]).ends_with(0);
    assert_eq!((old_files(&master, &first).len(), old_files(&master, &second).is_empty()), (0, false));
    assert!(states(&master).iter().any(|(id, _)| *id == first));
    let run = master.kubepki(&["undo", "--yes", &first]);
    run.ends_with(4);
    assert!(run.stderr.contains("dropped"), "{run:?}");
    master.kubepki(&["history", "verify"]).ends_with(0);
}

#[test]
fn without_its_index_the_history_is_the_same() {
    let Some((master, _, _)) = master() else { return };
    let before = states(&master);
    let index: Vec<PathBuf> = files_of(&master.state).into_iter().filter(|path| path.is_file()).collect();
    assert!(!index.is_empty(), "there is an index");
    for path in &index {
        fs::remove_file(path).expect("removed");
    }
    assert_eq!(states(&master), before);
    let named = master.state.join("index.db");
    fs::write(&named, "no database").expect("written");
    assert_eq!(states(&master), before);
    let list = master.kubepki(&["list"]);
    list.ends_with(0);
    assert_eq!(list.stderr, "");
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
}

/// A journal whose operation was killed between its renames, made from one that was done.
#[test]
fn what_was_interrupted_is_told_by_every_command_and_ended_by_the_next_change() {
    let Some((master, _, second)) = master() else { return };
    let path = master.state.join("operations").join(&second).join("journal.json");
    let journal = fs::read_to_string(&path).expect("a journal");
    let interrupted = journal.replace("\"state\": \"done\"", "\"state\": \"committing\"");
    assert_ne!(interrupted, journal);
    let interrupted = record::sealed(&interrupted);
    fs::write(&path, &interrupted).expect("written");
    let before = master.tree();
    for command in
        [&["list"][..], &["show", "ca"], &["kubeconfig", "list"], &["history"], &["renew", "--all", "--dry-run"]]
    {
        let run = master.kubepki(command);
        run.ends_with(0);
        assert!(
            run.stderr.contains(&second) && run.stderr.contains("partly old and partly new"),
            "{command:?}: {run:?}"
        );
        // As typed it acts on this master.
        let (root, state) = (support::text(&master.root), support::text(&master.state));
        let recover = format!("kubepki history recover --root {root} --state-dir {state}");
        assert!(run.stderr.contains(&recover), "{recover}: {run:?}");
    }
    let prepared = journal.replace("\"state\": \"done\"", "\"state\": \"prepared\"");
    fs::write(&path, record::sealed(&prepared)).expect("written");
    let run = master.kubepki(&["list"]);
    assert!(run.stderr.contains("no file was changed") && !run.stderr.contains("partly"), "{run:?}");
    fs::write(&path, &interrupted).expect("written");
    assert_eq!(states(&master)[0], (second.clone(), "unfinished".to_owned()));
    master.kubepki(&["history", "recover", "--read-only"]).ends_with(4);
    let run = master.kubepki(&["renew", "--due", "--yes"]);
    run.ends_with(0);
    assert!(run.stderr.contains(&second) && run.stderr.contains("finished"), "{run:?}");
    assert_eq!(states(&master)[0], (second, "done".to_owned()));
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
    master.kubepki(&["history", "recover"]).ends_with(0);
}
