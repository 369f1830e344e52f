//! Temporary files that an operation has left behind: named, and never touched.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::changing::{Master, differing};
use crate::support::program::{by_id, kubepki};
use crate::support::terminal::Terminal;
use crate::support::{record, text};

const SAMPLE: &str = "kubeadm-1.36-ecdsa";

/// An operation that no state folder knows.
const ID: &str = "20260101T000000Z-0a1b2c";

/// Puts a private key where an operation that was cut off has left one.
fn leave(master: &Master, folder: &str, operation: &str, number: u32) -> String {
    let path = format!("{folder}/.kubepki-{operation}-{number}");
    fs::create_dir_all(master.file(folder)).expect("a folder");
    fs::copy(
        master.file("/etc/kubernetes/pki/apiserver.key"),
        master.file(&path),
    )
    .expect("copied");
    path
}

/// Leaves one in each kind of folder, a link among them: their paths, in the order in which they
/// are listed.
fn leave_everywhere(master: &Master) -> Vec<String> {
    let mut left = vec![
        leave(master, "/etc/kubernetes/manifests", ID, 12),
        leave(master, "/etc/kubernetes/pki", ID, 3),
        leave(
            master,
            "/etc/kubernetes/pki/etcd",
            "20991231T235959Z-ffffff",
            0,
        ),
        // Beside a file that is read, in a folder that is not walked.
        leave(master, "/root/.kube", ID, 4),
    ];
    let link = format!("/etc/kubernetes/.kubepki-{ID}-7");
    symlink("/nowhere", master.file(&link)).expect("a link");
    left.insert(0, link);
    left
}

/// The paths of the leftovers that a list names.
fn named(list: &Value) -> Vec<String> {
    let leftovers = list["leftovers"].as_array().expect("leftovers").iter();
    leftovers
        .map(|one| one["path"].as_str().expect("a path").to_owned())
        .collect()
}

#[test]
fn those_of_an_operation_that_nobody_knows_are_named_wherever_they_lie() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let items = by_id(&master.kubepki(&["list", "-o", "json"]).json()).len();
    let left = leave_everywhere(&master);
    let before = master.tree();
    let list = master.kubepki(&["list", "-o", "json"]);
    list.ends_with(0);
    assert_eq!(named(&list.json()), left);
    assert_eq!(
        list.json()["leftovers"][1],
        json!({"path": left[1], "operation": ID})
    );
    assert_eq!(by_id(&list.json()).len(), items, "they are none of the PKI");
    for command in [
        &["list"][..],
        &["renew", "--all", "--dry-run"],
        &["kubeconfig", "list"],
    ] {
        let run = master.kubepki(command);
        run.ends_with(0);
        assert!(
            left.iter()
                .all(|path| run.stderr.matches(path.as_str()).count() == 1),
            "{command:?}: {run:?}"
        );
        assert!(
            run.stderr.contains("private keys may be in them") && run.stderr.contains("rm -i"),
            "{run:?}"
        );
    }
    assert_eq!(differing(&before, &master.tree()), [""; 0]);
    let run = master.kubepki(&["renew", "apiserver", "--yes"]);
    run.ends_with(0);
    assert!(
        left.iter()
            .all(|path| master.file(path).symlink_metadata().is_ok()),
        "nothing is removed unasked"
    );
}

#[test]
fn in_a_plain_folder_they_are_no_keys_and_their_names_are_shown_safely() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let folder = TempDir::new().expect("a folder");
    fs::copy(
        master.file("/etc/kubernetes/pki/ca.crt"),
        folder.path().join("a.crt"),
    )
    .expect("copied");
    let hostile = ".kubepki-\u{1b}[2Jx-5";
    for name in [hostile, ".kubepki-x-1", ".kubepki-x-", ".kubepki-notes"] {
        fs::copy(
            master.file("/etc/kubernetes/pki/ca.key"),
            folder.path().join(name),
        )
        .expect("copied");
    }
    let run = kubepki(&["list", "-o", "json", text(folder.path())]);
    run.ends_with(0);
    assert_eq!(
        run.json()["leftovers"].as_array().map(Vec::len),
        Some(2),
        "{run:?}"
    );
    assert!(
        !run.stderr.contains('\u{1b}') && run.stderr.contains("u{1b}[2Jx-5"),
        "{run:?}"
    );
}

#[test]
fn what_is_told_as_interrupted_is_not_told_twice() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    master
        .kubepki(&["renew", "apiserver", "--yes"])
        .ends_with(0);
    let id = master
        .kubepki(&["history", "-o", "name"])
        .stdout
        .trim()
        .to_owned();
    let left = leave(&master, "/etc/kubernetes/pki", &id, 3);
    let list = || master.kubepki(&["list", "-o", "json"]);
    assert_eq!(
        list().json()["leftovers"][0],
        json!({"path": left, "operation": id}),
        "it came to its end"
    );
    let journal = master
        .state
        .join("operations")
        .join(&id)
        .join("journal.json");
    let done = fs::read_to_string(&journal).expect("a journal");
    let interrupted = done.replace("\"state\": \"done\"", "\"state\": \"committing\"");
    assert_ne!(done, interrupted);
    fs::write(&journal, record::sealed(&interrupted)).expect("written");
    let run = list();
    assert_eq!(run.json()["leftovers"], json!([]));
    assert!(
        run.stderr.contains("was interrupted") && !run.stderr.contains(&left),
        "{run:?}"
    );
    fs::remove_dir_all(&master.state).expect("removed");
    let run = list();
    assert_eq!(run.json()["leftovers"][0]["path"], left.as_str());
    assert!(!run.stderr.contains("was interrupted"), "{run:?}");
}

#[test]
fn the_screens_name_them_where_they_name_what_was_not_read() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let home = TempDir::new().expect("a home");
    let left = leave(&master, "/etc/kubernetes/pki", ID, 3);
    let mut terminal = Terminal::start(home.path(), &master.flags(), 120, 36);
    let shown = terminal.wait_for("1 temporary file left behind");
    let key = shown
        .lines()
        .find_map(|line| line.split_once(" lists them")?.0.split_whitespace().last());
    terminal.send(key.expect("the key that lists them"));
    let shown = terminal.wait_for(
        Path::new(&left)
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name"),
    );
    assert!(
        shown.contains("Left behind") && shown.contains("rm -i"),
        "{shown}"
    );
    terminal.send("\u{3}");
    assert_eq!(terminal.wait_end(), 0);
}
