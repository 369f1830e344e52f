//! A disk that somebody else has written is mounted: whatever the records on it say, nothing
//! outside it is touched, and what they say is believed only where it agrees.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::changing::{differing, tree};
use crate::support::foreign::Disk;
use crate::support::forged::{Change, Forged, ID, absent, file, folder, link};
use crate::support::text;

const PAYLOAD: &str = "* * * * * root id > /pwned\n";

/// What a record may claim of the host, which no operation of the disk has changed.
fn claims(disk: &Disk) -> [(&'static str, Change); 6] {
    let of = |path: &str, before: Value, after: Value| {
        Change::of(&disk.host(path), before, after).local()
    };
    let script = "#!/bin/sh\n";
    [
        (
            "a new file",
            of("etc/cron.d/evil", file(PAYLOAD, 0o644), absent()).keeping(PAYLOAD),
        ),
        (
            "one with the right of its owner",
            of("etc/suid", file(script, 0o4755), absent()).keeping(script),
        ),
        (
            "a removal",
            of("etc/known", absent(), file("known\n", 0o644)),
        ),
        (
            "a folder's mode",
            of("home/alice", folder(0o777), folder(0o755)),
        ),
        ("a link", of("etc/link", link("/etc/shadow"), absent())),
        (
            "a folder that was made",
            of("empty", absent(), folder(0o755)),
        ),
    ]
}

/// No command does on the host what a record says; where all is over, recovering does nothing, and
/// that well.
fn changes_nothing_outside(disk: &Disk, is_over: bool, what: &str) {
    let run = disk.master.kubepki(&["renew", "--due", "--yes"]);
    disk.is_untouched(what);
    assert_ne!(run.code, 70, "{what}: {run:?}");
    for command in [
        &["history", "recover", ID, "--back"][..],
        &["undo", ID, "--yes"],
    ] {
        let run = disk.master.kubepki(command);
        disk.is_untouched(what);
        assert_ne!(run.code, 70, "{what}: {command:?}: {run:?}");
        assert_eq!(
            run.code == 0,
            is_over && command[0] == "history",
            "{what}: {command:?}: {run:?}"
        );
    }
}

#[test]
fn a_record_on_a_disk_changes_nothing_outside_it() {
    let Some(disk) = Disk::new() else { return };
    for (name, claim) in claims(&disk) {
        for root in ["/", text(&disk.master.root), "/elsewhere"] {
            for state in ["prepared", "committing", "done"] {
                let forged = disk.triggered(Forged::new(ID, root).change(claim.clone()));
                let own = forged
                    .with("/operation/state", json!(state))
                    .write(&disk.master.state);
                // Below any other root the path does not lie: the record is damaged.
                let is_over = state == "done" && root == "/";
                changes_nothing_outside(&disk, is_over, &format!("{name} below {root}, {state}"));
                fs::remove_dir_all(own).expect("removed");
            }
        }
    }
}

/// From any folder of the disk to the host's, as a path that climbs says it.
fn out(disk: &Disk) -> String {
    format!("/../../../../../../../../../..{}", disk.host(""))
}

/// Records whose operation is not what the folder's name says.
fn other_operations(disk: &Disk) -> Vec<(&'static str, Forged)> {
    let ids = [
        ("another's id", format!("..{}/x", out(disk))),
        ("letters", "20260101T000000Z-ABCDEF".to_owned()),
        (
            "an id that only looks so",
            "20260101T000000Z-\u{430}bcdef".to_owned(),
        ),
    ];
    let with_id = |(name, id)| (name, disk.forged().with("/operation/id", json!(id)));
    let mut all: Vec<_> = ids.into_iter().map(with_id).collect();
    all.push((
        "what it undoes",
        disk.forged()
            .with("/operation/undoes", json!("../../../../etc")),
    ));
    all
}

/// Records whose paths lead out of the disk, or to what their folder does not hold.
fn ways_out(disk: &Disk) -> Vec<(&'static str, Forged)> {
    let evil = format!("{}etc/cron.d/evil", out(disk));
    let evil = Change::of(&evil, file(PAYLOAD, 0o644), absent()).keeping(PAYLOAD);
    let nowhere = disk
        .forged()
        .change(Change::of("/nowhere/x", absent(), file("x", 0o644)));
    let inside = json!("/etc/kubernetes/pki/x");
    vec![
        ("a way out", disk.forged().change(evil)),
        (
            "a target below nothing",
            nowhere.with("/entries/0/target", inside),
        ),
    ]
}

/// Records in which one field is another than the rest of them says.
fn other_fields(disk: &Disk) -> Vec<(&'static str, Forged)> {
    let fields = [
        (
            "another target",
            "/entries/0/target",
            json!("/etc/kubernetes/pki/sa.pub"),
        ),
        ("another path", "/entries/0/path", json!("/etc/other")),
        (
            "another state before",
            "/entries/0/before/mode",
            json!(0o4755),
        ),
        ("another state after", "/entries/0/after", file("x", 0o600)),
        (
            "a copy elsewhere",
            "/entries/0/backup",
            json!(format!("..{}etc/secret", out(disk))),
        ),
        ("another's copy", "/entries/0/backup", json!("001-stolen")),
        (
            "another temporary file",
            "/entries/0/temporary",
            json!("passwd"),
        ),
        ("one too many", "/operation/plan/changes", json!([])),
    ];
    let with = |(name, pointer, value)| (name, disk.stolen("/etc/stolen").with(pointer, value));
    fields.into_iter().map(with).collect()
}

/// No command goes by the record in this folder, and each names it; neither the disk nor the host
/// is changed.
fn is_refused_and_named(disk: &Disk, name: &str, own: &Path) {
    let before = tree(&disk.master.file("/etc"));
    let recover = disk.master.kubepki(&["history", "recover"]);
    assert!(
        recover.code == 3 && recover.stderr.contains(ID),
        "{name}: {recover:?}"
    );
    for way in [&[][..], &["--forward"], &["--back"]] {
        let run = disk
            .master
            .kubepki(&[&["history", "recover", ID], way].concat());
        assert!(
            run.code == 4 && run.stderr.contains("damaged"),
            "{name}: {run:?}"
        );
    }
    let list = disk.master.kubepki(&["list"]);
    assert!(
        list.stderr.contains(ID) && list.stderr.contains("history verify"),
        "{name}: {list:?}"
    );
    disk.is_untouched(name);
    assert_eq!(
        differing(&before, &tree(&disk.master.file("/etc"))),
        Vec::<String>::new(),
        "{name}"
    );
    fs::remove_dir_all(own).expect("removed");
}

#[test]
fn what_a_record_says_agrees_with_its_plan_or_is_refused_and_named() {
    let Some(disk) = Disk::new() else { return };
    for (name, forged) in [
        other_operations(&disk),
        ways_out(&disk),
        other_fields(&disk),
    ]
    .concat()
    {
        let own = disk.triggered(forged).write(&disk.master.state);
        is_refused_and_named(&disk, name, &own);
    }
}

#[test]
fn a_record_whose_checksum_is_broken_is_refused_and_named() {
    let Some(disk) = Disk::new() else { return };
    let own = disk.stolen("/etc/stolen").write(&disk.master.state);
    let journal = own.join("journal.json");
    let text = fs::read_to_string(&journal).expect("text");
    fs::write(&journal, text.replace("Renew", "Remew")).expect("written");
    is_refused_and_named(&disk, "a broken checksum", &own);
}
