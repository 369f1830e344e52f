//! What an identity may do, and what binds it: rights follow from the subject, not from the file's
//! place. Source: kubeadm clusterinfo.go and kubeconfig.go; kube-apiserver
//! bootstrappolicy/policy.go.

use crate::kubernetes::bootstrap::{BOOTSTRAPPERS, Grant, KUBELET_BOOTSTRAP, NODE_TOKENS};

/// What one user or group is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// The user name (CN) or group (O) that has it.
    pub who: &'static str,
    /// Whether `who` is a group.
    pub is_group: bool,
    /// The ClusterRoleBinding; empty where none is needed.
    pub binding: &'static str,
    /// The ClusterRole, or what stands for it.
    pub cluster_role: &'static str,
}

const fn user(who: &'static str, binding: &'static str, cluster_role: &'static str) -> Right {
    Right {
        who,
        is_group: false,
        binding,
        cluster_role,
    }
}

const fn group(who: &'static str, binding: &'static str, cluster_role: &'static str) -> Right {
    Right {
        who,
        is_group: true,
        binding,
        cluster_role,
    }
}

/// Who joins: what lets them ask stands in front of what lets them be approved.
const CREATE: &str = Grant::Create.cluster_role();
const NODE_CLIENT: &str = Grant::NodeClient.cluster_role();
const SELF_NODE_CLIENT: &str = Grant::SelfNodeClient.cluster_role();

const RIGHTS: &[Right] = &[
    // Authorised before RBAC is asked: no binding, and none to remove.
    group(
        "system:masters",
        "",
        "everything (system:masters bypasses RBAC)",
    ),
    group(
        "kubeadm:cluster-admins",
        "kubeadm:cluster-admins",
        "cluster-admin",
    ),
    group(
        "system:nodes",
        "",
        "the node's own objects (Node authorizer)",
    ),
    group(
        "system:nodes",
        "kubeadm:node-autoapprove-certificate-rotation",
        SELF_NODE_CLIENT,
    ),
    group(NODE_TOKENS, "kubeadm:kubelet-bootstrap", CREATE),
    group(
        NODE_TOKENS,
        "kubeadm:node-autoapprove-bootstrap",
        NODE_CLIENT,
    ),
    group(BOOTSTRAPPERS, "kubelet-bootstrap", CREATE),
    group(BOOTSTRAPPERS, "auto-approve-csrs-for-group", NODE_CLIENT),
    group(KUBELET_BOOTSTRAP, "kubelet-bootstrap", CREATE),
    group(
        KUBELET_BOOTSTRAP,
        "auto-approve-csrs-for-group",
        NODE_CLIENT,
    ),
    user("kubelet-bootstrap", "kubelet-bootstrap", CREATE),
    user("system:bootstrapper", "kubelet-bootstrap", CREATE),
    user(
        "kube-apiserver-kubelet-client",
        "kubeadm:apiserver-kubelet-client",
        "system:kubelet-api-admin",
    ),
    user(
        "system:kube-controller-manager",
        "system:kube-controller-manager",
        "system:kube-controller-manager",
    ),
    user(
        "system:kube-scheduler",
        "system:kube-scheduler",
        "system:kube-scheduler",
    ),
    user(
        "system:kube-proxy",
        "system:node-proxier",
        "system:node-proxier",
    ),
    user(
        "system:k3s-controller",
        "system:k3s-controller",
        "system:k3s-controller",
    ),
    user(
        "k3s-cloud-controller-manager",
        "k3s-cloud-controller-manager",
        "k3s-cloud-controller-manager",
    ),
];

/// What the user `name` in `groups` is given by Kubernetes' own and kubeadm's bindings, the groups'
/// rights first. Whether a binding still stands only the cluster knows.
pub fn rights_of<'a>(
    name: &'a str,
    groups: &'a [impl AsRef<str>],
) -> impl Iterator<Item = &'static Right> + 'a {
    RIGHTS.iter().filter(move |right| {
        if right.is_group {
            groups.iter().any(|group| group.as_ref() == right.who)
        } else {
            right.who == name
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_decides() {
        for (name, groups, expected) in [
            (
                "kubernetes-admin",
                &["kubeadm:cluster-admins"][..],
                &["kubeadm:cluster-admins"][..],
            ),
            ("kubernetes-admin", &["system:masters"], &[""]),
            (
                "kube-apiserver-kubelet-client",
                &[],
                &["kubeadm:apiserver-kubelet-client"],
            ),
            // Cyrillic "а": another group for the API server, and for us.
            ("x", &["system:m\u{430}sters"], &[]),
            ("system:masters", &[], &[]),
        ] {
            let found: Vec<_> = rights_of(name, groups).map(|right| right.binding).collect();
            assert_eq!(found, expected, "{name} {groups:?}");
        }
    }

    #[test]
    fn every_binding_of_those_who_join_is_known() {
        use crate::kubernetes::bootstrap::BootstrapIdentity::{Bootstrapper, Token, TokenFile};
        use crate::kubernetes::bootstrap::{SubjectKind, bindings};
        for binding in [Token, TokenFile, Bootstrapper]
            .into_iter()
            .flat_map(bindings)
        {
            for subject in binding.subjects {
                let (user, groups) = match subject.kind {
                    SubjectKind::User => (subject.name, None),
                    SubjectKind::Group => ("x", Some(subject.name)),
                };
                let groups: Vec<&str> = groups.into_iter().collect();
                let is_known = rights_of(user, &groups)
                    .any(|right| right.cluster_role == binding.grant.cluster_role());
                assert!(is_known, "{} {}", binding.name, subject.name);
            }
        }
    }
}
