//! Files that components read only at their start.

use std::collections::HashMap;
use std::sync::Arc;

use time::OffsetDateTime;

use super::StaleFile;
use super::known::Known;
use crate::inventory::process::Process;
use crate::inventory::reading::{is_of_kubelet, needs};
use crate::inventory::{Inventory, KubeconfigItem, Reader, confirmed};
use crate::kubernetes::component::Component;
use crate::kubernetes::role::{Restart, Role};

/// What each component reads only at its start, and when that changed.
#[derive(Debug, Default)]
pub(super) struct ReadAtStart {
    files: HashMap<Component, Vec<StaleFile>>,
}

impl ReadAtStart {
    pub(super) fn of(known: &Known<'_>) -> Self {
        let (inventory, mut found) = (known.inventory, Self::default());
        for (_, item) in &known.in_use {
            found.add(&item.path, item.changed_at, &item.roles, &item.read_by);
        }
        for kubeconfig in inventory
            .kubeconfigs
            .iter()
            .filter(|one| !is_written_by_kubelet(inventory, one))
        {
            found.add(
                &kubeconfig.path,
                kubeconfig.changed_at,
                &kubeconfig.roles,
                &kubeconfig.read_by,
            );
        }
        for key in &inventory.keys {
            found.add(&key.path, key.changed_at, &key.roles, &key.read_by);
        }
        for file in inventory
            .bootstrap
            .token_files
            .iter()
            .filter(|file| file.named_in.is_some())
        {
            let stale = file.changed_at.map(|changed_at| StaleFile {
                path: Arc::clone(&file.path),
                changed_at,
            });
            found
                .files
                .entry(Component::KubeApiserver)
                .or_default()
                .extend(stale);
        }
        found
    }

    fn add(
        &mut self,
        path: &Arc<str>,
        changed_at: Option<OffsetDateTime>,
        roles: &[&'static Role],
        readers: &[Reader],
    ) {
        let Some(changed_at) = changed_at else { return };
        let at_start =
            confirmed(readers).filter(|reader| needs(roles, path, reader) == Restart::Required);
        for reader in at_start.filter(|reader| !is_its_own(reader, path, roles)) {
            let files = self.files.entry(reader.component).or_default();
            // The certificates of one file follow each other.
            match files.last_mut().filter(|stale| stale.path == *path) {
                Some(stale) => stale.changed_at = stale.changed_at.max(changed_at),
                None => files.push(StaleFile {
                    path: Arc::clone(path),
                    changed_at,
                }),
            }
        }
    }

    /// Whether the component reads any file at its start.
    pub(super) fn has(&self, component: Component) -> bool {
        self.files.contains_key(&component)
    }

    /// The files that changed after the process began, each once.
    pub(super) fn stale_of(
        &self,
        component: Component,
        process: Option<&Process>,
    ) -> Vec<StaleFile> {
        let Some(process) = process else {
            return Vec::new();
        };
        let mut stale: Vec<StaleFile> = Vec::new();
        for file in self.files.get(&component).into_iter().flatten() {
            let is_known = stale.iter().any(|known| known.path == file.path);
            // A start is known to a hundredth of a second: one of the same moment may have been too
            // early.
            if file.changed_at >= process.started_at && !is_known {
                stale.push(file.clone());
            }
        }
        stale
    }
}

/// True for a kubeconfig that the kubelet wrote when it joined, after its start: it has the names
/// that it gives, leads to its own store, and is no younger than what lies there, for the
/// certificate came later (bootstrap.go LoadClientConfig).
fn is_written_by_kubelet(inventory: &Inventory, kubeconfig: &KubeconfigItem) -> bool {
    let context = kubeconfig
        .contexts
        .iter()
        .find(|one| one.name == kubeconfig.current && one.name == "default-context");
    let user = context.and_then(|context| {
        kubeconfig
            .users
            .iter()
            .find(|user| user.name == context.user)
    });
    let user = user.filter(|user| user.name == "default-auth");
    let stored = user.and_then(|user| inventory.item(user.certificate?));
    let stored = stored.filter(|item| item.path.ends_with("/kubelet-client-current.pem"));
    stored.is_some_and(|item| item.changed_at.is_some() && kubeconfig.changed_at <= item.changed_at)
}

/// True for what the kubelet writes in its own folder while it runs, and knows: its store, and the
/// pair that it makes where nothing names one. What an operation put there is told apart by the
/// operation ([`crate::record::waiting`]).
fn is_its_own(reader: &Reader, path: &str, roles: &[&'static Role]) -> bool {
    let is_stored = path.ends_with("-current.pem")
        && (is_of_kubelet(roles) || path.contains("/kubelet-server-"));
    let is_pair = path.ends_with("/kubelet.crt") || path.ends_with("/kubelet.key");
    reader.component == Component::Kubelet && (is_stored || is_pair && reader.flag.is_empty())
}
