//! Somebody else's CAs: openssl signs what kubeadm or kubepki asks for.

use std::fs;
use std::path::{Path, PathBuf};

use super::{succeed, text};

pub(crate) const SERVER: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\n";
pub(crate) const CLIENT: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=clientAuth\n";
pub(crate) const BOTH: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\n";

/// Request, extensions, CA.
pub(crate) const ASKED: [(&str, &str, &str); 12] = [
    ("pki/apiserver", SERVER, "kubernetes"),
    ("pki/apiserver-kubelet-client", CLIENT, "kubernetes"),
    ("pki/apiserver-etcd-client", CLIENT, "etcd"),
    ("pki/front-proxy-client", CLIENT, "front"),
    ("pki/etcd/server", BOTH, "etcd"),
    ("pki/etcd/peer", BOTH, "etcd"),
    ("pki/etcd/healthcheck-client", CLIENT, "etcd"),
    ("admin.conf", CLIENT, "kubernetes"),
    ("super-admin.conf", CLIENT, "kubernetes"),
    ("controller-manager.conf", CLIENT, "kubernetes"),
    ("scheduler.conf", CLIENT, "kubernetes"),
    ("kubelet.conf", CLIENT, "kubernetes"),
];

pub(crate) struct Outside {
    pub(crate) openssl: PathBuf,
    folder: PathBuf,
    /// How long what it signs lasts.
    days: i32,
}

impl Outside {
    /// Three CAs; the cluster's is signed by a root.
    pub(crate) fn new(openssl: PathBuf, folder: &Path) -> Self {
        let outside = Self {
            openssl,
            folder: folder.to_owned(),
            days: 90,
        };
        for name in ["root", "etcd", "front"] {
            outside.req(
                name,
                &[
                    "-x509",
                    "-days",
                    "3650",
                    "-addext",
                    "keyUsage=critical,keyCertSign,cRLSign",
                ],
            );
        }
        let (root, key) = (outside.path("root.crt"), outside.path("root.key"));
        outside.req(
            "kubernetes",
            &[
                "-x509",
                "-days",
                "3000",
                "-CA",
                text(&root),
                "-CAkey",
                text(&key),
                "-addext",
                "keyUsage=critical,keyCertSign,cRLSign",
            ],
        );
        outside
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn req(&self, name: &str, more: &[&str]) {
        let (key, out) = (
            self.path(&format!("{name}.key")),
            self.path(&format!("{name}.crt")),
        );
        let subject = format!("/CN={name} of somebody else");
        let first = [
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            &subject,
            "-keyout",
            text(&key),
            "-out",
            text(&out),
        ];
        succeed(&self.openssl, &[&first[..], more].concat());
    }

    /// A request for this name alone, with this key.
    pub(crate) fn ask(&self, key: &Path, name: &str) -> PathBuf {
        let (out, subject) = (self.path(&format!("{name}.csr")), format!("/CN={name}"));
        succeed(
            &self.openssl,
            &[
                "req",
                "-new",
                "-key",
                text(key),
                "-subj",
                &subject,
                "-out",
                text(&out),
            ],
        );
        out
    }

    /// The same whose certificates last for so many days.
    pub(crate) fn lasting(&self, days: i32) -> Self {
        Self {
            openssl: self.openssl.clone(),
            folder: self.folder.clone(),
            days,
        }
    }

    /// Signs the request: the path of the answer.
    pub(crate) fn sign(&self, request: &Path, extensions: &str, ca: &str, out: &str) -> PathBuf {
        let (file, out, days) = (
            self.path("extensions"),
            self.path(out),
            self.days.to_string(),
        );
        fs::write(&file, extensions).expect("written");
        let (ca, key) = (
            self.path(&format!("{ca}.crt")),
            self.path(&format!("{ca}.key")),
        );
        let asked = [
            "x509",
            "-req",
            "-in",
            text(request),
            "-copy_extensions",
            "copy",
            "-extfile",
            text(&file),
        ];
        let signed = [
            "-CA",
            text(&ca),
            "-CAkey",
            text(&key),
            "-days",
            &days,
            "-out",
            text(&out),
        ];
        succeed(&self.openssl, &[&asked[..], &signed].concat());
        out
    }

    /// Answers to all that kubeadm asks for, and the CAs.
    pub(crate) fn answers(&self, root: &Path) -> Vec<String> {
        let kubernetes = root.join("etc/kubernetes");
        let signed = ASKED.iter().map(|(name, extensions, ca)| {
            self.sign(
                &kubernetes.join(format!("{name}.csr")),
                extensions,
                ca,
                &format!("{}.crt", name.replace('/', "-")),
            )
        });
        let mut files: Vec<PathBuf> = signed.collect();
        // CAs in one file, one in DER.
        let bundle = self.path("bundle.pem");
        let parts: Vec<String> = ["root", "etcd", "kubernetes"]
            .iter()
            .map(|name| fs::read_to_string(self.path(&format!("{name}.crt"))).expect("read"))
            .collect();
        fs::write(&bundle, parts.concat()).expect("written");
        let der = self.path("front.der");
        succeed(
            &self.openssl,
            &[
                "x509",
                "-in",
                text(&self.path("front.crt")),
                "-outform",
                "DER",
                "-out",
                text(&der),
            ],
        );
        files.extend([bundle, der]);
        files.reverse();
        files.iter().map(|file| text(file).to_owned()).collect()
    }
}
