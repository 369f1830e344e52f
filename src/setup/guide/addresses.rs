//! Addresses as flags have them.

use core::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::super::check;

pub(super) fn url(address: IpAddr, port: u16) -> String {
    format!("https://{}", SocketAddr::new(address, port))
}

/// The machine itself in the family of `address` (kubeadm etcd/local.go).
pub(super) fn loopback(address: IpAddr) -> IpAddr {
    if address.is_ipv6() {
        core::net::Ipv6Addr::LOCALHOST.into()
    } else {
        core::net::Ipv4Addr::LOCALHOST.into()
    }
}

/// The tenth address of services (kubeadm constants.go, GetDNSIP).
pub(super) fn dns_address(subnets: &str) -> Option<IpAddr> {
    match check::service_subnet(subnets).ok()?.first()? {
        IpNet::V4(subnet) => u32::from(subnet.network())
            .checked_add(10)
            .map(|address| IpAddr::V4(address.into())),
        IpNet::V6(subnet) => u128::from(subnet.network())
            .checked_add(10)
            .map(|address| IpAddr::V6(address.into())),
    }
}
