//! GeneralName (RFC 5280 §4.2.1.6): what a subject alternative name may be.

use core::net::IpAddr;
use std::fmt;
use std::str::FromStr;

use super::Error;
use super::text::printable;

/// One subject alternative name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GeneralName {
    /// dNSName.
    Dns(String),
    /// iPAddress.
    Ip(IpAddr),
    /// rfc822Name.
    Email(String),
    /// uniformResourceIdentifier.
    Uri(String),
    /// Anything else, with its context tag or kind in words ("directoryName", "registeredID
    /// 1.2.3").
    Other(String),
}

impl GeneralName {
    pub(super) fn from_parsed(name: &x509_parser::prelude::GeneralName<'_>) -> Self {
        use x509_parser::prelude::GeneralName as Parsed;
        match name {
            Parsed::DNSName(text) => Self::Dns((*text).to_owned()),
            Parsed::RFC822Name(text) => Self::Email((*text).to_owned()),
            Parsed::URI(text) => Self::Uri((*text).to_owned()),
            Parsed::IPAddress(bytes) => ip_address(bytes),
            Parsed::DirectoryName(_) => Self::Other("directoryName".to_owned()),
            Parsed::RegisteredID(oid) => Self::Other(format!("registeredID {oid}")),
            Parsed::OtherName(oid, _) => Self::Other(format!("otherName {oid}")),
            _ => Self::Other("unknown kind of name".to_owned()),
        }
    }
}

fn ip_address(bytes: &[u8]) -> GeneralName {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        GeneralName::Ip(IpAddr::from(four))
    } else if let Ok(sixteen) = <[u8; 16]>::try_from(bytes) {
        GeneralName::Ip(IpAddr::from(sixteen))
    } else {
        GeneralName::Other(format!("iPAddress of {} bytes", bytes.len()))
    }
}

/// As a user writes it: `10.0.0.1`, `api.example.com`, `*.example.com`, `ann@example.com`,
/// `spiffe://cluster/x`, or as openssl does, with the kind before it: `DNS:kubernetes`,
/// `IP:10.96.0.1`, `email:…`, `URI:…`.
impl FromStr for GeneralName {
    type Err = Error;

    /// # Errors
    /// [`Error::Refused`] with a sentence for what is none of these.
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let (kind, value) = text
            .split_once(':')
            .map_or(("", text), |(kind, value)| (kind, value));
        match kind.to_ascii_lowercase().as_str() {
            "dns" => return dns_name(value),
            "ip" | "ip address" => return ip_text(value),
            "email" => return email_address(value),
            "uri" => return uri(value),
            _ => {}
        }
        if let Ok(address) = text.parse() {
            Ok(Self::Ip(address))
        } else if text.contains("://") {
            uri(text)
        } else if text.contains('@') {
            email_address(text)
        } else {
            dns_name(text)
        }
    }
}

/// RFC 1123 §2.1; a first label of `*` as RFC 6125 §6.4.3 has it, and underscores, which people
/// use.
fn dns_name(text: &str) -> Result<GeneralName, Error> {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    // `10.0.0` or `10.0.0.999` is an address that somebody mistyped: no top-level name is a number
    // (RFC 3696 §2).
    let is_number = name
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    if name.len() > 253 || is_number || !name.split('.').all(is_label) {
        return refused(text, "a DNS name or an IP address");
    }
    Ok(GeneralName::Dns(text.to_owned()))
}

fn ip_text(text: &str) -> Result<GeneralName, Error> {
    text.parse()
        .map(GeneralName::Ip)
        .or_else(|_| refused(text, "an IP address"))
}

fn email_address(text: &str) -> Result<GeneralName, Error> {
    let is_one = text
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && dns_name(domain).is_ok());
    if is_one && is_visible(text) {
        Ok(GeneralName::Email(text.to_owned()))
    } else {
        refused(text, "an e-mail address")
    }
}

fn uri(text: &str) -> Result<GeneralName, Error> {
    let is_one = text
        .split_once(':')
        .is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty());
    if is_one && is_visible(text) {
        Ok(GeneralName::Uri(text.to_owned()))
    } else {
        refused(text, "a URI")
    }
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn refused(text: &str, kind: &str) -> Result<GeneralName, Error> {
    Err(Error::Refused(format!(
        "{:?} is not {kind}",
        printable(text)
    )))
}

/// As openssl writes it: `DNS:kubernetes`, `IP:10.96.0.1`.
impl fmt::Display for GeneralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "DNS:{name}"),
            Self::Ip(address) => write!(f, "IP:{address}"),
            Self::Email(address) => write!(f, "email:{address}"),
            Self::Uri(uri) => write!(f, "URI:{uri}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_people_write_them() {
        for (text, expected) in [
            ("10.0.0.1", Some("IP:10.0.0.1")),
            (" ::1 ", Some("IP:::1")),
            ("2001:db8::5", Some("IP:2001:db8::5")),
            ("api.example.com", Some("DNS:api.example.com")),
            ("*.example.com", Some("DNS:*.example.com")),
            ("DNS:kubernetes", Some("DNS:kubernetes")),
            ("IP:10.96.0.1", Some("IP:10.96.0.1")),
            ("ann@example.com", Some("email:ann@example.com")),
            ("spiffe://cluster/ns/x", Some("URI:spiffe://cluster/ns/x")),
            ("URI:urn:x", Some("URI:urn:x")),
            ("", None),
            ("10.0.0.256", None),
            ("IP:master", None),
            ("a..b", None),
            ("-a", None),
            ("мастер", None),
            ("a b", None),
            ("*", None),
            ("@x", None),
        ] {
            let read = text.parse::<GeneralName>().map(|name| name.to_string());
            assert_eq!(read.as_deref().ok(), expected, "{text}");
        }
    }
}
