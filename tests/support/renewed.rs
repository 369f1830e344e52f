//! A recorded master to which something was done already, and what its history says.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::changing::Master;
use super::program::Run;

/// A master on which the API server's certificate was renewed, then all.
pub(crate) fn master() -> Option<(Master, String, String)> {
    let master = Master::sample("kubeadm-1.36-ecdsa")?;
    let id = |run: &Run| run.json()["id"].as_str().expect("an id").to_owned();
    let first = id(&master.kubepki(&["renew", "apiserver", "--yes", "-o", "json"]));
    let second = id(&master.kubepki(&["renew", "--all", "--yes", "-o", "json"]));
    Some((master, first, second))
}

/// Ids and states of the history, the newest first.
pub(crate) fn states(master: &Master) -> Vec<(String, String)> {
    let list = master.kubepki(&["history", "-o", "json"]).json();
    assert_eq!(
        (&list["apiVersion"], &list["kind"]),
        (&"kubepki/v1".into(), &"OperationList".into())
    );
    let text = |item: &Value, field: &str| item[field].as_str().expect("text").to_owned();
    list["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| (text(item, "id"), text(item, "state")))
        .collect()
}

/// The old files of an operation.
pub(crate) fn old_files(master: &Master, id: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut folders = vec![master.state.join("operations").join(id).join("before")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.push(path);
            }
        }
    }
    all
}
