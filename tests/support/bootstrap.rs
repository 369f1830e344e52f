//! What lets nodes join, as it is written: a token that was made just now, and who else reads a
//! manifest.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use super::changing::Master;
use super::{python, succeed, text, tool};

/// Where manifests lie that are no static pods.
pub(crate) const FOLDER: &str = "/etc/kubernetes/bootstrap";

/// A token that was made just now.
pub(crate) struct NewToken {
    pub(crate) id: String,
    /// Of its manifest.
    pub(crate) path: String,
    /// As a line of the manifest tells it.
    pub(crate) secret: String,
}

impl NewToken {
    /// Makes one. Its secret is told nowhere.
    pub(crate) fn make(master: &Master, more: &[&str]) -> Self {
        let run = master.kubepki(&[&["bootstrap", "token", "--yes", "-o", "json"], more].concat());
        run.ends_with(0);
        let list = master
            .kubepki(&["bootstrap", "token", "--list", "-o", "json"])
            .json();
        let items = list["items"].as_array().expect("items");
        let id = items
            .last()
            .and_then(|item| item["id"].as_str())
            .expect("an id")
            .to_owned();
        let path = items
            .last()
            .and_then(|item| item["path"].as_str())
            .expect("a path")
            .to_owned();
        let manifest = fs::read_to_string(master.file(&path)).expect("the manifest");
        let secret = manifest
            .lines()
            .find_map(|line| line.trim().strip_prefix("token-secret: "))
            .expect("the secret");
        let secret = secret.trim_matches('"').to_owned();
        assert!(
            !run.stdout.contains(&secret) && !run.stderr.contains(&secret),
            "{run:?}"
        );
        Self { id, path, secret }
    }
}

/// What kubectl reads in a kubeconfig; `None` where it is not installed.
pub(crate) fn kubectl_view(file: &Path) -> Option<Value> {
    let kubectl = tool("kubectl")?;
    let seen = succeed(
        &kubectl,
        &[
            "config",
            "view",
            "--raw",
            "-o",
            "json",
            "--kubeconfig",
            text(file),
        ],
    );
    Some(serde_json::from_str(&seen).expect("JSON"))
}

/// What python3-yaml makes of a file, as JSON; `None` where it is not installed.
pub(crate) fn yaml(path: &Path) -> Option<Vec<Value>> {
    let python = python("yaml")?;
    let script = "import sys, json, yaml\nprint(json.dumps(list(yaml.safe_load_all(open(sys.argv[1]))), default=str))";
    let said = succeed(&python, &["-c", script, text(path)]);
    Some(serde_json::from_str(&said).expect("JSON"))
}

/// kubectl takes the file for objects of Kubernetes, without a server.
pub(crate) fn kubectl_takes(path: &Path) {
    let Some(kubectl) = tool("kubectl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(path, folder.path().join("it.yaml")).expect("copied");
    fs::write(
        folder.path().join("kustomization.yaml"),
        "resources: [it.yaml]\n",
    )
    .expect("written");
    let seen = succeed(&kubectl, &["kustomize", text(folder.path())]);
    assert!(seen.contains("kind: "), "{seen}");
}

/// The permission bits of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    path.metadata().expect("facts").permissions().mode() & 0o7777
}
