//! The documents of `bootstrap`. A token's secret stands in the line of `join` alone, where it was
//! asked for.

use serde::Serialize;

use crate::cli::document::Head;
use crate::kubernetes::component::Component;

/// `DiscoveryHash`.
#[derive(Debug, Serialize)]
pub(super) struct HashDocument {
    #[serde(flatten)]
    pub(super) head: Head,
    pub(super) hashes: Vec<String>,
}

/// `JoinCommand`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JoinDocument {
    #[serde(flatten)]
    pub(super) head: Head,
    pub(super) server: Option<String>,
    pub(super) endpoint: Option<String>,
    pub(super) hashes: Vec<String>,
    pub(super) token: Option<String>,
    pub(super) control_plane: bool,
    /// The whole line; `null` where kubeadm does not make this cluster.
    pub(super) command: Option<String>,
    pub(super) flags: Vec<FlagDocument>,
    pub(super) bindings: Vec<BindingDocument>,
}

/// A flag that a component needs.
#[derive(Debug, Serialize)]
pub(super) struct FlagDocument {
    pub(super) component: Component,
    pub(super) flag: String,
    pub(super) value: String,
}

/// A binding, and the manifest here that has it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BindingDocument {
    pub(super) grant: &'static str,
    pub(super) name: &'static str,
    pub(super) cluster_role: &'static str,
    pub(super) path: Option<String>,
}
