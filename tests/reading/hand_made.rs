//! Masters made by hand with openssl, and how they are read.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::tree::Verified;
use kubepki::inventory::{Inventory, Item, Reader};
use kubepki::progress::silent;

use crate::support::{succeed, text};

/// openssl in a folder.
pub(crate) struct Maker {
    pub(crate) openssl: PathBuf,
    pub(crate) folder: PathBuf,
}

/// Where a certificate and its key lie below that folder.
#[derive(Clone, Copy)]
pub(crate) struct KeyPair<'a> {
    pub(crate) certificate: &'a str,
    pub(crate) key: &'a str,
}

impl Maker {
    pub(crate) fn key(&self, path: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let curve = [
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-out",
        ];
        succeed(
            &self.openssl,
            &[&["genpkey"], &curve[..], &[text(&path)]].concat(),
        );
    }

    pub(crate) fn authority(&self, pair: KeyPair<'_>, subject: &str) {
        self.key(pair.key);
        let (certificate, key) = (self.at(pair.certificate), self.at(pair.key));
        let files = [
            "-key",
            text(&key),
            "-out",
            text(&certificate),
            "-subj",
            subject,
            "-days",
            "3650",
        ];
        let extensions = [
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
        ];
        succeed(
            &self.openssl,
            &[&["req", "-x509", "-new"], &files[..], &extensions].concat(),
        );
    }

    /// A certificate signed by an authority, whose serial file openssl makes beside it.
    pub(crate) fn leaf(
        &self,
        pair: KeyPair<'_>,
        subject: &str,
        usages: &str,
        authority: KeyPair<'_>,
    ) {
        self.key(pair.key);
        let (request, extensions) = (self.folder.join("request"), self.folder.join("extensions"));
        succeed(
            &self.openssl,
            &[
                "req",
                "-new",
                "-key",
                text(&self.at(pair.key)),
                "-subj",
                subject,
                "-out",
                text(&request),
            ],
        );
        fs::write(
            &extensions,
            format!("extendedKeyUsage={usages}\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n"),
        )
        .expect("written");
        let (ca, ca_key) = (self.at(authority.certificate), self.at(authority.key));
        let signer = [
            "-CA",
            text(&ca),
            "-CAkey",
            text(&ca_key),
            "-CAcreateserial",
            "-days",
            "365",
        ];
        let out = self.at(pair.certificate);
        let files = [
            "-in",
            text(&request),
            "-extfile",
            text(&extensions),
            "-out",
            text(&out),
        ];
        succeed(
            &self.openssl,
            &[&["x509", "-req"], &signer[..], &files].concat(),
        );
        fs::remove_file(request).expect("removed");
        fs::remove_file(extensions).expect("removed");
    }

    /// A kubeconfig with everything in it, signed by `authority`.
    pub(crate) fn kubeconfig(&self, path: &str, subject: &str, authority: KeyPair<'_>) {
        self.leaf(
            KeyPair {
                certificate: "user.crt",
                key: "user.key",
            },
            subject,
            "clientAuth",
            authority,
        );
        let credential = format!(
            "client-certificate-data: {}\n    client-key-data: {}",
            self.base64("user.crt"),
            self.base64("user.key")
        );
        self.write(
            path,
            &config(
                &format!(
                    "certificate-authority-data: {}",
                    self.base64(authority.certificate)
                ),
                &credential,
            ),
        );
        fs::remove_file(self.at("user.crt")).expect("removed");
        fs::remove_file(self.at("user.key")).expect("removed");
    }

    pub(crate) fn base64(&self, path: &str) -> String {
        base64::engine::general_purpose::STANDARD.encode(fs::read(self.at(path)).expect("a file"))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}

pub(crate) fn config(authority: &str, credential: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: kubernetes\n  cluster:\n    server: https://10.0.0.10:6443\n    {authority}\n\
         users:\n- name: user\n  user:\n    {credential}\n\
         contexts:\n- name: default\n  context: {{cluster: kubernetes, user: user}}\ncurrent-context: default\n"
    )
}

pub(crate) fn read(options: &OpenOptions) -> Inventory {
    open(options, &silent, &mut Verified::new()).expect("it can be read")
}

pub(crate) fn at_root(root: &Path) -> OpenOptions {
    OpenOptions {
        root: root.to_owned(),
        ..OpenOptions::default()
    }
}

pub(crate) fn at_folder(folder: &Path) -> OpenOptions {
    OpenOptions {
        directory: Some(folder.to_owned()),
        ..OpenOptions::default()
    }
}

pub(crate) fn roles(item: &Item) -> String {
    item.roles
        .iter()
        .map(|role| role.name)
        .collect::<Vec<_>>()
        .join(" ")
}

/// "component flag" of each reader.
pub(crate) fn readers(readers: &[Reader]) -> Vec<String> {
    readers
        .iter()
        .map(|reader| {
            format!("{} {}", reader.component, reader.flag)
                .trim()
                .to_owned()
        })
        .collect()
}
