//! What is wrong with answers: asked at each key in a wizard, and of every flag and file.

use super::{ClusterSpec, Node};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct Fault {
    /// The field of [`ClusterSpec`], as "serviceSubnet", "nodes", "etcd.serverSans".
    pub field: &'static str,
    /// One sentence, without a full stop.
    pub why: String,
}

impl ClusterSpec {
    /// Everything that is wrong with the answers, in the order in which they are asked; empty: they can be used.
    pub fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }
}

/// Reads a line `name address[,address] roles`, as "master-1 10.0.0.10,fd00::10 master,etcd". Roles: `master` or `control-plane`,
/// `etcd`, `worker` or `node`; none: a control plane node.
///
/// # Errors
/// A sentence.
pub fn node(_line: &str) -> Result<Node, String> {
    Err("to come".to_owned())
}

/// As [`node`] reads it.
pub fn node_line(node: &Node) -> String {
    node.name.clone()
}
