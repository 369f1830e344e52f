//! What the keeper of a cluster has confirmed of it, so that requests can be judged by it.

use serde::{Deserialize, Serialize};

use crate::kubernetes::address::range;

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

/// Its file in the state folder.
pub const APPROVAL_FILE: &str = "approval.yaml";

impl Approval {
    /// The text to keep.
    ///
    /// # Errors
    /// A sentence's end; none is known that cannot be written.
    pub fn to_yaml(&self) -> Result<String, String> {
        serde_yaml::to_string(self).map_err(|error| error.to_string())
    }

    /// What of it cannot be meant: a sentence that begins with the key.
    pub fn fault(&self) -> Option<String> {
        let is_name = |name: &str| {
            let is_plain = |one: char| one.is_ascii_alphanumeric() || "-.*_".contains(one);
            !name.is_empty() && name.len() <= 253 && name.chars().all(is_plain)
        };
        let name = self.node_names.iter().find(|name| !is_name(name));
        let network = self
            .address_ranges
            .iter()
            .find(|text| range(text).is_none());
        let days = self
            .maximum_days
            .filter(|days| !(1..=36_500).contains(days));
        name.map(|name| format!("nodeNames: {name:?} is no node's name"))
            .or_else(|| network.map(|text| format!("addressRanges: {text:?} is no network")))
            .or_else(|| days.map(|days| format!("maximumDays: {days} is not between 1 and 36500")))
    }

    /// Both together; of the days those that are said here.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.node_names.extend(other.node_names);
        self.address_ranges.extend(other.address_ranges);
        self.maximum_days = self.maximum_days.or(other.maximum_days);
        self
    }
}
