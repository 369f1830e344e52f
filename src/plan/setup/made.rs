//! What a setup has made, before it is known where each file goes.

use crate::kubernetes::role::Role;
use crate::pki::{Certificate, Secret};

/// Everything that was made, and what was there and stays.
#[derive(Debug, Default)]
pub(super) struct MadeCluster {
    /// Every file, each once, in the order in which it is written: a key before its certificate.
    pub(super) files: Vec<MadeFile>,
    /// Every certificate that was issued.
    pub(super) issued: Vec<Issued>,
    /// What can go wrong or surprises, a sentence each.
    pub(super) warnings: Vec<String>,
}

/// One file of one node, or the same file of several.
#[derive(Debug)]
pub(super) struct MadeFile {
    /// The names of the nodes that get it, in the table's order.
    pub(super) nodes: Vec<String>,
    /// Absolute, as on the node.
    pub(super) path: String,
    /// All of it.
    pub(super) content: Secret,
    /// Permission bits; root owns it.
    pub(super) mode: u32,
    /// In a few words, as "certificate of apiserver".
    pub(super) summary: String,
    /// Whether it holds the private key of a CA: what [`crate::setup::AuthorityKeys`] is about.
    pub(super) is_authority_key: bool,
    /// Whether all nodes that get it get the very same bytes, however many they are.
    pub(super) is_shared: bool,
    /// Whether it is there already, below the root, and stays as it is: archives hold it too.
    pub(super) is_kept: bool,
}

/// One new certificate.
#[derive(Debug)]
pub(super) struct Issued {
    /// As "apiserver", on another node than the one here "apiserver@master-2".
    pub(super) id: String,
    /// All roles that it plays.
    pub(super) roles: Vec<&'static Role>,
    /// The node for which it is; `None`: for all.
    pub(super) node: Option<String>,
    /// The id of the CA that signed it; its own for a root.
    pub(super) authority: String,
    /// The paths of certificate and key, or of the kubeconfig.
    pub(super) paths: Vec<String>,
    /// The certificate.
    pub(super) certificate: Certificate,
}
