//! A disk that somebody else has written is mounted: nothing of its state folder is reached through
//! a link, waited for, or obeyed where others could have written it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, FileType, mknodat};
use serde_json::json;

use crate::support::changing::{differing, tree};
use crate::support::foreign::Disk;
use crate::support::forged::{ID, operations};
use crate::support::program::Run;
use crate::support::skip;

/// What makes an operation's folder, or one above it, another's.
type Spoil<'a> = Box<dyn Fn(&Path) + 'a>;

/// Puts a link there that leads to the host.
fn put(disk: &Disk, place: &Path, leads: &str) {
    fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
    symlink(disk.host(leads), place).expect("a link");
}

/// With a state folder that is spoilt so, nothing is done to the host, and nothing of it comes to
/// the disk.
fn leads_nowhere(disk: &Disk, name: &str, spoil: &dyn Fn()) {
    let _ = fs::remove_dir_all(disk.master.file("/var"));
    let _ = fs::remove_file(disk.master.file("/var"));
    spoil();
    disk.stands(name);
    let stolen = tree(&disk.master.root)
        .into_values()
        .any(|node| node.content == b"TOPSECRET");
    assert!(!stolen, "{name}: a file of the host is on the disk now");
}

#[test]
fn nothing_of_a_state_folder_is_reached_through_a_link() {
    let Some(disk) = Disk::new() else { return };
    let state = &disk.master.state;
    let instead_of_operations = |leads: &str| {
        let operations = operations(state);
        fs::remove_dir(&operations).expect("removed");
        put(&disk, &operations, leads);
    };
    let cases: [(&str, &dyn Fn()); 6] = [
        ("the way to it", &|| {
            put(&disk, &disk.master.file("/var"), "home");
        }),
        ("it", &|| put(&disk, state, "home")),
        ("operations", &|| instead_of_operations("home")),
        ("operations, empty", &|| instead_of_operations("empty")),
        ("clusters", &|| {
            operations(state);
            put(&disk, &state.join("clusters"), "empty");
        }),
        ("an operation", &|| {
            put(&disk, &operations(state).join(ID), "home/bob");
        }),
    ];
    for (name, spoil) in cases {
        leads_nowhere(&disk, name, spoil);
    }
}

#[test]
fn nothing_of_an_operation_is_reached_through_a_link() {
    let Some(disk) = Disk::new() else { return };
    let state = &disk.master.state;
    leads_nowhere(&disk, "a journal", &|| {
        let journal = disk
            .triggered(disk.forged())
            .write(state)
            .join("journal.json");
        fs::remove_file(&journal).expect("removed");
        put(&disk, &journal, "etc/secret");
    });
    leads_nowhere(&disk, "the old files", &|| {
        let stolen = disk.triggered(disk.stolen("/etc/secret"));
        let before = stolen
            .with("/entries/0/backup", json!("000-secret"))
            .write(state)
            .join("before");
        fs::remove_dir_all(&before).expect("removed");
        put(&disk, &before, "etc");
    });
    leads_nowhere(&disk, "an old file", &|| {
        let old = disk
            .triggered(disk.stolen("/etc/stolen"))
            .write(state)
            .join("before/000-stolen");
        fs::remove_file(&old).expect("removed");
        put(&disk, &old, "etc/secret");
    });
}

fn fifo(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, 0o600.into(), 0).expect("a FIFO");
}

/// What is spoilt so is left as it is, `said` in what is told of it, and waited for by no command.
fn is_not_read(disk: &Disk, name: &str, said: &str, spoil: &dyn Fn()) {
    let _ = fs::remove_dir_all(disk.master.file("/var"));
    let _ = fs::remove_file(disk.master.file("/etc/known"));
    spoil();
    let found = tree(&disk.master.state);
    let recover = disk.master.kubepki(&["history", "recover"]);
    assert!(
        recover.code != 70 && recover.stderr.contains(said),
        "{name}: {recover:?}"
    );
    assert_eq!(
        differing(&found, &tree(&disk.master.state)),
        Vec::<String>::new(),
        "{name}"
    );
    disk.stands(name);
}

#[test]
fn what_never_ends_is_not_read() {
    let Some(disk) = Disk::new() else { return };
    let state = &disk.master.state;
    // It would go back, and needs the old file for it.
    let own = || disk.back().write(state);
    is_not_read(&disk, "a journal that is a FIFO", ID, &|| {
        let journal = own().join("journal.json");
        fs::remove_file(&journal).expect("removed");
        fifo(&journal);
    });
    is_not_read(&disk, "old files that are a FIFO", ID, &|| {
        let before = own().join("before");
        fs::remove_dir_all(&before).expect("removed");
        fifo(&before);
    });
    is_not_read(
        &disk,
        "a journal that is too large, all of it holes",
        ID,
        &|| {
            let journal = fs::File::options()
                .write(true)
                .open(own().join("journal.json"))
                .expect("a journal");
            journal.set_len((64 << 20) + 1).expect("a hole");
        },
    );
    is_not_read(&disk, "a journal that is somebody's file too", ID, &|| {
        let (journal, other) = (own().join("journal.json"), disk.master.file("/etc/known"));
        fs::rename(&journal, &other).expect("moved");
        fs::hard_link(&other, &journal).expect("a second name");
    });
    is_not_read(&disk, "an index that is a FIFO", "", &|| {
        operations(state);
        fifo(&state.join("index.db"));
    });
    is_not_read(&disk, "an operation that is a FIFO", "", &|| {
        fifo(&operations(state).join(ID));
    });
}

fn with(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
}

fn given(path: &Path) {
    chown(path, Some(65534), None).expect("given away");
}

/// Each way in which somebody else could have written an operation.
fn spoilt(disk: &Disk) -> Vec<(&'static str, Spoil<'_>)> {
    let state = &disk.master.state;
    let mut cases: Vec<(&str, Spoil<'_>)> = vec![
        (
            "the state folder is anybody's",
            Box::new(|_| with(state, 0o777)),
        ),
        ("a sticky state folder", Box::new(|_| with(state, 0o1777))),
        (
            "the operations are anybody's",
            Box::new(|_| with(&state.join("operations"), 0o777)),
        ),
        ("the group's operation", Box::new(|own| with(own, 0o770))),
        (
            "a folder above is anybody's",
            Box::new(|_| with(&disk.master.file("/var/lib"), 0o777)),
        ),
        (
            "the root is anybody's",
            Box::new(|_| with(&disk.master.root, 0o777)),
        ),
    ];
    if rustix::process::geteuid().is_root() {
        cases.push(("nobody's state folder", Box::new(|_| given(state))));
        cases.push((
            "nobody's operations",
            Box::new(|_| given(&state.join("operations"))),
        ));
        cases.push(("nobody's operation", Box::new(given)));
        cases.push((
            "nobody's folder above",
            Box::new(|_| given(&disk.master.file("/var"))),
        ));
    } else {
        skip("only root gives files away");
    }
    cases
}

#[test]
fn who_could_have_written_a_record_is_asked_before_it_is_obeyed() {
    let Some(disk) = Disk::new() else { return };
    let found = || (tree(&disk.master.state), tree(&disk.master.file("/etc")));
    for (name, spoil) in spoilt(&disk) {
        let _ = fs::remove_dir_all(disk.master.file("/var"));
        spoil(&disk.back().write(&disk.master.state));
        let before = found();
        for command in [
            &["history", "recover"][..],
            &["history", "recover", "--back"],
            &["history", "recover", ID, "--back"],
            &["undo", ID, "--yes"],
        ] {
            let run = disk.master.kubepki(command);
            assert!(
                run.code != 0 && run.code != 70,
                "{name}: {command:?}: {run:?}"
            );
        }
        disk.master.kubepki(&["renew", "--due", "--yes"]);
        assert_eq!(found(), before, "{name}");
        with(&disk.master.root, 0o755);
    }
}

#[test]
fn a_folder_that_changes_under_the_eyes_leads_nowhere_else() {
    let Some(disk) = Disk::new() else { return };
    let state = disk.master.state.clone();
    disk.back().write(&state);
    fs::create_dir(disk.host.path().join("home").join(ID)).expect("a folder");
    let before = tree(disk.host.path());
    let (real, aside, link) = (
        state.join("operations"),
        state.join("aside"),
        state.join("link"),
    );
    symlink(disk.host("home"), &link).expect("a link");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                fs::rename(&real, &aside).expect("renamed");
                fs::rename(&link, &real).expect("renamed");
                fs::rename(&real, &link).expect("renamed");
                fs::rename(&aside, &real).expect("renamed");
            }
        });
        let runs: Vec<Run> = (0..60)
            .map(|_| disk.master.kubepki(&["history", "recover", "--back"]))
            .collect();
        is_over.store(true, Ordering::SeqCst);
        assert!(runs.iter().all(|run| run.code != 70), "{runs:?}");
    });
    assert_eq!(
        differing(&before, &tree(disk.host.path())),
        Vec::<String>::new()
    );
}
