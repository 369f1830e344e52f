//! The issuer tree against `openssl verify`, for every ordered pair of certificates in some of the
//! zoo's masters.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use kubepki::inventory::tree::{Candidates, Issuer, Tree, Verified};
use kubepki::inventory::{Inventory, Item, ItemIndex, KeyFact, NoIssuer, Source, state};
use kubepki::pki::Certificate;
use kubepki::pki::path::Refusal;
use tempfile::TempDir;

use crate::support::zoo::{self, MADE};
use crate::support::{run, succeed, tool};
use crate::tree_masters::{Found, make_by_hand};

/// Masters that stress the tree: a CA of the same name, an intermediate, CAs that may not sign,
/// damaged signatures, two CAs of one name during a rotation, weak keys and digests.
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

#[test]
fn a_child_in_the_tree_if_and_only_if_openssl_says_so() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = TempDir::new().expect("a temporary folder");
    let masters = folder.path().join("zoo");
    if zoo::make(&masters, MADE, &TREES).is_none() {
        return;
    }
    make_by_hand(&openssl, &masters.join("by-hand"));
    let mut refusals = HashSet::new();
    for name in TREES.into_iter().chain(["by-hand"]) {
        let found = Found::read(&openssl, &masters.join(name), &folder.path().join(name));
        assert!(
            found.certificates.len() >= 6,
            "{name}: only {} certificates",
            found.certificates.len()
        );
        let told = Spoken::ask(&openssl, &found);
        refusals.extend(compare_pairs(name, &found, &told, &openssl));
        compare_tree(name, &found, &told);
    }
    for refusal in [
        Refusal::NotAnAuthority,
        Refusal::NoCertSign,
        Refusal::AuthorityKeyIdentifier,
    ] {
        assert!(refusals.contains(&refusal), "no master shows {refusal:?}");
    }
}

/// What openssl says to each pair (child, issuer): nothing where it is fine, else its error number.
struct Spoken(BTreeMap<(usize, usize), u32>);

impl Spoken {
    fn ask(openssl: &Path, found: &Found) -> Self {
        let mut told = BTreeMap::new();
        for (issuer, trusted) in found.files.iter().enumerate() {
            let flags = [
                "verify",
                "-partial_chain",
                "-no_check_time",
                "-no-CApath",
                "-no-CAfile",
                "-no-CAstore",
            ];
            let children: Vec<&str> = found
                .files
                .iter()
                .filter(|file| *file != trusted)
                .map(String::as_str)
                .collect();
            let output = run(
                openssl,
                &[&flags[..], &["-trusted", trusted], &children].concat(),
            );
            let (fine, words) = (
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr),
            );
            let errors = errors(&words);
            for (child, file) in found
                .files
                .iter()
                .enumerate()
                .filter(|(child, _)| *child != issuer)
            {
                match errors.get(file.as_str()) {
                    Some(error) => drop(told.insert((child, issuer), *error)),
                    None => assert!(
                        fine.contains(&format!("{file}: OK")),
                        "openssl says nothing to {file}: {words}"
                    ),
                }
            }
        }
        Self(told)
    }

    fn accepts(&self, child: usize, issuer: usize) -> bool {
        !self.0.contains_key(&(child, issuer))
    }
}

/// The most telling error number of each file, from lines "error 20 at 0 depth lookup: …" and then
/// "error FILE: …".
fn errors(words: &str) -> BTreeMap<&str, u32> {
    let mut errors = BTreeMap::new();
    let mut first = None;
    for line in words.lines().filter_map(|line| line.strip_prefix("error ")) {
        if let Some((number, _)) = line.split_once(" at ") {
            let number = number.parse().ok();
            // The key usage makes a certificate an "invalid CA" too; 32 is the one that says why.
            first = if number == Some(NO_CERT_SIGN) {
                number
            } else {
                first.or(number)
            };
        } else if let (Some((file, _)), Some(number)) = (line.split_once(": "), first.take()) {
            errors.insert(file, number);
        }
    }
    errors
}

/// Each pair alone: an inventory of two, judged by the tree that is built from it. Gives the
/// reasons that were met.
fn compare_pairs(name: &str, found: &Found, told: &Spoken, openssl: &Path) -> HashSet<Refusal> {
    let mut refusals = HashSet::new();
    for (child, issuer) in found.pairs() {
        let inventory = inventory([&found.certificates[issuer], &found.certificates[child]]);
        let ours = inventory.tree.issuer(ItemIndex(1));
        let pair = format!(
            "{name}: {:?} under {:?}",
            found.certificates[child], found.certificates[issuer]
        );
        let accepted = told.accepts(child, issuer);
        assert_eq!(
            ours == Issuer::Item(ItemIndex(0)),
            accepted,
            "{pair}: {ours:?}, openssl {:?}",
            told.0.get(&(child, issuer))
        );
        // Openssl asks first who could be the issuer, so that a good signature may hide behind "not
        // found".
        if !accepted
            && found.same_name(child, issuer)
            && signature_is_good(openssl, found, child, issuer)
        {
            let reason = reason(found, child, issuer, told.0[&(child, issuer)]);
            let Some(reason) = reason else {
                assert_eq!(ours, Issuer::Itself, "{pair}");
                continue;
            };
            assert_eq!(
                ours,
                Issuer::None(NoIssuer::Refused(ItemIndex(0), reason)),
                "{pair}"
            );
            let item = &inventory.items[1];
            let said = state::judge(
                &inventory,
                ItemIndex(1),
                item,
                item.content.as_ref().expect("a certificate").not_before(),
            );
            assert!(
                said.why.contains(&reason.to_string()),
                "{pair}: {said:?} does not say {reason}"
            );
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
        let accepted: Vec<usize> = every
            .clone()
            .filter(|issuer| *issuer != child && told.accepts(child, *issuer))
            .collect();
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
                assert!(
                    inventory.tree.roots.contains(&place),
                    "{name}: {child} is no root"
                );
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
            panic!(
                "openssl error {other}: {:?} under {:?}",
                found.certificates[child], found.certificates[issuer]
            )
        }
    }
}

/// The digest with which a certificate was signed.
fn digest(openssl: &Path, certificate: &str) -> Option<&'static str> {
    let text = succeed(openssl, &["x509", "-noout", "-text", "-in", certificate]).to_lowercase();
    let algorithm = text
        .split("signature algorithm: ")
        .nth(1)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default();
    ["sha1", "sha256", "sha384", "sha512", "md5"]
        .into_iter()
        .find(|digest| algorithm.contains(digest))
}

/// The bare signature, by the issuer's key alone and without any rule about issuers.
fn signature_is_good(openssl: &Path, found: &Found, child: usize, issuer: usize) -> bool {
    let (child, issuer) = (found.files[child].as_str(), found.files[issuer].as_str());
    let [signed, signature, key] =
        ["signed", "signature", "key"].map(|name| format!("{child}.{name}"));
    let structure = succeed(openssl, &["asn1parse", "-in", child]);
    let offset = |line: &str| line.split(':').next().unwrap_or_default().trim().to_owned();
    for (line, out) in [
        (structure.lines().nth(1), &signed),
        (structure.lines().last(), &signature),
    ] {
        let place = line.map(offset).expect("a line of the structure");
        run(
            openssl,
            &[
                "asn1parse",
                "-noout",
                "-in",
                child,
                "-strparse",
                &place,
                "-out",
                out,
            ],
        );
    }
    fs::write(
        &key,
        succeed(openssl, &["x509", "-noout", "-pubkey", "-in", issuer]),
    )
    .expect("the key is written");
    let output = if let Some(digest) = digest(openssl, child) {
        run(
            openssl,
            &[
                "dgst",
                &format!("-{digest}"),
                "-verify",
                &key,
                "-signature",
                &signature,
                &signed,
            ],
        )
    } else {
        // Ed25519 takes the message itself.
        let what = ["-inkey", &key, "-sigfile", &signature, "-in", &signed];
        run(
            openssl,
            &[&["pkeyutl", "-verify", "-rawin", "-pubin"][..], &what].concat(),
        )
    };
    output.status.success()
}

fn inventory<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> Inventory {
    let items: Vec<Item> = certificates
        .into_iter()
        .enumerate()
        .map(|(index, certificate)| item(index, certificate))
        .collect();
    let tree = Tree::build(&items, &Candidates::find(&items), &mut Verified::default());
    Inventory {
        items,
        tree,
        ..Inventory::default()
    }
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
