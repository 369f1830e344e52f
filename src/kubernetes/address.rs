//! Addresses as flags and kubeconfigs have them: `https://HOST:PORT/…`, `HOST:PORT`, `HOST` (RFC
//! 3986 §3.2).

use core::net::IpAddr;

use ipnet::IpNet;

/// A network (CIDR), or one address as a network of its own; `None` for what is neither.
pub fn range(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let one = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(one)
}

/// A server's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address<'a> {
    /// In front of "://"; "https" where nothing stands there.
    pub scheme: &'a str,
    /// A DNS name or an IP address, without brackets. Not empty.
    pub host: &'a str,
    /// As it stands there.
    pub port: Option<u16>,
}

impl<'a> Address<'a> {
    /// Reads an address; `None` for what is none.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text
            .trim()
            .split_once("://")
            .unwrap_or(("https", text.trim()));
        let authority = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                (
                    host,
                    if rest.is_empty() {
                        None
                    } else {
                        Some(rest.strip_prefix(':')?)
                    },
                )
            }
            // An IPv6 address without brackets has no port.
            None if authority.matches(':').count() > 1 => (authority, None),
            None => authority
                .split_once(':')
                .map_or((authority, None), |(host, port)| (host, Some(port))),
        };
        let port = match port.filter(|port| !port.is_empty()) {
            Some(port) => Some(port.parse().ok()?),
            None => None,
        };
        (!host.is_empty()).then_some(Self { scheme, host, port })
    }

    /// True where TLS is spoken there.
    pub fn is_tls(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("https")
    }

    /// The port, or the scheme's own: 443, 80 for plain HTTP.
    pub fn port_or_default(&self) -> u16 {
        self.port
            .unwrap_or(if self.scheme.eq_ignore_ascii_case("http") {
                80
            } else {
                443
            })
    }
}

/// True for the machine itself: "localhost", 127.0.0.0/8, ::1.
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The first address of the first of `ranges`, as "10.96.0.1" for "10.96.0.0/12,fd00::/108": the
/// API server's own service (kubeadm pkiutil GetAPIServerAltNames, apiserver ServiceIPRange).
pub fn first_service_address(ranges: &str) -> Option<IpAddr> {
    let (network, length) = ranges.split(',').next()?.trim().split_once('/')?;
    let length: u32 = length.parse().ok()?;
    match network.parse().ok()? {
        IpAddr::V4(address) => {
            let host_bits = u32::BITS.checked_sub(length)?;
            let mask = u32::MAX.checked_shl(host_bits).unwrap_or(0);
            Some(IpAddr::V4(
                (u32::from(address) & mask).checked_add(1)?.into(),
            ))
        }
        IpAddr::V6(address) => {
            let host_bits = u128::BITS.checked_sub(length)?;
            let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
            Some(IpAddr::V6(
                (u128::from(address) & mask).checked_add(1)?.into(),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_networks_or_addresses() {
        assert!(range("10.0.0.0/8").is_some() && range(" fd00::1 ").is_some());
        assert_eq!((range("10.0.0.0/33"), range("a")), (None, None));
    }

    #[test]
    fn addresses_have_hosts_and_ports() {
        for (text, expected) in [
            ("https://10.0.0.10:6443", Some(("10.0.0.10", 6443, true))),
            ("https://[fd00::1]:6443/path", Some(("fd00::1", 6443, true))),
            ("https://[fd00::1]", Some(("fd00::1", 443, true))),
            (
                "https://rancher.example.com/k8s/clusters/c-m-1",
                Some(("rancher.example.com", 443, true)),
            ),
            ("HTTP://host", Some(("host", 80, false))),
            ("HTTPS://host", Some(("host", 443, true))),
            ("https://me:secret@host:1/", Some(("host", 1, true))),
            ("unix:///run/etcd.sock", None),
            ("unix://host:7", Some(("host", 7, false))),
            (" host:6443 ", Some(("host", 6443, true))),
            ("[::1]:6443", Some(("::1", 6443, true))),
            ("::1", Some(("::1", 443, true))),
            ("host:", Some(("host", 443, true))),
            ("host:66000", None),
            ("host:-1", None),
            ("[::1", None),
            ("[::1]x", None),
            ("https://", None),
            ("", None),
        ] {
            let found = Address::parse(text)
                .map(|found| (found.host, found.port_or_default(), found.is_tls()));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn services_begin_with_the_api_servers() {
        for (ranges, expected) in [
            ("10.96.0.0/12", Some("10.96.0.1")),
            ("10.254.7.9/16,fd00::/108", Some("10.254.0.1")),
            ("fd00:10:96::/112", Some("fd00:10:96::1")),
            ("0.0.0.0/0", Some("0.0.0.1")),
            ("255.255.255.255/32", None),
            ("10.0.0.0/33", None),
            ("10.0.0.0", None),
            ("x/y", None),
            ("", None),
        ] {
            assert_eq!(
                first_service_address(ranges)
                    .map(|address| address.to_string())
                    .as_deref(),
                expected,
                "{ranges}"
            );
        }
    }

    #[test]
    fn a_machine_has_names_for_itself() {
        for (host, expected) in [
            ("localhost", true),
            ("127.0.0.53", true),
            ("::1", true),
            ("10.0.0.1", false),
            ("local", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), expected, "{host}");
        }
    }
}
