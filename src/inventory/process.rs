//! The components that run on this machine.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::kubernetes::flags::FlagFact;

/// A running component of Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// As "kube-apiserver".
    pub component: Arc<str>,
    /// When it began, to the hundredth of a second.
    pub started_at: OffsetDateTime,
    /// Who starts it again when it ends.
    pub keeper: Keeper,
    /// What it was told on its command line, as it sees the paths itself.
    pub flags: Vec<FlagFact>,
}

/// Who starts a process again when it ends, as its control group says (/proc/PID/cgroup).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// systemd: the unit, as "kube-apiserver.service".
    Unit(String),
    /// A container runtime: the container's id.
    Container(String),
    /// Nothing says so.
    Unknown,
}
