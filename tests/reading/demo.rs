//! The demo's master: openssl verifies it, and its faults are those that it is meant to have.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use kubepki::engine::demo;
use kubepki::pki::issue::verified_key;
use kubepki::pki::{Certificate, CertificationRequest, key, pem};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::support::{succeed, text, tool};

const MOMENT: OffsetDateTime = datetime!(2026-11-22 03:12:00 UTC);

fn create(folder: &Path) {
    demo::create(folder, MOMENT).expect("the demo");
}

/// Every entry below a folder: path, permission bits, and bytes or link text.
fn snapshot(root: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("readable") {
            let path = entry.expect("readable").path();
            let kind = std::fs::symlink_metadata(&path).expect("readable");
            let bytes = if kind.is_symlink() {
                std::fs::read_link(&path)
                    .expect("a link")
                    .into_os_string()
                    .into_encoded_bytes()
            } else if kind.is_dir() {
                folders.push(path.clone());
                Vec::new()
            } else {
                std::fs::read(&path).expect("readable")
            };
            found.insert(
                path.strip_prefix(root).expect("below").to_owned(),
                (kind.permissions().mode() & 0o7777, bytes),
            );
        }
    }
    found
}

fn blocks(path: &Path) -> Vec<pem::Block> {
    pem::blocks(&std::fs::read(path).expect("readable"))
        .into_iter()
        .map(|block| block.expect("a block"))
        .collect()
}

fn certificate(path: &Path) -> Certificate {
    Certificate::from_der(&blocks(path)[0].der).expect("a certificate")
}

/// The decoded `name: base64` field of a kubeconfig or CSR object.
fn field(path: &Path, name: &str) -> String {
    let text = std::fs::read_to_string(path).expect("readable");
    let prefix = format!("{name}: ");
    let line = text
        .lines()
        .find_map(|line| line.trim().strip_prefix(&prefix))
        .expect("the field");
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(line)
        .expect("base64");
    String::from_utf8(bytes).expect("PEM")
}

const KUBECONFIGS: [&str; 5] = [
    "etc/kubernetes/admin.conf",
    "etc/kubernetes/super-admin.conf",
    "etc/kubernetes/controller-manager.conf",
    "etc/kubernetes/scheduler.conf",
    "root/.kube/config",
];

#[test]
fn two_runs_are_equal_on_the_disk() {
    let (first, second) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    create(first.path());
    create(second.path());
    let snapshots = (snapshot(first.path()), snapshot(second.path()));
    assert!(snapshots.0 == snapshots.1);
    assert!(snapshots.0.len() > 40);
    // Nothing is written over what is there.
    assert!(matches!(
        demo::create(first.path(), MOMENT),
        Err(demo::DemoError::Write { .. })
    ));
    assert!(snapshot(first.path()) == snapshots.1);
}

#[test]
fn keys_are_for_their_owner_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    create(folder.path());
    for (path, (mode, bytes)) in snapshot(folder.path()) {
        let holds_key = ["PRIVATE KEY-", "client-key-data:"].iter().any(|mark| {
            bytes
                .windows(mark.len())
                .any(|window| window == mark.as_bytes())
        });
        if holds_key {
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
    let link = folder
        .path()
        .join("var/lib/kubelet/pki/kubelet-client-current.pem");
    let target = std::fs::read_link(link).expect("a link");
    assert!(target.is_absolute());
    let inside = folder
        .path()
        .join(target.strip_prefix("/").expect("absolute"));
    let held = blocks(&inside);
    assert_eq!(
        (held[0].label.as_str(), held[1].label.as_str()),
        ("CERTIFICATE", "EC PRIVATE KEY")
    );
}

/// Each certificate in the folder of the PKI, and the one that signed it.
const LEAVES: [(&str, &str); 8] = [
    ("apiserver", "ca"),
    ("apiserver-kubelet-client", "ca"),
    ("front-proxy-client", "front-proxy-ca"),
    ("apiserver-etcd-client", "etcd/ca"),
    ("etcd/server", "etcd/ca"),
    ("etcd/peer", "etcd/ca"),
    ("etcd/healthcheck-client", "etcd/ca"),
    ("ca", "ca"),
];

#[test]
fn openssl_verifies_every_leaf() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    create(folder.path());
    let below = |path: &str| folder.path().join(path);
    let pki = |path: &str| below(&format!("etc/kubernetes/pki/{path}.crt"));
    let mut pairs = LEAVES
        .map(|(leaf, authority)| (pki(leaf), pki(authority)))
        .to_vec();
    let link = std::fs::read_link(below("var/lib/kubelet/pki/kubelet-client-current.pem"))
        .expect("a link");
    pairs.push((
        below(text(link.strip_prefix("/").expect("absolute"))),
        pki("ca"),
    ));
    for (index, kubeconfig) in KUBECONFIGS.into_iter().enumerate() {
        let (leaf, authority) = (
            below(&format!("leaf-{index}")),
            below(&format!("ca-{index}")),
        );
        std::fs::write(&leaf, field(&below(kubeconfig), "client-certificate-data"))
            .expect("writable");
        std::fs::write(
            &authority,
            field(&below(kubeconfig), "certificate-authority-data"),
        )
        .expect("writable");
        let key = field(&below(kubeconfig), "client-key-data");
        let key =
            key::inspect(&pem::blocks(key.as_bytes()).remove(0).expect("a block")).expect("a key");
        assert_eq!(key.spki, certificate(&leaf).details().spki, "{kubeconfig}");
        pairs.push((leaf, authority));
    }
    for (leaf, authority) in pairs {
        let arguments = [
            "verify",
            "-x509_strict",
            "-no_check_time",
            "-CAfile",
            text(&authority),
            text(&leaf),
        ];
        succeed(&openssl, &arguments);
    }
}

#[test]
fn openssl_verifies_the_kubelets_serving_certificate_by_its_own_authority() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    create(folder.path());
    let below = |path: &str| folder.path().join(path);
    let serving = below("var/lib/kubelet/pki/kubelet.crt");
    let own = below("kubelet-ca");
    std::fs::write(&own, pem::encode("CERTIFICATE", &blocks(&serving)[1].der)).expect("writable");
    succeed(
        &openssl,
        &[
            "verify",
            "-x509_strict",
            "-no_check_time",
            "-CAfile",
            text(&own),
            text(&serving),
        ],
    );
}

#[test]
fn the_states_are_those_of_the_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    create(folder.path());
    let pki = |path: &str| folder.path().join("etc/kubernetes/pki").join(path);
    let left = |certificate: &Certificate| (certificate.not_after() - MOMENT).whole_days();
    for (path, days) in [
        ("ca.crt", 3040),
        ("etcd/ca.crt", 3040),
        ("apiserver.crt", -2),
        ("apiserver-kubelet-client.crt", 12),
        ("etcd/server.crt", 180),
    ] {
        assert_eq!(left(&certificate(&pki(path))), days, "{path}");
    }
    for (kubeconfig, days) in KUBECONFIGS.into_iter().zip([-2, 181, 182, 20, -244]) {
        let data = field(&folder.path().join(kubeconfig), "client-certificate-data");
        let block = pem::blocks(data.as_bytes()).remove(0).expect("a block");
        assert_eq!(
            left(&Certificate::from_der(&block.der).expect("a certificate")),
            days,
            "{kubeconfig}"
        );
    }
    for entry in snapshot(&folder.path().join("etc/kubernetes/pki")).keys() {
        let path = pki(text(entry));
        if path.extension().is_some_and(|ending| ending == "key")
            && path.with_extension("crt").exists()
        {
            let key = key::inspect(&blocks(&path)[0]).expect("a key");
            let same = key.spki_sha256 == *certificate(&path.with_extension("crt")).spki_sha256();
            assert_eq!(
                same,
                !path.ends_with("front-proxy-client.key"),
                "{}",
                path.display()
            );
        }
    }
    let public = key::inspect_public(&blocks(&pki("sa.pub"))[0]).expect("a key");
    assert_eq!(key::inspect(&blocks(&pki("sa.key"))[0]), Ok(public));
}

#[test]
fn the_requests_are_signed_with_their_own_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    create(folder.path());
    let requests = folder.path().join("etc/kubernetes/requests");
    let mut subjects = Vec::new();
    for object in snapshot(&requests).keys() {
        let request = field(&requests.join(object), "request");
        let block = pem::blocks(request.as_bytes()).remove(0).expect("a block");
        let request = CertificationRequest::from_der(&block.der).expect("a request");
        verified_key(&request).expect("its own signature");
        subjects.push(request.subject.to_rfc4514());
    }
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    let pki = folder.path().join("etc/kubernetes/pki");
    let request = CertificationRequest::from_der(&blocks(&pki.join("ci-deployer.csr"))[0].der)
        .expect("a request");
    let own = verified_key(&request).expect("its own signature");
    assert_eq!(
        key::inspect(&blocks(&pki.join("ci-deployer.key"))[0]),
        Ok(own)
    );
}
