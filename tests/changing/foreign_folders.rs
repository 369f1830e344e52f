//! What lies among kubepki's own and is none of it stays; what it left behind itself goes. And what
//! a disk brings rightly is carried on, on that disk.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use crate::support::changing::{Master, differing, tree};
use crate::support::forged::{Change, Forged, ID, absent, file, operations};
use crate::support::program::Run;
use crate::support::{record, text};

/// Folders among the operations that are not kubepki's own.
fn strangers(state: &Path) -> Vec<PathBuf> {
    let operations = operations(state);
    let named = |name: &str| operations.join(name);
    let with = |name: &str, below: &str, mode: u32| {
        let path = named(name).join(below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, "precious").expect("written");
        fs::set_permissions(named(name), Permissions::from_mode(mode)).expect("a mode");
        named(name)
    };
    let mut all = vec![
        with("photographs", "one.jpg", 0o700),
        with("20260101T000000Z-abcde", "one", 0o700),
        with("20260101T000000Z-ABCDEF", "README", 0o700),
        with("20260101T000000Z-000001", "thesis.txt", 0o700),
        with("20260101T000000Z-000002", "before/deep/thesis.txt", 0o700),
        with("20260101T000000Z-000003", "README", 0o755),
        with("20260101T000000Z-000004", "README/thesis.txt", 0o700),
    ];
    symlink(
        state.parent().expect("a folder"),
        named("20260101T000000Z-000005"),
    )
    .expect("a link");
    all.push(named("20260101T000000Z-000005"));
    if rustix::process::geteuid().is_root() {
        let given = with("20260101T000000Z-000006", "README", 0o700);
        chown(&given, Some(65534), None).expect("given away");
        all.push(given);
    }
    all
}

#[test]
fn only_what_kubepki_left_behind_is_removed_and_the_rest_is_named() {
    let Some(beside) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let Some(mut on_disk) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    on_disk.state = on_disk.root.join("var/lib/kubepki");
    for master in [beside, on_disk] {
        let strangers = strangers(&master.state);
        let mut left = Vec::new();
        for (number, names) in [
            &[][..],
            &["journal.json.new", "README", "before/000-ca.crt"],
            &["replaced/x"],
        ]
        .iter()
        .enumerate()
        {
            let own = operations(&master.state).join(format!("20260101T000000Z-fffff{number}"));
            for name in *names {
                fs::create_dir_all(own.join(name).parent().expect("a folder")).expect("a folder");
                fs::write(own.join(name), "a copy").expect("written");
            }
            fs::create_dir_all(&own).expect("a folder");
            fs::set_permissions(&own, Permissions::from_mode(0o700)).expect("a mode");
            left.push(own);
        }
        let before = tree(&master.state);
        let run = master.kubepki(&["history", "recover"]);
        run.ends_with(0);
        assert!(left.iter().all(|own| !own.exists()), "{left:?}");
        let removed = differing(&before, &tree(&master.state));
        assert!(
            removed
                .iter()
                .all(|path| path == "operations" || path.contains("-fffff")),
            "{removed:?}"
        );
        let verify = master.kubepki(&["history", "verify"]);
        verify.ends_with(3);
        for path in &strangers {
            let name = path.file_name().expect("a name").to_str().expect("UTF-8");
            assert!(run.stderr.contains(&format!("{name} ")), "{name}: {run:?}");
            assert!(
                verify.stdout.contains(&format!("{name} ")),
                "{name}: {verify:?}"
            );
        }
        let others = master.kubepki(&["history", "verify", "-o", "json"]).json()["others"]
            .as_array()
            .map(Vec::len);
        assert_eq!(others, Some(strangers.len()));
        // They are in nobody's way.
        master.kubepki(&["renew", "--all", "--yes"]).ends_with(0);
        master.kubepki(&["undo", "--yes"]).ends_with(0);
        assert!(strangers.iter().all(|path| path.symlink_metadata().is_ok()));
    }
}

/// A disk on which all was renewed, and that was interrupted: the operation's id and its journal.
fn interrupted(master: &mut Master) -> (String, PathBuf) {
    master.state = master.root.join("var/lib/kubepki");
    let run: Run = master.kubepki(&["renew", "--all", "--yes", "-o", "json"]);
    run.ends_with(0);
    let id = run.json()["id"].as_str().expect("an id").to_owned();
    let journal = master
        .state
        .join("operations")
        .join(&id)
        .join("journal.json");
    let done = fs::read_to_string(&journal).expect("a journal");
    let open = done.replace("\"state\": \"done\"", "\"state\": \"committing\"");
    assert_ne!(open, done);
    fs::write(&journal, record::sealed(&open)).expect("written");
    (id, journal)
}

#[test]
fn a_disk_that_was_interrupted_is_finished_and_it_is_said_by_whose_word() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let (id, _) = interrupted(&mut master);
    assert!(
        !master.state.join("index.db").exists(),
        "a disk's history is never indexed"
    );
    let run = master.kubepki(&["renew", "--due", "--yes"]);
    run.ends_with(0);
    for words in [&*id, "finished", "the disk's own", text(&master.state)] {
        assert!(run.stderr.contains(words), "{words}: {run:?}");
    }
    let undone = master.kubepki(&["undo", &id, "--yes"]);
    undone.ends_with(0);
    // What an index on it says is nobody's history.
    fs::write(master.state.join("index.db"), "anything").expect("written");
    let found = fs::read(master.state.join("index.db")).expect("there");
    master.kubepki(&["history"]).ends_with(0);
    master.kubepki(&["history", "verify"]).ends_with(0);
    assert_eq!(
        fs::read(master.state.join("index.db")).expect("there"),
        found
    );
}

#[test]
fn a_record_without_a_checksum_is_gone_by_only_where_it_is_named() {
    for is_on_disk in [true, false] {
        let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
            return;
        };
        let (id, journal) = interrupted(&mut master);
        fs::write(
            &journal,
            record::unsealed(&fs::read_to_string(&journal).expect("text")),
        )
        .expect("written");
        if !is_on_disk {
            let beside = master.root.parent().expect("a folder").join("moved");
            fs::rename(&master.state, &beside).expect("moved");
            master.state = beside;
        }
        let before = master.tree();
        for command in [
            &["renew", "--due", "--yes"][..],
            &["renew", "--all", "--yes"],
            &["history", "recover"],
        ] {
            let run = master.kubepki(command);
            run.ends_with(4);
            assert!(
                run.stderr.contains("no checksum")
                    && run.stderr.contains(&format!("history recover {id}")),
                "{run:?}"
            );
            assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
        }
        master.kubepki(&["history"]).ends_with(0);
        let by_name = master.kubepki(&["history", "recover", &id]);
        by_name.ends_with(0);
        assert!(by_name.stderr.contains("finished now"), "{by_name:?}");
        assert_eq!(
            master
                .kubepki(&["history", "show", &id, "-o", "json"])
                .json()["state"],
            "done"
        );
        master.kubepki(&["renew", "--all", "--yes"]).ends_with(0);
    }
}

#[test]
fn one_is_ended_by_name_and_the_others_wait() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    master.state = master.root.join("var/lib/kubepki");
    let other = "20260102T000000Z-abcdef";
    for (id, path) in [(ID, "/etc/one"), (other, "/etc/two")] {
        let one = Change::of(path, file("old", 0o600), absent()).keeping("old");
        let none = Change::of("/etc/none", absent(), file("x", 0o600));
        Forged::new(id, text(&master.root))
            .change(one)
            .change(none)
            .write(&master.state);
    }
    let run = master.kubepki(&["history", "recover", "20260102", "--back"]);
    run.ends_with(0);
    assert!(
        run.stderr.contains(other) && !run.stderr.contains(ID),
        "{run:?}"
    );
    let there = |path: &str| master.file(path).exists();
    assert!(!there("/etc/one") && there("/etc/two"));
    master
        .kubepki(&["history", "recover", "20260103"])
        .ends_with(64);
    master
        .kubepki(&["history", "recover", ID, "--back"])
        .ends_with(0);
    assert!(there("/etc/one"));
}
