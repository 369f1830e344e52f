//! One file, reduced to what it holds. The bytes are looked at once and dropped: no key outlives
//! this.

use std::sync::Arc;

use time::OffsetDateTime;

use super::Fault;
use super::writer::Writers;
use crate::kubernetes::bootstrap::{self, BootstrapToken, FoundBinding, TokenFile};
use crate::kubernetes::kubeconfig::{self, Kubeconfig};
use crate::kubernetes::signing_request::{self, SigningRequest};
use crate::pki::key::{self, PublicHalf};
use crate::pki::{Certificate, CertificationRequest, Error, pem};

/// A file of a master, reduced to facts.
#[derive(Debug, Default)]
pub struct ParsedFile {
    /// The path as on the master; what is not UTF-8 in it is escaped.
    pub path: Arc<str>,
    /// The path's bytes where they are not UTF-8.
    pub path_bytes: Option<Box<[u8]>>,
    /// Permission bits; 0 where the file is not there.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// When it, or the link that leads to it, was written or made last.
    pub changed_at: Option<OffsetDateTime>,
    /// Equal for two paths that lead to one file through a link.
    pub identity: Option<(u64, u64)>,
    /// The link's text, where the path is a link.
    pub link: Option<Box<str>>,
    /// Who beside root and the caller can change it, or put another one in its place.
    pub writers: Writers,
    /// What it holds.
    pub content: Content,
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct Content {
    /// Certificates, and blocks that should be some, in order.
    pub certificates: Vec<Result<Certificate, Fault>>,
    /// Private keys in order.
    pub keys: Vec<FoundKey>,
    /// Public keys in order.
    pub public_keys: Vec<PublicHalf>,
    /// PKCS#10 requests in order.
    pub requests: Vec<Result<CertificationRequest, Fault>>,
    /// A kubeconfig, or why it cannot be read as one.
    pub kubeconfig: Option<Result<Box<Kubeconfig>, Fault>>,
    /// CertificateSigningRequest and PodCertificateRequest objects.
    pub objects: Vec<SigningRequest>,
    /// The lines of a token file.
    pub tokens: Option<TokenFile>,
    /// What lets nodes join, in manifests; `None`: nothing, as in most files.
    pub bootstrap_objects: Option<Box<BootstrapObjects>>,
    /// The files that a kubeconfig names, with their lines.
    pub named_files: Vec<NamedFile>,
    /// Why nothing could be found in it, where nothing was.
    pub fault: Option<Fault>,
}

/// What lets nodes join, in the manifests of one file.
#[derive(Debug, Default)]
pub struct BootstrapObjects {
    /// Bootstrap tokens in order.
    pub tokens: Vec<BootstrapToken>,
    /// ClusterRoleBindings to the ClusterRoles of those who join, in order.
    pub bindings: Vec<FoundBinding>,
}

/// A private key in a file: whose it is, never itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundKey {
    /// It could be read.
    Readable(PublicHalf),
    /// It needs a passphrase.
    Encrypted,
    /// It could not be read, for this reason.
    Unreadable(Error),
    /// It was not looked at: no permission.
    NotSeen,
}

/// A file that a kubeconfig names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// The field, as "client-certificate".
    pub field: &'static str,
    /// As it stands there.
    pub path: String,
    /// The line, counted from 1.
    pub line: u32,
}

/// What the place of a file says that its bytes may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expectation {
    /// A layout, flag or habit says that it is a kubeconfig.
    pub kubeconfig: bool,
    /// A layout or flag says that it is a token file.
    pub tokens: bool,
}

/// Damaged blocks of one file that are told one by one: millions of them are one fault.
const MOST_DAMAGED: usize = 100;

/// Reduces the bytes of one file to facts. Never fails: what is wrong is a fact too.
pub fn parse(bytes: &[u8], expected: Expectation) -> Content {
    let mut content = Content::default();
    if expected.tokens {
        content.tokens = Some(bootstrap::token_file(&String::from_utf8_lossy(bytes)));
    } else if expected.kubeconfig {
        content.add_kubeconfig(bytes);
    } else if pem::looks_like_pem(bytes) {
        let mut damaged = 0;
        for block in pem::blocks(bytes) {
            damaged += usize::from(block.is_err());
            content.add_block(block);
            if damaged > MOST_DAMAGED {
                break;
            }
        }
    } else if looks_like_kubeconfig(bytes) {
        content.add_kubeconfig(bytes);
    } else if looks_like_signing_request(bytes) {
        match signing_request::from_yaml(&String::from_utf8_lossy(bytes)) {
            Ok(objects) => content.objects = objects,
            Err(error) => content.fault = Some(Fault::Other(error.to_string())),
        }
    } else if bytes.starts_with(&[0x30]) && bytes.get(1).is_some_and(|length| *length > 0x7f) {
        content.add_der(bytes);
    }
    if content.is_text() && looks_like_bootstrap_objects(bytes) {
        content.add_bootstrap_objects(&String::from_utf8_lossy(bytes));
    }
    if content.is_empty() && content.fault.is_none() {
        content.fault = Some(what_it_is(bytes));
    }
    content.certificates.shrink_to_fit();
    content
}

impl Content {
    /// A file of which only the fault is known.
    pub fn of_fault(fault: Fault) -> Self {
        Self {
            fault: Some(fault),
            ..Self::default()
        }
    }

    /// True where nothing at all was found.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
            && self.keys.is_empty()
            && self.public_keys.is_empty()
            && self.requests.is_empty()
            && self.kubeconfig.is_none()
            && self.objects.is_empty()
            && self.tokens.is_none()
            && self.bootstrap_objects.is_none()
    }

    /// True where nothing was found, or objects of Kubernetes.
    fn is_text(&self) -> bool {
        self.is_empty() || !self.objects.is_empty()
    }

    fn add_bootstrap_objects(&mut self, text: &str) {
        let bootstrap_objects = bootstrap::tokens_from_yaml(text).and_then(|tokens| {
            Ok(BootstrapObjects {
                tokens,
                bindings: bootstrap::bindings_from_yaml(text)?,
            })
        });
        match bootstrap_objects {
            Ok(bootstrap_objects)
                if bootstrap_objects.tokens.is_empty() && bootstrap_objects.bindings.is_empty() => {
            }
            Ok(bootstrap_objects) => self.bootstrap_objects = Some(Box::new(bootstrap_objects)),
            Err(error) => self.fault = Some(Fault::Other(error.to_string())),
        }
    }

    fn add_kubeconfig(&mut self, bytes: &[u8]) {
        self.kubeconfig = Some(
            kubeconfig::parse_bytes(bytes)
                .map(Box::new)
                .map_err(Fault::from),
        );
        self.named_files = named_files(bytes);
    }

    fn add_block(&mut self, block: Result<pem::Block, Error>) {
        let block = match block {
            Ok(block) => block,
            Err(error) => return self.add_damaged(error),
        };
        match block.label.as_str() {
            "CERTIFICATE" => self
                .certificates
                .push(Certificate::from_der(&block.der).map_err(Fault::from)),
            "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => {
                self.certificates.push(Err(Fault::Label(block.label)));
            }
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                self.requests
                    .push(CertificationRequest::from_der(&block.der).map_err(Fault::from));
            }
            "PUBLIC KEY" | "RSA PUBLIC KEY" => match key::inspect_public(&block) {
                Ok(half) => self.public_keys.push(half),
                Err(error) => self.fault = Some(error.into()),
            },
            label if key::is_private_key(label) => self.keys.push(found_key(key::inspect(&block))),
            _ => {}
        }
    }

    fn add_damaged(&mut self, error: Error) {
        let Error::DamagedPem { label, .. } = &error else {
            return;
        };
        if label.contains("KEY") {
            self.keys.push(FoundKey::Unreadable(error));
        } else if label.contains("REQUEST") {
            self.requests.push(Err(error.into()));
        } else {
            self.certificates.push(Err(error.into()));
        }
    }

    fn add_der(&mut self, der: &[u8]) {
        match Certificate::from_der(der) {
            Ok(certificate) => self.certificates.push(Ok(certificate)),
            Err(error) => {
                if let Ok(request) = CertificationRequest::from_der(der) {
                    self.requests.push(Ok(request));
                } else {
                    self.fault = Some(error.into());
                }
            }
        }
    }
}

fn found_key(answer: Result<PublicHalf, Error>) -> FoundKey {
    match answer {
        Ok(half) => FoundKey::Readable(half),
        Err(Error::EncryptedKey) => FoundKey::Encrypted,
        Err(error) => FoundKey::Unreadable(error),
    }
}

/// Where a kubeconfig names files, read from its lines: a parser gives no places. JSON on one line
/// gives none.
fn named_files(bytes: &[u8]) -> Vec<NamedFile> {
    let text = String::from_utf8_lossy(bytes);
    let mut named = Vec::new();
    for (line, text) in (1u32..).zip(text.lines()) {
        let Some((field, path)) = text.trim().trim_start_matches("- ").split_once(':') else {
            continue;
        };
        let field = field.trim().trim_matches('"');
        let path = path.trim().trim_end_matches(',').trim_matches(['"', '\'']);
        if let Some(field) = kubeconfig::FILE_FIELDS
            .iter()
            .find(|known| **known == field)
        {
            named.push(NamedFile {
                field,
                path: path.to_owned(),
                line,
            });
        }
    }
    named
}

/// client-go reads YAML and JSON; both have these keys at the top.
fn looks_like_kubeconfig(bytes: &[u8]) -> bool {
    let has = |key: &str| has_key(bytes, key);
    has("clusters") && has("users") && has("contexts")
}

fn looks_like_signing_request(bytes: &[u8]) -> bool {
    let kinds = [&b"CertificateSigningRequest"[..], b"PodCertificateRequest"];
    kinds.iter().any(|kind| contains(bytes, kind)) && has_key(bytes, "kind")
}

/// Asked of what is neither PEM nor DER.
fn looks_like_bootstrap_objects(bytes: &[u8]) -> bool {
    let is_der = bytes.starts_with(&[0x30]) && bytes.get(1).is_some_and(|length| *length > 0x7f);
    !is_der && !pem::looks_like_pem(bytes) && bootstrap::looks_like_manifest(bytes)
}

/// True where a line begins with `key:`, or `"key":` stands anywhere (JSON). In flow style, as KYAML
/// is written, it stands behind blanks and braces.
fn has_key(bytes: &[u8], key: &str) -> bool {
    let is_flow = bytes
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .find(|line| !line.is_empty() && *line != b"---")
        .is_some_and(|line| line.starts_with(b"{"));
    let yaml = bytes.split(|byte| *byte == b'\n').any(|line| {
        let line = if is_flow {
            let begin = line.iter().position(|byte| !b" \t{,".contains(byte));
            begin.map_or(&[][..], |begin| &line[begin..])
        } else {
            line
        };
        line.strip_prefix(key.as_bytes())
            .is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"))
    });
    yaml || contains(bytes, format!("\"{key}\"").as_bytes())
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn what_it_is(bytes: &[u8]) -> Fault {
    let other = |why: &str| Fault::Other(why.to_owned());
    if bytes.is_empty() {
        other("it holds no certificate: it is empty")
    } else if bytes.iter().all(|byte| *byte == 0) {
        other("it holds no certificate: it is all zero bytes")
    } else if pem::looks_like_pem(bytes) {
        Fault::OtherBlocks
    } else {
        other("it holds no certificate: neither PEM nor DER")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_is_a_fault_and_never_a_panic() {
        for (bytes, expected) in [
            (&b""[..], "it holds no certificate: it is empty"),
            (&[0; 700], "it holds no certificate: it is all zero bytes"),
            (
                b"\xff\xfe\x00garbage",
                "it holds no certificate: neither PEM nor DER",
            ),
            (
                b"-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n",
                "it holds no certificate: its PEM blocks are of another kind",
            ),
        ] {
            let content = parse(bytes, Expectation::default());
            assert_eq!(content.fault.unwrap().to_string(), expected);
        }
        let der = parse(&[0x30, 0x82, 0x01, 0x00, 0x02], Expectation::default());
        assert!(matches!(
            der.fault,
            Some(Fault::Damaged(Error::NotACertificate(_)))
        ));
    }

    #[test]
    fn damaged_blocks_keep_their_place() {
        let text = "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\nAA\n";
        let content = parse(text.as_bytes(), Expectation::default());
        assert!(matches!(content.certificates[..], [Err(Fault::Damaged(_))]));
        assert!(matches!(content.keys[..], [FoundKey::Unreadable(_)]));
        assert!(content.fault.is_none());
    }

    #[test]
    fn kubeconfigs_are_known_by_their_keys() {
        for (text, expected) in [
            (
                "apiVersion: v1\nclusters: []\ncontexts: []\nusers: []\n",
                true,
            ),
            ("{\"clusters\":[],\"contexts\":[],\"users\":[]}", true),
            (
                "---\n{\n  clusters: [],\n  contexts: [],\n  users: [],\n}\n",
                true,
            ),
            ("{ clusters: [],\n contexts: [],\n users: [] }", true),
            ("kind: Pod\nspec:\n  users: 1\n", false),
        ] {
            assert_eq!(looks_like_kubeconfig(text.as_bytes()), expected, "{text}");
        }
    }
}
