//! A node more next year: its own files, nothing here but the answers, and what is to be done for
//! it.

use std::fs;

use kubepki::plan::{Request, SetupRequest};
use kubepki::record::Place;
use kubepki::setup::{AuthorityKeys, ClusterSpec, Node, NodeRole};

use crate::support::cluster::{Setup, THREE, files, node, pki, spec};
use crate::support::{succeed, text, tool};

fn worker(name: &str, address: &str) -> Node {
    Node {
        name: name.to_owned(),
        addresses: vec![address.parse().expect("an address")],
        roles: vec![NodeRole::Worker],
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
    let more = SetupRequest {
        only: vec!["w1".to_owned()],
        ..setup.request(&cluster)
    };
    let plan = setup
        .plan(&Request::Setup(Box::new(more.clone())))
        .expect("a plan");
    let here: Vec<&str> = plan
        .changes
        .iter()
        .filter(|change| change.place == Place::Master)
        .map(|change| &*change.path)
        .collect();
    assert!(here.is_empty(), "{here:?}");
    let done = setup.set_up(more.clone());
    assert_eq!(done.plan.title, "Add w1 to prod");
    assert_eq!(
        (
            files(&setup.root),
            before.iter().map(stand).collect::<Vec<_>>()
        ),
        (before.clone(), contents)
    );
    assert!(
        fs::read_to_string(setup.state.join("clusters/prod.yaml"))
            .expect("answers")
            .contains("w1")
    );
    let Some(folder) = setup.unpack(node(&done.plan.nodes, "w1")) else {
        return;
    };
    let expected = ["auth/bootstrap.conf", "auth/kube-proxy.conf", "pki/ca.crt"];
    assert_eq!(
        files(&folder),
        expected.map(|name| format!("/etc/kubernetes/{name}"))
    );
    let again = setup.refusal(more.clone());
    assert!(
        again.problem.what.contains("w1 is a node of prod already"),
        "{again:?}"
    );
    let anew = SetupRequest {
        replace: vec!["w1".to_owned()],
        archives: Some("/nowhere".to_owned()),
        ..more
    };
    assert!(
        setup.plan(&Request::Setup(Box::new(anew))).is_ok(),
        "its files can be made again"
    );
}

#[test]
fn a_new_member_of_etcd_is_to_be_made_known_and_nobody_else() {
    let setup = Setup::new();
    let mut cluster = spec("kubeadm", &THREE[..1]);
    let of = |name: &str, address: &str, role| Node {
        roles: vec![role],
        ..worker(name, address)
    };
    let members = [("e1", "10.0.1.1"), ("e2", "10.0.1.2"), ("e3", "10.0.1.3")];
    cluster
        .nodes
        .extend(members.map(|(name, address)| of(name, address, NodeRole::Etcd)));
    setup.set_up(setup.request(&cluster));
    for (role, expected) in [
        (NodeRole::Etcd, true),
        (NodeRole::ControlPlane, false),
        (NodeRole::Worker, false),
    ] {
        let mut cluster = cluster.clone();
        cluster.nodes.push(of("new", "10.0.2.1", role));
        let more = SetupRequest {
            only: vec!["new".to_owned()],
            ..setup.request(&cluster)
        };
        let warnings = setup
            .plan(&Request::Setup(Box::new(more)))
            .expect("a plan")
            .summary
            .warnings
            .join("\n");
        assert_eq!(
            warnings.contains("etcdctl member add"),
            expected,
            "{role:?}: {warnings}"
        );
    }
}

#[test]
fn without_the_key_of_the_authority_no_node_is_added() {
    let setup = Setup::new();
    let mut cluster = ClusterSpec {
        authority_keys: AuthorityKeys::Apart,
        ..spec("kubeadm", &THREE[..1])
    };
    let done = setup.set_up(setup.request(&cluster));
    let authorities = node(&done.plan.nodes, "authorities")
        .archive
        .clone()
        .expect("an archive");
    cluster.nodes.push(Node {
        name: "m2".to_owned(),
        roles: vec![NodeRole::ControlPlane],
        ..worker("m2", "10.0.0.2")
    });
    let more = SetupRequest {
        only: vec!["m2".to_owned()],
        ..setup.request(&cluster)
    };
    let failure = setup.refusal(more.clone());
    assert!(
        failure.problem.what.contains("is not here") && failure.problem.hint.contains("archive"),
        "{failure:?}"
    );
    let Some(tar) = tool("tar") else { return };
    succeed(&tar, &["-xpf", &authorities.path, "-C", text(&setup.root)]);
    let done = setup.set_up(more);
    let Some(folder) = setup.unpack(node(&done.plan.nodes, "m2")) else {
        return;
    };
    assert!(
        folder.join(&pki("apiserver.crt")[1..]).exists()
            && !folder.join(&pki("ca.key")[1..]).exists()
    );
}

#[test]
fn a_worker_more_gets_nothing_secret() {
    let (setup, mut cluster) = (Setup::new(), spec("kubeadm", &THREE));
    setup.set_up(setup.request(&cluster));
    cluster.nodes.push(worker("w9", "10.0.0.9"));
    let only = vec!["w9".to_owned()];
    let request = |cluster: &ClusterSpec| SetupRequest {
        only: only.clone(),
        ..setup.request(cluster)
    };
    let summary = setup
        .plan(&Request::Setup(Box::new(request(&cluster))))
        .expect("a plan")
        .summary;
    assert_eq!(summary.title, "Add w9 to prod");
    assert_eq!(
        summary.files().count(),
        1,
        "the archive: {:?}",
        summary.changes
    );
    assert!(
        summary
            .warnings
            .iter()
            .all(|one| !one.contains("private keys")),
        "{:?}",
        summary.warnings
    );
    cluster.nodes[3] = Node {
        roles: vec![NodeRole::ControlPlane],
        ..worker("w9", "10.0.0.9")
    };
    let summary = setup
        .plan(&Request::Setup(Box::new(request(&cluster))))
        .expect("a plan")
        .summary;
    for words in [
        "w9 is a member of etcd: it must be made known",
        "etcd would have 4 members",
        "the archives hold private keys",
    ] {
        assert!(
            summary.warnings.iter().any(|one| one.contains(words)),
            "{words}: {:?}",
            summary.warnings
        );
    }
}
