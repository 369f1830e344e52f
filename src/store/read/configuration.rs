//! Where flags stand on a disk, in the order in which they are believed: processes, static pod manifests, units with their
//! environment files, etcd's file, the kubelet's configuration.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::root::{Root, Trouble, shown};
use super::walk::{ending, unread};
use crate::inventory::process::{MANIFEST_FLAGS, Process};
use crate::inventory::writer::Accounts;
use crate::inventory::{Form, Unread, Unseen};
use crate::kubernetes::component::Component;
use crate::kubernetes::distribution::{programs, units};
use crate::kubernetes::flags::{self, FlagFact, RunsAs, UnitFile};
use crate::kubernetes::layout::{Layout, PlacePart, manifest_folders};

/// The folders of units, the ones that win first (systemd.unit(5)).
const UNIT_FOLDERS: [&str; 4] =
    ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

/// What a unit's name holds where it runs a part of Kubernetes; the programs of distributions, too. Their units are known by
/// the whole name.
const UNIT_NAMES: [&str; 7] =
    ["kube", Component::Etcd.as_str(), "apiserver", "controller-manager", "scheduler", "proxy", "rancher"];

/// Where etcd's configuration lies by habit.
const ETCD_FILES: [&str; 4] =
    ["/etc/etcd/etcd.conf", "/etc/etcd/etcd.conf.yml", "/etc/etcd/etcd.conf.yaml", "/etc/default/etcd"];

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
    /// What units and static pods say of accounts, with the file that says it and, of a unit, its name.
    pub(super) written_accounts: Vec<(String, Option<String>, RunsAs)>,
}

/// Finds all flags in files, whoever can write them.
pub(super) fn find(root: &Root) -> Configuration {
    let mut found = Configuration::default();
    found.add_units(root);
    found.add_kubelet(root);
    found.add_manifests(root);
    found.add_etcd(root);
    found.add_component_configurations(root);
    found.drop_repeated();
    found.find_kubelet_folders();
    found
}

/// The files that `EnvironmentFile=` names: one, or those that fit a pattern.
fn named(root: &Root, name: &str) -> Vec<PathBuf> {
    if !flags::is_pattern(name) {
        return vec![PathBuf::from(name)];
    }
    let mut found = vec![PathBuf::from("/")];
    for part in name.split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for folder in found {
            if flags::is_pattern(part) {
                let entries = root.list(&folder).unwrap_or_default().into_iter();
                let fitting = entries.filter(|entry| flags::matches(part, &entry.name.to_string_lossy()));
                next.extend(fitting.map(|entry| folder.join(entry.name)));
            } else {
                next.push(folder.join(part));
            }
        }
        next.truncate(MOST_FILES);
        found = next;
    }
    found
}

/// Whether a unit, or a folder of drop-ins, is called as one that runs a part of Kubernetes. Whose word it is, its file's writers
/// say.
fn may_run_components(name: &str) -> bool {
    let mut parts = UNIT_NAMES.into_iter().chain(programs().iter().map(String::as_str));
    let unit = name.strip_suffix(".d").unwrap_or(name).strip_suffix(".service");
    parts.any(|part| name.contains(part)) || unit.is_some_and(|unit| units().iter().any(|known| known == unit))
}

/// A unit that links to `/dev/null`, which a copied tree does not have.
fn is_masked(root: &Root, path: &Path) -> bool {
    match root.facts(path) {
        Err(Trouble::Dangling(link) | Trouble::LeadsOutside(link)) => {
            link.trim_start_matches("../").trim_start_matches('/') == "dev/null"
        }
        Err(Trouble::NotAFile(form)) => form == Form::Device,
        _ => false,
    }
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

    fn add_units(&mut self, root: &Root) {
        let mut units: BTreeMap<OsString, PathBuf> = BTreeMap::new();
        let mut drop_ins: BTreeMap<OsString, BTreeMap<OsString, PathBuf>> = BTreeMap::new();
        for folder in UNIT_FOLDERS.map(Path::new) {
            for name in self.names(root, folder) {
                let text = name.to_string_lossy();
                if !may_run_components(&text) {
                    continue;
                }
                if text.ends_with(".service") {
                    units.entry(name.clone()).or_insert_with(|| folder.join(&name));
                } else if let Some(unit) = text.strip_suffix(".d").filter(|unit| unit.ends_with(".service")) {
                    let below = folder.join(&name);
                    for part in self.names(root, &below) {
                        let path = below.join(&part);
                        if ending(&path) == "conf" {
                            drop_ins.entry(unit.into()).or_default().entry(part).or_insert(path);
                        }
                    }
                }
            }
        }
        for (name, path) in units {
            if is_masked(root, &path) {
                continue;
            }
            let parts = drop_ins.remove(&name).unwrap_or_default();
            let mut texts = Vec::new();
            for path in std::iter::once(path).chain(parts.into_values()) {
                // Masked (systemd.unit(5)): as if it were empty.
                if is_masked(root, &path) {
                    continue;
                }
                if let Some(text) = self.text(root, &path) {
                    texts.push((shown(path.as_os_str()), text));
                }
            }
            self.add_unit(root, &name.to_string_lossy(), &texts);
        }
    }

    fn add_unit(&mut self, root: &Root, name: &str, texts: &[(String, String)]) {
        let mut environment = Vec::new();
        let mut read = |name: &str| {
            let mut found = Vec::new();
            for path in named(root, name) {
                let Ok((bytes, _)) = root.read(&path, MOST_BYTES) else { continue };
                found.push((shown(path.as_os_str()), String::from_utf8_lossy(&bytes).into_owned()));
                environment.push(path);
            }
            found
        };
        let parts: Vec<UnitFile<'_>> = texts.iter().map(|(path, text)| UnitFile { path, text }).collect();
        let facts = flags::from_units(&parts, &mut read);
        for account in flags::accounts_of_units(&parts, &facts) {
            let path = texts.first().map(|(path, _)| path.clone()).unwrap_or_default();
            self.written_accounts.push((path, Some(name.to_owned()), account));
        }
        self.facts.extend(facts);
        self.files.extend(environment);
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
        let Some(text) = self.text(root, path) else { return };
        self.add_text(path, &text, parse);
    }

    fn add_text(&mut self, path: &Path, text: &str, parse: fn(&str, &str) -> Result<Vec<FlagFact>, flags::FlagsError>) {
        let path = shown(path.as_os_str());
        match parse(&path, text) {
            Ok(facts) => self.facts.extend(facts),
            Err(error) => self.unread.push(Unread { path, why: Unseen::NoFlags(error) }),
        }
    }

    fn add_manifest(&mut self, root: &Root, path: &Path) {
        let Some(text) = self.text(root, path) else { return };
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
                // The kubelet reads every file that does not begin with a dot (pkg/kubelet/config/file_linux.go).
                let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
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
        for component in [Component::KubeScheduler, Component::KubeControllerManager, Component::KubeProxy] {
            for path in self.values(component, &["config"]) {
                self.add_facts(root, Path::new(&path), flags::from_component_config);
            }
        }
    }

    /// Environment files that no unit here names: on an admin's machine the units are elsewhere.
    pub(super) fn add_environment(&mut self, root: &Root, layout: &Layout, files: &[PathBuf]) {
        for path in files {
            let Some(text) = path.to_str() else { continue };
            let is_environment = layout.places_of(text).any(|place| place.part == PlacePart::Environment);
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
        let (etc, usr) = (folder.path().join("etc"), folder.path().join("usr/lib/systemd/system"));
        written(&usr.join("etcd.service"), "[Service]\nExecStart=/bin/etcd --cert-file=/masked\n");
        written(&usr.join("kubelet.service"), "[Service]\nEnvironmentFile=/e*/kube/*.env\nExecStart=kubelet $A $B\n");
        written(&usr.join("kubelet.service.d/1.conf"), "[Service]\nExecStart=\n");
        written(&etc.join("systemd/system/etcd.service.d/1.conf"), "[Service]\nExecStart=/bin/etcd --name=masked\n");
        written(&etc.join("kube/2.env"), "A=--a=2 \\\n  --b=2\n");
        written(&etc.join("kube/1.env"), "A=--a=1\nB=--c=1\n");
        written(&etc.join("kube/.env"), "B=--c=hidden\n");
        written(&etc.join("etcd/etcd.conf"), "#[member]\n#ETCD_NAME=x\n");
        fs::create_dir_all(etc.join("systemd/system/kubelet.service.d")).unwrap();
        symlink("/dev/null", etc.join("systemd/system/etcd.service")).unwrap();
        symlink("../../../../dev/null", etc.join("systemd/system/kubelet.service.d/1.conf")).unwrap();
        let root = Root::open(folder.path(), Path::new("/")).unwrap();
        let found = find(&root);
        assert_eq!(found.unread, []);
        let place = |fact: &FlagFact| format!("{}={} {}:{}", fact.flag, fact.value, fact.file, fact.line);
        let facts: Vec<String> = found.facts.iter().map(place).collect();
        assert_eq!(facts, ["a=2 /etc/kube/2.env:1", "b=2 /etc/kube/2.env:2", "c=1 /etc/kube/1.env:2"]);
    }
}
