//! Writing names: subjects and subject alternative names.

use core::net::IpAddr;

use der::asn1::{Ia5String, OctetString};
use x509_cert::ext::pkix::name::GeneralName as Written;

use crate::pki::key::encode::{OBJECT_IDENTIFIER, SEQUENCE, tlv};
use crate::pki::{Error, GeneralName, Name};

pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const SET: u8 = 0x31;

/// The attributes that subjects of Kubernetes' guides have, and the content octets of their types
/// (RFC 4519 §2).
const ATTRIBUTES: [(&str, [u8; 3]); 7] = [
    ("CN", [0x55, 0x04, 0x03]),
    ("C", [0x55, 0x04, 0x06]),
    ("L", [0x55, 0x04, 0x07]),
    ("ST", [0x55, 0x04, 0x08]),
    ("O", [0x55, 0x04, 0x0a]),
    ("OU", [0x55, 0x04, 0x0b]),
    ("serialNumber", [0x55, 0x04, 0x05]),
];

impl Name {
    /// A subject as Kubernetes uses it: every group an O of its own, in order, then the user as CN.
    /// Either may be empty.
    ///
    /// # Errors
    /// As [`Name::with_attributes`].
    pub fn with_groups(common_name: &str, organizations: &[&str]) -> Result<Self, Error> {
        let groups = organizations
            .iter()
            .map(|organization| ("O", *organization));
        let attributes: Vec<_> = groups
            .chain((!common_name.is_empty()).then_some(("CN", common_name)))
            .collect();
        Self::with_attributes(&attributes)
    }

    /// A subject of these attributes in order, each by its short name (CN, C, L, ST, O, OU,
    /// serialNumber) and in
    /// an RDN of its own. Text is a PrintableString where it can be and a UTF8String else, as Go
    /// writes it.
    ///
    /// # Errors
    /// [`Error::Refused`] for an empty value, control characters, or an attribute that is none of
    /// these.
    pub fn with_attributes(attributes: &[(&str, &str)]) -> Result<Self, Error> {
        let mut parts = Vec::new();
        for (name, value) in attributes {
            if value.is_empty() || value.chars().any(char::is_control) {
                return Err(Error::Refused(format!(
                    "{value:?} cannot be part of a subject"
                )));
            }
            let oid = ATTRIBUTES.iter().find(|(known, _)| known == name);
            let (_, oid) = oid
                .ok_or_else(|| Error::Refused(format!("{name:?} is no attribute of a subject")))?;
            let tag = if value.bytes().all(is_printable) {
                PRINTABLE_STRING
            } else {
                UTF8_STRING
            };
            let attribute = tlv(
                SEQUENCE,
                &[
                    &tlv(OBJECT_IDENTIFIER, &[oid]),
                    &tlv(tag, &[value.as_bytes()]),
                ],
            );
            parts.push(tlv(SET, &[&attribute]));
        }
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_slice()).collect();
        Self::from_der(&tlv(SEQUENCE, &parts))
    }
}

impl Name {
    /// The same name, its bytes kept, with more groups behind.
    ///
    /// # Errors
    /// As [`Name::with_groups`].
    pub fn and_groups(&self, organizations: &[&str]) -> Result<Self, Error> {
        let more = Self::with_groups("", organizations)?;
        Self::from_der(&tlv(
            SEQUENCE,
            &[content(self.as_der()), content(more.as_der())],
        ))
    }
}

/// What stands behind tag and length of a DER value.
fn content(der: &[u8]) -> &[u8] {
    let header = match der.get(1) {
        Some(length) if *length >= 0x80 => 2 + usize::from(length & 0x7f),
        _ => 2,
    };
    der.get(header..).unwrap_or_default()
}

/// X.680 §41.4, Table 10.
pub(super) const fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b' ' | b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'?'
        )
}

/// The name as x509-cert writes it.
pub(super) fn general_name(name: &GeneralName) -> Result<Written, Error> {
    let text = |value: &str| {
        if value.is_empty() {
            return Err(Error::Refused(
                "a subject alternative name is empty".to_owned(),
            ));
        }
        Ia5String::new(value).map_err(|_| {
            Error::Refused(format!(
                "{value:?} cannot be a subject alternative name: it is not plain ASCII"
            ))
        })
    };
    Ok(match name {
        GeneralName::Dns(name) => Written::DnsName(text(name)?),
        GeneralName::Email(address) => Written::Rfc822Name(text(address)?),
        GeneralName::Uri(uri) => Written::UniformResourceIdentifier(text(uri)?),
        GeneralName::Ip(address) => {
            let bytes = match address {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            };
            Written::IpAddress(
                OctetString::new(bytes).map_err(|error| Error::Unsupported(error.to_string()))?,
            )
        }
        GeneralName::Other(kind) => {
            return Err(Error::Refused(format!(
                "a subject alternative name of the kind {kind} cannot be issued"
            )));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_keep_their_order_and_number() {
        let name =
            Name::with_groups("system:node:w1", &["system:nodes", "b", "system:nodes"]).unwrap();
        assert_eq!(name.organizations(), ["system:nodes", "b", "system:nodes"]);
        assert_eq!(name.common_name(), Some("system:node:w1"));
        assert!(Name::with_groups("", &[]).unwrap().is_empty());
    }

    #[test]
    fn recipes_have_more_attributes() {
        let parts = [
            ("C", "DE"),
            ("ST", "Köln"),
            ("L", "K"),
            ("O", "k8s"),
            ("OU", "System"),
            ("CN", "admin"),
        ];
        let name = Name::with_attributes(&parts).unwrap();
        assert_eq!(
            name.to_rfc4514(),
            "CN=admin,OU=System,O=k8s,L=K,ST=Köln,C=DE"
        );
        assert!(Name::with_attributes(&[("emailAddress", "a@b")]).is_err());
    }

    #[test]
    fn more_groups_stand_behind() {
        let name = Name::with_groups("admin", &["a"]).unwrap();
        let more = name.and_groups(&["b", "c"]).unwrap();
        assert_eq!(
            (more.organizations(), more.common_name()),
            (vec!["a", "b", "c"], Some("admin"))
        );
        assert_eq!(
            more.as_der()[2..][..name.as_der().len() - 2],
            name.as_der()[2..]
        );
        let long = Name::with_groups(&"x".repeat(200), &[]).unwrap();
        assert_eq!(
            long.and_groups(&["a"]).unwrap().to_rfc4514(),
            format!("O=a,{}", long.to_rfc4514())
        );
    }

    #[test]
    fn strings_are_those_of_go() {
        for (text, tag) in [
            ("kube-apiserver", PRINTABLE_STRING),
            ("a@b", UTF8_STRING),
            ("мастер", UTF8_STRING),
        ] {
            let name = Name::with_groups(text, &[]).unwrap();
            assert!(
                name.as_der()
                    .windows(2)
                    .any(|pair| pair == [tag, u8::try_from(text.len()).unwrap()]),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_a_name_is_refused() {
        assert!(Name::with_groups("a\nb", &[]).is_err());
        assert!(Name::with_groups("a", &[""]).is_err());
        for name in [
            GeneralName::Dns("мастер".into()),
            GeneralName::Dns(String::new()),
            GeneralName::Other("x".into()),
        ] {
            assert!(
                matches!(general_name(&name), Err(Error::Refused(_))),
                "{name:?}"
            );
        }
    }
}
