//! CertificateSigningRequest objects (certificates.k8s.io/v1, v1beta1), as they lie in files.

mod condition;
mod decided;
mod fields;
mod kind;
mod pod;
mod read;
mod usage;
mod write;

use std::collections::BTreeMap;

use crate::pki::CertificationRequest;

pub use condition::{Condition, Decision};
pub use decided::{NewCondition, NewStatus, in_place_with_status, is_alone, with_status};
pub use kind::{SigningRequestKind, SigningRequestSpec, recognise};
pub use read::{SigningRequestError, from_yaml};
pub use usage::RequestedUsage;
pub use write::written;

/// A CertificateSigningRequest.
#[derive(Debug, Clone, PartialEq)]
pub struct SigningRequest {
    /// metadata.name; for one that is not created yet its generateName.
    pub name: String,
    /// The PKCS#10 of spec.request, or why there is none.
    pub request: Result<CertificationRequest, RequestFault>,
    /// What else the object says.
    pub object: RequestObject,
    /// The PEM of status.certificate, once it is issued.
    pub certificate: Option<Vec<u8>>,
}

/// What a CertificateSigningRequest (certificates.k8s.io/v1) says besides the PKCS#10.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestObject {
    /// As "kubernetes.io/kubelet-serving". Empty in v1beta1 where the server chooses.
    pub signer_name: String,
    /// spec.username: who asked, set by the server. Empty before it is created.
    pub username: String,
    /// spec.groups.
    pub groups: Vec<String>,
    /// spec.usages.
    pub usages: Vec<RequestedUsage>,
    /// spec.expirationSeconds.
    pub expiration_seconds: Option<i64>,
    /// Whether it is something else than a number, which the API server refuses.
    pub has_wrong_expiration: bool,
    /// metadata.creationTimestamp, RFC 3339.
    pub created: Option<String>,
    /// metadata.labels, sorted.
    pub labels: BTreeMap<String, String>,
    /// metadata.annotations, sorted.
    pub annotations: BTreeMap<String, String>,
    /// How it stands.
    pub condition: Condition,
    /// For which pod it is; `None`: it is a CertificateSigningRequest.
    pub pod: Option<PodIdentity>,
}

/// The pod of a PodCertificateRequest (certificates.k8s.io/v1, `PodCertificateRequestSpec`). The API
/// server lets a kubelet ask for its own pods alone; the signer makes a certificate of it by itself,
/// or denies it: there is no approval step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PodIdentity {
    /// metadata.namespace.
    pub namespace: String,
    /// spec.podName.
    pub name: String,
    /// spec.serviceAccountName.
    pub service_account: String,
    /// spec.nodeName.
    pub node: String,
}

/// Why spec.request gives no PKCS#10.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestFault {
    /// It is not there.
    #[error("there is no spec.request")]
    Absent,
    /// A PodCertificateRequest of before Kubernetes 1.36.
    #[error(
        "there is no spec.stubPKCS10Request: before Kubernetes 1.36 a pod's request was a public key alone"
    )]
    NoStub,
    /// It stands where the request was left out.
    #[error("spec.request is a placeholder: where it was copied from, the request was left out")]
    Placeholder,
    /// Characters that base64 does not have.
    #[error("spec.request is not base64")]
    NotBase64,
    /// What comes out is base64 again.
    #[error("spec.request is base64 twice over: decode it once more")]
    DoubleBase64,
    /// The API server takes PEM only, and its first block must be the request.
    #[error("the first PEM block of spec.request is no CERTIFICATE REQUEST")]
    NotPem,
    /// The block is damaged, or no PKCS#10.
    #[error("spec.request: {0}")]
    Damaged(#[from] crate::pki::Error),
}

/// Whether the API server takes `name` for a spec.signerName: a domain with a dot in it, and a path.
///
/// # Errors
/// A sentence where it does not.
pub fn check_signer(name: &str) -> Result<(), String> {
    let is_path = |(domain, path): (&str, &str)| domain.contains('.') && !path.is_empty();
    if name.split_once('/').is_some_and(is_path) {
        return Ok(());
    }
    let name = crate::pki::text::printable(name);
    Err(format!(
        "{name} is no signer's name, as example.com/serving"
    ))
}

impl SigningRequest {
    /// What is asked for, in the terms of TLS bootstrapping.
    pub fn kind(&self) -> SigningRequestKind {
        self.request
            .as_ref()
            .map_or(SigningRequestKind::Other, |request| {
                recognise(
                    request,
                    Some(SigningRequestSpec {
                        signer: &self.object.signer_name,
                        username: &self.object.username,
                        usages: &self.object.usages,
                    }),
                )
            })
    }
}
