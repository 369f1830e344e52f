//! What follows from the disk, from what ports serve and from who trusts it: on masters made by kubeadm, with what the
//! same master served before its certificates were renewed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::bootstrap::TokenFileItem;
use kubepki::inventory::process::{Keeper, Process};
use kubepki::inventory::tree::Verified;
use kubepki::inventory::{Inventory, ItemIndex, Trouble, Unread};
use kubepki::kubernetes::component::Component;
use kubepki::kubernetes::flags::FlagFact;
use kubepki::pki::issue::CertificateSpec;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::pki::{Certificate, ExtendedKeyUsage, Name};
use kubepki::progress::silent;
use kubepki::running::{
    ComponentStatus, Observation, PortAnswer, Remedy, SeenOnPort, Served, ServerVerdict, Silence, kubeconfig_views,
    ports, statuses,
};
use tempfile::TempDir;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::{authority, succeed, text, tool};

/// Between the first and the last second of the samples' certificates.
const MOMENT: OffsetDateTime = datetime!(2026-11-22 03:12 UTC);

fn unpack(name: &str, folder: &Path) -> Option<PathBuf> {
    let archive = format!("{}/tests/fixtures/samples/{name}.tar.gz", env!("CARGO_MANIFEST_DIR"));
    succeed(&tool("tar")?, &["-xpzf", &archive, "-C", text(folder)]);
    Some(folder.join(name))
}

fn read(root: &Path) -> Inventory {
    let options = OpenOptions { root: root.to_owned(), ..OpenOptions::default() };
    open(&options, &silent, &mut Verified::new()).expect("a master")
}

/// A master, and what stood there before: the same one not renewed, and one with other CAs.
struct Masters {
    _folder: TempDir,
    now: Inventory,
    before: Inventory,
    stranger: Inventory,
}

fn masters() -> Option<Masters> {
    let folder = TempDir::new().expect("a folder");
    let read = |name| Some(read(&unpack(name, folder.path())?));
    let (now, before) = (read("kubeadm-1.36-rsa-renewed")?, read("kubeadm-1.36-rsa")?);
    Some(Masters { now, before, stranger: read("kubeadm-1.36-ecdsa")?, _folder: folder })
}

fn certificate(inventory: &Inventory, id: &str) -> Certificate {
    let item = inventory.items.iter().find(|item| &*item.id == id).expect("an item");
    item.certificate().expect("a certificate").clone()
}

/// The moment at which the file of an item changed.
fn changed_at(inventory: &Inventory, id: &str) -> OffsetDateTime {
    inventory.items.iter().find(|item| &*item.id == id).and_then(|item| item.changed_at).expect("a file's date")
}

fn answer(of: &str, at: OffsetDateTime, result: Result<Vec<Certificate>, Silence>) -> PortAnswer {
    let served = |chain| Served { chain, version: "TLS 1.3", demands_client: false, fault: None };
    PortAnswer { of: of.into(), address: format!("{of}:1"), at, result: result.map(served) }
}

fn process(component: Component, started_at: OffsetDateTime) -> Process {
    let (keeper, flags) = (Keeper::Unknown, Vec::new());
    Process { pid: 7, component, started_at, since_boot: None, keeper, flags }
}

fn truth(inventory: &Inventory, observation: &Observation, name: &str) -> ComponentStatus {
    let all = statuses(inventory, observation, MOMENT);
    all.into_iter().find(|truth| &*truth.name == name).expect("a truth of that name")
}

/// What one answer of the API server's port means.
fn of_api_server(
    inventory: &Inventory,
    at: OffsetDateTime,
    result: Result<Vec<Certificate>, Silence>,
) -> ComponentStatus {
    let observation = Observation { answers: vec![answer("kube-apiserver", at, result)], processes: None };
    truth(inventory, &observation, "kube-apiserver")
}

#[test]
fn without_a_look_the_disk_is_judged() {
    let Some(masters) = masters() else { return };
    let statuses = statuses(&masters.now, &Observation::default(), MOMENT);
    let names: Vec<&str> = statuses.iter().map(|truth| &*truth.name).collect();
    assert_eq!(names, ["etcd", "etcd-peer", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"]);
    for truth in &statuses {
        assert_eq!((truth.remedy, &truth.served), (Remedy::Nothing, &SeenOnPort::NotAsked), "{truth:?}");
        assert!(!truth.is_known(), "nobody looked: {truth:?}");
        assert!(truth.trusted.iter().all(|one| one.answer.is_ok()) && truth.stale.is_empty(), "{truth:?}");
    }
    let who: Vec<(&str, bool)> = statuses[2].trusted.iter().map(|one| (&*one.who, one.answer == Ok(true))).collect();
    assert_eq!(who.len(), 6, "five kubeconfigs and the pods: {who:?}");
    assert!(who.contains(&("/etc/kubernetes/controller-manager.conf", true)), "{who:?}");
}

#[test]
fn what_is_served_is_compared_with_the_disk() {
    let Some(masters) = masters() else { return };
    let new = certificate(&masters.now, "apiserver");
    let changed = changed_at(&masters.now, "apiserver");
    let later = changed + Duration::hours(1);
    let same = of_api_server(&masters.now, later, Ok(vec![new.clone()]));
    assert_eq!(same.served, SeenOnPort::Served { certificate: new, is_on_disk: Some(true) });
    assert!(same.is_known());
    assert_eq!((same.remedy, same.why.as_str()), (Remedy::Nothing, "serves what is on the disk: 14d1…9790 for 364 d"));
    let old = certificate(&masters.before, "apiserver");
    let stale = of_api_server(&masters.now, later, Ok(vec![old.clone()]));
    assert_eq!(stale.served, SeenOnPort::Served { certificate: old.clone(), is_on_disk: Some(false) });
    assert_eq!(stale.remedy, Remedy::Restart);
    assert_eq!(stale.why, "serves 389b…3295 for 364 d; on the disk is 14d1…9790 for 364 d");
    assert!(stale.trusted.iter().all(|one| one.answer == Ok(true)), "one CA signed both: {stale:?}");
    let fresh = of_api_server(&masters.now, changed + Duration::seconds(30), Ok(vec![old]));
    assert_eq!(fresh.remedy, Remedy::Reload, "it may still read the new file by itself");
}

#[test]
fn what_nobody_trusts_is_told() {
    let Some(masters) = masters() else { return };
    let later = changed_at(&masters.now, "apiserver") + Duration::hours(1);
    let truth = of_api_server(&masters.now, later, Ok(vec![certificate(&masters.stranger, "apiserver")]));
    assert_eq!(truth.remedy, Remedy::Restart, "what lies on the disk is good");
    assert!(truth.trusted.iter().all(|one| one.answer.is_err()), "{truth:?}");
    let expected =
        "d, signed by another CN=kubernetes than the one here (same name, another key); on the disk is 14d1…";
    assert!(truth.why.contains(expected), "{}", truth.why);
    // The other way round: the disk holds what nobody trusts.
    let mut inventory = masters.now.clone();
    let at = inventory.items.iter().position(|item| &*item.id == "apiserver").expect("the item");
    inventory.items[at].content = Ok(certificate(&masters.stranger, "apiserver"));
    let truth = truth_of_disk(&inventory);
    assert_eq!(truth.remedy, Remedy::Replace);
    assert!(
        truth.why.starts_with("apiserver.crt on the disk is not taken by admin.conf and 5 others"),
        "{}",
        truth.why
    );
    let held = of_api_server(&inventory, later, Ok(vec![certificate(&masters.now, "apiserver")]));
    assert_eq!(held.remedy, Remedy::Replace, "a restart would break what still works");
    assert!(held.why.ends_with("; it serves 14d1…9790 for 364 d"), "{}", held.why);
    assert!(held.trusted.iter().all(|one| one.answer == Ok(true)));
}

fn truth_of_disk(inventory: &Inventory) -> ComponentStatus {
    truth(inventory, &Observation::default(), "kube-apiserver")
}

#[test]
fn dates_are_those_of_the_moment() {
    let Some(masters) = masters() else { return };
    for (moment, expected) in [
        (datetime!(2027-11-21 23:31:00 UTC), None),
        (datetime!(2027-11-21 23:31:01 UTC), Some("apiserver.crt on the disk expired on 2027-11-21")),
        (datetime!(2026-11-21 23:25:59 UTC), Some("apiserver.crt on the disk is valid only from 2026-11-21")),
    ] {
        let statuses = statuses(&masters.now, &Observation::default(), moment);
        let truth = statuses.iter().find(|truth| &*truth.name == "kube-apiserver").expect("it");
        let replaced = (truth.remedy == Remedy::Replace).then_some(truth.why.as_str());
        assert_eq!(replaced, expected, "{moment}");
    }
}

#[test]
fn a_process_holds_what_changed_after_its_start() {
    let Some(masters) = masters() else { return };
    let changed = changed_at(&masters.now, "etcd-ca");
    let look = |started_at| {
        let components = ["etcd", "kube-apiserver", "kube-controller-manager"];
        let processes =
            components.iter().map(|component| process(component.parse().expect("a component"), started_at)).collect();
        Observation { answers: Vec::new(), processes: Some(processes) }
    };
    let held = |observation: &Observation, name| {
        let truth = truth(&masters.now, observation, name);
        let files: Vec<String> = truth.stale.iter().map(|held| held.path.to_string()).collect();
        (truth.remedy, files)
    };
    let early = look(changed - Duration::hours(1));
    let etcd_ca = "/etc/kubernetes/pki/etcd/ca.crt".to_owned();
    assert_eq!(held(&early, "etcd"), (Remedy::Restart, vec![etcd_ca.clone()]));
    assert_eq!(held(&early, "etcd-peer"), (Remedy::Restart, vec![etcd_ca.clone()]));
    let (verb, files) = held(&early, "kube-apiserver");
    assert_eq!(verb, Remedy::Restart);
    assert!(files.contains(&etcd_ca) && files.contains(&"/etc/kubernetes/pki/sa.pub".to_owned()), "{files:?}");
    assert!(!files.contains(&"/etc/kubernetes/pki/apiserver.crt".to_owned()), "it reads that again: {files:?}");
    let (_, files) = held(&early, "kube-controller-manager");
    assert!(files.contains(&"/etc/kubernetes/controller-manager.conf".to_owned()), "{files:?}");
    let why = truth(&masters.now, &early, "etcd").why;
    assert!(why.starts_with("ca.crt changed at ") && why.contains(", after it started ("), "{why}");
    let late = look(changed + Duration::hours(1));
    for name in ["etcd", "kube-apiserver", "kube-controller-manager"] {
        assert_eq!(held(&late, name), (Remedy::Nothing, Vec::new()));
    }
    assert_eq!(truth(&masters.now, &late, "kube-scheduler").process, None);
}

#[test]
fn the_api_server_holds_a_token_file_that_changed_after_its_start() {
    let Some(masters) = masters() else { return };
    let changed = changed_at(&masters.now, "etcd-ca") + Duration::hours(3);
    let of = |named_in| {
        let mut inventory = masters.now.clone();
        inventory.bootstrap.token_files.push(TokenFileItem {
            path: "/etc/kubernetes/token.csv".into(),
            named_in,
            fault: None,
            faults: Vec::new(),
            changed_at: Some(changed),
        });
        let processes = Some(vec![process(Component::KubeApiserver, changed - Duration::hours(1))]);
        truth(&inventory, &Observation { answers: Vec::new(), processes }, "kube-apiserver")
    };
    let truth = of(Some(("/etc/kubernetes/manifests/kube-apiserver.yaml".into(), 20)));
    assert_eq!(truth.remedy, Remedy::Restart);
    assert!(truth.why.starts_with("token.csv changed at "), "{}", truth.why);
    assert_eq!(of(None).remedy, Remedy::Nothing, "it does not read that file");
}

#[test]
fn silence_is_told_with_what_runs() {
    let Some(masters) = masters() else { return };
    let look = |silence: Silence, processes| {
        let answers = vec![answer("kube-apiserver", MOMENT, Err(silence))];
        let truth = truth(&masters.now, &Observation { answers, processes }, "kube-apiserver");
        assert_eq!((truth.remedy, truth.is_known()), (Remedy::Nothing, false), "nothing is known to be done");
        truth.why
    };
    let started_at = changed_at(&masters.now, "apiserver") + Duration::hours(1);
    let runs = || Some(vec![process(Component::KubeApiserver, started_at)]);
    let log = "; crictl ps -a --name kube-apiserver says more";
    assert_eq!(look(Silence::Refused, Some(Vec::new())), format!("it does not run: nobody listens on port 6443{log}"));
    assert_eq!(look(Silence::Refused, None), "port 6443: nobody listens there");
    let why = look(Silence::TimedOut(5), runs());
    assert!(
        why.starts_with("runs since ") && why.ends_with(&format!(", yet port 6443: no answer in 5 s{log}")),
        "{why}"
    );
}

/// As for who is not root: the certificate can be read, the manifests not.
#[test]
fn where_manifests_cannot_be_read_a_port_is_a_guess() {
    let Some(masters) = masters() else { return };
    let mut inventory = masters.now;
    inventory.flags.retain(|fact| fact.component != Component::Etcd);
    let manifests = "/etc/kubernetes/manifests".to_owned();
    inventory.unread.push(Unread { path: manifests, why: Trouble::Denied.into() });
    let silent = answer("etcd-peer", MOMENT, Err(Silence::Refused));
    let observation = Observation { answers: vec![silent], processes: Some(Vec::new()) };
    let why = |inventory: &Inventory| truth(inventory, &observation, "etcd-peer").why;
    let expected = "etcd-peer:1, which is a guess, for manifests could not be read: nobody listens there";
    assert_eq!(why(&inventory), expected);
    // What runs is told where it listens, and everybody may read that.
    let told = FlagFact {
        component: Component::Etcd,
        flag: "listen-peer-urls".to_owned(),
        value: "https://10.0.0.10:2380".to_owned(),
        file: "/proc/7/cmdline".to_owned(),
        line: 1,
    };
    inventory.flags.push(told);
    assert!(!why(&inventory).contains("guess"), "{}", why(&inventory));
    let ports = ports(&inventory);
    let peer = ports.iter().find(|port| port.rule.name == "etcd-peer").expect("it");
    assert_eq!(peer.local, ["10.0.0.10"]);
}

#[test]
fn a_certificate_of_its_own_is_made_anew_by_a_restart() {
    let Some(masters) = masters() else { return };
    let own = self_made("master-1", "master-1-ca@1779178000");
    let observation =
        |at| Observation { answers: vec![answer("kube-scheduler", at, Ok(vec![own.clone()]))], processes: None };
    let found = |moment| {
        let statuses = statuses(&masters.now, &observation(moment), moment);
        let truth = statuses.into_iter().find(|truth| &*truth.name == "kube-scheduler").expect("it");
        (truth.remedy, truth.why, truth.on_disk)
    };
    assert_eq!(found(MOMENT), (Remedy::Nothing, "serves 05 for 10 d, which it made itself".to_owned(), None));
    assert_eq!(found(datetime!(2028-01-01 00:00 UTC)).0, Remedy::Restart);
}

/// What client-go makes for a server without a certificate: signed by a CA whose key nobody has.
fn self_made(host: &str, authority: &str) -> Certificate {
    let root = authority::root(authority);
    let subject = Name::with_groups(&format!("{host}@1779178000"), &[]).expect("a name");
    let mut spec = CertificateSpec::leaf(subject, Vec::new(), &[ExtendedKeyUsage::ServerAuth], ten_days());
    spec.serial_number = Some(5);
    root.sign(&spec, KeyAlgorithm::EcdsaP256).certificate
}

fn ten_days() -> (OffsetDateTime, OffsetDateTime) {
    (MOMENT - Duration::days(1), MOMENT + Duration::days(10))
}

/// A proxy on the way, another cluster, a wrong host: a restart mends none of them.
#[test]
fn who_signed_what_a_stranger_serves_is_told() {
    let Some(masters) = masters() else { return };
    let middle = authority::root("far-root").intermediate("egress-ca");
    let stranger = middle.server(&["proxy"], KeyAlgorithm::EcdsaP256, ten_days()).certificate;
    let chain = vec![stranger, middle.certificate];
    let changed = changed_at(&masters.now, "etcd-server");
    let seen = |name: &str, chain: &[Certificate], started_at: Option<OffsetDateTime>| {
        let answers = vec![answer(name, changed + Duration::seconds(30), Ok(chain.to_vec()))];
        let processes = started_at.map(|started_at| vec![process(name.parse().expect("a component"), started_at)]);
        let truth = truth(&masters.now, &Observation { answers, processes }, name);
        (truth.remedy, truth.why)
    };
    let signed =
        "signed by CN=egress-ca, which is not here, not taken by kube-apiserver: 127.0.0.1 is not among its names";
    for started_at in [None, Some(changed + Duration::hours(1))] {
        let (verb, why) = seen("etcd", &chain, started_at);
        assert_eq!(verb, Remedy::Replace, "{why}");
        let (told, on_disk) = why.split_once("; on the disk is ").expect("both");
        assert!(told.ends_with(&format!("{signed}: another server seems to answer")), "{why}");
        assert!(on_disk.ends_with(" for 364 d"), "{why}");
    }
    // It may hold what another CA signed before.
    let (verb, why) = seen("etcd", &chain, Some(changed - Duration::hours(1)));
    assert!(verb == Remedy::Restart && why.contains(signed) && !why.contains("another server"), "{why}");
    let (verb, why) = seen("kubelet", &chain, None);
    assert!(
        verb == Remedy::Replace && why.ends_with("egress-ca, which is not here: another server seems to answer"),
        "{why}"
    );
    // A CA of this master signed it: as the kubelet's, that the cluster gave it.
    let (verb, why) = seen("kubelet", &[certificate(&masters.before, "apiserver")], None);
    assert_eq!((verb, why.as_str()), (Remedy::Nothing, "serves 389b…3295 for 364 d"));
}

#[test]
fn kubectl_sees_what_it_trusts() {
    let Some(masters) = masters() else { return };
    let server: Arc<str> = "https://k8s.example.com:6443".into();
    let live = |chain: Option<Vec<Certificate>>| {
        let answers = chain.map(|chain| answer(&server, MOMENT, Ok(chain))).into_iter().collect();
        let views = kubeconfig_views(&masters.now, &Observation { answers, processes: None }, MOMENT);
        let view = views.into_iter().find(|view| &*view.path == "/etc/kubernetes/admin.conf").expect("admin.conf");
        assert!(view.is_current && view.server == *server, "{view:?}");
        assert_eq!(view.on_disk, ServerVerdict::Match);
        view.live
    };
    assert_eq!(live(None), ServerVerdict::Unknown("it was not asked".to_owned()));
    assert_eq!(live(Some(vec![certificate(&masters.before, "apiserver")])), ServerVerdict::Match);
    let ServerVerdict::Refused(why) = live(Some(vec![certificate(&masters.now, "etcd-server")])) else {
        panic!("etcd is not the API server")
    };
    assert_eq!(
        why,
        "k8s.example.com is not among its names; CN=master-1 is served, signed by CN=etcd-ca for DNS:localhost, \
         DNS:master-1, IP:10.0.0.10, IP:127.0.0.1, IP:::1"
    );
}

#[test]
fn an_item_that_is_not_there_is_no_panic() {
    let Some(masters) = masters() else { return };
    let mut inventory = masters.now;
    inventory.items.truncate(2);
    assert!(ports(&inventory).iter().flat_map(|port| &port.on_disk).all(|ItemIndex(at)| *at < 2));
    let _ = statuses(&inventory, &Observation::default(), MOMENT);
    let _ = kubeconfig_views(&inventory, &Observation::default(), MOMENT);
}
