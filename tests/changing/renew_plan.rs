//! Renewal: what is due, who a certificate stays, which files change and which bytes of them, judged by openssl.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubepki::engine::change::FailureKind;
use kubepki::pki::ExtendedKeyUsage;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::plan::{RenewRequest, SanChange, due as is_due};
use kubepki::record::KeyChange;
use time::Duration;

use crate::support::renewing::{Master, all, due, identity, items, verify};
use crate::support::{succeed, text, tool};

/// Five hundred days before these tests are read: all leaves of such a master are dead, its CAs are not.
fn long_ago() -> String {
    let date = (time::OffsetDateTime::now_utc() - Duration::days(500)).date();
    format!("{date}T00:00:00Z")
}

/// The leaves of kubeadm: file, CA, purpose for openssl.
const LEAFS: [(&str, &str, &str); 7] = [
    ("apiserver", "ca", "sslserver"),
    ("apiserver-kubelet-client", "ca", "sslclient"),
    ("front-proxy-client", "front-proxy-ca", "sslclient"),
    ("apiserver-etcd-client", "etcd/ca", "sslclient"),
    ("etcd/server", "etcd/ca", "sslserver"),
    ("etcd/peer", "etcd/ca", "sslclient"),
    ("etcd/healthcheck-client", "etcd/ca", "sslclient"),
];

const KUBECONFIGS: [&str; 5] = ["admin", "super-admin", "controller-manager", "scheduler", "kubelet"];

fn pki(name: &str) -> String {
    format!("/etc/kubernetes/pki/{name}")
}

#[test]
fn due_follows_the_date_and_the_role() {
    let Some(master) = Master::sample("kubeadm-1.36-rsa") else { return };
    let end = master.item("apiserver").certificate().expect("a certificate").not_after();
    for (id, from_end, expected) in [
        ("apiserver", Duration::days(-365), "not due: 365 d left"),
        ("apiserver", Duration::days(-30), "not due: 30 d left"),
        ("apiserver", Duration::days(-30) + Duration::SECOND, ""),
        ("apiserver", Duration::days(500), ""),
        ("kubelet.conf", Duration::days(500), ""),
        ("ca", Duration::days(500), "a CA: a new one changes whom everybody trusts"),
        ("ca", Duration::days(4000), "a CA: a new one changes whom everybody trusts"),
        ("apiserver", Duration::days(4000), "the CA kubernetes expired on"),
    ] {
        let moment = end + from_end;
        let answer = is_due(&master.inventory, master.index(id), master.item(id), moment);
        let answer = answer.err().unwrap_or_default();
        assert!(if expected.is_empty() { answer.is_empty() } else { answer.starts_with(expected) }, "{id}: {answer}");
    }
}

#[test]
fn what_is_not_touched_is_named() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else { return };
    let backup = master.path("/etc/kubernetes/pki.bak");
    fs::create_dir_all(&backup).expect("made");
    fs::copy(master.path(&pki("apiserver.crt")), backup.join("apiserver.crt")).expect("copied");
    fs::remove_file(master.path(&pki("front-proxy-ca.key"))).expect("removed");
    master.read();
    let plan = master.plan(all());
    let left = |what: &str| {
        let found = plan.summary.left_alone.iter().find(|left| left.what == what);
        found.unwrap_or_else(|| panic!("{what}: {:?}", plan.summary.left_alone)).why.clone()
    };
    for (what, why) in [
        ("ca", "a CA:"),
        ("etcd-ca", "a CA:"),
        ("/etc/kubernetes/pki/sa.key", "a service account key:"),
        ("/etc/kubernetes/pki.bak/apiserver.crt", "nothing uses it:"),
        ("front-proxy-client", "the key of the CA front-proxy-ca is not on this master"),
    ] {
        assert!(left(what).starts_with(why), "{what}: {}", left(what));
    }
    assert!(plan.changes.iter().all(|change| !change.path.contains("front-proxy") && !change.path.contains("pki.bak")));
    let refused = master.try_plan(items(&["front-proxy-client"])).expect_err("refused");
    assert_eq!(
        (refused.kind, refused.problem.what.as_str()),
        (FailureKind::Refused, "front-proxy-client cannot be renewed")
    );
    assert!(
        refused.problem.why[0].contains("the key of the CA front-proxy-ca is not on this master"),
        "{:?}",
        refused.problem.why
    );
    for id in ["ca", "nothing"] {
        assert!(master.try_plan(items(&[id])).is_err(), "{id}");
    }
    let nothing = master.plan(due());
    assert_eq!((nothing.summary.title.as_str(), nothing.changes.len()), ("Nothing is due", 0));
}

#[test]
fn every_leaf_of_kubeadm_is_renewed_and_stays_who_it_was() {
    let Some(openssl) = tool("openssl") else { return };
    for (sample, algorithm) in [("kubeadm-1.36-rsa", "RSA-2048"), ("kubeadm-1.36-ecdsa", "ECDSA-P256")] {
        let Some(mut master) = Master::sample(sample) else { return };
        let before = Master::sample(sample).expect("unpacked before");
        let plan = master.plan(all());
        assert_eq!(plan.changes.len(), 19);
        assert_eq!(plan.summary.issues.len(), 12);
        master.apply(&plan);
        for (name, authority, purpose) in LEAFS {
            let (crt, key) = (pki(&format!("{name}.crt")), pki(&format!("{name}.key")));
            verify(&openssl, &master.path(&pki(&format!("{authority}.crt"))), &master.path(&crt), purpose);
            assert_eq!(identity(&openssl, &master.path(&crt)), identity(&openssl, &before.path(&crt)), "{name}");
            assert_ne!(master.content(&key), before.content(&key), "{name}");
            let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode();
            assert_eq!(mode(&master.path(&key)), mode(&before.path(&key)), "{name}");
            let first_line = |content: Vec<u8>| String::from_utf8_lossy(&content).lines().next().map(str::to_owned);
            assert_eq!(first_line(master.content(&key)), first_line(before.content(&key)), "{name}");
            assert_pair(&openssl, &master.path(&crt), &master.path(&key));
        }
        for issue in &plan.summary.issues {
            let details = issue.after.details();
            assert_eq!(
                (details.key_algorithm.to_string().as_str(), issue.key),
                (algorithm, KeyChange::New),
                "{}",
                issue.id
            );
            assert_eq!(
                details.not_after,
                (master.moment + Duration::days(365)).replace_nanosecond(0).expect("a second")
            );
            assert!(details.not_before >= (master.moment - Duration::seconds(301)), "{}", issue.id);
        }
        kubeconfigs_differ_only_where_meant(&openssl, &before, &master);
    }
}

fn assert_pair(openssl: &Path, certificate: &Path, key: &Path) {
    let of_certificate = succeed(openssl, &["x509", "-in", text(certificate), "-noout", "-pubkey"]);
    assert_eq!(succeed(openssl, &["pkey", "-in", text(key), "-pubout"]), of_certificate, "{}", key.display());
}

/// Two lines of each, and in them valid data.
fn kubeconfigs_differ_only_where_meant(openssl: &Path, before: &Master, after: &Master) {
    for name in KUBECONFIGS {
        let path = format!("/etc/kubernetes/{name}.conf");
        let (old, new) = (before.content(&path), after.content(&path));
        let (old, new) = (String::from_utf8(old).expect("text"), String::from_utf8(new).expect("text"));
        assert_eq!(old.lines().count(), new.lines().count(), "{name}");
        let differing: Vec<(&str, &str)> = old.lines().zip(new.lines()).filter(|(old, new)| old != new).collect();
        let fields: Vec<&str> =
            differing.iter().map(|(_, new)| new.trim().split(':').next().unwrap_or_default()).collect();
        assert_eq!(fields, ["client-certificate-data", "client-key-data"], "{name}");
        let folder = after.folder.path();
        let data = |line: &str| STANDARD.decode(line.split(": ").nth(1).expect("a value").trim()).expect("base64");
        fs::write(folder.join("crt"), data(differing[0].1)).expect("written");
        fs::write(folder.join("old"), data(differing[0].0)).expect("written");
        fs::write(folder.join("key"), data(differing[1].1)).expect("written");
        assert_pair(openssl, &folder.join("crt"), &folder.join("key"));
        verify(openssl, &after.path(&pki("ca.crt")), &folder.join("crt"), "sslclient");
        assert_eq!(identity(openssl, &folder.join("crt")), identity(openssl, &folder.join("old")), "{name}");
    }
}

#[test]
fn a_dead_master_is_renewed_with_its_kubelet() {
    let Some(openssl) = tool("openssl") else { return };
    let Some(mut master) = Master::of_zoo("healthy-ecdsa-136", &long_ago()) else { return };
    let plan = master.plan(due());
    assert!(plan.summary.ask().is_some());
    let required: Vec<&str> = plan.summary.must_restart().map(|restart| restart.component.as_str()).collect();
    assert_eq!(required, ["kubelet", "kube-controller-manager", "kube-scheduler"]);
    assert_eq!(plan.summary.restarts[0].how, ["systemctl restart kubelet"]);
    let order: Vec<&str> = plan.summary.restarts.iter().map(|one| one.component.as_str()).collect();
    assert_eq!(order, ["kubelet", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]);
    let manager = &plan.summary.restarts[3];
    let list = "crictl ps --name '^kube-controller-manager$' --label io.kubernetes.pod.namespace=kube-system -q";
    assert_eq!(manager.how, [format!("{list} | xargs -r crictl stop --timeout 30")]);
    let link = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    let before = fs::read_link(master.path(link)).expect("a link");
    master.apply(&plan);
    let after = fs::read_link(master.path(link)).expect("a link");
    assert_ne!(before, after);
    assert!(after.starts_with("/var/lib/kubelet/pki"), "{}", after.display());
    let dated = master.path(text(&after));
    assert_eq!(fs::metadata(&dated).expect("there").permissions().mode() & 0o777, 0o600);
    verify(&openssl, &master.path(&pki("ca.crt")), &dated, "sslclient");
    assert_pair(&openssl, &dated, &dated);
    let said = succeed(&openssl, &["x509", "-in", text(&dated), "-noout", "-subject", "-nameopt", "RFC2253"]);
    assert!(said.trim().ends_with(",O=system:nodes") && said.contains("CN=system:node:"), "{said}");
    let again = master.plan(due());
    // What the kubelet serves is its own, and nobody renews it: a certificate and the CA that it made for it.
    assert_eq!(again.summary.title, "Nothing is due, yet 2 are dead", "{:?}", again.summary.changes);
}

/// A leaf of the split layout in place of the API server's, with all that people put into certificates.
const ODD: &str = "
[req]
distinguished_name = name
prompt = no
[name]
C = DE
ST = Sachsen
L = Dresden
0.O = system:nodes
1.O = Second, Ltd.
OU = Ops+Dev
CN = kube-apiserver
emailAddress = ops@example.com
[leaf]
keyUsage = keyAgreement, digitalSignature
extendedKeyUsage = critical, clientAuth, 1.3.6.1.4.1.311.20.2.2, serverAuth
basicConstraints = critical, CA:FALSE
subjectAltName = critical, email:ops@example.com, DNS:b.example.com, DNS:a.example.com, IP:10.0.0.7, IP:fd00::1, URI:spiffe://cluster/x, RID:1.2.3.4, dirName:dir, otherName:1.3.6.1.4.1.311.20.2.3;UTF8:ops@corp
certificatePolicies = 1.2.3.4.5
crlDistributionPoints = URI:http://example.com/crl
authorityInfoAccess = OCSP;URI:http://example.com/ocsp
nsComment = made by hand
1.2.3.4.5.6 = ASN1:UTF8String:own
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[dir]
C = DE
CN = somebody
";

/// Puts another certificate in the place of the API server's, made by openssl.
fn odd_apiserver(openssl: &Path, master: &mut Master, days: &str) {
    let at = |name: &str| master.folder.path().join(name);
    fs::write(at("odd.cnf"), ODD).expect("written");
    let (crt, key) = (master.path(&pki("apiserver.crt")), master.path(&pki("apiserver.key")));
    let (configuration, request) = (at("odd.cnf"), at("odd.csr"));
    let asked = ["-config", text(&configuration), "-key", text(&key), "-out", text(&request)];
    succeed(openssl, &[&["req", "-new", "-utf8"], &asked[..]].concat());
    let (ca, ca_key) = (master.path(&pki("ca.crt")), master.path(&pki("ca.key")));
    let signer = ["-CA", text(&ca), "-CAkey", text(&ca_key), "-days", days, "-in", text(&request)];
    let form = ["-extfile", text(&configuration), "-extensions", "leaf", "-out", text(&crt)];
    succeed(openssl, &[&["x509", "-req"], &signer[..], &form].concat());
    master.read();
}

#[test]
fn an_odd_identity_is_copied_to_the_last_byte() {
    let Some(openssl) = tool("openssl") else { return };
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else { return };
    odd_apiserver(&openssl, &mut master, "-1");
    let crt = master.path(&pki("apiserver.crt"));
    let (before, old) = (identity(&openssl, &crt), master.item("apiserver").certificate().expect("it").clone());
    let plan = master.plan(items(&["apiserver"]));
    // A group of Kubernetes' own that no API server's certificate has had: it is copied too, once somebody has seen it.
    let asked = "apiserver: it gives the right of system:nodes, which its role never had";
    assert!(plan.summary.ask().as_deref().is_some_and(|ask| ask.starts_with(asked)), "{:?}", plan.summary.ask());
    assert_eq!(plan.summary.confirm, ["apiserver"]);
    master.apply(&plan);
    assert_eq!(identity(&openssl, &crt), before);
    let new = master.item("apiserver").certificate().expect("it").clone();
    assert_eq!(new.subject_der(), old.subject_der());
    let made_anew = ["2.5.29.14", "2.5.29.19", "2.5.29.35"];
    let others = |certificate: &kubepki::pki::Certificate| {
        let mut raw = certificate.raw_extensions();
        raw.retain(|raw| !made_anew.contains(&raw.oid.as_str()));
        raw.sort_by(|a, b| a.oid.cmp(&b.oid));
        raw
    };
    assert_eq!(others(&new), others(&old));
    assert_eq!(others(&new).len(), 8);
    assert_ne!(new.details().serial_number, old.details().serial_number);
    verify(&openssl, &master.path(&pki("ca.crt")), &crt, "any");
}

#[test]
fn names_are_added_and_removed_as_asked() {
    let Some(openssl) = tool("openssl") else { return };
    let Some(mut master) = Master::sample("kubeadm-1.36-rsa") else { return };
    let names = |master: &Master, id: &str| {
        let details = master.item(id).certificate().expect("a certificate").details();
        details.subject_alt_names.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let before = names(&master, "apiserver");
    let sans = vec![
        SanChange::Add("new.example.com".to_owned()),
        SanChange::Add("fd00::5".to_owned()),
        SanChange::Add("kubernetes".to_owned()),
        SanChange::Remove("192.0.2.10".to_owned()),
    ];
    let request =
        RenewRequest { sans, days: Some(90), key_algorithm: Some(KeyAlgorithm::EcdsaP384), ..items(&["apiserver"]) };
    let plan = master.plan(request);
    assert!(
        plan.summary.ask().as_deref().is_some_and(|ask| ask.contains("names are changed")),
        "{:?}",
        plan.summary.ask()
    );
    master.apply(&plan);
    let mut expected: Vec<String> = before.into_iter().filter(|name| name != "IP:192.0.2.10").collect();
    expected.extend(["DNS:new.example.com".to_owned(), "IP:fd00::5".to_owned()]);
    assert_eq!(names(&master, "apiserver"), expected);
    let crt = master.path(&pki("apiserver.crt"));
    let said = succeed(&openssl, &["x509", "-in", text(&crt), "-noout", "-text"]);
    assert!(
        said.contains("DNS:new.example.com") && said.contains("NIST CURVE: P-384") && !said.contains("192.0.2.10"),
        "{said}"
    );
    verify(&openssl, &master.path(&pki("ca.crt")), &crt, "sslserver");
    assert_pair(&openssl, &crt, &master.path(&pki("apiserver.key")));
    for wrong in [SanChange::Remove("nobody.example.com".to_owned()), SanChange::Add("10.0.0.256".to_owned())] {
        let refused =
            master.try_plan(RenewRequest { sans: vec![wrong], ..items(&["apiserver"]) }).expect_err("refused");
        assert_eq!(refused.kind, FailureKind::Refused, "{refused:?}");
    }
    // Of all certificates only servers get another name.
    let plan = master.plan(RenewRequest { sans: vec![SanChange::Add("every.example.com".to_owned())], ..all() });
    for issue in &plan.summary.issues {
        let details = issue.after.details();
        let has = details.subject_alt_names.iter().any(|name| name.to_string() == "DNS:every.example.com");
        assert_eq!(has, details.extended_key_usage.contains(&ExtendedKeyUsage::ServerAuth), "{}", issue.id);
    }
}

#[test]
fn todays_specification_only_adds() {
    let Some(mut master) = Master::sample("kubeadm-1.36-rsa") else { return };
    let Some(openssl) = tool("openssl") else { return };
    odd_apiserver(&openssl, &mut master, "3");
    // The odd names cannot be written one by one: without them.
    let plan = master.try_plan(RenewRequest { to_specification: true, ..items(&["apiserver"]) });
    assert!(plan.is_err(), "a directory name cannot be written anew");
    let sample = Master::sample("kubeadm-1.36-rsa").expect("unpacked before");
    let remove = ["kubernetes", "10.96.0.1"].map(|name| SanChange::Remove(name.to_owned())).to_vec();
    let plan = sample.plan(RenewRequest { sans: remove, ..items(&["apiserver"]) });
    let mut sample = sample;
    sample.apply(&plan);
    let less = sample.item("apiserver").certificate().expect("it").details().subject_alt_names;
    let plan = sample.plan(RenewRequest { to_specification: true, ..items(&["apiserver", "admin.conf"]) });
    let more = plan.summary.issues[0].after.details().subject_alt_names;
    assert_eq!(more[..less.len()], less[..]);
    let added: Vec<String> = more[less.len()..].iter().map(ToString::to_string).collect();
    assert_eq!(added, ["DNS:kubernetes", "IP:10.96.0.1"]);
}
