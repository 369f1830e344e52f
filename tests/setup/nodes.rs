//! Several machines: what is written here, what is in whose archive, where the keys of the CAs stay, and a node more next
//! year.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use kubepki::engine::change::Failure;
use kubepki::plan::{Request, SetupRequest};
use kubepki::progress::silent;
use kubepki::record::{NodeSummary, OperationState, Place};
use kubepki::setup::{AuthorityKeys, ClusterSpec, Node, NodeRole};

use crate::support::cluster::{Setup, files, spec};
use crate::support::{succeed, text, tool};

const THREE: [(&str, &str); 3] = [("m1", "10.0.0.1"), ("m2", "10.0.0.2"), ("m3", "10.0.0.3,fd00::3")];
const AUTHORITIES: [&str; 3] = ["ca", "etcd/ca", "front-proxy-ca"];

fn pki(name: &str) -> String {
    format!("/etc/kubernetes/pki/{name}")
}

fn node<'a>(nodes: &'a [NodeSummary], name: &str) -> &'a NodeSummary {
    nodes.iter().find(|node| node.name == name).unwrap_or_else(|| panic!("no {name} among {nodes:#?}"))
}

fn refusal(setup: &Setup, request: SetupRequest) -> Failure {
    setup.plan(&Request::Setup(Box::new(request))).expect_err("it is refused")
}

fn worker(name: &str, address: &str) -> Node {
    Node { name: name.to_owned(), addresses: vec![address.parse().expect("an address")], roles: vec![NodeRole::Worker] }
}

#[test]
fn each_node_gets_its_files_and_all_of_it_is_taken_back() {
    let (setup, cluster) = (Setup::new(), spec("kubeadm", &THREE));
    let plan = setup.plan(&Request::Setup(Box::new(setup.request(&cluster)))).expect("a plan");
    assert_eq!((files(&setup.root), setup.state.exists(), setup.archives.exists()), (vec![], false, false));
    assert!(plan.summary.ask().is_some());
    let done = setup.set_up(setup.request(&cluster));
    assert_eq!(done.plan.title, "Set up prod: 3 nodes");
    let names: Vec<&str> = done.plan.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["m1", "m2", "m3"]);
    for summary in &done.plan.nodes {
        let Some(folder) = setup.unpack(summary) else { return };
        let mut told: Vec<String> = summary.files.iter().map(|file| file.path.clone()).collect();
        told.sort();
        assert_eq!(files(&folder), told, "{}", summary.name);
        for file in &summary.files {
            let facts = folder.join(file.path.trim_start_matches('/')).metadata().expect("it is there");
            assert_eq!(facts.mode() & 0o7777, file.mode, "{}", file.path);
            if rustix::process::geteuid().is_root() {
                assert_eq!((facts.uid(), facts.gid()), (0, 0), "{}", file.path);
            }
        }
        for path in ["sa.key", "sa.pub", "ca.crt", "ca.key", "etcd/ca.key", "front-proxy-ca.key"] {
            let at = |root: &Path| fs::read(root.join(&pki(path)[1..])).expect("it is there");
            assert_eq!(at(&folder), at(&setup.root), "{path} is the same on all");
        }
        let is_shared = |path: &str| summary.files.iter().any(|file| file.path == pki(path) && file.shared);
        assert!(is_shared("ca.crt") && !is_shared("apiserver.crt"));
        if let Some(openssl) = tool("openssl") {
            for (leaf, ca) in [("apiserver", "ca"), ("etcd/peer", "etcd/ca"), ("front-proxy-client", "front-proxy-ca")]
            {
                let at = |name: String| folder.join(&pki(&name)[1..]);
                let (leaf, ca) = (at(format!("{leaf}.crt")), at(format!("{ca}.crt")));
                succeed(&openssl, &["verify", "-x509_strict", "-CAfile", text(&ca), text(&leaf)]);
            }
        }
    }
    let archive = node(&done.plan.nodes, "m3").archive.as_ref().expect("an archive");
    let path = setup.archives.join("prod-m3.tar");
    assert_eq!(archive.path, text(&path));
    assert_eq!(archive.send[0], format!("scp '{}' root@10.0.0.3:", path.display()));
    let remote = format!("echo '\\''{}  prod-m3.tar'\\'' | sha256sum -c && tar -xpf prod-m3.tar -C /", archive.sha256);
    assert!(archive.send[1].contains(&remote), "{:?}", archive.send);
    let mode = |path: &Path| path.metadata().expect("it is there").mode() & 0o7777;
    assert_eq!((mode(&path), mode(&setup.archives)), (0o600, 0o700));
    assert_eq!(mode(&setup.state.join("clusters/prod.yaml")), 0o600);

    let undo = setup.plan(&Request::Undo(None)).expect("a plan");
    assert!(undo.summary.ask().as_ref().is_some_and(|ask| ask.contains("3 CAs go")), "{:?}", undo.summary.ask());
    assert_eq!(setup.changer().apply(&undo, &silent).expect("it is undone").state, OperationState::Done);
    assert_eq!(fs::read_dir(&setup.root).expect("a root").count(), 0, "no folder is left");
    assert!(!setup.archives.exists() && !setup.state.join("clusters").exists());
}

#[test]
fn a_second_setup_has_nothing_to_do() {
    let (setup, cluster) = (Setup::new(), spec("kubeadm", &THREE[..1]));
    setup.set_up(setup.request(&cluster));
    let again = setup.plan(&Request::Setup(Box::new(setup.request(&cluster)))).expect("a plan").summary;
    assert!(again.changes.is_empty() && again.issues.is_empty(), "{again:#?}");
    assert!(again.left_alone.len() > 20, "{:?}", again.left_alone);
}

#[test]
fn the_keys_of_the_authorities_stay_where_the_answers_say() {
    for (keys, here, there, apart) in [
        (AuthorityKeys::EveryMaster, true, true, false),
        (AuthorityKeys::Here, true, false, false),
        (AuthorityKeys::Apart, false, false, true),
    ] {
        let setup = Setup::new();
        let cluster = ClusterSpec { authority_keys: keys, ..spec("kubeadm", &THREE) };
        let done = setup.set_up(setup.request(&cluster));
        let Some(other) = setup.unpack(node(&done.plan.nodes, "m2")) else { return };
        for name in AUTHORITIES {
            let key = pki(&format!("{name}.key"));
            assert_eq!(setup.file(&key).exists(), here, "{keys:?} {key}");
            assert_eq!(other.join(&key[1..]).exists(), there, "{keys:?} {key}");
            assert!(other.join(&pki(&format!("{name}.crt"))[1..]).exists());
        }
        let authorities = done.plan.nodes.iter().find(|node| node.name == "authorities");
        assert_eq!(authorities.is_some(), apart);
        if let Some(folder) = authorities.and_then(|node| setup.unpack(node)) {
            assert_eq!(files(&folder), ["ca.key", "etcd/ca.key", "front-proxy-ca.key"].map(pki));
            assert!(done.plan.warnings.iter().any(|text| text.contains("cannot sign")), "{:?}", done.plan.warnings);
        }
    }
}

#[test]
fn a_node_more_changes_nothing_here_but_the_answers() {
    let (setup, mut cluster) = (Setup::new(), spec("split", &THREE));
    setup.set_up(setup.request(&cluster));
    let before = files(&setup.root);
    let stand = |path: &String| fs::read(setup.file(path)).expect("read");
    let contents: Vec<_> = before.iter().map(stand).collect();
    cluster.nodes.push(worker("w1", "10.0.0.9"));
    let more = SetupRequest { only: vec!["w1".to_owned()], ..setup.request(&cluster) };
    let plan = setup.plan(&Request::Setup(Box::new(more.clone()))).expect("a plan");
    let here: Vec<&str> =
        plan.changes.iter().filter(|change| change.place == Place::Master).map(|change| &*change.path).collect();
    assert!(here.is_empty(), "{here:?}");
    let done = setup.set_up(more.clone());
    assert_eq!(done.plan.title, "Add w1 to prod");
    assert_eq!((files(&setup.root), before.iter().map(stand).collect::<Vec<_>>()), (before.clone(), contents));
    assert!(fs::read_to_string(setup.state.join("clusters/prod.yaml")).expect("answers").contains("w1"));
    let Some(folder) = setup.unpack(node(&done.plan.nodes, "w1")) else { return };
    let expected = ["auth/bootstrap.conf", "auth/kube-proxy.conf", "pki/ca.crt"];
    assert_eq!(files(&folder), expected.map(|name| format!("/etc/kubernetes/{name}")));
    let again = refusal(&setup, more.clone());
    assert!(again.problem.what.contains("w1 is a node of prod already"), "{again:?}");
    let anew = SetupRequest { replace: vec!["w1".to_owned()], archives: Some("/nowhere".to_owned()), ..more };
    assert!(setup.plan(&Request::Setup(Box::new(anew))).is_ok(), "its files can be made again");
}

#[test]
fn a_new_member_of_etcd_is_to_be_made_known_and_nobody_else() {
    let setup = Setup::new();
    let mut cluster = spec("kubeadm", &THREE[..1]);
    let of = |name: &str, address: &str, role| Node { roles: vec![role], ..worker(name, address) };
    let members = [("e1", "10.0.1.1"), ("e2", "10.0.1.2"), ("e3", "10.0.1.3")];
    cluster.nodes.extend(members.map(|(name, address)| of(name, address, NodeRole::Etcd)));
    setup.set_up(setup.request(&cluster));
    for (role, expected) in [(NodeRole::Etcd, true), (NodeRole::ControlPlane, false), (NodeRole::Worker, false)] {
        let mut cluster = cluster.clone();
        cluster.nodes.push(of("new", "10.0.2.1", role));
        let more = SetupRequest { only: vec!["new".to_owned()], ..setup.request(&cluster) };
        let warnings = setup.plan(&Request::Setup(Box::new(more))).expect("a plan").summary.warnings.join("\n");
        assert_eq!(warnings.contains("etcdctl member add"), expected, "{role:?}: {warnings}");
    }
}

#[test]
fn without_the_key_of_the_authority_no_node_is_added() {
    let setup = Setup::new();
    let mut cluster = ClusterSpec { authority_keys: AuthorityKeys::Apart, ..spec("kubeadm", &THREE[..1]) };
    let done = setup.set_up(setup.request(&cluster));
    let authorities = node(&done.plan.nodes, "authorities").archive.clone().expect("an archive");
    cluster.nodes.push(Node { name: "m2".to_owned(), roles: vec![NodeRole::ControlPlane], ..worker("m2", "10.0.0.2") });
    let more = SetupRequest { only: vec!["m2".to_owned()], ..setup.request(&cluster) };
    let failure = refusal(&setup, more.clone());
    assert!(failure.problem.what.contains("is not here") && failure.problem.hint.contains("archive"), "{failure:?}");
    let Some(tar) = tool("tar") else { return };
    succeed(&tar, &["-xpf", &authorities.path, "-C", text(&setup.root)]);
    let done = setup.set_up(more);
    let Some(folder) = setup.unpack(node(&done.plan.nodes, "m2")) else { return };
    assert!(folder.join(&pki("apiserver.crt")[1..]).exists() && !folder.join(&pki("ca.key")[1..]).exists());
}

#[test]
fn what_leaves_no_place_for_a_file_is_refused() {
    let (setup, cluster) = (Setup::new(), spec("kubeadm", &THREE));
    let request = setup.request(&cluster);
    let none = refusal(&setup, SetupRequest { archives: None, ..request.clone() });
    assert!(none.problem.hint.contains("--archives"), "{none:?}");
    let keys = ClusterSpec { authority_keys: AuthorityKeys::Here, ..cluster };
    let nobody = refusal(&setup, SetupRequest { here: None, cluster: keys, ..request.clone() });
    assert!(nobody.problem.what.contains("no place for the keys"), "{nobody:?}");
    fs::create_dir(&setup.archives).expect("a folder");
    fs::write(setup.archives.join("prod-m2.tar"), "somebody's").expect("written");
    let there = refusal(&setup, request.clone());
    assert!(there.problem.what.contains("prod-m2.tar is in the way"), "{there:?}");
    fs::create_dir_all(setup.file("/etc")).expect("a folder");
    fs::write(setup.file("/etc/kubernetes"), "a file").expect("written");
    let blocked = refusal(&setup, SetupRequest { archives: Some("/nowhere".to_owned()), ..request });
    assert!(blocked.problem.what.contains("/etc/kubernetes"), "{blocked:?}");
    assert!(!setup.state.exists());
}

/// Folders and files below `root` but those of every system, each with its mode; what a person writes is left out.
fn modes(root: &Path, by_hand: &[&str]) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let (path, facts) = (entry.path(), entry.metadata().expect("it is there"));
            if facts.is_dir() {
                folders.push(path.clone());
            }
            let name = format!("/{}", text(path.strip_prefix(root).expect("below")));
            if name != "/etc" && !by_hand.contains(&name.as_str()) {
                found.push(format!("{name} {:04o}", facts.mode() & 0o7777));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_commands_make_the_same_files() {
    let (Some(_), Some(_), Some(sh)) = (tool("openssl"), tool("kubectl"), tool("sh")) else { return };
    for layout in ["kubeadm", "split"] {
        let (setup, usual, cluster) = (Setup::new(), Setup::new(), spec(layout, &THREE));
        let plan = setup.plan(&Request::Setup(Box::new(setup.request(&cluster)))).expect("a plan").summary;
        let script = setup.folder.path().join("script");
        fs::write(&script, plan.commands.join("\n")).expect("written");
        succeed(&sh, &[text(&script)]);
        let by_hand: Vec<&str> =
            plan.commands.iter().filter_map(|line| line.strip_prefix("# by hand: ")?.split(' ').next()).collect();
        let done = usual.set_up(usual.request(&cluster));
        for name in ["m1", "m2"] {
            let scripted = node(&plan.nodes, name);
            if let Some(archive) = &scripted.archive {
                let Some(tar) = tool("tar") else { return };
                let listed = succeed(&tar, &["-tf", &archive.path]);
                assert!(!listed.lines().any(|line| ["./", "etc/"].contains(&line)), "{listed}");
            }
            let (by_script, by_kubepki) = (unpacked(&setup, scripted), usual.unpack(node(&done.plan.nodes, name)));
            let (Some(by_script), Some(by_kubepki)) = (by_script, by_kubepki) else { return };
            assert_eq!(modes(&by_script, &by_hand), modes(&by_kubepki, &by_hand), "{layout} {name}");
        }
        let (Some(openssl), pki) = (tool("openssl"), setup.file("/etc/kubernetes/pki")) else { return };
        let (ca, leaf) = (pki.join("ca.crt"), pki.join("apiserver.crt"));
        succeed(&openssl, &["verify", "-x509_strict", "-CAfile", text(&ca), text(&leaf)]);
    }
}

#[test]
fn a_worker_more_gets_nothing_secret() {
    let (setup, mut cluster) = (Setup::new(), spec("kubeadm", &THREE));
    setup.set_up(setup.request(&cluster));
    cluster.nodes.push(worker("w9", "10.0.0.9"));
    let only = vec!["w9".to_owned()];
    let request = |cluster: &ClusterSpec| SetupRequest { only: only.clone(), ..setup.request(cluster) };
    let summary = setup.plan(&Request::Setup(Box::new(request(&cluster)))).expect("a plan").summary;
    assert_eq!(summary.title, "Add w9 to prod");
    assert_eq!(summary.files().count(), 1, "the archive: {:?}", summary.changes);
    assert!(summary.warnings.iter().all(|one| !one.contains("private keys")), "{:?}", summary.warnings);
    cluster.nodes[3] = Node { roles: vec![NodeRole::ControlPlane], ..worker("w9", "10.0.0.9") };
    let summary = setup.plan(&Request::Setup(Box::new(request(&cluster)))).expect("a plan").summary;
    for words in
        ["w9 is a member of etcd: it must be made known", "etcd would have 4 members", "the archives hold private keys"]
    {
        assert!(summary.warnings.iter().any(|one| one.contains(words)), "{words}: {:?}", summary.warnings);
    }
}

#[test]
fn nothing_is_the_same_on_others_where_there_are_none() {
    let (setup, cluster) = (Setup::new(), spec("kubeadm", &THREE[..1]));
    let done = setup.set_up(setup.request(&cluster));
    assert!(node(&done.plan.nodes, "m1").files.iter().all(|file| !file.shared));
    assert_eq!(done.plan.files().count(), node(&done.plan.nodes, "m1").files.len());
}

/// What the archive that the commands made holds; its digest is another than that of the plan's.
fn unpacked(setup: &Setup, node: &NodeSummary) -> Option<PathBuf> {
    let Some(archive) = &node.archive else { return Some(setup.root.clone()) };
    let folder = setup.folder.path().join(&node.name);
    fs::create_dir(&folder).expect("a folder");
    succeed(&tool("tar")?, &["-xpf", &archive.path, "-C", text(&folder)]);
    Some(folder)
}
