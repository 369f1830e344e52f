//! Who each certificate is: subject, names, usages (kubeadm certlist.go, pki_helpers.go).

use core::net::IpAddr;

use super::Identity;
use crate::kubernetes::address::{Address, first_service_address};
use crate::kubernetes::layout::PlaceSetup;
use crate::kubernetes::role::{Role, RoleId, RoleKind};
use crate::pki::{ExtendedKeyUsage, GeneralName};
use crate::setup::{ClusterSpec, Node};

/// Who the thing with these roles is on this node; `None`: on all that have it.
///
/// # Errors
/// A sentence for a name that cannot be one.
pub(super) fn of(
    cluster: &ClusterSpec,
    roles: &[&'static Role],
    setup: &PlaceSetup,
    node: Option<&Node>,
) -> Result<Identity, String> {
    let first = roles.first();
    let common_name = setup
        .common_name
        .as_deref()
        .or_else(|| first.map(|role| role.common_name))
        .unwrap_or_default();
    let mut organizations = setup
        .organizations
        .clone()
        .unwrap_or_else(|| groups(cluster, first.copied()));
    let mut more = cluster.subject.clone();
    more.retain(|(attribute, value)| {
        let is_group = attribute == "O";
        // A group of Kubernetes stands where the recipes write the organization.
        if is_group
            && first.is_none_or(|role| {
                role.organizations
                    .iter()
                    .all(|one| one.organizations.is_empty())
            })
        {
            organizations.push(value.clone());
        }
        !is_group
    });
    let is_authority = first.is_none_or(|role| role.kind == RoleKind::Authority);
    let mut names = Names::default();
    if let (false, Some(node)) = (is_authority, node) {
        for role in roles {
            names.add(cluster, role, node, setup.every_address)?;
        }
    }
    let common_name = common_name.replace("{node}", node.map_or("", |node| &node.name));
    let subject_alt_names = if is_authority {
        vec![GeneralName::Dns(common_name.clone())]
    } else {
        names.sorted()
    };
    Ok(Identity {
        common_name,
        organizations,
        more,
        subject_alt_names,
        extended_key_usage: usages(roles),
    })
}

/// The O values of the release.
fn groups(cluster: &ClusterSpec, role: Option<&Role>) -> Vec<String> {
    let of_release = role.and_then(|role| {
        role.organizations
            .iter()
            .find(|variant| cluster.kubernetes_version.is_of(variant.releases))
    });
    of_release.map_or_else(Vec::new, |variant| {
        variant
            .organizations
            .iter()
            .map(|group| (*group).to_owned())
            .collect()
    })
}

/// What all roles need together, servers' usage first.
fn usages(roles: &[&'static Role]) -> Vec<ExtendedKeyUsage> {
    let all = [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];
    all.into_iter()
        .filter(|usage| {
            roles
                .iter()
                .any(|role| role.extended_key_usage.contains(usage))
        })
        .collect()
}

/// Subject alternative names on their way.
#[derive(Default)]
struct Names {
    dns: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl Names {
    /// The names that kubeadm gives to this role (pkiutil, GetAPIServerAltNames and
    /// GetEtcdAltNames).
    fn add(
        &mut self,
        cluster: &ClusterSpec,
        role: &Role,
        node: &Node,
        every_address: bool,
    ) -> Result<(), String> {
        let more = match role.id {
            RoleId::Apiserver => {
                self.dns.extend(
                    [
                        &node.name,
                        "kubernetes",
                        "kubernetes.default",
                        "kubernetes.default.svc",
                    ]
                    .map(str::to_owned),
                );
                if !cluster.dns_domain.is_empty() {
                    self.dns
                        .push(format!("kubernetes.default.svc.{}", cluster.dns_domain));
                }
                self.addresses
                    .extend(first_service_address(&cluster.service_subnet));
                self.addresses.extend(node.address());
                if let Some(endpoint) = &cluster.control_plane_endpoint {
                    let host = Address::parse(endpoint)
                        .ok_or_else(|| format!("{endpoint} is no endpoint"))?
                        .host;
                    self.push(host)?;
                }
                &cluster.api_server_sans
            }
            RoleId::EtcdServer | RoleId::EtcdPeer => {
                self.dns
                    .extend([&node.name, "localhost"].map(str::to_owned));
                self.addresses.extend(node.address());
                self.addresses.extend([
                    IpAddr::from([127, 0, 0, 1]),
                    IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
                ]);
                if role.id == RoleId::EtcdServer {
                    &cluster.etcd.server_sans
                } else {
                    &cluster.etcd.peer_sans
                }
            }
            _ => return Ok(()),
        };
        if every_address {
            self.addresses.extend(&node.addresses);
        }
        more.iter().try_for_each(|name| self.push(name))
    }

    /// One name as a person writes it.
    fn push(&mut self, text: &str) -> Result<(), String> {
        match text.parse::<GeneralName>() {
            Ok(GeneralName::Dns(name)) => self.dns.push(name),
            Ok(GeneralName::Ip(address)) => self.addresses.push(address),
            _ => {
                return Err(format!(
                    "{:?} is neither an IP address nor a DNS name",
                    crate::pki::text::printable(text)
                ));
            }
        }
        Ok(())
    }

    /// DNS names sorted, then addresses in their order, each once (pkiutil,
    /// RemoveDuplicateAltNames).
    fn sorted(mut self) -> Vec<GeneralName> {
        self.dns.sort();
        self.dns.dedup();
        let mut names: Vec<GeneralName> = self.dns.into_iter().map(GeneralName::Dns).collect();
        for address in self.addresses.into_iter().map(GeneralName::Ip) {
            if !names.contains(&address) {
                names.push(address);
            }
        }
        names
    }
}
