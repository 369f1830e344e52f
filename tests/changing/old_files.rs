//! The old files that an operation puts aside: copied back by hand, and dropped when they are past
//! keeping.

use std::fs;
use std::path::{Path, PathBuf};

use kubepki::engine::change::Changer;
use kubepki::engine::open::OpenOptions;
use kubepki::plan::Request;
use kubepki::progress::silent;
use kubepki::record::{ChangeAction, OperationState, Place, Settings};

use crate::support::changer::{apply, busy, changer, operations, prepare, undo, with_settings};
use crate::support::plan::{self, Master, file, fresh};
use crate::support::{self};

#[test]
fn the_newest_and_the_young_keep_their_old_files() {
    let (_folder, master, _) = busy();
    let kept = prepare(&changer(&master), &Request::Prune).expect("a plan");
    assert!(kept.changes.is_empty(), "the newest 20 are kept");
    let young = Settings {
        keep_operations: Some(0),
        ..Settings::default()
    };
    assert!(
        prepare(&with_settings(&master, young), &Request::Prune)
            .expect("a plan")
            .changes
            .is_empty()
    );
}

#[test]
fn old_files_past_keeping_go_and_the_history_stays() {
    let (_folder, master, history) = busy();
    let short = Settings {
        keep_operations: Some(2),
        keep_days: Some(0),
        ..Settings::default()
    };
    let changer = with_settings(&master, short);
    let plan = prepare(&changer, &Request::Prune).expect("a plan");
    assert!(plan.summary.ask().is_some());
    let own = master.state.join("operations").join(&history[2].id);
    assert!(
        plan.changes
            .iter()
            .all(|change| Path::new(&change.path).starts_with(&own))
    );
    let removed = |change: &kubepki::record::ChangeSummary| {
        (change.place, change.action) == (Place::Local, ChangeAction::Remove)
    };
    assert!(plan.summary.changes.iter().all(removed));
    let before = master.picture();
    let pruned = changer.apply(&plan, &silent).expect("it is done");
    assert_eq!((pruned.state, pruned.error), (OperationState::Done, None));
    assert_eq!(master.picture(), before);
    assert!(own.join("journal.json").exists() && !own.join("README").exists());
    let left = |folder: PathBuf| fs::read_dir(folder).map_or(0, Iterator::count);
    assert_eq!(left(own.join("before")), 0);
    let own_copies = master
        .state
        .join("operations")
        .join(&pruned.id)
        .join("before");
    assert_eq!(left(own_copies), 0, "old keys are not kept once more");
    assert!(changer.records().verify().expect("verified").is_whole());

    let failure = undo(&changer, Some(&history[2].id)).expect_err("gone");
    assert!(
        failure.problem.why[0].starts_with("its old files were dropped on "),
        "{failure:?}"
    );
    let failure = undo(&changer, Some(&pruned.id)).expect_err("gone");
    assert_eq!(
        failure.problem.why,
        ["the old files that it dropped are gone"]
    );
    assert_eq!(operations(&changer).len(), 4);
    // The newest that could be: the only change that stands has lost its old files.
    let failure = undo(&changer, None).expect_err("gone");
    assert!(failure.problem.what.contains(&history[2].id), "{failure:?}");
}

#[test]
fn a_folder_of_a_master_is_changed_and_its_old_files_copied_back_by_hand() {
    let Some(bash) = support::tool("bash") else {
        return;
    };
    let (_folder, master) = fresh();
    let part = master.file("/etc/kubernetes");
    fs::rename(part.join("pki/a.crt"), part.join("pki/apiserver.crt")).expect("renamed");
    for name in [
        "admin.conf",
        "scheduler.conf",
        "controller-manager.conf",
        "pki/ca.crt",
        "pki/apiserver.key",
    ] {
        fs::write(part.join(name), "by which kubeadm's folder is known").expect("written");
    }
    let before = master.picture();
    let options = OpenOptions {
        directory: Some(part),
        ..OpenOptions::default()
    };
    let changer = Changer::with_settings(&options, Some(&master.state), Settings::default());
    let change = master.change(
        "/etc/kubernetes/pki/apiserver.crt",
        None,
        file("new", 0o600),
    );
    let done = apply(&changer, Master::plan_of(vec![change]));
    assert_ne!(master.picture(), before);
    let readme = master
        .state
        .join("operations")
        .join(&done.id)
        .join("README");
    let text = fs::read_to_string(readme).expect("a README");
    let script: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("    "))
        .collect();
    support::succeed(&bash, &["-euc", &script.join("\n")]);
    let picture = |found: plan::Picture| -> Vec<_> {
        found
            .into_iter()
            .map(|(path, (mode, owner, group, content, _))| (path, mode, owner, group, content))
            .collect()
    };
    assert_eq!(picture(master.picture()), picture(before.clone()));
}
