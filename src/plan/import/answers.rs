//! What the files hold that a CA has sent.

use crate::inventory::file::{Expectation, parse};
use crate::inventory::{Fault, Trouble};
use crate::pki::path::{Relation, relation};
use crate::pki::text::printable;
use crate::pki::{Certificate, pem};
use crate::plan::{ImportRequest, Materials, PlanError};

/// A chain has no more certificates above its leaf.
const LONGEST_CHAIN: usize = 8;

/// One certificate, and the file on this machine that holds it.
#[derive(Debug)]
pub(super) struct ImportedCertificate {
    pub(super) certificate: Certificate,
    pub(super) file: String,
}

/// Everything that was sent, each certificate once.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) leaves: Vec<ImportedCertificate>,
    pub(super) authorities: Vec<ImportedCertificate>,
}

/// Reads all files.
pub(super) fn read(materials: &Materials, request: &ImportRequest) -> Result<Answers, PlanError> {
    let mut answers = Answers::default();
    let (mut faults, mut is_denied) = (Vec::new(), false);
    for file in &request.files {
        let shown = printable(file);
        let content = match materials.local.get(file).map(|material| &material.content) {
            Some(Ok(content)) => content.expose(),
            Some(Err(why)) => {
                is_denied |= *why == Trouble::Denied;
                faults.push(format!("{shown} {why}"));
                continue;
            }
            None => continue,
        };
        let certificates = certificates(content);
        if certificates.is_empty() {
            faults.push(format!("{shown} {}", nothing(content)));
        }
        for certificate in certificates {
            match certificate {
                Ok(certificate) => answers.add(certificate, file),
                Err(fault) => faults.push(format!("{shown}: {fault}")),
            }
        }
    }
    if faults.is_empty() {
        return Ok(answers);
    }
    let refused = PlanError::refused("not all files can be read as certificates").denied(is_denied);
    Err(faults.into_iter().fold(refused, PlanError::because))
}

/// The certificates of a file; of objects those that their status brings.
fn certificates(content: &[u8]) -> Vec<Result<Certificate, Fault>> {
    let read = parse(content, Expectation::default());
    let issued = read
        .objects
        .iter()
        .filter_map(|object| object.certificate.as_deref());
    let of_objects = issued.flat_map(|pem| parse(pem, Expectation::default()).certificates);
    read.certificates.into_iter().chain(of_objects).collect()
}

/// Why a file gives no certificate.
fn nothing(content: &[u8]) -> String {
    let labels: Vec<String> = pem::blocks(content)
        .into_iter()
        .flatten()
        .map(|block| block.label)
        .collect();
    match labels.first().map(String::as_str) {
        Some("PKCS7" | "CMS") => {
            "is PKCS#7: openssl pkcs7 -print_certs makes certificates of it".to_owned()
        }
        Some(label) => format!("holds no certificate, but: {}", printable(label)),
        None => "holds no certificate, neither PEM nor DER".to_owned(),
    }
}

impl Answers {
    fn add(&mut self, certificate: Certificate, file: &str) {
        let list = if certificate.is_authority() {
            &mut self.authorities
        } else {
            &mut self.leaves
        };
        if !list
            .iter()
            .any(|known| known.certificate.sha256() == certificate.sha256())
        {
            list.push(ImportedCertificate {
                certificate,
                file: file.to_owned(),
            });
        }
    }

    /// The CAs above `leaf` among those that were sent and `present`, its issuer first; empty: none
    /// of them signed it. Of several with one key and name that is taken which `is_timely`.
    pub(super) fn chain<'a>(
        &'a self,
        leaf: &'a Certificate,
        present: &'a [Certificate],
        is_timely: impl Fn(&Certificate) -> bool,
    ) -> Vec<&'a Certificate> {
        let known = || {
            self.authorities
                .iter()
                .map(|answer| &answer.certificate)
                .chain(present)
        };
        let mut chain: Vec<&Certificate> = Vec::new();
        let mut child = leaf;
        while chain.len() < LONGEST_CHAIN {
            let above = known().filter(|issuer| relation(child, issuer) == Relation::Issued);
            let above =
                above.filter(|issuer| !chain.iter().any(|one| one.sha256() == issuer.sha256()));
            let Some(issuer) = above.min_by_key(|issuer| !is_timely(issuer)) else {
                break;
            };
            chain.push(issuer);
            if issuer.is_self_issued() {
                break;
            }
            child = issuer;
        }
        chain
    }
}

/// An answer as it is told of.
pub(super) fn shown(answer: &ImportedCertificate) -> String {
    let name = answer
        .certificate
        .common_name()
        .unwrap_or("a certificate without a name");
    format!("{} ({})", printable(name), printable(&answer.file))
}
