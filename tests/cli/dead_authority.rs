//! A certificate is as dead as the CAs above it: who verifies it minds their dates too. openssl judges.

use std::collections::BTreeMap;
use std::fs;

use kubepki::pki::issue::{CertificateSpec, Issuer, issue, self_sign};
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{Certificate, ExtendedKeyUsage, Name, pem};
use serde_json::Value;
use time::OffsetDateTime;

use crate::support::authority::{Made, days, root};
use crate::support::changing::differing;
use crate::support::ground::{Ground, ONE};
use crate::support::program::{self, Run, by_id};
use crate::support::{run, text, tool};

const PKI: &str = "/etc/kubernetes/pki";
const OF_ETCD: [&str; 4] = ["apiserver-etcd-client", "etcd-healthcheck-client", "etcd-peer", "etcd-server"];

type Lifetime = (OffsetDateTime, OffsetDateTime);

/// A master that was set up just now.
fn master() -> Ground {
    let ground = Ground::new();
    ground.setup(&[&ONE[..], &["--yes"]].concat()).ends_with(0);
    ground
}

fn path(ground: &Ground, name: &str) -> std::path::PathBuf {
    ground.master.file(&format!("{PKI}/{name}"))
}

fn key(ground: &Ground, name: &str) -> PrivateKey {
    PrivateKey::from_pem(&fs::read(path(ground, &format!("{name}.key"))).expect("a key")).expect("a key")
}

fn certificate(ground: &Ground, name: &str) -> Certificate {
    let text = fs::read(path(ground, &format!("{name}.crt"))).expect("a certificate");
    let block = pem::blocks(&text).into_iter().next().expect("a block").expect("PEM");
    Certificate::from_der(&block.der).expect("a certificate")
}

/// The CA `name` with another life: its name and its key stay.
fn again(ground: &Ground, name: &str, lifetime: Lifetime) -> Certificate {
    let old = certificate(ground, name);
    let subject = Name::from_der(old.subject_der()).expect("a name");
    self_sign(&CertificateSpec::authority(subject, lifetime), &key(ground, name)).expect("a CA")
}

/// Gives the CA `name` another life.
fn relive(ground: &Ground, name: &str, lifetime: Lifetime) -> Certificate {
    let certificate = again(ground, name, lifetime);
    fs::write(path(ground, &format!("{name}.crt")), certificate.to_pem()).expect("written");
    certificate
}

fn list(ground: &Ground, flags: &[&str]) -> BTreeMap<String, Value> {
    let run = ground.master.kubepki(&[&["list", "-o", "json"], flags].concat());
    run.ends_with(0);
    by_id(&run.json())
}

/// The ids with this status, in order.
fn with_status<'a>(items: &'a BTreeMap<String, Value>, status: &str) -> Vec<&'a str> {
    items.iter().filter(|(_, item)| item["status"] == status).map(|(id, _)| id.as_str()).collect()
}

fn due(ground: &Ground) -> Run {
    ground.master.kubepki(&["renew", "--due", "--yes"])
}

fn day(moment: OffsetDateTime) -> String {
    moment.date().to_string()
}

/// Whether openssl takes a certificate with these CAs.
fn verifies(ground: &Ground, authorities: &str, leaf: &str, flags: &[&str]) -> Option<bool> {
    let (authorities, leaf) = (path(ground, authorities), path(ground, leaf));
    let arguments = [&["verify", "-CAfile", text(&authorities)], flags, &[text(&leaf)]].concat();
    Some(run(&tool("openssl")?, &arguments).status.success())
}

#[test]
fn what_an_expired_ca_signed_is_dead() {
    let ground = master();
    let life = days(-4000, -3);
    relive(&ground, "etcd/ca", life);
    assert_ne!(verifies(&ground, "etcd/ca.crt", "etcd/server.crt", &[]), Some(true));
    let items = list(&ground, &[]);
    assert_eq!(
        (with_status(&items, "dead-authority"), with_status(&items, "expired")),
        (OF_ETCD.into(), vec!["etcd-ca"])
    );
    let server = &items["etcd-server"];
    assert_eq!(server["why"], format!("its CA etcd-ca expired on {}", day(life.1)));
    // What the certificate says of itself stays.
    assert!(server["daysLeft"].as_i64() > Some(300) && server["notAfter"].as_str() > Some("2027"), "{server}");
    assert_eq!(
        (&server["endsWith"], server["worksUntil"].as_str()),
        (&"etcd-ca".into(), items["etcd-ca"]["notAfter"].as_str())
    );
    assert_eq!((&items["apiserver"]["status"], &items["apiserver"]["endsWith"]), (&"ok".into(), &Value::Null));
    let within = ground.master.kubepki(&["list", "--expires-within", "1d", "-o", "name"]);
    assert_eq!(within.stdout.lines().count(), 5, "{within:?}");
    let table = ground.master.kubepki(&["list"]);
    let rows: Vec<&str> = table.stdout.lines().skip(1).take(5).collect();
    assert!(rows[0].contains("expired") && rows[1..].iter().all(|row| row.contains("✗ dead-authority")), "{table:?}");
    assert!(rows[1].contains("expired 3 d") && rows[1].contains("its CA etcd-ca expired on"), "{table:?}");
    let show = ground.master.kubepki(&["show", "etcd-server"]);
    assert!(show.stdout.contains("dead-authority") && show.stdout.contains("the end of its CA etcd-ca"), "{show:?}");
}

#[test]
fn a_timer_says_that_a_ca_is_dead() {
    let ground = master();
    let life = days(-4000, -3);
    relive(&ground, "etcd/ca", life);
    let before = ground.everything();
    for arguments in [&["renew", "--due", "--yes"][..], &["renew", "--due", "--dry-run"], &["renew", "--due"]] {
        let run = ground.master.kubepki(arguments);
        run.ends_with(4);
        assert_eq!(run.stdout, "");
        let said = run.stderr;
        assert!(said.contains("4 certificates are dead, and none of them can be renewed here"), "{said}");
        assert!(said.contains(&format!("the CA etcd-ca expired on {}", day(life.1))), "{said}");
        assert!(OF_ETCD.iter().all(|id| said.contains(id)) && said.contains("--replace"), "{said}");
    }
    let json = ground.master.kubepki(&["renew", "--due", "--yes", "-o", "json"]);
    json.ends_with(4);
    assert_eq!(json.json()["kind"], "Error");
    assert_eq!(differing(&before, &ground.everything()), Vec::<String>::new());
}

#[test]
fn what_can_be_renewed_is_and_the_rest_is_said() {
    let ground = master();
    let life = days(-4000, -3);
    relive(&ground, "front-proxy-ca", life);
    relive(&ground, "etcd/ca", days(-4000, 2000));
    let made = {
        let (authority, own) = (certificate(&ground, "etcd/ca"), certificate(&ground, "etcd/peer"));
        let subject = Name::from_der(own.subject_der()).expect("a name");
        let names = own.details().subject_alt_names;
        let spec = CertificateSpec::leaf(
            subject,
            names,
            &[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth],
            days(-400, -1),
        );
        let issuer = Issuer { certificate: &authority, key: &key(&ground, "etcd/ca") };
        issue(&spec, key(&ground, "etcd/peer").public(), issuer).expect("a certificate")
    };
    fs::write(path(&ground, "etcd/peer.crt"), made.to_pem()).expect("written");
    let run = due(&ground);
    run.ends_with(4);
    assert!(run.stdout.contains("Renew etcd-peer: done"), "{run:?}");
    let said = format!("front-proxy-client: the CA front-proxy-ca expired on {}", day(life.1));
    assert!(run.stderr.contains(&said), "{run:?}");
    let again = due(&ground);
    again.ends_with(4);
    assert!(again.stdout.is_empty() && again.stderr.contains("front-proxy-client is dead"), "{again:?}");
}

#[test]
fn a_ca_that_has_not_begun_is_dead_too() {
    let ground = master();
    let life = days(2, 4000);
    relive(&ground, "front-proxy-ca", life);
    let items = list(&ground, &[]);
    assert_eq!(with_status(&items, "dead-authority"), ["front-proxy-client"]);
    assert_eq!(with_status(&items, "not-yet-valid"), ["front-proxy-ca"]);
    let why = format!("its CA front-proxy-ca is valid only from {}", day(life.0));
    assert_eq!(items["front-proxy-client"]["why"], why.as_str());
    let run = due(&ground);
    run.ends_with(4);
    assert!(run.stderr.contains(&format!("is valid only from {}", day(life.0))), "{run:?}");
    // Once it has begun nothing is wrong; before its leaf had begun, nothing is the CA's fault.
    let later = list(&ground, &["--at", "+3d"]);
    assert_eq!(
        (with_status(&later, "dead-authority"), later["front-proxy-client"]["status"].as_str()),
        (vec![], Some("ok"))
    );
    let before = list(&ground, &["--at", "-3d"]);
    assert_eq!(before["front-proxy-client"]["status"], "not-yet-valid");
}

#[test]
fn a_leaf_ends_with_its_ca() {
    let ground = master();
    let life = days(-4000, 10);
    relive(&ground, "ca", life);
    let items = list(&ground, &[]);
    let server = &items["apiserver"];
    assert_eq!((&server["status"], &server["endsWith"]), (&"expiring".into(), &"ca".into()));
    assert_eq!(server["why"], format!("its CA ca ends on {}", day(life.1)));
    assert_eq!(items["etcd-server"]["status"], "ok");
    let soon = ground.master.kubepki(&["list", "--expires-within", "15d", "-o", "name"]);
    assert!(soon.stdout.lines().any(|id| id == "apiserver") && !soon.stdout.contains("etcd-server"), "{soon:?}");
    // What would be renewed would end with it as well: it is no cure, and no silence.
    let before = ground.everything();
    let run = due(&ground);
    run.ends_with(4);
    assert!(run.stderr.contains(&format!("its CA ca ends on {}", day(life.1))), "{run:?}");
    assert_eq!(differing(&before, &ground.everything()), Vec::<String>::new());
    assert_eq!(list(&ground, &["--at", "+11d"])["apiserver"]["status"], "dead-authority");
}

#[test]
fn the_new_certificate_of_a_ca_keeps_its_leaves_alive() {
    let ground = master();
    let (dead, alive) = (again(&ground, "etcd/ca", days(-4000, -3)), certificate(&ground, "etcd/ca"));
    let bundles = [[&dead, &alive], [&alive, &dead]];
    for bundle in bundles {
        let text: String = bundle.iter().map(|one| one.to_pem()).collect();
        fs::write(path(&ground, "etcd/ca.crt"), text).expect("written");
        assert_ne!(verifies(&ground, "etcd/ca.crt", "etcd/server.crt", &[]), Some(false));
        let items = list(&ground, &[]);
        assert_eq!(
            (items["etcd-server"]["status"].as_str(), with_status(&items, "dead-authority")),
            (Some("ok"), vec![])
        );
        let run = due(&ground);
        assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{run:?}");
    }
    // One that nobody reads helps nobody.
    fs::write(path(&ground, "etcd/ca.crt"), dead.to_pem()).expect("written");
    fs::write(path(&ground, "etcd/ca.crt.new"), alive.to_pem()).expect("written");
    fs::write(path(&ground, "etcd/new.pem"), alive.to_pem()).expect("written");
    assert_eq!(with_status(&list(&ground, &[]), "dead-authority"), OF_ETCD);
    due(&ground).ends_with(4);
}

/// A CA below `above`, with the key and name of the master's own etcd CA.
fn below(ground: &Ground, above: &Made, lifetime: Lifetime) -> Certificate {
    let subject = Name::from_der(certificate(ground, "etcd/ca").subject_der()).expect("a name");
    let issuer = Issuer { certificate: &above.certificate, key: &above.key };
    issue(&CertificateSpec::authority(subject, lifetime), key(ground, "etcd/ca").public(), issuer).expect("a CA")
}

/// The certificate of a root with another life. What a root signs ends before it: so it signs first, and ages then.
fn aged(root: &Made, lifetime: Lifetime) -> Certificate {
    let subject = Name::from_der(root.certificate.subject_der()).expect("a name");
    self_sign(&CertificateSpec::authority(subject, lifetime), &root.key).expect("a root")
}

fn write(ground: &Ground, name: &str, chain: &[&Certificate]) {
    let text: String = chain.iter().map(|one| one.to_pem()).collect();
    fs::write(path(ground, name), text).expect("written");
}

#[test]
fn the_whole_way_up_counts() {
    let ground = master();
    let (old, alive) = (root("old root"), root("new root"));
    let (intermediate, across) = (below(&ground, &old, days(-900, 900)), below(&ground, &alive, days(-5, 300)));
    let (leaf, dead) = (certificate(&ground, "etcd/server"), aged(&old, days(-1000, -3)));
    // The members trust the root, and the CA between comes with the leaf.
    write(&ground, "etcd/ca.crt", &[&dead]);
    write(&ground, "etcd/server.crt", &[&leaf, &intermediate]);
    let untrusted = path(&ground, "etcd/server.crt");
    let untrusted = ["-untrusted", text(&untrusted)];
    assert_ne!(verifies(&ground, "etcd/ca.crt", "etcd/server.crt", &untrusted), Some(true));
    let items = list(&ground, &[]);
    assert_eq!(
        (&items["etcd-server"]["status"], &items["etcd-server"]["endsWith"]),
        (&"dead-authority".into(), &"etcd-ca".into())
    );
    // Signed across by a root that lives, and is trusted: one living way is enough.
    write(&ground, "etcd/ca.crt", &[&dead, &alive.certificate]);
    write(&ground, "etcd/server.crt", &[&leaf, &intermediate, &across]);
    let items = list(&ground, &[]);
    assert_eq!(items["etcd-server"]["status"], "ok", "{}", items["etcd-server"]);
    assert!(items["etcd-server"]["worksUntil"].as_str() < items["etcd-server"]["notAfter"].as_str());
    // openssl takes the first CA of that name and never turns back, Go tries all: each way is judged for itself.
    write(&ground, "across.pem", &[&across]);
    let way = path(&ground, "across.pem");
    assert_ne!(verifies(&ground, "etcd/ca.crt", "etcd/server.crt", &["-untrusted", text(&way)]), Some(false));
}

#[test]
fn the_way_ends_at_what_is_trusted() {
    let ground = master();
    let old = root("old root");
    let (intermediate, dead) = (below(&ground, &old, days(-900, 900)), aged(&old, days(-1000, -3)));
    // Go takes each certificate of the file for an end of the way; openssl does so with -partial_chain alone.
    write(&ground, "etcd/ca.crt", &[&intermediate, &dead]);
    assert_ne!(verifies(&ground, "etcd/ca.crt", "etcd/server.crt", &["-partial_chain"]), Some(false));
    assert_ne!(verifies(&ground, "etcd/ca.crt", "etcd/server.crt", &[]), Some(true));
    let items = list(&ground, &[]);
    assert_eq!(items["etcd-server"]["status"], "ok", "{}", items["etcd-server"]);
    let why = items["etcd-ca"]["why"].as_str().unwrap_or_default();
    assert!(items["etcd-ca"]["status"] == "ok" && why.contains("above it expired on"), "{}", items["etcd-ca"]);
    assert_eq!(with_status(&items, "expired").len(), 1, "{items:?}");
}

#[test]
fn kubeconfigs_die_with_their_ca() {
    let ground = master();
    relive(&ground, "ca", days(-4000, -3));
    let items = list(&ground, &["--kind", "kubeconfig"]);
    assert!(items.len() >= 4 && items.values().all(|item| item["status"] == "dead-authority"), "{items:?}");
    let table = ground.master.kubepki(&["kubeconfig", "list"]);
    assert!(table.stdout.matches("expired 3 d").count() >= 4, "{table:?}");
}

#[test]
fn a_kubeconfig_that_trusts_a_dead_ca_is_broken() {
    use base64::Engine as _;
    let ground = master();
    let life = days(-4000, -3);
    let dead = again(&ground, "ca", life).to_pem();
    let data = base64::engine::general_purpose::STANDARD.encode(dead);
    let file = ground.master.file("/etc/kubernetes/admin.conf");
    let text = fs::read_to_string(&file).expect("a kubeconfig");
    let trusted = text.lines().find(|line| line.contains("certificate-authority-data: ")).expect("its CA");
    let field = &trusted[..trusted.find(": ").expect("a field")];
    fs::write(&file, text.replace(trusted, &format!("{field}: {data}"))).expect("written");
    let items = list(&ground, &[]);
    let why = format!("the CA that it trusts expired on {}: kubectl takes no server with it", day(life.1));
    assert_eq!((&items["admin.conf"]["status"], &items["admin.conf"]["why"]), (&"broken".into(), &why.as_str().into()));
    assert_eq!(items["super-admin.conf"]["status"], "ok");
    let run = due(&ground);
    assert!(run.stderr.contains(&format!("admin.conf is broken and stays so: {why}")), "{run:?}");
    // With one that lives beside it nothing is wrong.
    let both = [again(&ground, "ca", life).to_pem(), certificate(&ground, "ca").to_pem()].concat();
    let data = base64::engine::general_purpose::STANDARD.encode(both);
    fs::write(&file, text.replace(trusted, &format!("{field}: {data}"))).expect("written");
    assert_eq!(list(&ground, &[])["admin.conf"]["status"], "ok");
}

#[test]
fn a_ca_without_its_key_is_no_secret() {
    let ground = master();
    relive(&ground, "etcd/ca", days(-4000, -3));
    fs::remove_file(path(&ground, "etcd/ca.key")).expect("removed");
    assert_eq!(with_status(&list(&ground, &[]), "dead-authority"), OF_ETCD);
    let run = due(&ground);
    run.ends_with(4);
    assert!(run.stderr.contains("the CA etcd-ca expired on"), "{run:?}");
}

#[test]
fn a_folder_of_certificates_is_judged_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = root("a root");
    let leaf = root.server(&["a.example"], KeyAlgorithm::EcdsaP256, days(-100, 100));
    fs::write(folder.path().join("leaf.pem"), leaf.certificate.to_pem()).expect("written");
    fs::write(folder.path().join("root.pem"), aged(&root, days(-1000, -3)).to_pem()).expect("written");
    let items = by_id(&program::kubepki(&["list", text(folder.path()), "-o", "json"]).json());
    let leaf = items.iter().find(|(id, _)| id.ends_with("leaf.pem")).expect("the leaf").1;
    assert_eq!(leaf["status"], "dead-authority");
    let chain = [leaf_text(folder.path(), "leaf.pem"), leaf_text(folder.path(), "root.pem")].concat();
    let shown = program::kubepki_with_input(&["show", "-", "-o", "json"], chain.as_bytes()).json();
    assert_eq!(shown["items"][0]["status"], "dead-authority", "{shown}");
}

fn leaf_text(folder: &std::path::Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect("a text")
}
