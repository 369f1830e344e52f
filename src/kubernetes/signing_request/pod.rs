//! PodCertificateRequest objects (certificates.k8s.io, since 1.34).

use serde_yaml::Value;

use super::fields::{condition, decoded, pairs};
use super::{PodIdentity, RequestFault, RequestObject, SigningRequest};
use crate::kubernetes::yaml;
use crate::pki::CertificationRequest;

/// What such an object says. Its PKCS#10 is a stub (DER): a signature by the pod's key over no name.
pub(super) fn pod_request(object: &Value) -> SigningRequest {
    let at = |part: &str, field: &str| object.get(part).and_then(|part| part.get(field));
    let text = |part: &str, field: &str| at(part, field).and_then(yaml::text_of);
    let said = |part: &str, field: &str| text(part, field).unwrap_or_default();
    let chain = text("status", "certificateChain");
    let is_issued = chain.is_some_and(|chain| !chain.trim().is_empty());
    SigningRequest {
        name: said("metadata", "name"),
        request: stub(at("spec", "stubPKCS10Request").and_then(Value::as_str)),
        object: RequestObject {
            signer_name: said("spec", "signerName"),
            expiration_seconds: at("spec", "maxExpirationSeconds").and_then(Value::as_i64),
            created: text("metadata", "creationTimestamp"),
            labels: pairs(at("metadata", "labels")),
            annotations: pairs(at("metadata", "annotations")),
            condition: condition(at("status", "conditions"), is_issued),
            pod: Some(PodIdentity {
                namespace: said("metadata", "namespace"),
                name: said("spec", "podName"),
                service_account: said("spec", "serviceAccountName"),
                node: said("spec", "nodeName"),
            }),
            ..RequestObject::default()
        },
        certificate: None,
    }
}

fn stub(encoded: Option<&str>) -> Result<CertificationRequest, RequestFault> {
    let encoded = encoded.filter(|text| !text.trim().is_empty());
    let der = decoded(encoded.ok_or(RequestFault::NoStub)?)?;
    Ok(CertificationRequest::from_der(&der)?)
}
