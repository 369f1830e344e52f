//! An object as it is after a decision: nothing else of it changes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::{Mapping, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::SigningRequestError;
use crate::kubernetes::yaml;

/// What is written into an object's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatus {
    /// "Approved" or "Denied".
    pub condition: NewCondition,
    /// As kubectl's `KubectlApprove`.
    pub reason: String,
    /// In a sentence.
    pub message: String,
    /// When.
    pub at: OffsetDateTime,
    /// The PEM of status.certificate; `None`: it has none.
    pub certificate: Option<String>,
}

/// The condition that a decision adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewCondition {
    /// It is to be signed.
    Approved,
    /// It is not.
    Denied,
}

impl NewCondition {
    const fn word(self) -> &'static str {
        match self {
            Self::Approved => "Approved",
            Self::Denied => "Denied",
        }
    }
}

/// How many CertificateSigningRequests a text holds, and how many documents in all: an object that is
/// alone in its file can be written back to it.
///
/// # Errors
/// [`SigningRequestError::Yaml`].
pub fn is_alone(text: &str) -> Result<bool, SigningRequestError> {
    let documents = yaml::values(text)?;
    let mut objects = documents.iter().filter(|one| !one.is_null());
    let first = objects.next().filter(|one| one.get("items").is_none());
    Ok(first.is_some() && objects.next().is_none())
}

/// The object of this name as YAML, with the signer that it names and the new status. What the server
/// alone writes (managedFields) or would compare with its own (resourceVersion) is left out.
///
/// # Errors
/// [`SigningRequestError::Yaml`], [`SigningRequestError::None`] where it is not there.
pub fn with_status(
    text: &str,
    name: &str,
    signer: Option<&str>,
    status: &NewStatus,
) -> Result<String, SigningRequestError> {
    decided(text, name, signer, status).map(|object| yaml::to_text(&object))
}

/// The same in the form in which the text is: JSON stays JSON.
///
/// # Errors
/// As [`with_status`].
pub fn in_place_with_status(
    text: &str,
    name: &str,
    signer: Option<&str>,
    status: &NewStatus,
) -> Result<String, SigningRequestError> {
    let object = decided(text, name, signer, status)?;
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let json = is_json.then(|| serde_json::to_string_pretty(&object).ok());
    Ok(json
        .flatten()
        .map_or_else(|| yaml::to_text(&object), |json| json + "\n"))
}

fn decided(
    text: &str,
    name: &str,
    signer: Option<&str>,
    status: &NewStatus,
) -> Result<Value, SigningRequestError> {
    let documents = yaml::values(text)?;
    let is_it = |object: &&Value| {
        let metadata = object.get("metadata");
        let named = |field: &str| {
            metadata
                .and_then(|data| data.get(field))
                .and_then(yaml::text_of)
        };
        let is_request =
            object.get("kind").and_then(Value::as_str) == Some("CertificateSigningRequest");
        is_request && named("name").or_else(|| named("generateName")).as_deref() == Some(name)
    };
    let found = documents
        .iter()
        .flat_map(yaml::objects)
        .find(|object| is_it(object));
    let mut object = found.cloned().ok_or(SigningRequestError::None)?;
    let Some(fields) = object.as_mapping_mut() else {
        return Err(SigningRequestError::None);
    };
    fields.insert(
        text_value("apiVersion"),
        text_value("certificates.k8s.io/v1"),
    );
    if let Some(Value::Mapping(metadata)) = fields.get_mut("metadata") {
        for field in ["managedFields", "resourceVersion"] {
            metadata.remove(field);
        }
    }
    if let (Some(signer), Some(Value::Mapping(spec))) = (signer, fields.get_mut("spec")) {
        spec.insert(text_value("signerName"), text_value(signer));
    }
    fields.insert(
        text_value("status"),
        new_status(fields.get("status"), status),
    );
    Ok(object)
}

fn new_status(old: Option<&Value>, new: &NewStatus) -> Value {
    let at = new.at.replace_nanosecond(0).unwrap_or(new.at);
    let at = at.format(&Rfc3339).unwrap_or_default();
    let mut condition = Mapping::new();
    for (field, value) in [
        ("type", new.condition.word()),
        ("status", "True"),
        ("reason", &*new.reason),
        ("message", &*new.message),
        ("lastUpdateTime", &*at),
        ("lastTransitionTime", &*at),
    ] {
        condition.insert(text_value(field), text_value(value));
    }
    let kept = old
        .and_then(|old| old.get("conditions"))
        .and_then(Value::as_sequence);
    let is_other =
        |one: &&Value| one.get("type").and_then(Value::as_str) != Some(new.condition.word());
    let mut conditions: Vec<Value> = kept
        .into_iter()
        .flatten()
        .filter(is_other)
        .cloned()
        .collect();
    conditions.push(Value::Mapping(condition));
    let mut status = Mapping::new();
    if let Some(certificate) = &new.certificate {
        status.insert(
            text_value("certificate"),
            text_value(&STANDARD.encode(certificate)),
        );
    }
    status.insert(text_value("conditions"), Value::Sequence(conditions));
    Value::Mapping(status)
}

fn text_value(text: &str) -> Value {
    Value::String(text.to_owned())
}
