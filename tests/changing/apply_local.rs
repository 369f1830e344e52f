//! Files of this machine, outside the root, in one transaction with those of the master: also in
//! kubepki's own folder, which need not be there yet.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use kubepki::engine::change::FailureKind;
use kubepki::plan::{After, Change, Request};
use kubepki::progress::silent;
use kubepki::record::{Attributes, OperationState, PathState, Place};
use kubepki::store::apply::{Order, rehearse};
use kubepki::store::read::Root;
use rustix::process::{getegid, geteuid};
use tempfile::TempDir;

use crate::support::changer::{apply, changer, prepare, undo};
use crate::support::plan::{self, Master, file};

fn local(path: &Path, after: After) -> Change {
    let path = path.to_str().expect("UTF-8").to_owned();
    Change {
        place: Place::Local,
        path,
        summary: "by hand".to_owned(),
        before: PathState::Absent,
        after,
    }
}

fn mine(content: &str, mode: u32) -> After {
    let After::File { content, .. } = file(content, mode) else {
        unreachable!("a file")
    };
    After::File {
        content,
        attributes: attributes(mode),
    }
}

fn attributes(mode: u32) -> Attributes {
    Attributes {
        owner: geteuid().as_raw(),
        group: getegid().as_raw(),
        mode,
    }
}

/// A file below the root, one in kubepki's own folder, and one in a new folder beside.
fn changes(master: &Master, folder: &Path) -> Vec<Change> {
    vec![
        master.change("/etc/kubernetes/pki/new.key", None, mine("a key", 0o600)),
        local(
            &folder.join("archives"),
            After::Directory(attributes(0o700)),
        ),
        local(&folder.join("archives/node.tar"), mine("an archive", 0o600)),
        local(
            &master.state.join("clusters"),
            After::Directory(attributes(0o700)),
        ),
        local(
            &master.state.join("clusters/prod.yaml"),
            mine("answers", 0o600),
        ),
    ]
}

#[test]
fn the_state_folder_need_not_be_there_and_all_comes_back() {
    let folder = TempDir::new().expect("a folder");
    let master = Master::make(folder.path());
    let (changer, before) = (changer(&master), plan::picture(folder.path()));
    let plan = Master::plan_of(changes(&master, folder.path()));
    let order = Order {
        root: &Root::open(&master.root, Path::new("/")).expect("a root"),
        state: &master.kept(),
        also: None,
        plan: &plan,
        id: plan::ID.to_owned(),
        by: kubepki::record::By::default(),
        started_at: plan::NOW,
    };
    rehearse(&order).expect("it could be done");
    assert_eq!(
        plan::picture(folder.path()),
        before,
        "a rehearsal writes nothing"
    );

    let done = apply(&changer, plan);
    assert_eq!((done.state, done.error), (OperationState::Done, None));
    let (answers, archive) = (
        master.state.join("clusters/prod.yaml"),
        folder.path().join("archives/node.tar"),
    );
    assert_eq!(fs::read_to_string(&answers).expect("answers"), "answers");
    assert_eq!(
        fs::read_to_string(&archive).expect("an archive"),
        "an archive"
    );
    let mode = |path: &Path| path.metadata().expect("it is there").mode() & 0o7777;
    assert_eq!(
        (
            mode(&answers),
            mode(&archive),
            mode(&master.state.join("clusters"))
        ),
        (0o600, 0o600, 0o700)
    );
    let after = master.picture();

    let undone = undo(&changer, None).expect("it is undone");
    assert_eq!(undone.state, OperationState::Done);
    assert!(
        !answers.exists() && !answers.parent().expect("a folder").exists() && !archive.exists()
    );
    assert!(!folder.path().join("archives").exists() && master.state.join("operations").exists());
    undo(&changer, Some(&undone.id)).expect("it is done again");
    assert_eq!(
        (
            master.picture(),
            fs::read_to_string(&answers).expect("answers")
        ),
        (after, "answers".to_owned())
    );
}

#[test]
fn an_archive_that_was_sent_and_removed_is_in_nobodys_way() {
    let folder = TempDir::new().expect("a folder");
    let master = Master::make(folder.path());
    let (changer, before) = (changer(&master), master.picture());
    apply(&changer, Master::plan_of(changes(&master, folder.path())));
    fs::remove_file(folder.path().join("archives/node.tar")).expect("removed");
    let plan = prepare(&changer, &Request::Undo(None)).expect("a plan");
    assert!(
        !plan
            .changes
            .iter()
            .any(|change| change.path.contains(".tar"))
    );
    assert_eq!(
        changer.apply(&plan, &silent).expect("it is undone").state,
        OperationState::Done
    );
    assert_eq!(master.picture(), before);
}

#[test]
fn a_local_file_that_changed_since_is_named() {
    let folder = TempDir::new().expect("a folder");
    let master = Master::make(folder.path());
    let changer = changer(&master);
    apply(&changer, Master::plan_of(changes(&master, folder.path())));
    let answers = master.state.join("clusters/prod.yaml");
    fs::write(&answers, "other answers").expect("written");
    let failure = undo(&changer, None).expect_err("a conflict");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert_eq!(
        failure.problem.why,
        [format!("{} has changed since", answers.display())]
    );
    assert!(master.file("/etc/kubernetes/pki/new.key").exists());
}

#[test]
fn what_is_there_already_stops_all_of_it() {
    let folder = TempDir::new().expect("a folder");
    let master = Master::make(folder.path());
    let plan = Master::plan_of(changes(&master, folder.path()));
    fs::create_dir(folder.path().join("archives")).expect("a folder");
    let before = plan::picture(folder.path());
    let plan = kubepki::plan::Plan {
        moment: time::OffsetDateTime::now_utc(),
        ..plan
    };
    let failure = changer(&master)
        .apply(&plan, &silent)
        .expect_err("it is there");
    assert!(failure.problem.what.contains("archives"), "{failure:?}");
    assert_eq!(plan::picture(folder.path()), before);
}
