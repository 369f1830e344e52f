//! Kinds of changes that a renewal does not need and later plans do: folders, files of this
//! machine, old files that are dropped; and plans that make no sense.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use kubepki::pki::{hex, sha256};
use kubepki::plan::After;
use kubepki::record::{Attributes, Place};
use kubepki::store::journal;
use rustix::process::geteuid;

use crate::support::plan::{ID, Master, file, fresh};
use crate::support::text;

#[test]
fn a_file_of_this_machine_can_be_made_outside_the_root() {
    let (folder, master) = fresh();
    let path = folder.path().join("export.pem");
    let change = master.change("/export.pem", None, file("exported", 0o600));
    let change = kubepki::plan::Change {
        place: Place::Local,
        path: text(&path).to_owned(),
        ..change
    };
    master.done(&Master::plan_of(vec![change]), ID);
    assert_eq!(
        hex(&sha256(&fs::read(&path).expect("there"))),
        hex(&sha256(b"exported"))
    );
    assert!(!master.file("/export.pem").exists());
}

#[test]
fn old_files_that_are_dropped_are_not_kept_once_more() {
    let (folder, master) = fresh();
    master.done(&master.plan(), ID);
    let kept = journal::folder(&master.state, ID).join("before");
    // The folder may be named through a link.
    symlink(&master.state, folder.path().join("link")).expect("a link");
    let through = Master {
        root: master.root.clone(),
        state: folder.path().join("link"),
    };
    let elsewhere = Master {
        root: "/".into(),
        state: master.state.clone(),
    };
    let changes = fs::read_dir(&kept).expect("a folder").map(|entry| {
        let path = text(&entry.expect("an entry").path()).to_owned();
        let change = elsewhere.change(&path, None, After::Absent);
        kubepki::plan::Change {
            place: Place::Local,
            ..change
        }
    });
    let changes: Vec<_> = changes.collect();
    assert!(changes.len() >= 4);
    through.done(&Master::plan_of(changes), "20261122T031206Z-94e000");
    assert_eq!(fs::read_dir(&kept).expect("a folder").count(), 0);
    let (_, entries) = master.journal("20261122T031206Z-94e000");
    assert!(entries.iter().all(|entry| entry.backup.is_none()));
}

#[test]
fn a_folder_that_was_made_goes_when_it_is_empty_and_else_stays() {
    for somebody_uses_it in [false, true] {
        let (_folder, master) = fresh();
        let me = Attributes {
            owner: geteuid().as_raw(),
            group: rustix::process::getegid().as_raw(),
            mode: 0o700,
        };
        let (outer, inner, one) = ("/export", "/export/deep", "/export/deep/a.pem");
        master.done(
            &Master::plan_of(vec![
                master.change(outer, None, After::Directory(me)),
                master.change(inner, None, After::Directory(me)),
                master.change(one, None, file("exported", 0o600)),
            ]),
            ID,
        );
        if somebody_uses_it {
            fs::write(master.file("/export/other"), "x").expect("written");
        }
        let back = [one, inner, outer].map(|path| master.change(path, None, After::Absent));
        master.done(&Master::plan_of(back.to_vec()), "20261122T031206Z-bac000");
        assert!(!master.file(inner).exists());
        assert_eq!(master.file(outer).exists(), somebody_uses_it);
    }
}

#[test]
fn the_mode_of_a_folder_is_changed_in_its_place() {
    let (_folder, master) = fresh();
    let folder = "/etc/kubernetes/pki";
    let before = master
        .change(folder, None, After::Absent)
        .before
        .attributes()
        .expect("a folder");
    let change = master.change(
        folder,
        None,
        After::Attributes(Attributes {
            mode: 0o700,
            ..before
        }),
    );
    master.done(&Master::plan_of(vec![change]), ID);
    assert_eq!(
        master
            .file(folder)
            .metadata()
            .expect("there")
            .permissions()
            .mode()
            & 0o7777,
        0o700
    );
    assert!(master.file("/etc/kubernetes/pki/a.key").exists());
}

#[test]
fn plans_that_cannot_be_are_refused() {
    let (_folder, master) = fresh();
    symlink("a.key", master.file("/etc/kubernetes/pki/same.key")).expect("a link");
    let key = "/etc/kubernetes/pki/a.key";
    let twice = vec![
        master.change(key, None, file("one", 0o600)),
        master.change(
            "/etc/kubernetes/pki/same.key",
            Some("/etc/kubernetes/pki/a.key"),
            file("two", 0o600),
        ),
    ];
    let error = master.refused(&Master::plan_of(twice));
    assert!(
        error.to_string().contains("two changes of one plan"),
        "{error}"
    );
    for (path, after, why) in [
        ("/etc/kubernetes/pki", file("x", 0o600), "it is a folder"),
        (
            key,
            After::Directory(Attributes {
                owner: 0,
                group: 0,
                mode: 0o700,
            }),
            "it is no folder",
        ),
        ("/none/a.key", file("x", 0o600), "its folder is gone"),
        (
            "/etc/kubernetes/pki/none",
            After::Attributes(Attributes {
                owner: 0,
                group: 0,
                mode: 0o600,
            }),
            "no file",
        ),
    ] {
        let error = master.refused(&Master::plan_of(vec![master.change(path, None, after)]));
        assert!(error.to_string().contains(why), "{path}: {error}");
    }
}
