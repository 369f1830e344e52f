//! What is there already: it stays where it fits, is refused where it does not, and is never written over unasked
//! (kubeadm certs.go, kubeconfig.go).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use kubepki::engine::change::{Failure, FailureKind};
use kubepki::kubernetes::component::Component;
use kubepki::pki::Secret;
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::plan::{Passphrase, Plan, RenewRequest, Request, Selection, SetupRequest};
use kubepki::record::Place;
use kubepki::setup::NodeRole::ControlPlane;
use kubepki::setup::{AuthorityKeys, ClusterSpec};

use crate::support::new_cluster::{self, Stage, cluster, node};
use crate::support::{succeed, text, tool};

const PKI: &str = "/etc/kubernetes/pki";

fn master(layout: &str) -> (Stage, ClusterSpec) {
    let (stage, cluster) = (Stage::new(), cluster(layout, vec![node("m1", "10.0.0.1", &[ControlPlane])]));
    stage.set_up(&cluster);
    (stage, cluster)
}

/// What the plan changes below the root.
fn changed(plan: &Plan) -> Vec<&str> {
    let master = plan.changes.iter().filter(|change| change.place == Place::Master);
    master.map(|change| change.path.as_str()).collect()
}

fn words(failure: &Failure) -> String {
    format!("{}: {} ({})", failure.problem.what, failure.problem.why.join("; "), failure.problem.hint)
}

#[test]
fn a_second_setup_has_nothing_to_do() {
    for layout in ["kubeadm", "split", "single-ca"] {
        let (stage, cluster) = master(layout);
        let plan = stage.plan(stage.request(&cluster)).expect("a plan");
        assert_eq!(changed(&plan), [""; 0], "{layout}");
        let said = &plan.summary.warnings;
        // One that holds for the layout, whatever is there.
        let surprises = said.iter().filter(|one| !one.starts_with("the CA's key signs service account tokens too"));
        assert!(plan.summary.issues.is_empty() && surprises.count() == 0, "{layout}: {said:?}");
    }
}

#[test]
fn what_is_missing_is_made_again_and_nothing_else() {
    let (stage, cluster) = master("kubeadm");
    let gone = ["apiserver.crt", "apiserver.key", "sa.pub"].map(|name| format!("{PKI}/{name}"));
    for path in gone.iter().chain([&"/etc/kubernetes/admin.conf".to_owned()]) {
        fs::remove_file(stage.file(path)).expect("removed");
    }
    let plan = stage.set_up(&cluster);
    let mut expected = vec!["/etc/kubernetes/admin.conf"];
    expected.extend(gone.iter().map(String::as_str));
    let mut found = changed(&plan);
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(plan.summary.issues.len(), 2);
    let again = stage.plan(stage.request(&cluster)).expect("a plan");
    assert_eq!(changed(&again), [""; 0]);
}

type Damage = fn(&Stage, &mut ClusterSpec);

fn write(stage: &Stage, path: &str, content: impl AsRef<[u8]>) {
    fs::write(stage.file(path), content).expect("written");
}

fn copy(stage: &Stage, from: &str, to: &str) {
    fs::copy(stage.file(&format!("{PKI}/{from}")), stage.file(&format!("{PKI}/{to}"))).expect("copied");
}

fn remove(stage: &Stage, path: &str) {
    fs::remove_file(stage.file(path)).expect("removed");
}

/// A file, why it cannot stay, and how it came to that.
const DAMAGED: [(&str, &str, Damage); 18] = [
    ("apiserver.crt", "its subject alternative names lack DNS:more.example.com", |_, cluster| {
        cluster.api_server_sans.push("more.example.com".to_owned());
    }),
    ("apiserver-etcd-client.crt", "the CA etcd-ca here did not sign it", |stage, _| {
        copy(stage, "apiserver-kubelet-client.crt", "apiserver-etcd-client.crt");
        copy(stage, "apiserver-kubelet-client.key", "apiserver-etcd-client.key");
    }),
    ("apiserver.crt", "its subject alternative names lack", |stage, _| {
        copy(stage, "apiserver-kubelet-client.crt", "apiserver.crt");
        copy(stage, "apiserver-kubelet-client.key", "apiserver.key");
    }),
    ("apiserver.key", "it is not the key of the certificate beside it", |stage, _| {
        copy(stage, "sa.key", "apiserver.key");
    }),
    ("ca.key", "it is not the key of the certificate beside it", |stage, _| copy(stage, "sa.key", "ca.key")),
    ("sa.pub", "it is not the public half of the key beside it", |stage, _| {
        let other = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
        write(stage, "/etc/kubernetes/pki/sa.pub", other.public_pem());
    }),
    ("sa.pub", "its private half /etc/kubernetes/pki/sa.key is not", |stage, _| {
        remove(stage, "/etc/kubernetes/pki/sa.key");
    }),
    ("ca.crt", "it is not a CA", |stage, _| copy(stage, "apiserver.crt", "ca.crt")),
    ("front-proxy-ca.key", "the CA's certificate /etc/kubernetes/pki/front-proxy-ca.crt is not", |stage, _| {
        remove(stage, "/etc/kubernetes/pki/front-proxy-ca.crt");
    }),
    ("apiserver.key", "its certificate /etc/kubernetes/pki/apiserver.crt is not", |stage, _| {
        remove(stage, "/etc/kubernetes/pki/apiserver.crt");
    }),
    ("apiserver.crt", "its key /etc/kubernetes/pki/apiserver.key is not", |stage, _| {
        remove(stage, "/etc/kubernetes/pki/apiserver.key");
    }),
    ("etcd/peer.crt", "", |stage, _| write(stage, "/etc/kubernetes/pki/etcd/peer.crt", "")),
    ("etcd/peer.key", "it holds no private key", |stage, _| {
        write(stage, "/etc/kubernetes/pki/etcd/peer.key", "\0\0");
    }),
    ("ca.crt", "", |stage, _| {
        write(stage, "/etc/kubernetes/pki/ca.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    }),
    ("../admin.conf", "the CA in it is not the one here", |stage, _| {
        let kubeconfig = fs::read_to_string(stage.file("/etc/kubernetes/admin.conf")).expect("read");
        let other = fs::read_to_string(stage.file("/etc/kubernetes/pki/etcd/ca.crt")).expect("read");
        let other = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, other);
        let line = kubeconfig.lines().find(|line| line.contains("certificate-authority-data")).expect("a line");
        let data = line.rsplit(' ').next().expect("data");
        write(stage, "/etc/kubernetes/admin.conf", kubeconfig.replace(data, &other));
    }),
    ("../admin.conf", "", |stage, _| write(stage, "/etc/kubernetes/admin.conf", "{[")),
    ("etcd/server.crt", "its CN is \"m1\", not \"m2\"", |_, cluster| {
        cluster.api_server_sans.push("m2".to_owned());
        cluster.etcd.server_sans.push("m1".to_owned());
        "m2".clone_into(&mut cluster.nodes[0].name);
    }),
    ("apiserver.crt", "its subject alternative names lack IP:10.0.0.2", |_, cluster| {
        cluster.nodes[0].addresses = vec!["10.0.0.2".parse().expect("an address")];
    }),
];

#[test]
fn what_does_not_fit_is_named_with_the_reason() {
    for (name, why, damage) in DAMAGED {
        let (stage, mut cluster) = master("kubeadm");
        let nodes = cluster.nodes.clone();
        damage(&stage, &mut cluster);
        let before = new_cluster::listing(&stage.root);
        let failure = stage.plan(stage.request(&cluster)).expect_err(name);
        let said = words(&failure);
        let path =
            name.strip_prefix("../").map_or_else(|| format!("{PKI}/{name}"), |name| format!("/etc/kubernetes/{name}"));
        let is_named = said.contains(&path) || name == "etcd/server.crt" && said.contains("lack DNS:m2");
        assert!(is_named && (said.contains(why) || name == "etcd/server.crt"), "{name}, {why}: {said}");
        assert_eq!(new_cluster::listing(&stage.root), before, "{name}");
        let hinted = said.split("--replace ").nth(1).and_then(|rest| rest.split([' ', '\n', '\'', ')']).next());
        let replace = vec![hinted.unwrap_or_else(|| panic!("{name}: no hint in {said}")).to_owned()];
        let plan = stage.plan(SetupRequest { replace: replace.clone(), ..stage.request(&cluster) });
        // Another name or address of the node is more than one file's fault.
        let is_way_out = cluster.nodes != nodes || plan.is_ok_and(|plan| !plan.changes.is_empty());
        assert!(is_way_out, "{name}, {why}: {replace:?} is no way out");
    }
}

#[test]
fn somebody_may_have_it_made_anew() {
    let (stage, mut cluster) = master("kubeadm");
    cluster.api_server_sans.push("more.example.com".to_owned());
    let replace = vec![format!("{PKI}/apiserver.crt")];
    let plan = stage.plan(SetupRequest { replace, ..stage.request(&cluster) }).expect("a plan");
    assert_eq!(changed(&plan), [format!("{PKI}/apiserver.key"), format!("{PKI}/apiserver.crt")]);
    stage.apply(&plan);
    assert_eq!(changed(&stage.plan(stage.request(&cluster)).expect("a plan")), [""; 0]);
}

#[test]
fn a_new_authority_makes_all_below_it_anew() {
    let (stage, cluster) = master("kubeadm");
    let replace = vec![format!("{PKI}/front-proxy-ca.key")];
    let plan = stage.plan(SetupRequest { replace, ..stage.request(&cluster) }).expect("a plan");
    let mut found = changed(&plan);
    found.sort_unstable();
    let expected = ["ca.crt", "ca.key", "client.crt", "client.key"].map(|name| format!("{PKI}/front-proxy-{name}"));
    assert_eq!(found, expected);
    let said = &plan.summary.warnings;
    assert!(said.iter().any(|one| one == "front-proxy-client is made anew too: front-proxy-ca is"), "{said:?}");
    stage.apply(&plan);
    assert_eq!(changed(&stage.plan(stage.request(&cluster)).expect("a plan")), [""; 0]);
}

#[test]
fn what_others_trust_goes_only_by_its_own_name() {
    let (stage, cluster) = master("kubeadm");
    let anew = |name: &str| SetupRequest { replace: vec![format!("{PKI}/{name}")], ..stage.request(&cluster) };
    let said = words(&stage.plan(anew("ca.crt")).expect_err("its key would go too"));
    assert!(
        said.contains("is not made anew without its key") && said.contains(&format!("--replace {PKI}/ca.key")),
        "{said}"
    );
    fs::write(stage.file("/etc/kubernetes/pki/sa.pub"), "damaged").expect("written");
    let plan = stage.plan(anew("sa.pub")).expect("a plan");
    assert_eq!(changed(&plan), [format!("{PKI}/sa.pub")]);
    stage.apply(&plan);
    for (name, effect, component) in [
        ("sa.key", "every service account token of the cluster is worthless", Component::KubeApiserver),
        ("sa.key", "every service account token of the cluster is worthless", Component::KubeControllerManager),
        ("ca.key", "kube-root-ca.crt", Component::KubeControllerManager),
        ("etcd/ca.key", "what the old one signed anywhere", Component::Etcd),
    ] {
        let summary = stage.plan(anew(name)).expect("a plan").summary;
        assert!(summary.warnings.iter().any(|one| one.contains(effect)), "{name}: {:?}", summary.warnings);
        let mut restarts = summary.must_restart();
        assert!(restarts.any(|one| one.component == component), "{name}: {:?}", summary.restarts);
    }
}

#[test]
fn a_key_that_others_can_read_is_closed() {
    let (stage, cluster) = master("kubeadm");
    let mode = |path: &str, mode| {
        fs::set_permissions(stage.file(path), fs::Permissions::from_mode(mode)).expect("its mode is set");
    };
    mode("/etc/kubernetes/pki/ca.key", 0o644);
    mode("/etc/kubernetes/pki/sa.key", 0o400);
    let plan = stage.plan(stage.request(&cluster)).expect("a plan");
    assert_eq!(changed(&plan), [format!("{PKI}/ca.key")]);
    assert_eq!(plan.summary.restarts, []);
    let told = |name: &str| {
        let mut files = plan.summary.nodes[0].files.iter();
        files.find(|file| file.path == format!("{PKI}/{name}")).map(|file| (file.mode, file.kept))
    };
    assert_eq!((told("ca.key"), told("sa.key")), (Some((0o600, true)), Some((0o400, true))));
    stage.apply(&plan);
    let listed = new_cluster::listing(&stage.root);
    assert!(
        listed.contains(&format!("0600 {PKI}/ca.key")) && listed.contains(&format!("0400 {PKI}/sa.key")),
        "{listed:?}"
    );
    assert_eq!(changed(&stage.plan(stage.request(&cluster)).expect("a plan")), [""; 0]);
}

#[test]
fn an_authority_whose_key_kubeadm_cannot_read_is_told() {
    let Some(openssl) = tool("openssl") else { return };
    let (stage, cluster) = (Stage::new(), cluster("kubeadm", vec![node("m1", "10.0.0.1", &[ControlPlane])]));
    let (key, certificate) = (stage.file("/etc/kubernetes/pki/ca.key"), stage.file("/etc/kubernetes/pki/ca.crt"));
    fs::create_dir_all(key.parent().expect("a folder")).expect("a folder");
    succeed(&openssl, &["genpkey", "-algorithm", "ED25519", "-out", text(&key)]);
    let usage = ["-addext", "keyUsage=critical,digitalSignature,keyCertSign"];
    let own =
        ["req", "-x509", "-key", text(&key), "-out", text(&certificate), "-subj", "/CN=kubernetes", "-days", "4000"];
    succeed(&openssl, &[&own[..], &usage].concat());
    let said = stage.plan(stage.request(&cluster)).expect("a plan").summary.warnings;
    assert!(said.iter().any(|one| one.contains("ca.key is an Ed25519 key")), "{said:?}");
}

#[test]
fn without_its_key_an_authority_signs_nothing() {
    let (stage, mut cluster) = master("split");
    remove(&stage, "/etc/kubernetes/pki/ca.key");
    assert_eq!(changed(&stage.plan(stage.request(&cluster)).expect("all is there")), [""; 0]);
    remove(&stage, "/etc/kubernetes/pki/apiserver.crt");
    remove(&stage, "/etc/kubernetes/pki/apiserver.key");
    let said = words(&stage.plan(stage.request(&cluster)).expect_err("no key"));
    assert!(said.contains("the key of the CA ca is not here") && said.contains("/etc/kubernetes/pki/ca.key"), "{said}");
    assert!(said.contains("--external-authority"), "{said}");
    // A node more needs the CA too.
    cluster.nodes.push(node("m2", "10.0.0.2", &[ControlPlane]));
    let only = vec!["m2".to_owned()];
    let said = words(&stage.plan(SetupRequest { only, ..stage.request(&cluster) }).expect_err("no key"));
    assert!(said.contains("the key of the CA ca is not here"), "{said}");
}

#[test]
fn a_leaf_does_not_outlive_the_authority_that_stays() {
    let (stage, mut cluster) = master("kubeadm");
    remove(&stage, "/etc/kubernetes/scheduler.conf");
    cluster.certificate_hours = 87_601;
    cluster.authority_hours = 90_000;
    let said = words(&stage.plan(stage.request(&cluster)).expect_err("the CA ends first"));
    assert!(said.contains("scheduler.conf@m1 would outlive its CA ca") && said.contains("hours or less"), "{said}");
}

#[test]
fn an_encrypted_authority_asks_for_its_passphrase() {
    let Some(openssl) = tool("openssl") else { return };
    let (stage, cluster) = master("kubeadm");
    let (key, sealed) = (stage.file("/etc/kubernetes/pki/ca.key"), stage.folder.path().join("sealed"));
    let pass = ["-v2", "aes-256-cbc", "-passout", "pass:open sesame"];
    succeed(&openssl, &[&["pkcs8", "-topk8", "-in", text(&key), "-out", text(&sealed)][..], &pass].concat());
    fs::copy(sealed, &key).expect("copied");
    assert_eq!(changed(&stage.plan(stage.request(&cluster)).expect("nothing is signed")), [""; 0]);
    remove(&stage, "/etc/kubernetes/scheduler.conf");
    let failure = stage.plan(stage.request(&cluster)).expect_err("a passphrase is needed");
    assert!(matches!(failure.kind, FailureKind::Passphrase { .. }), "{failure:?}");
    let text = Secret::new(b"open sesame".to_vec());
    let passphrases = vec![Passphrase { asked_for: None, text }];
    let plan = stage.plan(SetupRequest { passphrases, ..stage.request(&cluster) }).expect("a plan");
    assert_eq!(changed(&plan), ["/etc/kubernetes/scheduler.conf"]);
}

#[test]
fn keys_that_are_kept_apart_are_on_no_node() {
    let stage = Stage::new();
    let nodes = [("m1", "10.0.0.1"), ("m2", "10.0.0.2"), ("m3", "10.0.0.3")];
    let mut cluster = cluster("kubeadm", nodes.map(|(name, address)| node(name, address, &[ControlPlane])).to_vec());
    cluster.control_plane_endpoint = Some("api.example.com".to_owned());
    cluster.authority_keys = AuthorityKeys::Apart;
    cluster.intermediate_authorities = true;
    stage.set_up(&cluster);
    let keys = |root: &std::path::Path| {
        let all = new_cluster::listing(root).into_iter();
        all.filter(|line| line.ends_with("ca.key")).collect::<Vec<_>>()
    };
    assert_eq!(keys(&stage.root), [""; 0]);
    let (Some(other), Some(apart)) = (stage.unpacked("test-m3"), stage.unpacked("test-authorities")) else { return };
    assert_eq!(keys(&other), [""; 0]);
    assert_eq!(keys(&apart).len(), 4, "the root's, and three CAs'");
    for name in ["ca.crt", "sa.key", "front-proxy-ca.crt", "etcd/ca.crt"] {
        let read = |root: &std::path::Path| fs::read(root.join("etc/kubernetes/pki").join(name)).expect(name);
        assert_eq!(read(&other), read(&stage.root), "{name}");
    }
    let own = |root: &std::path::Path| fs::read(root.join("etc/kubernetes/pki/apiserver.crt")).expect("a pair");
    assert_ne!(own(&other), own(&stage.root));
}

#[test]
fn a_peer_is_renewed_by_the_authority_of_peers() {
    let stage = Stage::new();
    let mut cluster = cluster("kubeadm", vec![node("m1", "10.0.0.1", &[ControlPlane])]);
    cluster.etcd.peer_authority = true;
    stage.set_up(&cluster);
    let request =
        RenewRequest { to_specification: true, ..RenewRequest::new(Selection::Items(vec!["etcd-peer".into()])) };
    let plan = stage.make(&Request::Renew(request)).expect("a plan");
    assert_eq!(plan.summary.issues[0].authority, "etcd-peer-ca");
    assert_eq!(plan.summary.warnings, [""; 0]);
}
