//! What a cluster's PKI is made of, from the answers, the role table and the layout: every key, certificate and
//! kubeconfig of every node, before anything is made.

use super::ClusterSpec;
use crate::kubernetes::role::Role;
use crate::pki::GeneralName;

/// Everything that there shall be, CAs before what they sign.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blueprint {
    /// In the order in which it is made.
    pub things: Vec<Thing>,
    /// What can surprise, a sentence each.
    pub warnings: Vec<String>,
}

/// One thing: a pair, a kubeconfig, a file beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// Unique: the first role's name, and where each node has its own "apiserver@master-1".
    pub id: String,
    /// All that it is for; empty for what has no role, as an environment file.
    pub roles: Vec<&'static Role>,
    /// Whose it is; `None`: all that have it have the same.
    pub node: Option<String>,
    /// The names of the nodes that get it, in the table's order.
    pub on: Vec<String>,
    /// What it is.
    pub what: What,
}

/// What a thing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A CA.
    Authority {
        /// Who it is.
        identity: Identity,
        /// The id of the CA that signs it; `None`: itself.
        issuer: Option<String>,
        /// Where it lies: one place, or several where one CA stands for three.
        places: Vec<AuthorityPlace>,
    },
    /// A certificate and its key.
    Certificate {
        /// Who it is.
        identity: Identity,
        /// The id of the CA that signs it.
        issuer: String,
        /// The certificate's file.
        certificate: Placed,
        /// The key's.
        key: Placed,
    },
    /// A bare key pair: the service account keys.
    KeyPair {
        /// The private half's file.
        private: Placed,
        /// The public half's.
        public: Placed,
    },
    /// A kubeconfig with a client certificate in it.
    Kubeconfig {
        /// Who it is.
        identity: Identity,
        /// The id of the CA that signs it, and that its server is verified by.
        issuer: String,
        /// Its file.
        file: Placed,
        /// The server's URL.
        server: String,
        /// The names of cluster, user and context in it.
        names: [String; 3],
    },
    /// A kubeconfig with a token in it, for a kubelet that has no certificate yet.
    BootstrapKubeconfig {
        /// The id of the CA that its server is verified by.
        issuer: String,
        /// Its file.
        file: Placed,
        /// The server's URL.
        server: String,
        /// The names of cluster, user and context in it.
        names: [String; 3],
    },
    /// `token.csv`.
    TokenFile {
        /// Its file.
        file: Placed,
        /// The user that the line is for.
        user: String,
        /// His groups.
        groups: Vec<String>,
    },
    /// Variables with flags, an `EnvironmentFile` of a unit.
    Environment {
        /// Its file.
        file: Placed,
        /// Whose flags; empty: what all have in common.
        component: String,
    },
}

/// A CA's files at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityPlace {
    /// The certificate's file.
    pub certificate: Placed,
    /// The key's.
    pub key: Placed,
    /// openssl's serial file, where the layout has one.
    pub serial: Option<Placed>,
    /// The nodes that get the certificate there, in the table's order; the key goes where answers let it.
    pub on: Vec<String>,
}

/// A file and its permission bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Absolute, as on the node.
    pub path: String,
    /// As 0o600.
    pub mode: u32,
}

/// Who a certificate is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// CN.
    pub common_name: String,
    /// O values in order.
    pub organizations: Vec<String>,
    /// C, ST, L, OU of the layout's subjects: attribute and value in order.
    pub more: Vec<(String, String)>,
    /// In the order in which they are written.
    pub subject_alt_names: Vec<GeneralName>,
    /// Kubernetes' names.
    pub extended_key_usage: Vec<String>,
}

impl Blueprint {
    /// What there shall be for these answers, which have passed [`ClusterSpec`]'s checks.
    ///
    /// # Errors
    /// A sentence where the layout has no such thing.
    pub fn of(_cluster: &ClusterSpec) -> Result<Self, String> {
        Err("to come".to_owned())
    }
}
