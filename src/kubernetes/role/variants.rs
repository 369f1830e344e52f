//! Subjects and usages by release (kubeadm certlist.go, kubeconfig.go).

use super::Variant;
use crate::pki::ExtendedKeyUsage;

pub(super) const SERVER: &[ExtendedKeyUsage] = &[ExtendedKeyUsage::ServerAuth];
pub(super) const CLIENT: &[ExtendedKeyUsage] = &[ExtendedKeyUsage::ClientAuth];
pub(super) const BOTH: &[ExtendedKeyUsage] =
    &[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];

pub(super) const NONE: &[Variant] = &[Variant {
    organizations: &[],
    releases: "all",
}];
pub(super) const NONE_OR_MASTERS: &[Variant] = &[
    Variant {
        organizations: &[],
        releases: ">= 1.29",
    },
    Variant {
        organizations: &["system:masters"],
        releases: "<= 1.28",
    },
];
pub(super) const MASTERS: &[Variant] = &[Variant {
    organizations: &["system:masters"],
    releases: "all",
}];
pub(super) const ADMINS: &[Variant] = &[
    Variant {
        organizations: &["kubeadm:cluster-admins"],
        releases: ">= 1.29",
    },
    Variant {
        organizations: &["system:masters"],
        releases: "<= 1.28",
    },
];
pub(super) const NODES: &[Variant] = &[Variant {
    organizations: &["system:nodes"],
    releases: "all",
}];
pub(super) const KUBELET_CLIENT: &[Variant] = &[
    Variant {
        organizations: &[],
        releases: ">= 1.36.1",
    },
    Variant {
        organizations: &["kubeadm:cluster-admins"],
        releases: "1.29 - 1.36.0",
    },
    Variant {
        organizations: &["system:masters"],
        releases: "<= 1.28",
    },
];
