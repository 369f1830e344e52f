//! What is there: the files of a master put together to items, trees, roles and states. An
//! inventory is a fact about the disk at one moment; what is expired depends on the date that one
//! asks for ([`state`]), so nothing here knows the time.

pub mod assemble;
pub mod beginning;
pub mod bootstrap;
pub(crate) mod expected;
pub mod file;
pub mod given;
pub mod holders;
pub mod judged;
mod kubeconfig;
pub mod life;
pub mod mounted;
pub mod origin;
pub mod pairs;
pub mod process;
mod purpose;
mod reader;
pub mod reading;
pub mod right;
pub mod state;
pub mod tree;
pub mod unread;
pub mod writer;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use time::OffsetDateTime;

pub use tree::NoIssuer;

use crate::kubernetes::flags::FlagFact;
use crate::kubernetes::layout::{Layout, fallback, layout};
use crate::kubernetes::role::{Role, RoleKind};
pub use crate::kubernetes::signing_request::RequestObject;
use crate::pki::{Certificate, CertificationRequest, Digest};
use writer::{Accounts, Writers};

pub use kubeconfig::{
    Cluster, FileFault, KubeconfigContext, KubeconfigItem, Reaches, User, UserKind,
};
pub use purpose::Purpose;
pub use reader::{Reader, confirmed};
pub use unread::{Form, Leftover, Trouble, Unread, Unseen};

/// The place of an item in [`Inventory::items`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemIndex(pub u32);

/// Everything that was found on one master.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Inventory {
    /// The folder that was read, as the user gave it ("/" on the master itself).
    pub root: String,
    /// Where its files lie on this machine.
    pub mounted: mounted::Mounted,
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
    /// What processes say of themselves, and files that others can write, where nothing of root's
    /// confirms it: shown, and never acted upon.
    pub claims: Vec<FlagFact>,
    /// Under which accounts components run.
    pub accounts: Accounts,
    /// With what nodes join: tokens and bindings in files.
    pub bootstrap: bootstrap::Bootstrap,
    /// The folders that were looked into, as on the master: a new file in one of them concerns it.
    pub folders: Vec<PathBuf>,
    /// The components that run; `None`: this is not the machine that is running them, or nobody
    /// looked.
    pub processes: Option<Vec<process::Process>>,
    /// What could not be looked at.
    pub unread: Vec<Unread>,
    /// Temporary files of operations that are not known, or that came to an end.
    pub leftovers: Vec<Leftover>,
    /// Only a folder below the layout's was looked at: what is not here may lie beside it.
    pub is_part: bool,
    /// It is no master: it came through standard input, a file or the clipboard.
    pub is_given: bool,
    /// The issuer relations.
    pub tree: tree::Tree,
    /// Who else holds what an item holds.
    pub holders: holders::Holders,
}

/// One certificate, or one file that should hold one.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Unique in one inventory: the role where exactly one item in use has it, else the path, or
    /// `path#index`.
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
    /// Named by a layout's place, a flag or a kubeconfig. What only a claim names is in use where
    /// root alone can write it and a CA here has signed it ([`Inventory::settle_claims`]).
    pub in_use: bool,
    /// Only a claim names it.
    pub is_claimed: bool,
    /// Who beside root and the caller can change the file or that of its key.
    pub writers: Writers,
    /// Other places that hold the same certificate.
    pub copies: Vec<Arc<str>>,
    /// The certificate, or why there is none.
    pub content: Result<Certificate, Fault>,
    /// The private key that belongs to it.
    pub key: KeyFact,
    /// Who reads it.
    pub read_by: Vec<Reader>,
    /// When the file was written or made last: the later of its modification and its birth, so that
    /// an old file put anew in its place counts, and a chmod or chown does not. What keeps both is
    /// not seen: an older file moved here, `cp -p` onto a file that is there. Of a pair, or of a
    /// link and its target, the later one.
    pub changed_at: Option<OffsetDateTime>,
}

impl Item {
    /// The certificate, where there is one.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.content.as_ref().ok()
    }

    /// What the certificate is for; `None` without one.
    pub fn purpose(&self) -> Option<Purpose> {
        self.certificate().map(Purpose::of)
    }

    /// True for a CA certificate.
    pub fn is_authority(&self) -> bool {
        self.certificate().is_some_and(Certificate::is_authority)
    }

    /// True where something of this kind belongs, whatever lies there.
    pub fn has_role_of(&self, kind: RoleKind) -> bool {
        self.roles.iter().any(|role| role.kind == kind)
    }

    /// True for what is no CA certificate, nor lies where one belongs.
    pub fn is_leaf(&self) -> bool {
        !self.is_authority() && !self.has_role_of(RoleKind::Authority)
    }
}

/// Why a file gives no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// What the PKI layer says to the bytes.
    #[error("{0}")]
    Damaged(#[from] crate::pki::Error),
    /// A certificate under a PEM label that Kubernetes does not read: the label.
    #[error("its PEM label is {0}: Kubernetes reads CERTIFICATE only")]
    Label(String),
    /// It should be a kubeconfig, and is none.
    #[error("{0}")]
    NoKubeconfig(#[from] crate::kubernetes::kubeconfig::KubeconfigError),
    /// The file holds no PEM block or DER structure of the kind that belongs there.
    #[error("{0}")]
    Other(String),
    /// It holds PEM blocks of another kind: DH parameters, CRLs and the like.
    #[error("it holds no certificate: its PEM blocks are of another kind")]
    OtherBlocks,
    /// It could not be read: permission, I/O.
    #[error("cannot be read: {}", .0.cause())]
    Unreadable(Trouble),
    /// Named by a flag or kubeconfig, and absent; says what names it.
    #[error("{0}")]
    Absent(String),
}

impl Fault {
    /// Whether nothing is known of the file because it could not be read: that is no fault of its
    /// own.
    pub fn is_unread(&self) -> bool {
        matches!(self, Self::Unreadable(_))
    }
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

/// A request for a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Who beside root and the caller can change its file, or that of its key.
    pub writers: Writers,
}

impl Inventory {
    /// What is known of its layout; of one that is not embedded what is known of any folder.
    pub fn known_layout(&self) -> &'static Layout {
        layout(&self.layout).unwrap_or_else(fallback)
    }

    /// The item of this index.
    pub fn item(&self, index: ItemIndex) -> Option<&Item> {
        self.items.get(index.0 as usize)
    }

    /// All items with their indices.
    pub fn indexed(&self) -> impl Iterator<Item = (ItemIndex, &Item)> {
        (0u32..).map(ItemIndex).zip(&self.items)
    }

    /// Takes what only a claim names for in use where root alone can write it and a CA in use here
    /// has signed it. The tree must be there.
    pub fn settle_claims(&mut self) {
        let is_signed = |index| match self.tree.issuer(index) {
            tree::Issuer::Item(signer) => self.item(signer).is_some_and(|signer| signer.in_use),
            tree::Issuer::Itself | tree::Issuer::None(_) => false,
        };
        let is_settled = |(index, item): &(ItemIndex, &Item)| {
            item.is_claimed && item.writers.is_none() && !item.is_authority() && is_signed(*index)
        };
        let settled: Vec<ItemIndex> = self
            .indexed()
            .filter(is_settled)
            .map(|(index, _)| index)
            .collect();
        for index in settled {
            if let Some(item) = self.items.get_mut(index.0 as usize) {
                item.in_use = true;
            }
        }
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
