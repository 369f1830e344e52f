//! What kubectl stumbles over in a kubeconfig, each with what it is about.

use std::fmt::{self, Display, Formatter};

use super::DataFault;
use crate::pki::text::printable;

/// One thing that is wrong with a kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KubeconfigFault {
    /// A field stands twice, at this path: the last one counts.
    FieldTwice(String),
    /// Two entries of a list have one name.
    EntryTwice(Named),
    /// The current context is none of the file's: its name.
    NoCurrentContext(String),
    /// A context names a cluster that is not in the file.
    NoCluster {
        /// The context's name.
        context: String,
    },
    /// A context names a user who is not in the file.
    NoUser {
        /// The context's name.
        context: String,
    },
    /// A `*-data` field gives nothing.
    Data {
        /// Whose field.
        owner: Named,
        /// The field, without "-data".
        field: &'static str,
        /// Why.
        why: DataFault,
    },
    /// A field and its `*-data` stand beside each other.
    DataAndFile {
        /// Whose field.
        owner: Named,
        /// The field, without "-data".
        field: &'static str,
    },
    /// A cluster names a CA and asks nobody for it: the cluster's name.
    Unverified(String),
}

/// An entry of one of a kubeconfig's lists, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Of `clusters`.
    Cluster(String),
    /// Of `contexts`.
    Context(String),
    /// Of `users`.
    User(String),
}

impl KubeconfigFault {
    /// Whether kubectl does not use the file for it. The others cost a context, or nothing.
    pub fn stops(&self) -> bool {
        match self {
            Self::EntryTwice(_)
            | Self::NoCurrentContext(_)
            | Self::Data { .. }
            | Self::DataAndFile { .. }
            | Self::Unverified(_) => true,
            Self::FieldTwice(_) | Self::NoCluster { .. } | Self::NoUser { .. } => false,
        }
    }
}

impl Display for KubeconfigFault {
    /// A sentence; printable.
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldTwice(path) => {
                write!(out, "{} stands twice: the last one counts", printable(path))
            }
            Self::EntryTwice(entry) => {
                write!(out, "{entry} stands twice: kubectl refuses the file")
            }
            Self::NoCurrentContext(name) => write!(
                out,
                "the current context {:?} is not there",
                printable(name)
            ),
            Self::NoCluster { context } => {
                write!(
                    out,
                    "the context {:?} names a cluster that is not there",
                    printable(context)
                )
            }
            Self::NoUser { context } => {
                write!(
                    out,
                    "the context {:?} names a user that is not there",
                    printable(context)
                )
            }
            Self::Data { owner, field, why } => {
                write!(out, "{owner}: {field}-data cannot be used: {why}")
            }
            Self::DataAndFile { owner, field } => {
                write!(
                    out,
                    "{owner} has {field}-data and {field}: kubectl refuses both together"
                )
            }
            Self::Unverified(cluster) => {
                let cluster = printable(cluster);
                write!(
                    out,
                    "the cluster {cluster:?} names a CA and skips verification: kubectl refuses both together"
                )
            }
        }
    }
}

impl Display for Named {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let (kind, name) = match self {
            Self::Cluster(name) => ("cluster", name),
            Self::Context(name) => ("context", name),
            Self::User(name) => ("user", name),
        };
        write!(out, "the {kind} {:?}", printable(name))
    }
}
