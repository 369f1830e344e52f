//! A disk that is mounted elsewhere brings its history along.

use std::fs;

use kubepki::engine::change::{Changer, Ending, RecoveryOutcome};
use kubepki::engine::open::OpenOptions;
use kubepki::progress::silent;
use kubepki::record::{OperationState, Settings};
use tempfile::TempDir;

use crate::support;
use crate::support::changer::{busy, operations, options, undo};
use crate::support::plan::Master;

/// The disk with its state on it, mounted somewhere else.
fn moved(folder: &TempDir, master: &Master) -> Changer {
    let mounted = folder.path().join("mnt");
    fs::create_dir_all(master.root.join("var/lib")).expect("a folder");
    fs::rename(&master.state, master.root.join("var/lib/kubepki")).expect("moved");
    fs::rename(&master.root, &mounted).expect("moved");
    let state = mounted.join("var/lib/kubepki");
    let options = OpenOptions {
        root: mounted,
        ..options(master)
    };
    Changer::with_settings(&options, Some(&state), Settings::default())
}

#[test]
fn a_mounted_disk_brings_its_history_along() {
    let (folder, master, history) = busy();
    // Another master's operations are none of ours, though they lie in the same folder.
    let other = TempDir::new().expect("a folder");
    let other = Master::make(other.path());
    let of_other = OpenOptions {
        root: other.root.clone(),
        ..options(&master)
    };
    let of_other = Changer::with_settings(&of_other, Some(&master.state), Settings::default());
    assert_eq!(
        undo(&of_other, None).expect_err("nothing").problem.what,
        "nothing is left to undo"
    );
    let failure = undo(&of_other, Some(&history[2].id)).expect_err("another master's");
    assert!(
        failure.problem.what.contains("was done to another master"),
        "{failure:?}"
    );
    assert!(
        failure.problem.hint.contains(support::text(&master.root)),
        "{failure:?}"
    );
    let changer = moved(&folder, &master);
    assert_eq!(
        undo(&changer, None).expect("undone").undoes.as_deref(),
        Some(history[2].id.as_str())
    );
}

#[test]
fn what_was_interrupted_on_a_mounted_disk_is_finished_elsewhere() {
    let folder = TempDir::new().expect("a folder");
    let master = Master::interrupted(folder.path());
    let changer = moved(&folder, &master);
    assert_eq!(changer.records().unfinished().expect("readable").len(), 1);
    let recovered = changer
        .recover(&Ending::default(), &silent)
        .expect("recovered");
    assert_eq!(
        recovered.iter().map(|one| &one.how).collect::<Vec<_>>(),
        [&RecoveryOutcome::Forward]
    );
    assert_eq!(operations(&changer)[0].state, OperationState::Done);
}
