//! CAs that are there already: whose key is missing, encrypted, kept apart, or none that kubeadm
//! reads.

use std::fs;

use kubepki::engine::change::FailureKind;
use kubepki::pki::Secret;
use kubepki::plan::{Passphrase, RenewRequest, Request, Selection, SetupRequest};
use kubepki::setup::AuthorityKeys;
use kubepki::setup::NodeRole::ControlPlane;

use crate::support::new_cluster::{PKI, Stage, changed, cluster, listing, master, node, words};
use crate::support::{succeed, text, tool};

#[test]
fn a_new_authority_makes_all_below_it_anew() {
    let (stage, cluster) = master("kubeadm");
    let replace = vec![format!("{PKI}/front-proxy-ca.key")];
    let plan = stage
        .plan(SetupRequest {
            replace,
            ..stage.request(&cluster)
        })
        .expect("a plan");
    let mut found = changed(&plan);
    found.sort_unstable();
    let expected = ["ca.crt", "ca.key", "client.crt", "client.key"]
        .map(|name| format!("{PKI}/front-proxy-{name}"));
    assert_eq!(found, expected);
    let said = &plan.summary.warnings;
    assert!(
        said.iter()
            .any(|one| one == "front-proxy-client is made anew too: front-proxy-ca is"),
        "{said:?}"
    );
    stage.apply(&plan);
    assert_eq!(
        changed(&stage.plan(stage.request(&cluster)).expect("a plan")),
        [""; 0]
    );
}

#[test]
fn an_authority_whose_key_kubeadm_cannot_read_is_told() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let (stage, cluster) = (
        Stage::new(),
        cluster("kubeadm", vec![node("m1", "10.0.0.1", &[ControlPlane])]),
    );
    let (key, certificate) = (
        stage.file("/etc/kubernetes/pki/ca.key"),
        stage.file("/etc/kubernetes/pki/ca.crt"),
    );
    fs::create_dir_all(key.parent().expect("a folder")).expect("a folder");
    succeed(
        &openssl,
        &["genpkey", "-algorithm", "ED25519", "-out", text(&key)],
    );
    let usage = ["-addext", "keyUsage=critical,digitalSignature,keyCertSign"];
    let own = [
        "req",
        "-x509",
        "-key",
        text(&key),
        "-out",
        text(&certificate),
        "-subj",
        "/CN=kubernetes",
        "-days",
        "4000",
    ];
    succeed(&openssl, &[&own[..], &usage].concat());
    let said = stage
        .plan(stage.request(&cluster))
        .expect("a plan")
        .summary
        .warnings;
    assert!(
        said.iter()
            .any(|one| one.contains("ca.key is an Ed25519 key")),
        "{said:?}"
    );
}

#[test]
fn without_its_key_an_authority_signs_nothing() {
    let (stage, mut cluster) = master("split");
    stage.remove("/etc/kubernetes/pki/ca.key");
    assert_eq!(
        changed(&stage.plan(stage.request(&cluster)).expect("all is there")),
        [""; 0]
    );
    stage.remove("/etc/kubernetes/pki/apiserver.crt");
    stage.remove("/etc/kubernetes/pki/apiserver.key");
    let said = words(&stage.plan(stage.request(&cluster)).expect_err("no key"));
    assert!(
        said.contains("the key of the CA ca is not here")
            && said.contains("/etc/kubernetes/pki/ca.key"),
        "{said}"
    );
    assert!(said.contains("--external-authority"), "{said}");
    // A node more needs the CA too.
    cluster.nodes.push(node("m2", "10.0.0.2", &[ControlPlane]));
    let only = vec!["m2".to_owned()];
    let said = words(
        &stage
            .plan(SetupRequest {
                only,
                ..stage.request(&cluster)
            })
            .expect_err("no key"),
    );
    assert!(said.contains("the key of the CA ca is not here"), "{said}");
}

#[test]
fn a_leaf_does_not_outlive_the_authority_that_stays() {
    let (stage, mut cluster) = master("kubeadm");
    stage.remove("/etc/kubernetes/scheduler.conf");
    cluster.certificate_hours = 87_601;
    cluster.authority_hours = 90_000;
    let said = words(
        &stage
            .plan(stage.request(&cluster))
            .expect_err("the CA ends first"),
    );
    assert!(
        said.contains("scheduler.conf@m1 would outlive its CA ca")
            && said.contains("hours or less"),
        "{said}"
    );
}

#[test]
fn an_encrypted_authority_asks_for_its_passphrase() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let (stage, cluster) = master("kubeadm");
    let (key, sealed) = (
        stage.file("/etc/kubernetes/pki/ca.key"),
        stage.folder.path().join("sealed"),
    );
    let pass = ["-v2", "aes-256-cbc", "-passout", "pass:open sesame"];
    succeed(
        &openssl,
        &[
            &["pkcs8", "-topk8", "-in", text(&key), "-out", text(&sealed)][..],
            &pass,
        ]
        .concat(),
    );
    fs::copy(sealed, &key).expect("copied");
    assert_eq!(
        changed(
            &stage
                .plan(stage.request(&cluster))
                .expect("nothing is signed")
        ),
        [""; 0]
    );
    stage.remove("/etc/kubernetes/scheduler.conf");
    let failure = stage
        .plan(stage.request(&cluster))
        .expect_err("a passphrase is needed");
    assert!(
        matches!(failure.kind, FailureKind::Passphrase { .. }),
        "{failure:?}"
    );
    let text = Secret::new(b"open sesame".to_vec());
    let passphrases = vec![Passphrase {
        asked_for: None,
        text,
    }];
    let plan = stage
        .plan(SetupRequest {
            passphrases,
            ..stage.request(&cluster)
        })
        .expect("a plan");
    assert_eq!(changed(&plan), ["/etc/kubernetes/scheduler.conf"]);
}

#[test]
fn keys_that_are_kept_apart_are_on_no_node() {
    let stage = Stage::new();
    let nodes = [("m1", "10.0.0.1"), ("m2", "10.0.0.2"), ("m3", "10.0.0.3")];
    let mut cluster = cluster(
        "kubeadm",
        nodes
            .map(|(name, address)| node(name, address, &[ControlPlane]))
            .to_vec(),
    );
    cluster.control_plane_endpoint = Some("api.example.com".to_owned());
    cluster.authority_keys = AuthorityKeys::Apart;
    cluster.intermediate_authorities = true;
    stage.set_up(&cluster);
    let keys = |root: &std::path::Path| {
        let all = listing(root).into_iter();
        all.filter(|line| line.ends_with("ca.key"))
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&stage.root), [""; 0]);
    let (Some(other), Some(apart)) = (
        stage.unpacked("test-m3"),
        stage.unpacked("test-authorities"),
    ) else {
        return;
    };
    assert_eq!(keys(&other), [""; 0]);
    assert_eq!(keys(&apart).len(), 4, "the root's, and three CAs'");
    for name in ["ca.crt", "sa.key", "front-proxy-ca.crt", "etcd/ca.crt"] {
        let read = |root: &std::path::Path| {
            fs::read(root.join("etc/kubernetes/pki").join(name)).expect(name)
        };
        assert_eq!(read(&other), read(&stage.root), "{name}");
    }
    let own = |root: &std::path::Path| {
        fs::read(root.join("etc/kubernetes/pki/apiserver.crt")).expect("a pair")
    };
    assert_ne!(own(&other), own(&stage.root));
}

#[test]
fn a_peer_is_renewed_by_the_authority_of_peers() {
    let stage = Stage::new();
    let mut cluster = cluster("kubeadm", vec![node("m1", "10.0.0.1", &[ControlPlane])]);
    cluster.etcd.peer_authority = true;
    stage.set_up(&cluster);
    let request = RenewRequest {
        to_specification: true,
        ..RenewRequest::new(Selection::Items(vec!["etcd-peer".into()]))
    };
    let plan = stage.make(&Request::Renew(request)).expect("a plan");
    assert_eq!(plan.summary.issues[0].authority, "etcd-peer-ca");
    assert_eq!(plan.summary.warnings, [""; 0]);
}
