//! Operations taken back: every byte, mode, owner and link, or nothing.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use kubepki::engine::change::FailureKind;
use kubepki::plan::Request;
use kubepki::progress::silent;
use kubepki::record::{ChangeAction, OperationState};
use rustix::fs::lremovexattr;
use tempfile::TempDir;

use crate::support;
use crate::support::changer::{apply, changer, prepare, undo};
use crate::support::plan::{self, Master, file};

const CERTIFICATE: &str = "/etc/kubernetes/pki/a.crt";

fn master() -> (TempDir, Master) {
    let folder = TempDir::new().expect("a folder");
    let master = Master::make(folder.path());
    // What is made again has the attributes that its folder gives, as every new file.
    let _ = lremovexattr(master.file("/etc/kubernetes/pki/gone.crt"), "user.kubepki");
    (folder, master)
}

#[test]
fn every_byte_mode_owner_and_link_comes_back_and_can_be_done_again() {
    let (_folder, master) = master();
    let changer = changer(&master);
    let before = master.picture();
    let done = apply(&changer, master.plan());
    assert_eq!((done.state, done.error), (OperationState::Done, None));
    let after = master.picture();
    assert_ne!(before, after);

    let undone = undo(&changer, None).expect("it is undone");
    assert_eq!(
        (undone.state, undone.undoes.as_deref()),
        (OperationState::Done, Some(done.id.as_str()))
    );
    assert_eq!(undone.plan.title, "Undo: A plan made by hand");
    assert_eq!(master.picture(), before);

    let again = undo(&changer, None).expect_err("nothing is left");
    assert_eq!(
        (&again.kind, again.problem.what.as_str()),
        (&FailureKind::Refused, "nothing is left to undo")
    );
    assert!(again.problem.hint.contains(&undone.id), "{again:?}");
    let twice = undo(&changer, Some(&done.id)).expect_err("it is undone already");
    assert!(
        twice.problem.why[0].starts_with("it was undone on "),
        "{twice:?}"
    );
    assert_eq!(master.picture(), before);

    let redone = undo(&changer, Some(&undone.id)).expect("an undo is undone by its name");
    assert_eq!(redone.plan.title, "Redo: A plan made by hand");
    assert_eq!(master.picture(), after);
    let states: Vec<_> = changer
        .records()
        .history()
        .expect("a history")
        .operations
        .into_iter()
        .map(|it| (it.id, it.state))
        .collect();
    let expected = [
        (redone.id, OperationState::Done),
        (undone.id, OperationState::Undone),
        (done.id, OperationState::Done),
    ];
    assert_eq!(states, expected);
}

#[test]
fn files_that_changed_since_are_named_and_nothing_is_touched() {
    let (_folder, master) = master();
    let changer = changer(&master);
    apply(&changer, master.plan());
    let path = |name: &str| master.file(&format!("/etc/kubernetes/pki/{name}"));
    fs::write(path("a.crt"), "somebody's").expect("written");
    fs::set_permissions(path("a.key"), Permissions::from_mode(0o640)).expect("a mode");
    fs::write(path("gone.crt"), "is back").expect("written");
    fs::remove_file(path("extra/b.crt")).expect("removed");
    let current = master.file("/var/lib/kubelet/pki/kubelet-client-current.pem");
    fs::remove_file(&current).expect("removed");
    symlink("elsewhere.pem", &current).expect("a link");
    let found = master.picture();
    let failure = undo(&changer, None).expect_err("a conflict");
    assert_eq!(failure.kind, FailureKind::Refused);
    let expected = [
        "/etc/kubernetes/pki/extra/b.crt has been removed since",
        "/etc/kubernetes/pki/a.key has got another owner or mode since",
        "/etc/kubernetes/pki/a.crt has changed since",
        "/etc/kubernetes/pki/gone.crt has been made again since",
        "/var/lib/kubelet/pki/kubelet-client-current.pem leads elsewhere since",
    ];
    assert_eq!(failure.problem.why, expected);
    assert!(
        failure.problem.hint.contains("as a whole"),
        "{}",
        failure.problem.hint
    );
    assert_eq!(master.picture(), found);
}

#[test]
fn a_later_operation_on_the_same_file_is_named_and_undone_first() {
    let (_folder, master) = master();
    let changer = changer(&master);
    let before = master.picture();
    let first = apply(
        &changer,
        Master::plan_of(vec![master.change(
            CERTIFICATE,
            None,
            file("second", 0o600),
        )]),
    );
    let between = master.picture();
    let second = apply(
        &changer,
        Master::plan_of(vec![master.change(CERTIFICATE, None, file("third", 0o600))]),
    );
    let failure = undo(&changer, Some(&first.id)).expect_err("a conflict");
    assert!(failure.problem.why[0].contains(&second.id), "{failure:?}");
    assert_eq!(
        undo(&changer, None).expect("the newest").undoes,
        Some(second.id)
    );
    assert_eq!(master.picture(), between);
    let next = prepare(&changer, &Request::Undo(None)).expect("the one before");
    assert_eq!(next.undoes.as_deref(), Some(first.id.as_str()));
    assert!(
        next.summary.ask().is_some(),
        "an older operation is looked at first"
    );
    changer.apply(&next, &silent).expect("it is undone");
    assert_eq!(master.picture(), before);
}

#[test]
fn without_its_old_files_nothing_is_undone() {
    let (_folder, master) = master();
    let changer = changer(&master);
    let done = apply(&changer, master.plan());
    let found = master.picture();
    let old = master
        .state
        .join("operations")
        .join(&done.id)
        .join("before");
    let backup = fs::read_dir(&old).expect("old files").find_map(|entry| {
        let path = entry.expect("an entry").path();
        path.to_str()
            .is_some_and(|path| path.ends_with("a.key"))
            .then_some(path)
    });
    let backup = backup.expect("the key's");
    let content = fs::read(&backup).expect("content");
    fs::write(&backup, "damaged").expect("written");
    let failure = undo(&changer, None).expect_err("damaged");
    assert_eq!(
        failure.problem.why,
        ["the old file of /etc/kubernetes/pki/a.key is not what it was when it was put aside"]
    );
    fs::remove_file(&backup).expect("removed");
    let failure = undo(&changer, None).expect_err("missing");
    assert_eq!(
        failure.problem.why,
        ["the old file of /etc/kubernetes/pki/a.key does not exist"]
    );
    assert_eq!(master.picture(), found);
    fs::write(&backup, content).expect("written");
    undo(&changer, None).expect("it is undone");
}

#[test]
fn what_is_changed_through_a_link_comes_back_behind_it() {
    let (_folder, master) = master();
    let changer = changer(&master);
    symlink(
        "/etc/kubernetes/pki/a.crt",
        master.file("/etc/kubernetes/link.crt"),
    )
    .expect("a link");
    let before = master.picture();
    let change = master.change(
        "/etc/kubernetes/link.crt",
        Some("/etc/kubernetes/pki/a.crt"),
        file("new", 0o600),
    );
    apply(&changer, Master::plan_of(vec![change]));
    let plan = prepare(&changer, &Request::Undo(None)).expect("a plan");
    assert_eq!(
        plan.summary
            .changes
            .iter()
            .map(|it| it.action)
            .collect::<Vec<_>>(),
        [ChangeAction::Replace]
    );
    changer.apply(&plan, &silent).expect("it is undone");
    assert_eq!(master.picture(), before);
}

#[test]
fn the_equivalent_commands_do_the_same() {
    let Some(bash) = support::tool("bash") else {
        return;
    };
    let (_folder, master) = master();
    let changer = changer(&master);
    let before = master.picture();
    let plan = master.plan();
    apply(&changer, plan);
    let script = prepare(&changer, &Request::Undo(None))
        .expect("a plan")
        .summary
        .commands
        .join("\n");
    // This machine's own files are not meant, but for the link's text, which stays as it is on the
    // master.
    assert!(!script.contains(" /etc/"), "{script}");
    support::succeed(&bash, &["-euc", &script]);
    let without_attributes = |picture: plan::Picture| -> Vec<_> {
        picture
            .into_iter()
            .map(|(path, (mode, owner, group, content, _))| (path, mode, owner, group, content))
            .collect()
    };
    assert_eq!(
        without_attributes(master.picture()),
        without_attributes(before)
    );
}

#[test]
fn an_old_plan_is_made_again() {
    let (_folder, master) = master();
    let changer = changer(&master);
    let found = master.picture();
    let mut plan = master.plan();
    plan.moment = time::OffsetDateTime::now_utc() - time::Duration::minutes(61);
    let failure = changer.apply(&plan, &silent).expect_err("too old");
    assert_eq!(
        failure.problem.what,
        "this plan was made more than an hour ago"
    );
    plan.changes.clear();
    plan.moment = time::OffsetDateTime::now_utc();
    assert_eq!(
        changer
            .apply(&plan, &silent)
            .expect_err("empty")
            .problem
            .what,
        "there is nothing to do"
    );
    let failure = changer
        .read_only(true)
        .apply(&master.plan(), &silent)
        .expect_err("read-only");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert_eq!(master.picture(), found);
    assert!(!master.state.exists());
}
