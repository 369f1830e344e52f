//! Records of operations as somebody else writes them on a disk: well made, but for what a test
//! makes wrong.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use kubepki::pki::{hex, sha256};
use serde_json::{Value, json};

use super::record::sealed;

/// The operation's name in most tests.
pub(crate) const ID: &str = "20260101T000000Z-abcdef";

/// How nothing stands.
pub(crate) fn absent() -> Value {
    json!({"kind": "absent"})
}

/// How a file of the caller's with this content stands.
pub(crate) fn file(content: &str, mode: u32) -> Value {
    let (owner, group) = caller();
    let sha256 = hex(&sha256(content.as_bytes()));
    json!({"kind": "file", "sha256": sha256, "owner": owner, "group": group, "mode": mode, "through": null})
}

/// How a folder of this owner stands.
pub(crate) fn folder(mode: u32) -> Value {
    let (owner, group) = caller();
    json!({"kind": "directory", "owner": owner, "group": group, "mode": mode})
}

/// How a link stands.
pub(crate) fn link(text: &str) -> Value {
    json!({"kind": "link", "text": text})
}

fn caller() -> (u32, u32) {
    let own = fs::metadata("/proc/self").expect("this process");
    (own.uid(), own.gid())
}

/// A change as a plan would have it: of the master, and without an old file, unless it says so.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    place: &'static str,
    path: String,
    before: Value,
    after: Value,
    old: Option<String>,
}

impl Change {
    /// One of this path.
    pub(crate) fn of(path: &str, before: Value, after: Value) -> Self {
        Self {
            place: "master",
            path: path.to_owned(),
            before,
            after,
            old: None,
        }
    }

    /// The same of a path of this machine.
    pub(crate) fn local(self) -> Self {
        Self {
            place: "local",
            ..self
        }
    }

    /// The same, by which an old file with this content is kept.
    pub(crate) fn keeping(self, old: &str) -> Self {
        Self {
            old: Some(old.to_owned()),
            ..self
        }
    }
}

/// One operation.
#[derive(Debug, Clone)]
pub(crate) struct Forged {
    pub(crate) id: String,
    /// The whole document.
    pub(crate) journal: Value,
    /// The old files.
    pub(crate) backups: Vec<(String, String)>,
}

impl Forged {
    /// One that was interrupted, and changes nothing yet.
    pub(crate) fn new(id: &str, root: &str) -> Self {
        let plan = json!({
            "title": "Renew all", "changes": [], "issues": [], "restarts": [], "warnings": [], "leaves": [], "commands": [],
            "ask": null, "nodes": []
        });
        let by = json!({"user": "root", "sudoUser": null, "loginUid": null, "sshConnection": null});
        let operation = json!({
            "id": id, "root": root, "plan": plan, "state": "committing", "by": by, "startedAt": "2026-01-01T00:00:00Z",
            "endedAt": null, "error": null, "restarts": [], "undoes": null, "undoneBy": null
        });
        let journal = json!({"operation": operation, "entries": []});
        Self {
            id: id.to_owned(),
            journal,
            backups: Vec::new(),
        }
    }

    /// Adds a change, to the plan and to what was noted of it.
    pub(crate) fn change(mut self, change: Change) -> Self {
        let Change {
            place,
            path,
            before,
            after,
            old,
        } = change;
        let number = self.entries().len();
        let name = path.rsplit('/').next().unwrap_or_default();
        let backup = old.as_ref().map(|_| format!("{number:03}-{name}"));
        self.backups.extend(backup.clone().zip(old));
        let is_folder = [&before, &after]
            .iter()
            .any(|one| one["kind"] == "directory");
        let temporary = if is_folder {
            String::new()
        } else {
            format!(".kubepki-{}-{number}", self.id)
        };
        let change = json!({
            "place": place, "action": "replace", "path": path, "summary": "x", "before": before, "after": after
        });
        let entry = json!({
            "path": path, "target": path, "temporary": temporary, "before": before, "after": after, "backup": backup
        });
        self.journal["operation"]["plan"]["changes"]
            .as_array_mut()
            .expect("changes")
            .push(change);
        self.entries().push(entry);
        self
    }

    pub(crate) fn entries(&mut self) -> &mut Vec<Value> {
        self.journal["entries"].as_array_mut().expect("entries")
    }

    /// The same with something else in its document.
    pub(crate) fn with(mut self, pointer: &str, value: Value) -> Self {
        *self.journal.pointer_mut(pointer).expect("a field") = value;
        self
    }

    /// Writes it into a state folder, with its checksum: the operation's folder.
    pub(crate) fn write(&self, state: &Path) -> PathBuf {
        let own = operations(state).join(&self.id);
        private(&own.join("before"));
        for (name, content) in &self.backups {
            fs::write(own.join("before").join(name), content).expect("written");
        }
        let text = serde_json::to_string_pretty(&self.journal).expect("JSON") + "\n";
        fs::write(own.join("journal.json"), sealed(&text)).expect("written");
        own
    }
}

/// The folder of all operations, made with those above it as kubepki makes them.
pub(crate) fn operations(state: &Path) -> PathBuf {
    if !state.exists() {
        let above = state.parent().expect("a folder");
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(above)
            .expect("a folder");
    }
    private(state);
    private(&state.join("operations"));
    state.join("operations")
}

fn private(folder: &Path) {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .expect("a folder");
}
