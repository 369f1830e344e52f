//! What recovery finds of an operation that was cut off: files that are lost, that somebody else
//! has put there, or that are another master's.

use std::fs;
use std::path::Path;

use kubepki::progress::silent;
use kubepki::store::journal;
use kubepki::store::read::Root;
use kubepki::store::recover::{RecoveryOutcome, RecoveryWay};
use kubepki::store::survey::unfinished;

use crate::crash::{KEPT, ON_DISK, fresh, from_root, new_picture, run, swapping, was_killed};
use crate::support::plan::{ID, Master, Picture};

#[test]
fn new_files_that_are_lost_or_damaged_mean_back() {
    let new = new_picture();
    for damage in ["lost", "damaged"] {
        let (folder, master, old) = fresh(ON_DISK);
        // Some files are swapped and some are not.
        assert!(was_killed(&run(
            &folder,
            &format!("apply {}", swapping(3)),
            ON_DISK
        )));
        let staged = fs::read_dir(master.file("/var/lib/kubelet/pki"))
            .expect("a folder")
            .flatten();
        let mut staged = staged
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().contains(".kubepki"));
        let staged = staged
            .find(|path| !path.is_symlink())
            .expect("a temporary file");
        assert!(settle_would_mix(&master, &old, &new));
        if damage == "lost" {
            fs::remove_file(&staged)
        } else {
            fs::write(&staged, "half of it")
        }
        .expect("damaged");
        let recovered = master.recover(None, &silent).expect("recovered");
        assert_eq!(recovered[0].how, RecoveryOutcome::Back, "{damage}");
        assert_eq!(master.picture(), old, "{damage}");
    }
}

fn settle_would_mix(master: &Master, old: &Picture, new: &Picture) -> bool {
    let now = master.picture();
    now != *old && from_root(master, now) != *new
}

#[test]
fn what_somebody_else_has_put_there_is_not_touched_until_the_user_says_so() {
    let new = new_picture();
    for way in [RecoveryWay::Back, RecoveryWay::Forward] {
        let (folder, master, old) = fresh(KEPT[0]);
        assert!(was_killed(&run(
            &folder,
            &format!("apply {}", swapping(4)),
            KEPT[0]
        )));
        let other = master.file("/etc/kubernetes/pki/open.key");
        fs::write(&other, "somebody else's").expect("written");
        let before = master.picture();
        let recovered = master.recover(None, &silent).expect("looked at");
        let RecoveryOutcome::Stuck { files } = &recovered[0].how else {
            panic!("{recovered:?}")
        };
        assert!(
            matches!(&files[..], [line] if line.contains("/etc/kubernetes/pki/open.key")),
            "{files:?}"
        );
        assert_eq!(master.picture(), before);
        assert_eq!(master.unfinished().len(), 1);
        master.recover(Some(way), &silent).expect("recovered");
        let now = master.picture();
        let expected = if way == RecoveryWay::Back {
            from_root(&master, old)
        } else {
            new.clone()
        };
        assert_eq!(from_root(&master, now), expected);
        let replaced = journal::folder(&master.state, ID).join("replaced");
        let kept = fs::read_dir(replaced)
            .expect("kept")
            .flatten()
            .next()
            .expect("a file")
            .path();
        assert_eq!(fs::read_to_string(kept).expect("text"), "somebody else's");
    }
}

#[test]
fn a_disk_that_is_mounted_elsewhere_is_recovered_there() {
    let new = new_picture();
    for (moved, is_emptied) in [("elsewhere", false), ("elsewhere", true)] {
        let (folder, master, old) = fresh(ON_DISK);
        assert!(was_killed(&run(
            &folder,
            &format!("apply {}", swapping(3)),
            ON_DISK
        )));
        assert_eq!(master.unfinished().len(), 1);
        let there = Master {
            root: folder.path().join(moved),
            state: folder.path().join(moved).join("var/lib/kubepki"),
        };
        fs::rename(&master.root, &there.root).expect("moved");
        if is_emptied {
            fs::create_dir(&master.root).expect("the empty mount point");
        }
        assert_eq!(there.unfinished().len(), 1);
        there.recover(None, &silent).expect("recovered");
        let now = from_root(&there, there.picture());
        assert!(
            now == new || now == from_root(&master, old),
            "neither old nor new"
        );
    }
}

#[test]
fn what_was_interrupted_elsewhere_is_left_to_its_master() {
    let (folder, master, _) = fresh(KEPT[0]);
    assert!(was_killed(&run(
        &folder,
        &format!("apply {}", swapping(3)),
        KEPT[0]
    )));
    let (_other_folder, other, _) = fresh(KEPT[0]);
    let other = Master {
        root: other.root,
        state: master.state.clone(),
    };
    assert_eq!(
        (other.unfinished().len(), master.unfinished().len()),
        (0, 1)
    );
    // The same files by a part of the root: it is interrupted there too.
    let part = Root::open(
        &master.root.join("etc/kubernetes"),
        Path::new("/etc/kubernetes"),
    )
    .expect("a root");
    assert_eq!(
        unfinished(&part, &master.kept()).expect("readable").len(),
        1
    );
}
