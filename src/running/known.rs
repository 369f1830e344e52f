//! What is looked up again and again: items by role and by path, flags by component.

use std::collections::{HashMap, HashSet};

use crate::inventory::process::lacks_manifests;
use crate::inventory::{Inventory, Item, ItemIndex};
use crate::kubernetes::component::Component;
use crate::kubernetes::flags::FlagFact;
use crate::kubernetes::layout::{KeptBy, Layout, is_manifest};
use crate::kubernetes::port::PortRule;
use crate::kubernetes::role::{Part, RoleId, RoleKind};

/// An inventory, with what is in use by name.
pub(super) struct Known<'a> {
    pub(super) inventory: &'a Inventory,
    /// The items in use: of a large folder the fewest are.
    pub(super) in_use: Vec<(ItemIndex, &'a Item)>,
    by_role: HashMap<RoleId, Vec<ItemIndex>>,
    by_path: HashMap<&'a str, Vec<ItemIndex>>,
    /// The components that have a certificate or kubeconfig of their own here: a CA alone is on
    /// every node.
    components: HashSet<Component>,
}

impl<'a> Known<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let in_use = inventory
            .indexed()
            .filter(|(_, item)| item.in_use)
            .collect();
        let (by_role, by_path, components) = Default::default();
        let mut known = Self {
            inventory,
            in_use,
            by_role,
            by_path,
            components,
        };
        for &(index, item) in &known.in_use {
            for role in &item.roles {
                known.by_role.entry(role.id).or_default().push(index);
            }
            for path in std::iter::once(&item.path).chain(&item.copies) {
                known.by_path.entry(path).or_default().push(index);
            }
        }
        let in_files = known.by_role.keys().map(|id| id.role());
        let in_kubeconfigs = inventory
            .kubeconfigs
            .iter()
            .flat_map(|kubeconfig| kubeconfig.roles.iter().copied());
        let own = in_files
            .chain(in_kubeconfigs)
            .filter(|role| matches!(role.kind, RoleKind::Certificate | RoleKind::Kubeconfig));
        let components = own
            .flat_map(|role| role.readers)
            .map(|rule| rule.component)
            .collect();
        known.components = components;
        known
    }

    /// Looked up where it is asked for: the first frame is drawn before any layout is parsed.
    pub(super) fn layout(&self) -> &'static Layout {
        self.inventory.known_layout()
    }

    /// The items in use that play a role.
    pub(super) fn of_role(&self, role: RoleId) -> &[ItemIndex] {
        self.by_role.get(&role).map_or(&[], Vec::as_slice)
    }

    /// The items of a file, those first that have no other name; each certificate once.
    pub(super) fn at(&self, path: &str) -> Vec<ItemIndex> {
        let indices = self.by_path.get(path).map_or(&[][..], Vec::as_slice);
        let items = indices
            .iter()
            .filter_map(|index| Some((*index, self.inventory.item(*index)?)));
        let (own, copies): (Vec<_>, Vec<_>) = items.partition(|(_, item)| *item.path == *path);
        let mut seen = HashSet::new();
        let all = own.into_iter().chain(copies);
        let first = all.filter(|(_, item)| {
            item.certificate()
                .is_none_or(|one| seen.insert(*one.sha256()))
        });
        first.map(|(index, _)| index).collect()
    }

    /// Everything that `component` is told, by the process that runs and by files.
    fn facts(&self, component: Component) -> impl Iterator<Item = &'a FlagFact> {
        self.inventory
            .flags
            .iter()
            .filter(move |fact| fact.component == component)
    }

    /// Whether any flag of `component` is known.
    pub(super) fn has_flags(&self, component: Component) -> bool {
        self.facts(component).next().is_some()
    }

    /// What an admin runs to see why `component` is down: of a static pod the kubelet keeps the
    /// containers that ended, one unit for all keeps one log.
    pub(super) fn log(&self, component: Component) -> String {
        let is_static = self.facts(component).any(|fact| is_manifest(&fact.file));
        match &self.layout().keeper {
            KeptBy::Unit {
                name,
                one_process: true,
            } => format!("journalctl -u {name}"),
            _ if is_static => format!("crictl ps -a --name {component}"),
            KeptBy::Unit { name, .. } => format!("journalctl -u {name}"),
            KeptBy::Docker => format!("docker logs {component}"),
            KeptBy::Units | KeptBy::StaticPods => format!("journalctl -u {component}"),
        }
    }

    /// Whether where a port is was only guessed: the manifest that says it could not be read.
    pub(super) fn is_guessed(&self, port: &PortRule) -> bool {
        let says = |fact: &FlagFact| {
            is_of_process(fact)
                || port.number.contains(&&*fact.flag)
                || port.listens.contains(&&*fact.flag)
        };
        let inventory = self.inventory;
        !self.facts(port.component).any(says)
            && lacks_manifests(&inventory.flags, &inventory.unread)
    }

    /// The flag that holds for the process that runs, else for the next one.
    pub(super) fn running(&self, component: Component, flags: &[&str]) -> Option<&'a FlagFact> {
        let told = |fact: &&FlagFact| flags.contains(&fact.flag.as_str());
        let runs = self
            .facts(component)
            .filter(told)
            .find(|fact| is_of_process(fact));
        runs.or_else(|| self.configured(component, flags).next())
    }

    /// The flags as files have them, whose paths are the master's; those of a process, which sees
    /// its own, only where no file says anything.
    pub(super) fn configured(
        &self,
        component: Component,
        flags: &[&str],
    ) -> impl Iterator<Item = &'a FlagFact> {
        let told = |fact: &&FlagFact| flags.contains(&fact.flag.as_str());
        let (processes, files): (Vec<_>, Vec<_>) = self
            .facts(component)
            .filter(told)
            .partition(|fact| is_of_process(fact));
        if files.is_empty() {
            processes.into_iter()
        } else {
            files.into_iter()
        }
    }

    /// Whether this master has the component: a flag, or a certificate or kubeconfig of its own.
    pub(super) fn has(&self, component: Component) -> bool {
        self.has_flags(component) || self.components.contains(&component)
    }

    /// The items that `component` reads through `flag`, with the file: what the flag names, or,
    /// where none of its flags are known, what the layout has in that place.
    pub(super) fn read_through(
        &self,
        component: Component,
        flag: &str,
    ) -> Option<(&'a str, Vec<ItemIndex>)> {
        if let Some(fact) = self.configured(component, &[flag]).next() {
            let path = fact.value.as_str();
            return (!path.is_empty()).then(|| (path, self.at(path)));
        }
        if self.has_flags(component) {
            return None;
        }
        let reads = |id: &RoleId| {
            let rule = id.role().reader(component, flag);
            rule.is_some_and(|rule| rule.part == Part::Certificate)
        };
        let first = self
            .by_role
            .iter()
            .filter(|(id, _)| reads(id))
            .filter_map(|(_, items)| items.first())
            .min()?;
        let path = &*self.inventory.item(*first)?.path;
        Some((path, self.at(path)))
    }
}

fn is_of_process(fact: &FlagFact) -> bool {
    fact.file.starts_with("/proc/")
}
