//! What a text is meant to be, and what copying did to it: said where it cannot be decoded. What the
//! text holds may be secret, so nothing of it is repeated.

use std::fmt::{self, Display, Formatter};

use zeroize::Zeroizing;

use super::super::file::Content;
use super::part::{MOST_PARTS, Part};
use crate::kubernetes::cfssl::CfsslRequest;
use crate::kubernetes::kubeconfig::{decode, is_placeholder};

/// What a text is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// A kubeconfig.
    Kubeconfig,
    /// A CertificateSigningRequest.
    SigningRequest,
    /// A Secret.
    Secret,
    /// Lines of a token file (`--token-auth-file`).
    TokenFile,
    /// The JSON of `cfssl genkey`.
    Cfssl,
    /// A PKCS#10.
    Request,
    /// A certificate.
    Certificate,
    /// A private key.
    PrivateKey,
}

/// What copying did to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// A value is what a page, or kubectl, shows in its place.
    Placeholder,
    /// No line begins with a blank.
    NoIndentation,
    /// There are backslashes, as a web page or a JSON string puts them.
    Backslashes,
    /// A PEM block stands on one line.
    OneLine,
    /// A PEM block, or base64, does not end.
    CutOff,
}

/// A text that could not be decoded, or not all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undecoded {
    /// Its name inside what was given, as "tls.crt"; empty for the whole.
    pub name: String,
    /// What it is meant to be.
    pub meant: Option<Meant>,
    /// What copying did to it.
    pub damages: Vec<Damage>,
    /// Why it cannot be decoded, a sentence's end; `None`: a part of it was.
    pub fault: Option<String>,
}

impl Undecoded {
    /// What stands behind the last part that is read.
    pub(super) fn rest() -> Self {
        let fault = format!(
            "there are more than {MOST_PARTS} documents or entries: the rest was not looked at"
        );
        Self {
            fault: Some(fault),
            ..Self::default()
        }
    }

    /// What of a part that holds `content` is to be told; `None`: it was decoded.
    pub(super) fn of(part: &Part, content: &Content) -> Option<Self> {
        let text = part.text().unwrap_or_default();
        let line_fault = content.tokens.as_ref().filter(|read| read.lines.is_empty());
        let line_fault = line_fault.and_then(|read| read.faults.first());
        let is_nothing = content.is_empty() || line_fault.is_some();
        let is_kubeconfig_faulty = match &content.kubeconfig {
            Some(Ok(read)) => !read.faults.is_empty(),
            Some(Err(_)) => true,
            None => false,
        };
        let is_faulty =
            is_kubeconfig_faulty || content.objects.iter().any(|one| one.request.is_err());
        let damages = Damage::of(text);
        // Its own fault names each placeholder.
        let is_damaged = damages.iter().any(|one| *one != Damage::Placeholder);
        // Without indentation most of it is read as something else, and nothing of that is a fault.
        let is_flat = content.kubeconfig.is_some() && damages.contains(&Damage::NoIndentation);
        let is_told = is_nothing || is_flat || (is_faulty && is_damaged);
        let fault = content.fault.as_ref().map(ToString::to_string);
        let fault = fault.or_else(|| line_fault.map(|(_, fault)| fault.to_string()));
        is_told.then(|| Self {
            name: part.name.clone(),
            meant: Meant::of(text),
            damages,
            fault: fault.filter(|_| is_nothing),
        })
    }
}

impl Display for Meant {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Kubeconfig => "a kubeconfig",
            Self::SigningRequest => "a CertificateSigningRequest",
            Self::Secret => "a Secret",
            Self::TokenFile => "a line of a token file",
            Self::Cfssl => "a request as cfssl genkey takes it",
            Self::Request => "a certificate request (PKCS#10)",
            Self::Certificate => "a certificate",
            Self::PrivateKey => "a private key",
        })
    }
}

impl Display for Damage {
    /// A sentence.
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Placeholder => {
                "a value is a placeholder (as LS0t... or REDACTED): where it was copied, it was left out"
            }
            Self::NoIndentation => "its lines have lost their indentation",
            Self::Backslashes => "there are backslashes in it, as a web page or a JSON string puts them",
            Self::OneLine => "a PEM block stands on one line",
            Self::CutOff => "it does not end: it was cut off",
        })
    }
}

impl Meant {
    /// Whether it is a document, of YAML or JSON, and no PEM.
    pub(super) fn is_document(self) -> bool {
        !matches!(self, Self::Request | Self::Certificate | Self::PrivateKey)
    }

    /// What `text` is meant to be.
    pub(super) fn of(text: &str) -> Option<Self> {
        if is_token_line(text) {
            return Some(Self::TokenFile);
        }
        let base64 = Zeroizing::new(beginning(text));
        let text = &Zeroizing::new(text.replace('\\', ""));
        let lines = || {
            text.lines()
                .map(|line| line.trim_start().trim_start_matches("- "))
        };
        let begins =
            |word: &str| lines().any(|line| line.trim_start_matches('"').starts_with(word));
        let has = |word: &str| text.contains(word);
        let of_kubeconfig = [
            "clusters",
            "contexts",
            "users",
            "current-context",
            "preferences",
        ];
        let data = [
            "certificate-authority-data",
            "client-certificate-data",
            "client-key-data",
        ];
        if has("kind: Config") || of_kubeconfig.iter().filter(|word| begins(word)).count() > 1 {
            return Some(Self::Kubeconfig);
        }
        if has("CertificateSigningRequest") || has("PodCertificateRequest") || begins("signerName")
        {
            return Some(Self::SigningRequest);
        }
        if begins("kind") && has("Secret") {
            return Some(Self::Secret);
        }
        if data.iter().any(|word| begins(word)) {
            return Some(Self::Kubeconfig);
        }
        if CfsslRequest::is_meant(text) {
            return Some(Self::Cfssl);
        }
        of_label(text).or_else(|| of_label(&base64))
    }
}

/// By the label of the first PEM block, whether it ends or not.
fn of_label(text: &str) -> Option<Meant> {
    let (_, label) = text.split_once("-----BEGIN ")?;
    let label = label.split("--").next()?;
    Some(match label {
        _ if label.contains("REQUEST") => Meant::Request,
        _ if label.contains("PRIVATE KEY") => Meant::PrivateKey,
        _ if label.contains("CERTIFICATE") => Meant::Certificate,
        _ => return None,
    })
}

/// What the first characters of base64 say; "" where it is none.
fn beginning(text: &str) -> String {
    /// Of the longest label that is known, in base64.
    const BEGINNING: usize = 48;
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let compact = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let bytes: Vec<u8> = compact.take(BEGINNING).take_while(is_base64).collect();
    let whole = bytes.len() / 4 * 4;
    let decoded = decode(&bytes[..whole]).unwrap_or_default();
    String::from_utf8_lossy(&decoded).into_owned()
}

/// A token of at least 16 characters, then a user: `token,user,uid,"groups"`.
fn is_token_line(text: &str) -> bool {
    const SHORTEST: usize = 16;
    let Some(line) = text.lines().find(|line| !line.trim().is_empty()) else {
        return false;
    };
    let mut columns = line.split(',');
    let token = columns.next().unwrap_or_default().trim().trim_matches('"');
    let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let user = columns.next().unwrap_or_default().trim();
    token.len() >= SHORTEST
        && token.bytes().all(is_of_token)
        && !user.is_empty()
        && !user.contains('=')
}

impl Damage {
    /// What copying did to `text`.
    pub(super) fn of(text: &str) -> Vec<Self> {
        let found = [
            (has_placeholder(text), Self::Placeholder),
            (has_no_indentation(text), Self::NoIndentation),
            (text.contains('\\'), Self::Backslashes),
            (is_one_line(text), Self::OneLine),
            (is_cut_off(text), Self::CutOff),
        ];
        let found = found.into_iter().filter(|(is, _)| *is);
        found.map(|(_, damage)| damage).collect()
    }
}

fn has_placeholder(text: &str) -> bool {
    let value = |line: &str| {
        let (_, value) = line.split_once(": ")?;
        Some(is_placeholder(value.trim().trim_matches(['"', '\'', ','])))
    };
    text.lines().any(|line| value(line).unwrap_or(false))
}

/// A key that opens a mapping, and the next line opens none below it.
fn has_no_indentation(text: &str) -> bool {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let is_indented = |line: &&str| line.starts_with([' ', '\t', '{', '"']);
    let opens = |line: &str| line.trim_end().trim_end_matches('\\').ends_with(':');
    let is_key = |line: &str| !line.starts_with('-') && line.contains(':');
    let mut pairs = lines.windows(2);
    !lines.iter().any(is_indented) && pairs.any(|pair| opens(pair[0]) && is_key(pair[1]))
}

fn is_one_line(text: &str) -> bool {
    let is_begun = |line: &str| {
        let after = line
            .split_once("-----BEGIN ")
            .and_then(|(_, label)| label.split_once("-----"));
        after.is_some_and(|(_, rest)| !rest.trim().is_empty() && !rest.starts_with('\\'))
    };
    text.lines().any(is_begun)
}

/// More blocks begin than end, or base64 of PEM does not come to an end.
fn is_cut_off(text: &str) -> bool {
    if text.matches("-----BEGIN ").count() > text.matches("-----END ").count() {
        return true;
    }
    beginning(text).starts_with("-----BEGIN ")
        && decode(text.as_bytes()).is_none_or(|pem| is_cut_off(&String::from_utf8_lossy(&pem)))
}

/// Whether there are backslashes that only Markdown puts: no YAML, JSON or path has them.
pub(super) fn is_markdown(text: &str) -> bool {
    text.contains("\\-") || text.contains("\\_")
}

/// The same text without what copying put in; `None`: that is nothing that can be taken out.
pub(super) fn mended(text: &str) -> Option<(Zeroizing<String>, Damage)> {
    if text.contains('\\') {
        let text = Zeroizing::new(text.replace("\\r", "").replace("\\n", "\n"));
        return Some((Zeroizing::new(text.replace('\\', "")), Damage::Backslashes));
    }
    is_one_line(text).then(|| (in_lines(text), Damage::OneLine))
}

/// PEM blocks with a line's end behind each word.
fn in_lines(text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len() * 2));
    for part in text.split("-----") {
        let is_label = ["BEGIN ", "END "].iter().any(|word| part.starts_with(word));
        if is_label {
            out.push_str("\n-----");
            out.push_str(part);
            out.push_str("-----\n");
        } else {
            for word in part.split_whitespace() {
                out.push_str(word);
                out.push('\n');
            }
        }
    }
    out
}
