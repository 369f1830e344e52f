//! A disk that somebody else has written is mounted: whatever the records on it say, nothing outside it is touched, and
//! nothing is removed that is not kubepki's own.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, FileType, mknodat};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::changing::{Master, Tree, differing, tree};
use crate::support::forged::{Forged, absent, file, folder, link, operations};
use crate::support::program::Run;
use crate::support::{skip, text};

const ID: &str = "20260101T000000Z-abcdef";

const PAYLOAD: &str = "* * * * * root id > /pwned\n";

/// What everybody finds who looks for a way in.
const CA: &str = "/etc/kubernetes/pki/ca.crt";

/// What makes an operation's folder, or one above it, another's.
type Spoil<'a> = Box<dyn Fn(&Path) + 'a>;

/// The disk, with kubepki's folder on it, and what lies on the host.
struct Disk {
    master: Master,
    host: TempDir,
    before: Tree,
}

impl Disk {
    fn new() -> Option<Self> {
        let mut master = Master::sample("kubeadm-1.36-ecdsa")?;
        master.state = master.root.join("var/lib/kubepki");
        let host = tempfile::tempdir().expect("a host");
        for folder in ["etc/cron.d", "home/alice/documents", "home/bob", "empty"] {
            fs::create_dir_all(host.path().join(folder)).expect("a folder");
        }
        for (name, content) in [
            ("home/alice/documents/thesis.txt", "precious"),
            ("home/bob/x", "bob"),
            ("etc/known", "known\n"),
            ("etc/secret", "TOPSECRET"),
        ] {
            fs::write(host.path().join(name), content).expect("written");
        }
        let before = tree(host.path());
        Some(Self { master, host, before })
    }

    /// A path of the host.
    fn host(&self, path: &str) -> String {
        text(&self.host.path().join(path)).to_owned()
    }

    /// One that was interrupted, and would go back for a CA that is neither old nor new.
    fn forged(&self) -> Forged {
        Forged::new(ID, text(&self.master.root))
    }

    /// The same, with what makes a recovery go back.
    fn triggered(forged: Forged, ca: &str) -> Forged {
        forged.change("master", CA, &file(ca, 0o644), &file("other", 0o644)).over(ca)
    }

    fn ca(&self) -> String {
        fs::read_to_string(self.master.file(CA)).expect("a CA")
    }

    /// Everything that recovers, takes back, drops or shows, in every way: the host is as it was. What they said.
    fn stands(&self, name: &str) -> String {
        let commands: [&[&str]; 12] = [
            &["list"],
            &["history"],
            &["history", "show", ID],
            &["history", "verify"],
            &["renew", "--due", "--yes"],
            &["history", "recover"],
            &["history", "recover", ID, "--forward"],
            &["history", "recover", ID, "--back"],
            &["undo", "--yes"],
            &["undo", ID, "--yes"],
            &["history", "prune", "--yes"],
            &["renew", "--all", "--yes"],
        ];
        let mut said = String::new();
        for command in commands {
            let run = self.master.kubepki(command);
            assert_ne!(run.code, 70, "{name}: {command:?}: {run:?}");
            self.is_untouched(&format!("{name}: {command:?}: {run:?}"));
            said += &run.stderr;
        }
        said
    }

    fn is_untouched(&self, what: &str) {
        let now = tree(self.host.path());
        assert_eq!(differing(&self.before, &now), Vec::<String>::new(), "{what}");
    }
}

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
                let of_old = Forged::new(ID, root).change("local", &disk.host(path), &before, &after).over(old);
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
    let stolen = || disk.forged().change("master", "/etc/stolen", &file("TOPSECRET", 0o644), &absent()).over("x");
    let before = tree(&disk.master.file("/etc"));
    for (name, forged) in [
        ("another's id", disk.forged().with("/operation/id", json!(format!("..{up}{host}/x")))),
        ("letters", disk.forged().with("/operation/id", json!("20260101T000000Z-ABCDEF"))),
        ("an id that only looks so", disk.forged().with("/operation/id", json!("20260101T000000Z-\u{430}bcdef"))),
        ("what it undoes", disk.forged().with("/operation/undoes", json!("../../../../etc"))),
        ("a way out", {
            let path = format!("{up}{host}etc/cron.d/evil");
            disk.forged().change("master", &path, &file(PAYLOAD, 0o644), &absent()).over(PAYLOAD)
        }),
        ("another target", stolen().with("/entries/0/target", json!("/etc/kubernetes/pki/sa.pub"))),
        ("a target below nothing", {
            let path = "/nowhere/x";
            let forged = disk.forged().change("master", path, &absent(), &file("x", 0o644));
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
