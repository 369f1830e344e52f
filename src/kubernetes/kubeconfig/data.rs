//! The `*-data` fields: PEM in base64.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::pki::key::{self, PublicHalf};
use crate::pki::{self, pem};

/// Padding may be missing; white space is taken out before decoding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a `*-data` field gives nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataFault {
    /// It stands where the value was left out.
    #[error("it is a placeholder: where it was copied from, the value was left out")]
    Placeholder,
    /// Characters that base64 does not have.
    #[error("it is not base64")]
    NotBase64,
    /// What comes out is base64 again: `base64` was run on what was already encoded.
    #[error("it is base64 twice over: decode it once more")]
    DoubleBase64,
    /// What comes out holds no PEM block: client-go reads nothing else.
    #[error("it holds no PEM block")]
    NoPem,
    /// PEM, and no private key in it.
    #[error("it holds no private key")]
    NoKey,
    /// PEM, and a key that cannot be used.
    #[error(transparent)]
    Key(#[from] pki::Error),
}

/// Decodes base64 with white space in it and with or without padding.
pub(crate) fn decode(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(
        bytes
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect(),
    );
    BASE64.decode(bytes.as_slice()).ok().map(Zeroizing::new)
}

/// Whether a value stands where another was left out: "LS0tLS1CRUdJTi..." of a web page,
/// "DATA+OMITTED" and "REDACTED" of `kubectl config view`, "<base64>" of a guide.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let is_of_kubectl = matches!(text, "DATA+OMITTED" | "REDACTED");
    let is_template = ["<", "${", "{{"]
        .iter()
        .any(|begin| text.starts_with(begin));
    is_of_kubectl || is_template || text.ends_with("...") || text.ends_with('…')
}

/// Decodes a field that holds PEM.
pub(super) fn pem_of(text: &str) -> Result<Zeroizing<Vec<u8>>, DataFault> {
    if pem::looks_like_pem(text.as_bytes()) {
        return Err(DataFault::NotBase64);
    }
    if is_placeholder(text) {
        return Err(DataFault::Placeholder);
    }
    let bytes = decode(text.as_bytes()).ok_or(DataFault::NotBase64)?;
    if pem::looks_like_pem(&bytes) {
        return Ok(bytes);
    }
    match decode(&bytes) {
        Some(again) if pem::looks_like_pem(&again) => Err(DataFault::DoubleBase64),
        _ => Err(DataFault::NoPem),
    }
}

/// The public half of the key in a field that holds PEM.
pub(super) fn key_of(text: &str) -> Result<PublicHalf, DataFault> {
    let bytes = pem_of(text)?;
    let mut damaged = DataFault::NoKey;
    for block in pem::blocks(&bytes) {
        match block {
            Ok(block) if key::is_private_key(&block.label) => return Ok(key::inspect(&block)?),
            Ok(_) => {}
            Err(error) => damaged = DataFault::Key(error),
        }
    }
    Err(damaged)
}
