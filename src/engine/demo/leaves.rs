//! The leaves of the demo.

use super::{ADDRESS, NODE};
use crate::pki::{ExtendedKeyUsage, GeneralName};

/// One leaf of the demo.
#[derive(Clone, Copy)]
pub(super) struct Leaf {
    /// The name of certificate and key.
    pub(super) name: &'static str,
    /// The name of the CA that signs it.
    pub(super) issuer: &'static str,
    pub(super) common_name: &'static str,
    pub(super) organizations: &'static [&'static str],
    usage: Usage,
    names: LeafNames,
    /// How many days it has left; negative: since when it has ended.
    pub(super) days_left: i64,
}

#[derive(Clone, Copy)]
enum Usage {
    Server,
    Client,
    Both,
}

#[derive(Clone, Copy)]
enum LeafNames {
    None,
    ApiServer,
    Etcd,
}

/// kubeadm's group of administrators.
const ADMINS: &[&str] = &["kubeadm:cluster-admins"];

/// Those of the files.
pub(super) const LEAVES: [Leaf; 13] = [
    Leaf {
        usage: Usage::Server,
        names: LeafNames::ApiServer,
        ..Leaf::client("apiserver", "ca", "kube-apiserver", -2)
    },
    Leaf::client(
        "apiserver-kubelet-client",
        "ca",
        "kube-apiserver-kubelet-client",
        12,
    )
    .of(ADMINS),
    Leaf::client(
        "apiserver-etcd-client",
        "etcd-ca",
        "kube-apiserver-etcd-client",
        181,
    ),
    Leaf::client(
        "front-proxy-client",
        "front-proxy-ca",
        "front-proxy-client",
        181,
    ),
    Leaf::of_member("etcd-server", 180),
    Leaf::of_member("etcd-peer", 180),
    Leaf::client(
        "etcd-healthcheck-client",
        "etcd-ca",
        "kube-etcd-healthcheck-client",
        180,
    ),
    Leaf::client("admin", "ca", "kubernetes-admin", -2).of(ADMINS),
    // As it was at the start of the cluster; copied then to /root/.kube/config and never again.
    Leaf::client("admin-old", "ca", "kubernetes-admin", -244).of(ADMINS),
    Leaf::client("super-admin", "ca", "kubernetes-super-admin", 181).of(&["system:masters"]),
    Leaf::client(
        "controller-manager",
        "ca",
        "system:kube-controller-manager",
        182,
    ),
    Leaf::client("scheduler", "ca", "system:kube-scheduler", 20),
    Leaf::client("kubelet-client", "ca", "system:node:master-1", 239).of(&["system:nodes"]),
];

/// What etcd still serves: certificates that are on the disk no more.
pub(super) const HELD: [Leaf; 2] = [
    Leaf::of_member("etcd-server-old", 9),
    Leaf::of_member("etcd-peer-old", 9),
];

impl Leaf {
    /// A client's, without groups.
    const fn client(
        name: &'static str,
        issuer: &'static str,
        common_name: &'static str,
        days_left: i64,
    ) -> Self {
        let (usage, names) = (Usage::Client, LeafNames::None);
        Self {
            name,
            issuer,
            common_name,
            organizations: &[],
            usage,
            names,
            days_left,
        }
    }

    /// The one of the etcd member that runs here: its server and its peers know it by the same
    /// names.
    const fn of_member(name: &'static str, days_left: i64) -> Self {
        Self {
            usage: Usage::Both,
            names: LeafNames::Etcd,
            ..Self::client(name, "etcd-ca", NODE, days_left)
        }
    }

    /// The same in these groups.
    const fn of(self, organizations: &'static [&'static str]) -> Self {
        Self {
            organizations,
            ..self
        }
    }

    pub(super) fn usages(&self) -> &'static [ExtendedKeyUsage] {
        match self.usage {
            Usage::Server => &[ExtendedKeyUsage::ServerAuth],
            Usage::Client => &[ExtendedKeyUsage::ClientAuth],
            Usage::Both => &[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth],
        }
    }

    pub(super) fn subject_alt_names(&self) -> Vec<GeneralName> {
        let (dns, addresses): (&[&str], &[&str]) = match self.names {
            LeafNames::None => return Vec::new(),
            LeafNames::ApiServer => (
                &[
                    "kubernetes",
                    "kubernetes.default",
                    "kubernetes.default.svc",
                    "kubernetes.default.svc.cluster.local",
                    NODE,
                ],
                &["10.96.0.1", ADDRESS],
            ),
            LeafNames::Etcd => (&["localhost", NODE], &[ADDRESS, "127.0.0.1", "::1"]),
        };
        let dns = dns.iter().map(|name| GeneralName::Dns((*name).to_owned()));
        dns.chain(
            addresses
                .iter()
                .filter_map(|address| address.parse().ok().map(GeneralName::Ip)),
        )
        .collect()
    }
}
