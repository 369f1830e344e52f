//! Applying a plan: what it keeps, what stands in its journal, and what comes between.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use kubepki::plan::Plan;
use kubepki::progress::{Progress, silent};
use kubepki::record::{OperationState, PathState};
use kubepki::store::journal;
use rustix::fs::{XattrFlags, lgetxattr, lsetxattr};
use rustix::process::{Signal, geteuid, getpid, kill_process};

use crate::support::child::{start, told};
use crate::support::plan::{self, ID, Master, file, fresh, picture};
use crate::support::{acl, skip, succeed, text, tool};

const SECOND_WRITER: &str = concat!(module_path!(), "::second_writer");
const SIGNALLED: &str = concat!(module_path!(), "::signalled");

#[test]
fn the_journal_and_the_old_files_bring_the_master_back_by_hand() {
    let Some(shell) = tool("sh") else { return };
    let (_folder, master) = fresh();
    let old = master.picture();
    master.done(&master.plan(), ID);
    assert_ne!(master.picture(), old);
    let folder = journal::folder(&master.state, ID);
    let (operation, entries) = master.journal(ID);
    assert_eq!((operation.state, entries.len()), (OperationState::Done, 8));
    let readme = fs::read_to_string(folder.join("README")).expect("a README");
    let script: String = readme
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .fold(String::new(), |all, line| all + line + "\n");
    succeed(&shell, &["-euc", &script]);
    let now = master.picture();
    let without_attributes = |picture: plan::Picture| {
        picture
            .into_iter()
            .map(|(path, (mode, user, group, content, _))| (path, (mode, user, group, content)))
    };
    // A removed file has lost its extended attribute this way.
    assert!(without_attributes(now).eq(without_attributes(old)));
}

#[test]
fn no_old_file_and_nothing_of_the_state_is_readable_by_others() {
    let (_folder, master) = fresh();
    master.done(&master.plan(), ID);
    for (path, (mode, ..)) in picture(&master.state) {
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
    assert_eq!(
        master.state.metadata().expect("there").permissions().mode() & 0o777,
        0o700
    );
}

#[test]
fn an_undone_operation_says_by_whom() {
    let (_folder, master) = fresh();
    let old = master.picture();
    let change = |content: &str| {
        Master::plan_of(vec![master.change(
            "/etc/kubernetes/pki/a.key",
            None,
            file(content, 0o600),
        )])
    };
    master.done(&change("new"), ID);
    let back = Plan {
        undoes: Some(ID.to_owned()),
        ..change("old key")
    };
    master.done(&back, "20261122T031206Z-bac000");
    assert_eq!(master.picture(), old);
    let (operation, _) = master.journal(ID);
    assert_eq!(operation.state, OperationState::Undone);
    assert_eq!(
        operation.undone_by.as_deref(),
        Some("20261122T031206Z-bac000")
    );
}

#[test]
fn links_are_followed_inside_the_root_only() {
    let (folder, master) = fresh();
    // The host has a file at the very path that the kubelet's absolute link names: it must not be
    // touched.
    let host = folder.path().join("host.pem");
    fs::write(&host, "the host's").expect("written");
    let link = text(&host).to_owned();
    fs::create_dir_all(master.file(&link).parent().expect("a folder")).expect("folders");
    fs::write(master.file(&link), "the master's").expect("written");
    symlink(&host, master.file("/etc/kubernetes/pki/linked.pem")).expect("a link");
    let change = master.change(
        "/etc/kubernetes/pki/linked.pem",
        Some(&link),
        file("renewed", 0o600),
    );
    assert!(matches!(
        &change.before,
        PathState::File {
            through: Some(_),
            ..
        }
    ));
    master.done(&Master::plan_of(vec![change]), ID);
    assert_eq!(fs::read_to_string(&host).expect("text"), "the host's");
    assert_eq!(
        fs::read_to_string(master.file(&link)).expect("text"),
        "renewed"
    );
    assert!(master.file("/etc/kubernetes/pki/linked.pem").is_symlink());
    let (_, entries) = master.journal(ID);
    assert_eq!(
        (entries[0].path.as_str(), entries[0].target.as_str()),
        ("/etc/kubernetes/pki/linked.pem", &*link)
    );
}

#[test]
fn owners_modes_and_extended_attributes_stay() {
    let (_folder, master) = fresh();
    let certificate = master.file("/etc/kubernetes/pki/a.crt");
    let list = acl::list(&[
        (acl::Who::Owner, 6),
        (acl::Who::User(1000), 4),
        (acl::Who::Group, 4),
        (acl::Who::Mask, 4),
        (acl::Who::Others, 0),
    ]);
    if let Err(errno) = lsetxattr(&certificate, acl::ACL, &list, XattrFlags::empty()) {
        return skip(&format!("no ACL here ({errno})"));
    }
    let old = master.picture();
    master.done(&master.plan(), ID);
    let new = master.picture();
    let (mode, owner, group, content, attribute) = &new[&certificate];
    assert_eq!((*mode, *owner, *group, attribute), {
        let (mode, owner, group, _, attribute) = &old[&certificate];
        (*mode, *owner, *group, attribute)
    });
    assert_eq!((*mode, content.as_str()), (0o100_640, "new certificate"));
    let mut kept = Vec::with_capacity(200);
    lgetxattr(
        &certificate,
        acl::ACL,
        rustix::buffer::spare_capacity(&mut kept),
    )
    .expect("an ACL");
    assert_eq!(kept, list);
    if geteuid().is_root() {
        assert_eq!(
            (*owner, *group, attribute.as_deref()),
            (1234, 2345, Some(&b"kept"[..]))
        );
    }
}

#[test]
fn two_writers_do_not_meet() {
    let (folder, master) = fresh();
    let plan = master.plan();
    let seen = std::sync::Mutex::new(None);
    let meet = |progress: Progress| {
        if progress.what.starts_with("swap /etc/kubernetes/pki/a.crt") {
            let output = start(&[], SECOND_WRITER, folder.path(), "apply");
            *seen.lock().expect("a lock") =
                Some(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        true
    };
    let operation = master.apply(&plan, ID, &meet).expect("applied");
    assert_eq!(operation.state, OperationState::Done);
    let said = seen.into_inner().expect("a lock").expect("the second ran");
    let expected = format!("is being changed by pid {} (", std::process::id());
    assert!(said.contains(&expected), "{said}");
    assert!(said.contains("unfinished: 0"), "{said}");
}

/// Runs only as a child.
#[test]
fn second_writer() {
    let Some((folder, _)) = told(SECOND_WRITER) else {
        return;
    };
    let master = Master::at(Path::new(&folder));
    eprintln!("unfinished: {}", master.unfinished().len());
    let plan = Master::plan_of(vec![master.change(
        "/etc/kubernetes/pki/third.crt",
        None,
        file("x", 0o600),
    )]);
    eprintln!(
        "{}",
        master
            .apply(&plan, "20261122T031206Z-5ec000", &silent)
            .expect_err("locked")
    );
}

#[test]
fn signals_wait_until_the_swap_is_over() {
    let (folder, master) = fresh();
    let output = start(&[], SIGNALLED, folder.path(), "apply");
    let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
    assert_eq!(
        signal,
        Some(15),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let (operation, _) = master.journal(ID);
    assert_eq!(operation.state, OperationState::Done);
    assert_eq!(
        fs::read_to_string(master.file("/etc/kubernetes/pki/a.key")).expect("text"),
        "new key"
    );
}

/// Runs only as a child: it sends itself SIGTERM between two renames, as an impatient admin does.
#[test]
fn signalled() {
    let Some((folder, _)) = told(SIGNALLED) else {
        return;
    };
    let master = Master::at(Path::new(&folder));
    let signal = |progress: Progress| {
        if progress.what.starts_with("swap /etc/kubernetes/pki/a.crt") {
            kill_process(getpid(), Signal::TERM).expect("sent");
        }
        true
    };
    let _ = master.apply(&master.plan(), ID, &signal);
    unreachable!("it ends by the signal");
}

#[test]
fn a_failure_in_the_swap_takes_all_back() {
    let (_folder, master) = fresh();
    let old = master.picture();
    let temporary = master
        .file("/var/lib/kubelet/pki")
        .join(format!(".kubepki-{ID}-6"));
    let meddle = |progress: Progress| {
        if progress
            .what
            .starts_with("swap /var/lib/kubelet/pki/kubelet-client-2026.pem")
        {
            fs::remove_file(&temporary).expect("removed");
        }
        true
    };
    let operation = master
        .apply(&master.plan(), ID, &meddle)
        .expect("an operation");
    assert_eq!(operation.state, OperationState::RolledBack);
    assert!(
        operation
            .error
            .is_some_and(|error| error.contains("kubelet-client-2026.pem"))
    );
    assert_eq!(master.picture(), old);
    assert_eq!(master.unfinished(), []);
}
