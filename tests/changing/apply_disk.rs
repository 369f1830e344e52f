//! Disks as they are: full, read-only, with immutable files and mounts. Each case runs in a child
//! with mounts of its own, so that nothing of this machine is touched.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use kubepki::progress::{Progress, silent};
use kubepki::record::OperationState;
use kubepki::store::apply::ApplyError;
use kubepki::store::journal;

use crate::support::child::{start_with_own_mounts, told};
use crate::support::plan::{ID, Master, file, picture};
use crate::support::{skip, succeed, text, tool};

const CHILD: &str = concat!(module_path!(), "::child");

/// Runs a case in a mount namespace with a small tmpfs at its folder.
fn case(name: &str) {
    if tool("chattr").is_some() {
        start_with_own_mounts(CHILD, name);
    }
}

#[test]
fn child() {
    let Some((folder, name)) = told(CHILD) else {
        return;
    };
    let folder = Path::new(&folder);
    mount(&[
        "-t",
        "tmpfs",
        "-o",
        "size=512k,mode=700",
        "tmpfs",
        text(folder),
    ]);
    let master = Master::make(folder);
    match name.as_str() {
        "full before" => full_before(&master, folder),
        "full while it is written" => full_while_written(&master, folder),
        "full in the swap" => full_in_the_swap(&master, folder),
        "read-only" => read_only(&master),
        "read-only in the swap" => read_only_in_the_swap(&master, folder),
        "immutable" => immutable(&master),
        "mounted" => mounted(&master),
        other => panic!("{other}"),
    }
}

fn mount(arguments: &[&str]) {
    succeed(&tool("mount").expect("mount"), arguments);
}

/// Takes the last free block.
fn fill(folder: &Path) {
    let mut filler = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(folder.join("filler"))
        .expect("a file");
    while filler.write_all(&[b'x'; 4096]).is_ok() {}
    while filler.write_all(b"x").is_ok() {}
}

fn make_room(folder: &Path) {
    fs::remove_file(folder.join("filler")).expect("removed");
}

/// Nothing of the master is changed or left behind.
fn refused(master: &Master) -> ApplyError {
    let before = (picture(&master.root), journal::ids(&master.kept()));
    let error = master
        .apply(&master.plan(), ID, &silent)
        .expect_err("refused");
    assert_eq!(
        (picture(&master.root), journal::ids(&master.kept())),
        before,
        "{error}"
    );
    error
}

fn works(master: &Master) {
    let operation = master
        .apply(&master.plan(), "20261122T031206Z-a6a100", &silent)
        .expect("applied");
    assert_eq!(
        operation.state,
        OperationState::Done,
        "{:?}",
        operation.error
    );
}

#[test]
fn a_full_disk_is_seen_before_anything_is_written() {
    case("full before");
}

fn full_before(master: &Master, folder: &Path) {
    fill(folder);
    let error = refused(master);
    assert!(
        matches!(error, ApplyError::NoSpace { needed: 1.., .. }),
        "{error}"
    );
    let words = error.to_string();
    assert!(
        words.starts_with("no space in /etc/kubernetes/pki: ")
            && words.ends_with("KiB needed, 0 KiB free"),
        "{words}"
    );
    assert!(!master.state.exists());
    make_room(folder);
    works(master);
}

#[test]
fn a_disk_that_fills_while_the_new_files_are_written_changes_nothing() {
    case("full while it is written");
}

fn full_while_written(master: &Master, folder: &Path) {
    let old = master.picture();
    let steps = [
        "journal",
        "stage /etc/kubernetes/pki/a.key",
        "stage /var/lib/kubelet/pki/kubelet-client-2026.pem",
    ];
    for step in steps.into_iter().chain(["commit"]) {
        let full = |progress: Progress| {
            if progress.what == step {
                fill(folder);
            }
            true
        };
        let error = master.apply(&master.plan(), ID, &full).expect_err("full");
        assert!(
            matches!(error, ApplyError::NoSpace { .. } | ApplyError::State(_)),
            "{step}: {error}"
        );
        let left: Vec<_> = fs::read_dir(master.state.join("operations"))
            .into_iter()
            .flatten()
            .collect();
        assert!(left.is_empty(), "{step}: {left:?}");
        make_room(folder);
        assert_eq!(master.picture(), old, "{step}");
    }
    works(master);
}

#[test]
fn a_disk_that_fills_in_the_swap_loses_nothing() {
    case("full in the swap");
}

fn full_in_the_swap(master: &Master, folder: &Path) {
    let full = |progress: Progress| {
        if progress.what.starts_with("swap ") {
            fill(folder);
        }
        true
    };
    let operation = master
        .apply(&master.plan(), ID, &full)
        .expect("an operation");
    assert_eq!(operation.state, OperationState::Committing);
    assert!(
        operation
            .error
            .is_some_and(|error| error.contains("journal.json"))
    );
    assert_eq!(master.unfinished().len(), 1);
    make_room(folder);
    master.recover(None, &silent).expect("recovered");
    let (operation, _) = master.journal(ID);
    assert_eq!(operation.state, OperationState::Done);
    assert_eq!(
        fs::read_to_string(master.file("/etc/kubernetes/pki/a.key")).expect("text"),
        "new key"
    );
}

#[test]
fn a_read_only_file_system_is_seen_before_anything_is_written() {
    case("read-only");
}

fn read_only(master: &Master) {
    let kubelet = master.file("/var/lib/kubelet/pki");
    mount(&["--bind", "-o", "ro", text(&kubelet), text(&kubelet)]);
    let error = refused(master);
    assert!(
        matches!(&error, ApplyError::ReadOnly { path, .. } if path == "/var/lib/kubelet/pki"),
        "{error}"
    );
    let remount = format!("sudo mount -o remount,rw {}", kubelet.display());
    assert!(error.hint().contains(&remount), "{}", error.hint());
    assert!(!master.state.exists());
}

#[test]
fn a_file_system_that_becomes_read_only_in_the_swap_loses_nothing() {
    case("read-only in the swap");
}

/// As ext4 does with errors=remount-ro.
fn read_only_in_the_swap(master: &Master, folder: &Path) {
    let old = master.picture();
    let remount = |progress: Progress| {
        if progress.what.starts_with("swap /etc/kubernetes/pki/a.crt") {
            mount(&["-o", "remount,bind,ro", text(folder)]);
        }
        true
    };
    let operation = master
        .apply(&master.plan(), ID, &remount)
        .expect("an operation");
    assert_eq!(operation.state, OperationState::Committing);
    assert!(
        operation
            .error
            .is_some_and(|error| error.contains("read-only"))
    );
    assert_eq!(master.unfinished().len(), 1);
    assert!(master.apply(&master.plan(), ID, &silent).is_err());
    mount(&["-o", "remount,bind,rw", text(folder)]);
    assert!(master.picture() != old);
    let unfinished = master.apply(
        &Master::plan_of(Vec::new()),
        "20261122T031206Z-b00000",
        &silent,
    );
    assert_eq!(
        unfinished,
        Err(ApplyError::Unfinished {
            ids: vec![ID.to_owned()]
        })
    );
    master.recover(None, &silent).expect("recovered");
    assert_eq!(
        fs::read_to_string(master.file("/etc/kubernetes/pki/a.crt")).expect("text"),
        "new certificate"
    );
    assert_eq!(master.unfinished(), []);
}

#[test]
fn immutable_files_and_folders_are_seen_before_anything_is_written() {
    case("immutable");
}

fn immutable(master: &Master) {
    let old = master.picture();
    let chattr = |flag: &str, path: &str| {
        let status = Command::new("chattr")
            .args([flag, text(&master.file(path))])
            .status()
            .expect("chattr starts");
        status.success()
    };
    for (flag, path) in [
        ("i", "/etc/kubernetes/pki/a.crt"),
        ("a", "/etc/kubernetes/pki/a.key"),
        ("i", "/var/lib/kubelet/pki"),
    ] {
        if !chattr(&format!("+{flag}"), path) {
            skip("this file system knows no such flag");
            return;
        }
        let error = refused(master);
        assert!(
            matches!(&error, ApplyError::Immutable { path: said } if said == path),
            "{error}"
        );
        assert!(chattr(&format!("-{flag}"), path));
    }
    // Made so while the files are swapped: back to the old ones.
    let freeze = |progress: Progress| {
        if progress.what.starts_with("swap /etc/kubernetes/pki/a.crt") {
            assert!(chattr("+i", "/etc/kubernetes/pki/a.crt"));
        }
        true
    };
    let operation = master
        .apply(&master.plan(), ID, &freeze)
        .expect("an operation");
    assert_eq!(
        operation.state,
        OperationState::RolledBack,
        "{:?}",
        operation.error
    );
    assert_eq!(master.picture(), old);
    assert!(chattr("-i", "/etc/kubernetes/pki/a.crt"));
    works(master);
}

#[test]
fn a_file_that_is_a_mount_point_is_not_changed() {
    case("mounted");
}

fn mounted(master: &Master) {
    let (key, other) = (
        master.file("/etc/kubernetes/pki/a.key"),
        master.file("/other"),
    );
    fs::copy(&key, &other).expect("copied");
    mount(&["--bind", text(&other), text(&key)]);
    let plan = Master::plan_of(vec![master.change(
        "/etc/kubernetes/pki/a.key",
        None,
        file("new", 0o600),
    )]);
    let error = master.apply(&plan, ID, &silent).expect_err("refused");
    assert!(
        error.to_string().contains("something is mounted there"),
        "{error}"
    );
}
