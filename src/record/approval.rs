//! What the keeper of a cluster has confirmed of it, so that requests can be judged by it.

use serde::{Deserialize, Serialize};

/// What may be asked for: `approval` in `settings.yaml`, and what was confirmed here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Approval {
    /// The names of the cluster's nodes; `*` stands for any run of letters in one label.
    pub node_names: Vec<String>,
    /// The networks in which nodes have their addresses (CIDR, or one address).
    pub address_ranges: Vec<String>,
    /// The longest life of what is signed, in days; absent: whatever the signer gives.
    pub maximum_days: Option<u32>,
}
