//! The masters whose trees are compared: their certificates, each in a file of its own for openssl.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use kubepki::pki::{Certificate, pem};

use crate::support::succeed;

const SECTIONS: &str = "[req]\ndistinguished_name=dn\n[dn]\n\
    [good]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\nsubjectKeyIdentifier=hash\n\
    [renamed]\nbasicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=01020304\n\
    [may-not-sign]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=cRLSign\nsubjectKeyIdentifier=hash\n\
    [no-authority]\nbasicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\n\
    [silent]\nsubjectKeyIdentifier=hash\n\
    [leaf]\nauthorityKeyIdentifier=keyid:always\n\
    [leaf-by-serial]\nauthorityKeyIdentifier=keyid:always,issuer:always\n\
    [leaf-plain]\nkeyUsage=digitalSignature\n";

/// One key and one name in several authorities' certificates: only what these say of themselves
/// differs.
pub(crate) fn make_by_hand(openssl: &Path, folder: &Path) {
    fs::create_dir_all(folder).expect("the folder is made");
    fs::write(folder.join("config"), SECTIONS).expect("the configuration is written");
    authorities(openssl, folder);
    leaves(openssl, folder);
}

fn authorities(openssl: &Path, folder: &Path) {
    let text = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (config, key) = (text("config"), text("key"));
    succeed(
        openssl,
        &[
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-out",
            &key,
        ],
    );
    for section in ["good", "renamed", "may-not-sign", "no-authority", "silent"] {
        let out = text(&format!("{section}.crt"));
        let arguments = [
            "req",
            "-x509",
            "-new",
            "-config",
            &config,
            "-extensions",
            section,
            "-subj",
            "/CN=by hand",
        ];
        succeed(
            openssl,
            &[&arguments[..], &["-key", &key, "-out", &out]].concat(),
        );
    }
}

/// What the good one signed.
fn leaves(openssl: &Path, folder: &Path) {
    let text = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (config, key, request) = (text("config"), text("key"), text("request"));
    succeed(
        openssl,
        &[
            "req", "-new", "-config", &config, "-key", &key, "-subj", "/CN=leaf", "-out", &request,
        ],
    );
    for section in ["leaf", "leaf-by-serial", "leaf-plain"] {
        let (authority, out) = (text("good.crt"), text(&format!("{section}.crt")));
        let arguments = [
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &authority,
            "-CAkey",
            &key,
            "-CAcreateserial",
        ];
        succeed(
            openssl,
            &[
                &arguments[..],
                &["-extfile", &config, "-extensions", section, "-out", &out],
            ]
            .concat(),
        );
    }
}

/// The distinct certificates of one master, each in a file of its own.
pub(crate) struct Found {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) files: Vec<String>,
    /// openssl's hashes of subject and issuer.
    names: Vec<(String, String)>,
}

impl Found {
    pub(crate) fn read(openssl: &Path, master: &Path, out: &Path) -> Self {
        let mut blocks = Vec::new();
        collect(master, &mut blocks);
        let mut seen = BTreeSet::new();
        let certificates: Vec<Certificate> = blocks
            .iter()
            .filter_map(|der| Certificate::from_der(der).ok())
            .filter(|it| seen.insert(*it.sha256()))
            .collect();
        fs::create_dir_all(out).expect("the folder is made");
        let files: Vec<String> = (0..certificates.len())
            .map(|index| format!("{}/{index:02}.pem", out.display()))
            .collect();
        for (file, certificate) in files.iter().zip(&certificates) {
            fs::write(file, certificate.to_pem()).expect("the certificate is written");
        }
        let names = files.iter().map(|file| {
            let hashes = succeed(
                openssl,
                &[
                    "x509",
                    "-noout",
                    "-subject_hash",
                    "-issuer_hash",
                    "-in",
                    file,
                ],
            );
            let (subject, issuer) = hashes.trim().split_once('\n').expect("two hashes");
            (subject.to_owned(), issuer.to_owned())
        });
        let names = names.collect();
        Self {
            certificates,
            files,
            names,
        }
    }

    pub(crate) fn same_name(&self, child: usize, issuer: usize) -> bool {
        self.names[child].1 == self.names[issuer].0
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let all = self.files.len();
        (0..all)
            .flat_map(move |child| (0..all).map(move |issuer| (child, issuer)))
            .filter(|(child, issuer)| child != issuer)
    }
}

/// Every certificate below `folder`, those inside kubeconfigs too.
fn collect(folder: &Path, found: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for path in entries {
        let Ok(kind) = path.symlink_metadata() else {
            continue;
        };
        if kind.is_dir() {
            collect(&path, found);
        } else if kind.is_file() && kind.len() < 1 << 20 {
            let bytes = fs::read(&path).expect("the file is readable");
            take(&bytes, found);
            for line in String::from_utf8_lossy(&bytes)
                .lines()
                .filter_map(|line| line.split_once("-data: "))
            {
                let data = base64::engine::general_purpose::STANDARD
                    .decode(line.1.trim())
                    .unwrap_or_default();
                take(&data, found);
            }
        }
    }
}

fn take(bytes: &[u8], found: &mut Vec<Vec<u8>>) {
    let blocks = pem::blocks(bytes)
        .into_iter()
        .flatten()
        .filter(|block| block.label == "CERTIFICATE");
    found.extend(blocks.map(|block| block.der.to_vec()));
}
