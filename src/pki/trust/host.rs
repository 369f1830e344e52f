//! Whether a certificate bears the name by which a server is dialled (Go's crypto/x509,
//! VerifyHostname; RFC 9525 §6).

use core::net::IpAddr;

use crate::pki::{Certificate, GeneralName};

/// Whether `host`, an IP address without brackets or a DNS name, is one of the certificate's
/// subject alternative names. An IP address must stand there as one. A DNS name may be met by a
/// wildcard in place of its first label; case and a final dot do not count. The CN is no name.
pub fn matches_host(certificate: &Certificate, host: &str) -> bool {
    let names = certificate.details().subject_alt_names;
    if let Ok(address) = host.parse::<IpAddr>() {
        let address = address.to_canonical();
        return names
            .iter()
            .any(|name| matches!(name, GeneralName::Ip(own) if own.to_canonical() == address));
    }
    names
        .iter()
        .any(|name| matches!(name, GeneralName::Dns(pattern) if matches_name(pattern, host)))
}

fn matches_name(pattern: &str, host: &str) -> bool {
    let bare = host.strip_suffix('.').unwrap_or(host);
    if !is_valid(pattern, true) || !is_valid(bare, false) {
        // What is no host name is met only by the very same text.
        return ![pattern, host].iter().any(|name| ["", "."].contains(name))
            && pattern.eq_ignore_ascii_case(host);
    }
    let (pattern, host): (Vec<&str>, Vec<&str>) =
        (pattern.split('.').collect(), bare.split('.').collect());
    let meets = |(place, (pattern, label)): (usize, (&&str, &&str))| {
        place == 0 && *pattern == "*" || pattern.eq_ignore_ascii_case(label)
    };
    pattern.len() == host.len() && pattern.iter().zip(&host).enumerate().all(meets)
}

/// Whether it is a host name, or one with a wildcard for its first label (Go's validHostname).
fn is_valid(name: &str, is_pattern: bool) -> bool {
    let is_label = |(place, label): (usize, &str)| {
        let letters = label.bytes().enumerate();
        is_pattern && place == 0 && label == "*"
            || !label.is_empty()
                && letters.into_iter().all(|(at, byte)| {
                    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' && at != 0
                })
    };
    name != "*" && name.split('.').enumerate().all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_meet_as_in_go() {
        for (pattern, host, expected) in [
            ("kubernetes", "kubernetes", true),
            ("kubernetes", "KUBERNETES.", true),
            ("Kubernetes.Default", "kubernetes.default", true),
            ("kubernetes", "kubernetes.default", false),
            ("*.example.com", "api.example.com", true),
            ("*.example.com", "API.EXAMPLE.COM.", true),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", "example.com", false),
            ("*.example.com", ".example.com", false),
            ("a*.example.com", "ab.example.com", false),
            ("a.*.com", "a.b.com", false),
            ("*", "kubernetes", false),
            ("*", "*", true),
            ("kubernetes.", "kubernetes", false),
            ("master_1", "master_1", true),
            ("-a", "-a", true),
            ("", "", false),
            (".", ".", false),
        ] {
            assert_eq!(matches_name(pattern, host), expected, "{pattern} {host}");
        }
    }
}
