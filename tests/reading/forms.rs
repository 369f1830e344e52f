//! Forms in which certificates and keys lie on disks, each made by openssl and read from a folder.

use std::fs;
use std::path::{Path, PathBuf};

use kubepki::engine::open::{OpenOptions, instead_of_nothing, open};
use kubepki::inventory::tree::Verified;
use kubepki::inventory::{Inventory, Item, KeyState};
use kubepki::pki::hex;
use kubepki::progress::silent;
use tempfile::TempDir;

use crate::support::{succeed, text, tool};

/// A folder for what openssl makes.
pub(crate) struct Place {
    openssl: PathBuf,
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Option<Self> {
        Some(Self {
            openssl: tool("openssl")?,
            folder: TempDir::new().expect("a temporary folder"),
        })
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn openssl(&self, arguments: &[&str]) -> String {
        succeed(&self.openssl, arguments)
    }

    /// A self-signed certificate `stem.crt` with its key `stem.key`.
    pub(crate) fn pair(&self, stem: &str, common_name: &str) {
        let (key, certificate) = (
            self.at(&format!("{stem}.key")),
            self.at(&format!("{stem}.crt")),
        );
        fs::create_dir_all(key.parent().expect("a folder")).expect("made");
        let made = [
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "30",
        ];
        let files = [
            "-keyout",
            text(&key),
            "-out",
            text(&certificate),
            "-subj",
            common_name,
        ];
        self.openssl(&[&["req", "-x509"], &made[..], &files].concat());
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.at(name)).expect("a file")
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    }

    fn read(&self) -> Inventory {
        let options = OpenOptions {
            directory: Some(self.folder.path().to_owned()),
            ..OpenOptions::default()
        };
        open(&options, &silent, &mut Verified::new()).expect("it can be read")
    }

    fn fingerprint(&self, name: &str) -> String {
        let said = self.openssl(&[
            "x509",
            "-in",
            text(&self.at(name)),
            "-noout",
            "-fingerprint",
            "-sha256",
        ]);
        said.trim()
            .rsplit('=')
            .next()
            .expect("a fingerprint")
            .replace(':', "")
            .to_lowercase()
    }
}

fn item<'a>(inventory: &'a Inventory, ending: &str) -> &'a Item {
    let found = inventory
        .items
        .iter()
        .find(|item| item.id.ends_with(ending));
    found.unwrap_or_else(|| {
        panic!(
            "no item {ending} in {:?}",
            inventory.items.iter().map(|it| &it.id).collect::<Vec<_>>()
        )
    })
}

fn sha256(item: &Item) -> String {
    hex(item
        .certificate()
        .unwrap_or_else(|| panic!("{}: {:?}", item.id, item.content))
        .sha256())
}

#[test]
fn one_certificate_in_every_form() {
    let Some(place) = Place::new() else { return };
    place.pair("a", "/CN=a");
    let (pem, key) = (place.bytes("a.crt"), place.bytes("a.key"));
    let plain = String::from_utf8(pem.clone()).expect("text");
    place.openssl(&[
        "x509",
        "-in",
        text(&place.at("a.crt")),
        "-outform",
        "DER",
        "-out",
        text(&place.at("der.der")),
    ]);
    place.write("der.cer", place.bytes("der.der"));
    place.write("crlf.crt", plain.replace('\n', "\r\n"));
    place.write("bom.crt", format!("\u{feff}{plain}"));
    place.write(
        "preamble.crt",
        place.openssl(&["x509", "-in", text(&place.at("a.crt")), "-text"]),
    );
    place.write("both.pem", [pem.as_slice(), &key].concat());
    place.write("key-first.pem", [key.as_slice(), &pem].concat());
    let inventory = place.read();
    let fingerprint = place.fingerprint("a.crt");
    for name in [
        "a.crt",
        "der.der",
        "der.cer",
        "crlf.crt",
        "bom.crt",
        "preamble.crt",
        "both.pem",
        "key-first.pem",
    ] {
        let item = item(&inventory, &format!("/{name}"));
        assert_eq!(sha256(item), fingerprint, "{name}");
        assert_eq!(item.copies.len(), 7, "{name}");
        let own = ["both.pem", "key-first.pem"].contains(&name);
        let key = item
            .key
            .path
            .as_deref()
            .map(|path| Path::new(path).file_name().expect("a name").to_owned());
        // The key of the others lies in the same folder.
        assert_eq!(item.key.matches, Some(true), "{name}");
        assert!(
            !own || key.as_deref() == Some(name.as_ref()),
            "{name} {key:?}"
        );
    }
    assert_eq!(inventory.keys, []);
}

#[test]
fn a_folder_of_masters_is_named_as_such() {
    let Some(place) = Place::new() else { return };
    place.pair("cp1/etc/kubernetes/pki/ca", "/CN=kubernetes");
    place.pair("cp2/etc/kubernetes/pki/ca", "/CN=kubernetes");
    let of = |root: PathBuf| {
        let options = OpenOptions {
            root,
            processes: false,
            ..OpenOptions::default()
        };
        let inventory = open(&options, &silent, &mut Verified::new()).expect("it can be read");
        instead_of_nothing(&options, &inventory)
    };
    let folder = text(place.folder.path());
    assert_eq!(
        of(place.folder.path().into()),
        Some(format!(
            "{folder} is no master, it holds several: kubepki {folder}"
        ))
    );
    assert_eq!(of(place.at("cp1")), None);
    // The same folder is the same answer, however it is written.
    let up = "../".repeat(
        std::env::current_dir()
            .expect("a folder")
            .components()
            .count()
            - 1,
    );
    let elsewhere = tempfile::tempdir().expect("a folder");
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(folder, &link).expect("a link");
    for written in [
        PathBuf::from(format!("{up}{}", folder.trim_start_matches('/'))),
        link,
    ] {
        assert!(
            of(written.clone()).is_some_and(|said| said.contains("it holds several")),
            "{written:?}"
        );
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
    place.write(
        "parameters.key",
        [parameters.into_bytes(), place.bytes("converted")].concat(),
    );
    fs::remove_file(out).expect("removed");
    place.pair("garbage", "/CN=garbage");
    place.write(
        "garbage.key",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    );
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
        assert_eq!(
            (item.key.state, item.key.matches),
            (state, matches),
            "{name}"
        );
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
    place.write(
        "bundle.pem",
        format!("{one}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n{two}"),
    );
    place.write("cut.crt", &one[..one.len() / 2]);
    place.write(
        "label.crt",
        one.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
    );
    place.write(
        "base64.crt",
        one.lines()
            .filter(|line| !line.starts_with('-'))
            .collect::<String>(),
    );
    place.write("empty.crt", "");
    place.write("note.txt", "not a certificate");
    place.write("half.der", &place.bytes("one.crt")[..0]);
    let inventory = place.read();
    assert_eq!(
        sha256(item(&inventory, "/bundle.pem#0")),
        place.fingerprint("one.crt")
    );
    assert_eq!(
        sha256(item(&inventory, "/bundle.pem#2")),
        place.fingerprint("two.crt")
    );
    for (name, word) in [
        ("bundle.pem#1", "not a certificate"),
        ("cut.crt", "line 1"),
        ("label.crt", "TRUSTED CERTIFICATE"),
        ("base64.crt", "neither PEM nor DER"),
        ("empty.crt", "empty"),
        ("half.der", "empty"),
    ] {
        let Err(fault) = &item(&inventory, &format!("/{name}")).content else {
            panic!("{name} is broken")
        };
        assert!(fault.to_string().contains(word), "{name}: {fault}");
    }
    assert!(
        inventory
            .items
            .iter()
            .all(|item| !item.path.ends_with("note.txt"))
    );
}
