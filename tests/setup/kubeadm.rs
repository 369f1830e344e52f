//! A setup beside what kubeadm made for the same configuration, field by field; openssl reads both.

use std::fs;
use std::path::{Path, PathBuf};

use kubepki::setup::kubeadm;

use crate::support::new_cluster::{Stage, data, listing};
use crate::support::{succeed, text, tool};

/// A sample of kubeadm, unpacked: its folder.
fn sample(stage: &Stage, name: &str) -> Option<PathBuf> {
    let archive = format!(
        "{}/tests/fixtures/samples/{name}.tar.gz",
        env!("CARGO_MANIFEST_DIR")
    );
    succeed(
        &tool("tar")?,
        &["-xpzf", &archive, "-C", text(stage.folder.path())],
    );
    Some(stage.folder.path().join(name))
}

fn ends(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|own| own == ending)
}

/// The certificates of a tree as files, those in kubeconfigs too: name and file.
fn certificates(root: &Path, aside: &Path) -> Vec<(String, PathBuf)> {
    fs::create_dir_all(aside).expect("a folder");
    let files = listing(root).into_iter().map(|line| line[5..].to_owned());
    files
        .filter_map(|path| {
            let file = root.join(path.trim_start_matches('/'));
            if ends(&path, "crt") {
                return Some((path, file));
            }
            let pem = data(
                &file,
                ends(&path, "conf").then_some("client-certificate-data")?,
            );
            let file = aside.join(path.replace('/', "-"));
            fs::write(&file, pem).expect("written");
            Some((path, file))
        })
        .collect()
}

/// What openssl says of a certificate, but for what no two have in common: serial number, dates,
/// the bytes of keys, identifiers and signatures.
fn facts(openssl: &Path, file: &Path) -> String {
    let said = succeed(openssl, &["x509", "-noout", "-text", "-in", text(file)]);
    let is_bytes = |line: &str| {
        line.contains(':')
            && line
                .split(':')
                .all(|byte| byte.is_empty() || byte.len() == 2)
    };
    let mut lines = Vec::new();
    let mut lines_in = said.lines();
    while let Some(line) = lines_in.next() {
        let bare = line.trim();
        match bare {
            "Serial Number:" => drop(lines_in.next()),
            _ if bare.starts_with("Not ")
                || is_bytes(bare)
                || bare.starts_with("Serial Number: ") => {}
            _ => lines.push(bare),
        }
    }
    // Go and rcgen write the extensions of a CA in different orders.
    if lines.contains(&"CA:TRUE") {
        lines.sort_unstable();
    }
    lines.join("\n")
}

/// How long it is valid, in minutes: kubeadm does not begin all of them in the same second.
fn minutes(openssl: &Path, file: &Path) -> i64 {
    let said = succeed(
        openssl,
        &[
            "x509",
            "-noout",
            "-dates",
            "-dateopt",
            "iso_8601",
            "-in",
            text(file),
        ],
    );
    let date = |name: &str| {
        let value = said
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .expect("a date")
            .replace(' ', "T");
        time::OffsetDateTime::parse(&value, &time::format_description::well_known::Rfc3339)
            .expect("a date")
    };
    ((date("notAfter=") - date("notBefore=")).whole_seconds() + 30) / 60
}

fn identifier(openssl: &Path, file: &Path, extension: &str) -> String {
    let said = succeed(
        openssl,
        &["x509", "-noout", "-ext", extension, "-in", text(file)],
    );
    said.lines()
        .nth(1)
        .expect("an identifier")
        .trim()
        .trim_start_matches("keyid:")
        .to_owned()
}

/// The kubeconfig without the data in it.
fn without_data(file: &Path) -> String {
    let content = fs::read_to_string(file).expect("a kubeconfig");
    let lines = content
        .lines()
        .map(|line| line.split_once("-data: ").map_or(line, |(field, _)| field));
    lines.collect::<Vec<_>>().join("\n")
}

/// PEM label of each file.
fn labels(root: &Path) -> Vec<String> {
    let paths = listing(root).into_iter().map(|line| line[5..].to_owned());
    let pem = paths.filter(|path| ["crt", "key", "pub"].iter().any(|end| ends(path, end)));
    pem.map(|path| {
        let content = fs::read_to_string(root.join(path.trim_start_matches('/'))).expect("PEM");
        let markers: Vec<&str> = content
            .lines()
            .filter(|line| line.starts_with("-----"))
            .collect();
        format!("{path} {}", markers.join(" "))
    })
    .collect()
}

/// The CA below a folder that signs what lies at this path.
fn authority(path: &str) -> &'static str {
    if path.contains("etcd") {
        "pki/etcd/ca.crt"
    } else if path.contains("front-proxy") {
        "pki/front-proxy-ca.crt"
    } else {
        "pki/ca.crt"
    }
}

/// A certificate at the same path of the setup and of kubeadm.
fn compare_certificates(openssl: &Path, path: &str, ours: &Path, theirs: &Path) {
    assert_eq!(facts(openssl, ours), facts(openssl, theirs), "{path}");
    assert_eq!(minutes(openssl, ours), minutes(openssl, theirs), "{path}");
}

/// A leaf names the CA that signed it, and openssl verifies it.
fn assert_signed(openssl: &Path, path: &str, leaf: &Path, authority: &Path) {
    let (named, is) = ("authorityKeyIdentifier", "subjectKeyIdentifier");
    assert_eq!(
        identifier(openssl, leaf, named),
        identifier(openssl, authority, is),
        "{path}"
    );
    succeed(
        openssl,
        &[
            "verify",
            "-x509_strict",
            "-CAfile",
            text(authority),
            text(leaf),
        ],
    );
}

fn compare_kubeconfigs(own: &Path, kubeadms: &Path) {
    let authority = fs::read(own.join("pki/ca.crt")).expect("a CA");
    for path in [
        "admin.conf",
        "super-admin.conf",
        "controller-manager.conf",
        "scheduler.conf",
        "kubelet.conf",
    ] {
        assert_eq!(
            without_data(&own.join(path)),
            without_data(&kubeadms.join(path)),
            "{path}"
        );
        assert_eq!(
            data(&own.join(path), "certificate-authority-data"),
            authority,
            "{path}"
        );
    }
}

fn compare(name: &str) {
    let stage = Stage::new();
    let (Some(openssl), Some(sample)) = (tool("openssl"), sample(&stage, name)) else {
        return;
    };
    let configuration = fs::read_to_string(sample.join("kubeadm.yaml")).expect("a configuration");
    let cluster = kubeadm::read(&configuration, "")
        .expect("it can be read")
        .cluster;
    stage.set_up(&cluster);
    let manifests = sample.join("etc/kubernetes/manifests");
    if manifests.exists() {
        fs::remove_dir_all(manifests).expect("removed");
    }
    let (own, kubeadms) = (
        stage.root.join("etc/kubernetes"),
        sample.join("etc/kubernetes"),
    );
    assert_eq!(listing(&own), listing(&kubeadms));
    assert_eq!(labels(&own), labels(&kubeadms));
    let aside = |name: &str| stage.folder.path().join(name);
    let (ours, theirs) = (
        certificates(&own, &aside("own")),
        certificates(&kubeadms, &aside("kubeadm")),
    );
    assert_eq!((ours.len(), theirs.len()), (15, 15));
    for ((path, our), (_, their)) in ours.iter().zip(&theirs) {
        compare_certificates(&openssl, path, our, their);
        if !path.ends_with("ca.crt") {
            assert_signed(&openssl, path, our, &own.join(authority(path)));
        }
    }
    compare_kubeconfigs(&own, &kubeadms);
}

#[test]
fn rsa_is_as_kubeadm_makes_it() {
    compare("kubeadm-1.36-rsa");
}

#[test]
fn ecdsa_is_as_kubeadm_makes_it() {
    compare("kubeadm-1.36-ecdsa");
}
