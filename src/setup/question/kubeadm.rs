//! Where an answer stands in kubeadm's own file (cmd/kubeadm/app/apis/kubeadm, v1beta3 and
//! v1beta4).

use core::net::SocketAddr;

use super::Question;
use super::kind::Kind;
use crate::kubernetes::release::Release;
use crate::pki::GeneralName;
use crate::setup::{ClusterSpec, ExternalEtcd, Node, NodeRole, check};

/// Where kubeadm puts certificates unless told otherwise (constants.go, v1beta4/defaults.go).
pub(super) const CERTIFICATES_DIRECTORY: &str = "/etc/kubernetes/pki";

/// The first release that reads v1beta4.
pub(in crate::setup) const V1BETA4: Release = Release {
    major: 1,
    minor: 31,
    patch: 0,
};

/// A field of kubeadm's file.
pub struct KubeadmField {
    /// The document that has it.
    pub document: Document,
    /// As "networking.serviceSubnet".
    pub path: &'static str,
    /// The versions that have it. It is read wherever it stands.
    pub versions: Versions,
    /// How it is read.
    pub read: Read,
    /// What is written; `None`: the field is left out.
    pub write: fn(&Question, &ClusterSpec) -> Option<KubeadmValue>,
}

/// A document of kubeadm's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// `InitConfiguration`: the first control plane node.
    Init,
    /// `ClusterConfiguration`: what is the same on all nodes.
    Cluster,
}

/// Versions of kubeadm's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// Both.
    All,
    /// v1beta4.
    New,
    /// v1beta3.
    Old,
}

/// How a field is read; an absent one leaves the answer as it is.
pub enum Read {
    /// As the question takes its answer.
    Answer,
    /// A text; an error is a sentence's end.
    Text(fn(&mut ClusterSpec, &str) -> Result<(), String>),
    /// The number of a port.
    Port(fn(&mut ClusterSpec, u16)),
    /// What counts where it is `true`.
    Yes(fn(&mut ClusterSpec)),
    /// A release, or a label for one.
    Release(fn(&mut ClusterSpec, Release)),
}

/// What is written into a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KubeadmValue {
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// A number or a truth value.
    Bare(String),
}

impl Versions {
    /// Whether the version that a release reads is one of these.
    pub fn have(self, release: Release) -> bool {
        match self {
            Self::All => true,
            Self::New => release >= V1BETA4,
            Self::Old => release < V1BETA4,
        }
    }
}

impl KubeadmField {
    /// A field of `ClusterConfiguration`, in both versions, that holds the answer as it is.
    pub(super) const fn answer(path: &'static str) -> Self {
        let (document, versions) = (Document::Cluster, Versions::All);
        Self {
            document,
            path,
            versions,
            read: Read::Answer,
            write: Question::written,
        }
    }
}

impl Question {
    /// The answer as kubeadm's file has it; an empty one is left out.
    pub(super) fn written(&self, cluster: &ClusterSpec) -> Option<KubeadmValue> {
        match &self.kind {
            Kind::Line { text, .. } | Kind::Choice { text, .. } => Some((text.get)(cluster))
                .filter(|text| !text.is_empty())
                .map(KubeadmValue::Text),
            Kind::Toggle { get, .. } => Some(KubeadmValue::Bare(get(cluster).to_string())),
            Kind::Names { texts, .. } | Kind::Lines { texts } => Some((texts.get)(cluster))
                .filter(|texts| !texts.is_empty())
                .map(KubeadmValue::Texts),
        }
    }
}

/// Where kubeadm puts the certificates of these answers.
pub(super) fn directory(cluster: &ClusterSpec) -> &str {
    cluster
        .certificates_directory
        .as_deref()
        .unwrap_or(CERTIFICATES_DIRECTORY)
}

/// The etcd that is an external one for kubeadm: somebody else's, or one on machines of its own,
/// which the API server calls with files of the usual names (website
/// setup-ha-etcd-with-kubeadm.md).
pub(super) fn external_etcd(cluster: &ClusterSpec) -> Option<ExternalEtcd> {
    if cluster.etcd.external.is_some() || !cluster.has_etcd_nodes() {
        return cluster.etcd.external.clone();
    }
    let directory = directory(cluster);
    let members = cluster
        .nodes
        .iter()
        .filter(|node| node.is(NodeRole::Etcd))
        .filter_map(Node::address);
    Some(ExternalEtcd {
        endpoints: members
            .map(|address| format!("https://{}", SocketAddr::new(address, 2379)))
            .collect(),
        ca_file: format!("{directory}/etcd/ca.crt"),
        cert_file: format!("{directory}/apiserver-etcd-client.crt"),
        key_file: format!("{directory}/apiserver-etcd-client.key"),
    })
}

/// Names as kubeadm takes them: without a kind before them.
pub(super) fn sans(names: &[String]) -> Option<KubeadmValue> {
    let bare = |name: &String| match check::san(name) {
        Ok(GeneralName::Dns(name)) => name,
        Ok(GeneralName::Ip(address)) => address.to_string(),
        _ => name.clone(),
    };
    Some(names)
        .filter(|names| !names.is_empty())
        .map(|names| KubeadmValue::Texts(names.iter().map(bare).collect()))
}
