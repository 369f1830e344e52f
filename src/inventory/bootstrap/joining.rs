//! What a new machine must know to join: the API server's address, and the CAs that it verifies
//! that by.

use super::TokenItem;
use crate::inventory::{Inventory, Item, KubeconfigItem};
use crate::kubernetes::address::{self, Address};
use crate::kubernetes::bootstrap::{Join, discovery_hash};
use crate::kubernetes::component::Component;
use crate::kubernetes::role::RoleId;

/// The CAs that a client of the API server trusts: those in use with that role.
pub fn authorities(inventory: &Inventory) -> impl Iterator<Item = &Item> {
    let signs_servers = |id| {
        inventory
            .items
            .iter()
            .any(|item| item.in_use && has_role(item, id))
    };
    // k3s has one CA for servers beside the one for clients.
    let role = if signs_servers(RoleId::ServerCa) {
        RoleId::ServerCa
    } else {
        RoleId::Ca
    };
    inventory
        .items
        .iter()
        .filter(move |item| item.in_use && item.is_authority() && has_role(item, role))
}

fn has_role(item: &Item, id: RoleId) -> bool {
    item.roles.iter().any(|role| role.id == id)
}

/// What `--discovery-token-ca-cert-hash` pins: each CA once, also where it lies at several places.
pub fn hashes(inventory: &Inventory) -> Vec<String> {
    let mut hashes: Vec<String> = authorities(inventory)
        .filter_map(Item::certificate)
        .map(discovery_hash)
        .collect();
    hashes.sort();
    hashes.dedup();
    hashes
}

/// Kubeconfigs whose server other machines reach, best first: kubeadm writes the control plane
/// endpoint there.
const WITH_ENDPOINT: [RoleId; 5] = [
    RoleId::AdminConf,
    RoleId::SuperAdminConf,
    RoleId::BootstrapKubeletConf,
    RoleId::KubeProxyConf,
    RoleId::KubeletConf,
];

/// The API server's URL as other machines know it: that of a kubeconfig here, else the one that its
/// flags advertise.
pub fn server(inventory: &Inventory) -> Option<String> {
    let of_role = |role: RoleId| {
        let mut named = inventory
            .kubeconfigs
            .iter()
            .filter(|one| one.roles.iter().any(|found| found.id == role));
        named.find_map(reachable_server)
    };
    let known = WITH_ENDPOINT.iter().find_map(|role| of_role(*role));
    known.map(str::to_owned).or_else(|| advertised(inventory))
}

/// The current server, unless only the machine itself reaches it.
fn reachable_server(kubeconfig: &KubeconfigItem) -> Option<&str> {
    let context = kubeconfig
        .contexts
        .iter()
        .rev()
        .find(|context| context.name == kubeconfig.current)?;
    let cluster = kubeconfig
        .clusters
        .iter()
        .rev()
        .find(|cluster| cluster.name == context.cluster)?;
    let address = Address::parse(&cluster.server)?;
    (address.is_tls() && !address::is_loopback(address.host)).then_some(cluster.server.as_str())
}

fn advertised(inventory: &Inventory) -> Option<String> {
    let flag = |name: &str| {
        let mut facts = inventory
            .flags
            .iter()
            .filter(|fact| fact.component == Component::KubeApiserver && fact.flag == name);
        facts.next().map(|fact| fact.value.trim())
    };
    let host =
        flag("advertise-address").filter(|host| !host.is_empty() && !address::is_loopback(host))?;
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    let usual = inventory.known_layout().api_server.port().to_string();
    Some(format!(
        "https://{host}:{}",
        flag("secure-port").unwrap_or(&usual)
    ))
}

/// `HOST:PORT` of the API server as other machines know it.
pub fn endpoint(inventory: &Inventory) -> Option<String> {
    let server = server(inventory)?;
    let address = Address::parse(&server)?;
    let port = address.port_or_default();
    Some(if address.host.contains(':') {
        format!("[{}]:{port}", address.host)
    } else {
        format!("{}:{port}", address.host)
    })
}

/// Whether kubeadm joins to what is here: to what it made, and where a bootstrap token is put in.
/// Else a kubelet joins with flags and a bootstrap kubeconfig.
pub fn takes_kubeadm(inventory: &Inventory, token: Option<&TokenItem>) -> bool {
    token.is_some() || !inventory.known_layout().joins_by_hand()
}

/// What a new machine must know; `None`: the API server's address is not known here.
pub fn join(inventory: &Inventory, control_plane: bool) -> Option<Join> {
    Some(Join {
        endpoint: endpoint(inventory)?,
        hashes: hashes(inventory),
        control_plane,
    })
}
