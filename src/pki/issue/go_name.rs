//! A subject as Go writes it again. What kube-controller-manager signs goes through Go's `pkix.Name`,
//! which keeps some attributes only, puts them in an order of its own and all groups into one RDN
//! (crypto/x509/pkix, `Name.FillFromRDNSequence` and `ToRDNSequence`).

use x509_parser::prelude::{AttributeTypeAndValue, FromDer as _, X509Name};

use super::names::{PRINTABLE_STRING, SET, UTF8_STRING, is_printable};
use crate::pki::key::encode::{OBJECT_IDENTIFIER, SEQUENCE, tlv};
use crate::pki::name::{Attribute, value_text};
use crate::pki::{Error, Name};

/// The attributes below 2.5.4 that have a field there, in the order of writing, and whether only the
/// last value counts: C, ST, L, STREET, postalCode, O, OU, CN, serialNumber.
const FIELDS: [(u8, bool); 9] = [
    (6, false),
    (8, false),
    (7, false),
    (9, false),
    (17, false),
    (10, false),
    (11, false),
    (3, true),
    (5, true),
];

/// The tags of strings that x509-parser gives no text for: TeletexString and BMPString.
const OTHER_STRINGS: [u32; 2] = [20, 30];

/// A name as Go writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoName {
    /// What is left of it.
    pub name: Name,
    /// What is not, in order.
    pub left_out: Vec<Attribute>,
}

impl Name {
    /// The name as it comes out of Go's `pkix.Name`.
    ///
    /// # Errors
    /// [`Error::NotACertificate`] where the name cannot be read.
    pub fn as_go_writes(&self) -> Result<GoName, Error> {
        let (_, parsed) = X509Name::from_der(self.as_der())
            .map_err(|error| Error::NotACertificate(crate::pki::error::in_words(&error)))?;
        let mut left_out = Vec::new();
        let mut values: [Vec<String>; FIELDS.len()] = Default::default();
        for attribute in parsed.iter_attributes() {
            let place = field(attribute).and_then(|place| Some((values.get_mut(place)?, place)));
            let Some((values, place)) = place else {
                left_out.push(of_parsed(attribute));
                continue;
            };
            if FIELDS[place].1 {
                left_out.extend(values.drain(..).map(|value| Attribute {
                    oid: attribute.attr_type().to_id_string(),
                    value,
                }));
            }
            values.push(value_text(attribute));
        }
        let mut parts = Vec::new();
        for ((last, is_one), values) in FIELDS.iter().zip(&values) {
            let values = values.iter().filter(|value| !(*is_one && value.is_empty()));
            let mut written: Vec<Vec<u8>> =
                values.map(|value| written(*last, value).to_vec()).collect();
            // The members of a SET OF stand in ascending order (X.690 §11.6).
            written.sort_unstable();
            let members: Vec<&[u8]> = written.iter().map(Vec::as_slice).collect();
            if !members.is_empty() {
                parts.push(tlv(SET, &members));
            }
        }
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_slice()).collect();
        let name = Self::from_der(&tlv(SEQUENCE, &parts))?;
        Ok(GoName { name, left_out })
    }
}

/// Its place among the fields; `None`: it has none, or is no text.
fn field(attribute: &AttributeTypeAndValue<'_>) -> Option<usize> {
    let is_text = attribute.as_str().is_ok()
        || OTHER_STRINGS.contains(&attribute.attr_value().header.tag().0);
    let oid = attribute.attr_type().to_id_string();
    let last = oid.strip_prefix("2.5.4.")?.parse::<u8>().ok()?;
    let place = FIELDS.iter().position(|(known, _)| *known == last);
    place.filter(|_| is_text)
}

fn of_parsed(attribute: &AttributeTypeAndValue<'_>) -> Attribute {
    Attribute {
        oid: attribute.attr_type().to_id_string(),
        value: value_text(attribute),
    }
}

fn written(last: u8, value: &str) -> zeroize::Zeroizing<Vec<u8>> {
    let tag = if value.bytes().all(is_printable) {
        PRINTABLE_STRING
    } else {
        UTF8_STRING
    };
    tlv(
        SEQUENCE,
        &[
            &tlv(OBJECT_IDENTIFIER, &[&[0x55, 0x04, last]]),
            &tlv(tag, &[value.as_bytes()]),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_strings_and_what_is_left_out_are_those_of_go() {
        let name = |parts: &[(&str, &str)]| Name::with_attributes(parts).unwrap();
        for (asked, expected, groups) in [
            (
                vec![("O", "devs"), ("CN", "alice")],
                "CN=alice,O=devs",
                vec!["devs"],
            ),
            (
                vec![("CN", "alice"), ("O", "devs")],
                "CN=alice,O=devs",
                vec!["devs"],
            ),
            // All groups stand in one RDN, sorted as DER sorts: shorter ones first.
            (
                vec![
                    ("O", "system:b"),
                    ("O", "zz"),
                    ("OU", "u"),
                    ("CN", "a"),
                    ("C", "NO"),
                ],
                "CN=a,OU=u,O=zz+O=system:b,C=NO",
                vec!["zz", "system:b"],
            ),
            (
                vec![
                    ("OU", "u"),
                    ("L", "l"),
                    ("O", "o"),
                    ("ST", "s"),
                    ("C", "NO"),
                ],
                "OU=u,O=o,L=l,ST=s,C=NO",
                vec!["o"],
            ),
            // Of several CNs the last counts.
            (vec![("CN", "a"), ("CN", "b")], "CN=b", vec![]),
            (vec![], "", vec![]),
        ] {
            let asked = name(&asked);
            let written = asked.as_go_writes().unwrap().name;
            assert_eq!(written.to_rfc4514(), expected);
            assert_eq!(written.organizations(), groups);
        }
    }

    #[test]
    fn of_two_common_names_one_is_left_out_and_strings_are_printable_where_they_can() {
        let name = |parts: &[(&str, &str)]| Name::with_attributes(parts).unwrap();
        assert_eq!(
            name(&[("CN", "a"), ("CN", "b")])
                .as_go_writes()
                .unwrap()
                .left_out,
            [Attribute {
                oid: "2.5.4.3".to_owned(),
                value: "a".to_owned()
            }]
        );
        // openssl writes UTF8String; Go a PrintableString where it can.
        let utf8 = Name::from_der(&[
            0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, b'a',
        ])
        .unwrap();
        assert_eq!(
            utf8.as_go_writes().unwrap().name.as_der(),
            name(&[("CN", "a")]).as_der()
        );
    }

    #[test]
    fn what_has_no_field_is_left_out() {
        let uid = Name::from_der(&[
            0x30, 0x17, 0x31, 0x15, 0x30, 0x13, 0x06, 0x0a, 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2,
            0x2c, 0x64, 0x01, 0x19, 0x0c, 0x05, b'l', b'o', b'c', b'a', b'l',
        ])
        .unwrap();
        let written = uid.as_go_writes().unwrap();
        assert!(written.name.is_empty());
        assert_eq!(written.left_out[0].value, "local");
    }
}
