//! Applying a plan: what it keeps, what it refuses before anything is written, and what stands in its journal.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use kubepki::pki::Secret;
use kubepki::plan::{After, Plan};
use kubepki::progress::{Progress, silent};
use kubepki::record::{Attributes, OperationState, PathState};
use kubepki::store::apply::ApplyError;
use kubepki::store::journal;
use rustix::fs::{XattrFlags, lgetxattr, lsetxattr};
use rustix::process::{Signal, geteuid, getpid, kill_process};

use crate::support::child::{start, told};
use crate::support::plan::{self, ID, Master, file, fresh, picture};
use crate::support::{is_root, skip, succeed, text, tool};

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
    let script: String =
        readme.lines().filter_map(|line| line.strip_prefix("    ")).fold(String::new(), |all, line| all + line + "\n");
    succeed(&shell, &["-euc", &script]);
    let now = master.picture();
    let without_attributes = |picture: plan::Picture| {
        picture.into_iter().map(|(path, (mode, user, group, content, _))| (path, (mode, user, group, content)))
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
    assert_eq!(master.state.metadata().expect("there").permissions().mode() & 0o777, 0o700);
}

#[test]
fn an_undone_operation_says_by_whom() {
    let (_folder, master) = fresh();
    let old = master.picture();
    let change =
        |content: &str| Master::plan_of(vec![master.change("/etc/kubernetes/pki/a.key", None, file(content, 0o600))]);
    master.done(&change("new"), ID);
    let back = Plan { undoes: Some(ID.to_owned()), ..change("old key") };
    master.done(&back, "20261122T031206Z-bac000");
    assert_eq!(master.picture(), old);
    let (operation, _) = master.journal(ID);
    assert_eq!(operation.state, OperationState::Undone);
    assert_eq!(operation.undone_by.as_deref(), Some("20261122T031206Z-bac000"));
}

#[test]
fn links_are_followed_inside_the_root_only() {
    let (folder, master) = fresh();
    // The host has a file at the very path that the kubelet's absolute link names: it must not be touched.
    let host = folder.path().join("host.pem");
    fs::write(&host, "the host's").expect("written");
    let link = text(&host).to_owned();
    fs::create_dir_all(master.file(&link).parent().expect("a folder")).expect("folders");
    fs::write(master.file(&link), "the master's").expect("written");
    symlink(&host, master.file("/etc/kubernetes/pki/linked.pem")).expect("a link");
    let change = master.change("/etc/kubernetes/pki/linked.pem", Some(&link), file("renewed", 0o600));
    assert!(matches!(&change.before, PathState::File { through: Some(_), .. }));
    master.done(&Master::plan_of(vec![change]), ID);
    assert_eq!(fs::read_to_string(&host).expect("text"), "the host's");
    assert_eq!(fs::read_to_string(master.file(&link)).expect("text"), "renewed");
    assert!(master.file("/etc/kubernetes/pki/linked.pem").is_symlink());
    let (_, entries) = master.journal(ID);
    assert_eq!((entries[0].path.as_str(), entries[0].target.as_str()), ("/etc/kubernetes/pki/linked.pem", &*link));
}

#[test]
fn owners_modes_and_extended_attributes_stay() {
    let (_folder, master) = fresh();
    let certificate = master.file("/etc/kubernetes/pki/a.crt");
    // Owner rw, user 1000 r, group r, mask r, others nothing (acl(5), linux/posix_acl_xattr.h).
    let entries = [(1u16, 6u16, u32::MAX), (2, 4, 1000), (4, 4, u32::MAX), (16, 4, u32::MAX), (32, 0, u32::MAX)];
    let mut list = 2u32.to_le_bytes().to_vec();
    for (tag, permission, id) in entries {
        list.extend(tag.to_le_bytes().into_iter().chain(permission.to_le_bytes()).chain(id.to_le_bytes()));
    }
    let acl = "system.posix_acl_access";
    if let Err(errno) = lsetxattr(&certificate, acl, &list, XattrFlags::empty()) {
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
    lgetxattr(&certificate, acl, rustix::buffer::spare_capacity(&mut kept)).expect("an ACL");
    assert_eq!(kept, list);
    if geteuid().is_root() {
        assert_eq!((*owner, *group, attribute.as_deref()), (1234, 2345, Some(&b"kept"[..])));
    }
}

#[test]
fn a_link_to_a_folder_that_is_not_below_the_root_is_named_as_such() {
    let (_folder, master) = fresh();
    let plan = master.plan();
    let key = master.file("/etc/kubernetes/pki/a.key");
    fs::remove_file(&key).expect("removed");
    symlink("/nowhere/below/the/root", &key).expect("a link");
    match master.refused(&plan) {
        ApplyError::NotPlain { path, why } => {
            assert!(path.ends_with("/a.key") && why.contains("a link to /nowhere/below/the/root"), "{path}: {why}");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn what_has_changed_since_is_not_overwritten() {
    type Doing = fn(&Path);
    let cases: [(&str, Doing, &str); 6] = [
        ("a.key", |path| fs::write(path, "other").expect("written"), "its content is another"),
        ("a.key", |path| fs::remove_file(path).expect("removed"), "it is gone"),
        (
            "a.key",
            |path| fs::set_permissions(path, fs::Permissions::from_mode(0o644)).expect("a mode"),
            "its mode was 0600 and is 0644",
        ),
        (
            "a.key",
            |path| {
                fs::rename(path, path.with_extension("x")).expect("renamed");
                symlink("a.x", path).expect("a link");
            },
            "the link to it is another one",
        ),
        ("extra", |path| fs::write(path, "x").expect("written"), "it is there now"),
        ("ca.crt", |path| fs::write(path, "another CA").expect("written"), "its content is another"),
    ];
    for (name, doing, what) in cases {
        let (_folder, master) = fresh();
        let ca = master.file("/etc/kubernetes/pki/ca.crt");
        fs::write(&ca, "CA").expect("written");
        let made_from = master.change("/etc/kubernetes/pki/ca.crt", None, After::Absent).before;
        let plan = Plan { made_from: vec![("/etc/kubernetes/pki/ca.crt".to_owned(), made_from)], ..master.plan() };
        doing(&master.file("/etc/kubernetes/pki").join(name));
        match master.refused(&plan) {
            ApplyError::Changed { path, what: said } => {
                assert_eq!((path.rsplit('/').next(), said.as_str()), (Some(name), what));
            }
            other => panic!("{name}: {other}"),
        }
    }
}

#[test]
fn a_change_between_staging_and_commit_is_seen() {
    let (_folder, master) = fresh();
    let key = master.file("/etc/kubernetes/pki/a.key");
    let meddle = |progress: Progress| {
        if progress.what == "commit" {
            fs::write(&key, "somebody else's").expect("written");
        }
        true
    };
    let error = master.apply(&master.plan(), ID, &meddle).expect_err("refused");
    assert!(matches!(error, ApplyError::Changed { .. }), "{error}");
    let names: Vec<_> = master.picture().into_keys().map(|path| path.display().to_string()).collect();
    assert!(!names.iter().any(|name| name.contains(".kubepki") || name.contains("extra")), "{names:?}");
    assert_eq!(fs::read_dir(master.state.join("operations")).expect("a folder").count(), 0);
}

#[test]
fn stopped_before_the_commit_nothing_has_changed() {
    for step in 0..14 {
        let (_folder, master) = fresh();
        let old = master.picture();
        let left = std::sync::atomic::AtomicI32::new(step);
        let stop = |_: Progress| left.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) > 0;
        assert_eq!(master.apply(&master.plan(), ID, &stop), Err(ApplyError::Stopped), "{step}");
        assert_eq!(master.picture(), old);
        assert_eq!(journal::ids(&master.kept()), Ok(Vec::new()));
    }
}

#[test]
fn folders_that_are_not_roots_alone_are_treated_with_care() {
    if !is_root() {
        return;
    }
    let (_folder, master) = fresh();
    let home = master.file("/home/admin");
    fs::create_dir_all(home.join(".kube")).expect("folders");
    fs::write(home.join(".kube/config"), "a copy").expect("written");
    for path in [&home, &home.join(".kube"), &home.join(".kube/config")] {
        chown(path, Some(1000), Some(1000)).expect("given away");
    }
    let his = Attributes { owner: 1000, group: 1000, mode: 0o600 };
    let path = "/home/admin/.kube/config";
    let after = |content: &str| After::File { content: Secret::new(content.as_bytes().to_vec()), attributes: his };
    master.done(&Master::plan_of(vec![master.change(path, None, after("renewed"))]), ID);
    let old = picture(&home);
    assert_eq!(old[&home.join(".kube/config")], (0o100_600, 1000, 1000, "renewed".to_owned(), None));
    // He could have made his file a second name or a link to something of root's.
    fs::hard_link(home.join(".kube/config"), home.join("second")).expect("a link");
    let error = master.refused(&Master::plan_of(vec![master.change(path, None, after("again"))]));
    assert!(error.to_string().contains("second name"), "{error}");
    fs::remove_file(home.join("second")).expect("removed");
    for (link, real) in [(".kube/config", "/home/admin/.kube/real"), (".kube", "/home/admin/real")] {
        fs::rename(home.join(link), master.file(real)).expect("renamed");
        symlink(real, home.join(link)).expect("a link");
        let through = (link == ".kube/config").then_some(real);
        let error = master.refused(&Master::plan_of(vec![master.change(path, through, after("again"))]));
        assert!(error.to_string().contains("is a link, and others may write"), "{error}");
        fs::remove_file(home.join(link)).expect("removed");
        fs::rename(master.file(real), home.join(link)).expect("renamed");
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
            *seen.lock().expect("a lock") = Some(String::from_utf8_lossy(&output.stderr).into_owned());
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
    let Some((folder, _)) = told(SECOND_WRITER) else { return };
    let master = Master::at(Path::new(&folder));
    eprintln!("unfinished: {}", master.unfinished().len());
    let plan = Master::plan_of(vec![master.change("/etc/kubernetes/pki/third.crt", None, file("x", 0o600))]);
    eprintln!("{}", master.apply(&plan, "20261122T031206Z-5ec000", &silent).expect_err("locked"));
}

#[test]
fn signals_wait_until_the_swap_is_over() {
    let (folder, master) = fresh();
    let output = start(&[], SIGNALLED, folder.path(), "apply");
    let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
    assert_eq!(signal, Some(15), "{}", String::from_utf8_lossy(&output.stderr));
    let (operation, _) = master.journal(ID);
    assert_eq!(operation.state, OperationState::Done);
    assert_eq!(fs::read_to_string(master.file("/etc/kubernetes/pki/a.key")).expect("text"), "new key");
}

/// Runs only as a child: it sends itself SIGTERM between two renames, as an impatient admin does.
#[test]
fn signalled() {
    let Some((folder, _)) = told(SIGNALLED) else { return };
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
    let temporary = master.file("/var/lib/kubelet/pki").join(format!(".kubepki-{ID}-6"));
    let meddle = |progress: Progress| {
        if progress.what.starts_with("swap /var/lib/kubelet/pki/kubelet-client-2026.pem") {
            fs::remove_file(&temporary).expect("removed");
        }
        true
    };
    let operation = master.apply(&master.plan(), ID, &meddle).expect("an operation");
    assert_eq!(operation.state, OperationState::RolledBack);
    assert!(operation.error.is_some_and(|error| error.contains("kubelet-client-2026.pem")));
    assert_eq!(master.picture(), old);
    assert_eq!(master.unfinished(), []);
}
