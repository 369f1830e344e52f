//! Units of systemd with their drop-ins and environment files.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Configuration, MOST_BYTES, MOST_FILES};
use crate::inventory::Form;
use crate::kubernetes::component::Component;
use crate::kubernetes::distribution::{programs, units};
use crate::kubernetes::flags::{self, UnitFile};
use crate::store::read::root::{Root, Trouble, shown};
use crate::store::read::walk::ending;

/// The folders of units, the ones that win first (systemd.unit(5)).
const UNIT_FOLDERS: [&str; 4] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// What a unit's name holds where it runs a part of Kubernetes; the programs of distributions, too.
/// Their units are known by the whole name.
const UNIT_NAMES: [&str; 7] = [
    "kube",
    Component::Etcd.as_str(),
    "apiserver",
    "controller-manager",
    "scheduler",
    "proxy",
    "rancher",
];

/// The units that may run a part of Kubernetes.
#[derive(Debug, Default)]
pub(super) struct Units {
    /// The file of each, by its name.
    files: BTreeMap<OsString, PathBuf>,
    /// The drop-ins of each, by their names.
    drop_ins: BTreeMap<OsString, BTreeMap<OsString, PathBuf>>,
}

impl Units {
    pub(super) fn find(root: &Root, found: &mut Configuration) -> Self {
        let mut units = Self::default();
        for folder in UNIT_FOLDERS.map(Path::new) {
            for name in found.names(root, folder) {
                let text = name.to_string_lossy();
                if !may_run_components(&text) {
                    continue;
                }
                if text.ends_with(".service") {
                    units
                        .files
                        .entry(name.clone())
                        .or_insert_with(|| folder.join(&name));
                } else if let Some(unit) = text
                    .strip_suffix(".d")
                    .filter(|unit| unit.ends_with(".service"))
                {
                    let below = folder.join(&name);
                    let parts = found
                        .names(root, &below)
                        .into_iter()
                        .map(|part| (below.join(&part), part));
                    let drop_ins = units.drop_ins.entry(unit.into()).or_default();
                    for (path, part) in parts.filter(|(path, _)| ending(path) == "conf") {
                        drop_ins.entry(part).or_insert(path);
                    }
                }
            }
        }
        units
    }

    /// Reads what they say.
    pub(super) fn read(mut self, root: &Root, found: &mut Configuration) {
        for (name, path) in self.files {
            if is_masked(root, &path) {
                continue;
            }
            let parts = self.drop_ins.remove(&name).unwrap_or_default();
            let mut texts = Vec::new();
            for path in std::iter::once(path).chain(parts.into_values()) {
                // Masked (systemd.unit(5)): as if it were empty.
                if is_masked(root, &path) {
                    continue;
                }
                if let Some(text) = found.text(root, &path) {
                    texts.push((shown(path.as_os_str()), text));
                }
            }
            add_unit(found, root, &name.to_string_lossy(), &texts);
        }
    }
}

fn add_unit(found: &mut Configuration, root: &Root, name: &str, texts: &[(String, String)]) {
    let mut environment = Vec::new();
    let mut read = |name: &str| {
        let mut files = Vec::new();
        for path in named(root, name) {
            let Ok((bytes, _)) = root.read(&path, MOST_BYTES) else {
                continue;
            };
            files.push((
                shown(path.as_os_str()),
                String::from_utf8_lossy(&bytes).into_owned(),
            ));
            environment.push(path);
        }
        files
    };
    let parts: Vec<UnitFile<'_>> = texts
        .iter()
        .map(|(path, text)| UnitFile { path, text })
        .collect();
    let facts = flags::from_units(&parts, &mut read);
    for account in flags::accounts_of_units(&parts, &facts) {
        let path = texts
            .first()
            .map(|(path, _)| path.clone())
            .unwrap_or_default();
        found
            .written_accounts
            .push((path, Some(name.to_owned()), account));
    }
    found.facts.extend(facts);
    found.files.extend(environment);
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
                let fitting =
                    entries.filter(|entry| flags::matches(part, &entry.name.to_string_lossy()));
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

/// Whether a unit, or a folder of drop-ins, is called as one that runs a part of Kubernetes. Whose
/// word it is, its file's writers say.
fn may_run_components(name: &str) -> bool {
    let mut parts = UNIT_NAMES
        .into_iter()
        .chain(programs().iter().map(String::as_str));
    let unit = name
        .strip_suffix(".d")
        .unwrap_or(name)
        .strip_suffix(".service");
    parts.any(|part| name.contains(part))
        || unit.is_some_and(|unit| units().iter().any(|known| known == unit))
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
