//! With what nodes join, as far as files here say it: tokens, bindings, kubeconfigs of those who have no certificate yet.

use std::sync::Arc;

use time::OffsetDateTime;

/// Tokens and bindings in files. What a cluster holds beside them only its API server knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bootstrap {
    /// Bootstrap tokens in manifests of Secrets, then lines of token files, in the order of files.
    pub tokens: Vec<TokenItem>,
    /// ClusterRoleBindings in manifests.
    pub bindings: Vec<BindingItem>,
}

/// A token that lets a kubelet in; never the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenItem {
    /// The id of a bootstrap token; empty for a line of a token file, of which nothing is public.
    pub id: String,
    /// Whether it is a manifest of a Secret or a line of a token file.
    pub kind: TokenKind,
    /// The file, as on the master.
    pub path: Arc<str>,
    /// Its line, counted from 1; of a manifest the first one.
    pub line: u32,
    /// The user that it stands for, as "system:bootstrap:abcdef".
    pub user: String,
    /// His groups.
    pub groups: Vec<String>,
    /// When it ends; `None`: never.
    pub expires: Option<OffsetDateTime>,
    /// Whether it lets in (usage-bootstrap-authentication); a line always does.
    pub authenticates: bool,
    /// Whether it signs `kube-public/cluster-info` (usage-bootstrap-signing), which `kubeadm join` needs.
    pub signs: bool,
    /// What it is for; may be empty.
    pub description: String,
    /// What is wrong with it, a sentence's end each; never a token.
    pub faults: Vec<String>,
    /// The kubeconfigs here that hold it.
    pub kubeconfigs: Vec<Arc<str>>,
}

/// Where a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// The manifest of a Secret `bootstrap-token-<id>`: it is valid once the cluster has it.
    Secret,
    /// A line of the file that the API server reads at its start (`--token-auth-file`).
    Line,
}

/// A ClusterRoleBinding in a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingItem {
    /// Its name.
    pub name: String,
    /// The ClusterRole.
    pub cluster_role: String,
    /// Whom it binds: "Group", "User" or "ServiceAccount", and the name.
    pub subjects: Vec<(String, String)>,
    /// The file, as on the master.
    pub path: Arc<str>,
}
