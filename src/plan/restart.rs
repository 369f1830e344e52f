//! Which programs hold changed files, and how they are restarted.

use crate::inventory::process::{Keeper, oldest};
use crate::inventory::reading::{is_of_kubelet, needs};

use crate::inventory::{Inventory, Item, confirmed};
use crate::kubernetes::component::Component;
use crate::kubernetes::distribution;
use crate::kubernetes::layout::{KeptBy, is_manifest};
use crate::kubernetes::port::PORTS;
use crate::kubernetes::role::Restart;
use crate::pki::text::quoted;
use crate::record::RestartSummary;

/// One program and what it reads of the changed files.
#[derive(Debug)]
struct AffectedProgram<'a> {
    component: Component,
    at_start: Vec<&'a str>,
    by_itself: Vec<&'a str>,
    /// Its own client certificate was dead: it can do nothing before it is restarted.
    was_dead: bool,
    /// It serves one of them.
    shows: bool,
}

/// The programs that read `items`, those that are restarted, or looked at, first. `dead`: a client certificate of the kubelet
/// that had ended.
pub(super) fn of(inventory: &Inventory, items: &[&Item], is_dead: impl Fn(&Item) -> bool) -> Vec<RestartSummary> {
    let mut holders: Vec<AffectedProgram<'_>> = Vec::new();
    for item in items {
        for reader in readers(item).iter().filter(|reader| !reader.component.is_called()) {
            let at = holders.iter().position(|holder| holder.component == reader.component).unwrap_or_else(|| {
                holders.push(AffectedProgram::new(reader.component));
                holders.len() - 1
            });
            let holder = &mut holders[at];
            let files = if reader.restart == Restart::Required { &mut holder.at_start } else { &mut holder.by_itself };
            if !files.contains(&&*item.path) {
                files.push(&item.path);
            }
            holder.shows |= is_served(reader.component, item);
            holder.was_dead |= reader.component == Component::Kubelet && is_of_kubelet(&item.roles) && is_dead(item);
        }
    }
    holders.sort_by_key(|holder| (holder.at_start.is_empty() && !holder.shows, !holder.was_dead, holder.component));
    holders.iter().map(|holder| holder.to_summary(inventory)).collect()
}

/// What a component needs that reads the file at `path`, which is no certificate, only at its start.
pub(super) fn at_start(inventory: &Inventory, component: Component, path: &str) -> RestartSummary {
    AffectedProgram { at_start: vec![path], ..AffectedProgram::new(component) }.to_summary(inventory)
}

/// Whether a port of `component` serves `item`.
fn is_served(component: Component, item: &Item) -> bool {
    let mut roles = PORTS.iter().filter(|rule| rule.component == component).flat_map(|rule| rule.roles);
    roles.any(|id| item.roles.iter().any(|role| role.id == *id))
}

/// The programs that read `item`, each once and with what it needs most.
pub(super) fn programs(item: &Item) -> Vec<Component> {
    readers(item).into_iter().map(|reader| reader.component).collect()
}

struct Reads {
    component: Component,
    restart: Restart,
}

fn readers(item: &Item) -> Vec<Reads> {
    let mut found: Vec<Reads> = Vec::new();
    // What only a claim says restarts nothing.
    for reader in confirmed(&item.read_by) {
        let restart = needs(&item.roles, &item.path, reader);
        match found.iter_mut().find(|known| known.component == reader.component) {
            Some(known) if restart == Restart::Required => known.restart = restart,
            Some(_) => {}
            None => found.push(Reads { component: reader.component, restart }),
        }
    }
    found
}

impl AffectedProgram<'_> {
    fn new(component: Component) -> Self {
        Self { component, at_start: Vec::new(), by_itself: Vec::new(), was_dead: false, shows: false }
    }

    fn to_summary(&self, inventory: &Inventory) -> RestartSummary {
        let required = !self.at_start.is_empty();
        let reason = if self.was_dead {
            format!("its own client certificate was dead: it holds {} since its start", names(&self.at_start))
        } else if required {
            format!("it reads {} only at its start", names(&self.at_start))
        } else {
            format!("it reads {} again by itself", names(&self.by_itself))
        };
        let process = oldest(inventory, inventory.processes.as_deref().unwrap_or_default(), self.component);
        let how = || RestartTarget::of(inventory, self.component, process.map(|process| &process.keeper)).command();
        let how = if required { vec![how()] } else { Vec::new() };
        let files = self.at_start.iter().map(|path| (*path).to_owned()).collect();
        RestartSummary { component: self.component, required, reason, how, shows: self.shows, files }
    }
}

/// Seconds that a container has to end by itself; without them `crictl stop` kills it at once.
const GRACE: &str = "30";

/// How a component is restarted: printed, and run, from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestartTarget {
    /// A static pod: its container is stopped, and the kubelet starts it again.
    StaticPod(Component),
    /// A unit of systemd, as "kubelet" or "k3s".
    Unit(String),
    /// A container of Docker.
    Docker(String),
}

impl RestartTarget {
    /// The means for `component`. `keeper`: who keeps its process, where that was seen.
    pub fn of(inventory: &Inventory, component: Component, keeper: Option<&Keeper>) -> Self {
        let kept = &inventory.known_layout().keeper;
        match kept {
            // One process holds all components, or starts its static pods anew.
            KeptBy::Unit { name, .. } => return Self::Unit(name.clone()),
            KeptBy::Docker => return Self::Docker(component.to_string()),
            KeptBy::StaticPods | KeptBy::Units => {}
        }
        let told = inventory.flags.iter().filter(|fact| fact.component == component).map(|fact| &*fact.file);
        let told: Vec<&str> = told.filter(|file| !file.starts_with("/proc/")).collect();
        if told.iter().any(|file| is_manifest(file)) {
            return Self::StaticPod(component);
        }
        if let Some(Keeper::Unit(unit)) = keeper
            && is_of_component(unit, component)
        {
            return Self::Unit(unit.trim_end_matches(".service").to_owned());
        }
        let is_container = matches!(keeper, Some(Keeper::Container(_))) && component != Component::Kubelet;
        // Where nothing is known of what is one by habit it is a static pod.
        let is_pod_by_habit = component < Component::Kubelet && *kept == KeptBy::StaticPods && told.is_empty();
        match told.iter().find_map(|file| unit_of(file)) {
            Some(unit) => Self::Unit(unit.to_owned()),
            None if is_container || is_pod_by_habit => Self::StaticPod(component),
            None => Self::Unit(component.to_string()),
        }
    }

    /// What one types.
    pub fn command(&self) -> String {
        let line = |words: &[&str]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        match self {
            Self::StaticPod(component) => {
                let list = Self::list(*component);
                let list: Vec<&str> = list.iter().map(String::as_str).collect();
                format!("crictl {} | xargs -r crictl {}", line(&list), line(&Self::STOP))
            }
            Self::Unit(unit) => format!("systemctl {}", line(&["restart", unit])),
            Self::Docker(container) => format!("docker {}", line(&["restart", container])),
        }
    }

    /// The arguments of `crictl` that list the containers of a component, one id a line: those of the master's own
    /// namespace, for an application's etcd may have that name too.
    pub fn list(component: Component) -> [String; 6] {
        let name = format!("^{component}$");
        ["ps", "--name", &name, "--label", "io.kubernetes.pod.namespace=kube-system", "-q"].map(str::to_owned)
    }

    /// The arguments of `crictl` that stop containers; their ids follow.
    pub const STOP: [&str; 3] = ["stop", "--timeout", GRACE];
}

/// Whether a unit is the component's own: a shell's or an engine's control group holds other things too.
fn is_of_component(unit: &str, component: Component) -> bool {
    // MicroK8s has all of them in one, which no layout here describes.
    let several = distribution::programs().iter().map(String::as_str).chain(["kubelite"]);
    unit.contains(component.short_name()) || several.into_iter().any(|name| unit.contains(name))
}

/// The unit in whose file, or drop-in, a flag stands, as "kubelet".
fn unit_of(file: &str) -> Option<&str> {
    let mut names = file.split('/').filter(|name| !name.is_empty());
    names.find_map(|name| name.strip_suffix(".service").or_else(|| name.strip_suffix(".service.d")))
}

/// The names of files, each once.
fn names(paths: &[&str]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for path in paths {
        let name = path.rsplit('/').next().unwrap_or(path);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::flags::FlagFact;
    use crate::kubernetes::role::ROLES;

    fn fact(component: Component, file: &str) -> FlagFact {
        let (flag, value) = ("v".to_owned(), "2".to_owned());
        FlagFact { component, flag, value, file: file.to_owned(), line: 1 }
    }

    #[test]
    fn every_reader_is_a_component_or_called() {
        for rule in ROLES.iter().flat_map(|role| role.readers) {
            assert!(Component::RESTARTED.contains(&rule.component) || rule.component.is_called(), "{rule:?}");
        }
    }

    #[test]
    fn means_and_commands() {
        let stop = "| xargs -r crictl stop --timeout 30";
        let of_master = "--label io.kubernetes.pod.namespace=kube-system";
        let etcd = format!("crictl ps --name '^etcd$' {of_master} -q {stop}");
        let (pod, unit) = ("/etc/kubernetes/manifests/etcd.yaml", "/etc/systemd/system/etcd.service");
        let drop_in = "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf";
        let by_unit = |unit: &str| Some(Keeper::Unit(unit.to_owned()));
        let contained = || Some(Keeper::Container("0".repeat(64)));
        for (layout, component, file, keeper, expected) in [
            ("kubeadm", Component::Etcd, pod, None, &*etcd),
            ("kubeadm", Component::Etcd, "", None, &etcd),
            ("kubeadm", Component::Etcd, "/proc/7/cmdline", None, &etcd),
            ("kubeadm", Component::Etcd, unit, None, "systemctl restart etcd"),
            ("kubeadm", Component::Etcd, pod, by_unit("user@0.service"), &etcd),
            ("kubeadm", Component::Etcd, pod, by_unit("etcd.service"), &etcd),
            ("kubeadm", Component::Etcd, pod, contained(), &etcd),
            ("kubeadm", Component::Kubelet, drop_in, None, "systemctl restart kubelet"),
            ("kubeadm", Component::Kubelet, "/var/lib/kubelet/config.yaml", contained(), "systemctl restart kubelet"),
            ("kubeadm", Component::KubeProxy, "", None, "systemctl restart kube-proxy"),
            ("split", Component::Etcd, "", None, "systemctl restart etcd"),
            ("split", Component::Etcd, "", contained(), &etcd),
            (
                "split",
                Component::Etcd,
                "/proc/7/cmdline",
                by_unit("etcd-member.service"),
                "systemctl restart etcd-member",
            ),
            ("split", Component::KubeApiserver, "", by_unit("apiserver.service"), "systemctl restart apiserver"),
            ("split", Component::Etcd, "", by_unit("a b;etcd.service"), "systemctl restart 'a b;etcd'"),
            ("k3s", Component::KubeApiserver, pod, None, "systemctl restart k3s"),
            ("rke2", Component::KubeApiserver, pod, contained(), "systemctl restart rke2-server"),
            ("rke1", Component::KubeApiserver, "", contained(), "docker restart kube-apiserver"),
        ] {
            let flags = if file.is_empty() { Vec::new() } else { vec![fact(component, file)] };
            let inventory = Inventory { layout: layout.to_owned(), flags, ..Inventory::default() };
            let target = RestartTarget::of(&inventory, component, keeper.as_ref());
            assert_eq!(target.command(), expected, "{layout} {component} {file} {keeper:?}");
        }
    }
}
