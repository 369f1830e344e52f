//! Where flags stand on a disk, in the order of `layouts.md`: processes, static pod manifests, units with their
//! environment files, etcd's file, the kubelet's configuration.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::root::{Root, Trouble, shown};
use super::walk::{ending, unread};
use crate::inventory::Unread;
use crate::kubernetes::flags::{self, FlagFact, UnitFile};
use crate::kubernetes::layout::{Layout, PlacePart};

/// The folders of units, the ones that win first (systemd.unit(5)).
const UNIT_FOLDERS: [&str; 4] =
    ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

/// What a unit's name holds where it runs a part of Kubernetes.
const UNIT_NAMES: [&str; 9] =
    ["kube", "etcd", "k3s", "rke2", "apiserver", "controller-manager", "scheduler", "proxy", "rancher"];

/// Folders of static pods where no kubelet says otherwise: kubeadm's, RKE2's.
const MANIFEST_FOLDERS: [&str; 2] = ["/etc/kubernetes/manifests", "/var/lib/rancher/rke2/agent/pod-manifests"];

/// Where etcd's configuration lies by habit.
const ETCD_FILES: [&str; 4] =
    ["/etc/etcd/etcd.conf", "/etc/etcd/etcd.conf.yml", "/etc/etcd/etcd.conf.yaml", "/etc/default/etcd"];

/// kubeadm's place of the kubelet's configuration.
const KUBELET_CONFIGURATION: &str = "/var/lib/kubelet/config.yaml";

/// A file of flags is no larger.
const MOST_BYTES: u64 = 1 << 20;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Configuration {
    pub(super) facts: Vec<FlagFact>,
    pub(super) unread: Vec<Unread>,
    /// The files that were looked at.
    pub(super) files: Vec<PathBuf>,
    /// The kubelet's `--cert-dir` folders.
    pub(super) kubelet_folders: Vec<PathBuf>,
}

/// Finds all flags.
pub(super) fn find(root: &Root, processes: bool) -> Configuration {
    let mut found = Configuration::default();
    found.add_units(root);
    found.add_kubelet(root);
    found.add_manifests(root);
    found.add_etcd(root);
    found.add_component_configurations(root);
    if processes && root.is_live() {
        found.add_processes();
    }
    found.drop_repeated();
    let folders = found.values("kubelet", &["cert-dir"]);
    found.kubelet_folders = folders.into_iter().map(PathBuf::from).collect();
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
                self.unread.push(unread(path, &trouble));
                None
            }
        }
    }

    fn names(&mut self, root: &Root, folder: &Path) -> Vec<OsString> {
        match root.list(folder) {
            Ok(entries) => entries.into_iter().map(|entry| entry.name).collect(),
            Err(Trouble::Absent | Trouble::Outside) => Vec::new(),
            Err(trouble) => {
                self.unread.push(unread(folder, &trouble));
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
                if !UNIT_NAMES.iter().any(|part| text.contains(part)) {
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
            let parts = drop_ins.remove(&name).unwrap_or_default();
            let mut texts = Vec::new();
            for path in std::iter::once(path).chain(parts.into_values()) {
                if let Some(text) = self.text(root, &path) {
                    texts.push((shown(path.as_os_str()), text));
                }
            }
            self.add_unit(root, &texts);
        }
    }

    fn add_unit(&mut self, root: &Root, texts: &[(String, String)]) {
        let mut environment = Vec::new();
        let mut read = |path: &str| {
            let (bytes, _) = root.read(Path::new(path), MOST_BYTES).ok()?;
            environment.push(PathBuf::from(path));
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        let parts: Vec<UnitFile<'_>> = texts.iter().map(|(path, text)| UnitFile { path, text }).collect();
        let facts = flags::from_units(&parts, &mut read);
        self.facts.extend(facts);
        self.files.extend(environment);
    }

    /// The kubelet's configuration files: those that its flags name, or kubeadm's.
    fn add_kubelet(&mut self, root: &Root) {
        let mut paths = self.values("kubelet", &["config"]);
        if paths.is_empty() {
            paths.push(KUBELET_CONFIGURATION.to_owned());
        }
        for path in paths {
            self.add_facts(root, Path::new(&path), flags::from_kubelet_config);
        }
    }

    /// Reads one configuration; one that cannot be read as such is listed.
    fn add_facts(&mut self, root: &Root, path: &Path, parse: fn(&str, &str) -> Result<Vec<FlagFact>, flags::Error>) {
        let Some(text) = self.text(root, path) else { return };
        let path = shown(path.as_os_str());
        match parse(&path, &text) {
            Ok(facts) => self.facts.extend(facts),
            Err(error) => self.unread.push(Unread { path, why: error.to_string() }),
        }
    }

    fn add_manifests(&mut self, root: &Root) {
        let mut folders = self.values("kubelet", &["pod-manifest-path", "staticPodPath"]);
        if folders.is_empty() {
            folders.extend(MANIFEST_FOLDERS.map(str::to_owned));
        }
        for folder in folders.iter().map(Path::new) {
            for name in self.names(root, folder) {
                let path = folder.join(name);
                // The kubelet reads every file that does not begin with a dot (pkg/kubelet/config/file_linux.go).
                let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
                if hidden || root.is_folder(&path) {
                    continue;
                }
                self.add_facts(root, &path, flags::from_manifest);
            }
        }
    }

    fn add_etcd(&mut self, root: &Root) {
        let mut paths = self.values("etcd", &["config-file"]);
        paths.extend(ETCD_FILES.map(str::to_owned));
        paths.dedup();
        for path in paths {
            self.add_facts(root, Path::new(&path), flags::from_etcd_config);
        }
    }

    /// Configuration files that control plane components and kube-proxy are given.
    fn add_component_configurations(&mut self, root: &Root) {
        for component in ["kube-scheduler", "kube-controller-manager", "kube-proxy"] {
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

    /// What runs. Only on the master itself: another root's processes are not these.
    fn add_processes(&mut self) {
        let Ok(entries) = std::fs::read_dir("/proc") else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if !name.as_encoded_bytes().iter().all(u8::is_ascii_digit) {
                continue;
            }
            let Ok(line) = std::fs::read(entry.path().join("cmdline")) else { continue };
            let arguments: Vec<String> = line
                .split(|byte| *byte == 0)
                .map(|argument| String::from_utf8_lossy(argument).into_owned())
                .filter(|argument| !argument.is_empty())
                .collect();
            let file = format!("/proc/{}/cmdline", name.to_string_lossy());
            self.facts.extend(flags::from_command_line(&file, &arguments));
        }
    }

    fn values(&self, component: &str, flags: &[&str]) -> Vec<String> {
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
    fn drop_repeated(&mut self) {
        let mut kept: Vec<FlagFact> = Vec::with_capacity(self.facts.len());
        for fact in self.facts.drain(..) {
            if !kept.contains(&fact) {
                kept.push(fact);
            }
        }
        self.facts = kept;
    }
}
