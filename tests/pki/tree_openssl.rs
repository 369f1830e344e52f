//! The issuer tree against `openssl verify`, for every ordered pair of certificates in some of the zoo's masters.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use kubepki::inventory::tree::{Candidates, Issuer, Tree, Verified};
use kubepki::inventory::{Inventory, Item, ItemIndex, KeyFact, NoIssuer, Source, state};
use kubepki::pki::path::Refusal;
use kubepki::pki::{Certificate, pem};
use tempfile::TempDir;

use crate::support::{python, run, succeed, tool};

/// Masters that stress the tree: a CA of the same name, an intermediate, CAs that may not sign, damaged
/// signatures, two CAs of one name during a rotation, weak keys and digests.
const TREES: [&str; 12] = [
    "healthy-ecdsa-136",
    "healthy-intermediate-ca",
    "healthy-external-ca",
    "issuer-apiserver-same-dn-no-aki",
    "issuer-bad-signature",
    "order-ca-bundle-old-first",
    "rotation-old-dropped-early",
    "rotation-signer-two-certs",
    "usage-ca-not-ca",
    "usage-ca-v1",
    "weak-ed25519-ca",
    "weaksig-sha1-apiserver",
];

// openssl's X509_V_ERR_ numbers.
const DEPTH_ZERO_SELF_SIGNED: u32 = 18;
const ISSUER_NOT_FOUND: u32 = 20;
const NO_CERT_SIGN: u32 = 32;
const INVALID_CA: u32 = 79;

/// The masters' date; whether anything is expired then plays no part here.
const MADE: &str = "2026-11-22T00:00:00Z";

#[test]
fn a_child_in_the_tree_if_and_only_if_openssl_says_so() {
    let (Some(python), Some(openssl)) = (python("cryptography"), tool("openssl")) else { return };
    let folder = TempDir::new().expect("a temporary folder");
    make_zoo(&python, folder.path());
    make_by_hand(&openssl, &folder.path().join("zoo/by-hand"));
    let mut refusals = HashSet::new();
    for name in TREES.into_iter().chain(["by-hand"]) {
        let found = Found::read(&openssl, &folder.path().join("zoo").join(name), &folder.path().join(name));
        assert!(found.certificates.len() >= 6, "{name}: only {} certificates", found.certificates.len());
        let told = Spoken::ask(&openssl, &found);
        refusals.extend(compare_pairs(name, &found, &told, &openssl));
        compare_tree(name, &found, &told);
    }
    for refusal in [Refusal::NotAnAuthority, Refusal::NoCertSign, Refusal::AuthorityKeyIdentifier] {
        assert!(refusals.contains(&refusal), "no master shows {refusal:?}");
    }
}

fn make_zoo(python: &Path, folder: &Path) {
    let generator = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/zoo/make_zoo.py");
    let text = |name: &str| folder.join(name).to_string_lossy().into_owned();
    fs::write(folder.join("only"), TREES.join("\n")).expect("the list is written");
    succeed(python, &[generator, &text("zoo"), "--only", &text("only"), "--now", MADE, "--no-big"]);
}

/// One key and one name in several authorities' certificates: only what these say of themselves differs.
fn make_by_hand(openssl: &Path, folder: &Path) {
    const SECTIONS: &str = "[req]\ndistinguished_name=dn\n[dn]\n\
        [good]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\nsubjectKeyIdentifier=hash\n\
        [renamed]\nbasicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=01020304\n\
        [may-not-sign]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=cRLSign\nsubjectKeyIdentifier=hash\n\
        [no-authority]\nbasicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\n\
        [silent]\nsubjectKeyIdentifier=hash\n\
        [leaf]\nauthorityKeyIdentifier=keyid:always\n\
        [leaf-by-serial]\nauthorityKeyIdentifier=keyid:always,issuer:always\n\
        [leaf-plain]\nkeyUsage=digitalSignature\n";
    fs::create_dir_all(folder).expect("the folder is made");
    let text = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (config, key, request) = (text("config"), text("key"), text("request"));
    fs::write(&config, SECTIONS).expect("the configuration is written");
    succeed(openssl, &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", &key]);
    for section in ["good", "renamed", "may-not-sign", "no-authority", "silent"] {
        let out = text(&format!("{section}.crt"));
        let arguments = ["req", "-x509", "-new", "-config", &config, "-extensions", section, "-subj", "/CN=by hand"];
        succeed(openssl, &[&arguments[..], &["-key", &key, "-out", &out]].concat());
    }
    succeed(openssl, &["req", "-new", "-config", &config, "-key", &key, "-subj", "/CN=leaf", "-out", &request]);
    for section in ["leaf", "leaf-by-serial", "leaf-plain"] {
        let (authority, out) = (text("good.crt"), text(&format!("{section}.crt")));
        let arguments = ["x509", "-req", "-in", &request, "-CA", &authority, "-CAkey", &key, "-CAcreateserial"];
        succeed(openssl, &[&arguments[..], &["-extfile", &config, "-extensions", section, "-out", &out]].concat());
    }
}

/// The distinct certificates of one master, each in a file of its own.
struct Found {
    certificates: Vec<Certificate>,
    files: Vec<String>,
    /// openssl's hashes of subject and issuer.
    names: Vec<(String, String)>,
}

impl Found {
    fn read(openssl: &Path, master: &Path, out: &Path) -> Self {
        let mut blocks = Vec::new();
        collect(master, &mut blocks);
        let mut seen = BTreeSet::new();
        let certificates: Vec<Certificate> = blocks
            .iter()
            .filter_map(|der| Certificate::from_der(der).ok())
            .filter(|it| seen.insert(*it.sha256()))
            .collect();
        fs::create_dir_all(out).expect("the folder is made");
        let files: Vec<String> =
            (0..certificates.len()).map(|index| format!("{}/{index:02}.pem", out.display())).collect();
        for (file, certificate) in files.iter().zip(&certificates) {
            fs::write(file, certificate.to_pem()).expect("the certificate is written");
        }
        let names = files.iter().map(|file| {
            let hashes = succeed(openssl, &["x509", "-noout", "-subject_hash", "-issuer_hash", "-in", file]);
            let (subject, issuer) = hashes.trim().split_once('\n').expect("two hashes");
            (subject.to_owned(), issuer.to_owned())
        });
        let names = names.collect();
        Self { certificates, files, names }
    }

    fn same_name(&self, child: usize, issuer: usize) -> bool {
        self.names[child].1 == self.names[issuer].0
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let all = self.files.len();
        (0..all)
            .flat_map(move |child| (0..all).map(move |issuer| (child, issuer)))
            .filter(|(child, issuer)| child != issuer)
    }
}

/// Every certificate below `folder`, those inside kubeconfigs too.
fn collect(folder: &Path, found: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let Ok(kind) = path.symlink_metadata() else { continue };
        if kind.is_dir() {
            collect(&path, found);
        } else if kind.is_file() && kind.len() < 1 << 20 {
            let bytes = fs::read(&path).expect("the file is readable");
            take(&bytes, found);
            for line in String::from_utf8_lossy(&bytes).lines().filter_map(|line| line.split_once("-data: ")) {
                let data = base64::engine::general_purpose::STANDARD.decode(line.1.trim()).unwrap_or_default();
                take(&data, found);
            }
        }
    }
}

fn take(bytes: &[u8], found: &mut Vec<Vec<u8>>) {
    let blocks = pem::blocks(bytes).into_iter().flatten().filter(|block| block.label == "CERTIFICATE");
    found.extend(blocks.map(|block| block.der.to_vec()));
}

/// What openssl says to each pair (child, issuer): nothing where it is fine, else its error number.
struct Spoken(BTreeMap<(usize, usize), u32>);

impl Spoken {
    fn ask(openssl: &Path, found: &Found) -> Self {
        let mut told = BTreeMap::new();
        for (issuer, trusted) in found.files.iter().enumerate() {
            let flags = ["verify", "-partial_chain", "-no_check_time", "-no-CApath", "-no-CAfile", "-no-CAstore"];
            let children: Vec<&str> = found.files.iter().filter(|file| *file != trusted).map(String::as_str).collect();
            let output = run(openssl, &[&flags[..], &["-trusted", trusted], &children].concat());
            let (fine, words) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            let errors = errors(&words);
            for (child, file) in found.files.iter().enumerate().filter(|(child, _)| *child != issuer) {
                match errors.get(file.as_str()) {
                    Some(error) => drop(told.insert((child, issuer), *error)),
                    None => assert!(fine.contains(&format!("{file}: OK")), "openssl says nothing to {file}: {words}"),
                }
            }
        }
        Self(told)
    }

    fn accepts(&self, child: usize, issuer: usize) -> bool {
        !self.0.contains_key(&(child, issuer))
    }
}

/// The most telling error number of each file, from lines "error 20 at 0 depth lookup: …" and then "error FILE: …".
fn errors(words: &str) -> BTreeMap<&str, u32> {
    let mut errors = BTreeMap::new();
    let mut first = None;
    for line in words.lines().filter_map(|line| line.strip_prefix("error ")) {
        if let Some((number, _)) = line.split_once(" at ") {
            let number = number.parse().ok();
            // The key usage makes a certificate an "invalid CA" too; 32 is the one that says why.
            first = if number == Some(NO_CERT_SIGN) { number } else { first.or(number) };
        } else if let (Some((file, _)), Some(number)) = (line.split_once(": "), first.take()) {
            errors.insert(file, number);
        }
    }
    errors
}

/// Each pair alone: an inventory of two, judged by the tree that is built from it. Gives the reasons that were met.
fn compare_pairs(name: &str, found: &Found, told: &Spoken, openssl: &Path) -> HashSet<Refusal> {
    let mut refusals = HashSet::new();
    for (child, issuer) in found.pairs() {
        let inventory = inventory([&found.certificates[issuer], &found.certificates[child]]);
        let ours = inventory.tree.issuer(ItemIndex(1));
        let pair = format!("{name}: {:?} under {:?}", found.certificates[child], found.certificates[issuer]);
        let accepted = told.accepts(child, issuer);
        assert_eq!(
            ours == Issuer::Item(ItemIndex(0)),
            accepted,
            "{pair}: {ours:?}, openssl {:?}",
            told.0.get(&(child, issuer))
        );
        // Openssl asks first who could be the issuer, so that a good signature may hide behind "not found".
        if !accepted && found.same_name(child, issuer) && signature_is_good(openssl, found, child, issuer) {
            let reason = reason(found, child, issuer, told.0[&(child, issuer)]);
            let Some(reason) = reason else {
                assert_eq!(ours, Issuer::Itself, "{pair}");
                continue;
            };
            assert_eq!(ours, Issuer::None(NoIssuer::Refused(ItemIndex(0), reason)), "{pair}");
            let item = &inventory.items[1];
            let said = state::judge(
                &inventory,
                ItemIndex(1),
                item,
                item.content.as_ref().expect("a certificate").not_before(),
            );
            assert!(said.why.contains(&reason.to_string()), "{pair}: {said:?} does not say {reason}");
            refusals.insert(reason);
        }
    }
    refusals
}

/// The whole master: each certificate hangs under one of those that openssl accepts, or under none.
fn compare_tree(name: &str, found: &Found, told: &Spoken) {
    let inventory = inventory(&found.certificates);
    let every = 0..found.certificates.len();
    for child in every.clone() {
        let accepted: Vec<usize> =
            every.clone().filter(|issuer| *issuer != child && told.accepts(child, *issuer)).collect();
        let place = ItemIndex(u32::try_from(child).expect("few certificates"));
        match inventory.tree.issuer(place) {
            Issuer::Item(parent) => {
                assert!(
                    accepted.contains(&(parent.0 as usize)),
                    "{name}: {child} hangs under {parent:?}, openssl accepts {accepted:?}"
                );
                assert!(
                    inventory.tree.children_of(parent).contains(&place),
                    "{name}: {child} is no child of its issuer"
                );
            }
            other => {
                assert_eq!(accepted, [] as [usize; 0], "{name}: {child} is {other:?}");
                assert!(inventory.tree.roots.contains(&place), "{name}: {child} is no root");
            }
        }
    }
}

/// Why openssl refuses an issuer that did sign: `None` for a certificate that signed itself.
fn reason(found: &Found, child: usize, issuer: usize, error: u32) -> Option<Refusal> {
    match error {
        DEPTH_ZERO_SELF_SIGNED => None,
        NO_CERT_SIGN => Some(Refusal::NoCertSign),
        INVALID_CA => Some(Refusal::NotAnAuthority),
        // Nothing else keeps openssl from taking a signer of the right name and key as the issuer.
        ISSUER_NOT_FOUND => Some(Refusal::AuthorityKeyIdentifier),
        other => {
            panic!("openssl error {other}: {:?} under {:?}", found.certificates[child], found.certificates[issuer])
        }
    }
}

/// The bare signature, by the issuer's key alone and without any rule about issuers.
fn signature_is_good(openssl: &Path, found: &Found, child: usize, issuer: usize) -> bool {
    let (child, issuer) = (found.files[child].as_str(), found.files[issuer].as_str());
    let [signed, signature, key] = ["signed", "signature", "key"].map(|name| format!("{child}.{name}"));
    let structure = succeed(openssl, &["asn1parse", "-in", child]);
    let offset = |line: &str| line.split(':').next().unwrap_or_default().trim().to_owned();
    for (line, out) in [(structure.lines().nth(1), &signed), (structure.lines().last(), &signature)] {
        let place = line.map(offset).expect("a line of the structure");
        run(openssl, &["asn1parse", "-noout", "-in", child, "-strparse", &place, "-out", out]);
    }
    fs::write(&key, succeed(openssl, &["x509", "-noout", "-pubkey", "-in", issuer])).expect("the key is written");
    let text = succeed(openssl, &["x509", "-noout", "-text", "-in", child]).to_lowercase();
    let algorithm = text.split("signature algorithm: ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let digest = ["sha1", "sha256", "sha384", "sha512", "md5"].into_iter().find(|digest| algorithm.contains(digest));
    let output = if let Some(digest) = digest {
        run(openssl, &["dgst", &format!("-{digest}"), "-verify", &key, "-signature", &signature, &signed])
    } else {
        // Ed25519 takes the message itself.
        let what = ["-inkey", &key, "-sigfile", &signature, "-in", &signed];
        run(openssl, &[&["pkeyutl", "-verify", "-rawin", "-pubin"][..], &what].concat())
    };
    output.status.success()
}

fn inventory<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> Inventory {
    let items: Vec<Item> =
        certificates.into_iter().enumerate().map(|(index, certificate)| item(index, certificate)).collect();
    let tree = Tree::build(&items, &Candidates::find(&items), &mut Verified::default());
    Inventory { items, tree, ..Inventory::default() }
}

fn item(index: usize, certificate: &Certificate) -> Item {
    let path: Arc<str> = format!("/{index}.crt").into();
    Item {
        id: path.clone(),
        roles: Vec::new(),
        path,
        path_bytes: None,
        index: 0,
        source: Source::File,
        is_claimed: false,
        writers: None,
        in_use: true,
        copies: Vec::new(),
        content: Ok(certificate.clone()),
        key: KeyFact::default(),
        read_by: Vec::new(),
        changed_at: None,
    }
}
