//! Subnets: what each may be, and that none lies in another.

use core::net::IpAddr;

use ipnet::IpNet;

use crate::kubernetes::address::Address;
use crate::pki::text::printable;
use crate::setup::ClusterSpec;

/// The most bits that an address of a service may have (kube-apiserver options/validation.go,
/// maxCIDRBits; kubeadm constants.go, MaximumBitsForServiceSubnet).
const MOST_SERVICE_BITS: u8 = 20;

/// The fewest: kubeadm wants ten addresses (constants.go, MinimumAddressesInServiceSubnet).
const FEWEST_BITS: u8 = 4;

/// The subnets of services: one, or one of each family, between commas.
pub fn service_subnet(text: &str) -> Result<Vec<IpNet>, String> {
    let subnets = subnets(text)?;
    if subnets.is_empty() {
        return Err("services have a subnet, as 10.96.0.0/12".to_owned());
    }
    for subnet in &subnets {
        let most = subnet.max_prefix_len() - MOST_SERVICE_BITS;
        if subnet.prefix_len() < most {
            return Err(format!(
                "{subnet} is too large for services: /{most} is the largest that the API server takes"
            ));
        }
        small(subnet)?;
    }
    Ok(subnets)
}

/// The subnets of pods: none, one, or one of each family, between commas.
pub fn pod_subnet(text: &str) -> Result<Vec<IpNet>, String> {
    let subnets = subnets(text)?;
    subnets.iter().try_for_each(small)?;
    Ok(subnets)
}

fn small(subnet: &IpNet) -> Result<(), String> {
    let least = subnet.max_prefix_len() - FEWEST_BITS;
    if subnet.prefix_len() > least {
        return Err(format!(
            "{subnet} is too small: kubeadm wants ten addresses, which /{least} has"
        ));
    }
    Ok(())
}

fn subnets(text: &str) -> Result<Vec<IpNet>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let subnets: Vec<IpNet> = text.split(',').map(subnet).collect::<Result<_, _>>()?;
    match subnets.as_slice() {
        [_] => Ok(subnets),
        [first, second] if first.addr().is_ipv4() != second.addr().is_ipv4() => Ok(subnets),
        [_, _] => Err("two subnets are one of IPv4 and one of IPv6".to_owned()),
        _ => Err("there are at most two subnets: one of IPv4 and one of IPv6".to_owned()),
    }
}

fn subnet(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let subnet: IpNet = text.parse().map_err(|_| {
        format!(
            "{:?} is no subnet, as 10.96.0.0/12 or fd00:10:96::/112",
            printable(text)
        )
    })?;
    if subnet.trunc() != subnet {
        return Err(format!(
            "{subnet} is an address inside a subnet: write {}",
            subnet.trunc()
        ));
    }
    Ok(subnet)
}

/// What must not lie in each other: subnets, and the addresses of machines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Networks {
    /// Of services.
    pub services: Vec<IpNet>,
    /// Of pods.
    pub pods: Vec<IpNet>,
    /// Names of machines, each with an address.
    pub machines: Vec<(String, IpAddr)>,
}

impl Networks {
    /// Those of the answers, as far as they can be read.
    pub fn of(cluster: &ClusterSpec) -> Self {
        let mut machines: Vec<_> = cluster
            .nodes
            .iter()
            .flat_map(|node| {
                node.addresses
                    .iter()
                    .map(|address| (node.name.clone(), *address))
            })
            .collect();
        let endpoint = cluster
            .control_plane_endpoint
            .as_deref()
            .and_then(Address::parse);
        if let Some(address) = endpoint.and_then(|endpoint| endpoint.host.parse().ok()) {
            machines.push(("the control plane endpoint".to_owned(), address));
        }
        Self {
            services: service_subnet(&cluster.service_subnet).unwrap_or_default(),
            pods: pod_subnet(&cluster.pod_subnet).unwrap_or_default(),
            machines,
        }
    }

    /// Why the services' subnets do not fit.
    pub fn check_services(&self) -> Result<(), String> {
        for service in &self.services {
            self.machine_in(service, "services")?;
        }
        Ok(())
    }

    /// Why the pods' subnets do not fit.
    pub fn check_pods(&self) -> Result<(), String> {
        for pod in &self.pods {
            let overlaps = |service: &&IpNet| service.contains(pod) || pod.contains(*service);
            if let Some(service) = self.services.iter().find(overlaps) {
                return Err(format!("{pod} (pods) and {service} (services) overlap"));
            }
            self.machine_in(pod, "pods")?;
        }
        Ok(())
    }

    fn machine_in(&self, subnet: &IpNet, whose: &str) -> Result<(), String> {
        match self
            .machines
            .iter()
            .find(|(_, address)| subnet.contains(address))
        {
            Some((name, address)) => Err(format!(
                "{address} ({}) lies in {subnet}, where the {whose} are",
                printable(name)
            )),
            None => Ok(()),
        }
    }
}
