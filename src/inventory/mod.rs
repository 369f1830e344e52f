//! What is there: the files of a master put together to items, trees, roles and states.
//! An inventory is a fact about the disk at one moment; what is expired depends on the date that one asks for
//! ([`state`]), so nothing here knows the time.

pub mod assemble;
pub mod beginning;
pub mod bootstrap;
pub(crate) mod expected;
pub mod file;
pub mod process;
pub mod reading;
pub mod right;
pub mod served;
pub mod state;
pub mod tree;
pub mod unread;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::kubernetes::flags::{self, FlagFact};
use crate::kubernetes::role::Role;
pub use crate::kubernetes::signing_request::RequestObject;
use crate::pki::path::Refusal;
use crate::pki::{Certificate, CertificationRequest, Digest};

pub use unread::{Leftover, Unread};

/// The place of an item in [`Inventory::items`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemIndex(pub u32);

/// Everything that was found on one master.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Inventory {
    /// The folder that was read, as the user gave it ("/" on the master itself).
    pub root: String,
    /// The layout's name, as "kubeadm".
    pub layout: String,
    /// The folder in which the layout's files lie, as "/etc/kubernetes".
    pub base: String,
    /// The cluster's name, where a flag or kubeconfig says it.
    pub cluster: Option<String>,
    /// The node's name, where something says it.
    pub node: Option<String>,
    /// Every certificate, in files and kubeconfigs, and every file that should have held one.
    pub items: Vec<Item>,
    /// Keys that are there without a certificate: `sa.key`, `sa.pub`, a key that awaits its answer.
    pub keys: Vec<KeyItem>,
    /// Every kubeconfig.
    pub kubeconfigs: Vec<KubeconfigItem>,
    /// PKCS#10 files and CertificateSigningRequest objects found on the disk.
    pub requests: Vec<RequestItem>,
    /// Every flag that names a file of the PKI, and those that say who the cluster is.
    pub flags: Vec<FlagFact>,
    /// With what nodes join: tokens and bindings in files.
    pub bootstrap: bootstrap::Bootstrap,
    /// The folders that were looked into, as on the master: a new file in one of them concerns it.
    pub folders: Vec<PathBuf>,
    /// The components that run; `None`: this is not the machine that is running them, or nobody looked.
    pub processes: Option<Vec<process::Process>>,
    /// What could not be looked at.
    pub unread: Vec<Unread>,
    /// Temporary files of operations that are not known, or that came to an end.
    pub leftovers: Vec<Leftover>,
    /// Only a folder below the layout's was looked at: what is not here may lie beside it.
    pub is_part: bool,
    /// The issuer relations.
    pub tree: tree::Tree,
}

/// One certificate, or one file that should hold one.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Unique in one inventory: the role where exactly one item in use has it, else the path, or `path#index`.
    pub id: Arc<str>,
    /// All roles that it plays, from the role table; empty: none known.
    pub roles: Vec<&'static Role>,
    /// The file, as on the master (without the root). Not UTF-8: escaped, see `path_bytes`.
    pub path: Arc<str>,
    /// The path's bytes where they are not UTF-8.
    pub path_bytes: Option<Box<[u8]>>,
    /// Which certificate of the file, counted from 0.
    pub index: u32,
    /// Where it came from.
    pub source: Source,
    /// Named by a layout's place, a flag or a kubeconfig.
    pub in_use: bool,
    /// Other places that hold the same certificate.
    pub copies: Vec<Arc<str>>,
    /// The certificate, or why there is none.
    pub content: Result<Certificate, Fault>,
    /// The private key that belongs to it.
    pub key: KeyFact,
    /// Who reads it.
    pub read_by: Vec<Reader>,
    /// When the file was written or made last: the later of its modification and its birth, so that an old file put anew
    /// in its place counts, and a chmod or chown does not. What keeps both is not seen: an older file moved here, `cp -p`
    /// onto a file that is there. Of a pair, or of a link and its target, the later one.
    pub changed_at: Option<OffsetDateTime>,
}

impl Item {
    /// The certificate, where there is one.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.content.as_ref().ok()
    }

    /// What the certificate is for, in a word: CA, server, client, both, other. Empty without one.
    pub fn kind(&self) -> &'static str {
        let Some(certificate) = self.certificate() else { return "" };
        if certificate.is_authority() {
            return "CA";
        }
        let usages = certificate.details().extended_key_usage;
        let has = |name: &str| usages.iter().any(|usage| usage == name);
        match (has("server auth"), has("client auth")) {
            (true, true) => "both",
            (true, false) => "server",
            (false, true) => "client",
            (false, false) => "other",
        }
    }

    /// True for a CA certificate.
    pub fn is_authority(&self) -> bool {
        self.certificate().is_some_and(Certificate::is_authority)
    }
}

/// Why a file gives no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// What the PKI layer says to the bytes.
    #[error("{0}")]
    Damaged(#[from] crate::pki::Error),
    /// The file holds no PEM block or DER structure of the kind that belongs there.
    #[error("{0}")]
    Other(String),
    /// It could not be read: permission, I/O.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// Named by a flag or kubeconfig, and absent; says what names it.
    #[error("{0}")]
    Absent(String),
}

/// Where an item came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A certificate file.
    File,
    /// The user of this name in a kubeconfig.
    Kubeconfig {
        /// The user's name in the kubeconfig.
        user: String,
    },
    /// The kubelet's own folder.
    Kubelet,
}

/// What is known of the private key that belongs to a certificate. Never the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyFact {
    /// The file that holds it.
    pub path: Option<Arc<str>>,
    /// Whether it is there.
    pub state: KeyState,
    /// Whether it is the certificate's key; `None`: not known.
    pub matches: Option<bool>,
    /// The file's permission bits, where it is a file of its own.
    pub mode: Option<u32>,
}

/// Whether a private key is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyState {
    /// Readable.
    Present,
    /// Not there.
    #[default]
    Absent,
    /// There, and no key that could be read.
    Unreadable,
    /// There, and encrypted.
    Encrypted,
}

/// Who reads a file, and where that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// As "kube-apiserver".
    pub component: Arc<str>,
    /// Without dashes; empty where only the layout says it.
    pub flag: Arc<str>,
    /// The file in which the flag stands; empty where the layout's default says it.
    pub file: Arc<str>,
    /// The line, counted from 1; 0 where the layout's default says it.
    pub line: u32,
}

impl Reader {
    /// The flag as one writes it, as "--tls-cert-file"; a field of a file as it stands. Empty: a habit, no flag.
    pub fn written_flag(&self) -> String {
        flags::written(&self.flag)
    }
}

/// A key without a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyItem {
    /// The file, as on the master.
    pub path: Arc<str>,
    /// What it is for: "sa", or a role that awaits its certificate.
    pub roles: Vec<&'static Role>,
    /// Whether it is the private or only the public half.
    pub public_only: bool,
    /// Whether it is readable.
    pub state: KeyState,
    /// As "RSA-2048", where readable.
    pub algorithm: Option<String>,
    /// SHA-256 over the public key, where readable.
    pub spki_sha256: Option<Digest>,
    /// Permission bits.
    pub mode: u32,
    /// Who reads it.
    pub read_by: Vec<Reader>,
    /// As [`Item::changed_at`].
    pub changed_at: Option<OffsetDateTime>,
}

/// A kubeconfig as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct KubeconfigItem {
    /// The file, as on the master.
    pub path: Arc<str>,
    /// Its role, where a layout or flag gives it one.
    pub roles: Vec<&'static Role>,
    /// current-context; empty where not set.
    pub current: String,
    /// The contexts in order.
    pub contexts: Vec<Context>,
    /// The users in order.
    pub users: Vec<User>,
    /// The clusters in order.
    pub clusters: Vec<Cluster>,
    /// Who reads it.
    pub read_by: Vec<Reader>,
    /// What is wrong with the file itself.
    pub fault: Option<String>,
    /// As [`Item::changed_at`].
    pub changed_at: Option<OffsetDateTime>,
}

/// A kubeconfig's context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// The cluster that it names.
    pub cluster: String,
    /// The user that it names.
    pub user: String,
    /// The namespace, where one is set.
    pub namespace: Option<String>,
    /// Which cluster it reaches.
    pub reaches: Reaches,
}

/// Which cluster a context reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaches {
    /// Its CA is this master's.
    ThisMaster,
    /// Its CA is another's.
    AnotherCluster,
    /// Through Rancher's proxy (`/k8s/clusters/<id>`), where Rancher's CA is right.
    ThroughRancher,
    /// Nothing to judge by: no CA in the kubeconfig, or none here.
    Unknown,
}

/// A kubeconfig's user: who it is, never its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its name in the kubeconfig.
    pub name: String,
    /// How it shows who it is.
    pub kind: UserKind,
    /// Its certificate among the items.
    pub certificate: Option<ItemIndex>,
    /// Who the API server takes it for, as "kubernetes-admin"; `None` where that cannot be known.
    pub identity: Option<String>,
    /// The groups that come with it.
    pub groups: Vec<String>,
    /// One more fact in words: the token's end, the command that is run, whether `sa.pub` verifies it.
    pub note: Option<String>,
}

/// How a kubeconfig's user shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKind {
    /// A client certificate.
    Certificate,
    /// `id.secret`.
    BootstrapToken,
    /// A line of `token.csv`, or another opaque token.
    StaticToken,
    /// A JWT.
    ServiceAccountToken,
    /// User name and password.
    Password,
    /// A command that gives a credential.
    Exec,
    /// Nothing.
    None,
}

/// A kubeconfig's cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// The server's URL.
    pub server: String,
    /// The CA items of this master that its CA data is equal to (by SHA-256).
    pub certificate_authority: Vec<ItemIndex>,
    /// In words: "ca.crt of this master", "another CA: CN=…", "skips verification", "none".
    pub authority_text: String,
    /// The certificates of its CA data or file, as far as they could be read.
    pub anchors: Arc<[Certificate]>,
    /// insecure-skip-tls-verify: nothing is verified.
    pub insecure: bool,
    /// tls-server-name: the name to verify instead of the URL's.
    pub tls_server_name: Option<String>,
    /// proxy-url: the proxy that stands before the server.
    pub proxy: Option<String>,
    /// Why kubectl does not use it at all: a sentence.
    pub fault: Option<String>,
}

/// A request for a certificate.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestItem {
    /// The file, or the object's name.
    pub id: Arc<str>,
    /// The file, as on the master.
    pub path: Arc<str>,
    /// The object's name for a CertificateSigningRequest; else the file's name.
    pub name: String,
    /// The PKCS#10 inside, or what is wrong with it.
    pub request: Result<CertificationRequest, Fault>,
    /// What only a CertificateSigningRequest object says.
    pub object: Option<RequestObject>,
    /// The key file beside it that holds the key it asks for.
    pub key_path: Option<Arc<str>>,
}

impl Inventory {
    /// The item of this index.
    pub fn item(&self, index: ItemIndex) -> Option<&Item> {
        self.items.get(index.0 as usize)
    }

    /// All items with their indices.
    pub fn indexed(&self) -> impl Iterator<Item = (ItemIndex, &Item)> {
        (0u32..).map(ItemIndex).zip(&self.items)
    }

    /// Items by SHA-256, for "where else is it".
    pub fn by_sha256(&self) -> BTreeMap<&Digest, Vec<ItemIndex>> {
        let mut map: BTreeMap<&Digest, Vec<ItemIndex>> = BTreeMap::new();
        for (index, item) in self.indexed() {
            if let Some(certificate) = item.certificate() {
                map.entry(certificate.sha256()).or_default().push(index);
            }
        }
        map
    }
}

/// Why an item has no issuer here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoIssuer {
    /// No certificate here bears the issuer's name.
    NotHere,
    /// One bears the name, and another key signed.
    OtherKey,
    /// One signed, and may not.
    Refused(ItemIndex, Refusal),
}
