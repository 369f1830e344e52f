//! What was decided of a request that is no object of Kubernetes, as it is kept in the state folder:
//! one YAML file for each. An object says it itself, in its status.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::decision::Decided;

/// The folder of them, in kubepki's own.
pub const FOLDER: &str = "decisions";

/// The ending of their files.
const ENDING: &str = ".yaml";

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecidedRequest {
    /// As the request was called.
    pub name: String,
    /// SHA-256 over the PKCS#10's DER, lower-case hex.
    pub sha256: String,
    /// What was decided.
    pub decided: Decided,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// In a word; empty: nobody said.
    #[serde(default)]
    pub reason: String,
    /// In a sentence; may be empty.
    #[serde(default)]
    pub message: String,
    /// The file with the certificate, on the machine where it was signed; empty: there is none.
    #[serde(default)]
    pub certificate: String,
}

/// Where, below kubepki's own folder, the decision on the request of this SHA-256 is kept.
pub fn path_of(sha256: &str) -> String {
    format!("{FOLDER}/{sha256}{ENDING}")
}

/// Whether a file of this name keeps a decision.
pub fn is_file_name(name: &str) -> bool {
    name.strip_suffix(ENDING).is_some_and(|digest| {
        digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

impl DecidedRequest {
    /// The text to keep.
    ///
    /// # Errors
    /// A sentence's end; none is known that cannot be written.
    pub fn to_yaml(&self) -> Result<String, String> {
        serde_yaml::to_string(self).map_err(|error| error.to_string())
    }

    /// Reads what [`Self::to_yaml`] wrote into the file of this name.
    ///
    /// # Errors
    /// A sentence's end.
    pub fn from_yaml(name: &str, text: &str) -> Result<Self, String> {
        let read: Self = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        let is_its = name.strip_suffix(ENDING) == Some(read.sha256.as_str());
        is_its
            .then_some(read)
            .ok_or_else(|| "it is the decision on another request".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_only_under_its_own_name() {
        let decided = DecidedRequest {
            name: "on".to_owned(),
            sha256: "ab".repeat(32),
            decided: Decided::Denied,
            at: datetime!(2026-12-01 04:00 UTC),
            reason: "NotOurs".to_owned(),
            message: "12:30".to_owned(),
            certificate: String::new(),
        };
        let text = decided.to_yaml().unwrap();
        let name = path_of(&decided.sha256);
        let name = name.rsplit('/').next().unwrap();
        assert!(is_file_name(name) && !is_file_name("ab.yaml"));
        assert_eq!(DecidedRequest::from_yaml(name, &text), Ok(decided));
        let other = format!("{}.yaml", "cd".repeat(32));
        assert!(DecidedRequest::from_yaml(&other, &text).is_err());
    }
}
