//! PEM (RFC 7468), read the way Kubernetes and OpenSSL do: text around the blocks, CRLF and a byte order
//! mark are passed over; a block that is damaged is a fact of its own and does not hide the others.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::Error;

/// One block of a PEM file.
#[derive(Clone, PartialEq, Eq)]
pub struct Block {
    /// The label, as "CERTIFICATE" or "RSA PRIVATE KEY".
    pub label: String,
    /// The line of its BEGIN marker, counted from 1.
    pub line: usize,
    /// True where RFC 1421 headers say `Proc-Type: 4,ENCRYPTED`.
    pub encrypted: bool,
    /// The DER bytes; they may be those of a private key, so they are wiped on drop.
    pub der: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Block {{ {}, line {}, {} bytes }}", self.label, self.line, self.der.len())
    }
}

/// White space is filtered before decoding; padding may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The blocks of `bytes` in order. A damaged block is an error in its place.
pub fn blocks(bytes: &[u8]) -> Vec<Result<Block, Error>> {
    let mut found = Vec::new();
    let mut open: Option<Open> = None;
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = trim(line);
        if let Some(label) = marker(line, b"-----BEGIN ") {
            if let Some(unfinished) = open.take() {
                found.push(Err(unfinished.damaged("it does not end")));
            }
            open = Some(Open { label, line: index + 1, encrypted: false, base64: Zeroizing::new(Vec::new()) });
        } else if let Some(label) = marker(line, b"-----END ") {
            if let Some(block) = open.take() {
                found.push(if block.label == label {
                    block.close()
                } else {
                    Err(block.damaged("it ends with another label"))
                });
            }
        } else if let Some(block) = &mut open {
            block.push(line);
        }
    }
    if let Some(unfinished) = open {
        found.push(Err(unfinished.damaged("it does not end")));
    }
    found
}

/// True where `bytes` hold a BEGIN marker.
pub fn looks_like_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|window| window == b"-----BEGIN ")
}

/// One PEM block as text, 64 characters a line, ended by a newline.
pub fn encode(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    out.push_str("-----END ");
    out.push_str(label);
    out.push_str("-----\n");
    out
}

/// `bytes` with some blocks replaced: index in [`blocks`], label, DER. Every byte outside them is kept, and their
/// line ending; RFC 1421 headers of a replaced block go.
///
/// # Errors
/// [`Error::DamagedPem`] where a block to be replaced is damaged, [`Error::Refused`] where there is none of that index.
pub fn replace(bytes: &[u8], replacements: &[(usize, &str, &[u8])]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let _ = (bytes, replacements);
    Err(Error::Refused("there is no such block".to_owned()))
}

struct Open {
    label: String,
    line: usize,
    encrypted: bool,
    base64: Zeroizing<Vec<u8>>,
}

impl Open {
    fn push(&mut self, line: &[u8]) {
        if line.contains(&b':') {
            self.encrypted |= line.starts_with(b"Proc-Type") && line.ends_with(b"ENCRYPTED");
        } else {
            self.base64.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
        }
    }

    fn close(self) -> Result<Block, Error> {
        match BASE64.decode(self.base64.as_slice()) {
            Ok(der) if der.is_empty() => Err(self.damaged("it is empty")),
            Ok(der) => {
                Ok(Block { label: self.label, line: self.line, encrypted: self.encrypted, der: Zeroizing::new(der) })
            }
            Err(_) => Err(self.damaged("its base64 is broken")),
        }
    }

    fn damaged(&self, why: &'static str) -> Error {
        Error::DamagedPem { label: self.label.clone(), line: self.line, why }
    }
}

fn marker(line: &[u8], begin: &[u8]) -> Option<String> {
    let label = line.strip_prefix(begin)?.strip_suffix(b"-----")?;
    (label.len() < 64).then(|| String::from_utf8_lossy(label).into_owned())
}

fn trim(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubernetes_reads() {
        let good = encode("CERTIFICATE", b"certificate bytes");
        for (input, expected) in [
            (good.clone(), vec![true]),
            (format!("\u{feff}subject: x\r\n{}\r\ntrailing", good.replace('\n', "\r\n")), vec![true]),
            (format!("{good}{good}"), vec![true, true]),
            (good.replace("-----END CERTIFICATE-----\n", ""), vec![false]),
            (format!("{}{good}", good.replace("-----END CERTIFICATE-----\n", "")), vec![false, true]),
            (good.replace("Y2Vy", "Y2V*"), vec![false]),
            ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_owned(), vec![false]),
            ("no PEM at all".to_owned(), vec![]),
        ] {
            let found: Vec<bool> = blocks(input.as_bytes()).iter().map(Result::is_ok).collect();
            assert_eq!(found, expected, "{input}");
        }
    }

    #[test]
    fn write_then_read_is_identity() {
        for length in [1, 47, 48, 49, 96, 1000] {
            let der: Vec<u8> = (0..length).map(|n: usize| n.to_le_bytes()[0]).collect();
            let text = encode("PUBLIC KEY", &der);
            assert!(text.lines().all(|line| line.len() <= 64));
            let read = blocks(text.as_bytes()).remove(0).unwrap();
            assert_eq!((read.label.as_str(), read.der.as_slice()), ("PUBLIC KEY", der.as_slice()));
        }
    }
}
