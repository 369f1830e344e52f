//! Where flags stand on a disk, in the order in which they are believed: processes, static pod
//! manifests, units with their environment files, etcd's file, the kubelet's configuration.

mod units;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::root::{Root, Trouble, shown};
use super::walk::unread;
use crate::inventory::process::{MANIFEST_FLAGS, Process};
use crate::inventory::writer::Accounts;
use crate::inventory::{Unread, Unseen};
use crate::kubernetes::component::Component;
use crate::kubernetes::flags::{self, FlagFact, RunsAs};
use crate::kubernetes::layout::{Layout, PlacePart, manifest_folders};
use units::Units;

/// Where etcd's configuration lies by habit.
const ETCD_FILES: [&str; 4] = [
    "/etc/etcd/etcd.conf",
    "/etc/etcd/etcd.conf.yml",
    "/etc/etcd/etcd.conf.yaml",
    "/etc/default/etcd",
];

/// kubeadm's place of the kubelet's configuration.
const KUBELET_CONFIGURATION: &str = "/var/lib/kubelet/config.yaml";

/// A file of flags is no larger.
const MOST_BYTES: u64 = 1 << 20;

/// A pattern names no more files.
const MOST_FILES: usize = 1000;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Configuration {
    pub(super) facts: Vec<FlagFact>,
    pub(super) unread: Vec<Unread>,
    /// The files that were looked at.
    pub(super) files: Vec<PathBuf>,
    /// The kubelet's `--cert-dir` folders.
    pub(super) kubelet_folders: Vec<PathBuf>,
    /// The components that run, where they were asked for.
    pub(super) processes: Option<Vec<Process>>,
    /// What is said and nothing of root's confirms.
    pub(super) claims: Vec<FlagFact>,
    /// Under which accounts components run.
    pub(super) accounts: Accounts,
    /// What units and static pods say of accounts, with the file that says it and, of a unit, its
    /// name.
    pub(super) written_accounts: Vec<(String, Option<String>, RunsAs)>,
}

/// Finds all flags in files, whoever can write them.
pub(super) fn find(root: &Root) -> Configuration {
    let mut found = Configuration::default();
    Units::find(root, &mut found).read(root, &mut found);
    found.add_kubelet(root);
    found.add_manifests(root);
    found.add_etcd(root);
    found.add_component_configurations(root);
    found.drop_repeated();
    found.find_kubelet_folders();
    found
}

impl Configuration {
    fn text(&mut self, root: &Root, path: &Path) -> Option<String> {
        match root.read(path, MOST_BYTES) {
            Ok((bytes, _)) => {
                self.files.push(path.to_owned());
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            Err(Trouble::Absent | Trouble::Outside) => None,
            Err(trouble) => {
                self.unread.push(unread(path, trouble));
                None
            }
        }
    }

    fn names(&mut self, root: &Root, folder: &Path) -> Vec<OsString> {
        match root.list(folder) {
            Ok(entries) => entries.into_iter().map(|entry| entry.name).collect(),
            Err(Trouble::Absent | Trouble::Outside) => Vec::new(),
            Err(trouble) => {
                self.unread.push(unread(folder, trouble));
                Vec::new()
            }
        }
    }

    /// The kubelet's configuration files: those that its flags name, or kubeadm's.
    fn add_kubelet(&mut self, root: &Root) {
        let mut paths = self.values(Component::Kubelet, &["config"]);
        if paths.is_empty() {
            paths.push(KUBELET_CONFIGURATION.to_owned());
        }
        for path in paths {
            self.add_facts(root, Path::new(&path), flags::from_kubelet_config);
        }
    }

    /// Reads one configuration; one that cannot be read as such is listed.
    fn add_facts(
        &mut self,
        root: &Root,
        path: &Path,
        parse: fn(&str, &str) -> Result<Vec<FlagFact>, flags::FlagsError>,
    ) {
        let Some(text) = self.text(root, path) else {
            return;
        };
        self.add_text(path, &text, parse);
    }

    fn add_text(
        &mut self,
        path: &Path,
        text: &str,
        parse: fn(&str, &str) -> Result<Vec<FlagFact>, flags::FlagsError>,
    ) {
        let path = shown(path.as_os_str());
        match parse(&path, text) {
            Ok(facts) => self.facts.extend(facts),
            Err(error) => self.unread.push(Unread {
                path,
                why: Unseen::NoFlags(error),
            }),
        }
    }

    fn add_manifest(&mut self, root: &Root, path: &Path) {
        let Some(text) = self.text(root, path) else {
            return;
        };
        let name = shown(path.as_os_str());
        for account in flags::accounts_of_manifest(&name, &text).unwrap_or_default() {
            self.written_accounts.push((name.clone(), None, account));
        }
        match flags::from_manifest(&name, &text) {
            // It was read, and is something else: people keep notes and backups beside their pods.
            Err(flags::FlagsError::Other(_)) => {}
            _ => self.add_text(path, &text, flags::from_manifest),
        }
    }

    fn add_manifests(&mut self, root: &Root) {
        let mut folders = self.values(Component::Kubelet, &MANIFEST_FLAGS);
        if folders.is_empty() {
            folders.extend(manifest_folders().iter().cloned());
        }
        for folder in folders.iter().map(Path::new) {
            for name in self.names(root, folder) {
                let path = folder.join(name);
                // The kubelet reads every file that does not begin with a dot
                // (pkg/kubelet/config/file_linux.go).
                let hidden = path
                    .file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with('.'));
                if hidden || root.is_folder(&path) {
                    continue;
                }
                self.add_manifest(root, &path);
            }
        }
    }

    fn add_etcd(&mut self, root: &Root) {
        let mut paths = self.values(Component::Etcd, &["config-file"]);
        paths.extend(ETCD_FILES.map(str::to_owned));
        paths.dedup();
        for path in paths {
            self.add_facts(root, Path::new(&path), flags::from_etcd_config);
        }
    }

    /// Configuration files that control plane components and kube-proxy are given.
    fn add_component_configurations(&mut self, root: &Root) {
        for component in [
            Component::KubeScheduler,
            Component::KubeControllerManager,
            Component::KubeProxy,
        ] {
            for path in self.values(component, &["config"]) {
                self.add_facts(root, Path::new(&path), flags::from_component_config);
            }
        }
    }

    /// Environment files that no unit here names: on an admin's machine the units are elsewhere.
    pub(super) fn add_environment(&mut self, root: &Root, layout: &Layout, files: &[PathBuf]) {
        for path in files {
            let Some(text) = path.to_str() else { continue };
            let is_environment = layout
                .places_of(text)
                .any(|place| place.part == PlacePart::Environment);
            if is_environment
                && !self.files.contains(path)
                && let Some(content) = self.text(root, path)
            {
                self.facts.extend(flags::from_environment(text, &content));
            }
        }
        self.drop_repeated();
    }

    /// The folders that the kubelet is told for its own certificates.
    pub(super) fn find_kubelet_folders(&mut self) {
        let folders = self.values(Component::Kubelet, &["cert-dir"]);
        self.kubelet_folders = folders.into_iter().map(PathBuf::from).collect();
    }

    fn values(&self, component: Component, flags: &[&str]) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        for fact in &self.facts {
            let is_asked = fact.component == component && flags.contains(&fact.flag.as_str());
            if is_asked && fact.value.starts_with('/') && !values.contains(&fact.value) {
                values.push(fact.value.clone());
            }
        }
        values
    }

    /// etcd's file is read once as its unit's environment and once by its habitual path.
    pub(super) fn drop_repeated(&mut self) {
        let mut kept: Vec<FlagFact> = Vec::with_capacity(self.facts.len());
        for fact in self.facts.drain(..) {
            if !kept.contains(&fact) {
                kept.push(fact);
            }
        }
        self.facts = kept;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn written(file: &Path, text: &str) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    #[test]
    fn units_are_masked_and_environments_are_patterns() {
        let folder = tempfile::TempDir::new().unwrap();
        let (etc, usr) = (
            folder.path().join("etc"),
            folder.path().join("usr/lib/systemd/system"),
        );
        written(
            &usr.join("etcd.service"),
            "[Service]\nExecStart=/bin/etcd --cert-file=/masked\n",
        );
        written(
            &usr.join("kubelet.service"),
            "[Service]\nEnvironmentFile=/e*/kube/*.env\nExecStart=kubelet $A $B\n",
        );
        written(
            &usr.join("kubelet.service.d/1.conf"),
            "[Service]\nExecStart=\n",
        );
        written(
            &etc.join("systemd/system/etcd.service.d/1.conf"),
            "[Service]\nExecStart=/bin/etcd --name=masked\n",
        );
        written(&etc.join("kube/2.env"), "A=--a=2 \\\n  --b=2\n");
        written(&etc.join("kube/1.env"), "A=--a=1\nB=--c=1\n");
        written(&etc.join("kube/.env"), "B=--c=hidden\n");
        written(&etc.join("etcd/etcd.conf"), "#[member]\n#ETCD_NAME=x\n");
        fs::create_dir_all(etc.join("systemd/system/kubelet.service.d")).unwrap();
        symlink("/dev/null", etc.join("systemd/system/etcd.service")).unwrap();
        symlink(
            "../../../../dev/null",
            etc.join("systemd/system/kubelet.service.d/1.conf"),
        )
        .unwrap();
        let root = Root::open(folder.path(), Path::new("/")).unwrap();
        let found = find(&root);
        assert_eq!(found.unread, []);
        let place =
            |fact: &FlagFact| format!("{}={} {}:{}", fact.flag, fact.value, fact.file, fact.line);
        let facts: Vec<String> = found.facts.iter().map(place).collect();
        assert_eq!(
            facts,
            [
                "a=2 /etc/kube/2.env:1",
                "b=2 /etc/kube/2.env:2",
                "c=1 /etc/kube/1.env:2"
            ]
        );
    }
}
