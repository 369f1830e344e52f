//! What comes after a setup: the flags each component needs for these files, what is copied where,
//! what stays secret, and who is who.

mod addresses;
mod flags;
mod identities;
mod left_out;
mod markdown;
mod next;
mod secrets;
mod snippet;
#[cfg(test)]
mod tests;

use super::ClusterSpec;
use super::blueprint::Blueprint;
use crate::kubernetes::component::Component;
use flags::{Flags, Scene};

/// The page of what comes next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guide {
    /// The cluster's name.
    pub title: String,
    /// What to do next, a sentence or command each, in order. Commands stand in backticks.
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
    /// Which.
    pub component: Component,
    /// The nodes for which these flags are, between commas.
    pub nodes: String,
    /// Flag without dashes (or the path of a field of its configuration) and value, in order.
    pub flags: Vec<(String, String)>,
    /// What the snippet is, as "static pod manifest, under `spec.containers[0].command`" or
    /// "/etc/kubernetes/apiserver".
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
    /// CA, server, client, both; "token" for who comes with a token.
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

/// The page for these answers; `node`: for this node alone. Answers that have faults give an empty
/// page.
pub fn guide(cluster: &ClusterSpec, node: Option<&str>) -> Guide {
    let mut guide = Guide {
        title: cluster.name.clone(),
        ..Guide::default()
    };
    let Ok(blueprint) = Blueprint::of(cluster) else {
        return guide;
    };
    let page = Page {
        cluster,
        blueprint: &blueprint,
        node,
    };
    guide.next = page.next();
    guide.components = page.components();
    guide.copies = page.copies();
    guide.secrets = page.secrets();
    guide.identities = page.identities();
    guide
}

/// The flags that a component needs on this node: without dashes (or the path of a field of its
/// configuration), and value, by name. None where it does not run there.
pub fn flags(cluster: &ClusterSpec, node: &str, component: Component) -> Vec<(String, String)> {
    match (Blueprint::of(cluster), cluster.node(node)) {
        (Ok(blueprint), Some(node)) => Scene {
            cluster,
            blueprint: &blueprint,
            node,
        }
        .flags(component),
        _ => Vec::new(),
    }
}

/// The text of single-ca's environment file for this component on this node; no component: of the
/// file that every unit reads.
pub fn environment(cluster: &ClusterSpec, node: &str, component: Option<Component>) -> String {
    let flags = component.map(|component| flags(cluster, node, component));
    snippet::environment(component, &flags.unwrap_or_default())
}

/// What the parts of a page share.
struct Page<'a> {
    cluster: &'a ClusterSpec,
    blueprint: &'a Blueprint,
    node: Option<&'a str>,
}

impl Page<'_> {
    /// Those of `nodes` that the page is for, in their order.
    fn shown<'b>(&self, nodes: &'b [String]) -> Vec<&'b str> {
        nodes
            .iter()
            .map(String::as_str)
            .filter(|name| self.node.is_none_or(|node| node == *name))
            .collect()
    }

    /// Nodes whose flags are the same have one guide.
    fn components(&self) -> Vec<ComponentGuide> {
        let mut guides = Vec::new();
        // They are started in the order in which they are restarted.
        for component in Component::RESTARTED {
            let mut groups: Vec<(Flags, Vec<&str>)> = Vec::new();
            for node in self
                .cluster
                .nodes
                .iter()
                .filter(|node| self.node.is_none_or(|name| name == node.name))
            {
                let flags = Scene {
                    cluster: self.cluster,
                    blueprint: self.blueprint,
                    node,
                }
                .flags(component);
                match groups.iter_mut().find(|(others, _)| *others == flags) {
                    _ if flags.is_empty() => {}
                    Some((_, nodes)) => nodes.push(&node.name),
                    None => groups.push((flags, vec![&node.name])),
                }
            }
            for (flags, nodes) in groups {
                guides.extend(snippet::guides(
                    self.cluster,
                    &nodes.join(", "),
                    component,
                    flags,
                ));
            }
        }
        guides
    }
}
