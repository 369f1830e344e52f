//! Requests beside a master, made or recorded, to be decided on.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::ground::Ground;
use super::openssl;
use super::program::Run;

/// A request that the controller manager once signed, with a key that is nobody's any more.
const ALICE: &str = include_str!("../fixtures/requests/recorded/alice-client.json");

/// That request as it was before anybody decided, changed by `edit`.
pub(crate) fn waiting(edit: impl FnOnce(&mut Value)) -> Value {
    let mut object: Value = serde_json::from_str(ALICE).expect("an object");
    object["status"] = json!({});
    edit(&mut object);
    object
}

/// A master, and a folder for requests on it and beside it.
pub(crate) struct Asked {
    pub(crate) ground: Ground,
}

impl Asked {
    /// Nobody has asked yet.
    pub(crate) fn new() -> Self {
        Self {
            ground: Ground::set_up(),
        }
    }

    /// The object as it was before anybody decided, changed by `edit`, in a file beside the master.
    pub(crate) fn object(&self, edit: impl FnOnce(&mut Value)) -> PathBuf {
        let object = waiting(edit);
        let path = self.ground.folder.path().join("my archives/alice.json");
        fs::write(&path, object.to_string()).expect("it is written");
        path
    }

    /// Runs kubepki on the master.
    pub(crate) fn run(&self, words: &[&str]) -> Run {
        self.ground.master.kubepki(words)
    }

    /// A PKCS#10 that openssl makes beside the master.
    pub(crate) fn request(&self, program: &Path, name: &str, more: &[&str]) -> PathBuf {
        let folder = self.ground.folder.path().join("my archives");
        openssl::request(program, &folder, name, more)
    }
}
