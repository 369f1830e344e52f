//! PEM (RFC 7468), read the way Kubernetes and OpenSSL do: text around the blocks, CRLF and a byte
//! order mark are passed over; a block that is damaged is a fact of its own and does not hide the
//! others.

use std::ops::Range;

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
        write!(
            f,
            "Block {{ {}, line {}, {} bytes }}",
            self.label,
            self.line,
            self.der.len()
        )
    }
}

/// White space is filtered before decoding; padding may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The blocks of `bytes` in order. A damaged block is an error in its place.
pub fn blocks(bytes: &[u8]) -> Vec<Result<Block, Error>> {
    places(bytes).into_iter().map(|place| place.block).collect()
}

/// A block and where it lies.
struct LocatedBlock {
    block: Result<Block, Error>,
    /// From the BEGIN marker to the END marker, both with it; not to be used for a damaged block.
    range: Range<usize>,
}

fn places(bytes: &[u8]) -> Vec<LocatedBlock> {
    let mut found = Vec::new();
    let mut open: Option<Open> = None;
    let mut position = 0;
    for (index, whole) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = trim(whole);
        // Where a marker begins and ends, without the white space around it.
        let end = position + whole.trim_ascii_end().len();
        let start = end.saturating_sub(line.len());
        position += whole.len() + 1;
        if let Some(label) = marker(line, b"-----BEGIN ") {
            if let Some(unfinished) = open.take() {
                found.push(unfinished.unended());
            }
            open = Some(Open {
                label,
                line: index + 1,
                start,
                encrypted: false,
                base64: Zeroizing::new(Vec::new()),
            });
        } else if let Some(label) = marker(line, b"-----END ") {
            if let Some(block) = open.take() {
                let range = block.start..end;
                let block = if block.label == label {
                    block.close()
                } else {
                    Err(block.damaged("it ends with another label"))
                };
                found.push(LocatedBlock { block, range });
            }
        } else if let Some(block) = &mut open {
            block.push(line);
        }
    }
    found.extend(open.map(|unfinished| unfinished.unended()));
    found
}

/// True where `bytes` hold a BEGIN marker.
pub fn looks_like_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|window| window == b"-----BEGIN ")
}

/// One PEM block as text, 64 characters a line, ended by a newline.
pub fn encode(label: &str, der: &[u8]) -> String {
    written(label, der, "\n")
}

/// One PEM block with these line endings. It has its room from the start, and what lies beside it
/// is wiped: it may be a private key.
fn written(label: &str, der: &[u8], end_of_line: &str) -> String {
    let text = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(der));
    let lines = text.len() / 64 + 3;
    let mut out =
        String::with_capacity(text.len() + lines * end_of_line.len() + 2 * (label.len() + 16));
    let mut line = |parts: [&str; 3]| {
        for part in parts {
            out.push_str(part);
        }
        out.push_str(end_of_line);
    };
    line(["-----BEGIN ", label, "-----"]);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (start, tail) = rest.split_at(rest.len().min(64));
        line([start, "", ""]);
        rest = tail;
    }
    line(["-----END ", label, "-----"]);
    out
}

/// `bytes` with some blocks replaced: index in [`blocks`], label, DER. Every byte outside them is
/// kept, and their line ending; RFC 1421 headers of a replaced block go.
///
/// # Errors
/// [`Error::DamagedPem`] where a block to be replaced is damaged, [`Error::Refused`] where none has
/// that index.
pub fn replace(
    bytes: &[u8],
    replacements: &[(usize, &str, &[u8])],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let places = places(bytes);
    let mut texts = Vec::new();
    for (index, label, der) in replacements {
        let place = places
            .get(*index)
            .ok_or_else(|| Error::Refused(format!("there is no PEM block {}", index + 1)))?;
        place.block.as_ref().map_err(Clone::clone)?;
        let old = &bytes[place.range.clone()];
        let end_of_line = if old.windows(2).any(|pair| pair == b"\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        texts.push((
            place.range.clone(),
            Zeroizing::new(written(label, der, end_of_line)),
        ));
    }
    texts.sort_by_key(|(range, _)| range.start);
    let length: usize = texts.iter().map(|(_, text)| text.len()).sum();
    // Room for all: a vector that grows leaves copies of a key behind.
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len() + length));
    let mut copied = 0;
    for (range, text) in &texts {
        if range.start < copied {
            return Err(Error::Refused("a PEM block is replaced twice".to_owned()));
        }
        out.extend_from_slice(&bytes[copied..range.start]);
        // The newline behind the END marker is kept, like all that follows.
        out.extend_from_slice(text.trim_end().as_bytes());
        copied = range.end;
    }
    out.extend_from_slice(&bytes[copied..]);
    Ok(out)
}

struct Open {
    label: String,
    line: usize,
    start: usize,
    encrypted: bool,
    base64: Zeroizing<Vec<u8>>,
}

impl Open {
    fn push(&mut self, line: &[u8]) {
        if line.contains(&b':') {
            self.encrypted |= line.starts_with(b"Proc-Type") && line.ends_with(b"ENCRYPTED");
        } else {
            self.base64
                .extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
        }
    }

    fn close(self) -> Result<Block, Error> {
        match BASE64.decode(self.base64.as_slice()) {
            Ok(der) if der.is_empty() => Err(self.damaged("it is empty")),
            Ok(der) => Ok(Block {
                label: self.label,
                line: self.line,
                encrypted: self.encrypted,
                der: Zeroizing::new(der),
            }),
            Err(_) => Err(self.damaged("its base64 is broken")),
        }
    }

    fn unended(&self) -> LocatedBlock {
        LocatedBlock {
            block: Err(self.damaged("it does not end")),
            range: self.start..self.start,
        }
    }

    fn damaged(&self, why: &'static str) -> Error {
        Error::DamagedPem {
            label: self.label.clone(),
            line: self.line,
            why,
        }
    }
}

fn marker(line: &[u8], begin: &[u8]) -> Option<String> {
    let label = line.strip_prefix(begin)?.strip_suffix(b"-----")?;
    (label.len() < 64).then(|| String::from_utf8_lossy(label).into_owned())
}

/// A byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

fn trim(line: &[u8]) -> &[u8] {
    line.strip_prefix(MARK).unwrap_or(line).trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubernetes_reads() {
        let good = encode("CERTIFICATE", b"certificate bytes");
        for (input, expected) in [
            (good.clone(), vec![true]),
            (
                format!(
                    "\u{feff}subject: x\r\n{}\r\ntrailing",
                    good.replace('\n', "\r\n")
                ),
                vec![true],
            ),
            (format!("{good}{good}"), vec![true, true]),
            (good.replace("-----END CERTIFICATE-----\n", ""), vec![false]),
            (
                format!("{}{good}", good.replace("-----END CERTIFICATE-----\n", "")),
                vec![false, true],
            ),
            (good.replace("Y2Vy", "Y2V*"), vec![false]),
            (
                "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_owned(),
                vec![false],
            ),
            ("no PEM at all".to_owned(), vec![]),
        ] {
            let found: Vec<bool> = blocks(input.as_bytes()).iter().map(Result::is_ok).collect();
            assert_eq!(found, expected, "{input}");
        }
    }

    #[test]
    fn replacing_keeps_all_around() {
        let (old, kept, new) = (
            encode("X", b"old"),
            encode("X", b"kept"),
            encode("NEW", b"new bytes"),
        );
        let headers = "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n";
        let sealed = old.replace("-----BEGIN X-----\n", headers);
        for around in [
            |block: &str, kept: &str| format!("{block}{kept}"),
            |block: &str, kept: &str| format!("\u{feff}{block}subject: x\n{kept}tail"),
            |block: &str, kept: &str| format!("subject: a\n\n  {} \n{kept}", block.trim_end()),
            |block: &str, kept: &str| format!("{block}{kept}").replace('\n', "\r\n"),
            |block: &str, kept: &str| format!("{kept}{}", block.trim_end()),
        ] {
            for old in [&old, &sealed] {
                let text = around(old, &kept);
                let index = usize::from(text.starts_with(&kept));
                let found = replace(text.as_bytes(), &[(index, "NEW", b"new bytes")]).unwrap();
                assert_eq!(String::from_utf8_lossy(&found), around(&new, &kept));
            }
        }
        let text = format!("{kept}{old}between\n{old}");
        let found = replace(text.as_bytes(), &[(2, "NEW", b"new bytes"), (1, "B", b"b")]).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&found),
            format!("{kept}{}between\n{new}", encode("B", b"b"))
        );
        assert!(matches!(
            replace(text.as_bytes(), &[(3, "B", b"b")]),
            Err(Error::Refused(_))
        ));
        assert!(matches!(
            replace(text.as_bytes(), &[(1, "B", b"b"), (1, "B", b"b")]),
            Err(Error::Refused(_))
        ));
        let damaged = text.replace("b2xk", "b2*k");
        assert!(matches!(
            replace(damaged.as_bytes(), &[(1, "B", b"b")]),
            Err(Error::DamagedPem { .. })
        ));
    }

    #[test]
    fn write_then_read_is_identity() {
        for length in [1, 47, 48, 49, 96, 1000] {
            let der: Vec<u8> = (0..length).map(|n: usize| n.to_le_bytes()[0]).collect();
            let text = encode("PUBLIC KEY", &der);
            assert!(text.lines().all(|line| line.len() <= 64));
            let read = blocks(text.as_bytes()).remove(0).unwrap();
            assert_eq!(
                (read.label.as_str(), read.der.as_slice()),
                ("PUBLIC KEY", der.as_slice())
            );
        }
    }
}
