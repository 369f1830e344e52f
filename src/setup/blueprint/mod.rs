//! What a cluster's PKI is made of, from the answers, the role table and the layout: every key,
//! certificate and kubeconfig of every node, before anything is made.

mod draft;
mod identity;
mod server;

use super::ClusterSpec;
use crate::kubernetes::component::Component;
use crate::kubernetes::role::Role;
use crate::pki::{ExtendedKeyUsage, GeneralName};
use draft::Draft;
pub(crate) use draft::ONE_FOR_CLIENTS_AND_FRONT_PROXY;

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
        /// The id of the thing whose certificate and key are in it; `None`: it has its own.
        client: Option<String>,
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
    /// The manifest of a bootstrap token's Secret, to be given to the cluster.
    TokenSecret {
        /// Its file.
        file: Placed,
    },
    /// Variables with flags, an `EnvironmentFile` of a unit.
    Environment {
        /// Its file.
        file: Placed,
        /// Whose flags; `None`: what all have in common.
        component: Option<Component>,
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
    /// The nodes that get the certificate there, in the table's order.
    pub on: Vec<String>,
    /// Those to which the answers may let its key and serial file go: control plane nodes.
    pub keys_on: Vec<String>,
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
    /// C, ST, L, OU of the subject: attribute and value in order.
    pub more: Vec<(String, String)>,
    /// In the order in which they are written.
    pub subject_alt_names: Vec<GeneralName>,
    /// What it is for.
    pub extended_key_usage: Vec<ExtendedKeyUsage>,
}

impl Blueprint {
    /// What there shall be for these answers, which have passed [`ClusterSpec`]'s checks.
    ///
    /// # Errors
    /// A sentence where the layout has no such thing.
    pub fn of(cluster: &ClusterSpec) -> Result<Self, String> {
        let draft = Draft::of(cluster)?;
        let mut things = draft.authorities()?;
        things.extend(draft.others(&things)?);
        Ok(Self {
            things,
            warnings: draft.warnings(),
        })
    }

    /// The thing of this id.
    pub fn thing(&self, id: &str) -> Option<&Thing> {
        self.things.iter().find(|thing| thing.id == id)
    }

    /// Where `token.csv` lies; `None`: there is none.
    pub fn token_file(&self) -> Option<&str> {
        self.things.iter().find_map(|thing| match &thing.what {
            What::TokenFile { file, .. } => Some(file.path.as_str()),
            _ => None,
        })
    }

    /// Where the kubeconfig of kubelets that have no certificate yet lies; `None`: there is none.
    pub fn bootstrap_kubeconfig(&self) -> Option<&str> {
        self.things.iter().find_map(|thing| match &thing.what {
            What::BootstrapKubeconfig { file, .. } => Some(file.path.as_str()),
            _ => None,
        })
    }
}

impl Thing {
    /// Who it is, where it is a certificate or has one in it.
    pub fn identity(&self) -> Option<&Identity> {
        match &self.what {
            What::Authority { identity, .. }
            | What::Certificate { identity, .. }
            | What::Kubeconfig { identity, .. } => Some(identity),
            _ => None,
        }
    }

    /// The ids of what it is made from: the CA that signs it, and the thing whose certificate is in
    /// it.
    pub fn comes_from(&self) -> Vec<&str> {
        match &self.what {
            What::Authority { issuer, .. } => issuer.iter().map(String::as_str).collect(),
            What::Certificate { issuer, .. } | What::BootstrapKubeconfig { issuer, .. } => {
                vec![issuer]
            }
            What::Kubeconfig { issuer, client, .. } => [issuer]
                .into_iter()
                .chain(client)
                .map(String::as_str)
                .collect(),
            What::KeyPair { .. }
            | What::TokenFile { .. }
            | What::TokenSecret { .. }
            | What::Environment { .. } => Vec::new(),
        }
    }

    /// Every file of it with the nodes that get it, in the order in which they are written: a key
    /// before its certificate. The key of a CA is listed with the control plane nodes, to which the
    /// answers may let it go; that of the root of intermediate CAs with none.
    pub fn files(&self) -> Vec<(&Placed, &[String])> {
        let on = self.on.as_slice();
        match &self.what {
            What::Authority { places, .. } => {
                places.iter().flat_map(AuthorityPlace::files).collect()
            }
            What::Certificate {
                certificate, key, ..
            } => vec![(key, on), (certificate, on)],
            What::KeyPair { private, public } => vec![(private, on), (public, on)],
            What::Kubeconfig { file, .. }
            | What::BootstrapKubeconfig { file, .. }
            | What::TokenFile { file, .. }
            | What::TokenSecret { file }
            | What::Environment { file, .. } => vec![(file, on)],
        }
    }
}

impl AuthorityPlace {
    fn files(&self) -> Vec<(&Placed, &[String])> {
        let serial = self
            .serial
            .iter()
            .map(|serial| (serial, self.keys_on.as_slice()));
        [
            (&self.key, self.keys_on.as_slice()),
            (&self.certificate, self.on.as_slice()),
        ]
        .into_iter()
        .chain(serial)
        .collect()
    }
}

#[cfg(test)]
mod tests;
