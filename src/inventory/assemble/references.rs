//! The files that kubeconfigs name.

use std::sync::Arc;

use super::FileNames;
use super::paths::normal;
use super::usage::Usage;
use super::usages::{Reference, Usages};
use crate::inventory::Reader;
use crate::inventory::file::ParsedFile;
use crate::kubernetes::component::Component;
use crate::kubernetes::kubeconfig;
use crate::kubernetes::role::{Part, Role, RoleId};

/// A path in a kubeconfig.
#[derive(Clone, Copy)]
struct NamedPath<'a> {
    path: &'a str,
    /// The field in which it stands.
    field: &'static str,
    part: Part,
}

/// Adds what kubeconfigs say of the files that they name.
pub(super) fn add(files: &[ParsedFile], names: &FileNames, usages: &mut Usages<'_>) {
    for (at, file) in files.iter().enumerate() {
        let Some(Ok(kubeconfig)) = &file.content.kubeconfig else {
            continue;
        };
        // What others than root write gives nothing to a file of root's: no use, no key, no role.
        let usage = usages.of(&names.all(at, file));
        if !usage.in_use || file.writers.is_some() {
            continue;
        }
        let client = usage
            .roles
            .iter()
            .filter_map(|(role, _)| role.client)
            .map(RoleId::role)
            .collect::<Vec<_>>();
        for user in &kubeconfig.users {
            let (certificate, key) = (user.certificate_file_in_use(), user.key_file_in_use());
            if let Some(path) = certificate {
                let found = NamedPath {
                    path,
                    field: "client-certificate",
                    part: Part::Certificate,
                };
                usages.add_reference(&file.resolve(path), reference(file, &usage, found, &client));
            }
            if let Some(path) = key {
                let found = NamedPath {
                    path,
                    field: "client-key",
                    part: Part::Key,
                };
                usages.add_reference(&file.resolve(path), reference(file, &usage, found, &client));
            }
            if let (Some(certificate), Some(key)) = (certificate, key) {
                usages.add_reference_key(&file.resolve(certificate), &file.resolve(key));
            }
        }
        for path in kubeconfig
            .clusters
            .iter()
            .filter_map(kubeconfig::Cluster::authority_file_in_use)
        {
            let found = NamedPath {
                path,
                field: "certificate-authority",
                part: Part::Certificate,
            };
            usages.add_reference(&file.resolve(path), reference(file, &usage, found, &[]));
        }
    }
}

fn reference(
    file: &ParsedFile,
    usage: &Usage,
    named: NamedPath<'_>,
    roles: &[&'static Role],
) -> Reference {
    let mut lines = file.content.named_files.iter();
    let line = lines.find(|known| known.field == named.field && known.path == named.path);
    let told = usage.readers.first().map(|reader| reader.component);
    let habit = || {
        usage
            .roles
            .iter()
            .flat_map(|(role, _)| role.readers)
            .map(|rule| rule.component)
            .next()
    };
    let reader = Reader {
        component: told.or_else(habit).unwrap_or(Component::Kubectl),
        flag: named.field.into(),
        file: Arc::clone(&file.path),
        line: line.map_or(1, |named| named.line),
        is_claim: false,
    };
    Reference {
        reader,
        part: named.part,
        roles: roles.to_vec(),
    }
}

/// The path `named` in a file of `folder`.
fn resolve(folder: &str, named: &str) -> String {
    if named.starts_with('/') {
        normal(named)
    } else {
        normal(&format!("{folder}/{named}"))
    }
}

impl ParsedFile {
    /// A path that stands in this kubeconfig, made absolute (client-go: relative to the
    /// kubeconfig's folder).
    pub(super) fn resolve(&self, named: &str) -> String {
        resolve(
            self.path.rsplit_once('/').map_or("", |(folder, _)| folder),
            named,
        )
    }

    /// The files that it names, if it is a kubeconfig: absolute paths.
    pub fn references(&self) -> Vec<String> {
        let Some(Ok(kubeconfig)) = &self.content.kubeconfig else {
            return Vec::new();
        };
        let users = kubeconfig
            .users
            .iter()
            .flat_map(|user| [user.certificate_file_in_use(), user.key_file_in_use()]);
        let authorities = kubeconfig
            .clusters
            .iter()
            .map(kubeconfig::Cluster::authority_file_in_use);
        users
            .chain(authorities)
            .flatten()
            .map(|path| self.resolve(path))
            .collect()
    }
}
