//! What is asked of a certificate that did not exist before.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::Passphrase;
use crate::kubernetes::cfssl::CfsslRequest;
use crate::kubernetes::role::RoleId;
use crate::pki::key::KeyAlgorithm;
use crate::pki::{ExtendedKeyUsage, GeneralName, Name};
use crate::verdict::{CLIENT_DAYS, SERVER_DAYS};

/// A certificate for somebody: a service, a person, a node, a CA below another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueRequest {
    /// What for.
    pub purpose: Purpose,
    /// Who it is: the CN; empty: the role's own, or the first DNS name of a server.
    pub common_name: String,
    /// The O values in order: groups, for who logs in with it.
    pub organizations: Vec<String>,
    /// Subject alternative names as they are written: DNS names, addresses, e-mail addresses, URIs.
    pub names: Vec<String>,
    /// The service whose DNS names it bears too.
    pub service: Option<ServiceName>,
    /// Usages beside those of its purpose.
    pub usages: Vec<ExtendedKeyUsage>,
    /// How long it lives, from now; `None`: as usual for its purpose. Never longer than its CA.
    pub days: Option<u32>,
    /// Of which kind its key is; `None`: RSA-2048, which everything reads.
    pub key_algorithm: Option<KeyAlgorithm>,
    /// The id of the CA that signs it; `None`: the one of its purpose.
    pub authority: Option<Arc<str>>,
    /// The files' common beginning on this machine, absolute: "/root/kubepki/web/web" makes
    /// `web.crt` and `web.key` there. A role's certificate of this node has its own places.
    pub out: Option<String>,
    /// The Secret for which an Ingress asks.
    pub ingress: Option<SecretName>,
    /// The object that asks a cluster's signer for it, beside key and request.
    pub object: Option<AskedObject>,
    /// The request word by word, as cfssl's JSON says it: nothing is added to it.
    pub as_written: Option<WrittenRequest>,
    /// `NAME.csr` and `NAME-key.pem`, as cfssljson -bare names them.
    pub is_bare: bool,
    /// Make key and request only, also where the CA's key is here.
    pub request_only: bool,
    /// Why, for the ledger.
    pub note: String,
    /// Files of this machine that may be replaced.
    pub replace: Vec<String>,
    /// For encrypted CA keys: each is tried on each.
    pub passphrases: Vec<Passphrase>,
}

/// A CertificateSigningRequest that is to be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AskedObject {
    /// metadata.name; empty: made of the subject.
    pub name: String,
    /// spec.signerName; empty: that of the purpose.
    pub signer_name: String,
}

/// A request that says itself who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRequest {
    /// The name asked for.
    pub subject: Name,
    /// Subject alternative names, in this order.
    pub names: Vec<GeneralName>,
    /// What of its text is passed over, a sentence each.
    pub passed_over: Vec<String>,
}

/// What a new certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Serves TLS.
    Server,
    /// Logs in somewhere: a program.
    Client,
    /// Both, as members of one store do among each other.
    Peer,
    /// Logs in at the Kubernetes API: a person, with groups.
    User,
    /// A CA below another one, which signs leaves alone.
    Authority,
}

/// What a new certificate is for: as people say it, or as Kubernetes does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// One of the common ones.
    Profile(Profile),
    /// A row of the role table; `node`: for another node than this one.
    Role {
        /// The row.
        role: RoleId,
        /// The node's name; `None`: this one.
        node: Option<String>,
    },
}

/// A service of the cluster (RFC 1123 labels both).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServiceName {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
}

/// A Secret of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecretName {
    /// Its name (RFC 1123 subdomain).
    pub name: String,
    /// Its namespace (RFC 1123 label).
    pub namespace: String,
}

impl Profile {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::Server,
        Self::Client,
        Self::Peer,
        Self::User,
        Self::Authority,
    ];

    /// Its name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Peer => "peer",
            Self::User => "user",
            Self::Authority => "authority",
        }
    }

    /// What it is, in a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Server => "serves TLS under its names",
            Self::Client => "a program that logs in",
            Self::Peer => "serves and logs in, as members of one store",
            Self::User => "a person who logs in at the Kubernetes API",
            Self::Authority => "an intermediate CA, which signs others",
        }
    }

    /// How long it lives where nobody says otherwise, in days.
    pub const fn usual_days(self) -> u32 {
        match self {
            Self::Server | Self::Peer => SERVER_DAYS,
            Self::Client | Self::User => CLIENT_DAYS,
            Self::Authority => 1825,
        }
    }

    /// What it must be for.
    pub const fn extended_key_usage(self) -> &'static [ExtendedKeyUsage] {
        match self {
            Self::Server => &[ExtendedKeyUsage::ServerAuth],
            Self::Client | Self::User => &[ExtendedKeyUsage::ClientAuth],
            Self::Peer => &[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth],
            Self::Authority => &[],
        }
    }

    /// Whether somebody dials it, and looks for the name dialled in it.
    pub const fn is_served(self) -> bool {
        matches!(self, Self::Server | Self::Peer)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = String;

    /// # Errors
    /// A sentence's end for another word.
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL
            .into_iter()
            .find(|profile| profile.as_str() == text);
        found.ok_or_else(|| {
            let all: Vec<&str> = Self::ALL.iter().map(|profile| profile.as_str()).collect();
            format!("is none of {}", all.join(", "))
        })
    }
}

impl IssueRequest {
    /// Asks for what a request of cfssl's says.
    pub fn ask_as_written(&mut self, read: CfsslRequest) {
        // What its files are called by.
        let common_name = read.subject.common_name().unwrap_or_default();
        common_name.clone_into(&mut self.common_name);
        let first = read.names.first().map(|name| match name {
            GeneralName::Dns(name) => name.clone(),
            other => other.to_string(),
        });
        self.names = first.into_iter().collect();
        self.key_algorithm = Some(read.key_algorithm);
        self.as_written = Some(WrittenRequest {
            subject: read.subject,
            names: read.names,
            passed_over: read.passed_over,
        });
    }

    /// As usual for its purpose.
    pub fn new(purpose: Purpose) -> Self {
        Self {
            purpose,
            common_name: String::new(),
            organizations: Vec::new(),
            names: Vec::new(),
            service: None,
            usages: Vec::new(),
            days: None,
            key_algorithm: None,
            authority: None,
            out: None,
            ingress: None,
            object: None,
            as_written: None,
            is_bare: false,
            request_only: false,
            note: String::new(),
            replace: Vec::new(),
            passphrases: Vec::new(),
        }
    }

    /// The kind of its key.
    pub fn key_algorithm(&self) -> KeyAlgorithm {
        self.key_algorithm.unwrap_or(KeyAlgorithm::Rsa2048)
    }
}
