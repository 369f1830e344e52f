//! Masters whose certificates have expired, renewed by the program: openssl, a real etcd and kubectl accept the
//! result, and an undo brings back every byte, mode, owner and link.

#[path = "support/changing.rs"]
mod changing;
#[path = "support/etcd.rs"]
mod etcd;
#[path = "support/zoo.rs"]
mod generator;
#[path = "support/program.rs"]
mod program;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use changing::{Master, differing};
use etcd::{Etcd, Pair};
use program::{by_id, texts};
use serde_json::Value;
use support::{succeed, text, tool};
use tempfile::TempDir;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// A master of the zoo that was made so long ago that its leafs have expired, and its CAs have not.
fn long_ago(folder: &Path, case: &str) -> Option<Master> {
    let made = (OffsetDateTime::now_utc() - Duration::days(400)).replace_nanosecond(0).expect("a moment");
    let zoo = folder.join("zoo");
    generator::make(&zoo, &made.format(&Rfc3339).expect("a date"), &[case])?;
    Some(Master::at(&zoo.join(case)))
}

/// Renews what is due, and gives the operation.
fn renew(master: &Master, what: &str) -> Value {
    let run = master.kubepki(&["renew", what, "--yes", "-o", "json"]);
    run.ends_with(0);
    let operation = run.json();
    assert_eq!(operation["state"], "done", "{operation}");
    operation
}

/// Every certificate that was issued satisfies openssl: its CA, its dates, its key.
fn openssl_accepts(openssl: &Path, master: &Master, operation: &Value) -> Vec<String> {
    let list = by_id(&master.kubepki(&["list", "-o", "json"]).json());
    let folder = tempfile::tempdir().expect("a folder");
    let issues = operation["plan"]["issues"].as_array().expect("issues");
    for issue in issues {
        let field = |name: &str| issue[name].as_str().unwrap_or_else(|| panic!("{name}: {issue}"));
        let authority = master.file(list[field("authority")]["path"].as_str().expect("a path"));
        let places = std::iter::once(field("path").to_owned()).chain(texts(issue, "copies"));
        for (number, place) in places.enumerate() {
            let pair = pair_in(master, &place, field("keyPath"), &folder.path().join(number.to_string()));
            let verify = ["verify", "-x509_strict", "-CAfile", text(&authority), text(&pair.certificate)];
            succeed(openssl, &verify);
            assert_same_key(openssl, &pair);
        }
    }
    issues.iter().map(|issue| issue["id"].as_str().expect("an id").to_owned()).collect()
}

fn assert_same_key(openssl: &Path, pair: &Pair) {
    let certificate = succeed(openssl, &["x509", "-noout", "-pubkey", "-in", text(&pair.certificate)]);
    let key = succeed(openssl, &["pkey", "-pubout", "-in", text(&pair.key)]);
    assert_eq!(certificate, key, "{}", pair.certificate.display());
}

/// A certificate and its key as files: where they lie, or taken out of a kubeconfig.
fn pair_in(master: &Master, path: &str, key_path: &str, aside: &Path) -> Pair {
    let real = master.file(path);
    let content = fs::read_to_string(&real).unwrap_or_default();
    if !content.contains("client-certificate-data:") {
        return Pair { certificate: resolved(master, path), key: resolved(master, key_path) };
    }
    let take = |field: &str, to: PathBuf| {
        let data = content.lines().find_map(|line| line.trim().strip_prefix(field)).expect("data");
        fs::write(&to, base64::engine::general_purpose::STANDARD.decode(data.trim()).expect("base64"))
            .expect("written");
        to
    };
    Pair {
        certificate: take("client-certificate-data:", aside.with_extension("crt")),
        key: take("client-key-data:", aside.with_extension("key")),
    }
}

/// The file behind a path of the master: absolute links lead from its root.
fn resolved(master: &Master, path: &str) -> PathBuf {
    let real = master.file(path);
    match fs::read_link(&real) {
        Ok(target) if target.is_absolute() => master.file(text(&target)),
        _ => real,
    }
}

/// etcd serves clients and peers with the renewed files, and only those who show a certificate.
fn etcd_serves(openssl: &Path, etcd: &Path, server: &Pair, peer: &Pair, client: &Pair, authority: &Path) {
    let etcd = Etcd::start(etcd, server, peer, authority);
    let ask = |port: u16, path: &str, client: Option<&Pair>| etcd::get(openssl, port, path, authority, client);
    let health = ask(etcd.client_port, "/health", Some(client));
    assert!(health.contains("\"health\":\"true\""), "{health}");
    let version = ask(etcd.peer_port, "/version", Some(peer));
    assert!(version.contains("etcdserver"), "{version}");
    assert!(!ask(etcd.client_port, "/health", None).contains("health\":"), "without a certificate");
    assert!(!ask(etcd.peer_port, "/version", None).contains("etcdserver"), "without a certificate");
}

fn pair(master: &Master, certificate: &str, key: &str) -> Pair {
    Pair { certificate: master.file(certificate), key: master.file(key) }
}

/// kubectl reads every kubeconfig, and as kubepki does.
fn kubectl_reads(master: &Master) -> usize {
    let Some(kubectl) = tool("kubectl") else { return 0 };
    let list = master.kubepki(&["kubeconfig", "list", "-o", "json"]).json();
    let items = list["items"].as_array().expect("items");
    for item in items {
        let path = master.file(item["path"].as_str().expect("a path"));
        let seen = succeed(&kubectl, &["config", "view", "--raw", "-o", "json", "--kubeconfig", text(&path)]);
        let seen: Value = serde_json::from_str(&seen).expect("JSON");
        let names = |list: &Value| -> Vec<String> {
            list.as_array()
                .into_iter()
                .flatten()
                .map(|user| user["name"].as_str().expect("a name").to_owned())
                .collect()
        };
        assert_eq!(names(&seen["users"]), names(&item["users"]), "{}", path.display());
        assert_eq!(seen["current-context"], item["current"], "{}", path.display());
    }
    items.len()
}

/// Nothing in use is expired, but for the kubelet's own serving certificate, which the kubelet makes itself.
fn nothing_is_due(master: &Master) {
    let list = by_id(&master.kubepki(&["list", "-o", "json"]).json());
    let is_bad = |item: &&Value| item["inUse"] == true && item["status"] != "ok";
    let bad: Vec<&Value> = list.values().filter(is_bad).map(|item| &item["path"]).collect();
    assert!(bad.iter().all(|path| path.as_str().is_some_and(|path| path.ends_with("/kubelet.crt"))), "{bad:?}");
    let run = master.kubepki(&["renew", "--due", "--yes"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
}

/// Undoes the newest operation and compares with what was before.
fn undone(master: &Master, before: &changing::Tree) {
    master.kubepki(&["undo", "--yes"]).ends_with(0);
    assert_eq!(differing(before, &master.tree()), Vec::<String>::new());
}

/// Files with an owner and a mode of their own, as far as this user may.
fn odd_owner(master: &Master, path: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = master.file(path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("a mode");
    // Only root may give a file away; for others the mode alone is odd.
    let _ = std::os::unix::fs::chown(&path, Some(4242), Some(4243));
}

#[test]
fn an_expired_kubeadm_master() {
    let (Some(openssl), Some(etcd)) = (tool("openssl"), tool("etcd")) else { return };
    for case in ["healthy-kubelet-absolute-link", "healthy-ecdsa-136"] {
        let folder = TempDir::new().expect("a folder");
        let Some(master) = long_ago(folder.path(), case) else { return };
        odd_owner(&master, "/etc/kubernetes/pki/etcd/server.key");
        let before = master.tree();
        let operation = renew(&master, "--due");
        let renewed = openssl_accepts(&openssl, &master, &operation);
        for id in
            ["apiserver", "apiserver-kubelet-client", "apiserver-etcd-client", "front-proxy-client", "etcd-server"]
                .into_iter()
                .chain(["etcd-peer", "etcd-healthcheck-client", "admin.conf", "super-admin.conf"])
                .chain(["controller-manager.conf", "scheduler.conf"])
        {
            assert!(renewed.iter().any(|one| one == id), "{id} is not in {renewed:?}");
        }
        nothing_is_due(&master);
        let pki = |name: &str| format!("/etc/kubernetes/pki/{name}");
        let own = |name: &str| pair(&master, &pki(&format!("{name}.crt")), &pki(&format!("{name}.key")));
        let authority = master.file(&pki("etcd/ca.crt"));
        etcd_serves(&openssl, &etcd, &own("etcd/server"), &own("etcd/peer"), &own("apiserver-etcd-client"), &authority);
        kubelet_is_somebody(&openssl, &master);
        assert!(kubectl_reads(&master) >= 5);
        undone(&master, &before);
    }
}

/// kubelet.conf, by whatever it names, is an identity that the API server's CA vouches for now.
fn kubelet_is_somebody(openssl: &Path, master: &Master) {
    let text_of = fs::read_to_string(master.file("/etc/kubernetes/kubelet.conf")).expect("kubelet.conf");
    let named = text_of.lines().find_map(|line| line.trim().strip_prefix("client-certificate: "));
    let folder = tempfile::tempdir().expect("a folder");
    let path = named.unwrap_or("/etc/kubernetes/kubelet.conf");
    let pair = pair_in(master, path, path, &folder.path().join("kubelet"));
    let authority = master.file("/etc/kubernetes/pki/ca.crt");
    succeed(
        openssl,
        &["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", text(&authority), text(&pair.certificate)],
    );
    assert_same_key(openssl, &pair);
    let subject =
        succeed(openssl, &["x509", "-noout", "-subject", "-nameopt", "RFC2253", "-in", text(&pair.certificate)]);
    assert!(subject.contains("CN=system:node:") && subject.contains("O=system:nodes"), "{subject}");
}

#[test]
fn an_expired_split_master() {
    let (Some(openssl), Some(etcd)) = (tool("openssl"), tool("etcd")) else { return };
    let folder = TempDir::new().expect("a folder");
    let Some(master) = long_ago(folder.path(), "healthy-split-master") else { return };
    let before = master.tree();
    let operation = renew(&master, "--due");
    assert!(openssl_accepts(&openssl, &master, &operation).len() >= 9);
    nothing_is_due(&master);
    let own = |name: &str| pair(&master, &format!("/etc/etcd/pki/{name}.crt"), &format!("/etc/etcd/pki/{name}.key"));
    let client = "/etc/kubernetes/pki/apiserver-etcd-client";
    let client = pair(&master, &format!("{client}.crt"), &format!("{client}.key"));
    etcd_serves(&openssl, &etcd, &own("server"), &own("peer"), &client, &master.file("/etc/etcd/pki/ca.crt"));
    assert!(kubectl_reads(&master) >= 3);
    undone(&master, &before);
}

#[test]
fn a_single_ca_master() {
    let (Some(openssl), Some(etcd)) = (tool("openssl"), tool("etcd")) else { return };
    let folder = TempDir::new().expect("a folder");
    let Some(master) = long_ago(folder.path(), "expired-cfssl-admin") else { return };
    let before = master.tree();
    let due = renew(&master, "--due");
    let renewed = openssl_accepts(&openssl, &master, &due);
    assert!(renewed.contains(&"admin".to_owned()), "{renewed:?}");
    nothing_is_due(&master);
    undone(&master, &before);
    // Its certificates live for five years: the others are renewed because somebody wants it.
    let all = renew(&master, "--all");
    openssl_accepts(&openssl, &master, &all);
    let shared = pair(&master, "/etc/kubernetes/ssl/kubernetes.pem", "/etc/kubernetes/ssl/kubernetes-key.pem");
    etcd_serves(&openssl, &etcd, &shared, &shared, &shared, &master.file("/etc/kubernetes/ssl/ca.pem"));
    // One file, several programs: all are named.
    let issue = all["plan"]["issues"].as_array().expect("issues").iter();
    let issue =
        issue.clone().find(|issue| issue["path"] == "/etc/kubernetes/ssl/kubernetes.pem").expect("kubernetes.pem");
    assert!(issue["subject"].as_str().is_some_and(|subject| subject.contains("L=BeiJing,ST=BeiJing,C=CN")), "{issue}");
    let restarts = all["plan"]["restarts"].as_array().expect("restarts");
    for component in ["etcd", "kube-apiserver"] {
        assert!(restarts.iter().any(|restart| restart["component"] == component), "{component}: {restarts:?}");
    }
    assert!(kubectl_reads(&master) >= 2);
    undone(&master, &before);
}

/// What a certificate is beside its dates, serial number and key, as openssl says.
fn identity(openssl: &Path, file: &Path) -> String {
    let said = succeed(
        openssl,
        &[
            "x509",
            "-noout",
            "-in",
            text(file),
            "-subject",
            "-issuer",
            "-nameopt",
            "RFC2253",
            "-ext",
            "keyUsage,extendedKeyUsage,subjectAltName,basicConstraints,authorityKeyIdentifier",
        ],
    );
    // kubeadm writes the names in the order of its configuration of that day.
    let lines = said.lines().map(|line| match line.trim().starts_with("DNS:") {
        true => {
            let mut names: Vec<&str> = line.trim().split(", ").collect();
            names.sort_unstable();
            names.join(", ")
        }
        false => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn days(openssl: &Path, file: &Path) -> i64 {
    let said = succeed(openssl, &["x509", "-noout", "-dates", "-dateopt", "iso_8601", "-in", text(file)]);
    let date = |name: &str| {
        let value = said.lines().find_map(|line| line.strip_prefix(name)).expect("a date");
        OffsetDateTime::parse(&value.replace(' ', "T"), &Rfc3339).expect("a date")
    };
    (date("notAfter=") - date("notBefore=")).whole_days()
}

fn key_algorithm(openssl: &Path, file: &Path) -> String {
    let said = succeed(openssl, &["x509", "-noout", "-text", "-in", text(file)]);
    let line = |name: &str| said.lines().find_map(|line| line.trim().strip_prefix(name).map(ToOwned::to_owned));
    format!("{} {}", line("Public Key Algorithm: ").expect("an algorithm"), line("Public-Key: ").expect("a size"))
}

/// kubeadm's own renewal of the same master is the judge. What differs is meant to:
/// - an ECDSA master keeps ECDSA keys, where kubeadm without a cluster to ask makes RSA-2048;
/// - kubelet.conf is renewed too, which kubeadm leaves to the kubelet;
/// - a kubeconfig keeps every byte but the new values, where kubeadm writes it anew;
/// - old files are kept, in the state folder.
#[test]
fn all_renewed_as_kubeadm_does() {
    let Some(openssl) = tool("openssl") else { return };
    for (name, algorithm) in [("kubeadm-1.36-rsa", "RSA"), ("kubeadm-1.36-ecdsa", "ECDSA")] {
        let (Some(master), Some(kubeadm)) = (Master::sample(name), Master::sample(&format!("{name}-renewed"))) else {
            return;
        };
        let before = master.tree();
        let operation = renew(&master, "--all");
        assert_eq!(openssl_accepts(&openssl, &master, &operation).len(), 12);
        let after = master.tree();
        let changed: Vec<String> = differing(&before, &after);
        let theirs: Vec<String> = differing(&before, &kubeadm.tree());
        let only_ours: Vec<&String> = changed.iter().filter(|path| !theirs.contains(path)).collect();
        assert_eq!(only_ours, ["etc/kubernetes/kubelet.conf"], "{name}");
        assert!(theirs.iter().all(|path| changed.contains(path) || !path.starts_with("etc/")), "{theirs:?}");
        for path in changed.iter().map(Path::new) {
            assert_eq!((after[path].mode, after[path].owner), (before[path].mode, before[path].owner), "{path:?}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        for path in changed.iter().filter(|path| !path.ends_with(".key")) {
            let of = |master: &Master, to: &str| pair_in(master, path, path, &folder.path().join(to)).certificate;
            let (ours, theirs) = (of(&master, "ours"), of(&kubeadm, "theirs"));
            assert_eq!(identity(&openssl, &ours), identity(&openssl, &theirs), "{path}");
            assert!((days(&openssl, &ours) - days(&openssl, &theirs)).abs() <= 1, "{path}");
            let key = key_algorithm(&openssl, &ours);
            assert!(
                key.contains(if algorithm == "RSA" { "rsaEncryption (2048" } else { "id-ecPublicKey (256" }),
                "{key}"
            );
        }
        for path in changed.iter().filter(|path| path.ends_with(".conf")) {
            assert_only_credentials_differ(path, &before[Path::new(path)].content, &after[Path::new(path)].content);
        }
        assert!(kubectl_reads(&master) >= 5);
        undone(&master, &before);
    }
}

/// Line by line the same, but for the values of the two fields.
fn assert_only_credentials_differ(path: &str, before: &[u8], after: &[u8]) {
    let lines =
        |bytes: &[u8]| -> Vec<String> { String::from_utf8_lossy(bytes).split('\n').map(ToOwned::to_owned).collect() };
    let (before, after) = (lines(before), lines(after));
    assert_eq!(before.len(), after.len(), "{path}");
    let mut replaced = BTreeMap::new();
    for (old, new) in before.iter().zip(&after).filter(|(old, new)| old != new) {
        let (old, new) = (old.split_once(": ").expect("a field"), new.split_once(": ").expect("a field"));
        assert_eq!(old.0, new.0, "{path}");
        replaced.insert(old.0.trim(), ());
    }
    assert_eq!(replaced.into_keys().collect::<Vec<_>>(), ["client-certificate-data", "client-key-data"], "{path}");
}

/// sudo may keep HOME or not: root's history is one and the same.
#[test]
fn the_history_of_root_does_not_hang_on_home() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root's state lies below the master's root");
        return;
    }
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else { return };
    let homes = ["/root", "/home/ann"];
    let with = |home: &str, arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--root", text(&master.root)]);
        program::kubepki_with_variables(&all, &[("HOME", home), ("SUDO_USER", "ann")])
    };
    for home in homes {
        with(home, &["renew", "apiserver", "--yes"]).ends_with(0);
    }
    let [one, other] = homes.map(|home| with(home, &["history", "-o", "json"]).json());
    assert_eq!(one, other);
    let items = one["items"].as_array().expect("items");
    assert_eq!(items.len(), 2);
    assert!(items.iter().all(|item| item["by"]["sudoUser"] == "ann"), "{one}");
    assert!(master.file("/var/lib/kubepki/operations").is_dir());
    // The index is nothing but that.
    for entry in fs::read_dir(master.file("/var/lib/kubepki")).expect("the state folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            fs::remove_file(path).expect("removed");
        }
    }
    assert_eq!(with("/root", &["history", "-o", "json"]).json(), one);
}
