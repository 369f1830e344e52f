//! What the user asks for, as plain data: a wizard and its command make the same.

mod decide;
mod issue;

use std::sync::Arc;

pub use decide::{ApproveRequest, AskedDecision, AskedRequest, DecideRequest, RequestSource};
pub use issue::{
    AskedObject, IssueRequest, Profile, Purpose, SecretName, ServiceName, WrittenRequest,
};

use crate::inventory::beginning::Machine;
use crate::pki::Secret;
use crate::pki::key::KeyAlgorithm;
use crate::record::Approval;
use crate::record::waiting_request::WaitingRequest;
use crate::setup::{ClusterSpec, Node};

/// A request for a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// New certificates for old ones.
    Renew(RenewRequest),
    /// Take an operation back; `None`: the newest that can be.
    Undo(Option<String>),
    /// Drop the old files of operations that are past keeping.
    Prune,
    /// The PKI of a new cluster, or of a node more.
    Setup(Box<SetupRequest>),
    /// Certificates that somebody else's CA has issued for requests made here.
    Import(ImportRequest),
    /// Tokens, bindings and kubeconfigs with which kubelets join.
    Bootstrap(BootstrapRequest),
    /// A certificate that did not exist before.
    Issue(Box<IssueRequest>),
    /// Requests are signed, denied or taken away.
    Decide(Box<DecideRequest>),
    /// What requests are judged by is confirmed.
    Confirm(Box<Approval>),
}

impl Request {
    /// What may open encrypted CA keys, where such are needed.
    pub fn passphrases(&mut self) -> Option<&mut Vec<Passphrase>> {
        match self {
            Self::Renew(request) => Some(&mut request.passphrases),
            Self::Setup(request) => Some(&mut request.passphrases),
            Self::Issue(request) => Some(&mut request.passphrases),
            Self::Decide(request) => Some(&mut request.passphrases),
            Self::Undo(_)
            | Self::Prune
            | Self::Import(_)
            | Self::Bootstrap(_)
            | Self::Confirm(_) => None,
        }
    }
}

/// The PKI of a new cluster, or of a node more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetupRequest {
    /// The answers.
    pub cluster: ClusterSpec,
    /// The node whose files are written below the root; `None`: none, all of them go to archives.
    pub here: Option<String>,
    /// The only nodes for which files are made; empty: all. What is the same on all nodes is made
    /// where it is not there.
    pub only: Vec<String>,
    /// The folder on this machine, absolute, for the archives of the other nodes; `None`: an error
    /// where one is needed.
    pub archives: Option<String>,
    /// Paths on the master that are made anew, also where they are there. All else that is there is
    /// kept and verified.
    pub replace: Vec<String>,
    /// A file on this machine for the page of what comes next, in Markdown.
    pub guide: Option<String>,
    /// A file on this machine for the answers as kubeadm's own configuration.
    pub kubeadm_config: Option<String>,
    /// For encrypted CA keys: each is tried on each.
    pub passphrases: Vec<Passphrase>,
}

impl SetupRequest {
    /// These answers with all else as usual on `machine`: the files of the node that it is are
    /// written here, the others' archives go to the folder in which kubepki was started.
    pub fn new(cluster: ClusterSpec, machine: &Machine) -> Self {
        Self {
            here: here(&cluster, machine),
            archives: Some(machine.folder.clone()).filter(|folder| !folder.is_empty()),
            cluster,
            ..Self::default()
        }
    }
}

/// The node that `machine` is: by its name, else by an address; else the only one there is; of a
/// machine of which nothing is known, as of a mounted disk, the first control plane node.
fn here(cluster: &ClusterSpec, machine: &Machine) -> Option<String> {
    let named = cluster.node(&machine.name);
    let has_address = |node: &&Node| {
        node.addresses
            .iter()
            .any(|address| machine.addresses.contains(address))
    };
    let found = named.or_else(|| cluster.nodes.iter().find(has_address));
    let only = || {
        if let [only] = cluster.nodes.as_slice() {
            Some(only)
        } else {
            None
        }
    };
    let is_unknown = machine.name.is_empty() && machine.addresses.is_empty();
    let first = || cluster.masters().next().filter(|_| is_unknown);
    found
        .or_else(only)
        .or_else(first)
        .map(|node| node.name.clone())
}

/// Certificates that somebody else's CA has issued: each is matched with its key by the public
/// half.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportRequest {
    /// Files on this machine, absolute: PEM or DER, leaves, intermediates and CAs in any order.
    pub files: Vec<String>,
    /// The answers that are kept of clusters that were set up here: they say where keys wait.
    pub clusters: Vec<ClusterSpec>,
    /// The requests that were made here for others' use, as they are kept.
    pub waiting: Vec<WaitingRequest>,
}

/// What is done for those who join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BootstrapRequest {
    /// A new bootstrap token, as a manifest of its Secret.
    NewToken {
        /// What it is for; may be empty.
        description: String,
        /// How long it lets in, in hours; `None`: for ever.
        hours: Option<u32>,
        /// Groups beside `system:bootstrappers`.
        groups: Vec<String>,
        /// The manifest's file on the master; `None`: `bootstrap-token-<id>.yaml` in
        /// [`crate::plan::bootstrap::FOLDER`].
        path: Option<String>,
    },
    /// A new line of the token file.
    NewLine {
        /// Whom it lets in.
        user: String,
        /// The user's uid; empty: the next one free from 10001.
        uid: String,
        /// His groups.
        groups: Vec<String>,
    },
    /// A token lets nobody in any more: its Secret's manifest says that it ends now.
    ExpireToken {
        /// The token's id.
        id: String,
    },
    /// The lines of this user leave the token file.
    ExpireLine {
        /// The user.
        user: String,
    },
    /// The kubeconfig with which a kubelet asks for its first certificate.
    Kubeconfig {
        /// Whose token: the id of a bootstrap token, or a user of the token file.
        identity: String,
        /// The server's URL; `None`: that of the kubeconfigs here.
        server: Option<String>,
        /// Its file on the master; `None`: where the layout has it.
        path: Option<String>,
    },
    /// The bindings that let a kubelet ask, and have its requests approved.
    Manifests {
        /// For whom they are.
        identity: crate::kubernetes::bootstrap::BootstrapIdentity,
        /// Their file on the master; `None`: `bindings.yaml` in [`crate::plan::bootstrap::FOLDER`].
        path: Option<String>,
    },
}

/// New certificates for old ones.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent answers, each a toggle of the wizard and a flag"
)]
pub struct RenewRequest {
    /// Which.
    pub what: Selection,
    /// How long they live, from now; `None`: the settings', else the layout's default.
    pub days: Option<u32>,
    /// Keep the keys. `false`: new ones are made.
    pub keep_key: bool,
    /// The algorithm of new keys; `None`: as the old one.
    pub key_algorithm: Option<KeyAlgorithm>,
    /// Names to add and to take away.
    pub sans: Vec<SanChange>,
    /// Add what the role table says today: names, organizations, usages. Nothing is taken away.
    pub to_specification: bool,
    /// Whether stale copies of a renewed kubeconfig are refreshed too.
    pub refresh_copies: bool,
    /// Whether private keys that others can read become 0600.
    pub tighten_modes: bool,
    /// For encrypted CA keys: each is tried on each.
    pub passphrases: Vec<Passphrase>,
}

/// What may open an encrypted key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passphrase {
    /// The key's file that it was asked for; `None`: given unasked.
    pub asked_for: Option<String>,
    /// The passphrase.
    pub text: Secret,
}

/// Which certificates.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Selection {
    /// What is due.
    Due,
    /// Every leaf in use that can be renewed.
    All,
    /// These items, by id.
    Items(Vec<Arc<str>>),
}

/// One name more or less, as the user writes it: a DNS name, an IP address, an e-mail address or a
/// URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SanChange {
    /// One more.
    Add(String),
    /// One less.
    Remove(String),
}

impl RenewRequest {
    /// As it is: new keys like the old ones, same names, default lifetime.
    pub fn new(what: Selection) -> Self {
        Self {
            what,
            days: None,
            keep_key: false,
            key_algorithm: None,
            sans: Vec::new(),
            to_specification: false,
            refresh_copies: true,
            tighten_modes: false,
            passphrases: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::NodeRole;

    #[test]
    fn a_machine_is_the_node_of_its_name_or_address_or_the_only_one() {
        let node = |name: &str, address: &str| Node {
            name: name.to_owned(),
            addresses: address.parse().into_iter().collect(),
            roles: vec![NodeRole::ControlPlane],
        };
        let (one, two) = (node("m-1", "10.0.0.1"), node("m-2", "10.0.0.2"));
        let machine = |name: &str, address: &str| Machine {
            name: name.to_owned(),
            addresses: address.parse().into_iter().collect(),
            folder: "/root".to_owned(),
            home: "/root".to_owned(),
        };
        for (nodes, machine, expected) in [
            (
                vec![one.clone(), two.clone()],
                machine("m-2", "10.0.0.1"),
                Some("m-2"),
            ),
            (
                vec![one.clone(), two.clone()],
                machine("x", "10.0.0.2"),
                Some("m-2"),
            ),
            (vec![one.clone(), two], machine("x", "10.0.0.9"), None),
            (vec![one], machine("x", ""), Some("m-1")),
            (Vec::new(), machine("m-1", "10.0.0.1"), None),
        ] {
            let request = SetupRequest::new(
                ClusterSpec {
                    nodes,
                    ..ClusterSpec::default()
                },
                &machine,
            );
            assert_eq!(request.here.as_deref(), expected, "{machine:?}");
            assert_eq!(request.archives.as_deref(), Some("/root"));
        }
    }
}
