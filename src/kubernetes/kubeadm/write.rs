//! Writing: what kubeadm knows of the answers.

use core::net::SocketAddr;
use std::fmt::Write as _;

use super::{CERTIFICATES_DIRECTORY, TOKEN_FILE};
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::kubernetes::cluster::blueprint::Blueprint;
use crate::kubernetes::cluster::{ClusterSpec, ExternalEtcd, Node, NodeRole, check};
use crate::kubernetes::release::Release;
use crate::kubernetes::yaml::{quoted, scalar};
use crate::pki::key::KeyAlgorithm;

/// The first release that reads v1beta4.
const V1BETA4: Release = Release { major: 1, minor: 31, patch: 0 };

/// The configuration for these answers and the first control plane node: v1beta4, or v1beta3 for a release that reads no v1beta4.
pub fn write(cluster: &ClusterSpec) -> String {
    let is_new = cluster.kubernetes_version >= V1BETA4;
    let version = if is_new { "v1beta4" } else { "v1beta3" };
    let mut text = String::new();
    write_init(&mut text, cluster, version);
    text.push_str("---\n");
    let _ = writeln!(text, "apiVersion: kubeadm.k8s.io/{version}\nkind: ClusterConfiguration");
    let _ = writeln!(text, "kubernetesVersion: {}", scalar(&release(cluster.kubernetes_version)));
    let _ = writeln!(text, "clusterName: {}", scalar(&cluster.name));
    let directory = cluster.certificates_directory.as_deref().unwrap_or(CERTIFICATES_DIRECTORY);
    let _ = writeln!(text, "certificatesDir: {}", scalar(directory));
    if let Some(endpoint) = &cluster.control_plane_endpoint {
        let _ = writeln!(text, "controlPlaneEndpoint: {}", scalar(endpoint));
    }
    write_networking(&mut text, cluster);
    write_api_server(&mut text, cluster, is_new);
    write_etcd(&mut text, cluster);
    write_keys(&mut text, cluster, is_new);
    text
}

fn write_init(text: &mut String, cluster: &ClusterSpec, version: &str) {
    let _ = writeln!(text, "apiVersion: kubeadm.k8s.io/{version}\nkind: InitConfiguration\nlocalAPIEndpoint:");
    let first = cluster.masters().next();
    if let Some(address) = first.and_then(Node::address) {
        let _ = writeln!(text, "  advertiseAddress: {}", scalar(&address.to_string()));
    }
    let _ = writeln!(text, "  bindPort: {}", cluster.bind_port);
    if let Some(node) = first {
        let _ = writeln!(text, "nodeRegistration:\n  name: {}", scalar(&node.name));
    }
}

fn write_networking(text: &mut String, cluster: &ClusterSpec) {
    // kubeadm takes no spaces between subnets.
    let list = |subnets: &str| scalar(&subnets.replace(' ', "")).into_owned();
    let _ = writeln!(text, "networking:\n  serviceSubnet: {}", list(&cluster.service_subnet));
    if !cluster.pod_subnet.is_empty() {
        let _ = writeln!(text, "  podSubnet: {}", list(&cluster.pod_subnet));
    }
    if !cluster.dns_domain.is_empty() {
        let _ = writeln!(text, "  dnsDomain: {}", scalar(&cluster.dns_domain));
    }
}

fn write_api_server(text: &mut String, cluster: &ClusterSpec, is_new: bool) {
    let tokens = token_file(cluster);
    if cluster.api_server_sans.is_empty() && tokens.is_none() {
        return;
    }
    text.push_str("apiServer:\n");
    if !cluster.api_server_sans.is_empty() {
        let _ = writeln!(text, "  certSANs: {}", sans(&cluster.api_server_sans));
    }
    let Some(path) = tokens else { return };
    let path = scalar(&path);
    let _ = if is_new {
        writeln!(text, "  extraArgs:\n  - name: {TOKEN_FILE}\n    value: {path}")
    } else {
        writeln!(text, "  extraArgs:\n    {TOKEN_FILE}: {path}")
    };
    // The static pod sees nothing of /etc/kubernetes but the certificates (manifests/volumes.go).
    let _ = writeln!(
        text,
        "  extraVolumes:\n  - name: {TOKEN_FILE}\n    hostPath: {path}\n    mountPath: {path}\n    readOnly: true\n    pathType: File"
    );
}

/// Where `token.csv` lies, if kubeadm's API server shall read one.
fn token_file(cluster: &ClusterSpec) -> Option<String> {
    let is_asked = matches!(cluster.bootstrap, BootstrapIdentity::TokenFile | BootstrapIdentity::Bootstrapper);
    let blueprint = Some(cluster).filter(|_| is_asked && cluster.is_kubeadm()).map(Blueprint::of)?;
    blueprint.ok()?.token_file().map(str::to_owned)
}

/// What of the answers has no field in kubeadm's configuration, by the flags that say it.
pub fn unwritten(cluster: &ClusterSpec) -> Vec<&'static str> {
    let usual = ClusterSpec::default();
    let is_new = cluster.kubernetes_version >= V1BETA4;
    let is_old_algorithm = matches!(cluster.key_algorithm, KeyAlgorithm::Rsa2048 | KeyAlgorithm::EcdsaP256);
    let accounts = cluster.service_account_key_algorithm.is_some_and(|algorithm| algorithm != cluster.key_algorithm);
    [
        (!cluster.is_kubeadm(), "--layout"),
        (cluster.nodes.len() > 1, "--nodes"),
        (cluster.etcd.peer_authority, "--peer-authority"),
        (cluster.one_authority, "--one-authority"),
        (cluster.intermediate_authorities, "--intermediate-authorities"),
        (cluster.external_authority, "--external-authority"),
        (!is_new && !is_old_algorithm, "--key-algorithm"),
        (accounts, "--service-account-key-algorithm"),
        (!is_new && cluster.certificate_hours != usual.certificate_hours, "--days"),
        (!is_new && cluster.authority_hours != usual.authority_hours, "--authority-days"),
        (cluster.authority_keys != usual.authority_keys, "--authority-keys"),
        (cluster.bootstrap != usual.bootstrap, "--bootstrap"),
        (!cluster.subject.is_empty(), "--subject"),
    ]
    .into_iter()
    .filter_map(|(is_lost, flag)| is_lost.then_some(flag))
    .collect()
}

fn write_etcd(text: &mut String, cluster: &ClusterSpec) {
    let etcd = &cluster.etcd;
    if let Some(external) = etcd.external.clone().or_else(|| own_members(cluster)) {
        let endpoints: Vec<String> = external.endpoints.iter().map(|url| quoted(url)).collect();
        let _ = writeln!(text, "etcd:\n  external:\n    endpoints: [{}]", endpoints.join(", "));
        for (field, file) in
            [("caFile", &external.ca_file), ("certFile", &external.cert_file), ("keyFile", &external.key_file)]
        {
            let _ = writeln!(text, "    {field}: {}", scalar(file));
        }
    } else if !etcd.server_sans.is_empty() || !etcd.peer_sans.is_empty() {
        text.push_str("etcd:\n  local:\n");
        for (field, names) in [("serverCertSANs", &etcd.server_sans), ("peerCertSANs", &etcd.peer_sans)] {
            if !names.is_empty() {
                let _ = writeln!(text, "    {field}: {}", sans(names));
            }
        }
    }
}

/// For kubeadm an etcd on machines of its own is an external one, which the API server calls with files of the usual names
/// (website setup-ha-etcd-with-kubeadm.md).
fn own_members(cluster: &ClusterSpec) -> Option<ExternalEtcd> {
    if !cluster.has_etcd_nodes() {
        return None;
    }
    let directory = cluster.certificates_directory.as_deref().unwrap_or(CERTIFICATES_DIRECTORY);
    let members = cluster.nodes.iter().filter(|node| node.is(NodeRole::Etcd));
    Some(ExternalEtcd {
        endpoints: members
            .filter_map(Node::address)
            .map(|address| format!("https://{}", SocketAddr::new(address, 2379)))
            .collect(),
        ca_file: format!("{directory}/etcd/ca.crt"),
        cert_file: format!("{directory}/apiserver-etcd-client.crt"),
        key_file: format!("{directory}/apiserver-etcd-client.key"),
    })
}

fn write_keys(text: &mut String, cluster: &ClusterSpec, is_new: bool) {
    if is_new {
        let _ = writeln!(
            text,
            "encryptionAlgorithm: {}\ncertificateValidityPeriod: {}h0m0s\ncaCertificateValidityPeriod: {}h0m0s",
            cluster.key_algorithm.name(),
            cluster.certificate_hours,
            cluster.authority_hours
        );
    } else if cluster.key_algorithm == KeyAlgorithm::EcdsaP256 {
        text.push_str("featureGates:\n  PublicKeysECDSA: true\n");
    }
}

/// A release without its patch is a label for the newest.
fn release(release: Release) -> String {
    if release.patch == u16::MAX { format!("stable-{release}") } else { format!("v{release}") }
}

/// Names as kubeadm takes them: without a kind before them.
fn sans(names: &[String]) -> String {
    let bare = |name: &String| match check::san(name) {
        Ok(crate::pki::GeneralName::Dns(name)) => quoted(&name),
        Ok(crate::pki::GeneralName::Ip(address)) => quoted(&address.to_string()),
        _ => quoted(name),
    };
    format!("[{}]", names.iter().map(bare).collect::<Vec<_>>().join(", "))
}
