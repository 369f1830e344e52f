//! Forms in which certificates, keys and kubeconfigs lie on disks, each made by openssl and read from a folder.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kubepki::engine::open::{OpenOptions, instead_of_nothing, open};
use kubepki::inventory::tree::Verified;
use kubepki::inventory::{Inventory, Item, KeyState, Reaches, User, UserKind};
use kubepki::pki::hex;
use kubepki::progress::silent;
use tempfile::TempDir;

use crate::support::{succeed, text, tool};

struct Place {
    openssl: PathBuf,
    folder: TempDir,
}

impl Place {
    fn new() -> Option<Self> {
        Some(Self { openssl: tool("openssl")?, folder: TempDir::new().expect("a temporary folder") })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn openssl(&self, arguments: &[&str]) -> String {
        succeed(&self.openssl, arguments)
    }

    /// A self-signed certificate `stem.crt` with its key `stem.key`.
    fn pair(&self, stem: &str, common_name: &str) {
        let (key, certificate) = (self.at(&format!("{stem}.key")), self.at(&format!("{stem}.crt")));
        fs::create_dir_all(key.parent().expect("a folder")).expect("made");
        let made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"];
        let files = ["-keyout", text(&key), "-out", text(&certificate), "-subj", common_name];
        self.openssl(&[&["req", "-x509"], &made[..], &files].concat());
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.at(name)).expect("a file")
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    }

    fn read(&self) -> Inventory {
        let options = OpenOptions { directory: Some(self.folder.path().to_owned()), ..OpenOptions::default() };
        open(&options, &silent, &mut Verified::new()).expect("it can be read")
    }

    fn fingerprint(&self, name: &str) -> String {
        let said = self.openssl(&["x509", "-in", text(&self.at(name)), "-noout", "-fingerprint", "-sha256"]);
        said.trim().rsplit('=').next().expect("a fingerprint").replace(':', "").to_lowercase()
    }
}

fn item<'a>(inventory: &'a Inventory, ending: &str) -> &'a Item {
    let found = inventory.items.iter().find(|item| item.id.ends_with(ending));
    found.unwrap_or_else(|| {
        panic!("no item {ending} in {:?}", inventory.items.iter().map(|it| &it.id).collect::<Vec<_>>())
    })
}

fn sha256(item: &Item) -> String {
    hex(item.certificate().unwrap_or_else(|| panic!("{}: {:?}", item.id, item.content)).sha256())
}

#[test]
fn one_certificate_in_every_form() {
    let Some(place) = Place::new() else { return };
    place.pair("a", "/CN=a");
    let (pem, key) = (place.bytes("a.crt"), place.bytes("a.key"));
    let plain = String::from_utf8(pem.clone()).expect("text");
    place.openssl(&["x509", "-in", text(&place.at("a.crt")), "-outform", "DER", "-out", text(&place.at("der.der"))]);
    place.write("der.cer", place.bytes("der.der"));
    place.write("crlf.crt", plain.replace('\n', "\r\n"));
    place.write("bom.crt", format!("\u{feff}{plain}"));
    place.write("preamble.crt", place.openssl(&["x509", "-in", text(&place.at("a.crt")), "-text"]));
    place.write("both.pem", [pem.as_slice(), &key].concat());
    place.write("key-first.pem", [key.as_slice(), &pem].concat());
    let inventory = place.read();
    let fingerprint = place.fingerprint("a.crt");
    for name in ["a.crt", "der.der", "der.cer", "crlf.crt", "bom.crt", "preamble.crt", "both.pem", "key-first.pem"] {
        let item = item(&inventory, &format!("/{name}"));
        assert_eq!(sha256(item), fingerprint, "{name}");
        assert_eq!(item.copies.len(), 7, "{name}");
        let own = ["both.pem", "key-first.pem"].contains(&name);
        let key = item.key.path.as_deref().map(|path| Path::new(path).file_name().expect("a name").to_owned());
        // The key of the others lies in the same folder.
        assert_eq!(item.key.matches, Some(true), "{name}");
        assert!(!own || key.as_deref() == Some(name.as_ref()), "{name} {key:?}");
    }
    assert_eq!(inventory.keys, []);
}

#[test]
fn a_folder_of_masters_is_named_as_such() {
    let Some(place) = Place::new() else { return };
    place.pair("cp1/etc/kubernetes/pki/ca", "/CN=kubernetes");
    place.pair("cp2/etc/kubernetes/pki/ca", "/CN=kubernetes");
    let of = |root: PathBuf| {
        let options = OpenOptions { root, processes: false, ..OpenOptions::default() };
        let inventory = open(&options, &silent, &mut Verified::new()).expect("it can be read");
        instead_of_nothing(&options, &inventory)
    };
    let folder = text(place.folder.path());
    assert_eq!(
        of(place.folder.path().into()),
        Some(format!("{folder} is no master, it holds several: kubepki {folder}"))
    );
    assert_eq!(of(place.at("cp1")), None);
    // The same folder is the same answer, however it is written.
    let up = "../".repeat(std::env::current_dir().expect("a folder").components().count() - 1);
    let elsewhere = tempfile::tempdir().expect("a folder");
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(folder, &link).expect("a link");
    for written in [PathBuf::from(format!("{up}{}", folder.trim_start_matches('/'))), link] {
        assert!(of(written.clone()).is_some_and(|said| said.contains("it holds several")), "{written:?}");
    }
}

#[test]
fn keys_in_every_form_are_found_and_judged() {
    let Some(place) = Place::new() else { return };
    for (stem, convert) in [
        ("pkcs8", &["pkcs8", "-topk8", "-nocrypt"][..]),
        ("sec1", &["ec"]),
        ("encrypted", &["pkcs8", "-topk8", "-passout", "pass:secret"]),
        ("traditional", &["ec", "-aes128", "-passout", "pass:secret"]),
    ] {
        place.pair(stem, &format!("/CN={stem}"));
        let (key, out) = (place.at(&format!("{stem}.key")), place.at("converted"));
        place.openssl(&[convert, &["-in", text(&key), "-out", text(&out)]].concat());
        fs::rename(out, key).expect("moved");
    }
    place.pair("parameters", "/CN=parameters");
    let parameters = place.openssl(&["ecparam", "-name", "prime256v1"]);
    let (key, out) = (place.at("parameters.key"), place.at("converted"));
    place.openssl(&["ec", "-in", text(&key), "-out", text(&out)]);
    place.write("parameters.key", [parameters.into_bytes(), place.bytes("converted")].concat());
    fs::remove_file(out).expect("removed");
    place.pair("garbage", "/CN=garbage");
    place.write("garbage.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    place.pair("other", "/CN=other");
    place.write("other.key", place.bytes("pkcs8.key"));
    place.pair("cfssl", "/CN=cfssl");
    fs::rename(place.at("cfssl.crt"), place.at("cfssl.pem")).expect("moved");
    fs::rename(place.at("cfssl.key"), place.at("cfssl-key.pem")).expect("moved");
    place.pair("alone", "/CN=alone");
    fs::remove_file(place.at("alone.key")).expect("removed");
    let inventory = place.read();
    for (name, state, matches) in [
        ("pkcs8.crt", KeyState::Present, Some(true)),
        ("sec1.crt", KeyState::Present, Some(true)),
        ("parameters.crt", KeyState::Present, Some(true)),
        ("cfssl.pem", KeyState::Present, Some(true)),
        ("encrypted.crt", KeyState::Encrypted, None),
        ("traditional.crt", KeyState::Encrypted, None),
        ("garbage.crt", KeyState::Unreadable, None),
        ("other.crt", KeyState::Present, Some(false)),
        ("alone.crt", KeyState::Absent, None),
    ] {
        let item = item(&inventory, &format!("/{name}"));
        assert_eq!((item.key.state, item.key.matches), (state, matches), "{name}");
    }
    assert_eq!(inventory.keys, [], "every key has its certificate");
}

#[test]
fn bundles_and_broken_files_keep_every_cause() {
    let Some(place) = Place::new() else { return };
    place.pair("one", "/CN=one");
    place.pair("two", "/CN=two");
    let one = String::from_utf8(place.bytes("one.crt")).expect("text");
    let two = String::from_utf8(place.bytes("two.crt")).expect("text");
    place.write("bundle.pem", format!("{one}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n{two}"));
    place.write("cut.crt", &one[..one.len() / 2]);
    place.write("label.crt", one.replace("CERTIFICATE", "TRUSTED CERTIFICATE"));
    place.write("base64.crt", one.lines().filter(|line| !line.starts_with('-')).collect::<String>());
    place.write("empty.crt", "");
    place.write("note.txt", "not a certificate");
    place.write("half.der", &place.bytes("one.crt")[..0]);
    let inventory = place.read();
    assert_eq!(sha256(item(&inventory, "/bundle.pem#0")), place.fingerprint("one.crt"));
    assert_eq!(sha256(item(&inventory, "/bundle.pem#2")), place.fingerprint("two.crt"));
    for (name, word) in [
        ("bundle.pem#1", "not a certificate"),
        ("cut.crt", "line 1"),
        ("label.crt", "TRUSTED CERTIFICATE"),
        ("base64.crt", "neither PEM nor DER"),
        ("empty.crt", "empty"),
        ("half.der", "empty"),
    ] {
        let Err(fault) = &item(&inventory, &format!("/{name}")).content else { panic!("{name} is broken") };
        assert!(fault.to_string().contains(word), "{name}: {fault}");
    }
    assert!(inventory.items.iter().all(|item| !item.path.ends_with("note.txt")));
}

fn user(place: &Place, credential: &str, server: &str, authority: &str) -> (User, Reaches) {
    let text = format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster:\n    server: {server}\n    {authority}\nusers:\n- name: u\n  user:\n    {credential}\n\
         contexts:\n- name: x\n  context:\n    cluster: c\n    user: u\ncurrent-context: x\n"
    );
    place.write("etc/kubernetes/admin.conf", text);
    let options = OpenOptions { root: place.folder.path().to_owned(), ..OpenOptions::default() };
    let inventory = open(&options, &silent, &mut Verified::new()).expect("it can be read");
    let kubeconfig = inventory.kubeconfigs.into_iter().find(|it| it.path.ends_with("admin.conf")).expect("it is there");
    let [context] = &kubeconfig.contexts[..] else { panic!("one context") };
    let reaches = context.reaches;
    (kubeconfig.users.into_iter().next().expect("one user"), reaches)
}

/// A master with a CA and service account keys.
fn master() -> Option<Place> {
    let place = Place::new()?;
    place.pair("etc/kubernetes/pki/ca", "/CN=kubernetes");
    let private = place.at("etc/kubernetes/pki/sa.key");
    let public = place.at("etc/kubernetes/pki/sa.pub");
    place.openssl(&["genrsa", "-out", text(&private), "2048"]);
    place.openssl(&["rsa", "-in", text(&private), "-pubout", "-out", text(&public)]);
    place.write("etc/kubernetes/manifests/kube-apiserver.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: kube-apiserver\n    command:\n    - kube-apiserver\n    - --token-auth-file=/etc/kubernetes/known.csv\n");
    place.write("etc/kubernetes/known.csv", "s3cr3t,jane,7,\"developers,testers\"\n");
    Some(place)
}

fn service_account_token(place: &Place, key: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"system:serviceaccount:kube-system:builder","exp":1800000000}"#);
    place.write("signed", format!("{header}.{claims}"));
    let (data, signature) = (place.at("signed"), place.at("signature"));
    place.openssl(&["dgst", "-sha256", "-sign", text(&place.at(key)), "-out", text(&signature), text(&data)]);
    format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(place.bytes("signature")))
}

#[test]
fn users_are_who_their_credential_says() {
    let Some(place) = master() else { return };
    let own = service_account_token(&place, "etc/kubernetes/pki/sa.key");
    place.openssl(&["genrsa", "-out", text(&place.at("foreign.key")), "2048"]);
    let foreign = service_account_token(&place, "foreign.key");
    let account = Some("system:serviceaccount:kube-system:builder");
    for (credential, kind, identity, groups, note) in [
        (
            format!("token: {own}"),
            UserKind::ServiceAccountToken,
            account,
            &["system:serviceaccounts", "system:serviceaccounts:kube-system"][..],
            "signed by this master's",
        ),
        (
            format!("token: {foreign}"),
            UserKind::ServiceAccountToken,
            account,
            &["system:serviceaccounts", "system:serviceaccounts:kube-system"],
            "not signed by this master's",
        ),
        (
            "token: abcdef.0123456789abcdef".to_owned(),
            UserKind::BootstrapToken,
            Some("system:bootstrap:abcdef"),
            &["system:bootstrappers"],
            "",
        ),
        ("token: s3cr3t".to_owned(), UserKind::StaticToken, Some("jane"), &["developers", "testers"], "line 1"),
        ("token: unknown".to_owned(), UserKind::StaticToken, None, &[], "no token file here has its token"),
        ("username: bob\n    password: s3cr3t".to_owned(), UserKind::Password, Some("bob"), &[], "no passwords"),
        (
            "exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: aws-iam".to_owned(),
            UserKind::Exec,
            None,
            &[],
            "runs aws-iam",
        ),
        ("{}".to_owned(), UserKind::None, None, &[], ""),
    ] {
        let (user, _) = user(&place, &credential, "https://10.0.0.10:6443", "insecure-skip-tls-verify: true");
        assert_eq!((user.kind, user.identity.as_deref()), (kind, identity), "{note}");
        assert_eq!(user.groups, groups, "{note}");
        let said = user.note.clone().unwrap_or_default();
        assert!(said.contains(note) && (said.contains("not signed") == note.starts_with("not")), "{said}");
        assert!(!format!("{user:?}").contains("s3cr3t"), "no secret comes out");
    }
}

#[test]
fn contexts_reach_what_their_authority_says() {
    let Some(place) = master() else { return };
    place.pair("foreign", "/CN=kubernetes");
    let data = |name: &str| format!("certificate-authority-data: {}", STANDARD.encode(place.bytes(name)));
    for (server, authority, expected) in [
        ("https://10.0.0.10:6443", data("etc/kubernetes/pki/ca.crt"), Reaches::ThisMaster),
        ("https://10.0.0.10:6443", "certificate-authority: pki/ca.crt".to_owned(), Reaches::ThisMaster),
        ("https://10.0.0.10:6443", data("foreign.crt"), Reaches::AnotherCluster),
        ("https://rancher.example/k8s/clusters/c-m-abc", data("foreign.crt"), Reaches::ThroughRancher),
        ("https://10.0.0.10:6443", "insecure-skip-tls-verify: true".to_owned(), Reaches::Unknown),
    ] {
        let (_, reaches) = user(&place, "token: x", server, &authority);
        assert_eq!(reaches, expected, "{server} {}", &authority[..30]);
    }
}
