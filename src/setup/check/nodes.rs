//! Lines of machines: `name address[,address] roles`.

use core::net::IpAddr;

use super::fields::{node_name, usable};
use crate::pki::text::printable;
use crate::setup::{Node, NodeRole};

/// Reads a line `name address[,address] roles`, as "master-1 10.0.0.10,fd00::10 master,etcd".
/// Roles: `master` or `control-plane`, `etcd`, `worker` or `node`; none: a control plane node.
///
/// # Errors
/// A sentence.
pub fn node(line: &str) -> Result<Node, String> {
    let mut words = line.split_whitespace();
    let (Some(name), Some(listed)) = (words.next(), words.next()) else {
        return Err(
            "a machine is a line NAME ADDRESS[,ADDRESS] ROLES, as master-1 10.0.0.10 master,etcd"
                .to_owned(),
        );
    };
    node_name(name)?;
    let addresses = addresses(listed)?;
    let mut roles = words
        .flat_map(|word| word.split(','))
        .filter(|word| !word.is_empty())
        .map(role)
        .collect::<Result<Vec<_>, _>>()?;
    if roles.is_empty() {
        roles.push(NodeRole::ControlPlane);
    }
    roles.sort_unstable();
    roles.dedup();
    Ok(Node {
        name: name.to_owned(),
        addresses,
        roles,
    })
}

/// The addresses of a machine, between commas.
pub fn addresses(text: &str) -> Result<Vec<IpAddr>, String> {
    let mut found = Vec::new();
    for word in text.split(',').map(str::trim) {
        let shown = printable(word);
        let address: IpAddr = word.parse().map_err(|_| {
            if word.contains('%') {
                format!("{shown:?} has a zone, which stands in no certificate")
            } else if word.contains('/') {
                format!("{shown:?} is a subnet: an address is wanted, as 10.0.0.10")
            } else {
                format!("{shown:?} is no IP address, as 10.0.0.10 or fd00::10")
            }
        })?;
        usable(address)?;
        if found.contains(&address) {
            return Err(format!("{address} stands there twice"));
        }
        found.push(address);
    }
    Ok(found)
}

fn role(word: &str) -> Result<NodeRole, String> {
    match word.to_ascii_lowercase().as_str() {
        "master" | "control-plane" | "controlplane" => Ok(NodeRole::ControlPlane),
        "etcd" => Ok(NodeRole::Etcd),
        "worker" | "node" => Ok(NodeRole::Worker),
        _ => Err(format!(
            "{:?} is no role: take master, etcd, worker",
            printable(word)
        )),
    }
}

/// As [`node`] reads it.
pub fn node_line(node: &Node) -> String {
    let addresses: Vec<String> = node.addresses.iter().map(ToString::to_string).collect();
    let roles: Vec<&str> = node.roles.iter().map(|role| role.word()).collect();
    format!("{} {} {}", node.name, addresses.join(","), roles.join(","))
}

/// Reads lines as [`node`] does; empty lines and what stands behind a `#` are passed over.
///
/// # Errors
/// The number of the line, counted from 1, and a sentence: also where a name or an address stood in
/// a line before.
pub fn nodes(text: &str) -> Result<Vec<Node>, (usize, String)> {
    let mut found: Vec<Node> = Vec::new();
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let line = line.split('#').next().unwrap_or_default();
        if line.trim().is_empty() {
            continue;
        }
        let node = node(line).map_err(|why| (number, why))?;
        twice(&found, &node).map_err(|why| (number, why))?;
        found.push(node);
    }
    Ok(found)
}

/// Whether a machine has its name and addresses alone.
pub(in crate::setup) fn twice(others: &[Node], node: &Node) -> Result<(), String> {
    if others.iter().any(|other| other.name == node.name) {
        return Err(format!("{} stands there twice", printable(&node.name)));
    }
    for address in &node.addresses {
        if let Some(other) = others
            .iter()
            .find(|other| other.addresses.contains(address))
        {
            return Err(format!(
                "{} and {} have both {address}",
                printable(&other.name),
                printable(&node.name)
            ));
        }
    }
    Ok(())
}
