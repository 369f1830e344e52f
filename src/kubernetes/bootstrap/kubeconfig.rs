//! The kubeconfig with which a kubelet asks for its first certificate.

use zeroize::Zeroizing;

use crate::kubernetes::kubeconfig::NewKubeconfig;

/// The names in a kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeconfigNames {
    /// The cluster.
    pub cluster: String,
    /// The user.
    pub user: String,
    /// The context, the only one and current.
    pub context: String,
}

impl KubeconfigNames {
    /// kubeadm's (constants.go, TLSBootstrapTokenUser; kubeconfig.go, CreateWithToken).
    pub fn kubeadm(cluster: &str) -> Self {
        let user = "tls-bootstrap-token-user";
        Self {
            cluster: cluster.to_owned(),
            user: user.to_owned(),
            context: format!("{user}@{cluster}"),
        }
    }

    /// Those of the guides for hand-made masters, whose context is `default`; `user`: the user of
    /// the token.
    pub fn guides(cluster: &str, user: &str) -> Self {
        Self {
            cluster: cluster.to_owned(),
            user: user.to_owned(),
            context: "default".to_owned(),
        }
    }
}

/// The kubeconfig's text, its fields in the order in which client-go writes them. `authority`: the
/// CA certificates, PEM.
pub fn bootstrap_kubeconfig(
    names: &KubeconfigNames,
    server: &str,
    authority: &[u8],
    token: &str,
) -> Zeroizing<String> {
    let names = [
        names.cluster.clone(),
        names.user.clone(),
        names.context.clone(),
    ];
    NewKubeconfig {
        names: &names,
        server,
        authority,
    }
    .with_token(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::kubeconfig::{Credential, parse};

    #[test]
    fn what_is_written_is_read_back() {
        for (names, token) in [
            (
                KubeconfigNames::kubeadm("kubernetes"),
                "abcdef.0123456789abcdef",
            ),
            (
                KubeconfigNames::guides("kubernetes", "kubelet-bootstrap"),
                "12345678901234567890123456789012",
            ),
            (
                KubeconfigNames::guides("yes", "system:bootstrapper"),
                "1e345678901234567890123456789012",
            ),
            (
                KubeconfigNames::kubeadm("a \"b\""),
                "123456.0123456789012345",
            ),
        ] {
            let text = bootstrap_kubeconfig(&names, "https://[fd00::1]:6443", b"", token);
            let read = parse(&text).unwrap_or_default();
            assert_eq!(read.faults, [], "{names:?}");
            let context = read.current_context().cloned().unwrap_or_default();
            assert_eq!(
                (&context.name, &context.cluster, &context.user),
                (&names.context, &names.cluster, &names.user)
            );
            let cluster = read.cluster(&names.cluster).cloned().unwrap_or_default();
            assert_eq!(cluster.server, "https://[fd00::1]:6443");
            let user = read.user(&names.user).cloned().unwrap_or_default();
            assert!(matches!(user.credential(), Credential::Token(read) if read.is(token)));
        }
    }
}
