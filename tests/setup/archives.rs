//! What a setup makes for other machines: an archive each, and pages that lie on this one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::changing::differing;
use crate::support::ground::{Ground, ONE, THREE, unpack};
use crate::support::{succeed, text, tool};

#[test]
fn what_was_done_is_kept_node_by_node() {
    let ground = Ground::new();
    let run = ground.setup_with_input(
        &[
            "--nodes",
            "-",
            "--endpoint",
            "api.example.org",
            "--yes",
            "-o",
            "json",
        ],
        THREE,
    );
    run.ends_with(0);
    let operation = run.json();
    assert_eq!(
        (&operation["kind"], &operation["state"]),
        (&"Operation".into(), &"done".into())
    );
    let id = operation["id"].as_str().expect("an id");
    let shown = ground
        .master
        .kubepki(&["history", "show", id, "-o", "json"])
        .json();
    assert_eq!(shown["plan"]["nodes"], operation["plan"]["nodes"]);
    let nodes: Vec<_> = operation["plan"]["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .map(|node| &node["name"])
        .collect();
    assert_eq!(nodes, ["master-1", "master-2", "master-3"]);
    let of_others = operation["plan"]["issues"]
        .as_array()
        .expect("issues")
        .iter()
        .filter(|issue| issue["node"] == "master-2");
    assert!(of_others.count() > 5, "{operation}");
    let text = ground.master.kubepki(&["history", "show", id]).stdout;
    for part in [
        "master-3 (control plane, etcd): ",
        "scp ",
        "the same on other nodes",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}

/// The files of another master beside those here: what is the same on all masters, and what is each
/// one's own.
fn compare(there: &Path, here: &Path) {
    let same = |name: &str| {
        let path = format!("etc/kubernetes/pki/{name}");
        fs::read(there.join(&path)).expect("there") == fs::read(here.join(path)).expect("here")
    };
    for name in [
        "ca.crt",
        "ca.key",
        "sa.key",
        "sa.pub",
        "etcd/ca.key",
        "front-proxy-ca.key",
    ] {
        assert!(same(name), "{name} is the same on all masters");
    }
    for name in ["apiserver.crt", "apiserver.key", "etcd/peer.crt"] {
        assert!(!same(name), "{name} is each master's own");
    }
}

#[test]
fn each_other_machine_gets_an_archive() {
    let ground = Ground::new();
    let run = ground.set_up_prod("master-1");
    run.ends_with(0);
    let Some(sums) = tool("sha256sum") else {
        return;
    };
    for name in ["prod-master-2", "prod-master-3"] {
        let archive = ground.archive(name);
        let digest = succeed(&sums, &[text(&archive)]);
        let digest = digest.split(' ').next().expect("a digest");
        assert!(
            run.stdout.contains(digest)
                && run.stdout.contains(&format!("scp '{}'", text(&archive))),
            "{run:?}"
        );
        let there = ground.folder.path().join(name);
        let Some(()) = unpack(&archive, &there) else {
            return;
        };
        compare(&there, &ground.master.root);
    }
    assert!(!ground.archive("prod-master-1").exists());
}

#[test]
fn an_archive_that_was_not_sent_yet_is_not_lost_to_a_second_setup() {
    let ground = Ground::new();
    ground.set_up_prod("master-1").ends_with(0);
    let again = ground.set_up_prod("master-1");
    again.ends_with(4);
    assert!(
        again.stderr.contains("an archive is there already"),
        "{again:?}"
    );
}

#[test]
fn none_of_the_machines_may_be_here() {
    let ground = Ground::new();
    let run = ground.setup_with_input(
        &[
            "--nodes",
            "-",
            "--endpoint",
            "api.example.org",
            "--here",
            "none",
            "--yes",
        ],
        THREE,
    );
    run.ends_with(0);
    assert!(
        ground.master.tree().is_empty(),
        "{:?}",
        ground.master.tree().keys()
    );
    for name in ["master-1", "master-2", "master-3"] {
        assert!(
            ground.archive(&format!("kubernetes-{name}")).is_file(),
            "{name}"
        );
    }
    assert!(run.stdout.contains("; kubepki undo "), "{}", run.stdout);
}

#[test]
fn files_of_this_machine_are_not_overwritten_either() {
    let ground = Ground::new();
    let page = ground.folder.path().join("my archives").join("page.md");
    fs::write(&page, "mine").expect("written");
    let before = ground.everything();
    let flags = [&ONE[..], &["--guide", text(&page), "--yes"]].concat();
    let run = ground.setup(&flags);
    run.ends_with(4);
    assert!(run.stderr.contains("page.md"), "{run:?}");
    assert_eq!(
        differing(&before, &ground.everything()),
        Vec::<String>::new()
    );
    ground
        .setup(&[&flags[..], &["--replace", text(&page)]].concat())
        .ends_with(0);
    assert!(fs::read_to_string(&page).expect("a page").starts_with("# "));
    ground.master.kubepki(&["undo", "--yes"]).ends_with(0);
    assert_eq!(
        differing(&before, &ground.everything()),
        Vec::<String>::new()
    );
}

#[test]
fn what_is_for_other_machines_may_lie_below_a_folder_that_the_setup_makes() {
    let ground = Ground::new();
    let before = ground.everything();
    let folder = ground.master.file("/etc/kubernetes/for others");
    let page = ground.master.file("/etc/kubernetes/page.md");
    let set_up = |page: &Path| {
        let flags = [
            "--nodes",
            "-",
            "--yes",
            "--key-algorithm",
            "ECDSA-P256",
            "--endpoint",
            "api.example.org",
        ];
        let written = ["--archives", text(&folder), "--guide", text(page)];
        ground.master.kubepki_with_input(
            &[&["setup"], &flags[..], &written].concat(),
            THREE.as_bytes(),
        )
    };
    let run = set_up(&ground.master.file("/etc/kubernetes/admin.conf"));
    run.ends_with(4);
    assert!(
        run.stderr.contains("two changes") && run.stderr.contains("admin.conf"),
        "{run:?}"
    );
    assert_eq!(
        differing(&before, &ground.everything()),
        Vec::<String>::new()
    );
    set_up(&page).ends_with(0);
    assert!(page.is_file() && folder.join("kubernetes-master-2.tar").is_file());
    let mode =
        |folder: &Path| fs::metadata(folder).expect("a folder").permissions().mode() & 0o7777;
    assert_eq!(
        (mode(folder.parent().expect("a folder")), mode(&folder)),
        (0o755, 0o700)
    );
    ground.master.kubepki(&["undo", "--yes"]).ends_with(0);
    assert_eq!(ground.master.tree().len(), 0, "nothing is left");
}
