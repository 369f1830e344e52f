//! Masters made by kubeadm 1.36.2, read and compared with what openssl and kubeadm itself say of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use kubepki::engine::open::{OpenOptions, open, watched_folders};
use kubepki::inventory::tree::{Issuer, Verified};
use kubepki::inventory::{Inventory, Item, ItemIndex, KeyState, Reaches, Source, UserKind, state};
use kubepki::kubernetes::component::Component;
use kubepki::kubernetes::flags::from_manifest;
use kubepki::pki::hex;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::progress::silent;
use kubepki::setup::guide::flags;
use kubepki::setup::kubeadm;
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::support::{succeed, text, tool};

fn unpack(name: &str, folder: &Path) -> Option<PathBuf> {
    let archive = format!("{}/tests/fixtures/samples/{name}.tar.gz", env!("CARGO_MANIFEST_DIR"));
    succeed(&tool("tar")?, &["-xpzf", &archive, "-C", text(folder)]);
    Some(folder.join(name))
}

fn read(root: &Path) -> Inventory {
    let options = OpenOptions { root: root.to_owned(), ..OpenOptions::default() };
    open(&options, &silent, &mut Verified::new()).expect("it can be read")
}

fn item<'a>(inventory: &'a Inventory, id: &str) -> &'a Item {
    let found = inventory.items.iter().find(|item| &*item.id == id);
    found
        .unwrap_or_else(|| panic!("no item {id} among {:?}", inventory.items.iter().map(|i| &i.id).collect::<Vec<_>>()))
}

/// The item's certificate as a PEM file of its own, taken out of the master without kubepki.
fn extracted(root: &Path, item: &Item, folder: &Path) -> PathBuf {
    let path = root.join(item.path.trim_start_matches('/'));
    if item.source == Source::File {
        return path;
    }
    let kubeconfig = fs::read_to_string(path).expect("a kubeconfig");
    let data = kubeconfig.lines().find_map(|line| line.trim().strip_prefix("client-certificate-data: "));
    let pem = base64::engine::general_purpose::STANDARD.decode(data.expect("embedded data")).expect("base64");
    let out = folder.join("embedded.pem");
    fs::write(&out, pem).expect("written");
    out
}

#[test]
fn the_certificates_are_as_openssl_shows_them() {
    let Some(openssl) = tool("openssl") else { return };
    for name in ["kubeadm-1.36-rsa", "kubeadm-1.36-ecdsa"] {
        let folder = TempDir::new().expect("a temporary folder");
        let Some(root) = unpack(name, folder.path()) else { return };
        let inventory = read(&root);
        assert_eq!(inventory.layout, "kubeadm");
        let in_files = inventory.items.iter().filter(|item| item.source == Source::File);
        assert_eq!((in_files.count(), inventory.items.len(), inventory.kubeconfigs.len()), (10, 15, 5), "{name}");
        assert_eq!(inventory.items.iter().filter(|item| item.is_authority()).count(), 3);
        assert_eq!(inventory.unread, []);
        for item in &inventory.items {
            let pem = extracted(&root, item, folder.path());
            compare(&openssl, &pem, item);
        }
    }
}

/// Every field that `list` prints, against `openssl x509`.
fn compare(openssl: &Path, pem: &Path, item: &Item) {
    let arguments = ["x509", "-in", text(pem), "-noout", "-subject", "-issuer", "-serial", "-dates", "-fingerprint"];
    let form = ["-sha256", "-nameopt", "RFC2253", "-dateopt", "iso_8601"];
    let said = succeed(openssl, &[&arguments[..], &form].concat());
    let certificate = item.certificate().expect("a certificate");
    let details = certificate.details();
    let iso = |moment: OffsetDateTime| moment.format(&Rfc3339).expect("a date").replace('T', " ");
    let expected = [
        format!("subject={}", details.subject.to_rfc4514()),
        format!("issuer={}", details.issuer.to_rfc4514()),
        format!("serial={}", details.serial_number.to_uppercase()),
        format!("notBefore={}", iso(details.not_before)),
        format!("notAfter={}", iso(details.not_after)),
    ];
    for line in expected {
        assert!(said.lines().any(|said| said == line), "{}: {line} is not in\n{said}", item.id);
    }
    let fingerprint = said.lines().last().and_then(|line| line.split_once('=')).expect("a fingerprint").1;
    assert_eq!(fingerprint.replace(':', "").to_lowercase(), hex(certificate.sha256()), "{}", item.id);
    let said = succeed(openssl, &["x509", "-in", text(pem), "-noout", "-text", "-certopt", "ext_parse"]);
    let usages: Vec<String> = details.key_usage.iter().map(ToString::to_string).collect();
    assert_eq!(usages, words_after(&said, "X509v3 Key Usage", &KEY_USAGE), "{}", item.id);
    let usages: Vec<String> = details.extended_key_usage.iter().map(ToString::to_string).collect();
    assert_eq!(usages, words_after(&said, "X509v3 Extended Key Usage", &EXTENDED), "{}", item.id);
    assert_eq!(item.is_authority(), said.contains("CA:TRUE"), "{}", item.id);
    let names: Vec<String> = details.subject_alt_names.iter().map(ToString::to_string).collect();
    let names_said =
        after(&said, "X509v3 Subject Alternative Name").replace("IP Address:", "IP:").replace("0:0:0:0:0:0:0:1", "::1");
    assert_eq!(names.join(", "), names_said, "{}", item.id);
}

const KEY_USAGE: [(&str, &str); 3] = [
    ("Digital Signature", "digital signature"),
    ("Key Encipherment", "key encipherment"),
    ("Certificate Sign", "cert sign"),
];

const EXTENDED: [(&str, &str); 2] =
    [("TLS Web Server Authentication", "server auth"), ("TLS Web Client Authentication", "client auth")];

/// The line below a heading of `openssl x509 -text`.
fn after(said: &str, heading: &str) -> String {
    let mut lines = said.lines().skip_while(|line| !line.trim().starts_with(heading));
    lines.nth(1).unwrap_or_default().trim().to_owned()
}

fn words_after(said: &str, heading: &str, words: &[(&str, &str)]) -> Vec<String> {
    let line = after(said, heading);
    let kubernetes =
        |word: &str| words.iter().find(|(openssl, _)| *openssl == word).map(|(_, ours)| (*ours).to_owned());
    line.split(", ")
        .filter(|word| !word.is_empty())
        .map(|word| kubernetes(word).unwrap_or_else(|| word.to_owned()))
        .collect()
}

#[test]
fn names_authorities_and_ends_are_kubeadms() {
    let folder = TempDir::new().expect("a temporary folder");
    let Some(root) = unpack("kubeadm-1.36-rsa", folder.path()) else { return };
    let inventory = read(&root);
    let said = fs::read_to_string(root.join("check-expiration.json")).expect("kubeadm's view");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let listed = |field: &str| said[field].as_array().cloned().unwrap_or_default();
    let all: Vec<Value> = listed("certificates").into_iter().chain(listed("certificateAuthorities")).collect();
    assert!(all.len() >= 13);
    for row in all {
        let name = row["name"].as_str().expect("a name");
        let at = inventory.items.iter().position(|item| &*item.id == name).unwrap_or_else(|| panic!("no {name}"));
        let item = &inventory.items[at];
        let end = item.certificate().expect("a certificate").not_after().format(&Rfc3339).expect("a date");
        assert_eq!(Some(end.as_str()), row["expirationDate"].as_str(), "{name}");
        assert_eq!(item.roles.iter().map(|role| role.name).collect::<Vec<_>>(), [name]);
        let authority = match inventory.tree.issuer(ItemIndex(u32::try_from(at).expect("few"))) {
            Issuer::Item(index) => inventory.item(index).map(|item| item.id.to_string()),
            _ => None,
        };
        assert_eq!(authority.as_deref(), row["caName"].as_str(), "{name}");
    }
    assert_eq!(inventory.cluster.as_deref(), Some("kubernetes"));
    assert_eq!(inventory.node.as_deref(), Some("master-1"));
}

#[test]
fn readers_are_the_lines_of_the_manifests() {
    let folder = TempDir::new().expect("a temporary folder");
    let Some(root) = unpack("kubeadm-1.36-ecdsa", folder.path()) else { return };
    let inventory = read(&root);
    let mut told = 0;
    for item in &inventory.items {
        assert!(item.in_use && !item.read_by.is_empty(), "{}", item.id);
        for reader in item.read_by.iter().filter(|reader| !reader.file.is_empty()) {
            let manifest = fs::read_to_string(root.join(reader.file.trim_start_matches('/'))).expect("a manifest");
            let line = manifest.lines().nth(reader.line as usize - 1).expect("the line").trim();
            assert_eq!(line, format!("- --{}={}", reader.flag, item.path), "{}", item.id);
            told += 1;
        }
        assert_eq!((item.key.state, item.key.matches), (KeyState::Present, Some(true)), "{}", item.id);
    }
    // Every flag that ends in a path of a certificate or kubeconfig was found: grep counts them.
    let grep = fs::read_dir(root.join("etc/kubernetes/manifests")).expect("manifests").map(|entry| {
        let manifest = fs::read_to_string(entry.expect("an entry").path()).expect("text");
        let names = |line: &&str| {
            line.trim().starts_with("- --") && [".crt", ".conf"].iter().any(|ending| line.ends_with(ending))
        };
        manifest.lines().filter(names).count()
    });
    assert_eq!(told, grep.sum::<usize>());
    let keys: BTreeSet<(&str, bool)> = inventory.keys.iter().map(|key| (&*key.path, key.public_only)).collect();
    assert_eq!(keys, [("/etc/kubernetes/pki/sa.key", false), ("/etc/kubernetes/pki/sa.pub", true)].into());
    assert!(inventory.keys.iter().all(|key| key.algorithm.as_deref() == Some("ECDSA-P256") && key.mode == 0o600));
}

#[test]
fn kubeconfigs_say_who_and_where() {
    let folder = TempDir::new().expect("a temporary folder");
    let Some(root) = unpack("kubeadm-1.36-rsa", folder.path()) else { return };
    let inventory = read(&root);
    for (path, identity, groups) in [
        ("/etc/kubernetes/admin.conf", "kubernetes-admin", &["kubeadm:cluster-admins"][..]),
        ("/etc/kubernetes/super-admin.conf", "kubernetes-super-admin", &["system:masters"]),
        ("/etc/kubernetes/controller-manager.conf", "system:kube-controller-manager", &[]),
        ("/etc/kubernetes/scheduler.conf", "system:kube-scheduler", &[]),
        ("/etc/kubernetes/kubelet.conf", "system:node:master-1", &["system:nodes"]),
    ] {
        let kubeconfig = inventory.kubeconfigs.iter().find(|kubeconfig| &*kubeconfig.path == path).expect(path);
        let [user] = &kubeconfig.users[..] else { panic!("{path} has one user") };
        assert_eq!((user.kind, user.identity.as_deref()), (UserKind::Certificate, Some(identity)));
        assert_eq!(user.groups, groups, "{path}");
        let certificate = user.certificate.and_then(|index| inventory.item(index)).expect("its certificate");
        assert_eq!(&*certificate.path, path);
        assert_eq!(kubeconfig.contexts[0].reaches, Reaches::ThisMaster, "{path}");
        assert_eq!(kubeconfig.clusters[0].authority_text, "ca.crt of this master");
        let text = fs::read_to_string(root.join(path.trim_start_matches('/'))).expect("a kubeconfig");
        assert!(text.lines().any(|line| line.trim() == format!("server: {}", kubeconfig.clusters[0].server)), "{path}");
        assert_eq!(kubeconfig.fault, None);
    }
}

#[test]
fn requests_of_an_external_authority_have_their_keys() {
    let folder = TempDir::new().expect("a temporary folder");
    let Some(root) = unpack("kubeadm-1.36-generate-csr", folder.path()) else { return };
    let inventory = read(&root);
    assert_eq!(inventory.layout, "kubeadm");
    assert_eq!(inventory.items.len(), 0, "{:?}", inventory.items);
    let mut files = 0;
    for request in &inventory.requests {
        assert!(request.request.is_ok(), "{}", request.path);
        let stem = request.path.strip_suffix(".csr").expect("an ending");
        let key = if root.join(&stem[1..]).is_file() { stem.to_owned() } else { format!("{stem}.key") };
        assert_eq!(request.key_path.as_deref(), Some(key.as_str()), "{}", request.path);
        files += 1;
    }
    assert_eq!(files, 12);
}

#[test]
fn an_expired_master_is_seen_through_its_date() {
    let folder = TempDir::new().expect("a temporary folder");
    let Some(root) = unpack("kubeadm-1.36-rsa", folder.path()) else { return };
    let inventory = read(&root);
    let index =
        |id: &str| inventory.indexed().find(|(_, item)| &*item.id == id).map(|(index, _)| index).expect("an item");
    for (id, after_days, word) in
        [("apiserver", 0, "ok"), ("apiserver", 340, "expiring"), ("apiserver", 366, "expired"), ("ca", 366, "ok")]
    {
        let item = item(&inventory, id);
        let moment = item.certificate().expect("a certificate").not_before() + time::Duration::days(after_days);
        assert_eq!(
            state::judge(&inventory, index(id), item, moment).status.word(),
            word,
            "{id} after {after_days} days"
        );
    }
}

#[test]
fn a_folder_of_the_master_will_do() {
    let folder = TempDir::new().expect("a temporary folder");
    let Some(root) = unpack("kubeadm-1.36-rsa", folder.path()) else { return };
    for (below, certificates) in [("", 15), ("etc", 15), ("etc/kubernetes", 15), ("etc/kubernetes/pki", 10)] {
        let options = OpenOptions { directory: Some(root.join(below)), ..OpenOptions::default() };
        let inventory = open(&options, &silent, &mut Verified::new()).expect("it can be read");
        assert_eq!((inventory.layout.as_str(), inventory.items.len()), ("kubeadm", certificates), "{below}");
        assert_eq!(&*item(&inventory, "apiserver").path, "/etc/kubernetes/pki/apiserver.crt");
        let watched = watched_folders(&options, &inventory);
        assert!(watched.contains(&root.join("etc/kubernetes/pki/etcd")), "{watched:?}");
    }
    let etcd = OpenOptions { directory: Some(root.join("etc/kubernetes/pki/etcd")), ..OpenOptions::default() };
    let inventory = open(&etcd, &silent, &mut Verified::new()).expect("it can be read");
    assert_eq!((inventory.layout.as_str(), inventory.items.len()), ("directory", 4));
    let real = fs::canonicalize(root.join("etc/kubernetes/pki/etcd/ca.crt")).expect("there");
    assert!(inventory.items.iter().any(|item| Path::new(&*item.path) == real));
    assert!(inventory.items.iter().all(|item| item.key.matches == Some(true)));
}

/// The answers and flags that a setup takes from kubeadm's configuration are those with which kubeadm made the sample.
#[test]
fn the_configuration_gives_the_flags_of_the_manifests() {
    for (name, algorithm) in
        [("kubeadm-1.36-rsa", KeyAlgorithm::Rsa2048), ("kubeadm-1.36-ecdsa", KeyAlgorithm::EcdsaP256)]
    {
        let folder = TempDir::new().expect("a temporary folder");
        let Some(root) = unpack(name, folder.path()) else { return };
        let text = fs::read_to_string(root.join("kubeadm.yaml")).expect("a configuration");
        let read = kubeadm::read(&text, "another").expect("it is kubeadm's");
        let cluster = &read.cluster;
        assert_eq!(cluster.faults(), [], "{name}");
        assert_eq!(read.notes, ["bootstrapTokens: passed over, `kubeadm init` makes them"]);
        assert_eq!((cluster.nodes[0].name.as_str(), cluster.key_algorithm), ("master-1", algorithm));
        assert_eq!(cluster.api_server_sans, ["k8s.example.com", "192.0.2.10"]);
        assert_eq!(kubeadm::read(&kubeadm::write(cluster), "").map(|again| again.cluster).as_ref(), Ok(cluster));
        for component in &Component::RESTARTED[..4] {
            let path = format!("/etc/kubernetes/manifests/{component}.yaml");
            let manifest = fs::read_to_string(root.join(&path[1..])).expect("a manifest");
            let facts = from_manifest(&path, &manifest).expect("a pod");
            let made: BTreeSet<_> = facts.iter().map(|fact| (fact.flag.clone(), fact.value.clone())).collect();
            let mut told: BTreeSet<_> = flags(cluster, "master-1", *component).into_iter().collect();
            // A new cluster is what etcd takes it for anyway.
            told.remove(&("initial-cluster-state".to_owned(), "new".to_owned()));
            assert!(told.is_subset(&made), "{component}: {:?}", told.difference(&made).collect::<Vec<_>>());
            for fact in facts.iter().filter(|fact| !fact.files().is_empty()) {
                assert!(told.contains(&(fact.flag.clone(), fact.value.clone())), "{component}: {fact:?}");
            }
        }
    }
}
