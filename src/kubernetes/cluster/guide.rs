//! What comes after a setup: the flags each component needs for these files, what is copied where, what stays secret,
//! and who is who.

use super::ClusterSpec;

/// The page of what comes next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guide {
    /// The cluster's name.
    pub title: String,
    /// What to do next, a sentence or command each, in order.
    pub next: Vec<String>,
    /// Each component with the flags that it needs for these files.
    pub components: Vec<ComponentGuide>,
    /// What is copied where.
    pub copies: Vec<CopyGuide>,
    /// Files that must stay secret, each with the reason, a sentence's end.
    pub secrets: Vec<(String, String)>,
    /// Every certificate: the identity sheet.
    pub identities: Vec<IdentityGuide>,
}

/// One component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentGuide {
    /// As "kube-apiserver".
    pub component: String,
    /// Flag without dashes (or the path of a field of its configuration) and value, in order.
    pub flags: Vec<(String, String)>,
    /// What the snippet is, as "static pod manifest, under spec.containers[0].command" or "/etc/kubernetes/apiserver".
    pub snippet_title: String,
    /// Lines to paste.
    pub snippet: Vec<String>,
}

/// One file that goes to other nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyGuide {
    /// Its path.
    pub path: String,
    /// The nodes, between commas.
    pub to: String,
    /// Why, a sentence's end.
    pub why: String,
}

/// One certificate of the identity sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityGuide {
    /// Its id in the blueprint.
    pub id: String,
    /// CA, server, client, both.
    pub kind: String,
    /// As "CN=kubernetes-admin, O=kubeadm:cluster-admins".
    pub subject: String,
    /// What it is for, from the role table.
    pub purpose: String,
    /// What it may do at the API server, and through which binding; empty: nothing there.
    pub right: String,
    /// Who reads it, as "kube-apiserver on master-1".
    pub owner: String,
}

/// The page for these answers; `node`: for this node alone.
pub fn guide(cluster: &ClusterSpec, _node: Option<&str>) -> Guide {
    Guide { title: cluster.name.clone(), ..Guide::default() }
}

/// The flags that a component needs on this node: without dashes (or the path of a field of its configuration), and value, in order.
pub fn flags(_cluster: &ClusterSpec, _node: &str, _component: &str) -> Vec<(String, String)> {
    Vec::new()
}

impl Guide {
    /// The page in Markdown.
    pub fn to_markdown(&self) -> String {
        format!("# {}\n", self.title)
    }
}
