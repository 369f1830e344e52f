//! A disk that somebody else has written is mounted: whatever the records on it say, nothing outside it is touched, and
//! what they say is believed only where it agrees.

use std::fs;

use serde_json::{Value, json};

use crate::support::changing::{differing, tree};
use crate::support::foreign::Disk;
use crate::support::forged::{Forged, ID, absent, file, folder, link};
use crate::support::text;

const PAYLOAD: &str = "* * * * * root id > /pwned\n";

#[test]
fn a_record_on_a_disk_changes_nothing_outside_it() {
    let Some(disk) = Disk::new() else { return };
    let cases: [(&str, &str, Value, Value, Option<&str>); 6] = [
        ("a new file", "etc/cron.d/evil", file(PAYLOAD, 0o644), absent(), Some(PAYLOAD)),
        ("one with the right of its owner", "etc/suid", file("#!/bin/sh\n", 0o4755), absent(), Some("#!/bin/sh\n")),
        ("a removal", "etc/known", absent(), file("known\n", 0o644), None),
        ("a folder's mode", "home/alice", folder(0o777), folder(0o755), None),
        ("a link", "etc/link", link("/etc/shadow"), absent(), None),
        ("a folder that was made", "empty", absent(), folder(0o755), None),
    ];
    for (name, path, before, after, old) in cases {
        for root in ["/", text(&disk.master.root), "/elsewhere"] {
            for state in ["prepared", "committing", "done"] {
                let of_old = Forged::new(ID, root).change("local", &disk.host(path), &before, &after, old);
                let of_old = Disk::triggered(of_old, &disk.ca()).with("/operation/state", json!(state));
                let own = of_old.write(&disk.master.state);
                let what = format!("{name} below {root}, {state}");
                let run = disk.master.kubepki(&["renew", "--due", "--yes"]);
                disk.is_untouched(&what);
                assert_ne!(run.code, 70, "{what}: {run:?}");
                for command in [&["history", "recover", ID, "--back"][..], &["undo", ID, "--yes"]] {
                    let run = disk.master.kubepki(command);
                    disk.is_untouched(&what);
                    assert_ne!(run.code, 70, "{what}: {command:?}: {run:?}");
                    assert!(
                        run.code != 0 || state == "done" && command[0] == "history",
                        "{what}: {command:?}: {run:?}"
                    );
                }
                fs::remove_dir_all(own).expect("removed");
            }
        }
    }
}

#[test]
fn what_a_record_says_agrees_with_its_plan_or_is_refused_and_named() {
    let Some(disk) = Disk::new() else { return };
    let ca = disk.ca();
    let (up, host) = ("/../../../../../../../../../..", disk.host(""));
    let stolen = || disk.forged().change("master", "/etc/stolen", &file("TOPSECRET", 0o644), &absent(), Some("x"));
    let before = tree(&disk.master.file("/etc"));
    for (name, forged) in [
        ("another's id", disk.forged().with("/operation/id", json!(format!("..{up}{host}/x")))),
        ("letters", disk.forged().with("/operation/id", json!("20260101T000000Z-ABCDEF"))),
        ("an id that only looks so", disk.forged().with("/operation/id", json!("20260101T000000Z-\u{430}bcdef"))),
        ("what it undoes", disk.forged().with("/operation/undoes", json!("../../../../etc"))),
        ("a way out", {
            let path = format!("{up}{host}etc/cron.d/evil");
            disk.forged().change("master", &path, &file(PAYLOAD, 0o644), &absent(), Some(PAYLOAD))
        }),
        ("another target", stolen().with("/entries/0/target", json!("/etc/kubernetes/pki/sa.pub"))),
        ("a target below nothing", {
            let path = "/nowhere/x";
            let forged = disk.forged().change("master", path, &absent(), &file("x", 0o644), None);
            forged.with("/entries/0/target", json!("/etc/kubernetes/pki/x"))
        }),
        ("another path", stolen().with("/entries/0/path", json!("/etc/other"))),
        ("another state before", stolen().with("/entries/0/before/mode", json!(0o4755))),
        ("another state after", stolen().with("/entries/0/after", file("x", 0o600))),
        ("a copy elsewhere", stolen().with("/entries/0/backup", json!(format!("..{up}{host}etc/secret")))),
        ("another's copy", stolen().with("/entries/0/backup", json!("001-stolen"))),
        ("another temporary file", stolen().with("/entries/0/temporary", json!("passwd"))),
        ("one too many", stolen().with("/operation/plan/changes", json!([]))),
        ("a broken checksum", stolen()),
    ] {
        let own = if name == "a broken checksum" {
            let own = forged.write(&disk.master.state);
            let journal = own.join("journal.json");
            fs::write(&journal, fs::read_to_string(&journal).expect("text").replace("Renew", "Remew"))
                .expect("written");
            own
        } else {
            Disk::triggered(forged, &ca).write(&disk.master.state)
        };
        let recover = disk.master.kubepki(&["history", "recover"]);
        assert!(recover.code == 3 && recover.stderr.contains(ID), "{name}: {recover:?}");
        for way in [&[][..], &["--forward"], &["--back"]] {
            let run = disk.master.kubepki(&[&["history", "recover", ID], way].concat());
            assert!(run.code == 4 && run.stderr.contains("damaged"), "{name}: {run:?}");
        }
        let list = disk.master.kubepki(&["list"]);
        assert!(list.stderr.contains(ID) && list.stderr.contains("history verify"), "{name}: {list:?}");
        disk.is_untouched(name);
        assert_eq!(differing(&before, &tree(&disk.master.file("/etc"))), Vec::<String>::new(), "{name}");
        fs::remove_dir_all(own).expect("removed");
    }
}
