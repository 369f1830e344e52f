//! What scripts read: the documents of the contract, field for field. Change only with a new
//! `apiVersion`.

use serde::Serialize;

use crate::inventory::{Leftover, Unread};
use crate::kubernetes::component::Component;

/// The version that every document bears.
pub(crate) const API_VERSION: &str = "kubepki/v1";

/// The head of each document that answers a question about a master.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Head {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) at: String,
    pub(crate) root: String,
    pub(crate) layout: Option<String>,
    pub(crate) unread: Vec<UnreadDocument>,
}

/// Something that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct UnreadDocument {
    pub(crate) path: String,
    pub(crate) why: String,
}

impl From<&Unread> for UnreadDocument {
    fn from(unread: &Unread) -> Self {
        Self {
            path: unread.path.clone(),
            why: unread.why.to_string(),
        }
    }
}

/// A temporary file that an operation has left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LeftoverDocument {
    pub(crate) path: String,
    pub(crate) operation: String,
}

impl From<&Leftover> for LeftoverDocument {
    fn from(leftover: &Leftover) -> Self {
        Self {
            path: leftover.path.clone(),
            operation: leftover.operation.clone(),
        }
    }
}

/// A document with items: `KubeconfigList`, `ProbeList`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ListDocument<T> {
    #[serde(flatten)]
    pub(crate) head: Head,
    pub(crate) items: Vec<T>,
}

/// A `CertificateList`. Its items are made while they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct CertificateList<I> {
    #[serde(flatten)]
    pub(crate) head: Head,
    pub(crate) leftovers: Vec<LeftoverDocument>,
    pub(crate) items: I,
}

/// A document of one thing: `Certificate`, `Kubeconfig`, `Request`, `Key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct OneDocument<T> {
    #[serde(flatten)]
    pub(crate) head: Head,
    #[serde(flatten)]
    pub(crate) thing: T,
}

/// One item of a `CertificateList`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CertificateDocument {
    pub(crate) id: String,
    pub(crate) roles: Vec<String>,
    pub(crate) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path_bytes: Option<String>,
    pub(crate) index: u32,
    pub(crate) source: &'static str,
    pub(crate) in_use: bool,
    pub(crate) copies: Vec<String>,
    pub(crate) subject: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) common_name: Option<String>,
    pub(crate) organizations: Vec<String>,
    pub(crate) serial_number: Option<String>,
    pub(crate) authority: Option<String>,
    pub(crate) not_before: Option<String>,
    pub(crate) not_after: Option<String>,
    pub(crate) days_left: Option<i64>,
    /// The earliest end of the certificate and the CAs above it.
    pub(crate) works_until: Option<String>,
    /// The id of the CA that ends first.
    pub(crate) ends_with: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) why: Option<String>,
    pub(crate) is_authority: bool,
    pub(crate) key_algorithm: Option<String>,
    pub(crate) signature_algorithm: Option<String>,
    pub(crate) key_usage: Vec<String>,
    pub(crate) extended_key_usage: Vec<String>,
    pub(crate) dns_names: Vec<String>,
    pub(crate) ip_addresses: Vec<String>,
    pub(crate) email_addresses: Vec<String>,
    pub(crate) uris: Vec<String>,
    pub(crate) subject_key_identifier: Option<String>,
    pub(crate) authority_key_identifier: Option<String>,
    pub(crate) sha256: Option<String>,
    pub(crate) spki_sha256: Option<String>,
    pub(crate) key_path: Option<String>,
    pub(crate) key_state: &'static str,
    pub(crate) key_matches: Option<bool>,
    pub(crate) read_by: Vec<ReaderDocument>,
    /// Who beside root and the caller can change the file, or that of its key.
    pub(crate) writable_by: Vec<WriterDocument>,
    pub(crate) right: Option<RightDocument>,
    /// What a server really shows: known only after a probe.
    pub(crate) served: Option<ServedDocument>,
}

/// Who reads a thing; flag, file and line are null where only the layout's default says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ReaderDocument {
    pub(crate) component: Component,
    pub(crate) flag: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    /// Nothing of root's confirms it.
    pub(crate) claimed: bool,
}

/// Somebody beside root and the caller who can change a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct WriterDocument {
    pub(crate) who: String,
    pub(crate) path: String,
}

/// Who the holder is for the API server, and what he may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RightDocument {
    pub(crate) user: Option<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) binding: Option<String>,
    pub(crate) cluster_role: Option<String>,
}

/// What a server showed in a probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ServedDocument {
    pub(crate) address: String,
    pub(crate) sha256: String,
    pub(crate) at: String,
}

/// What `show` says beyond `list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CertificateDetails {
    #[serde(flatten)]
    pub(crate) certificate: CertificateDocument,
    /// What each role is for, in the order of `roles`.
    pub(crate) purposes: Vec<String>,
    /// What stops when it is dead.
    pub(crate) consequences: Vec<String>,
    /// Ids from the thing itself up to its root.
    pub(crate) chain: Vec<String>,
    pub(crate) extensions: Vec<ExtensionDocument>,
    /// The shell commands that show the same; documents give the first.
    #[serde(rename = "command", serialize_with = "first")]
    pub(crate) commands: Vec<String>,
    pub(crate) pem: Option<String>,
}

/// One X.509 extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ExtensionDocument {
    pub(crate) oid: String,
    pub(crate) name: String,
    pub(crate) critical: bool,
    pub(crate) text: String,
}

/// One item of a `KubeconfigList`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KubeconfigDocument {
    pub(crate) path: String,
    pub(crate) roles: Vec<String>,
    pub(crate) current: Option<String>,
    pub(crate) contexts: Vec<ContextDocument>,
    pub(crate) users: Vec<UserDocument>,
    pub(crate) clusters: Vec<ClusterDocument>,
    pub(crate) read_by: Vec<ReaderDocument>,
    pub(crate) why: Option<String>,
}

/// A context of a kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ContextDocument {
    pub(crate) name: String,
    pub(crate) cluster: String,
    pub(crate) server: Option<String>,
    pub(crate) user: String,
    pub(crate) namespace: Option<String>,
    pub(crate) reaches: &'static str,
}

/// A user of a kubeconfig, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct UserDocument {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    /// The id of its certificate in a `CertificateList`.
    pub(crate) certificate: Option<String>,
    pub(crate) identity: Option<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) note: Option<String>,
}

/// A cluster of a kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClusterDocument {
    pub(crate) name: String,
    pub(crate) server: Option<String>,
    /// The id of the CA item that its CA data is equal to.
    pub(crate) certificate_authority: Option<String>,
    /// The same in words, also where it is no CA of this master.
    pub(crate) certificate_authority_text: Option<String>,
}

/// A request for a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestDocument {
    pub(crate) id: String,
    pub(crate) path: Option<String>,
    pub(crate) name: String,
    pub(crate) subject: Option<String>,
    pub(crate) key_algorithm: Option<String>,
    pub(crate) signature_algorithm: Option<String>,
    pub(crate) signature_valid: Option<bool>,
    pub(crate) dns_names: Vec<String>,
    pub(crate) ip_addresses: Vec<String>,
    pub(crate) email_addresses: Vec<String>,
    pub(crate) uris: Vec<String>,
    pub(crate) key_usage: Vec<String>,
    pub(crate) extended_key_usage: Vec<String>,
    pub(crate) spki_sha256: Option<String>,
    pub(crate) key_path: Option<String>,
    pub(crate) why: Option<String>,
    pub(crate) signer_name: Option<String>,
    pub(crate) requester: Option<RequesterDocument>,
    /// Of a PodCertificateRequest alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pod: Option<PodDocument>,
    pub(crate) usages: Vec<String>,
    pub(crate) expiration_seconds: Option<i64>,
    pub(crate) created: Option<String>,
    pub(crate) state: Option<String>,
    #[serde(rename = "command", serialize_with = "first")]
    pub(crate) commands: Vec<String>,
}

/// Who sent a request to a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RequesterDocument {
    pub(crate) username: String,
    pub(crate) groups: Vec<String>,
}

/// The pod that a certificate is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodDocument {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) service_account: String,
    pub(crate) node: String,
}

/// A key without a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyDocument {
    pub(crate) path: Option<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) purposes: Vec<String>,
    /// `private` or `public`.
    pub(crate) half: &'static str,
    pub(crate) key_state: &'static str,
    pub(crate) key_algorithm: Option<String>,
    pub(crate) spki_sha256: Option<String>,
    pub(crate) mode: Option<String>,
    pub(crate) read_by: Vec<ReaderDocument>,
    pub(crate) other_halves: Vec<HalfDocument>,
}

/// The other half of a key pair, and whether it is of the same key; null where one of them could
/// not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HalfDocument {
    pub(crate) path: String,
    pub(crate) matches: Option<bool>,
}

/// The first of several commands; null where there is none.
fn first<S: serde::Serializer>(commands: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    commands.first().serialize(serializer)
}

/// `None` for empty text: absent is null.
pub(crate) fn some_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
