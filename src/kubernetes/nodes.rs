//! Nodes as `kubectl get nodes -o json` (or yaml) gives them.

use core::net::IpAddr;

use serde_yaml::Value;

use super::yaml::{self, YamlError};

/// A node of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundNode {
    /// metadata.name.
    pub name: String,
    /// The IP addresses of status.addresses, in order.
    pub addresses: Vec<IpAddr>,
}

/// The nodes of a text; other objects are passed over.
///
/// # Errors
/// [`YamlError`] where it is no YAML or JSON.
pub fn nodes_from_yaml(text: &str) -> Result<Vec<FoundNode>, YamlError> {
    let documents = yaml::values(text)?;
    let objects = documents.iter().flat_map(yaml::objects);
    let is_node = |object: &&Value| object.get("kind").and_then(Value::as_str) == Some("Node");
    Ok(objects.filter(is_node).filter_map(node).collect())
}

fn node(object: &Value) -> Option<FoundNode> {
    let name = object.get("metadata")?.get("name")?.as_str()?.to_owned();
    let status = object.get("status");
    let addresses = status.and_then(|status| status.get("addresses"));
    let addresses = addresses.and_then(Value::as_sequence).into_iter().flatten();
    let addresses = addresses.filter_map(|one| one.get("address")?.as_str()?.parse().ok());
    Some(FoundNode {
        name,
        addresses: addresses.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_read_and_all_else_is_passed_over() {
        let text = r#"{"kind": "List", "items": [
            {"kind": "Node", "metadata": {"name": "w1"}, "status": {"addresses": [
                {"type": "InternalIP", "address": "10.0.0.21"}, {"type": "Hostname", "address": "w1"}, {"address": 1}]}},
            {"kind": "Pod", "metadata": {"name": "p"}}, {"kind": "Node"}]}"#;
        let read = nodes_from_yaml(text).expect("it is read");
        assert_eq!(read.len(), 1);
        assert_eq!((read[0].name.as_str(), read[0].addresses.len()), ("w1", 1));
        assert!(nodes_from_yaml("{").is_err());
        assert_eq!(nodes_from_yaml("a: 1"), Ok(Vec::new()));
    }
}
