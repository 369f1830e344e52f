//! What a person says of a new cluster: the answers of the guided setup, kept as
//! `clusters/<name>.yaml`. No secrets.

mod as_text;
pub mod blueprint;
pub mod check;
mod field;
pub mod guide;
pub mod kept;
pub mod kubeadm;
pub mod question;
mod whole;

use core::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::kubernetes::layout::{Authorities, Layout, layout, settable};
use crate::kubernetes::release::Release;
use crate::pki::key::KeyAlgorithm;

pub use field::ClusterField;

/// A cluster whose PKI is to be made, or was made here. What is absent has kubeadm's default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClusterSpec {
    /// Names the cluster in kubeconfigs, and the file in which these answers are kept.
    pub name: String,
    /// The name of one that can be set up, as "split".
    pub layout: String,
    /// Decides groups that differ by release (`role::Variant`).
    #[serde(with = "as_text")]
    pub kubernetes_version: Release,
    /// Every machine, the first control plane node first.
    pub nodes: Vec<Node>,
    /// What clients call: `HOST` or `HOST:PORT`, IPv6 in brackets; `None`: each node's own address.
    pub control_plane_endpoint: Option<String>,
    /// The API server's port.
    pub bind_port: u16,
    /// CIDRs between commas, the first family's first: "10.96.0.0/12" or
    /// "10.96.0.0/12,fd00:10:96::/112".
    pub service_subnet: String,
    /// The same for pods; empty: not known. Nothing is issued for it: it must not overlap.
    pub pod_subnet: String,
    /// As "cluster.local"; empty: none.
    pub dns_domain: String,
    /// More names of the API server, as a person writes them.
    pub api_server_sans: Vec<String>,
    /// kubeadm's certificatesDir; `None`: the layout's own folder.
    pub certificates_directory: Option<String>,
    /// etcd's part.
    pub etcd: Etcd,
    /// One CA signs for everything, also where the layout has three.
    pub one_authority: bool,
    /// The CAs are signed by a root that is made with them, and whose key is kept away from every
    /// node.
    pub intermediate_authorities: bool,
    /// Keys and requests only: somebody else's CA answers.
    pub external_authority: bool,
    /// Of all keys but the service accounts'.
    #[serde(with = "as_text")]
    pub key_algorithm: KeyAlgorithm,
    /// Of the service accounts' key; `None`: as the others.
    #[serde(with = "as_text::optional")]
    pub service_account_key_algorithm: Option<KeyAlgorithm>,
    /// How long leaves live, in hours: kubeadm's certificateValidityPeriod.
    pub certificate_hours: u32,
    /// How long CAs live, in hours: kubeadm's caCertificateValidityPeriod.
    pub authority_hours: u32,
    /// Where the keys of the CAs stay.
    pub authority_keys: AuthorityKeys,
    /// Who a new kubelet is until it has its certificate.
    pub bootstrap: BootstrapIdentity,
    /// C, ST, L, O, OU of the subjects, where the layout has such (single-ca): attribute and value
    /// in order.
    pub subject: Vec<(String, String)>,
}

/// One machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Node {
    /// Its name in the cluster (RFC 1123).
    pub name: String,
    /// The first is the one that it advertises.
    pub addresses: Vec<IpAddr>,
    /// What runs there, each once, in the order of [`NodeRole`].
    pub roles: Vec<NodeRole>,
}

/// What runs on a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeRole {
    /// API server, controller manager, scheduler; etcd too, where no node has etcd alone.
    ControlPlane,
    /// A member of etcd.
    Etcd,
    /// Pods.
    Worker,
}

/// etcd's part of the answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Etcd {
    /// An etcd that somebody else keeps: nothing is made for it.
    pub external: Option<ExternalEtcd>,
    /// More names of each member's server (etcd.local.serverCertSANs).
    pub server_sans: Vec<String>,
    /// More names of each member as a peer (etcd.local.peerCertSANs).
    pub peer_sans: Vec<String>,
    /// Members trust each other by a CA of their own, which signs no client.
    pub peer_authority: bool,
}

/// An etcd that somebody else keeps (kubeadm's etcd.external).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ExternalEtcd {
    /// URLs of its members.
    pub endpoints: Vec<String>,
    /// The CA of its servers, a file of the master.
    pub ca_file: String,
    /// The API server's client certificate.
    pub cert_file: String,
    /// The key of that.
    pub key_file: String,
}

/// Where the keys of the CAs stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorityKeys {
    /// On every control plane node, as kubeadm does it.
    #[default]
    EveryMaster,
    /// Where the setup runs; in no archive.
    Here,
    /// On no node: in an archive of their own.
    Apart,
}

/// Who signs the CAs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignedBy {
    /// Each CA itself.
    #[default]
    Itself,
    /// A root that is made with them.
    Root,
    /// A CA that somebody else keeps: only requests are made.
    SomebodyElse,
}

impl Default for ClusterSpec {
    /// kubeadm's defaults (v1beta4/defaults.go).
    fn default() -> Self {
        Self {
            name: "kubernetes".to_owned(),
            layout: settable()
                .next()
                .map_or_else(String::new, |layout| layout.name.clone()),
            kubernetes_version: Release::NEWEST,
            nodes: Vec::new(),
            control_plane_endpoint: None,
            bind_port: 6443,
            service_subnet: "10.96.0.0/12".to_owned(),
            pod_subnet: String::new(),
            dns_domain: "cluster.local".to_owned(),
            api_server_sans: Vec::new(),
            certificates_directory: None,
            etcd: Etcd::default(),
            one_authority: false,
            intermediate_authorities: false,
            external_authority: false,
            key_algorithm: KeyAlgorithm::Rsa2048,
            service_account_key_algorithm: None,
            certificate_hours: 8760,
            authority_hours: 87600,
            authority_keys: AuthorityKeys::default(),
            bootstrap: BootstrapIdentity::default(),
            subject: Vec::new(),
        }
    }
}

impl AuthorityKeys {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::EveryMaster, Self::Here, Self::Apart];

    /// Its word in flags and kept answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::EveryMaster => "every-master",
            Self::Here => "here",
            Self::Apart => "apart",
        }
    }

    /// As it is offered.
    pub const fn title(self) -> &'static str {
        match self {
            Self::EveryMaster => "on every master",
            Self::Here => "here alone",
            Self::Apart => "on no machine",
        }
    }
}

impl SignedBy {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Itself, Self::Root, Self::SomebodyElse];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::Root => "root",
            Self::SomebodyElse => "somebody-else",
        }
    }

    /// As it is offered.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Itself => "each CA itself",
            Self::Root => "a root made here",
            Self::SomebodyElse => "somebody else's CA",
        }
    }
}

impl NodeRole {
    /// As it stands in a line of the table of nodes.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ControlPlane => "master",
            Self::Etcd => "etcd",
            Self::Worker => "worker",
        }
    }
}

impl Node {
    /// Whether this runs there.
    pub fn is(&self, role: NodeRole) -> bool {
        self.roles.contains(&role)
    }

    /// The address that it advertises.
    pub fn address(&self) -> Option<IpAddr> {
        self.addresses.first().copied()
    }
}

impl ClusterSpec {
    /// What is known of its layout; `None`: there is none of this name.
    pub fn known_layout(&self) -> Option<&'static Layout> {
        layout(&self.layout)
    }

    /// Whether kubeadm starts it.
    pub fn is_kubeadm(&self) -> bool {
        self.known_layout().is_some_and(Layout::is_of_kubeadm)
    }

    /// Whether its layout has one CA for everything, whose key signs service account tokens too.
    pub fn is_of_one_authority(&self) -> bool {
        self.known_layout()
            .is_some_and(|layout| layout.authorities == Authorities::One)
    }

    /// Whether there is more in its subjects than CN and O.
    pub fn has_subject(&self) -> bool {
        self.known_layout()
            .and_then(|layout| layout.setup.as_ref())
            .is_some_and(|setup| setup.subject)
    }

    /// Who signs the CAs; somebody else's CA decides it where both were said.
    pub fn signed_by(&self) -> SignedBy {
        match (self.external_authority, self.intermediate_authorities) {
            (true, _) => SignedBy::SomebodyElse,
            (false, true) => SignedBy::Root,
            (false, false) => SignedBy::Itself,
        }
    }

    /// Whether kubeadm wants a control plane endpoint: `kubeadm join` takes a second control plane
    /// node only with one.
    pub fn needs_endpoint(&self) -> bool {
        self.is_kubeadm() && self.masters().count() > 1
    }

    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// The control plane nodes, in order.
    pub fn masters(&self) -> impl Iterator<Item = &Node> {
        self.nodes
            .iter()
            .filter(|node| node.is(NodeRole::ControlPlane))
    }

    /// True where etcd runs on nodes of its own, which are in the table.
    pub fn has_etcd_nodes(&self) -> bool {
        self.nodes
            .iter()
            .any(|node| node.is(NodeRole::Etcd) && !node.is(NodeRole::ControlPlane))
    }

    /// etcd's members, in order: none where somebody else keeps it; the nodes that have its role,
    /// where one has it; else the control plane nodes.
    pub fn members(&self) -> impl Iterator<Item = &Node> {
        let named = self.nodes.iter().any(|node| node.is(NodeRole::Etcd));
        let role = if named {
            NodeRole::Etcd
        } else {
            NodeRole::ControlPlane
        };
        let is_ours = self.etcd.external.is_none();
        self.nodes
            .iter()
            .filter(move |node| is_ours && node.is(role))
    }
}
