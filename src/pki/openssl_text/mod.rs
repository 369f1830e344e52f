//! A certificate in the words of `openssl x509 -noout -text` (OpenSSL 3.0, crypto/x509/t_x509.c),
//! and what differs between two of them. Shown through [`super::text::printable`], like all that
//! comes from a certificate.

mod difference;
mod extensions;
mod key;
mod names;
mod objects;

use std::fmt::Write as _;

use time::{Month, OffsetDateTime};
use x509_parser::prelude::{AlgorithmIdentifier, X509Certificate};
use x509_parser::signature_algorithm::RsaSsaPssParams;

pub use self::difference::{Difference, differing};
use super::Certificate;
use super::certificate::parse;

/// The lines that `openssl x509 -noout -text` prints.
pub fn lines(certificate: &Certificate) -> Vec<String> {
    // The same bytes were parsed when the value was made.
    let Ok(parsed) = parse(certificate.der()) else {
        return Vec::new();
    };
    let text = text(&parsed);
    text.strip_suffix('\n')
        .unwrap_or(&text)
        .split('\n')
        .map(str::to_owned)
        .collect()
}

fn text(parsed: &X509Certificate<'_>) -> String {
    let version = parsed.version().0;
    let mut out = String::from("Certificate:\n    Data:\n");
    if version <= 2 {
        let _ = writeln!(out, "        Version: {} ({version:#x})", version + 1);
    } else {
        let _ = writeln!(out, "        Version: Unknown ({version})");
    }
    let _ = writeln!(
        out,
        "        Serial Number:{}",
        serial_number(parsed.raw_serial())
    );
    let _ = write!(
        out,
        "        Signature Algorithm: {}",
        objects::long_name(&parsed.tbs_certificate.signature.algorithm)
    );
    out.push_str(&parameters(&parsed.tbs_certificate.signature));
    let _ = writeln!(out, "        Issuer: {}", names::one_line(parsed.issuer()));
    out.push_str("        Validity\n");
    let _ = writeln!(
        out,
        "            Not Before: {}",
        date(parsed.validity().not_before.to_datetime())
    );
    let _ = writeln!(
        out,
        "            Not After : {}",
        date(parsed.validity().not_after.to_datetime())
    );
    let _ = writeln!(
        out,
        "        Subject: {}",
        names::one_line(parsed.subject())
    );
    key::write(&mut out, parsed.public_key());
    if !parsed.extensions().is_empty() {
        out.push_str("        X509v3 extensions:\n");
        for extension in parsed.extensions() {
            extensions::write(&mut out, extension);
        }
    }
    let _ = writeln!(
        out,
        "    Signature Algorithm: {}",
        objects::long_name(&parsed.signature_algorithm.algorithm)
    );
    let _ = write!(
        out,
        "    Signature Value:{}",
        parameters(&parsed.signature_algorithm)
    );
    hex_block(&mut out, &parsed.signature_value.data, 18, 8);
    out
}

/// In decimal where it fits into a long, which -1 does not, being the mark of failure.
fn serial_number(raw: &[u8]) -> String {
    let is_negative = raw.first().is_some_and(|byte| *byte >= 0x80);
    let magnitude = super::certificate::serial_text(raw);
    let digits = magnitude.trim_start_matches('-');
    let long = u64::from_str_radix(digits, 16).ok();
    let long = long.filter(|value| *value <= i64::MAX.unsigned_abs() + u64::from(is_negative));
    if let Some(value) = long.filter(|value| !(is_negative && *value == 1)) {
        let sign = if is_negative { "-" } else { "" };
        return format!(" {sign}{value} ({sign}{value:#x})");
    }
    let bytes: Vec<&str> = (0..digits.len() / 2)
        .filter_map(|at| digits.get(2 * at..2 * at + 2))
        .collect();
    format!(
        "\n            {}{}",
        if is_negative { " (Negative)" } else { "" },
        bytes.join(":")
    )
}

/// What OpenSSL says behind a signature algorithm: the parameters of RSA-PSS, else nothing
/// (rsa_ameth.c).
fn parameters(algorithm: &AlgorithmIdentifier<'_>) -> String {
    let mut out = String::from("\n");
    if algorithm.algorithm.to_id_string() != objects::RSASSA_PSS {
        return out;
    }
    let Some(parameters) = algorithm
        .parameters
        .as_ref()
        .and_then(|any| RsaSsaPssParams::try_from(any).ok())
    else {
        return "         (INVALID PSS PARAMETERS)\n".to_owned();
    };
    out.insert_str(0, "        ");
    let default = |is: bool| if is { " (default)" } else { "" };
    let hash = objects::long_name(parameters.hash_algorithm_oid());
    let _ = writeln!(
        out,
        "        Hash Algorithm: {hash}{}",
        default(parameters.hash_algorithm().is_none())
    );
    let mask = parameters.mask_gen_algorithm().map_or_else(
        |_| "INVALID".to_owned(),
        |mask| objects::long_name(&mask.hash),
    );
    let _ = writeln!(
        out,
        "        Mask Algorithm: mgf1 with {mask}{}",
        default(parameters.mask_gen_algorithm_raw().is_none())
    );
    let salt = parameters.salt_length();
    let _ = writeln!(
        out,
        "         Salt Length: 0x{salt:02X}{}",
        default(salt == 20)
    );
    let trailer = parameters.trailer_field();
    let _ = writeln!(
        out,
        "        Trailer Field: 0x{trailer:02X}{}",
        default(trailer == 1)
    );
    out
}

/// ASN1_TIME_print: the day of the month is padded with a space.
fn date(date: OffsetDateTime) -> String {
    let month = match date.month() {
        Month::January => "Jan",
        Month::February => "Feb",
        Month::March => "Mar",
        Month::April => "Apr",
        Month::May => "May",
        Month::June => "Jun",
        Month::July => "Jul",
        Month::August => "Aug",
        Month::September => "Sep",
        Month::October => "Oct",
        Month::November => "Nov",
        Month::December => "Dec",
    };
    let (hour, minute, second) = date.to_hms();
    format!(
        "{month} {:2} {hour:02}:{minute:02}:{second:02} {} GMT",
        date.day(),
        date.year()
    )
}

/// Bytes in lines of `width`, colons between, also behind a line that is not the last.
fn hex_block(out: &mut String, bytes: &[u8], width: usize, indent: usize) {
    for (number, line) in bytes.chunks(width).enumerate() {
        let end = if (number + 1) * width < bytes.len() {
            ":"
        } else {
            ""
        };
        let _ = writeln!(out, "{:indent$}{}{end}", "", colons(line).to_lowercase());
    }
}

/// Upper-case hex with colons between.
fn colons(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers() {
        for (raw, expected) in [
            (&[0][..], " 0 (0x0)"),
            (&[5], " 5 (0x5)"),
            (&[0xff], "\n             (Negative)01"),
            (&[0xfe], " -2 (-0x2)"),
            (
                &[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                " 9223372036854775807 (0x7fffffffffffffff)",
            ),
            (
                &[0, 0x80, 0, 0, 0, 0, 0, 0, 0],
                "\n            80:00:00:00:00:00:00:00",
            ),
            (
                &[0x80, 0, 0, 0, 0, 0, 0, 0],
                " -9223372036854775808 (-0x8000000000000000)",
            ),
        ] {
            assert_eq!(serial_number(raw), expected);
        }
    }
}
