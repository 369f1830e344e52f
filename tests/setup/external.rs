//! Keys and requests for somebody else's CA, beside those of `kubeadm certs generate-csr`; then
//! openssl is that CA.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use kubepki::pki::{CertificationRequest, pem};
use kubepki::plan::{ImportRequest, Plan, Request};
use kubepki::progress::silent;
use kubepki::record::OperationState;
use kubepki::setup::ClusterSpec;
use kubepki::setup::kubeadm;
use serde_yaml::Value;
use tempfile::TempDir;

use crate::support::cluster::{Setup, files, spec};
use crate::support::outside::{ASKED, BOTH, Outside, SERVER};
use crate::support::{succeed, text, tool};

fn sample(folder: &Path) -> Option<PathBuf> {
    let name = "kubeadm-1.36-generate-csr";
    let archive = format!(
        "{}/tests/fixtures/samples/{name}.tar.gz",
        env!("CARGO_MANIFEST_DIR")
    );
    succeed(&tool("tar")?, &["-xpzf", &archive, "-C", text(folder)]);
    Some(folder.join(name))
}

fn request(path: &Path) -> CertificationRequest {
    let bytes = fs::read(path).expect("a request");
    let block = pem::blocks(&bytes).remove(0).expect("a block");
    assert_eq!(block.label, "CERTIFICATE REQUEST");
    CertificationRequest::from_der(&block.der).expect("a request")
}

/// A kubeconfig without its key, and what sort of key that is.
fn kubeconfig(path: &Path, openssl: &Path) -> (Value, String) {
    let mut value: Value =
        serde_yaml::from_slice(&fs::read(path).expect("a kubeconfig")).expect("YAML");
    let user = value["users"][0]["user"].as_mapping_mut().expect("a user");
    let data = user.remove("client-key-data").expect("a key");
    let key = tempfile::NamedTempFile::new().expect("a file");
    let decoded = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        data.as_str().expect("text"),
    );
    fs::write(key.path(), decoded.expect("base64")).expect("written");
    (
        value,
        succeed(
            openssl,
            &["pkey", "-in", text(key.path()), "-noout", "-text"],
        )
        .lines()
        .next()
        .expect("a line")
        .to_owned(),
    )
}

/// Whether the name of a file ends so.
fn is(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|own| own == ending)
}

/// Holds a file to kubeadm's own: its mode and its folder's; and what it asks for, or what
/// kubeconfig it is.
fn compare(openssl: &Path, path: &str, their: &Path, our: &Path) {
    let bits = |path: &Path| path.metadata().expect("it is there").mode() & 0o7777;
    assert_eq!(bits(our), bits(their), "{path}");
    assert_eq!(
        bits(our.parent().expect("a folder")),
        bits(their.parent().expect("a folder")),
        "{path}"
    );
    if is(path, "csr") {
        let (their, our) = (request(their), request(our));
        assert_eq!(our.subject.as_der(), their.subject.as_der(), "{path}");
        assert_eq!(our.subject_alt_names, their.subject_alt_names, "{path}");
        assert_eq!(
            (&our.key_algorithm, our.signature_valid),
            (&their.key_algorithm, Some(true)),
            "{path}"
        );
    } else if is(path, "conf") {
        assert_eq!(
            kubeconfig(our, openssl),
            kubeconfig(their, openssl),
            "{path}"
        );
    }
}

fn import(files: Vec<String>, clusters: Vec<ClusterSpec>) -> Request {
    Request::Import(ImportRequest {
        files,
        clusters,
        ..ImportRequest::default()
    })
}

#[test]
fn requests_are_those_of_kubeadm() {
    let (folder, Some(openssl)) = (TempDir::new().expect("a folder"), tool("openssl")) else {
        return;
    };
    let Some(sample) = sample(folder.path()) else {
        return;
    };
    let text = fs::read_to_string(sample.join("kubeadm.yaml")).expect("a configuration");
    let read = kubeadm::read(&text, "cp1").expect("answers").cluster;
    let setup = Setup::new();
    let done = setup.set_up(setup.request(&ClusterSpec {
        external_authority: true,
        ..read
    }));
    assert_eq!(
        done.plan.title,
        "Set up sample-ecdsa: keys and requests for 1 node"
    );
    let theirs: BTreeSet<String> = files(&sample)
        .into_iter()
        .filter(|path| path != "/kubeadm.yaml")
        .collect();
    let ours: BTreeSet<String> = files(&setup.root).into_iter().collect();
    let more: Vec<&String> = ours.difference(&theirs).collect();
    assert_eq!(
        more,
        ["/etc/kubernetes/pki/sa.key", "/etc/kubernetes/pki/sa.pub"],
        "no CA has to do with these"
    );
    assert_eq!(theirs.difference(&ours).count(), 0);
    for path in &theirs {
        compare(&openssl, path, &sample.join(&path[1..]), &setup.file(path));
    }
    let again = setup.plan(&Request::Setup(Box::new(
        setup.request(&setup.changer().records().clusters().expect("answers").all[0]),
    )));
    assert_eq!(
        again.expect("a plan").changes.len(),
        0,
        "requests and keys that wait stay"
    );
}

/// Somebody else's CAs, in a folder beside the setup's.
fn outside(setup: &Setup, openssl: &Path) -> Outside {
    let folder = setup.folder.path().join("outside");
    fs::create_dir(&folder).expect("a folder");
    Outside::new(openssl.to_owned(), &folder)
}

/// openssl verifies these leaves below a folder, each with its CA.
fn verify(openssl: &Path, folder: &Path, chains: &[(&str, &str)]) {
    let at = |name: &str| folder.join(format!("{name}.crt"));
    for (leaf, ca) in chains {
        succeed(
            openssl,
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

fn apply(setup: &Setup, plan: &Plan) {
    assert_eq!(
        setup
            .changer()
            .apply(plan, &silent)
            .expect("it is applied")
            .state,
        OperationState::Done
    );
}

/// A cluster whose requests somebody else has answered, with its answers.
fn answered(openssl: &Path) -> (Setup, ClusterSpec) {
    let setup = Setup::new();
    let cluster = ClusterSpec {
        external_authority: true,
        ..spec("kubeadm", &[("m1", "10.0.0.1")])
    };
    setup.set_up(setup.request(&cluster));
    let files = outside(&setup, openssl).answers(&setup.root);
    let plan = setup.plan(&import(files, Vec::new())).expect("a plan");
    assert_eq!(
        (plan.summary.issues.len(), plan.summary.left_alone.len()),
        (ASKED.len(), 0),
        "{:#?}",
        plan.summary
    );
    apply(&setup, &plan);
    (setup, cluster)
}

#[test]
fn what_somebody_elses_authority_answers_makes_a_cluster() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let (setup, _) = answered(&openssl);
    let inventory = setup.read();
    let broken: Vec<_> = inventory
        .items
        .iter()
        .filter(|item| item.content.is_err())
        .map(|item| &item.id)
        .collect();
    assert!(
        broken.is_empty() && inventory.items.len() >= 15,
        "{broken:?}"
    );
    let pki = setup.file("/etc/kubernetes/pki");
    verify(
        &openssl,
        &pki,
        &[("apiserver", "ca"), ("etcd/peer", "etcd/ca")],
    );
    if let Some(kubectl) = tool("kubectl") {
        let admin = setup.file("/etc/kubernetes/admin.conf");
        let shown = succeed(
            &kubectl,
            &["config", "view", "--raw", "--kubeconfig", text(&admin)],
        );
        assert!(
            shown.contains("client-certificate-data")
                && shown.contains("certificate-authority-data")
        );
    }
}

#[test]
fn with_everything_answered_nothing_is_to_do_and_keys_and_requests_stay() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let (setup, cluster) = answered(&openssl);
    let again = setup
        .plan(&Request::Setup(Box::new(setup.request(&cluster))))
        .expect("a plan")
        .summary;
    assert!(again.changes.is_empty(), "{:#?}", again.changes);
    apply(&setup, &setup.plan(&Request::Undo(None)).expect("a plan"));
    let at = |name: &str| setup.file(&format!("/etc/kubernetes/pki/{name}"));
    assert!(!at("ca.crt").exists() && at("apiserver.key").exists() && at("apiserver.csr").exists());
}

/// Nothing but the kept answers says where keys wait that lie elsewhere, and that members have a CA
/// of their own.
#[test]
fn answers_find_keys_that_lie_elsewhere_and_the_authority_of_peers() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let setup = Setup::new();
    let mut cluster = spec("kubeadm", &[("m1", "10.0.0.1")]);
    cluster.external_authority = true;
    cluster.certificates_directory = Some("/srv/pki".to_owned());
    cluster.etcd.peer_authority = true;
    setup.set_up(setup.request(&cluster));
    let outside = outside(&setup, &openssl);
    let asked = |name: &str| setup.file(&format!("/srv/pki/{name}.csr"));
    let leaves = [
        ("apiserver", SERVER, "kubernetes"),
        ("etcd/server", BOTH, "etcd"),
        ("etcd/peer", BOTH, "front"),
    ];
    let signed = leaves.map(|(name, extensions, ca)| {
        outside.sign(
            &asked(name),
            extensions,
            ca,
            &format!("{}.crt", name.replace('/', "-")),
        )
    });
    let authorities =
        ["root", "kubernetes", "etcd", "front"].map(|name| outside.path(&format!("{name}.crt")));
    let files = signed
        .iter()
        .chain(&authorities)
        .map(|file| text(file).to_owned())
        .collect();
    let clusters = setup
        .changer()
        .records()
        .clusters()
        .expect("kept answers")
        .all;
    let plan = setup.plan(&import(files, clusters)).expect("a plan");
    let roles: BTreeSet<&str> = plan
        .summary
        .issues
        .iter()
        .map(|issue| issue.id.as_str())
        .collect();
    assert_eq!(
        roles,
        BTreeSet::from(["apiserver", "etcd-peer", "etcd-server"])
    );
    apply(&setup, &plan);
    let chains = [
        ("apiserver", "ca"),
        ("etcd/server", "etcd/ca"),
        ("etcd/peer", "etcd/peer-ca"),
    ];
    verify(&openssl, &setup.file("/srv/pki"), &chains);
}

#[test]
fn the_split_layout_has_its_requests_and_a_single_authority_cannot_be_somebody_elses() {
    let external = |layout: &str| ClusterSpec {
        external_authority: true,
        ..spec(layout, &[("m1", "10.0.0.1")])
    };
    let setup = Setup::new();
    setup.set_up(setup.request(&external("split")));
    let made = files(&setup.root);
    assert_eq!(
        made.iter().filter(|path| is(path, "csr")).count(),
        9,
        "{made:#?}"
    );
    assert!(
        !made
            .iter()
            .any(|path| path.ends_with("ca.crt") || path.ends_with("ca.key")),
        "{made:#?}"
    );
    let single = setup.plan(&Request::Setup(Box::new(
        setup.request(&external("single-ca")),
    )));
    assert!(single.expect_err("its key signs tokens").problem.why[0].contains("externalAuthority"));
}
