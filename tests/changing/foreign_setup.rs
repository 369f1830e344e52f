//! A cluster that is set up below a mounted root, with archives on this machine: what touches both
//! is remembered where the disk has no say, and all of it is taken back. In a mount namespace: the
//! caller's own state is not of this test.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::changing::{Tree, differing, tree};
use crate::support::child::{start_with_own_mounts, told};
use crate::support::forged::Forged;
use crate::support::ground::{ONE, THREE};
use crate::support::program::{Run, kubepki, kubepki_with_input};
use crate::support::{skip, succeed, text, tool};

const CHILD: &str = concat!(module_path!(), "::child");

const OWN: &str = "/var/lib/kubepki";

#[test]
fn what_is_done_on_a_disk_and_beside_it_is_kept_beside_it_and_taken_back() {
    case("both");
}

#[test]
fn what_is_done_on_a_disk_alone_stays_on_it() {
    case("disk");
}

fn case(name: &str) {
    if rustix::process::geteuid().is_root() {
        start_with_own_mounts(CHILD, name);
    } else {
        skip("only root has a state folder in /var/lib");
    }
}

#[test]
fn child() {
    let Some((folder, name)) = told(CHILD) else {
        return;
    };
    succeed(
        &tool("mount").expect("mount"),
        &["-t", "tmpfs", "-o", "mode=755", "tmpfs", "/var/lib"],
    );
    let folder = Path::new(&folder);
    fs::create_dir(folder.join("root")).expect("a folder");
    match name.as_str() {
        "both" => both(folder),
        "disk" => disk(folder),
        other => panic!("{other}"),
    }
}

/// kubepki on the root in this folder, with the state folder that it has by default.
fn on(folder: &Path, words: &[&str]) -> Run {
    let root = folder.join("root");
    kubepki(
        &[
            words,
            &["--root", text(&root), "--config-dir", "/nonexistent"],
        ]
        .concat(),
    )
}

/// Sets three masters up below this root, the others' files in archives.
fn set_up(root: &Path, archives: &Path) -> Run {
    let words = [
        "setup",
        "--nodes",
        "-",
        "--endpoint",
        "api.example.org",
        "--here",
        "master-1",
        "--archives",
        text(archives),
    ];
    let more = [
        "--key-algorithm",
        "ECDSA-P256",
        "--yes",
        "--root",
        text(root),
        "--config-dir",
        "/nonexistent",
    ];
    kubepki_with_input(&[&words[..], &more].concat(), THREE.as_bytes())
}

/// All of the disk but what kubepki keeps there.
fn picture(folder: &Path) -> Tree {
    let mut found = tree(&folder.join("root"));
    found.retain(|path, _| !path.starts_with("var"));
    found
}

/// What was set up and kept on this machine is this disk's one operation, whatever another master
/// and the disk itself have to say of it. Its id.
fn its_one_operation(folder: &Path, on_disk: &Path) -> String {
    // Other masters are none of this one's history, though they are kept there too.
    let other = folder.join("other");
    fs::create_dir(&other).expect("a folder");
    set_up(&other, &folder.join("other archives")).ends_with(0);
    let history = on(folder, &["history", "-o", "name"]).stdout;
    assert_eq!(history.lines().count(), 1, "{history}");
    on(folder, &["history", "verify"]).ends_with(0);
    // Nor has a disk a say in what is kept here.
    let state = |id: &str, undoes: Option<&str>| {
        let forged =
            Forged::new(id, text(&folder.join("root"))).with("/operation/state", "done".into());
        forged
            .with("/operation/undoes", undoes.into())
            .write(on_disk)
    };
    let id = history.trim();
    state(id, None);
    state("20260101T000000Z-abcdef", Some(id));
    let shown = on(folder, &["history", "show", id, "-o", "json"]).json();
    assert_eq!(shown["state"], "done");
    assert!(
        shown["plan"]["title"]
            .as_str()
            .is_some_and(|title| title.contains("kubernetes")),
        "{shown}"
    );
    fs::remove_dir_all(on_disk.join("operations")).expect("removed");
    id.to_owned()
}

fn both(folder: &Path) {
    let (before, archives) = (picture(folder), folder.join("archives"));
    set_up(&folder.join("root"), &archives).ends_with(0);
    let made = (picture(folder), tree(&archives));
    assert!(!made.1.is_empty());
    // What a disk keeps could not take the archives back.
    let on_disk = folder.join("root/var/lib/kubepki");
    assert!(on_disk.join("clusters").is_dir() && !on_disk.join("operations").exists());
    assert_eq!(
        fs::read_dir(Path::new(OWN).join("operations"))
            .expect("kept here")
            .count(),
        1
    );
    let id = its_one_operation(folder, &on_disk);
    // A change of the disk alone is kept on it, and both are one history.
    on(folder, &["renew", "apiserver", "--yes"]).ends_with(0);
    assert_eq!(
        fs::read_dir(on_disk.join("operations"))
            .expect("kept there")
            .count(),
        1
    );
    assert_eq!(
        on(folder, &["history", "-o", "name"])
            .stdout
            .lines()
            .count(),
        2
    );
    on(folder, &["undo", "--yes"]).ends_with(0);
    on(folder, &["undo", &id, "--yes"]).ends_with(0);
    assert_eq!(differing(&before, &picture(folder)), Vec::<String>::new());
    assert!(!archives.exists());
    assert_eq!(
        on(folder, &["history", "show", &id, "-o", "json"]).json()["state"],
        "undone"
    );
}

fn disk(folder: &Path) {
    on(
        folder,
        &[
            &["setup", "--key-algorithm", "ECDSA-P256", "--yes"],
            &ONE[..],
        ]
        .concat(),
    )
    .ends_with(0);
    assert!(
        !Path::new(OWN).exists(),
        "nothing of it is kept on this machine"
    );
    let mode = |path: &str| {
        folder
            .join("root")
            .join(path)
            .metadata()
            .expect("made")
            .permissions()
            .mode()
            & 0o7777
    };
    assert_eq!(["var", "var/lib"].map(mode), [0o755; 2]);
    assert_eq!(
        [
            "var/lib/kubepki",
            "var/lib/kubepki/operations",
            "var/lib/kubepki/clusters"
        ]
        .map(mode),
        [0o700; 3]
    );
    on(folder, &["undo", "--yes"]).ends_with(0);
    assert!(
        !folder.join("root/etc").exists() && !folder.join("root/var/lib/kubepki/clusters").exists()
    );
    assert!(!Path::new(OWN).exists());
}
