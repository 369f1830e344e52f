//! The fields that are one line each.

use core::net::{IpAddr, Ipv6Addr};

use crate::kubernetes::address::Address;
use crate::kubernetes::layout;
use crate::kubernetes::release::Release;
use crate::pki::GeneralName;
use crate::pki::key::KeyAlgorithm;
use crate::pki::text::{is_hidden, printable};

/// The first release that reads a configuration which is read and written here (kubeadm v1beta3).
const OLDEST: Release = Release {
    major: 1,
    minor: 22,
    patch: 0,
};

/// The key algorithms that kubeadm makes and reads (v1beta4 types.go, EncryptionAlgorithmType).
pub const ALGORITHMS: [KeyAlgorithm; 5] = [
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::Rsa3072,
    KeyAlgorithm::Rsa4096,
    KeyAlgorithm::EcdsaP256,
    KeyAlgorithm::EcdsaP384,
];

/// More names than these make a certificate that some clients and proxies refuse to read in a
/// handshake's one record.
const MANY_SANS: usize = 100;

/// What so many names in one certificate can lead to; `None`: nothing.
pub(crate) fn many_sans(names: usize) -> Option<String> {
    (names > MANY_SANS)
        .then(|| format!("{names} names are more than some clients and proxies take"))
}

/// A cluster's name: it stands in kubeconfigs, and names files.
pub fn name(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("a cluster has a name".to_owned());
    }
    if text.len() > 63 {
        return Err("a cluster's name is at most 63 bytes long".to_owned());
    }
    if let Some(wrong) = text
        .chars()
        .find(|character| *character == '/' || is_hidden(*character))
    {
        return Err(format!(
            "a cluster's name also names a file: no {:?} in it",
            printable(&wrong.to_string())
        ));
    }
    if text.trim() != text || text.starts_with(['.', '-']) {
        return Err(
            "a cluster's name begins with a letter or a digit, and ends with no space".to_owned(),
        );
    }
    Ok(())
}

/// The name of a layout that a setup can make.
pub fn layout(text: &str) -> Result<(), String> {
    let found = layout::layout(text);
    if found.is_some_and(|layout| layout.setup.is_some()) {
        return Ok(());
    }
    let text = printable(text);
    let able: Vec<&str> = layout::settable()
        .map(|layout| layout.name.as_str())
        .collect();
    Err(match found {
        Some(_) => format!(
            "the PKI of {text} is made by {text} itself: take {}",
            able.join(", ")
        ),
        None => format!("there is no layout {text:?}: take {}", able.join(", ")),
    })
}

/// A release that can be set up. Newer ones than are known are taken.
pub fn version(text: &str) -> Result<Release, String> {
    let release: Release = text.parse()?;
    if release < OLDEST || release.major > 1 {
        return Err(format!(
            "{release} is not set up here: take {OLDEST} or newer"
        ));
    }
    Ok(release)
}

/// The name of a machine: an RFC 1123 subdomain, as Kubernetes wants it of a Node.
pub fn node_name(text: &str) -> Result<(), String> {
    host_name(text).map_err(|why| format!("{:?} is no name of a machine: {why}", printable(text)))
}

/// What clients call: `HOST` or `HOST:PORT` (kubeadm's controlPlaneEndpoint).
pub fn endpoint(text: &str) -> Result<(), String> {
    let shown = printable(text);
    if text.contains("://") || text.contains(['/', '@']) {
        return Err(format!(
            "{shown:?} is more than HOST or HOST:PORT: no scheme and no path belong there"
        ));
    }
    let is_bare = |text: &str| text.parse::<Ipv6Addr>().is_ok();
    if is_bare(text) || text.rsplit_once(':').is_some_and(|(host, _)| is_bare(host)) {
        return Err("an IPv6 address stands in brackets, as [fd00::1]:6443".to_owned());
    }
    let is_clear = text.trim() == text
        && !text.ends_with(':')
        && (text.starts_with('[') || text.matches(':').count() < 2);
    let Some(address) = Address::parse(text).filter(|_| is_clear) else {
        return Err(format!(
            "{shown:?} is not HOST or HOST:PORT, as api.example.com:6443"
        ));
    };
    if address.port == Some(0) {
        return Err(NO_PORT.to_owned());
    }
    if text.starts_with('[')
        && !address
            .host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_ipv6())
    {
        return Err(format!(
            "{:?} in brackets is no IPv6 address",
            printable(address.host)
        ));
    }
    match address.host.parse() {
        Ok(address) => usable(address),
        Err(_) => host_name(address.host).map_err(|why| {
            format!(
                "{:?} is neither an IP address nor a host name: {why}",
                printable(address.host)
            )
        }),
    }
}

/// Why a text is no port.
pub(crate) const NO_PORT: &str = "the port is a number from 1 to 65535";

/// A port.
pub fn port(text: &str) -> Result<u16, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| NO_PORT.to_owned())
}

/// The domain of the cluster's DNS; empty: none.
pub fn dns_domain(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    host_name(text).map_err(|why| format!("{:?} is no DNS domain: {why}", printable(text)))
}

/// One more name of a server: an IP address, an RFC 1123 subdomain, or a wildcard of one (kubeadm
/// pkiutil, appendSANsToAltNames, which drops everything else).
pub fn san(text: &str) -> Result<GeneralName, String> {
    let shown = printable(text.trim());
    let name: GeneralName =
        text.parse()
            .map_err(|_| match host_name(text.trim().trim_start_matches("*.")) {
                Err(why) if !text.trim().is_empty() => {
                    format!("{shown:?} is neither an IP address nor a DNS name: {why}")
                }
                _ => format!("{shown:?} is neither an IP address nor a DNS name"),
            })?;
    match &name {
        GeneralName::Ip(address) => usable(*address)?,
        GeneralName::Dns(dns) => host_name(dns.strip_prefix("*.").unwrap_or(dns))
            .map_err(|why| format!("{shown:?} is neither an IP address nor a DNS name: {why}"))?,
        _ => {
            return Err(format!(
                "{shown:?} is no name of a server: those are IP addresses and DNS names"
            ));
        }
    }
    Ok(name)
}

/// Whether two texts are one name of a server.
pub(crate) fn are_one_san(one: &str, other: &str) -> bool {
    san(one).is_ok_and(|name| san(other) == Ok(name))
}

/// A key algorithm by its name, in any case, whoever makes and reads it.
pub(crate) fn known_algorithm(name: &str) -> Result<KeyAlgorithm, String> {
    KeyAlgorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            let known: Vec<&str> = KeyAlgorithm::ALL
                .iter()
                .map(|algorithm| algorithm.name())
                .collect();
            format!("known are {}", known.join(", "))
        })
}

/// A key algorithm by kubeadm's name, in any case.
pub fn key_algorithm(text: &str) -> Result<KeyAlgorithm, String> {
    let known = known_algorithm(text.trim()).ok();
    let names = || ALGORITHMS.map(KeyAlgorithm::name).join(", ");
    match known {
        Some(algorithm) if ALGORITHMS.contains(&algorithm) => Ok(algorithm),
        Some(KeyAlgorithm::Ed25519) => Err(format!(
            "kubeadm and etcd read no Ed25519 keys: take {}",
            names()
        )),
        Some(other) => Err(format!(
            "kubeadm makes no {} keys: take {}",
            other.name(),
            names()
        )),
        None => Err(format!(
            "there is no key algorithm {:?}: take {}",
            printable(text.trim()),
            names()
        )),
    }
}

/// A URL of a member of etcd (kubeadm validation.go, ValidateURLs).
pub fn etcd_endpoint(text: &str) -> Result<(), String> {
    let shown = printable(text);
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let address = Address::parse(text)
        .filter(|_| matches!(scheme, Some("https" | "http")) && text.trim() == text);
    let Some(address) = address else {
        return Err(format!(
            "{shown:?} is no URL of etcd, as https://10.0.0.20:2379"
        ));
    };
    match address.host.parse() {
        Ok(address) => usable(address),
        Err(_) => host_name(address.host)
            .map_err(|why| format!("{shown:?} has neither an IP address nor a host name: {why}")),
    }
}

/// A file or folder of a node, by its absolute path.
pub fn file(text: &str) -> Result<(), String> {
    let is_whole = text.starts_with('/')
        && !text
            .split('/')
            .any(|segment| segment == ".." || segment == ".");
    if !is_whole || text.ends_with('/') || text.contains("//") || text.chars().any(is_hidden) {
        return Err(format!(
            "{:?} is no absolute path without \"..\"",
            printable(text)
        ));
    }
    Ok(())
}

/// kubeadm's certificatesDir.
pub fn certificates_directory(text: &str) -> Result<(), String> {
    file(text)
}

/// One part of a subject, as `O=Example` (RFC 4514 §3): C, ST, L, O or OU.
pub fn subject(text: &str) -> Result<(String, String), String> {
    let parted = text
        .split_once('=')
        .map(|(attribute, value)| (attribute.trim().to_ascii_uppercase(), value.trim()));
    let Some((attribute, value)) = parted.filter(|(_, value)| !value.is_empty()) else {
        return Err(format!(
            "{:?} is no part of a subject, as O=Example",
            printable(text)
        ));
    };
    if !["C", "ST", "L", "O", "OU"].contains(&attribute.as_str()) {
        return Err(format!(
            "{:?} is none of C, ST, L, O, OU",
            printable(&attribute)
        ));
    }
    if attribute == "C"
        && !(value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic()))
    {
        return Err("C is a country's two letters (RFC 5280 appendix A)".to_owned());
    }
    if value.chars().count() > 64 || value.chars().any(is_hidden) {
        return Err(format!(
            "{attribute} has at most 64 characters, all of them visible (RFC 5280 appendix A)"
        ));
    }
    if attribute == "O" && value.starts_with("system:") {
        return Err(format!(
            "O={value} is a group of Kubernetes: kube-proxy's certificate on every node would be in it"
        ));
    }
    Ok((attribute, value.to_owned()))
}

/// An address that a certificate can be for and that something can listen on.
pub(in crate::setup) fn usable(address: IpAddr) -> Result<(), String> {
    if let IpAddr::V6(six) = address
        && let Some(four) = six.to_ipv4_mapped()
    {
        return Err(format!("{address} is an IPv4 address: write {four}"));
    }
    let broadcast = address == IpAddr::from([255, 255, 255, 255]);
    if address.is_unspecified() || address.is_multicast() || broadcast {
        return Err(format!("{address} is the address of no machine"));
    }
    Ok(())
}

/// RFC 1123 §2.1 as Kubernetes has it (apimachinery validation.go, IsDNS1123Subdomain); why a text
/// is none, a sentence's end.
fn host_name(text: &str) -> Result<(), &'static str> {
    let is_label = |label: &str| {
        let ends = label.bytes().next().zip(label.bytes().last());
        ends.is_some_and(|(first, last)| {
            first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric()
        })
    };
    if text.is_empty() {
        Err("it is empty")
    } else if text.contains('_') {
        Err("an underscore stands in no host name: write a dash")
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Err("Kubernetes wants lower-case letters")
    } else if !text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
    {
        Err("lower-case letters, digits, dashes and dots are allowed")
    } else if !text.split('.').all(is_label) {
        Err("each part between dots begins and ends with a letter or digit")
    } else if text.len() > 253 || text.split('.').any(|label| label.len() > 63) {
        Err("it has at most 253 characters, and each part between dots at most 63")
    } else if text.parse::<IpAddr>().is_ok() {
        Err("it is an address")
    } else if text
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
    {
        Err("its last part is a number")
    } else {
        Ok(())
    }
}
