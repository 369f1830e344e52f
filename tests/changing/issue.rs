//! Certificates for others: openssl and certtool judge each against what was asked.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use kubepki::pki::key::KeyAlgorithm;
use kubepki::plan::Profile;

use crate::support::issuing::Issuing;
use crate::support::judges::assert_same_key;
use crate::support::openssl::Facts;
use crate::support::pair::Pair;
use crate::support::{run, succeed, text, tool};

/// Those that are offered: each of them has a reader.
const ALGORITHMS: [KeyAlgorithm; 6] = [
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::Rsa3072,
    KeyAlgorithm::Rsa4096,
    KeyAlgorithm::EcdsaP256,
    KeyAlgorithm::EcdsaP384,
    KeyAlgorithm::Ed25519,
];

/// What is asked of each, beside its profile.
const fn asked(profile: Profile) -> &'static str {
    match profile {
        Profile::Server => "--san shop.example.org --san 10.9.8.7",
        Profile::Client => "--cn robot --org robots",
        Profile::Peer => "--cn store-1 --san store-1 --san 127.0.0.1",
        Profile::User => "--cn ann --org dev --org ops --org dev",
        Profile::Authority => "--cn team-ca --confirm team-ca",
    }
}

/// For what openssl shall take it.
const fn purposes(profile: Profile) -> &'static [&'static str] {
    match profile {
        Profile::Server => &["sslserver"],
        Profile::Client | Profile::User => &["sslclient"],
        Profile::Peer => &["sslserver", "sslclient"],
        Profile::Authority => &["any"],
    }
}

#[test]
fn every_profile_and_algorithm_is_what_was_asked() {
    let (Some(openssl), Some(certtool)) = (tool("openssl"), tool("certtool")) else {
        return;
    };
    let issuing = Issuing::new();
    for profile in Profile::ALL {
        for algorithm in ALGORITHMS {
            let name = format!("{profile}-{algorithm}");
            let words = format!("--profile {profile} --key-algorithm {algorithm}");
            issuing.issued(&name, &format!("{words} {}", asked(profile)));
            let pair = issuing.pair(&name);
            holds(&Facts::of(&openssl, &pair.certificate), profile, algorithm);
            assert_same_key(&openssl, &pair);
            let authority = issuing.file(&format!("{name}-ca.crt"));
            for purpose in purposes(profile) {
                let arguments = [
                    "verify",
                    "-x509_strict",
                    "-purpose",
                    purpose,
                    "-CAfile",
                    text(&authority),
                    text(&pair.certificate),
                ];
                succeed(&openssl, &arguments);
            }
            let arguments = [
                "--verify",
                "--load-ca-certificate",
                text(&authority),
                "--infile",
                text(&pair.certificate),
            ];
            succeed(&certtool, &arguments);
            modes(&issuing, &name);
        }
    }
}

/// Subject, names, usages: nothing more, nothing less.
fn holds(facts: &Facts, profile: Profile, algorithm: KeyAlgorithm) {
    let is_rsa = algorithm.name().starts_with("RSA");
    let key_usage: &[&str] = match (profile, is_rsa) {
        (Profile::Authority, _) => &["digital signature", "cert sign", "crl sign"],
        (_, true) => &["digital signature", "key encipherment"],
        (_, false) => &["digital signature"],
    };
    let (subject, extended, names, addresses): (_, &[&str], &[&str], &[&str]) = match profile {
        Profile::Server => (
            "CN=shop.example.org",
            &["server auth"],
            &["shop.example.org"],
            &["10.9.8.7"],
        ),
        Profile::Client => ("CN=robot,O=robots", &["client auth"], &[], &[]),
        Profile::Peer => (
            "CN=store-1",
            &["server auth", "client auth"],
            &["store-1"],
            &["127.0.0.1"],
        ),
        Profile::User => ("CN=ann,O=dev,O=ops,O=dev", &["client auth"], &[], &[]),
        Profile::Authority => ("CN=team-ca", &[], &[], &[]),
    };
    assert_eq!(facts.subject, subject);
    assert_eq!(facts.issuer, "CN=kubernetes");
    assert_eq!(facts.key_usage, key_usage, "{facts:?}");
    assert_eq!(facts.extended_key_usage, extended, "{facts:?}");
    assert_eq!(facts.dns_names, names, "{facts:?}");
    assert_eq!(facts.ip_addresses, addresses, "{facts:?}");
    assert_eq!(facts.is_authority, profile == Profile::Authority);
}

/// Its folder and key are its owner's alone.
fn modes(issuing: &Issuing, name: &str) {
    let mode = |path: &Path| {
        std::fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o7777
    };
    let prefix = issuing.prefix(name);
    assert_eq!(mode(prefix.parent().expect("a folder")), 0o700);
    let modes =
        [".key", ".crt", "-ca.crt"].map(|ending| mode(&issuing.file(&format!("{name}{ending}"))));
    assert_eq!(modes, [0o600, 0o644, 0o644]);
}

/// Signs with openssl what `below` asks for with a new key: a CA or a leaf.
fn sign(openssl: &Path, by: &Pair, below: &Pair, is_authority: bool) {
    let (request, extensions) = (
        below.key.with_extension("csr"),
        below.key.with_extension("ext"),
    );
    let subject = "/CN=below";
    let curve = "ec_paramgen_curve:P-256";
    let new = [
        "req", "-new", "-newkey", "ec", "-pkeyopt", curve, "-nodes", "-subj", subject,
    ];
    let files = ["-keyout", text(&below.key), "-out", text(&request)];
    succeed(openssl, &[&new[..], &files[..]].concat());
    let truth = if is_authority { "TRUE" } else { "FALSE" };
    let lines = format!(
        "basicConstraints=critical,CA:{truth}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    );
    std::fs::write(&extensions, lines).expect("written");
    let more = ["-days", "9", "-extfile", text(&extensions)];
    by.sign(openssl, &request, &more, &below.certificate);
}

#[test]
fn an_intermediate_signs_leaves_and_no_authority() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let issuing = Issuing::new();
    let asked = "--profile authority --cn team-ca --confirm team-ca";
    issuing.issued("team", asked);
    let (team, root) = (issuing.pair("team"), issuing.file("team-ca.crt"));
    let folder = issuing.ground.folder.path();
    let pair = |name: &str| Pair {
        certificate: folder.join(format!("{name}.crt")),
        key: folder.join(format!("{name}.key")),
    };
    let (leaf, authority, deeper) = (pair("leaf"), pair("authority"), pair("deeper"));
    sign(&openssl, &team, &leaf, false);
    sign(&openssl, &team, &authority, true);
    sign(&openssl, &authority, &deeper, false);
    let between = folder.join("between");
    let chain = [&authority, &team].map(|one| std::fs::read(&one.certificate).expect("read"));
    std::fs::write(&between, chain.concat()).expect("written");
    let verify = |certificate: &Path| {
        let words = [
            "verify",
            "-x509_strict",
            "-CAfile",
            text(&root),
            "-untrusted",
            text(&between),
        ];
        run(&openssl, &[&words[..], &[text(certificate)]].concat())
    };
    let verified = verify(&leaf.certificate);
    assert!(verified.status.success(), "{verified:?}");
    let refused = verify(&deeper.certificate);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("path length constraint exceeded"), "{said}");
}

/// Every name, in an order of its own.
fn names(facts: &Facts) -> Vec<&String> {
    let mut all: Vec<&String> = facts.dns_names.iter().chain(&facts.ip_addresses).collect();
    all.sort();
    all
}

#[test]
fn a_lost_certificate_is_made_for_its_key_and_undone() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let issuing = Issuing::new();
    let master = &issuing.ground.master;
    // What no flag of a master that does not run yet says is named.
    let served = ["--san", "10.0.0.10"];
    let api = [
        "--san",
        "10.0.0.10",
        "--san",
        "10.96.0.1",
        "--san",
        "kubernetes.default.svc.cluster.local",
    ];
    for (role, path, more) in [
        ("apiserver-etcd-client", "apiserver-etcd-client", &[][..]),
        ("etcd-server", "etcd/server", &served),
        ("front-proxy-client", "front-proxy-client", &[]),
        ("apiserver", "apiserver", &api),
    ] {
        let [certificate, key] =
            ["crt", "key"].map(|end| master.file(&format!("/etc/kubernetes/pki/{path}.{end}")));
        let (old, old_key) = (
            Facts::of(&openssl, &certificate),
            std::fs::read(&key).expect("a key"),
        );
        std::fs::remove_file(&certificate).expect("it is lost");
        let flags = [
            &["issue", "--role", role, "--node", "master-1", "--yes"],
            more,
        ]
        .concat();
        master.kubepki(&flags).ends_with(0);
        let new = Facts::of(&openssl, &certificate);
        assert_eq!(
            (&new.subject, &new.issuer),
            (&old.subject, &old.issuer),
            "{role}"
        );
        assert_eq!(new.extended_key_usage, old.extended_key_usage, "{role}");
        assert_eq!(names(&new), names(&old), "{role}");
        assert_eq!(
            std::fs::read(&key).expect("a key"),
            old_key,
            "{role}: the key stays"
        );
        master.kubepki(&["undo", "--yes"]).ends_with(0);
        assert!(!certificate.exists(), "{role}");
        master.kubepki(&flags).ends_with(0);
        let again = master.kubepki(&flags);
        again.ends_with(4);
        assert!(again.stderr.contains("is there already"), "{again:?}");
    }
}
