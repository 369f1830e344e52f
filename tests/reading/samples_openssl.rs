//! Certificates of masters made by kubeadm, compared with what openssl says of them.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use kubepki::inventory::{Item, Source};
use kubepki::pki::hex;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::kubeadm_masters::{read, sample};
use crate::support::{succeed, text, tool};

/// The item's certificate as a PEM file of its own, taken out of the master without kubepki.
fn extracted(root: &Path, item: &Item, folder: &Path) -> PathBuf {
    let path = root.join(item.path.trim_start_matches('/'));
    if item.source == Source::File {
        return path;
    }
    let kubeconfig = fs::read_to_string(path).expect("a kubeconfig");
    let data = kubeconfig
        .lines()
        .find_map(|line| line.trim().strip_prefix("client-certificate-data: "));
    let pem = base64::engine::general_purpose::STANDARD
        .decode(data.expect("embedded data"))
        .expect("base64");
    let out = folder.join("embedded.pem");
    fs::write(&out, pem).expect("written");
    out
}

#[test]
fn the_certificates_are_as_openssl_shows_them() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = TempDir::new().expect("a temporary folder");
    for name in ["kubeadm-1.36-rsa", "kubeadm-1.36-ecdsa"] {
        let Some(sample) = sample(name) else { return };
        let root = &sample.root;
        let inventory = read(root);
        assert_eq!(inventory.layout, "kubeadm");
        let in_files = inventory
            .items
            .iter()
            .filter(|item| item.source == Source::File);
        assert_eq!(
            (
                in_files.count(),
                inventory.items.len(),
                inventory.kubeconfigs.len()
            ),
            (10, 15, 5),
            "{name}"
        );
        assert_eq!(
            inventory
                .items
                .iter()
                .filter(|item| item.is_authority())
                .count(),
            3
        );
        assert_eq!(inventory.unread, []);
        for item in &inventory.items {
            let pem = extracted(root, item, folder.path());
            compare(&openssl, &pem, item);
            compare_extensions(&openssl, &pem, item);
        }
    }
}

/// Every field that `list` prints and that is no extension, against `openssl x509`.
fn compare(openssl: &Path, pem: &Path, item: &Item) {
    let arguments = [
        "x509",
        "-in",
        text(pem),
        "-noout",
        "-subject",
        "-issuer",
        "-serial",
        "-dates",
        "-fingerprint",
    ];
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
        assert!(
            said.lines().any(|said| said == line),
            "{}: {line} is not in\n{said}",
            item.id
        );
    }
    let fingerprint = said
        .lines()
        .last()
        .and_then(|line| line.split_once('='))
        .expect("a fingerprint")
        .1;
    assert_eq!(
        fingerprint.replace(':', "").to_lowercase(),
        hex(certificate.sha256()),
        "{}",
        item.id
    );
}

/// What its extensions say, against the text that openssl prints.
fn compare_extensions(openssl: &Path, pem: &Path, item: &Item) {
    let said = succeed(
        openssl,
        &[
            "x509",
            "-in",
            text(pem),
            "-noout",
            "-text",
            "-certopt",
            "ext_parse",
        ],
    );
    let details = item.certificate().expect("a certificate").details();
    let usages: Vec<String> = details.key_usage.iter().map(ToString::to_string).collect();
    assert_eq!(
        usages,
        words_after(&said, "X509v3 Key Usage", &KEY_USAGE),
        "{}",
        item.id
    );
    let usages: Vec<String> = details
        .extended_key_usage
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        usages,
        words_after(&said, "X509v3 Extended Key Usage", &EXTENDED),
        "{}",
        item.id
    );
    assert_eq!(item.is_authority(), said.contains("CA:TRUE"), "{}", item.id);
    let names: Vec<String> = details
        .subject_alt_names
        .iter()
        .map(ToString::to_string)
        .collect();
    let names_said = after(&said, "X509v3 Subject Alternative Name")
        .replace("IP Address:", "IP:")
        .replace("0:0:0:0:0:0:0:1", "::1");
    assert_eq!(names.join(", "), names_said, "{}", item.id);
}

const KEY_USAGE: [(&str, &str); 3] = [
    ("Digital Signature", "digital signature"),
    ("Key Encipherment", "key encipherment"),
    ("Certificate Sign", "cert sign"),
];

const EXTENDED: [(&str, &str); 2] = [
    ("TLS Web Server Authentication", "server auth"),
    ("TLS Web Client Authentication", "client auth"),
];

/// The line below a heading of `openssl x509 -text`.
fn after(said: &str, heading: &str) -> String {
    let mut lines = said
        .lines()
        .skip_while(|line| !line.trim().starts_with(heading));
    lines.nth(1).unwrap_or_default().trim().to_owned()
}

fn words_after(said: &str, heading: &str, words: &[(&str, &str)]) -> Vec<String> {
    let line = after(said, heading);
    let kubernetes = |word: &str| {
        words
            .iter()
            .find(|(openssl, _)| *openssl == word)
            .map(|(_, ours)| (*ours).to_owned())
    };
    line.split(", ")
        .filter(|word| !word.is_empty())
        .map(|word| kubernetes(word).unwrap_or_else(|| word.to_owned()))
        .collect()
}
