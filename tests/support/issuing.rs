//! A master that was set up, and certificates that are made there for others.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::ground::Ground;
use super::pair::Pair;
use super::program::Run;
use super::text;

/// The master, and the folder of this machine for what is made for others.
pub(crate) struct Issuing {
    pub(crate) ground: Ground,
}

impl Issuing {
    /// A single master, with quick keys.
    pub(crate) fn new() -> Self {
        Self {
            ground: Ground::set_up(),
        }
    }

    /// The common beginning of the files made under this name.
    pub(crate) fn prefix(&self, name: &str) -> PathBuf {
        self.ground.folder.path().join("made for others").join(name)
    }

    /// A file among them, as "web.crt".
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.prefix(name)
    }

    /// Runs `issue` with files of this name; `flags` are words between spaces.
    pub(crate) fn issue(&self, name: &str, flags: &str) -> Run {
        let prefix = self.prefix(name);
        let mut all = vec!["issue", "--out", text(&prefix)];
        all.extend(flags.split_whitespace());
        self.ground.master.kubepki(&all)
    }

    /// The same without a question; it is done.
    pub(crate) fn issued(&self, name: &str, flags: &str) -> Value {
        let run = self.issue(name, &format!("{flags} --yes -o json"));
        run.ends_with(0);
        let operation = run.json();
        assert_eq!(operation["state"], "done", "{operation}");
        operation
    }

    /// Certificate and key of this name.
    pub(crate) fn pair(&self, name: &str) -> Pair {
        Pair {
            certificate: self.file(&format!("{name}.crt")),
            key: self.file(&format!("{name}.key")),
        }
    }

    /// The cluster's CA, and its key.
    pub(crate) fn authority(&self) -> Pair {
        Pair {
            certificate: self.ground.master.file("/etc/kubernetes/pki/ca.crt"),
            key: self.ground.master.file("/etc/kubernetes/pki/ca.key"),
        }
    }

    /// Takes the key of the cluster's CA away, as somebody does who keeps it elsewhere: where it is
    /// now.
    pub(crate) fn take_key_away(&self) -> PathBuf {
        let aside = self.ground.folder.path().join("my archives/ca.key");
        std::fs::rename(self.authority().key, &aside).expect("it is moved");
        aside
    }

    /// Somebody else signs the request of this name with the CA's key: the answer.
    pub(crate) fn answer(&self, openssl: &Path, name: &str, key: &Path, days: &str) -> PathBuf {
        let answer = self
            .ground
            .folder
            .path()
            .join(format!("answer-{name}-{days}.crt"));
        let request = self.file(&format!("{name}.csr"));
        let by = Pair {
            key: key.to_owned(),
            ..self.authority()
        };
        let more = ["-copy_extensions", "copyall", "-days", days];
        by.sign(openssl, &request, &more, &answer);
        answer
    }
}
