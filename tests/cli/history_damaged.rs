//! The history where its records are damaged, torn, gone or of an operation that was interrupted.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::changing::{Master, differing};
use crate::support::renewed::{master, old_files, states};
use crate::support::{self, record};

#[test]
fn a_damaged_old_file_is_found() {
    let Some((master, first, _)) = master() else {
        return;
    };
    let run = master.kubepki(&["history", "verify"]);
    assert_eq!(run.stdout, "2 operations and the ledger: all whole\n");
    // The index follows at the first reading of the history.
    master.kubepki(&["history"]).ends_with(0);
    let run = master.kubepki(&["history", "verify"]);
    run.ends_with(0);
    assert_eq!(
        run.stdout,
        "2 operations, their index and the ledger: all whole\n"
    );
    let old = old_files(&master, &first);
    assert_eq!(old.len(), 2);
    fs::write(&old[0], "damaged").expect("written");
    let run = master.kubepki(&["history", "verify"]);
    run.ends_with(3);
    assert!(run.stdout.contains(&first), "{run:?}");
    let document = master.kubepki(&["history", "verify", "-o", "json"]).json();
    let faulty = |item: &&Value| {
        item["faults"]
            .as_array()
            .is_some_and(|faults| !faults.is_empty())
    };
    assert_eq!(
        document["items"]
            .as_array()
            .expect("items")
            .iter()
            .filter(faulty)
            .count(),
        1,
        "{document}"
    );
}

/// Takes the end off an operation's journal.
fn tear(master: &Master, id: &str) {
    let journal = master
        .state
        .join("operations")
        .join(id)
        .join("journal.json");
    let whole = fs::read_to_string(&journal).expect("a journal");
    fs::write(&journal, &whole[..whole.len() - 100]).expect("written");
}

#[test]
fn what_was_done_and_is_not_known_any_more_is_no_silence() {
    let Some((master, first, second)) = master() else {
        return;
    };
    let named = |id: &str| {
        format!("the operation {id} is left out of the history, for its journal cannot be read: ")
    };
    let journal = master
        .state
        .join("operations")
        .join(&first)
        .join("journal.json");
    let whole = fs::read_to_string(&journal).expect("a journal");
    let other = whole.replacen("\"root\": \"", "\"root\": \"/other", 1);
    for (what, damage) in [
        ("torn", &whole[..whole.len() - 100]),
        ("of another checksum", other.as_str()),
        ("no text", "{"),
    ] {
        fs::write(&journal, damage).expect("written");
        // Also where the index knew it: the index is no record.
        for _ in 0..2 {
            let run = master.kubepki(&["history"]);
            run.ends_with(3);
            assert_eq!(
                run.stderr.matches(&named(&first)).count(),
                1,
                "{what}: {run:?}"
            );
            assert!(
                run.stdout.contains(&second) && !run.stdout.contains(&first),
                "{what}: {run:?}"
            );
        }
        let run = master.kubepki(&["history", "-o", "json"]);
        assert_eq!(
            (run.code, run.json()["items"].as_array().map(Vec::len)),
            (3, Some(1)),
            "{what}: {run:?}"
        );
        for command in [&["history", "show"][..], &["undo", "--yes"]] {
            let run = master.kubepki(&[command, &[first.as_str()]].concat());
            run.ends_with(3);
            assert!(
                run.stderr.contains(&named(&first)) && !run.stderr.contains("there is no"),
                "{what}: {run:?}"
            );
        }
    }
    fs::write(&journal, whole).expect("written");
    master.kubepki(&["history"]).ends_with(0);
}

#[test]
fn an_undo_says_what_it_does_not_know() {
    let Some((master, first, second)) = master() else {
        return;
    };
    tear(&master, &first);
    let before = master.tree();
    let planned = master.kubepki(&["undo", "--dry-run"]);
    planned.ends_with(3);
    assert!(
        planned
            .stdout
            .contains(&format!("the operation {first} is left out")),
        "{planned:?}"
    );
    let run = master.kubepki(&["undo", "--yes"]);
    run.ends_with(3);
    assert!(
        run.stderr
            .contains(&format!("the operation {first} is left out")),
        "{run:?}"
    );
    assert_ne!(
        differing(&before, &master.tree()),
        Vec::<String>::new(),
        "{second} is taken back"
    );
    // Of the rest nothing is known: whether anything is left least of all.
    let run = master.kubepki(&["undo", "--yes"]);
    run.ends_with(3);
    assert!(
        run.stderr.contains("nothing is left to undo") && run.stderr.contains(&first),
        "{run:?}"
    );
}

#[test]
fn without_its_index_the_history_is_the_same() {
    let Some((master, _, _)) = master() else {
        return;
    };
    let before = states(&master);
    let index: Vec<PathBuf> = files_of(&master.state)
        .into_iter()
        .filter(|path| path.is_file())
        .collect();
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
    fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

/// A journal whose operation was killed between its renames, made from one that was done.
#[test]
fn what_was_interrupted_is_told_by_every_command_and_ended_by_the_next_change() {
    let Some((master, _, second)) = master() else {
        return;
    };
    let path = master
        .state
        .join("operations")
        .join(&second)
        .join("journal.json");
    let journal = fs::read_to_string(&path).expect("a journal");
    let interrupted = journal.replace("\"state\": \"done\"", "\"state\": \"committing\"");
    assert_ne!(interrupted, journal);
    let interrupted = record::sealed(&interrupted);
    fs::write(&path, &interrupted).expect("written");
    let before = master.tree();
    for command in [
        &["list"][..],
        &["show", "ca"],
        &["kubeconfig", "list"],
        &["history"],
        &["renew", "--all", "--dry-run"],
    ] {
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
    assert!(
        run.stderr.contains("no file was changed") && !run.stderr.contains("partly"),
        "{run:?}"
    );
    fs::write(&path, &interrupted).expect("written");
    assert_eq!(
        states(&master)[0],
        (second.clone(), "unfinished".to_owned())
    );
    master
        .kubepki(&["history", "recover", "--read-only"])
        .ends_with(4);
    let run = master.kubepki(&["renew", "--due", "--yes"]);
    run.ends_with(0);
    assert!(
        run.stderr.contains(&second) && run.stderr.contains("finished"),
        "{run:?}"
    );
    assert_eq!(states(&master)[0], (second, "done".to_owned()));
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
    master.kubepki(&["history", "recover"]).ends_with(0);
}
