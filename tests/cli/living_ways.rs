//! A certificate lives as long as one way up from it does, to what is trusted. openssl judges.

use std::fs;
use std::path::Path;

use kubepki::pki::issue::{CertificateSpec, Issuer, issue};
use kubepki::pki::key::KeyAlgorithm;
use kubepki::pki::{Certificate, Name};

use crate::support::authority::{Made, days, root};
use crate::support::ground::Ground;
use crate::support::lives::{
    Lifetime, OF_ETCD, again, aged, certificate, due, key, list, path, verifies, with_status,
};
use crate::support::program::{self, by_id};
use crate::support::text;

#[test]
fn the_new_certificate_of_a_ca_keeps_its_leaves_alive() {
    let ground = Ground::set_up();
    let (dead, alive) = (
        again(&ground, "etcd/ca", days(-4000, -3)),
        certificate(&ground, "etcd/ca"),
    );
    let bundles = [[&dead, &alive], [&alive, &dead]];
    for bundle in bundles {
        let text: String = bundle.iter().map(|one| one.to_pem()).collect();
        fs::write(path(&ground, "etcd/ca.crt"), text).expect("written");
        assert_ne!(
            verifies(&ground, "etcd/ca.crt", "etcd/server.crt", &[]),
            Some(false)
        );
        let items = list(&ground, &[]);
        assert_eq!(
            (
                items["etcd-server"]["status"].as_str(),
                with_status(&items, "dead-authority")
            ),
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
    let issuer = Issuer {
        certificate: &above.certificate,
        key: &above.key,
    };
    issue(
        &CertificateSpec::authority(subject, lifetime),
        key(ground, "etcd/ca").public(),
        issuer,
    )
    .expect("a CA")
}

fn write(ground: &Ground, name: &str, chain: &[&Certificate]) {
    let text: String = chain.iter().map(|one| one.to_pem()).collect();
    fs::write(path(ground, name), text).expect("written");
}

#[test]
fn the_whole_way_up_counts() {
    let ground = Ground::set_up();
    let (old, alive) = (root("old root"), root("new root"));
    let (intermediate, across) = (
        below(&ground, &old, days(-900, 900)),
        below(&ground, &alive, days(-5, 300)),
    );
    let (leaf, dead) = (
        certificate(&ground, "etcd/server"),
        aged(&old, days(-1000, -3)),
    );
    // The members trust the root, and the CA between comes with the leaf.
    write(&ground, "etcd/ca.crt", &[&dead]);
    write(&ground, "etcd/server.crt", &[&leaf, &intermediate]);
    let untrusted = path(&ground, "etcd/server.crt");
    let untrusted = ["-untrusted", text(&untrusted)];
    assert_ne!(
        verifies(&ground, "etcd/ca.crt", "etcd/server.crt", &untrusted),
        Some(true)
    );
    let items = list(&ground, &[]);
    assert_eq!(
        (
            &items["etcd-server"]["status"],
            &items["etcd-server"]["endsWith"]
        ),
        (&"dead-authority".into(), &"etcd-ca".into())
    );
    // Signed across by a root that lives, and is trusted: one living way is enough.
    write(&ground, "etcd/ca.crt", &[&dead, &alive.certificate]);
    write(&ground, "etcd/server.crt", &[&leaf, &intermediate, &across]);
    let items = list(&ground, &[]);
    assert_eq!(
        items["etcd-server"]["status"], "ok",
        "{}",
        items["etcd-server"]
    );
    assert!(
        items["etcd-server"]["worksUntil"].as_str() < items["etcd-server"]["notAfter"].as_str()
    );
    // openssl takes the first CA of that name and never turns back, Go tries all: each way is
    // judged for itself.
    write(&ground, "across.pem", &[&across]);
    let way = path(&ground, "across.pem");
    assert_ne!(
        verifies(
            &ground,
            "etcd/ca.crt",
            "etcd/server.crt",
            &["-untrusted", text(&way)]
        ),
        Some(false)
    );
}

#[test]
fn the_way_ends_at_what_is_trusted() {
    let ground = Ground::set_up();
    let old = root("old root");
    let (intermediate, dead) = (
        below(&ground, &old, days(-900, 900)),
        aged(&old, days(-1000, -3)),
    );
    // Go takes each certificate of the file for an end of the way; openssl does so with
    // -partial_chain alone.
    write(&ground, "etcd/ca.crt", &[&intermediate, &dead]);
    assert_ne!(
        verifies(
            &ground,
            "etcd/ca.crt",
            "etcd/server.crt",
            &["-partial_chain"]
        ),
        Some(false)
    );
    assert_ne!(
        verifies(&ground, "etcd/ca.crt", "etcd/server.crt", &[]),
        Some(true)
    );
    let items = list(&ground, &[]);
    assert_eq!(
        items["etcd-server"]["status"], "ok",
        "{}",
        items["etcd-server"]
    );
    let why = items["etcd-ca"]["why"].as_str().unwrap_or_default();
    assert!(
        items["etcd-ca"]["status"] == "ok" && why.contains("above it expired on"),
        "{}",
        items["etcd-ca"]
    );
    assert_eq!(with_status(&items, "expired").len(), 1, "{items:?}");
}

#[test]
fn a_folder_of_certificates_is_judged_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = root("a root");
    let leaf = root.server(&["a.example"], KeyAlgorithm::EcdsaP256, days(-100, 100));
    fs::write(folder.path().join("leaf.pem"), leaf.certificate.to_pem()).expect("written");
    fs::write(
        folder.path().join("root.pem"),
        aged(&root, days(-1000, -3)).to_pem(),
    )
    .expect("written");
    let items = by_id(&program::kubepki(&["list", text(folder.path()), "-o", "json"]).json());
    let leaf = items
        .iter()
        .find(|(id, _)| id.ends_with("leaf.pem"))
        .expect("the leaf")
        .1;
    assert_eq!(leaf["status"], "dead-authority");
    let chain = [
        leaf_text(folder.path(), "leaf.pem"),
        leaf_text(folder.path(), "root.pem"),
    ]
    .concat();
    let shown = program::kubepki_with_input(&["show", "-", "-o", "json"], chain.as_bytes()).json();
    assert_eq!(shown["items"][0]["status"], "dead-authority", "{shown}");
}

fn leaf_text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect("a text")
}
