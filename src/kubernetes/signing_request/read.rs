//! Reading the objects from YAML or JSON: one, several, or a List.

use serde_yaml::Value;

use super::fields::{condition, decoded, pairs};
use super::pod::pod_request;
use super::{RequestFault, RequestObject, RequestedUsage, SigningRequest};
use crate::kubernetes::kubeconfig::decode;
use crate::kubernetes::yaml;
use crate::pki::{CertificationRequest, pem};

/// Why a text gives no CertificateSigningRequest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningRequestError {
    /// No YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::YamlError),
    /// YAML without such an object.
    #[error("there is no CertificateSigningRequest in it")]
    None,
}

/// The CertificateSigningRequests and PodCertificateRequests of a text, at least one. Other objects are passed over.
pub fn from_yaml(text: &str) -> Result<Vec<SigningRequest>, SigningRequestError> {
    let documents = yaml::values(text)?;
    let found: Vec<_> = documents
        .iter()
        .flat_map(yaml::objects)
        .filter(|object| {
            let version = object
                .get("apiVersion")
                .and_then(Value::as_str)
                .unwrap_or_default();
            version.starts_with("certificates.k8s.io/")
        })
        .filter_map(|object| match object.get("kind").and_then(Value::as_str)? {
            "CertificateSigningRequest" => Some(signing_request(object)),
            "PodCertificateRequest" => Some(pod_request(object)),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        Err(SigningRequestError::None)
    } else {
        Ok(found)
    }
}

fn signing_request(object: &Value) -> SigningRequest {
    let at = |part: &str, field: &str| object.get(part).and_then(|part| part.get(field));
    let text = |part: &str, field: &str| at(part, field).and_then(yaml::text_of);
    let texts = |part: &str, field: &str| -> Vec<String> {
        at(part, field)
            .and_then(Value::as_sequence)
            .into_iter()
            .flatten()
            .filter_map(yaml::text_of)
            .collect()
    };
    let certificate = at("status", "certificate")
        .and_then(Value::as_str)
        .and_then(|encoded| decode(encoded.as_bytes()))
        .map(|bytes| bytes.to_vec())
        .filter(|bytes| !bytes.is_empty());
    let expiration = at("spec", "expirationSeconds");
    SigningRequest {
        name: text("metadata", "name")
            .or_else(|| text("metadata", "generateName"))
            .unwrap_or_default(),
        request: request(at("spec", "request").and_then(Value::as_str)),
        object: RequestObject {
            signer_name: text("spec", "signerName").unwrap_or_default(),
            username: text("spec", "username").unwrap_or_default(),
            groups: texts("spec", "groups"),
            usages: texts("spec", "usages")
                .into_iter()
                .map(RequestedUsage::of_word)
                .collect(),
            expiration_seconds: expiration.and_then(Value::as_i64),
            has_wrong_expiration: expiration
                .is_some_and(|value| !value.is_i64() && !value.is_null()),
            created: text("metadata", "creationTimestamp"),
            labels: pairs(at("metadata", "labels")),
            annotations: pairs(at("metadata", "annotations")),
            condition: condition(at("status", "conditions"), certificate.is_some()),
            pod: None,
        },
        certificate,
    }
}

fn request(encoded: Option<&str>) -> Result<CertificationRequest, RequestFault> {
    let encoded = encoded
        .filter(|text| !text.trim().is_empty())
        .ok_or(RequestFault::Absent)?;
    let bytes = decoded(encoded)?;
    if !pem::looks_like_pem(&bytes) {
        let again = decode(&bytes).is_some_and(|again| pem::looks_like_pem(&again));
        return Err(if again {
            RequestFault::DoubleBase64
        } else {
            RequestFault::NotPem
        });
    }
    let block = pem::blocks(&bytes)
        .into_iter()
        .next()
        .ok_or(RequestFault::NotPem)??;
    if block.label != "CERTIFICATE REQUEST" {
        return Err(RequestFault::NotPem);
    }
    Ok(CertificationRequest::from_der(&block.der)?)
}

#[cfg(test)]
mod tests;
