//! The documents of `bootstrap`. A token's secret stands in the line of `join` alone, where it was
//! asked for.

use serde::Serialize;

use crate::cli::document::Head;
use crate::kubernetes::component::Component;

/// One item of a `BootstrapTokenList`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct TokenDocument {
    /// `null` for a line of a token file.
    pub(in crate::cli) id: Option<String>,
    /// "secret" or "line".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) kind: Option<&'static str>,
    pub(in crate::cli) path: String,
    pub(in crate::cli) line: u32,
    pub(in crate::cli) user: String,
    pub(in crate::cli) groups: Vec<String>,
    pub(in crate::cli) expires: Option<String>,
    /// "valid" or "expired".
    pub(in crate::cli) state: &'static str,
    pub(in crate::cli) authenticates: bool,
    pub(in crate::cli) signs: bool,
    pub(in crate::cli) description: Option<String>,
    pub(in crate::cli) faults: Vec<String>,
    pub(in crate::cli) kubeconfigs: Vec<String>,
}

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
