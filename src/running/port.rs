//! A port of a master, and who dials it.

use std::sync::Arc;

use crate::inventory::{ItemIndex, Reader};
use crate::kubernetes::port::PortRule;
use crate::pki::Certificate;

/// A port of this master that serves TLS.
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// What it is.
    pub rule: &'static PortRule,
    /// Its number.
    pub number: u16,
    /// Hosts to dial on the master itself, the best first, as "127.0.0.1" or "::1" (no brackets).
    pub local: Vec<String>,
    /// Hosts to dial from elsewhere, the best first.
    pub remote: Vec<String>,
    /// Where its number stands; `None`: it is the default.
    pub told: Option<Reader>,
    /// What it should serve: certificates on the disk, the one by default first. Empty: it makes
    /// its own.
    pub on_disk: Vec<ItemIndex>,
    /// Who dials it.
    pub callers: Vec<Caller>,
}

/// Who dials a port, by which names, and what he trusts.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    /// The component, or the kubeconfig's path.
    pub who: Arc<str>,
    /// The hosts that it dials, as "10.0.0.10".
    pub dials: Vec<String>,
    /// By what it judges.
    pub trust: Trust,
    /// Whether it is a user's own kubeconfig, whose faults are none of the master's.
    pub is_user: bool,
}

/// By what a caller judges a server.
#[derive(Debug, Clone, PartialEq)]
pub enum Trust {
    /// These CA certificates, from this file (or kubeconfig).
    Anchors {
        /// The certificates.
        anchors: Arc<[Certificate]>,
        /// Where they stand.
        file: Arc<str>,
    },
    /// It takes everything: nothing is verified.
    Everything,
    /// It cannot be known, for this reason.
    Unknown(String),
}
