//! `setup add-node`: next year's machine, one that is known already, and where the cluster's CA is
//! not here.

use std::fs;
use std::path::Path;

use crate::support::changing::differing;
use crate::support::ground::{Ground, THREE, unpack};
use crate::support::program::Run;
use crate::support::text;

/// Three masters of the cluster "prod", this one among them.
fn prod() -> Ground {
    let ground = Ground::new();
    ground.set_up_prod("master-1").ends_with(0);
    ground
}

/// Adds a node; its archive lies beside the others.
fn add(ground: &Ground, words: &[&str]) -> Run {
    let archives = ground.folder.path().join("my archives");
    ground
        .master
        .kubepki(&[&["setup", "add-node", "--archives", text(&archives)], words].concat())
}

const WORKER: [&str; 3] = ["worker-1", "10.0.0.21,fd00::21", "worker"];

#[test]
fn next_year_one_more_machine_comes() {
    let ground = prod();
    let before = ground.master.tree();
    let plan = add(
        &ground,
        &[&WORKER[..], &["--dry-run", "-o", "json"]].concat(),
    )
    .json();
    let names: Vec<_> = plan["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .map(|node| &node["name"])
        .collect();
    assert_eq!(names, ["worker-1"], "only its own files are made");
    add(&ground, &[&WORKER[..], &["--yes"]].concat()).ends_with(0);
    assert!(ground.archive("prod-worker-1").is_file());
    add(
        &ground,
        &["master-4", "10.0.0.13", "--cluster", "prod", "--yes"],
    )
    .ends_with(0);
    assert!(ground.archive("prod-master-4").is_file());
    assert_eq!(
        differing(&before, &ground.master.tree()),
        Vec::<String>::new()
    );
    let kept = ground
        .master
        .kubepki(&["setup", "list", "-o", "json"])
        .json();
    assert_eq!(kept["kind"], "ClusterSpecList");
    let nodes: Vec<_> = kept["items"][0]["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .map(|node| &node["name"])
        .collect();
    assert_eq!(
        nodes,
        ["master-1", "master-2", "master-3", "worker-1", "master-4"]
    );
    // Its answers go with it.
    ground.master.kubepki(&["undo", "--yes"]).ends_with(0);
    let kept = ground.master.kubepki(&["setup", "list"]).stdout;
    assert!(
        kept.contains("worker-1")
            && !kept.contains("master-4")
            && !ground.archive("prod-master-4").exists(),
        "{kept}"
    );
}

#[test]
fn what_cannot_be_added_is_told() {
    let ground = prod();
    add(&ground, &[&WORKER[..], &["--yes"]].concat()).ends_with(0);
    for (words, word) in [
        (&["master-2", "10.0.0.99"][..], "master-2"),
        (&["worker-2", "10.0.0.21", "worker"], "10.0.0.21"),
        (&["worker_2", "10.0.0.22", "worker"], "underscore"),
        (&["worker-2", "10.96.0.22", "worker"], "10.96.0.0/12"),
        (&["worker-2", "10.0.0.22", "boss"], "boss"),
        (&["worker-2", "10.0.0.22", "--cluster", "dev"], "prod"),
    ] {
        let run = ground
            .master
            .kubepki(&[&["setup", "add-node", "--yes"][..], words].concat());
        run.ends_with(64);
        assert!(run.stderr.contains(word), "{words:?}: {run:?}");
    }
}

/// Makes the files of the second master anew, in a folder of their own.
fn add_again(ground: &Ground, more: &[&str]) -> Run {
    let again = ground.folder.path().join("again");
    let words = [
        "setup",
        "add-node",
        "master-2",
        "--archives",
        text(&again),
        "--yes",
    ];
    ground.master.kubepki(&[&words[..], more].concat())
}

#[test]
fn whose_files_are_made_anew_and_where_one_is_must_be_said_right() {
    let ground = Ground::new();
    ground.set_up_prod("none").ends_with(0);
    for (more, code, word) in [
        (&["10.0.0.12", "--here", "master-1"][..], 64, "master-2"),
        (&["--replace", "--here", "master-9"], 64, "master-9"),
        (&["--replace", "--here", "master-2"], 64, "is the node here"),
        (&["--replace"], 4, "the cluster's ca is not here"),
    ] {
        let run = add_again(&ground, more);
        run.ends_with(code);
        assert!(run.stderr.contains(word), "{word}: {run:?}");
    }
}

#[test]
fn a_known_machine_gets_its_files_anew() {
    let ground = Ground::new();
    ground.set_up_prod("none").ends_with(0);
    // The keys of the CAs are those of the first master.
    let Some(()) = unpack(&ground.archive("prod-master-1"), &ground.master.root) else {
        return;
    };
    let before = ground.master.tree();
    add_again(&ground, &["--replace", "--here", "master-1"]).ends_with(0);
    assert_eq!(
        differing(&before, &ground.master.tree()),
        Vec::<String>::new()
    );
    let unpacked = |archive: &Path, name: &str| {
        let root = ground.folder.path().join("node").join(name);
        unpack(archive, &root);
        move |name: &str| fs::read(root.join("etc/kubernetes/pki").join(name)).expect(name)
    };
    let old = unpacked(&ground.archive("prod-master-2"), "old");
    let new = unpacked(&ground.folder.path().join("again/prod-master-2.tar"), "new");
    assert_eq!(old("ca.crt"), new("ca.crt"));
    assert_ne!(old("apiserver.key"), new("apiserver.key"));
    let kept = ground
        .master
        .kubepki(&["setup", "list", "-o", "json"])
        .json();
    assert_eq!(
        kept["items"][0]["nodes"].as_array().map(Vec::len),
        Some(3),
        "{kept}"
    );
}

/// Three masters, none of them here.
fn elsewhere() -> Ground {
    let ground = Ground::new();
    let flags = [
        "--nodes",
        "-",
        "--here",
        "none",
        "--endpoint",
        "api.example.org",
        "--yes",
    ];
    ground.setup_with_input(&flags, THREE).ends_with(0);
    ground
}

const ONE_MORE: [&str; 4] = ["worker-1", "10.0.0.21", "worker", "--yes"];

#[test]
fn without_the_clusters_ca_no_node_is_added() {
    let ground = elsewhere();
    let etc = ground.master.file("/etc");
    let refused = |why: &str| {
        let run = add(&ground, &ONE_MORE);
        run.ends_with(4);
        assert!(
            run.stderr.contains(why)
                && run.stderr.contains("unpack a control plane node's archive"),
            "{run:?}"
        );
        assert!(!ground.archive("kubernetes-worker-1").exists());
    };
    refused("the cluster's ca is not here");
    fs::create_dir(&etc).expect("a folder");
    fs::write(etc.join("hostname"), "desk\n").expect("written");
    refused("which node is this?");
}

#[test]
fn a_node_more_comes_from_the_archive_of_another() {
    let ground = elsewhere();
    let Some(()) = unpack(&ground.archive("kubernetes-master-1"), &ground.master.root) else {
        return;
    };
    add(&ground, &ONE_MORE).ends_with(0);
    let there = ground.folder.path().join("worker-1");
    unpack(&ground.archive("kubernetes-worker-1"), &there);
    let of = |root: &Path| fs::read(root.join("etc/kubernetes/pki/ca.crt")).expect("a CA");
    assert_eq!(of(&there), of(&ground.master.root));
}
