//! A disk that somebody else has written is mounted: nothing of its state folder is reached through a link, waited for,
//! or obeyed where others could have written it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, FileType, mknodat};
use serde_json::json;

use crate::support::changing::{differing, tree};
use crate::support::foreign::Disk;
use crate::support::forged::{ID, absent, file, operations};
use crate::support::program::Run;
use crate::support::skip;

/// What makes an operation's folder, or one above it, another's.
type Spoil<'a> = Box<dyn Fn(&Path) + 'a>;

#[test]
fn nothing_of_a_state_folder_is_reached_through_a_link() {
    let Some(disk) = Disk::new() else { return };
    let (state, ca) = (disk.master.state.clone(), disk.ca());
    let forged = || Disk::triggered(disk.forged(), &ca);
    let put = |place: &Path, leads: &str| {
        fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        symlink(disk.host(leads), place).expect("a link");
    };
    let own = || operations(&state).join(ID);
    let cases: [(&str, &dyn Fn()); 9] = [
        ("the way to it", &|| put(&disk.master.file("/var"), "home")),
        ("it", &|| put(&state, "home")),
        ("operations", &|| {
            operations(&state);
            fs::remove_dir(state.join("operations")).expect("removed");
            put(&state.join("operations"), "home");
        }),
        ("operations, empty", &|| {
            operations(&state);
            fs::remove_dir(state.join("operations")).expect("removed");
            put(&state.join("operations"), "empty");
        }),
        ("clusters", &|| {
            operations(&state);
            put(&state.join("clusters"), "empty");
        }),
        ("an operation", &|| {
            operations(&state);
            put(&own(), "home/bob");
        }),
        ("a journal", &|| {
            fs::remove_file(forged().write(&state).join("journal.json")).expect("removed");
            put(&own().join("journal.json"), "etc/secret");
        }),
        ("the old files", &|| {
            let stolen = disk.forged().change("master", "/etc/secret", &file("TOPSECRET", 0o644), &absent()).over("x");
            let own = Disk::triggered(stolen, &ca).with("/entries/0/backup", json!("000-secret")).write(&state);
            fs::remove_dir_all(own.join("before")).expect("removed");
            put(&own.join("before"), "etc");
        }),
        ("an old file", &|| {
            let stolen = disk.forged().change("master", "/etc/stolen", &file("TOPSECRET", 0o644), &absent()).over("x");
            let own = Disk::triggered(stolen, &ca).write(&state);
            fs::remove_file(own.join("before/000-stolen")).expect("removed");
            put(&own.join("before/000-stolen"), "etc/secret");
        }),
    ];
    for (name, make) in cases {
        let _ = fs::remove_dir_all(disk.master.file("/var"));
        let _ = fs::remove_file(disk.master.file("/var"));
        make();
        disk.stands(name);
        let stolen = tree(&disk.master.root).into_values().any(|node| node.content == b"TOPSECRET");
        assert!(!stolen, "{name}: a file of the host is on the disk now");
    }
}

#[test]
fn what_never_ends_is_not_read() {
    let Some(disk) = Disk::new() else { return };
    let (state, ca) = (disk.master.state.clone(), disk.ca());
    let fifo = |path: &Path| mknodat(CWD, path, FileType::Fifo, 0o600.into(), 0).expect("a FIFO");
    // It would go back, and needs the old file for it.
    let back = || disk.forged().change("master", "/etc/back", &file("back", 0o644), &absent()).over("back");
    let own = || Disk::triggered(back(), &ca).write(&state);
    let cases: [(&str, &str, &dyn Fn()); 6] = [
        ("a journal that is a FIFO", ID, &|| {
            let journal = own().join("journal.json");
            fs::remove_file(&journal).expect("removed");
            fifo(&journal);
        }),
        ("old files that are a FIFO", ID, &|| {
            let before = own().join("before");
            fs::remove_dir_all(&before).expect("removed");
            fifo(&before);
        }),
        ("a journal that is too large, all of it holes", ID, &|| {
            let journal = fs::File::options().write(true).open(own().join("journal.json")).expect("a journal");
            journal.set_len((64 << 20) + 1).expect("a hole");
        }),
        ("a journal that is somebody's file too", ID, &|| {
            let other = disk.master.file("/etc/known");
            fs::copy(own().join("journal.json"), &other).expect("copied");
            fs::remove_file(own().join("journal.json")).expect("removed");
            fs::hard_link(&other, operations(&state).join(ID).join("journal.json")).expect("a second name");
        }),
        ("an index that is a FIFO", "", &|| {
            operations(&state);
            fifo(&state.join("index.db"));
        }),
        ("an operation that is a FIFO", "", &|| fifo(&operations(&state).join(ID))),
    ];
    for (name, said, make) in cases {
        let _ = fs::remove_dir_all(disk.master.file("/var"));
        let _ = fs::remove_file(disk.master.file("/etc/known"));
        make();
        let found = tree(&state);
        let recover = disk.master.kubepki(&["history", "recover"]);
        assert!(recover.code != 70 && recover.stderr.contains(said), "{name}: {recover:?}");
        assert_eq!(differing(&found, &tree(&state)), Vec::<String>::new(), "{name}");
        disk.stands(name);
    }
}

#[test]
fn who_could_have_written_a_record_is_asked_before_it_is_obeyed() {
    let Some(disk) = Disk::new() else { return };
    let (state, ca) = (disk.master.state.clone(), disk.ca());
    let with = |path: PathBuf, mode: u32| fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
    let given = |path: PathBuf| chown(path, Some(65534), None).expect("given away");
    let is_root = rustix::process::geteuid().is_root();
    let mut cases: Vec<(&str, Spoil<'_>)> = vec![
        ("the state folder is anybody's", Box::new(|_| with(state.clone(), 0o777))),
        ("a sticky state folder", Box::new(|_| with(state.clone(), 0o1777))),
        ("the operations are anybody's", Box::new(|_| with(state.join("operations"), 0o777))),
        ("the group's operation", Box::new(|own| with(own.to_owned(), 0o770))),
        ("a folder above is anybody's", Box::new(|_| with(disk.master.file("/var/lib"), 0o777))),
        ("the root is anybody's", Box::new(|_| with(disk.master.root.clone(), 0o777))),
    ];
    if is_root {
        cases.push(("nobody's state folder", Box::new(|_| given(state.clone()))));
        cases.push(("nobody's operations", Box::new(|_| given(state.join("operations")))));
        cases.push(("nobody's operation", Box::new(|own| given(own.to_owned()))));
        cases.push(("nobody's folder above", Box::new(|_| given(disk.master.file("/var")))));
    } else {
        skip("only root gives files away");
    }
    for (name, spoil) in cases {
        let _ = fs::remove_dir_all(disk.master.file("/var"));
        // A whole record, by which a file would come back.
        let forged = disk.forged().change("master", "/etc/back", &file("back", 0o644), &absent()).over("back");
        let own = Disk::triggered(forged, &ca).write(&state);
        spoil(&own);
        let before = (tree(&state), tree(&disk.master.file("/etc")));
        for command in [
            &["history", "recover"][..],
            &["history", "recover", "--back"],
            &["history", "recover", ID, "--back"],
            &["undo", ID, "--yes"],
        ] {
            let run = disk.master.kubepki(command);
            assert!(run.code != 0 && run.code != 70, "{name}: {command:?}: {run:?}");
        }
        disk.master.kubepki(&["renew", "--due", "--yes"]);
        assert_eq!((tree(&state), tree(&disk.master.file("/etc"))), before, "{name}");
        with(disk.master.root.clone(), 0o755);
    }
}

#[test]
fn a_folder_that_changes_under_the_eyes_leads_nowhere_else() {
    let Some(disk) = Disk::new() else { return };
    let (state, ca) = (disk.master.state.clone(), disk.ca());
    let stolen = disk.forged().change("master", "/etc/back", &file("back", 0o644), &absent()).over("back");
    Disk::triggered(stolen, &ca).write(&state);
    fs::create_dir(disk.host.path().join("home").join(ID)).expect("a folder");
    let before = tree(disk.host.path());
    let (real, aside, link) = (state.join("operations"), state.join("aside"), state.join("link"));
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
        let runs: Vec<Run> = (0..60).map(|_| disk.master.kubepki(&["history", "recover", "--back"])).collect();
        is_over.store(true, Ordering::SeqCst);
        assert!(runs.iter().all(|run| run.code != 70), "{runs:?}");
    });
    assert_eq!(differing(&before, &tree(disk.host.path())), Vec::<String>::new());
}
