//! What is wrong with answers: asked at each key in a wizard, and of every flag and file. Each
//! check of one field is a function of what was typed; its error is a sentence without a full stop.

mod fields;
mod lifetime;
mod network;
mod nodes;
#[cfg(test)]
mod tests;

pub(in crate::setup) use fields::usable;
pub use fields::{
    ALGORITHMS, certificates_directory, dns_domain, endpoint, etcd_endpoint, file, key_algorithm,
    layout, name, node_name, port, san, subject, version,
};
pub(crate) use fields::{NO_PORT, are_one_san, known_algorithm, many_sans};
pub use lifetime::{hours, hours_text, lifetimes};
pub use network::{Networks, pod_subnet, service_subnet};
pub(in crate::setup) use nodes::twice;
pub use nodes::{addresses, node, node_line, nodes};

use super::ClusterField;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct Fault {
    /// The answer at which it is said.
    pub field: ClusterField,
    /// One sentence, without a full stop.
    pub why: String,
}
