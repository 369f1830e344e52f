//! `setup add-node`: next year's machine, one that is known already, and where the cluster's CA is not here.

use std::fs;
use std::path::Path;

use crate::support::changing::differing;
use crate::support::ground::{Ground, THREE};
use crate::support::program::Run;
use crate::support::{succeed, text, tool};

#[test]
fn next_year_one_more_machine_comes() {
    let ground = Ground::new();
    ground
        .setup_with_input(
            &["--nodes", "-", "--endpoint", "api.example.org", "--cluster-name", "prod", "--here", "master-1", "--yes"],
            THREE,
        )
        .ends_with(0);
    let before = ground.master.tree();
    let archives = ground.folder.path().join("my archives");
    let add = ["setup", "add-node", "worker-1", "10.0.0.21,fd00::21", "worker", "--archives", text(&archives)];
    let plan = ground.master.kubepki(&[&add[..], &["--dry-run", "-o", "json"]].concat()).json();
    let names: Vec<_> = plan["nodes"].as_array().expect("nodes").iter().map(|node| &node["name"]).collect();
    assert_eq!(names, ["worker-1"], "only its own files are made");
    ground.master.kubepki(&[&add[..], &["--yes"]].concat()).ends_with(0);
    assert!(ground.archive("prod-worker-1").is_file());
    let more =
        ["setup", "add-node", "master-4", "10.0.0.13", "--cluster", "prod", "--archives", text(&archives), "--yes"];
    ground.master.kubepki(&more).ends_with(0);
    assert!(ground.archive("prod-master-4").is_file());
    assert_eq!(differing(&before, &ground.master.tree()), Vec::<String>::new());
    let kept = ground.master.kubepki(&["setup", "list", "-o", "json"]).json();
    assert_eq!(kept["kind"], "ClusterSpecList");
    let nodes: Vec<_> = kept["items"][0]["nodes"].as_array().expect("nodes").iter().map(|node| &node["name"]).collect();
    assert_eq!(nodes, ["master-1", "master-2", "master-3", "worker-1", "master-4"]);
    for (words, word) in [
        (&["master-2", "10.0.0.99"][..], "master-2"),
        (&["worker-2", "10.0.0.21", "worker"], "10.0.0.21"),
        (&["worker_2", "10.0.0.22", "worker"], "underscore"),
        (&["worker-2", "10.96.0.22", "worker"], "10.96.0.0/12"),
        (&["worker-2", "10.0.0.22", "boss"], "boss"),
        (&["worker-2", "10.0.0.22", "--cluster", "dev"], "prod"),
    ] {
        let run = ground.master.kubepki(&[&["setup", "add-node", "--yes"][..], words].concat());
        run.ends_with(64);
        assert!(run.stderr.contains(word), "{words:?}: {run:?}");
    }
    // Its answers go with it.
    ground.master.kubepki(&["undo", "--yes"]).ends_with(0);
    let kept = ground.master.kubepki(&["setup", "list"]).stdout;
    assert!(
        kept.contains("worker-1") && !kept.contains("master-4") && !ground.archive("prod-master-4").exists(),
        "{kept}"
    );
}

#[test]
fn a_known_machine_gets_its_files_anew() {
    let ground = Ground::new();
    let (first, again) = (ground.folder.path().join("my archives"), ground.folder.path().join("again"));
    let nodes = ["--nodes", "-", "--endpoint", "api.example.com", "--cluster-name", "prod", "--here", "none", "--yes"];
    ground.setup_with_input(&nodes, THREE).ends_with(0);
    let add = |more: &[&str]| {
        let words = ["setup", "add-node", "master-2", "--archives", text(&again), "--yes"];
        ground.master.kubepki(&[&words[..], more].concat())
    };
    let told = |run: &Run, code: i32, word: &str| {
        run.ends_with(code);
        assert!(run.stderr.contains(word), "{word}: {run:?}");
    };
    told(&add(&["10.0.0.12", "--here", "master-1"]), 64, "master-2");
    told(&add(&["--replace", "--here", "master-9"]), 64, "master-9");
    told(&add(&["--replace", "--here", "master-2"]), 64, "is the node here");
    told(&add(&["--replace"]), 4, "the cluster's ca is not here");
    // The keys of the CAs are those of the first master.
    let Some(tar) = tool("tar") else { return };
    fs::create_dir_all(&ground.master.root).expect("a folder");
    succeed(&tar, &["-xpf", text(&first.join("prod-master-1.tar")), "-C", text(&ground.master.root)]);
    let before = ground.master.tree();
    add(&["--replace", "--here", "master-1"]).ends_with(0);
    assert_eq!(differing(&before, &ground.master.tree()), Vec::<String>::new());
    let unpacked = |folder: &Path| {
        let root = ground.folder.path().join("node").join(folder.file_name().expect("a name"));
        fs::create_dir_all(&root).expect("a folder");
        succeed(&tar, &["-xpf", text(&folder.join("prod-master-2.tar")), "-C", text(&root)]);
        move |name: &str| fs::read(root.join("etc/kubernetes/pki").join(name)).expect(name)
    };
    let (old, new) = (unpacked(&first), unpacked(&again));
    assert_eq!(old("ca.crt"), new("ca.crt"));
    assert_ne!(old("apiserver.key"), new("apiserver.key"));
    let kept = ground.master.kubepki(&["setup", "list", "-o", "json"]).json();
    assert_eq!(kept["items"][0]["nodes"].as_array().map(Vec::len), Some(3), "{kept}");
}

#[test]
fn a_node_more_comes_from_the_archive_of_another() {
    let ground = Ground::new();
    ground
        .setup_with_input(&["--nodes", "-", "--here", "none", "--endpoint", "api.example.org", "--yes"], THREE)
        .ends_with(0);
    let archives = ground.folder.path().join("my archives");
    let add = ["setup", "add-node", "worker-1", "10.0.0.21", "worker", "--archives", text(&archives), "--yes"];
    let etc = ground.master.file("/etc");
    let refused = |why: &str| {
        let run = ground.master.kubepki(&add);
        run.ends_with(4);
        assert!(run.stderr.contains(why) && run.stderr.contains("unpack a control plane node's archive"), "{run:?}");
        assert!(!ground.archive("kubernetes-worker-1").exists());
    };
    refused("the cluster's ca is not here");
    fs::create_dir(&etc).expect("a folder");
    fs::write(etc.join("hostname"), "desk\n").expect("written");
    refused("which node is this?");
    fs::remove_dir_all(&etc).expect("removed");
    let Some(tar) = tool("tar") else { return };
    succeed(&tar, &["-xpf", text(&ground.archive("kubernetes-master-1")), "-C", text(&ground.master.root)]);
    ground.master.kubepki(&add).ends_with(0);
    let there = ground.folder.path().join("worker-1");
    fs::create_dir(&there).expect("a folder");
    succeed(&tar, &["-xpf", text(&ground.archive("kubernetes-worker-1")), "-C", text(&there)]);
    let path = "/etc/kubernetes/pki/ca.crt";
    let of = |root: &Path| fs::read(root.join(&path[1..])).expect("a CA");
    assert_eq!(of(&there), of(&ground.master.root));
}
