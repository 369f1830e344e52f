//! Facts from flags: which component was told which file, and where that stands.

use super::role::{Part, ROLES, Role};

/// One flag (or configuration field, or variable) with its value and the place where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagFact {
    /// As "kube-apiserver", "etcd", "kubelet".
    pub component: String,
    /// Without dashes, as "tls-cert-file"; `ETCD_CERT_FILE` is given as "cert-file".
    pub flag: String,
    /// The value as it stands, variables expanded.
    pub value: String,
    /// The file in which it stands, as on the master; `/proc/<pid>/cmdline` for a running process.
    pub file: String,
    /// The line in that file, counted from 1.
    pub line: u32,
}

/// Every role that the flag's component reads through it, those of distributions too.
pub(super) fn candidates(fact: &FlagFact) -> Vec<(&'static Role, Part)> {
    let rules = |role: &'static Role| {
        role.readers
            .iter()
            .filter(|rule| rule.component == fact.component && !rule.flag.is_empty() && rule.flag == fact.flag)
            .map(move |rule| (role, rule.part))
    };
    ROLES.iter().flat_map(rules).collect()
}

/// The roles that a flag gives to the file it names, as kubeadm has them. In a layout use
/// [`super::layout::Layout::roles_by_flag`], which knows the CAs of k3s and RKE2 apart.
pub fn roles_by_flag(fact: &FlagFact) -> Vec<(&'static Role, Part)> {
    let mut found = candidates(fact);
    found.retain(|(role, _)| !role.is_of_distribution());
    found
}
