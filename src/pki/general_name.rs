//! GeneralName (RFC 5280 §4.2.1.6): what a subject alternative name may be.

use core::net::IpAddr;
use std::fmt;

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
    /// Anything else, with its context tag or kind in words ("directoryName", "registeredID 1.2.3").
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
