//! Names that give more than most: to whom nothing can be refused, and those that Kubernetes keeps for
//! its own components.

/// The group that no rule takes anything from.
pub const MASTERS: &str = "system:masters";

/// kubeadm's group of administrators (kubeadm constants.go, ClusterAdminsGroupAndClusterRoleBinding).
pub const CLUSTER_ADMINS: &str = "kubeadm:cluster-admins";

/// The group of every node (pkg/auth/nodeidentifier).
pub const NODES: &str = "system:nodes";

/// The beginning of a node's user.
pub const NODE_USER: &str = "system:node:";

/// The beginning of the names that Kubernetes keeps for itself.
const RESERVED: &str = "system:";

/// Why a name gives more than most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Privileged {
    /// It may do everything before RBAC is asked.
    Masters,
    /// It may do everything by a binding.
    ClusterAdmins,
    /// It is taken for a component of Kubernetes.
    Component,
}

/// What a group gives.
pub fn group(name: &str) -> Option<Privileged> {
    match name {
        MASTERS => Some(Privileged::Masters),
        CLUSTER_ADMINS => Some(Privileged::ClusterAdmins),
        other => other.starts_with(RESERVED).then_some(Privileged::Component),
    }
}

/// What a user gives.
pub fn user(name: &str) -> Option<Privileged> {
    name.starts_with(RESERVED).then_some(Privileged::Component)
}
