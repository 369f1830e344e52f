//! Which names a role's certificate has had in any release, layout or recipe: a name with a right
//! of its own that is not among them was put there by somebody.

use super::{Role, RoleId, rights_of};

/// Beside those of the rows: the roles, and the users and groups with rights of their own that they
/// have elsewhere.
const ELSEWHERE: &[(&[RoleId], &[&str])] = &[
    // k3s and RKE2, pkg/daemons/control/deps/deps.go.
    (
        &[RoleId::ApiserverKubeletClient],
        &["system:apiserver", "system:masters"],
    ),
    (
        &[RoleId::Admin, RoleId::AdminConf],
        &["system:admin", "system:masters", "kubeadm:cluster-admins"],
    ),
    (
        &[RoleId::Supervisor],
        &[
            "system:k3s-supervisor",
            "system:rke2-supervisor",
            "system:masters",
        ],
    ),
    (
        &[RoleId::K3sController],
        &["system:k3s-controller", "system:rke2-controller"],
    ),
    (
        &[RoleId::CloudController],
        &[
            "k3s-cloud-controller-manager",
            "rke2-cloud-controller-manager",
        ],
    ),
    // rke, pki/services.go: getDefaultCN puts "system:" before each name.
    (&[RoleId::Apiserver], &["system:kube-apiserver"]),
    (
        &[RoleId::FrontProxyClient],
        &["system:kube-apiserver-proxy-client"],
    ),
    (
        &[RoleId::KubeletClient, RoleId::KubeletConf],
        &["system:node"],
    ),
    (
        &[
            RoleId::EtcdServer,
            RoleId::EtcdPeer,
            RoleId::ApiserverEtcdClient,
        ],
        &["system:kube-etcd-{node}", "system:node", "system:nodes"],
    ),
    // A kubelet's serving certificate is asked for by the node (certificates.md,
    // kubernetes.io/kubelet-serving).
    (
        &[RoleId::KubeletServing],
        &["system:node:{node}", "system:nodes"],
    ),
    // kubernetes-the-hard-way gives each component a group of its name.
    (
        &[
            RoleId::ControllerManagerConf,
            RoleId::ControllerManagerClient,
        ],
        &["system:kube-controller-manager"],
    ),
    (
        &[RoleId::SchedulerConf, RoleId::SchedulerClient],
        &["system:kube-scheduler"],
    ),
    (
        &[RoleId::KubeProxyConf, RoleId::KubeProxyClient],
        &["system:kube-proxy", "system:node-proxier"],
    ),
    // minikube, pkg/minikube/bootstrapper/certs.go: its API server's certificate is of the group of
    // masters.
    (&[RoleId::Apiserver], &["system:masters"]),
];

impl Role {
    /// Whether a certificate of this role has borne `name`, as a user or group, in some release,
    /// layout or recipe.
    pub fn has_borne(&self, name: &str) -> bool {
        let own = || {
            self.organizations
                .iter()
                .any(|variant| variant.organizations.contains(&name))
        };
        let elsewhere = || {
            let rows = ELSEWHERE
                .iter()
                .filter(|(roles, _)| roles.contains(&self.id));
            rows.flat_map(|(_, names)| names.iter())
                .any(|pattern| fits(pattern, name))
        };
        let of_client = || {
            self.client
                .is_some_and(|client| client.role().has_borne(name))
        };
        fits(self.common_name, name) || own() || elsewhere() || of_client()
    }
}

/// Whether `{node}` in `pattern` can stand for a node's name there. No pattern fits none.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once("{node}") {
        None => !pattern.is_empty() && pattern == name,
        // A node's name is a DNS subdomain (RFC 1123): no colon, so none of Kubernetes' own names.
        Some((before, after)) => {
            let node = name
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after));
            node.is_some_and(|node| !node.is_empty() && !node.contains(':'))
        }
    }
}

/// Whether Kubernetes itself, or kubeadm, knows what this user or group may do.
pub fn has_right(name: &str) -> bool {
    name.starts_with("system:")
        || name.starts_with("kubeadm:")
        || rights_of(name, &[name]).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::super::role;
    use super::*;

    #[test]
    fn roles_have_borne_these_and_no_others() {
        for (name, borne, expected) in [
            ("apiserver-kubelet-client", "system:masters", true),
            ("apiserver-kubelet-client", "kubeadm:cluster-admins", true),
            ("apiserver-kubelet-client", "system:nodes", false),
            ("etcd-server", "system:masters", false),
            ("etcd-server", "master-1", true),
            ("etcd-server", "system:kube-controller-manager", false),
            ("etcd-server", "system:kube-etcd-10-0-0-1", true),
            ("kubelet-client", "system:node:master-1", true),
            ("kubelet-client", "system:node:a:b", false),
            ("kubelet-client", "system:nodes", true),
            ("kubelet.conf", "system:node:master-1", true),
            ("scheduler.conf", "system:kube-controller-manager", false),
            ("kubelet-serving", "", false),
        ] {
            assert_eq!(
                role(name).unwrap().has_borne(borne),
                expected,
                "{name} {borne}"
            );
        }
    }

    #[test]
    fn kubernetes_own_names_have_rights() {
        for (name, expected) in [
            ("system:masters", true),
            ("system:node:a", true),
            ("kubeadm:cluster-admins", true),
            ("kube-apiserver-kubelet-client", true),
            ("kubernetes-admin", false),
            ("", false),
        ] {
            assert_eq!(has_right(name), expected, "{name}");
        }
    }
}
