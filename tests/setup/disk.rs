//! A setup on disks as they are: full, read-only, not one's own. Nothing is left behind.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::support::changing::{Master, differing, tree};
use crate::support::child::{start_with_own_mounts, told};
use crate::support::ground::ONE;
use crate::support::{program, succeed, text, tool};

const CHILD: &str = concat!(module_path!(), "::child");

/// Runs a case in a mount namespace of its own.
fn case(name: &str) {
    start_with_own_mounts(CHILD, name);
}

#[test]
fn child() {
    let Some((folder, name)) = told(CHILD) else {
        return;
    };
    let root = Path::new(&folder).join("root");
    fs::create_dir(&root).expect("a folder");
    succeed(
        &tool("mount").expect("mount"),
        &[
            "-t",
            "tmpfs",
            "-o",
            "size=128k,mode=755",
            "tmpfs",
            text(&root),
        ],
    );
    match name.as_str() {
        "full" => full(&root),
        "read-only" => read_only(&root),
        other => panic!("{other}"),
    }
}

/// Sets up a master there.
fn setup(master: &Master) -> program::Run {
    master.kubepki(
        &[
            &["setup", "--key-algorithm", "ECDSA-P256", "--yes"],
            &ONE[..],
        ]
        .concat(),
    )
}

#[test]
fn a_full_disk_is_told_before_anything_is_written() {
    case("full");
}

fn full(root: &Path) {
    let filler = root.join("filler");
    let mut file = fs::File::create(&filler).expect("a file");
    while file.write_all(&[b'x'; 4096]).is_ok() {}
    let before = tree(root);
    let master = Master::at(root);
    let run = setup(&master);
    run.ends_with(3);
    assert!(
        run.stderr.contains("no space") && run.stderr.contains("KiB needed"),
        "{run:?}"
    );
    assert_eq!(differing(&before, &tree(root)), Vec::<String>::new());
    assert!(!master.state.join("clusters").exists());
    fs::remove_file(filler).expect("removed");
    // It would take more than there is, and that is seen beforehand too.
    let plan = master.kubepki(
        &[
            &["setup", "--key-algorithm", "ECDSA-P256", "--dry-run"],
            &ONE[..],
        ]
        .concat(),
    );
    plan.ends_with(0);
    let run = setup(&master);
    if run.code == 0 {
        assert!(root.join("etc/kubernetes/pki/ca.key").is_file());
    } else {
        assert!(run.stderr.contains("no space"), "{run:?}");
        assert_eq!(tree(root).len(), 0, "nothing is left behind");
    }
}

#[test]
fn a_read_only_disk_is_told() {
    case("read-only");
}

fn read_only(root: &Path) {
    succeed(
        &tool("mount").expect("mount"),
        &["-o", "remount,ro", text(root)],
    );
    let master = Master::at(root);
    let run = setup(&master);
    run.ends_with(3);
    assert!(run.stderr.contains("read-only"), "{run:?}");
    assert!(!master.state.join("clusters").exists());
}
