//! What was done is remembered in plain files; the database beside them is an index that may go.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use kubepki::engine::change::{Changer, Ending, FailureKind, RecoveryOutcome, Verification, Verified};
use kubepki::engine::open::OpenOptions;
use kubepki::plan::Request;
use kubepki::progress::silent;
use kubepki::record::{ChangeAction, Operation, OperationState, Place, Settings};
use tempfile::TempDir;

use crate::support::changer::{apply, changer, options, prepare, undo, with_settings};
use crate::support::plan::{self, Master, file};
use crate::support::{self, child, record};

const KEY: &str = "/etc/kubernetes/pki/a.key";

fn master() -> (TempDir, Master) {
    let folder = TempDir::new().expect("a folder");
    let master = Master::make(folder.path());
    (folder, master)
}

/// Three operations: two changes, the second taken back.
fn busy() -> (TempDir, Master, Vec<Operation>) {
    let (folder, master) = master();
    let changer = changer(&master);
    apply(&changer, Master::plan_of(vec![master.change(KEY, None, file("second", 0o600))]));
    apply(&changer, Master::plan_of(vec![master.change(KEY, None, file("third", 0o600))]));
    undo(&changer, None).expect("undone");
    let history = changer.history().expect("a history");
    let states: Vec<OperationState> = history.iter().map(|operation| operation.state).collect();
    assert_eq!(states, [OperationState::Done, OperationState::Undone, OperationState::Done]);
    assert_eq!(history[1].undone_by.as_deref(), Some(history[0].id.as_str()));
    (folder, master, history)
}

fn index(master: &Master) -> PathBuf {
    master.state.join("index.db")
}

/// What the database itself says, asked by a program that is not kubepki.
fn rows(python: &Path, database: &Path) -> String {
    let script = "import sqlite3, sys\n\
        for row in sqlite3.connect(sys.argv[1]).execute('SELECT title, state FROM operations ORDER BY started_at'): print(*row)";
    support::succeed(python, &["-c", script, support::text(database)])
}

#[test]
fn the_index_is_made_again_when_it_is_gone_damaged_or_behind() {
    let (_folder, master, history) = busy();
    let changer = changer(&master);
    let python = support::tool("python3");
    let expected = "A plan made by hand done\nA plan made by hand undone\nUndo: A plan made by hand done\n";
    let is_whole = || {
        assert_eq!(changer.history().expect("a history"), history);
        if let Some(python) = &python {
            assert_eq!(rows(python, &index(&master)), expected);
        }
        assert_eq!(index(&master).metadata().expect("it is there").permissions().mode() & 0o777, 0o600);
    };
    is_whole();
    fs::remove_file(index(&master)).expect("removed");
    is_whole();
    fs::write(index(&master), "no database at all, and longer than a header of SQLite would be: ".repeat(20))
        .expect("written");
    is_whole();
    assert!(index(&master).with_extension("db.damaged").exists(), "what was damaged is moved aside");
    fs::write(index(&master), "").expect("written");
    is_whole();
    // An operation that went with its folder goes from the index too.
    fs::remove_dir_all(master.state.join("operations").join(&history[0].id)).expect("removed");
    assert_eq!(changer.history().expect("a history").len(), 2);
    // A journal that changed is read again.
    let journal = master.state.join("operations").join(&history[2].id).join("journal.json");
    let text = fs::read_to_string(&journal).expect("a journal").replace("A plan made by hand", "Another title");
    fs::write(&journal, record::sealed(&text)).expect("written");
    assert_eq!(changer.history().expect("a history")[1].plan.title, "Another title");
}

#[test]
fn reading_makes_nothing_and_read_only_writes_nothing() {
    let (_folder, master) = master();
    let reader = changer(&master);
    assert_eq!(reader.history(), Ok(Vec::new()));
    assert_eq!(reader.unfinished(), Ok(Vec::new()));
    assert_eq!(reader.verify(), Ok(Verification::default()));
    let nothing = undo(&reader, None).expect_err("nothing");
    assert_eq!((nothing.kind, nothing.problem.what.as_str()), (FailureKind::Refused, "nothing is left to undo"));
    assert!(!master.state.exists());
    apply(&reader, master.plan());
    assert!(!index(&master).exists(), "it follows at the next reading");
    let found = plan::picture(&master.state.join("operations"));
    assert_eq!(changer(&master).read_only(true).history().expect("a history").len(), 1);
    assert!(!index(&master).exists());
    assert_eq!(plan::picture(&master.state.join("operations")), found);
}

#[test]
fn what_others_could_have_written_is_not_believed() {
    let (_folder, master, _) = busy();
    let changer = changer(&master);
    fs::set_permissions(&master.state, Permissions::from_mode(0o777)).expect("a mode");
    for failure in [changer.history().expect_err("refused"), undo(&changer, None).expect_err("refused")] {
        assert_eq!(failure.kind, FailureKind::Unable);
        assert!(failure.problem.what.contains("may be written to by others"), "{failure:?}");
        assert!(failure.problem.hint.contains("chmod go-w"), "{failure:?}");
    }
}

#[test]
fn operations_are_found_by_the_beginning_of_their_id() {
    let (_folder, master, history) = busy();
    let changer = changer(&master);
    assert_eq!(changer.operation(&history[0].id).as_ref(), Ok(&history[0]));
    assert_eq!(changer.operation(&history[1].id[..22]).as_ref(), Ok(&history[1]));
    let ambiguous = changer.operation(&history[1].id[..4]).expect_err("ambiguous");
    assert_eq!((&ambiguous.kind, ambiguous.problem.why.len()), (&FailureKind::Usage, 3));
    for id in ["1999", "", "..", "x/y"] {
        assert_eq!(changer.operation(id).expect_err(id).kind, FailureKind::Usage, "{id}");
    }
}

#[test]
fn a_damaged_journal_is_named_and_holds_up_nothing_else() {
    let (_folder, master, history) = busy();
    let changer = changer(&master);
    let id = history[1].id.as_str();
    let journal = master.state.join("operations").join(id).join("journal.json");
    let whole = fs::read_to_string(&journal).expect("a journal");
    fs::write(&journal, &whole[..whole.len() / 2]).expect("written");
    assert_eq!(changer.unfinished(), Ok(Vec::new()));
    let named = changer.damaged();
    assert!(named.len() == 1 && named[0].contains(id) && named[0].contains("cannot be read"), "{named:?}");
    assert_eq!(changer.history().expect("a history").len(), 2);
    // It may have been interrupted: what it left lies in the folder that is to be changed.
    let left = master.file(KEY).with_file_name(format!(".kubepki-{id}-0"));
    fs::write(&left, "a new key").expect("written");
    let another = || Master::plan_of(vec![master.change(KEY, None, file("fourth", 0o600))]);
    let plan = kubepki::plan::Plan { moment: time::OffsetDateTime::now_utc(), ..another() };
    let failure = changer.apply(&plan, &silent).expect_err("refused");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.problem.what.contains(id) && failure.problem.hint.contains(".kubepki-"), "{failure:?}");
    fs::remove_file(left).expect("removed");
    assert_eq!(apply(&changer, another()).state, OperationState::Done);
    let plan = prepare(&changer, &Request::Undo(None)).expect("a plan");
    assert!(plan.summary.warnings.iter().any(|warning| warning.contains(id)), "{:?}", plan.summary.warnings);
}

#[test]
fn a_state_folder_to_which_others_write_is_said_before_anything_is_planned() {
    let (folder, master) = master();
    let open = folder.path().join("open");
    fs::create_dir(&open).expect("a folder");
    fs::set_permissions(&open, Permissions::from_mode(0o777)).expect("a mode");
    let changer = Changer::with_settings(&options(&master), Some(&open.join("state")), Settings::default());
    let failure = changer.history().expect_err("no empty history");
    assert!(failure.problem.what.starts_with("the history cannot be read: "), "{failure:?}");
    assert!(
        failure.problem.hint.contains("sudo chmod go-w") && failure.problem.hint.contains("--state-dir"),
        "{failure:?}"
    );
    assert_eq!(changer.ready().expect_err("nothing can be applied").kind, FailureKind::Unable);
    assert_eq!(self::changer(&master).ready(), Ok(()));
    let read_only = self::changer(&master).read_only(true);
    assert_eq!(read_only.ready().expect_err("read-only").kind, FailureKind::Refused);
}

#[test]
fn kubepki_keeps_nothing_of_its_own_among_the_files_of_a_pki() {
    let (_folder, master) = master();
    let pki = master.file("/etc/kubernetes/pki");
    for state in [pki.clone(), pki.join("kubepki")] {
        let changer = Changer::with_settings(&options(&master), Some(&state), Settings::default());
        let before = master.picture();
        let plan = kubepki::plan::Plan { moment: time::OffsetDateTime::now_utc(), ..master.plan() };
        let failure = changer.apply(&plan, &silent).expect_err("refused");
        assert!(
            failure.problem.what.contains("lies among the files") && failure.problem.hint.contains("--state-dir"),
            "{failure:?}"
        );
        assert_eq!(master.picture(), before);
    }
}

#[test]
fn the_readme_of_an_operation_says_when_as_rfc_3339_does() {
    let (_folder, master, history) = busy();
    let readme = master.state.join("operations").join(&history[0].id).join("README");
    let readme = fs::read_to_string(readme).expect("a README");
    let when = readme.split_once("begun ").and_then(|(_, rest)| rest.split_once(".\n")).expect("a moment").0;
    assert_eq!((when.len(), when.as_bytes()[10], when.as_bytes()[19]), (20, b'T', b'Z'), "{when}");
}

#[test]
fn verify_names_what_is_damaged() {
    let (_folder, master, history) = busy();
    let changer = changer(&master);
    let faults = || -> BTreeMap<String, Vec<String>> {
        let all = changer.verify().expect("verified");
        let index = all.index.map(|faults| Verified { id: "index.db".to_owned(), faults });
        let all = all.operations.into_iter().chain(index);
        all.filter(|one| !one.faults.is_empty()).map(|one| (one.id, one.faults)).collect()
    };
    let all = changer.verify().expect("verified");
    assert_eq!((all.operations.len(), all.index.is_some(), all.is_whole()), (3, true, true));
    assert_eq!(faults(), BTreeMap::new());
    let own = |at: usize| master.state.join("operations").join(&history[at].id);
    let backup = fs::read_dir(own(2).join("before")).expect("old files").next().expect("one").expect("one").path();
    fs::write(&backup, "damaged").expect("written");
    fs::remove_dir_all(own(1).join("before")).expect("removed");
    fs::write(own(0).join("journal.json"), "{").expect("written");
    let found = faults();
    let of = |at: usize| found[&history[at].id][0].as_str();
    assert_eq!(of(2), format!("the old file of {KEY} is not what it was when it was put aside"));
    assert!(of(1).starts_with(&format!("the old file of {KEY} ")), "{found:?}");
    assert!(of(0).starts_with("its journal cannot be read: "), "{found:?}");
    assert_eq!(found.len(), 3);
}

#[test]
fn old_files_past_keeping_go_and_the_history_stays() {
    let (_folder, master, history) = busy();
    let kept = prepare(&changer(&master), &Request::Prune).expect("a plan");
    assert!(kept.changes.is_empty(), "the newest 20 are kept");
    let young = Settings { keep_operations: Some(0), ..Settings::default() };
    assert!(prepare(&with_settings(&master, young), &Request::Prune).expect("a plan").changes.is_empty());

    let short = Settings { keep_operations: Some(2), keep_days: Some(0), ..Settings::default() };
    let changer = with_settings(&master, short);
    let plan = prepare(&changer, &Request::Prune).expect("a plan");
    assert!(plan.summary.ask().is_some());
    let own = master.state.join("operations").join(&history[2].id);
    assert!(plan.changes.iter().all(|change| Path::new(&change.path).starts_with(&own)));
    let removed =
        |change: &kubepki::record::ChangeSummary| (change.place, change.action) == (Place::Local, ChangeAction::Remove);
    assert!(plan.summary.changes.iter().all(removed));
    let before = master.picture();
    let pruned = changer.apply(&plan, &silent).expect("it is done");
    assert_eq!((pruned.state, pruned.error), (OperationState::Done, None));
    assert_eq!(master.picture(), before);
    assert!(own.join("journal.json").exists() && !own.join("README").exists());
    let left = |folder: PathBuf| fs::read_dir(folder).map_or(0, Iterator::count);
    assert_eq!(left(own.join("before")), 0);
    let own_copies = master.state.join("operations").join(&pruned.id).join("before");
    assert_eq!(left(own_copies), 0, "old keys are not kept once more");
    assert!(changer.verify().expect("verified").is_whole());

    let failure = undo(&changer, Some(&history[2].id)).expect_err("gone");
    assert!(failure.problem.why[0].starts_with("its old files were dropped on "), "{failure:?}");
    let failure = undo(&changer, Some(&pruned.id)).expect_err("gone");
    assert_eq!(failure.problem.why, ["the old files that it dropped are gone"]);
    assert_eq!(changer.history().expect("a history").len(), 4);
    // The newest that could be: the only change that stands has lost its old files.
    let failure = undo(&changer, None).expect_err("gone");
    assert!(failure.problem.what.contains(&history[2].id), "{failure:?}");
}

/// The disk with its state on it, mounted somewhere else.
fn moved(folder: &TempDir, master: &Master) -> Changer {
    let mounted = folder.path().join("mnt");
    fs::create_dir_all(master.root.join("var/lib")).expect("a folder");
    fs::rename(&master.state, master.root.join("var/lib/kubepki")).expect("moved");
    fs::rename(&master.root, &mounted).expect("moved");
    let state = mounted.join("var/lib/kubepki");
    let options = OpenOptions { root: mounted, ..options(master) };
    Changer::with_settings(&options, Some(&state), Settings::default())
}

#[test]
fn a_mounted_disk_brings_its_history_along() {
    let (folder, master, history) = busy();
    // Another master's operations are none of ours, though they lie in the same folder.
    let other = TempDir::new().expect("a folder");
    let other = Master::make(other.path());
    let of_other = OpenOptions { root: other.root.clone(), ..options(&master) };
    let of_other = Changer::with_settings(&of_other, Some(&master.state), Settings::default());
    assert_eq!(undo(&of_other, None).expect_err("nothing").problem.what, "nothing is left to undo");
    let failure = undo(&of_other, Some(&history[2].id)).expect_err("another master's");
    assert!(failure.problem.what.contains("was done to another master"), "{failure:?}");
    assert!(failure.problem.hint.contains(support::text(&master.root)), "{failure:?}");
    let changer = moved(&folder, &master);
    assert_eq!(undo(&changer, None).expect("undone").undoes.as_deref(), Some(history[2].id.as_str()));
}

#[test]
fn a_folder_of_a_master_is_changed_and_its_old_files_copied_back_by_hand() {
    let Some(bash) = support::tool("bash") else { return };
    let (_folder, master) = master();
    let part = master.file("/etc/kubernetes");
    fs::rename(part.join("pki/a.crt"), part.join("pki/apiserver.crt")).expect("renamed");
    for name in ["admin.conf", "scheduler.conf", "controller-manager.conf", "pki/ca.crt", "pki/apiserver.key"] {
        fs::write(part.join(name), "by which kubeadm's folder is known").expect("written");
    }
    let before = master.picture();
    let options = OpenOptions { directory: Some(part), ..OpenOptions::default() };
    let changer = Changer::with_settings(&options, Some(&master.state), Settings::default());
    let change = master.change("/etc/kubernetes/pki/apiserver.crt", None, file("new", 0o600));
    let done = apply(&changer, Master::plan_of(vec![change]));
    assert_ne!(master.picture(), before);
    let readme = master.state.join("operations").join(&done.id).join("README");
    let text = fs::read_to_string(readme).expect("a README");
    let script: Vec<&str> = text.lines().filter(|line| line.starts_with("    ")).collect();
    support::succeed(&bash, &["-euc", &script.join("\n")]);
    let picture = |found: plan::Picture| -> Vec<_> {
        found.into_iter().map(|(path, (mode, owner, group, content, _))| (path, mode, owner, group, content)).collect()
    };
    assert_eq!(picture(master.picture()), picture(before.clone()));
}

#[test]
fn what_was_interrupted_on_a_mounted_disk_is_finished_elsewhere() {
    let folder = TempDir::new().expect("a folder");
    let master = Master::interrupted(folder.path());
    let changer = moved(&folder, &master);
    assert_eq!(changer.unfinished().expect("readable").len(), 1);
    let recovered = changer.recover(&Ending::default(), &silent).expect("recovered");
    assert_eq!(recovered.iter().map(|one| &one.how).collect::<Vec<_>>(), [&RecoveryOutcome::Forward]);
    assert_eq!(changer.history().expect("a history")[0].state, OperationState::Done);
}

#[test]
fn who_did_it_is_written_down() {
    let (_folder, master, _) = busy();
    let name = support::tool("id").map(|id| support::succeed(&id, &["-un"]).trim().to_owned());
    let history = changer(&master).history().expect("a history");
    if let Some(name) = name {
        assert!(history.iter().all(|operation| operation.by.user == name), "{:?}", history[0].by);
    }
}

/// In a process of its own, where `HOME` is another: prints where the state of the root lies.
#[test]
#[ignore = "started by the test below"]
fn tell_the_state_folder() {
    let root = std::env::var_os("KUBEPKI_TEST_ROOT").expect("a root");
    let directory = std::env::var_os("KUBEPKI_TEST_DIRECTORY").map(PathBuf::from);
    let options = OpenOptions { root: root.into(), directory, ..OpenOptions::default() };
    let changer = Changer::with_settings(&options, None, Settings::default());
    println!("state={}", changer.state().expect("a state folder").display());
}

fn state_of(root: &Path, directory: Option<&Path>, home: &str) -> String {
    let mut own = Command::new(std::env::current_exe().expect("this test"));
    let tell = child::name(concat!(module_path!(), "::tell_the_state_folder"));
    own.args(["--exact", tell, "--ignored", "--nocapture"]).env("KUBEPKI_TEST_ROOT", root);
    own.env("HOME", home).env_remove("XDG_STATE_HOME").env_remove("KUBEPKI_TEST_DIRECTORY");
    if let Some(directory) = directory {
        own.env("KUBEPKI_TEST_DIRECTORY", directory);
    }
    let output = own.output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.split_once("state=")).unwrap_or_else(|| panic!("{output:?}"));
    line.1.to_owned()
}

#[test]
fn as_root_the_state_lies_in_the_root_whatever_home_is() {
    if !support::is_root() {
        return;
    }
    let (folder, master) = master();
    let part = folder.path().join("pki");
    fs::create_dir(&part).expect("a folder");
    let text = |path: PathBuf| path.display().to_string();
    let (whole, own) = (Path::new("/"), "/var/lib/kubepki".to_owned());
    for home in ["/root", "/home/alice"] {
        assert_eq!(state_of(whole, None, home), own);
        assert_eq!(state_of(&master.root, None, home), text(master.root.join("var/lib/kubepki")));
        assert_eq!(state_of(whole, Some(&master.root), home), text(master.root.join("var/lib/kubepki")));
        assert_eq!(state_of(whole, Some(&part), home), own, "a folder of certificates keeps no state of ours");
        assert_eq!(state_of(whole, Some(&master.root.join("etc/kubernetes")), home), own);
    }
}
