//! Kubeconfigs: who their users are and which cluster they reach, never a secret.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use time::OffsetDateTime;

use super::writer::Writers;
use super::{Fault, ItemIndex, Reader};
use crate::kubernetes::kubeconfig::KubeconfigFault;
use crate::kubernetes::role::Role;
use crate::pki::Certificate;

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
    pub contexts: Vec<KubeconfigContext>,
    /// The users in order.
    pub users: Vec<User>,
    /// The clusters in order.
    pub clusters: Vec<Cluster>,
    /// Who reads it.
    pub read_by: Vec<Reader>,
    /// What is wrong with the file itself.
    pub fault: Option<FileFault>,
    /// As [`Item::changed_at`](super::Item::changed_at).
    pub changed_at: Option<OffsetDateTime>,
    /// Who beside root and the caller can change it.
    pub writers: Writers,
}

/// What is wrong with a kubeconfig's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFault {
    /// It gives no kubeconfig at all.
    Whole(Fault),
    /// It is one, and kubectl stumbles over this; never empty.
    Parts(Vec<KubeconfigFault>),
}

impl FileFault {
    /// What was read and has these faults; `None` where it has none.
    pub(super) fn of_parts(faults: &[KubeconfigFault]) -> Option<Self> {
        (!faults.is_empty()).then(|| Self::Parts(faults.to_vec()))
    }

    /// Whether nothing is known of the file because it could not be read: that is no fault of its
    /// own.
    pub fn is_unread(&self) -> bool {
        matches!(self, Self::Whole(fault) if fault.is_unread())
    }

    /// The faults for which kubectl does not use a kubeconfig that was read, in words; `None` where
    /// there is none.
    pub fn stopping(&self) -> Option<String> {
        let Self::Parts(faults) = self else {
            return None;
        };
        let stopping: Vec<String> = faults
            .iter()
            .filter(|fault| fault.stops())
            .map(ToString::to_string)
            .collect();
        (!stopping.is_empty()).then(|| stopping.join("; "))
    }
}

impl Display for FileFault {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(fault) => fault.fmt(out),
            Self::Parts(faults) => {
                let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
                out.write_str(&words.join("; "))
            }
        }
    }
}

impl KubeconfigItem {
    /// The current context, or the only one.
    pub fn current_context(&self) -> Option<&KubeconfigContext> {
        let current = self
            .contexts
            .iter()
            .find(|context| context.name == self.current);
        current.or_else(|| self.contexts.first().filter(|_| self.contexts.len() == 1))
    }

    /// The user of the current context, or the only one.
    pub fn current_user(&self) -> Option<&User> {
        let context = self.current_context();
        let named =
            context.and_then(|context| self.users.iter().find(|user| user.name == context.user));
        named.or_else(|| self.users.first())
    }

    /// The server that the current context leads to.
    pub fn current_server(&self) -> Option<&str> {
        let context = self.current_context()?;
        let cluster = self
            .clusters
            .iter()
            .find(|cluster| cluster.name == context.cluster)?;
        Some(cluster.server.as_str()).filter(|server| !server.is_empty())
    }
}

/// A kubeconfig's context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeconfigContext {
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
    /// One more fact in words: the token's end, the command that is run, whether `sa.pub` verifies
    /// it.
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
    /// Whether it names a CA, in data or in a file; without one those of the system count.
    pub names_authority: bool,
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
