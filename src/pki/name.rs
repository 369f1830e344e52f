//! Distinguished names (RFC 5280 §4.1.2.4), kept with the very bytes they came in.

use std::fmt::Write as _;

use der::asn1::AnyRef;
use der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};
use x509_parser::prelude::{FromDer, X509Name};

use super::Error;
use super::error::UNREAD_NAME;

/// A distinguished name: its DER, and its attributes in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    der: Vec<u8>,
    rdns: Vec<Vec<Attribute>>,
}

/// One attribute of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The attribute type in dotted form, as "2.5.4.3".
    pub oid: String,
    /// The value as text; a value that is no text is shown as `#` and its hex (RFC 4514 §2.4).
    pub value: String,
}

const COMMON_NAME: &str = "2.5.4.3";
const ORGANIZATION: &str = "2.5.4.10";

/// The short names of RFC 4514 §3, and those that openssl and cfssl write.
const SHORT_NAMES: [(&str, &str); 12] = [
    (COMMON_NAME, "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    (ORGANIZATION, "O"),
    ("2.5.4.11", "OU"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
];

impl Name {
    /// Reads a DER `Name` and keeps its bytes.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        match X509Name::from_der(der) {
            Ok(([], name)) if is_whole(&name) => Ok(Self::from_parsed(&name)),
            Ok(([], _)) => Err(Error::NotACertificate(UNREAD_NAME.to_owned())),
            Ok((rest, _)) => Err(Error::TrailingBytes(rest.len())),
            Err(error) => Err(Error::NotACertificate(super::error::in_words(&error))),
        }
    }

    pub(super) fn from_parsed(name: &X509Name<'_>) -> Self {
        let rdns = name
            .iter_rdn()
            .map(|rdn| {
                rdn.iter()
                    .map(|attribute| Attribute {
                        oid: attribute.attr_type().to_id_string(),
                        value: value_text(attribute),
                    })
                    .collect()
            })
            .collect();
        Self {
            der: name.as_raw().to_vec(),
            rdns,
        }
    }

    /// The DER bytes as they stood in the certificate.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// All attributes in order, those of one RDN together.
    pub fn rdns(&self) -> &[Vec<Attribute>] {
        &self.rdns
    }

    /// True where the name has no attribute at all.
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// The first CN. Kubernetes takes it for the user's name.
    pub fn common_name(&self) -> Option<&str> {
        self.attributes(COMMON_NAME).next()
    }

    /// Every O in order. Kubernetes takes each for a group.
    pub fn organizations(&self) -> Vec<&str> {
        self.attributes(ORGANIZATION).collect()
    }

    fn attributes<'a>(&'a self, oid: &'a str) -> impl Iterator<Item = &'a str> {
        self.rdns
            .iter()
            .flatten()
            .filter(move |attribute| attribute.oid == oid)
            .map(|attribute| attribute.value.as_str())
    }

    /// The name as RFC 4514 text: last RDN first, special characters escaped.
    pub fn to_rfc4514(&self) -> String {
        let rdns: Vec<String> = self
            .rdns
            .iter()
            .rev()
            .map(|rdn| rdn.iter().map(attribute_text).collect::<Vec<_>>().join("+"))
            .collect();
        rdns.join(",")
    }
}

/// True where `name` is all that stands there. Its reader stops at the first part that it cannot
/// read and passes over what follows: a group that nobody sees is a right that nobody sees.
pub(super) fn is_whole(name: &X509Name<'_>) -> bool {
    let walk = || -> der::Result<()> {
        let mut rdns = inside(AnyRef::from_der(name.as_raw())?, Tag::Sequence)?;
        for rdn in name.iter_rdn() {
            let mut attributes = inside(rdns.decode()?, Tag::Set)?;
            for _ in rdn.iter() {
                let mut attribute = inside(attributes.decode()?, Tag::Sequence)?;
                attribute
                    .decode::<AnyRef<'_>>()?
                    .tag()
                    .assert_eq(Tag::ObjectIdentifier)?;
                attribute.decode::<AnyRef<'_>>()?;
                attribute.finish()?;
            }
            attributes.finish()?;
        }
        rdns.finish()
    };
    walk().is_ok()
}

fn inside(value: AnyRef<'_>, tag: Tag) -> der::Result<SliceReader<'_>> {
    value.tag().assert_eq(tag)?;
    SliceReader::new(value.value())
}

/// SHA-256 over a form of the name that is the same for all names which RFC 5280 §7.1 takes for
/// equal (as OpenSSL's X509_NAME_cmp does).
pub(super) fn comparison_key(name: &X509Name<'_>) -> super::Digest {
    let mut text = Vec::with_capacity(name.as_raw().len());
    for rdn in name.iter_rdn() {
        let mut attributes: Vec<String> = rdn
            .iter()
            .map(|attribute| {
                let value = value_text(attribute);
                let words: Vec<_> = value
                    .split_ascii_whitespace()
                    .map(str::to_ascii_lowercase)
                    .collect();
                format!("{}={}", attribute.attr_type(), words.join(" "))
            })
            .collect();
        attributes.sort_unstable();
        for attribute in attributes {
            text.extend_from_slice(attribute.as_bytes());
            text.push(0);
        }
        text.push(1);
    }
    super::sha256(&text)
}

pub(super) fn value_text(attribute: &x509_parser::prelude::AttributeTypeAndValue<'_>) -> String {
    attribute.as_str().map_or_else(
        |_| {
            let value = attribute.attr_value();
            match value.header.tag().0 {
                // BMPString: UTF-16, big endian.
                30 => char::decode_utf16(value.data.chunks(2).map(|pair| {
                    u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or_default()])
                }))
                .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect(),
                // TeletexString, read as Latin-1 as OpenSSL does.
                20 => value.data.iter().map(|byte| char::from(*byte)).collect(),
                _ => format!("#{}", super::hex(value.data)),
            }
        },
        ToOwned::to_owned,
    )
}

fn attribute_text(attribute: &Attribute) -> String {
    let short = SHORT_NAMES.iter().find(|(oid, _)| *oid == attribute.oid);
    let name = short.map_or(attribute.oid.as_str(), |(_, name)| name);
    format!("{name}={}", escaped(&attribute.value))
}

/// RFC 4514 §2.4.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (position, character) in value.chars().enumerate() {
        let special = matches!(character, '"' | '+' | ',' | ';' | '<' | '>' | '\\')
            || (position == 0 && matches!(character, ' ' | '#'))
            || (position == last && character == ' ');
        if character == '\0' {
            out.push_str("\\00");
            continue;
        }
        if special {
            out.push('\\');
        }
        let _ = out.write_char(character);
    }
    out
}
