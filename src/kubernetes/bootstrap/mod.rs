//! TLS bootstrapping: how a kubelet that has no certificate yet comes to one. Bootstrap tokens,
//! token files, the bindings that let their users ask, the kubeconfigs that hold them, and what a
//! new worker is told (website kubelet-tls-bootstrapping.md, bootstrap-tokens.md).

mod binding;
mod expiration;
mod join;
mod kubeconfig;
mod secret;
mod token;
mod token_file;

pub use binding::{
    Binding, FoundBinding, Grant, NO_APPROVER, Subject, SubjectKind, bindings, bindings_from_yaml,
    bindings_manifest,
};
pub use expiration::{NotChanged, expire};
pub use join::{Join, discovery_hash, flags, join_line};
pub use kubeconfig::{KubeconfigNames, bootstrap_kubeconfig};
pub use secret::{BootstrapToken, SecretSpec, secret_manifest, secret_name, tokens_from_yaml};
pub use token::{BootstrapIdentity, NewToken, TokenUser, check_group, token_file_token};
pub use token_file::{
    Damaged, LineFault, TokenFile, TokenLine, add_line, check_field, next_uid, remove_user,
    token_file, token_file_line,
};

/// The folder on the master for manifests that are to be given to the cluster: `kubectl apply -f`
/// reads it.
pub const FOLDER: &str = "/etc/kubernetes/bootstrap";

/// The group of every bootstrap token's user.
pub const BOOTSTRAPPERS: &str = "system:bootstrappers";

/// The group that kubeadm gives its bootstrap tokens beside it, and that its bindings bind.
pub const NODE_TOKENS: &str = "system:bootstrappers:kubeadm:default-node-token";

/// The group that old guides give the user of a token file.
pub const KUBELET_BOOTSTRAP: &str = "system:kubelet-bootstrap";

/// How long kubeadm's tokens live, in hours.
pub const TOKEN_HOURS: u32 = 24;

/// True for a text that may hold manifests of bootstrap tokens or of bindings: asked before it is
/// parsed.
pub fn looks_like_manifest(bytes: &[u8]) -> bool {
    let has = |needle: &str| {
        bytes
            .windows(needle.len())
            .any(|window| window == needle.as_bytes())
    };
    has(secret::TYPE)
        || (has("ClusterRoleBinding") && Grant::ALL.iter().any(|grant| has(grant.cluster_role())))
}
