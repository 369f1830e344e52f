//! Flags that could name a file of a setup, and that a new cluster does not need.

use super::super::ClusterSpec;
use crate::kubernetes::component::Component;
use crate::kubernetes::role::{ReaderRule, Role, RoleId};

/// Flags that could name the same files and that a new cluster does not need: the other CA for each
/// signer, a CA for clients of ports that nobody but the node calls, the field beside the flag, a
/// verification that wants signed serving certificates of every kubelet first (kubeadm gives none),
/// the name of old releases.
const LEFT_OUT: [&str; 13] = [
    "kubelet-certificate-authority",
    "cluster-signing-kubelet-serving-cert-file",
    "cluster-signing-kubelet-serving-key-file",
    "cluster-signing-kubelet-client-cert-file",
    "cluster-signing-kubelet-client-key-file",
    "cluster-signing-kube-apiserver-client-cert-file",
    "cluster-signing-kube-apiserver-client-key-file",
    "cluster-signing-legacy-unknown-cert-file",
    "cluster-signing-legacy-unknown-key-file",
    "clientConnection.kubeconfig",
    "experimental-bootstrap-kubeconfig",
    "tls-sni-cert-key",
    "",
];

/// Whether a new cluster's component is told of its file by this rule.
pub(super) fn is_set(cluster: &ClusterSpec, role: &Role, reader: &ReaderRule) -> bool {
    let left_out = LEFT_OUT.contains(&reader.flag)
        // Nobody calls the scheduler with a certificate, and kubeadm leaves it so.
        || (reader.component == Component::KubeScheduler && matches!(reader.flag, "client-ca-file" | "requestheader-client-ca-file"))
        || (role.id == RoleId::EtcdCa && reader.flag == "peer-trusted-ca-file" && cluster.etcd.peer_authority)
        // kubeadm's kubelets have a configuration, those of hand-made masters flags.
        || (reader.component == Component::Kubelet && reader.flag == "client-ca-file" && cluster.is_kubeadm())
        || (reader.flag == "authentication.x509.clientCAFile" && !cluster.is_kubeadm());
    !left_out
}
