//! Answers of somebody else's CA: openssl signs the requests of `kubeadm certs generate-csr`, kubepki places the answers,
//! openssl and kubectl judge.

use std::fs;
use std::path::{Path, PathBuf};

use kubepki::engine::change::{Changer, Failure};
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::Inventory;
use kubepki::inventory::tree::Verified;
use kubepki::plan::{ImportRequest, Plan, Request};
use kubepki::progress::silent;
use kubepki::record::{OperationState, Settings};
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::support::outside::{ASKED, CLIENT, Outside, SERVER};
use crate::support::{succeed, text, tool};

const PKI: &str = "etc/kubernetes/pki";
struct Master {
    _folder: TempDir,
    root: PathBuf,
    state: PathBuf,
    outside: Outside,
}

fn master() -> Option<Master> {
    let openssl = tool("openssl")?;
    let folder = TempDir::new().expect("a folder");
    let archive = format!("{}/tests/fixtures/samples/kubeadm-1.36-generate-csr.tar.gz", env!("CARGO_MANIFEST_DIR"));
    succeed(&tool("tar")?, &["-xpzf", &archive, "-C", text(folder.path())]);
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).expect("a folder");
    let outside = Outside::new(openssl, &outside);
    let (root, state) = (folder.path().join("kubeadm-1.36-generate-csr"), folder.path().join("state"));
    Some(Master { _folder: folder, root, state, outside })
}

fn import(files: Vec<String>) -> Request {
    Request::Import(ImportRequest { files, ..ImportRequest::default() })
}

impl Master {
    fn options(&self) -> OpenOptions {
        OpenOptions { root: self.root.clone(), processes: false, ..OpenOptions::default() }
    }

    fn read(&self) -> Inventory {
        open(&self.options(), &silent, &mut Verified::new()).expect("it can be read")
    }

    fn changer(&self) -> Changer {
        Changer::with_settings(&self.options(), Some(&self.state), Settings::default())
    }

    fn plan(&self, files: Vec<String>) -> Result<Plan, Failure> {
        self.changer().prepare(&self.read(), &import(files), OffsetDateTime::now_utc(), &silent)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

#[test]
fn all_answers_find_their_keys_and_everything_verifies() {
    let Some(master) = master() else { return };
    let plan = master.plan(master.outside.answers(&master.root)).expect("a plan");
    assert_eq!(plan.summary.issues.len(), ASKED.len(), "{:#?}", plan.summary);
    assert_eq!(plan.summary.left_alone, [], "nothing is left over");
    assert!(!master.file(PKI).join("ca.crt").exists(), "a plan changes nothing");
    let done = master.changer().apply(&plan, &silent).expect("it is applied");
    assert_eq!((done.state, done.error), (OperationState::Done, None));
    let openssl = &master.outside.openssl;
    for (name, ca) in [
        ("apiserver", "ca.crt"),
        ("apiserver-kubelet-client", "ca.crt"),
        ("apiserver-etcd-client", "etcd/ca.crt"),
        ("front-proxy-client", "front-proxy-ca.crt"),
        ("etcd/server", "etcd/ca.crt"),
        ("etcd/peer", "etcd/ca.crt"),
        ("etcd/healthcheck-client", "etcd/ca.crt"),
    ] {
        let (leaf, key) = (master.file(PKI).join(format!("{name}.crt")), master.file(PKI).join(format!("{name}.key")));
        succeed(openssl, &["verify", "-x509_strict", "-CAfile", text(&master.file(PKI).join(ca)), text(&leaf)]);
        let half = |arguments: &[&str]| succeed(openssl, arguments);
        assert_eq!(
            half(&["x509", "-in", text(&leaf), "-noout", "-pubkey"]),
            half(&["pkey", "-in", text(&key), "-pubout"]),
            "{name}"
        );
    }
    let inventory = master.read();
    let broken: Vec<_> = inventory.items.iter().filter(|item| item.content.is_err()).map(|item| &item.id).collect();
    assert!(broken.is_empty(), "{broken:?}");
    assert!(inventory.keys.is_empty(), "no key waits: {:?}", inventory.keys);
    if let Some(kubectl) = tool("kubectl") {
        for name in ["admin.conf", "super-admin.conf", "controller-manager.conf", "scheduler.conf", "kubelet.conf"] {
            let path = master.file("etc/kubernetes").join(name);
            let shown = succeed(&kubectl, &["config", "view", "--raw", "--kubeconfig", text(&path)]);
            assert!(
                shown.contains("client-certificate-data") && shown.contains("certificate-authority-data"),
                "{name}"
            );
        }
    }
    let placed = fs::read(master.file(PKI).join("apiserver.crt")).expect("read");
    let again = master.outside.path("again.crt");
    fs::write(&again, &placed).expect("written");
    let again = master.plan(vec![text(&again).to_owned()]).expect("a plan").summary;
    assert!(again.changes.is_empty() && again.issues.is_empty(), "{again:?}");
    assert_eq!(again.left_alone[0].why, "this certificate is in its place already");
}

fn because(answer: Result<Plan, Failure>) -> String {
    answer.expect_err("refused").problem.why.join("; ")
}

#[test]
fn what_is_not_what_was_asked_for_is_refused_whole() {
    let Some(master) = master() else { return };
    let outside = &master.outside;
    let request = master.file("etc/kubernetes/pki/apiserver.csr");
    let key = master.file(PKI).join("apiserver.key");
    let ca = outside.path("kubernetes.crt");
    let plan = |files: &[&Path]| master.plan(files.iter().map(|file| text(file).to_owned()).collect());
    let good = outside.sign(&request, SERVER, "kubernetes", "good.crt");
    assert!(because(plan(&[&good])).contains("no CA that was given or is here has signed it"));
    let client = outside.sign(&request, CLIENT, "kubernetes", "client.crt");
    assert!(because(plan(&[&client, &ca])).contains("not for server auth"));
    let bare = outside.sign(&outside.ask(&key, "kube-apiserver"), SERVER, "kubernetes", "bare.crt");
    assert!(because(plan(&[&bare, &ca])).contains("it lacks the names DNS:cp1"));
    let other = outside.sign(&outside.ask(&key, "somebody"), SERVER, "kubernetes", "other.crt");
    assert!(because(plan(&[&other, &ca])).contains("it is for CN=somebody, asked was CN=kube-apiserver"));
    assert!(because(plan(&[&good, &bare, &ca])).contains("are both for"));
    let later = OffsetDateTime::now_utc() + time::Duration::days(100);
    let files = vec![text(&good).to_owned(), text(&ca).to_owned()];
    let late = master.changer().prepare(&master.read(), &import(files), later, &silent);
    assert!(because(late).contains("it has ended on"));
    assert!(!master.file(PKI).join("apiserver.crt").exists());
    assert!(plan(&[&good, &ca, &ca]).is_ok(), "the same CA twice is no other CA");
}

#[test]
fn what_is_no_answer_is_told() {
    let Some(master) = master() else { return };
    let outside = &master.outside;
    let plan = |file: &Path| master.plan(vec![text(file).to_owned()]);
    let noise = outside.path("noise");
    fs::write(&noise, "no certificate").expect("written");
    assert!(because(plan(&noise)).contains("holds no certificate"));
    assert!(because(plan(&outside.path("root.key"))).contains("holds no certificate, but: PRIVATE KEY"));
    assert!(because(plan(&outside.path("absent"))).contains("does not exist"));
    let stranger = outside.sign(&outside.ask(&outside.path("root.key"), "x"), CLIENT, "kubernetes", "stranger.crt");
    assert!(because(plan(&stranger)).contains("no key here belongs to it"));
    assert!(because(plan(&outside.path("root.crt"))).contains("this CA has signed nothing that is placed here"));
    assert!(master.plan(Vec::new()).is_err());
}

#[test]
fn an_authority_that_nobody_takes_is_not_placed() {
    let Some(master) = master() else { return };
    let outside = &master.outside;
    let request = master.file("etc/kubernetes/pki/apiserver.csr");
    let plan = |files: &[&Path]| master.plan(files.iter().map(|file| text(file).to_owned()).collect());
    let (root, ca) = (outside.path("root.crt"), outside.path("kubernetes.crt"));
    let answer = outside.sign(&request, SERVER, "kubernetes", "answer.crt");
    let again = outside.ask(&outside.path("kubernetes.key"), "kubernetes of somebody else");
    let extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n";
    let again = outside.lasting(-1).sign(&again, extensions, "kubernetes", "again.crt");
    let why = because(plan(&[&answer, &again]));
    assert!(why.contains("its CA CN=kubernetes of somebody else has ended on"), "{why}");
    assert!(plan(&[&answer, &again, &ca, &root]).is_ok(), "one of two with the same key and name is taken");
    let wrong = outside.sign(&request, "basicConstraints=critical,CA:TRUE\n", "kubernetes", "wrong.crt");
    let why = because(plan(&[&wrong, &ca]));
    assert!(why.contains("apiserver.crt: it is a CA's certificate (basic constraints)"), "{why}");
}

#[test]
fn what_may_surprise_is_said() {
    let Some(master) = master() else { return };
    let outside = &master.outside;
    let sign = |name: &str, extensions: &str| {
        outside.sign(&master.file(&format!("{PKI}/{name}.csr")), extensions, "kubernetes", &format!("{name}.crt"))
    };
    let plan = |files: &[&Path]| master.plan(files.iter().map(|file| text(file).to_owned()).collect()).expect("a plan");
    let told = |plan: &Plan, word: &str| plan.summary.warnings.iter().filter(|text| text.contains(word)).count();
    let (root, ca) = (outside.path("root.crt"), outside.path("kubernetes.crt"));
    let (apiserver, front) = (sign("apiserver", SERVER), sign("front-proxy-client", CLIENT));
    let whole = plan(&[&apiserver, &ca, &root]);
    assert_eq!(whole.summary.warnings.len(), 1, "{:?}", whole.summary.warnings);
    assert_eq!(told(&plan(&[&apiserver, &ca]), "without the one above it, CN=root of somebody else"), 1);
    assert_eq!(told(&plan(&[&apiserver, &front, &ca, &root]), "one CA signs clients and the front proxy"), 1);
    master.changer().apply(&whole, &silent).expect("it is applied");
    assert_eq!(
        told(&plan(&[&front, &ca, &root]), "one CA signs clients and the front proxy"),
        1,
        "it is there already"
    );
    let longer =
        outside.lasting(200).sign(&master.file(&format!("{PKI}/apiserver.csr")), SERVER, "kubernetes", "longer.crt");
    let longer = plan(&[&longer]);
    assert_eq!(told(&longer, "ends on"), 0);
    master.changer().apply(&longer, &silent).expect("it is applied");
    assert_eq!(told(&plan(&[&apiserver]), "the one that /etc/kubernetes/pki/apiserver.crt has now on"), 1);
}
