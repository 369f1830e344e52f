//! Facts from flags: which component was told which file, and where that stands.

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
