//! What a new worker is told.

use zeroize::Zeroizing;

use super::BootstrapIdentity;
use crate::kubernetes::component::Component;
use crate::pki::text::quoted;
use crate::pki::{Certificate, hex};

/// What `--discovery-token-ca-cert-hash` pins: the cluster's CA by its public key (kubeadm
/// pubkeypin.go, Hash). It stays where the CA is issued anew with its key.
pub fn discovery_hash(authority: &Certificate) -> String {
    format!("sha256:{}", hex(authority.spki_sha256()))
}

/// What `kubeadm join` needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Join {
    /// `HOST:PORT` of the API server.
    pub endpoint: String,
    /// The discovery hash of each CA that may be met there.
    pub hashes: Vec<String>,
    /// Whether a control plane node joins.
    pub control_plane: bool,
}

/// The line for the new machine. `token`: `id.secret`, or what stands for it. `certificate_key`:
/// for a control plane node, from `kubeadm init phase upload-certs`.
pub fn join_line(join: &Join, token: &str, certificate_key: Option<&str>) -> Zeroizing<String> {
    let mut line = format!("kubeadm join {} --token ", quoted(&join.endpoint));
    let rest = join.hashes.iter().fold(String::new(), |rest, hash| {
        rest + " --discovery-token-ca-cert-hash " + &quoted(hash)
    }) + if join.control_plane {
        " --control-plane"
    } else {
        ""
    };
    let key = certificate_key.unwrap_or_default();
    // A text that grows leaves copies of the token behind.
    line.reserve_exact(token.len() + rest.len() + key.len() + 32);
    let mut line = Zeroizing::new(line);
    line.push_str(token);
    line.push_str(&rest);
    if !key.is_empty() {
        line.push_str(" --certificate-key ");
        line.push_str(key);
    }
    line
}

/// The flags that each component needs for an identity: component, flag without dashes, value.
/// `kubeconfig`: the file on the worker, `tokens`: the token file on the control plane nodes.
pub fn flags(
    identity: BootstrapIdentity,
    kubeconfig: &str,
    tokens: &str,
) -> Vec<(Component, &'static str, String)> {
    let lets_in = match identity {
        BootstrapIdentity::None => return Vec::new(),
        BootstrapIdentity::TokenFile | BootstrapIdentity::Bootstrapper => {
            ("token-auth-file", tokens.to_owned())
        }
        BootstrapIdentity::Token | BootstrapIdentity::Usual => {
            ("enable-bootstrap-token-auth", "true".to_owned())
        }
    };
    let mut flags = vec![(Component::KubeApiserver, lets_in.0, lets_in.1)];
    if lets_in.0 == "enable-bootstrap-token-auth" {
        // Off unless named: the one ends tokens, the other signs kube-public/cluster-info (kubeadm
        // manifests.go).
        flags.push((
            Component::KubeControllerManager,
            "controllers",
            "*,bootstrapsigner,tokencleaner".to_owned(),
        ));
    }
    flags.push((
        Component::Kubelet,
        "bootstrap-kubeconfig",
        kubeconfig.to_owned(),
    ));
    flags.push((Component::Kubelet, "rotateCertificates", "true".to_owned()));
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_for_workers() {
        let hashes = vec!["sha256:00ff".to_owned()];
        let worker = Join {
            endpoint: "10.0.0.10:6443".to_owned(),
            hashes,
            control_plane: false,
        };
        let master = Join {
            control_plane: true,
            endpoint: "[fd00::1]:6443".to_owned(),
            ..worker.clone()
        };
        for (join, token, key, expected) in [
            (
                &worker,
                "abcdef.0123456789abcdef",
                None,
                "kubeadm join 10.0.0.10:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:00ff",
            ),
            (
                &master,
                "<token>",
                Some("<key>"),
                "kubeadm join '[fd00::1]:6443' --token <token> --discovery-token-ca-cert-hash sha256:00ff \
                 --control-plane --certificate-key <key>",
            ),
        ] {
            assert_eq!(join_line(join, token, key).as_str(), expected);
        }
    }
}
