//! A request that waits for somebody else's CA, as it is kept in the state folder: one YAML file
//! for each, without secrets.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::pki::{hex, sha256};

/// The folder of them, in kubepki's own.
pub const FOLDER: &str = "requests";

/// The ending of their files.
const ENDING: &str = ".yaml";

/// The name of the file that keeps the request `name`.
pub fn file_name(name: &str) -> String {
    format!("{name}{ENDING}")
}

/// Whether a file of this name keeps a request.
pub fn is_file_name(name: &str) -> bool {
    name.strip_suffix(ENDING)
        .is_some_and(|name| !name.is_empty() && !name.starts_with('.'))
}

/// One request, and where its answer goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WaitingRequest {
    /// As it is called: the CN or the first name.
    pub name: String,
    /// Files of this machine, absolute: where the certificate goes.
    pub certificate: String,
    /// Where its key lies.
    pub key: String,
    /// Where the request lies.
    pub request: String,
    /// The request itself, as PEM (PKCS#10, RFC 2986).
    pub pem: String,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub made_at: OffsetDateTime,
    /// Why, in the asker's words; may be empty.
    #[serde(default)]
    pub note: String,
}

/// The name of the file for the request whose answer goes to `certificate`: the same place asked for
/// again is the same request, made anew.
pub fn name_of(certificate: &str) -> String {
    hex(&sha256(certificate.as_bytes()))[..16].to_owned()
}

impl WaitingRequest {
    /// Whether it is one that kubepki wrote under this name: key and request lie beside the
    /// certificate.
    pub fn is_whole(&self, name: &str) -> bool {
        // As kubepki names them, or as cfssljson -bare does.
        let endings = [(".crt", ".key"), (".pem", "-key.pem")];
        let is_beside = endings.iter().any(|(certificate, key)| {
            let base = self.certificate.strip_suffix(certificate);
            let beside = |path: &str, ending: &str| path.strip_suffix(ending) == base;
            base.is_some() && beside(&self.key, key) && beside(&self.request, ".csr")
        });
        is_beside && file_name(&name_of(&self.certificate)) == name
    }

    /// The text to keep.
    ///
    /// # Errors
    /// A sentence's end; none is known that cannot be written.
    pub fn to_yaml(&self) -> Result<String, String> {
        serde_yaml::to_string(self).map_err(|error| error.to_string())
    }

    /// Reads what [`Self::to_yaml`] wrote.
    ///
    /// # Errors
    /// A sentence's end.
    pub fn from_yaml(text: &str) -> Result<Self, String> {
        serde_yaml::from_str(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let waiting = WaitingRequest {
            name: "on".to_owned(),
            certificate: "/root/kubepki/a/a.crt".to_owned(),
            key: "/root/kubepki/a/a.key".to_owned(),
            request: "/root/kubepki/a/a.csr".to_owned(),
            pem: "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n"
                .to_owned(),
            made_at: datetime!(2026-12-01 04:00 UTC),
            note: "12:30".to_owned(),
        };
        let text = waiting.to_yaml().unwrap();
        assert_eq!(WaitingRequest::from_yaml(&text), Ok(waiting));
        assert!(WaitingRequest::from_yaml("name: [").is_err());
        assert!(is_file_name(&file_name("0123")) && !is_file_name(".yaml") && !is_file_name("a"));
    }
}
