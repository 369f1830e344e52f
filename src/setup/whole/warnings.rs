//! What is allowed and can surprise.

use super::super::ClusterSpec;
use super::super::check;
use super::even;
use crate::kubernetes::release::Release;
use crate::pki::GeneralName;
use crate::pki::text::printable;
use crate::setup::ExternalEtcd;

/// The longest CN (RFC 5280 appendix A, ub-common-name).
const LONGEST_COMMON_NAME: usize = 64;

/// All of them, a sentence each.
pub(super) fn of(cluster: &ClusterSpec) -> Vec<String> {
    let mut warnings = Vec::new();
    if cluster.kubernetes_version > Release::NEWEST
        && cluster.kubernetes_version.minor > Release::NEWEST.minor
    {
        warnings.push(format!(
            "Kubernetes {} is newer than what is known here: everything is made as for {}",
            cluster.kubernetes_version,
            Release::NEWEST
        ));
    }
    if cluster.lacks_endpoint() {
        warnings.push(
            "there is no control plane endpoint: each kubeconfig names one control plane node, and the clients of a node stop \
             with it, and kubeadm join takes no second one; an endpoint that comes later means new API server \
             certificates"
                .to_owned(),
        );
    }
    let members = cluster.members().count();
    if members > 0 && members.is_multiple_of(2) {
        warnings.push(even(members));
    }
    warnings.extend(
        cluster
            .etcd
            .external
            .as_ref()
            .and_then(ExternalEtcd::lack)
            .map(str::to_owned),
    );
    names(cluster, &mut warnings);
    keys(cluster, &mut warnings);
    warnings
}

/// Names that stand twice, are too long, or lead nowhere.
fn names(cluster: &ClusterSpec, warnings: &mut Vec<String>) {
    for (whose, sans) in [
        ("the API server", &cluster.api_server_sans),
        ("etcd's servers", &cluster.etcd.server_sans),
        ("etcd's peers", &cluster.etcd.peer_sans),
    ] {
        warnings.extend(check::many_sans(sans.len()).map(|warning| format!("{whose}: {warning}")));
        let names: Vec<GeneralName> = sans.iter().filter_map(|san| check::san(san).ok()).collect();
        if let Some((_, name)) = names
            .iter()
            .enumerate()
            .find(|(index, name)| names[..*index].contains(name))
        {
            warnings.push(format!(
                "{whose}: {name} stands twice among the names, and once in the certificate"
            ));
        }
    }
    for node in &cluster.nodes {
        let name = printable(&node.name);
        if node.addresses.iter().any(core::net::IpAddr::is_loopback) {
            warnings.push(format!(
                "{name}: no other machine reaches it at a loopback address"
            ));
        }
        if "system:node:".len() + node.name.len() > LONGEST_COMMON_NAME {
            warnings.push(format!(
                "{name}: system:node:{name} is longer than a CN should be (RFC 5280, 64 characters): programs other than Go's \
                 may refuse it"
            ));
        }
    }
}

/// Lifetimes and algorithms.
fn keys(cluster: &ClusterSpec, warnings: &mut Vec<String>) {
    let usual = ClusterSpec::default();
    if cluster.certificate_hours > usual.certificate_hours {
        warnings.push(format!(
            "certificates live for {}, longer than kubeadm's {}: a key that leaks is good for as long, since nothing asks for a CRL",
            check::hours_text(cluster.certificate_hours),
            check::hours_text(usual.certificate_hours)
        ));
    }
    if cluster.authority_hours > usual.authority_hours {
        warnings.push(format!(
            "CAs live for {}, longer than kubeadm's {}",
            check::hours_text(cluster.authority_hours),
            check::hours_text(usual.authority_hours)
        ));
    }
    if cluster.is_kubeadm()
        && cluster.kubernetes_version.minor < 31
        && cluster.key_algorithm != usual.key_algorithm
    {
        warnings.push(format!(
            "kubeadm {} takes these {} keys, and makes RSA-2048 where it renews: later releases remember the algorithm",
            cluster.kubernetes_version,
            cluster.key_algorithm.name()
        ));
    }
}
