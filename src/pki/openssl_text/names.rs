//! Names and alternative names, escaped as OpenSSL does (crypto/asn1/a_strex.c,
//! crypto/x509/v3_san.c).

use std::fmt::Write as _;

use der::Decode as _;
use der::asn1::AnyRef;
use x509_parser::prelude::{AttributeTypeAndValue, GeneralName, X509Name};

use super::objects::{long_name, short_name};

/// A name in the form `XN_FLAG_ONELINE`: `O = a, CN = b`.
pub(super) fn one_line(name: &X509Name<'_>) -> String {
    let rdns = name.iter_rdn().map(|rdn| {
        let attributes = rdn.iter().map(|attribute| {
            format!(
                "{} = {}",
                short_name(attribute.attr_type()),
                value(attribute)
            )
        });
        attributes.collect::<Vec<_>>().join(" + ")
    });
    rdns.collect::<Vec<_>>().join(", ")
}

/// A name in the old form of `X509_NAME_oneline`: `/O=a/CN=b`.
fn slashes(name: &X509Name<'_>) -> String {
    let mut out = String::new();
    for attribute in name.iter_attributes() {
        let _ = write!(out, "/{}=", short_name(attribute.attr_type()));
        for byte in attribute.attr_value().data {
            if (b' '..=b'~').contains(byte) {
                out.push(char::from(*byte));
            } else {
                let _ = write!(out, "\\x{byte:02X}");
            }
        }
    }
    out
}

fn value(attribute: &AttributeTypeAndValue<'_>) -> String {
    let value = attribute.attr_value();
    let data = value.data;
    let wide = |width: usize| -> String {
        data.chunks(width)
            .map(|unit| {
                unit.iter()
                    .fold(0_u32, |value, byte| value << 8 | u32::from(*byte))
            })
            .map(|value| char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    match value.header.tag().0 {
        12 => escaped(&String::from_utf8_lossy(data)),
        // One byte a character: Numeric, Printable, T61, IA5, UTCTime, GeneralizedTime, Visible.
        18 | 19 | 20 | 22 | 23 | 24 | 26 => escaped(
            &data
                .iter()
                .map(|byte| char::from(*byte))
                .collect::<String>(),
        ),
        28 => escaped(&wide(4)),
        30 => escaped(&wide(2)),
        tag => {
            let tag = u8::try_from(tag).unwrap_or_default();
            let whole = crate::pki::key::encode::tlv(tag, &[data]);
            format!("#{}", crate::pki::hex(&whole).to_uppercase())
        }
    }
}

/// RFC 2253 with quotes around the value instead of backslashes, all but ASCII as the hex of its
/// UTF-8.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut quotes = false;
    let last = text.len().saturating_sub(1);
    for (position, byte) in text.bytes().enumerate() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            0..b' ' | 0x7f.. => {
                let _ = write!(out, "\\{byte:02X}");
            }
            _ => {
                let at_end = (position == 0 && matches!(byte, b' ' | b'#'))
                    || (position == last && byte == b' ');
                quotes |= at_end || matches!(byte, b',' | b'+' | b'<' | b'>' | b';');
                out.push(char::from(byte));
            }
        }
    }
    if quotes { format!("\"{out}\"") } else { out }
}

/// As an extension's value list has it (`i2v_GENERAL_NAME`). `None`: OpenSSL refuses to print it.
pub(super) fn general_name(name: &GeneralName<'_>) -> Option<String> {
    Some(match name {
        GeneralName::DNSName(text) => format!("DNS:{}", without_nul(text)?),
        GeneralName::RFC822Name(text) => format!("email:{}", without_nul(text)?),
        GeneralName::URI(text) => format!("URI:{}", without_nul(text)?),
        GeneralName::DirectoryName(name) => format!("DirName:{}", slashes(name)),
        GeneralName::RegisteredID(oid) => format!("Registered ID:{}", long_name(oid)),
        GeneralName::IPAddress(bytes) => format!("IP Address:{}", ip_address(bytes)),
        GeneralName::OtherName(oid, value) => {
            let kind = match oid.to_id_string().as_str() {
                "1.3.6.1.4.1.311.20.2.3" => "UPN".to_owned(),
                "1.3.6.1.5.5.7.8.5" => "XmppAddr".to_owned(),
                "1.3.6.1.5.5.7.8.7" => "SRVName".to_owned(),
                "1.3.6.1.5.5.7.8.8" => "NAIRealm".to_owned(),
                "1.3.6.1.5.5.7.8.9" => "SmtpUTF8Mailbox".to_owned(),
                other => other.to_owned(),
            };
            format!(
                "othername: {kind}::{}",
                other_value(value).unwrap_or("<unsupported>")
            )
        }
        GeneralName::X400Address(_) => "X400Name:<unsupported>".to_owned(),
        GeneralName::EDIPartyName(_) => "EdiPartyName:<unsupported>".to_owned(),
        GeneralName::Invalid(..) => return None,
    })
}

/// As on a line of its own (`GENERAL_NAME_print`).
pub(super) fn general_name_alone(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DirectoryName(name) => format!("DirName:{}", one_line(name)),
        other => general_name(other).unwrap_or_default(),
    }
}

/// An address, or an address and its mask (`print_nc_ipadd`).
pub(super) fn subtree(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::IPAddress(bytes) if matches!(bytes.len(), 8 | 32) => {
            let (address, mask) = bytes.split_at(bytes.len() / 2);
            format!("IP:{}/{}", ip_address(address), ip_address(mask))
        }
        other => general_name_alone(other),
    }
}

fn without_nul(text: &str) -> Option<&str> {
    (!text.contains('\0')).then_some(text)
}

fn ip_address(bytes: &[u8]) -> String {
    match bytes.len() {
        4 => bytes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("."),
        16 => {
            let groups = bytes
                .chunks(2)
                .map(|pair| format!("{:X}", u16::from_be_bytes([pair[0], pair[1]])));
            groups.collect::<Vec<_>>().join(":")
        }
        _ => "<invalid>".to_owned(),
    }
}

/// The text in `[0] EXPLICIT`, where it is an IA5String or UTF8String.
fn other_value(value: &[u8]) -> Option<&str> {
    let inner = AnyRef::from_der(AnyRef::from_der(value).ok()?.value()).ok()?;
    let is_text = matches!(
        der::Tagged::tag(&inner),
        der::Tag::Ia5String | der::Tag::Utf8String
    );
    std::str::from_utf8(inner.value()).ok().filter(|_| is_text)
}
