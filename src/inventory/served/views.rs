//! kubectl's view: whether a kubeconfig takes the server that it names, by the files and by what was served.

use std::sync::Arc;

use time::OffsetDateTime;

use super::Observation;
use crate::inventory::Inventory;

/// One cluster of one kubeconfig that a context uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The kubeconfig, as on the master.
    pub path: Arc<str>,
    /// The contexts that use the cluster, in the file's order.
    pub contexts: Vec<String>,
    /// The cluster's name.
    pub cluster: String,
    /// The server's URL.
    pub server: String,
    /// Whether the current context uses it.
    pub is_current: bool,
    /// What it says to the certificate that lies on the disk for the server.
    pub on_disk: Verdict,
    /// What it says to what the server served.
    pub live: Verdict,
}

/// What a kubeconfig says to a server's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It takes it.
    Match,
    /// It refuses it, for this reason: a sentence.
    Refused(String),
    /// It verifies nothing: it takes every server.
    Everything,
    /// It cannot be known, for this reason: a sentence.
    Unknown(String),
}

/// kubectl's view of every kubeconfig, in the order of their paths and clusters.
pub fn kubeconfig_views(_inventory: &Inventory, _observation: &Observation, _moment: OffsetDateTime) -> Vec<View> {
    Vec::new()
}
