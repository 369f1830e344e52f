//! Several machines: what is written here, what is in whose archive, and where the keys of the CAs
//! stay.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use kubepki::plan::{Request, SetupRequest};
use kubepki::progress::silent;
use kubepki::record::{NodeSummary, OperationState};
use kubepki::setup::{AuthorityKeys, ClusterSpec};

use crate::support::cluster::{Setup, THREE, files, node, pki, spec};
use crate::support::{succeed, text, tool};

const AUTHORITIES: [&str; 3] = ["ca", "etcd/ca", "front-proxy-ca"];

fn mode(path: &Path) -> u32 {
    path.metadata().expect("it is there").mode() & 0o7777
}

/// What lies in a node's folder is what was told, with these modes and, where root unpacks, root's.
fn assert_files(folder: &Path, summary: &NodeSummary) {
    let mut told: Vec<String> = summary.files.iter().map(|file| file.path.clone()).collect();
    told.sort();
    assert_eq!(files(folder), told, "{}", summary.name);
    for file in &summary.files {
        let path = folder.join(&file.path[1..]);
        assert_eq!(mode(&path), file.mode, "{}", file.path);
        if rustix::process::geteuid().is_root() {
            let facts = path.metadata().expect("it is there");
            assert_eq!((facts.uid(), facts.gid()), (0, 0), "{}", file.path);
        }
    }
}

/// What all nodes share is the same as here, and told so.
fn assert_shared(folder: &Path, summary: &NodeSummary, here: &Path) {
    for path in [
        "sa.key",
        "sa.pub",
        "ca.crt",
        "ca.key",
        "etcd/ca.key",
        "front-proxy-ca.key",
    ] {
        let at = |root: &Path| fs::read(root.join(&pki(path)[1..])).expect("it is there");
        assert_eq!(at(folder), at(here), "{path} is the same on all");
    }
    let is_shared = |path: &str| {
        summary
            .files
            .iter()
            .any(|file| file.path == pki(path) && file.shared)
    };
    assert!(is_shared("ca.crt") && !is_shared("apiserver.crt"));
}

fn assert_chains(folder: &Path) {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    for (leaf, ca) in [
        ("apiserver", "ca"),
        ("etcd/peer", "etcd/ca"),
        ("front-proxy-client", "front-proxy-ca"),
    ] {
        let at = |name: &str| folder.join(&pki(&format!("{name}.crt"))[1..]);
        succeed(
            &openssl,
            &[
                "verify",
                "-x509_strict",
                "-CAfile",
                text(&at(ca)),
                text(&at(leaf)),
            ],
        );
    }
}

#[test]
fn each_node_gets_its_files_and_all_of_it_is_taken_back() {
    let (setup, cluster) = (Setup::new(), spec("kubeadm", &THREE));
    let plan = setup
        .plan(&Request::Setup(Box::new(setup.request(&cluster))))
        .expect("a plan");
    assert_eq!(
        (
            files(&setup.root),
            setup.state.exists(),
            setup.archives.exists()
        ),
        (vec![], false, false)
    );
    assert!(plan.summary.ask().is_some());
    let done = setup.set_up(setup.request(&cluster));
    assert_eq!(done.plan.title, "Set up prod: 3 nodes");
    let names: Vec<&str> = done
        .plan
        .nodes
        .iter()
        .map(|node| node.name.as_str())
        .collect();
    assert_eq!(names, ["m1", "m2", "m3"]);
    for summary in &done.plan.nodes {
        let Some(folder) = setup.unpack(summary) else {
            return;
        };
        assert_files(&folder, summary);
        assert_shared(&folder, summary, &setup.root);
        assert_chains(&folder);
    }
    let undo = setup.plan(&Request::Undo(None)).expect("a plan");
    assert!(
        undo.summary
            .ask()
            .as_ref()
            .is_some_and(|ask| ask.contains("3 CAs go")),
        "{:?}",
        undo.summary.ask()
    );
    assert_eq!(
        setup
            .changer()
            .apply(&undo, &silent)
            .expect("it is undone")
            .state,
        OperationState::Done
    );
    assert_eq!(
        fs::read_dir(&setup.root).expect("a root").count(),
        0,
        "no folder is left"
    );
    assert!(!setup.archives.exists() && !setup.state.join("clusters").exists());
}

#[test]
fn an_archive_is_sent_with_its_digest_and_closed_to_others() {
    let (setup, cluster) = (Setup::new(), spec("kubeadm", &THREE));
    let done = setup.set_up(setup.request(&cluster));
    let archive = node(&done.plan.nodes, "m3")
        .archive
        .as_ref()
        .expect("an archive");
    let path = setup.archives.join("prod-m3.tar");
    assert_eq!(archive.path, text(&path));
    assert_eq!(
        archive.send[0],
        format!("scp '{}' root@10.0.0.3:", path.display())
    );
    let remote = format!(
        "echo '\\''{}  prod-m3.tar'\\'' | sha256sum -c && tar -xpf prod-m3.tar -C /",
        archive.sha256
    );
    assert!(archive.send[1].contains(&remote), "{:?}", archive.send);
    assert_eq!((mode(&path), mode(&setup.archives)), (0o600, 0o700));
    assert_eq!(mode(&setup.state.join("clusters/prod.yaml")), 0o600);
}

#[test]
fn a_second_setup_has_nothing_to_do() {
    let (setup, cluster) = (Setup::new(), spec("kubeadm", &THREE[..1]));
    setup.set_up(setup.request(&cluster));
    let again = setup
        .plan(&Request::Setup(Box::new(setup.request(&cluster))))
        .expect("a plan")
        .summary;
    assert!(
        again.changes.is_empty() && again.issues.is_empty(),
        "{again:#?}"
    );
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
        let cluster = ClusterSpec {
            authority_keys: keys,
            ..spec("kubeadm", &THREE)
        };
        let done = setup.set_up(setup.request(&cluster));
        let Some(other) = setup.unpack(node(&done.plan.nodes, "m2")) else {
            return;
        };
        for name in AUTHORITIES {
            let key = pki(&format!("{name}.key"));
            assert_eq!(setup.file(&key).exists(), here, "{keys:?} {key}");
            assert_eq!(other.join(&key[1..]).exists(), there, "{keys:?} {key}");
            assert!(other.join(&pki(&format!("{name}.crt"))[1..]).exists());
        }
        let authorities = done
            .plan
            .nodes
            .iter()
            .find(|node| node.name == "authorities");
        assert_eq!(authorities.is_some(), apart);
        if let Some(folder) = authorities.and_then(|node| setup.unpack(node)) {
            assert_eq!(
                files(&folder),
                ["ca.key", "etcd/ca.key", "front-proxy-ca.key"].map(pki)
            );
            assert!(
                done.plan
                    .warnings
                    .iter()
                    .any(|text| text.contains("cannot sign")),
                "{:?}",
                done.plan.warnings
            );
        }
    }
}

#[test]
fn what_leaves_no_place_for_a_file_is_refused() {
    let (setup, cluster) = (Setup::new(), spec("kubeadm", &THREE));
    let request = setup.request(&cluster);
    let none = setup.refusal(SetupRequest {
        archives: None,
        ..request.clone()
    });
    assert!(none.problem.hint.contains("--archives"), "{none:?}");
    let keys = ClusterSpec {
        authority_keys: AuthorityKeys::Here,
        ..cluster
    };
    let nobody = setup.refusal(SetupRequest {
        here: None,
        cluster: keys,
        ..request.clone()
    });
    assert!(
        nobody.problem.what.contains("no place for the keys"),
        "{nobody:?}"
    );
    fs::create_dir(&setup.archives).expect("a folder");
    fs::write(setup.archives.join("prod-m2.tar"), "somebody's").expect("written");
    let there = setup.refusal(request.clone());
    assert!(
        there.problem.what.contains("prod-m2.tar is in the way"),
        "{there:?}"
    );
    fs::create_dir_all(setup.file("/etc")).expect("a folder");
    fs::write(setup.file("/etc/kubernetes"), "a file").expect("written");
    let blocked = setup.refusal(SetupRequest {
        archives: Some("/nowhere".to_owned()),
        ..request
    });
    assert!(
        blocked.problem.what.contains("/etc/kubernetes"),
        "{blocked:?}"
    );
    assert!(!setup.state.exists());
}

#[test]
fn nothing_is_the_same_on_others_where_there_are_none() {
    let (setup, cluster) = (Setup::new(), spec("kubeadm", &THREE[..1]));
    let done = setup.set_up(setup.request(&cluster));
    assert!(
        node(&done.plan.nodes, "m1")
            .files
            .iter()
            .all(|file| !file.shared)
    );
    assert_eq!(
        done.plan.files().count(),
        node(&done.plan.nodes, "m1").files.len()
    );
}
