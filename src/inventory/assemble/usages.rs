//! What a path is for: the layout's places, the flags, and references in kubeconfigs, put together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::paths::{is_backup, normal};
use super::usage::{RolePart, Usage};
use crate::inventory::Reader;
use crate::inventory::file::ParsedFile;
use crate::kubernetes::component::Component;
use crate::kubernetes::flags::{FlagFact, is_field};
use crate::kubernetes::layout::{Layout, PlacePart};
use crate::kubernetes::role::{Part, Role, RoleId, RoleKind};

/// The usages of all paths.
#[derive(Debug)]
pub(super) struct Usages<'a> {
    layout: &'a Layout,
    /// Components whose flags are known, and whether as a configuration file's fields (the kubelet
    /// has both): the layout's defaults say nothing about their readers any more.
    configured: HashSet<(Component, bool)>,
    flagged: HashMap<String, Vec<Flagged<'a>>>,
    /// The claims that name a path.
    claimed: HashMap<String, Vec<&'a FlagFact>>,
    /// Key paths that a component's flags give to a role.
    keys: HashMap<&'static str, Vec<(Component, Arc<str>)>>,
    /// The key that a kubeconfig's user has beside a certificate's path.
    reference_keys: HashMap<String, Arc<str>>,
    /// The kubelet's `--cert-dir` folders.
    kubelet_folders: Vec<String>,
    references: HashMap<Arc<str>, Vec<Reference>>,
    /// Folders in which the kubelet has a serving certificate that was signed for it.
    signed_serving: HashSet<String>,
}

/// A flag that names a path, and the roles that it gives.
type Flagged<'a> = (&'a FlagFact, Vec<RolePart>);

/// A file that a kubeconfig names.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub(super) reader: Reader,
    pub(super) part: Part,
    pub(super) roles: Vec<&'static Role>,
}

impl<'a> Usages<'a> {
    pub(super) fn new(
        layout: &'a Layout,
        facts: &'a [FlagFact],
        claims: &'a [FlagFact],
        files: &[ParsedFile],
    ) -> Self {
        let mut usages = Self {
            layout,
            configured: facts
                .iter()
                .map(|fact| (fact.component, is_field(&fact.flag)))
                .collect(),
            flagged: HashMap::new(),
            claimed: HashMap::new(),
            keys: HashMap::new(),
            reference_keys: HashMap::new(),
            kubelet_folders: Vec::new(),
            references: HashMap::new(),
            signed_serving: files
                .iter()
                .filter(|file| file.mode != 0)
                .filter_map(|file| file.path.strip_suffix("/kubelet-server-current.pem"))
                .map(str::to_owned)
                .collect(),
        };
        for fact in facts {
            usages.add_fact(fact);
        }
        for claim in claims
            .iter()
            .filter(|claim| !layout.roles_by_flag(claim).is_empty())
        {
            for (path, _) in named_paths(claim) {
                usages.claimed.entry(path).or_default().push(claim);
            }
        }
        usages
    }

    fn add_fact(&mut self, fact: &'a FlagFact) {
        let roles = self.layout.roles_by_flag(fact);
        for (path, part) in named_paths(fact) {
            let roles: Vec<_> = roles
                .iter()
                .filter(|(_, p)| part.is_none_or(|part| part == *p))
                .copied()
                .collect();
            for (role, part) in &roles {
                if *part == Part::Key {
                    self.keys
                        .entry(role.name)
                        .or_default()
                        .push((fact.component, path.as_str().into()));
                }
            }
            self.flagged.entry(path).or_default().push((fact, roles));
        }
        if fact.component == Component::Kubelet && fact.flag == "cert-dir" {
            self.kubelet_folders.push(normal(&fact.value));
        }
    }

    pub(super) fn add_reference(&mut self, path: &str, reference: Reference) {
        self.references
            .entry(path.into())
            .or_default()
            .push(reference);
    }

    /// Keeps that a kubeconfig's user has this key for that certificate.
    pub(super) fn add_reference_key(&mut self, certificate: &str, key: &str) {
        self.reference_keys
            .insert(normal(certificate), normal(key).into());
    }

    /// The key files that flags give to `role`.
    pub(super) fn keys_of(&self, role: &Role) -> impl Iterator<Item = &Arc<str>> {
        self.keys
            .get(role.name)
            .into_iter()
            .flatten()
            .map(|(_, path)| path)
    }

    /// The key files that are named beside the certificate `path`: by the same component for the
    /// same role, or by the same user of a kubeconfig. Authorities are named alone in many places,
    /// so they have none.
    pub(super) fn keys_beside(&self, path: &str) -> Vec<Arc<str>> {
        let mut beside: Vec<Arc<str>> =
            self.reference_keys.get(path).cloned().into_iter().collect();
        for (fact, roles) in self.flagged.get(path).into_iter().flatten() {
            let leaves = roles.iter().filter(|(role, part)| {
                *part == Part::Certificate && role.kind != RoleKind::Authority
            });
            for key in leaves
                .filter_map(|(role, _)| self.keys.get(role.name))
                .flatten()
            {
                if key.0 == fact.component && !beside.contains(&key.1) {
                    beside.push(Arc::clone(&key.1));
                }
            }
        }
        beside
    }

    /// How much speaks for `path` as the name of a file that has several.
    pub(super) fn rank(&self, path: &str) -> u32 {
        let usage = self.of_path(path);
        u32::from(usage.demanded) * 4
            + u32::from(!usage.roles.is_empty()) * 2
            + u32::from(usage.in_use)
    }

    /// What a file is for, under all its names.
    pub(super) fn of(&self, names: &[Arc<str>]) -> Usage {
        let mut all = names.iter().map(|path| self.of_path(path));
        let mut usage = all.next().unwrap_or_default();
        all.for_each(|other| usage.absorb(other));
        self.add_default_readers(&mut usage);
        usage
    }

    fn of_path(&self, path: &str) -> Usage {
        let mut usage = Usage::default();
        if !is_backup(path) && !self.is_superseded(path) {
            self.add_places(path, &mut usage);
            self.add_kubelet_places(path, &mut usage);
        }
        if path.ends_with("/.kube/config") {
            usage.in_use = true;
            usage.is_kubeconfig = true;
            usage.add_reader(Reader::by_habit(Component::Kubectl));
        }
        for (fact, roles) in self.flagged.get(path).into_iter().flatten() {
            usage.in_use = true;
            usage.demanded |= demands(fact, roles);
            for (role, part) in roles {
                usage.add_role(role, *part);
                let is_kubeconfig = role.kind == RoleKind::Kubeconfig;
                usage.is_kubeconfig |= is_kubeconfig;
                usage.wants_certificate |= *part == Part::Certificate && !is_kubeconfig;
            }
            usage.add_reader(Reader::told_by(fact, false));
        }
        for reference in self.references.get(path).into_iter().flatten() {
            usage.in_use = true;
            usage.demanded = true;
            usage.wants_certificate |= reference.part == Part::Certificate;
            usage.add_reader(reference.reader.clone());
            if usage.roles.is_empty() {
                for role in &reference.roles {
                    usage.add_role(role, reference.part);
                }
            }
        }
        for claim in self.claimed.get(path).into_iter().flatten() {
            usage.is_claimed = true;
            usage.add_reader(Reader::told_by(claim, true));
        }
        usage
    }

    fn add_places(&self, path: &str, usage: &mut Usage) {
        for place in self.layout.places_of(path) {
            let parts: &[Part] = match place.part {
                PlacePart::Certificate | PlacePart::Kubeconfig => &[Part::Certificate],
                PlacePart::Key => &[Part::Key],
                PlacePart::PublicKey => &[Part::PublicKey],
                PlacePart::CertificateAndKey => &[Part::Certificate, Part::Key],
                _ => &[],
            };
            usage.in_use |= place.in_use;
            usage.wants_certificate |= matches!(
                place.part,
                PlacePart::Certificate | PlacePart::CertificateAndKey
            );
            usage.is_kubeconfig |= place.part == PlacePart::Kubeconfig;
            usage.is_other = parts.is_empty();
            for role in &place.roles {
                usage.add_parts(role, parts);
            }
        }
        usage.placed.clone_from(&usage.roles);
    }

    /// The kubelet's own names in a `--cert-dir` that the layout does not know (kubelet certificate
    /// store).
    fn add_kubelet_places(&self, path: &str, usage: &mut Usage) {
        let Some((folder, name)) = path.rsplit_once('/') else {
            return;
        };
        if !usage.roles.is_empty() || !self.kubelet_folders.iter().any(|known| known == folder) {
            return;
        }
        let (id, parts): (RoleId, &[Part]) = match name {
            "kubelet-client-current.pem" => {
                (RoleId::KubeletClient, &[Part::Certificate, Part::Key])
            }
            "kubelet-client.crt" => (RoleId::KubeletClient, &[Part::Certificate]),
            "kubelet-client.key" => (RoleId::KubeletClient, &[Part::Key]),
            "kubelet-server-current.pem" => {
                (RoleId::KubeletServing, &[Part::Certificate, Part::Key])
            }
            "kubelet.crt" => (RoleId::KubeletServing, &[Part::Certificate]),
            "kubelet.key" => (RoleId::KubeletServing, &[Part::Key]),
            _ => return,
        };
        usage.in_use = true;
        usage.wants_certificate |= parts.contains(&Part::Certificate);
        usage.add_parts(id.role(), parts);
    }

    /// Dated files that no link names, and the self-signed pair where the kubelet has a signed one.
    fn is_superseded(&self, path: &str) -> bool {
        let Some((folder, name)) = path.rsplit_once('/') else {
            return false;
        };
        let dated = ["kubelet-client-", "kubelet-server-"]
            .iter()
            .filter_map(|prefix| name.strip_prefix(prefix))
            .any(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
        let own_pair =
            matches!(name, "kubelet.crt" | "kubelet.key") && self.signed_serving.contains(folder);
        dated || own_pair
    }

    fn add_default_readers(&self, usage: &mut Usage) {
        // The kubelet finds its own pair by habit where nothing names another one.
        if usage.in_use
            && usage.readers.is_empty()
            && usage.roles.iter().any(|(role, _)| role.is_of_kubelet())
        {
            usage.add_reader(Reader::by_habit(Component::Kubelet));
        }
        for (role, part) in std::mem::take(&mut usage.placed) {
            for rule in role.readers.iter().filter(|rule| rule.part == part) {
                let known = usage
                    .readers
                    .iter()
                    .any(|reader| reader.component == rule.component);
                // A rule without a flag is the component's habit, which no flag changes.
                let is_told = !rule.flag.is_empty()
                    && self
                        .configured
                        .contains(&(rule.component, is_field(rule.flag)));
                if !known && !is_told {
                    usage.add_reader(Reader::by_habit(rule.component));
                }
            }
        }
    }
}

/// Every path that a flag names as a certificate, key or kubeconfig.
pub fn demanded_paths(layout: &Layout, facts: &[FlagFact]) -> Vec<String> {
    let named = facts
        .iter()
        .filter(|fact| !layout.roles_by_flag(fact).is_empty());
    named.flat_map(named_paths).map(|(path, _)| path).collect()
}

/// The flag in a file that names `path`.
pub fn naming_flag<'a>(facts: &'a [FlagFact], path: &str) -> Option<&'a FlagFact> {
    let mut written = facts.iter().filter(|fact| !fact.file.starts_with("/proc/"));
    written.find(|fact| named_paths(fact).iter().any(|(named, _)| named == path))
}

/// The paths in a flag's value; `--tls-sni-cert-key` has a pair, with patterns after a colon.
fn named_paths(fact: &FlagFact) -> Vec<(String, Option<Part>)> {
    if fact.flag != "tls-sni-cert-key" {
        let path = fact.value.trim();
        return if path.starts_with('/') {
            vec![(normal(path), None)]
        } else {
            Vec::new()
        };
    }
    let pair = fact.value.split(':').next().unwrap_or_default();
    pair.split(',')
        .zip([Part::Certificate, Part::Key])
        .filter(|(path, _)| path.starts_with('/'))
        .map(|(path, part)| (normal(path), Some(part)))
        .collect()
}

/// A flag in a file demands what it names, but for the bootstrap kubeconfig, which kubeadm removes
/// after joining. A process's paths are those of its own file system.
fn demands(fact: &FlagFact, roles: &[(&'static Role, Part)]) -> bool {
    !roles.is_empty()
        && !fact.file.starts_with("/proc/")
        && !fact.flag.contains("bootstrap-kubeconfig")
}
