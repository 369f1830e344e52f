//! kubeadm's own configuration, v1beta3 and v1beta4 (cmd/kubeadm/app/apis/kubeadm): read into answers, and written
//! from them.

use super::cluster::ClusterSpec;

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// The answers.
    pub cluster: ClusterSpec,
    /// What stands there and means nothing for a PKI, or means less here than there: a sentence each.
    pub notes: Vec<String>,
}

/// Why a configuration cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct Error {
    /// The field's path, as "networking.serviceSubnet"; empty for the text as a whole.
    pub field: String,
    /// A sentence's end.
    pub why: String,
}

/// Reads InitConfiguration and ClusterConfiguration; other documents (KubeletConfiguration) are passed over. `node`: the name of
/// the node where the configuration has none.
///
/// # Errors
/// [`Error`] with the field.
pub fn read(_text: &str, _node: &str) -> Result<Configuration, Error> {
    Err(Error { field: String::new(), why: "to come".to_owned() })
}

/// The configuration for these answers, v1beta4, for the first control plane node.
pub fn write(_cluster: &ClusterSpec) -> String {
    String::new()
}
